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
}

/// Starts a process that watches until it is killed.
pub(crate) fn start(folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_watch-process"))
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}
