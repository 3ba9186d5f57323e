//! A process that watches a queue and stores what was signed, for others to kill: the binary `watch-process`.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use portal_sandbox::Sandbox;
use portal_tests::store;

/// Writes what the processes need.
pub(crate) fn prepare(sandbox: &Sandbox, folder: &Path) {
    sandbox.write_client_files(folder).unwrap();
    let addresses = format!("{}\n{}", sandbox.root_url(), sandbox.sender());
    std::fs::write(folder.join("addresses"), addresses).unwrap();
    std::fs::create_dir(store(folder)).unwrap();
    tell_time(sandbox, folder);
}

/// Moves the sandbox's time ahead, and with it that of the processes: those that run and those that start from now
/// on. Measured on two clocks, one lease would be two different things.
pub(crate) fn pass(sandbox: &Sandbox, folder: &Path, time: Duration) {
    sandbox.clock().advance(time);
    tell_time(sandbox, folder);
}

fn tell_time(sandbox: &Sandbox, folder: &Path) {
    let ahead = sandbox.clock().now().duration_since(jiff::Timestamp::now());
    // To the nearest millisecond: the clock was read before the computer's.
    let millis = (ahead.as_micros().max(0) + 500) / 1000;
    // Renamed, since processes read it at any time.
    let written = folder.join("milliseconds-ahead.new");
    std::fs::write(&written, millis.to_string()).unwrap();
    std::fs::rename(written, folder.join("milliseconds-ahead")).unwrap();
}

/// Starts a process that watches until it is killed.
pub(crate) fn start(folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_watch-process"))
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills a process, which has to run until then: one that ended by itself would be killed at no moment at all.
pub(crate) fn kill_process(process: &mut Child) {
    assert_eq!(process.try_wait().unwrap(), None, "the process has ended");
    process.kill().unwrap();
    process.wait().unwrap();
}
