//! A process that watches a queue and stores what was signed, for others to kill: the binary `watch-process`.

use std::path::Path;
use std::process::{Child, Command, Stdio};

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

/// Lets processes that start from now on go by the sandbox's time. Those that run go on as they are.
pub(crate) fn tell_time(sandbox: &Sandbox, folder: &Path) {
    let ahead = sandbox.clock().now().duration_since(jiff::Timestamp::now());
    std::fs::write(folder.join("seconds-ahead"), ahead.as_secs().to_string()).unwrap();
}

/// Starts a process that watches until it is killed.
pub(crate) fn start(folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_watch-process"))
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}
