//! The commands of the workspace's README, word for word, in a folder without anything else.

#![cfg(unix)]

use std::fs;
use std::path::Path;

use crate::sandbox::Running;
use crate::{command, folder, portal};

#[test]
fn the_readmes_commands_work_as_they_stand() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let block = readme
        .split("<!-- tested: shell -->\n```sh\n")
        .nth(1)
        .unwrap();
    let commands = block.split("```").next().unwrap();
    assert!(
        commands.contains("portal -p sandbox send job.toml"),
        "{commands}"
    );

    let folder = folder();
    let path = folder.path();
    assert!(portal(path, &["demo"]).status.success());
    let (_running, _) = Running::start(path, &["--poll-wait=1s"]);
    // The shell finds the command as one that was installed.
    let program = Path::new(env!("CARGO_BIN_EXE_portal"));
    let mut search = program.parent().unwrap().as_os_str().to_owned();
    search.push(":");
    search.push(std::env::var_os("PATH").unwrap());
    let environment = command(path, &[]);
    let mut shell = std::process::Command::new("bash");
    shell.args(["-e", "-c", commands]).current_dir(path);
    for (name, value) in environment.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let output = shell.env("PATH", search).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(out.contains("job 5000000001: created"), "{out}");
    assert!(out.contains("completed"), "{out}");
    assert!(
        fs::read(path.join("signed.pdf"))
            .unwrap()
            .starts_with(b"%PDF-")
    );
    // One command does it all, and the same reference is not sent again.
    let again = portal(
        path,
        &[
            "-p", "sandbox", "send", "job.toml", "--wait", "--out", "signed",
        ],
    );
    assert!(again.status.success());
    assert!(path.join("signed/job-5000000001.pdf").exists());
}
