//! The help of every command, and what is printed where the arguments make no sense.

use std::collections::BTreeSet;

use crate::{command, described, folder, object, portal, shown};

/// All commands, found by asking the help of each.
fn commands() -> Vec<Vec<String>> {
    let folder = folder();
    let mut found = vec![Vec::new()];
    let mut all = Vec::new();
    while let Some(path) = found.pop() {
        let mut words: Vec<&str> = path.iter().map(String::as_str).collect();
        words.push("-h");
        let output = portal(folder.path(), &words);
        assert!(output.status.success(), "{path:?}");
        let help = String::from_utf8(output.stdout).unwrap();
        let listed = help.split("Commands:\n").nth(1).unwrap_or_default();
        for line in listed.lines().take_while(|line| line.starts_with("  ")) {
            let Some(name) = line
                .strip_prefix("  ")
                .filter(|line| !line.starts_with(' '))
            else {
                continue;
            };
            let name = name.split_whitespace().next().unwrap();
            if name != "help" {
                found.push([&path[..], &[name.to_owned()]].concat());
            }
        }
        all.push(path);
    }
    all.sort();
    all
}

#[test]
fn every_command_has_help_with_an_example() {
    let folder = folder();
    let commands = commands();
    assert!(commands.len() > 20, "{commands:?}");
    for path in commands {
        let mut words: Vec<&str> = path.iter().map(String::as_str).collect();
        words.push("--help");
        let text = shown(folder.path(), &words);
        let name = if path.is_empty() {
            "portal".to_owned()
        } else {
            path.join("-")
        };
        let is_group = text.contains("\nCommands:\n");
        assert!(is_group || text.contains("Example:\n  "), "{name}");
        insta::assert_snapshot!(format!("help-{name}"), text);
    }
}

#[test]
fn help_fits_a_narrow_terminal() {
    let folder = folder();
    for path in commands() {
        let mut words: Vec<&str> = path.iter().map(String::as_str).collect();
        words.push("-h");
        let mut command = command(folder.path(), &words);
        let output = command.env("COLUMNS", "60").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        // Examples and usage are lines to copy, and stay whole.
        let text = text.split("Example:").next().unwrap();
        for line in text.lines().filter(|line| !line.starts_with("Usage:")) {
            assert!(line.chars().count() <= 60, "{path:?}: {line}");
        }
    }
}

#[test]
fn arguments_that_make_no_sense_end_with_2() {
    let folder = folder();
    for (name, arguments) in [
        ("unknown-command", &["sned"][..]),
        ("unknown-option", &["demo", "--documents", "a.pdf"]),
        ("nothing-to-validate", &["validate"]),
        ("quiet-and-verbose", &["-q", "-v", "rules"]),
        ("rule-with-a-typo", &["rules", "documents.pfd"]),
    ] {
        let text = shown(folder.path(), arguments);
        assert!(text.starts_with("2\n"), "{name}: {text}");
        insta::assert_snapshot!(format!("usage-{name}"), text);
        let json = portal(folder.path(), &[&["--json"], arguments].concat());
        assert_eq!(json.status.code(), Some(2));
        assert!(json.stdout.is_empty());
        let error = object(&json.stderr);
        assert_eq!(error["kind"], "error");
        assert_eq!(
            (&error["code"], &error["exit"]),
            (&"usage".into(), &2.into())
        );
    }
    assert_eq!(portal(folder.path(), &[]).status.code(), Some(2));
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = portal(folder.path(), &["completions", shell]);
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        for command in ["validate", "doctor", "certificate", "sandbox"] {
            assert!(text.contains(command), "{shell}: {command}");
        }
    }
    let output = portal(folder.path(), &["man", "man1"]);
    assert!(output.status.success());
    let pages: BTreeSet<String> = std::fs::read_dir(folder.path().join("man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for path in commands() {
        let name = [&["portal".to_owned()], &path[..]].concat().join("-");
        assert!(pages.contains(&format!("{name}.1")), "{name}");
    }
    std::fs::write(folder.path().join("file"), "").unwrap();
    let output = portal(folder.path(), &["man", "file/man1"]);
    assert_eq!(output.status.code(), Some(9));
}

/// The shells read what they are given, where they are on this machine.
#[test]
fn shells_take_the_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let folder = folder();
        let script = portal(folder.path(), &["completions", shell]).stdout;
        std::fs::write(folder.path().join("script"), script).unwrap();
        let check = std::process::Command::new(shell)
            .args(["-n", "script"])
            .current_dir(folder.path())
            .output();
        match check {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(
                    output.status.success() && said.is_empty(),
                    "{shell}: {said}"
                );
            }
            Err(_) => println!("skipped: no {shell} on this machine"),
        }
    }
}

#[test]
fn colors_are_for_terminals_unless_they_are_asked_for() {
    let folder = folder();
    let plain = portal(folder.path(), &["rules", "documents.pdf"]).stdout;
    assert!(!plain.contains(&0x1b));
    let colored = portal(folder.path(), &["--color=always", "rules", "documents.pdf"]).stdout;
    assert!(colored.contains(&0x1b));
    let mut always = command(
        folder.path(),
        &["--color=always", "--json", "rules", "documents.pdf"],
    );
    assert!(!always.output().unwrap().stdout.contains(&0x1b));
}

/// Whoever closes standard output early, as `head` does, wanted no more.
#[test]
fn a_closed_pipe_is_no_error() {
    let folder = folder();
    let mut process = command(folder.path(), &["--json", "rules"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(process.stdout.take());
    let output = process.wait_with_output().unwrap();
    let text = described(folder.path(), output);
    assert_eq!(text, "0\n--- out\n--- err");
}

#[test]
fn the_version_is_printed() {
    let folder = folder();
    let output = portal(folder.path(), &["--version"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, format!("portal {}\n", env!("CARGO_PKG_VERSION")));
}
