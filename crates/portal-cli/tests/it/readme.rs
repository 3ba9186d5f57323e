//! The commands of the workspace's README, word for word, in a folder without anything else.

#![cfg(unix)]

use std::fs;
use std::path::Path;

use crate::sandbox::Running;
use crate::{command, folder, portal};

#[test]
fn the_readmes_commands_work_as_they_stand() {
    let commands = &*block("shell");
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
    let one = "portal -p sandbox send job.toml --wait --out signed";
    assert!(readme().contains(&format!("`{one}`")));
    let words: Vec<&str> = one.split(' ').skip(1).collect();
    let again = portal(path, &words);
    assert!(again.status.success());
    let out = String::from_utf8(again.stdout).unwrap();
    assert!(out.contains("job 5000000001"), "{out}");
    assert!(path.join("signed/job-5000000001.pdf").exists());
}

fn readme() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    fs::read_to_string(readme).unwrap()
}

/// The block below a comment, without its fences.
fn block(marker: &str) -> String {
    let readme = readme();
    let block = readme.split(&format!("<!-- tested: {marker} -->\n")).nth(1);
    let block = block.unwrap().split("```").nth(1).unwrap();
    block.split_once('\n').unwrap().1.to_owned()
}

#[test]
fn the_readmes_job_of_four_signers_is_signed_in_three_turns() {
    let folder = folder();
    let path = folder.path();
    let (_running, _) = Running::start(path, &["--poll-wait=1s"]);
    fs::write(path.join("job.toml"), block("job file")).unwrap();
    fs::write(
        path.join("lease.pdf"),
        portal_sandbox::sample_pdf("Lease", &["Text."]),
    )
    .unwrap();
    let run = |arguments: &[&str]| {
        let output = portal(path, arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["-psandbox", "validate", "job.toml"]);
    run(&["-psandbox", "send", "job.toml"]);
    for expected in ["signed: 1\n", "signed: 2, 3\n", "signed: 4\n"] {
        assert_eq!(run(&["sandbox", "sign", "last"]), expected);
    }
    let arguments = ["-psandbox", "send", "job.toml", "--wait", "--out=signed"];
    let said = run(&arguments);
    assert!(said.contains("completed  4 of 4 signed  lease-8"), "{said}");
    assert_eq!(fs::read_dir(path.join("signed")).unwrap().count(), 5);
    run(&["-psandbox", "verify", "lease-8"]);
}

/// The rows of the README's table of commands, in their order, with what a script adds to each and how it ends.
const TABLE: [(&str, &[&str], i32); 14] = [
    ("schema job", &[], 0),
    ("validate job.toml", &[], 0),
    ("list", &[], 0),
    ("show lease-7", &[], 0),
    ("verify lease-7", &[], 0),
    ("cancel lease-8", &["--yes"], 0),
    ("delete lease-7 --when-allowed", &["--yes"], 0),
    // It is known that this job was created.
    ("settle lease-7", &["--not-created", "--yes"], 3),
    // Nobody can be asked here.
    ("init", &[], 2),
    // The sandbox's clock was moved, and this computer's was not.
    ("doctor", &[], 1),
    ("anchors check DIR", &[], 9),
    ("watch", &["--until-empty"], 0),
    ("init", &["--config=new.toml", "--environment=sandbox"], 0),
    ("-p sandbox watch", &["--until-empty"], 0),
];

#[test]
fn the_commands_of_the_readmes_table_do_what_it_says() {
    let readme = readme();
    let table = readme
        .split("| command | does |\n|---|---|\n")
        .nth(1)
        .unwrap();
    let rows = table.lines().take_while(|line| line.starts_with("| "));
    let named: Vec<&str> = rows
        .flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2))
        .map(|code| code.strip_prefix("portal ").unwrap())
        .collect();
    let known: Vec<&str> = TABLE.iter().map(|(command, ..)| *command).collect();
    assert_eq!(named, known[..12]);

    let folder = folder();
    let path = folder.path();
    let (_running, _) = Running::start(path, &["--poll-wait=1s", "--no-call-limit"]);
    fs::write(path.join("job.toml"), block("job file")).unwrap();
    let pdf = portal_sandbox::sample_pdf("Lease", &["Text."]);
    fs::write(path.join("lease.pdf"), pdf).unwrap();
    let run = |arguments: &[&str], code: i32| {
        let mut command = command(path, arguments);
        let output = command.env("PORTAL_PROFILE", "sandbox").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    };
    let send = "send --pdf lease.pdf --title Lease --to signer@example.com --reference lease-7";
    run(&send.split(' ').collect::<Vec<_>>(), 0);
    run(&["sandbox", "sign", "last"], 0);
    run(&["wait", "lease-7", "--timeout=60s"], 0);
    run(&["send", "job.toml"], 0);
    for (command, more, code) in TABLE {
        if command.starts_with("delete") {
            run(&["sandbox", "clock", "advance", "8d"], 0);
        }
        let words: Vec<&str> = command.split(' ').chain(more.iter().copied()).collect();
        run(&words, code);
    }
}

/// Each command that the README names in prose is one that there is.
#[test]
fn the_readme_names_no_command_that_there_is_not() {
    let readme = readme();
    let mut seen = std::collections::BTreeSet::new();
    for code in readme.split('`').skip(1).step_by(2) {
        let Some(command) = code.strip_prefix("portal ") else {
            continue;
        };
        let words = command
            .split(' ')
            .filter(|word| !word.starts_with('-') && *word != "sandbox");
        let first = command.split(' ').next().unwrap();
        let name = match (first, words.clone().next()) {
            ("-p", Some(name)) => name,
            _ => first,
        };
        let output = portal(folder().path(), &[name, "--help"]);
        assert!(output.status.success(), "{code}");
        seen.insert(name.to_owned());
    }
    for name in [
        "verify", "delete", "anchors", "watch", "settle", "init", "doctor",
    ] {
        assert!(seen.contains(name), "{name}: {seen:?}");
    }
}
