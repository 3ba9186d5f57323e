//! The command as a person runs it: its output, its files, its exit codes.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected is to end there"
)]

mod anchors;
mod certificate;
mod configuration;
mod doctor;
mod help;
#[cfg(unix)]
mod interrupts;
mod jobs;
mod languages;
mod outputs;
mod package;
mod readme;
mod sandbox;
mod terminal;
mod texts;
mod validate;
mod verify;
mod watch;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use portal_sandbox::sample_pdf;
use tempfile::TempDir;

/// The command in a folder, without configuration, terminal and variables of whoever runs the tests.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portal"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PORTAL_") {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env("XDG_STATE_HOME", folder.join("state"))
        .env("HOME", folder)
        .env_remove("COLUMNS")
        .env_remove("CREDENTIALS_DIRECTORY")
        .stdin(Stdio::null());
    command
}

fn portal(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// Exit code, standard output and standard error, as one text; the folder's name is left out.
fn shown(folder: &Path, arguments: &[&str]) -> String {
    described(folder, portal(folder, arguments))
}

fn described(folder: &Path, output: Output) -> String {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    let all = format!(
        "{code}\n--- out\n{}--- err\n{}",
        text(output.stdout),
        text(output.stderr)
    );
    let folder = folder.display().to_string();
    let lines: Vec<&str> = all.lines().map(str::trim_end).collect();
    lines.join("\n").replace(&folder, "[folder]")
}

/// A line of standard error or output as JSON.
fn object(bytes: &[u8]) -> serde_json::Value {
    let text = std::str::from_utf8(bytes).unwrap();
    let line = text.lines().next().unwrap();
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(value["version"], 1, "{line}");
    value
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Numbers that differ from run to run: times, the port, lengths and instants.
fn masked(output: &[u8]) -> String {
    let text = String::from_utf8(output.to_vec()).unwrap();
    let mut masked = String::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        if let (Some(begin), Some(end)) = (line.find('['), line.find(" ms]")) {
            line.replace_range(begin + 1..end, "time");
        }
        for (before, after) in [
            ("127.0.0.1:", "/"),
            ("permitted at ", ""),
            ("at the latest on ", "."),
            (", ", " bytes"),
        ] {
            let Some(begin) = line.find(before).map(|at| at + before.len()) else {
                continue;
            };
            let rest = &line[begin..];
            let length = if after.is_empty() {
                Some(rest.len())
            } else {
                rest.find(after)
            };
            if let Some(length) = length.filter(|_| rest.starts_with(|c: char| c.is_ascii_digit()))
            {
                line.replace_range(begin..begin + length, "[..]");
            }
        }
        masked.push_str(line.trim_end());
        masked.push('\n');
    }
    masked
}

#[test]
fn the_demo_runs_the_whole_flow_and_leaves_the_signed_documents() {
    let folder = folder();
    let output = portal(folder.path(), &["demo"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    insta::assert_snapshot!(masked(&output.stdout));
    let saved = folder.path().join("portal-demo");
    let mut files: Vec<_> = fs::read_dir(&saved)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort_unstable();
    let mut expected = vec!["signed.pdf".to_owned()];
    expected.extend((1..=4).map(|signer| format!("signer-{signer}.xades.xml")));
    assert_eq!(files, expected);
    assert!(
        fs::read(saved.join("signed.pdf"))
            .unwrap()
            .starts_with(b"%PDF-")
    );

    // Once more into the same folder.
    assert!(portal(folder.path(), &["demo"]).status.success());
}

#[test]
fn the_demo_runs_with_access_tokens_too() {
    let folder = folder();
    let output = portal(folder.path(), &["demo", "--tokens"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("Created job 1 with an access token"),
        "{said}"
    );
    assert!(folder.path().join("portal-demo/signed.pdf").is_file());
}

#[test]
fn the_demo_takes_other_documents() {
    let folder = folder();
    for name in ["a.pdf", "b.pdf"] {
        fs::write(folder.path().join(name), sample_pdf(name, &["Text."])).unwrap();
    }
    let arguments = ["demo", "a.pdf", "b.pdf", "--out", "signed"];
    let output = portal(folder.path(), &arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(folder.path().join("signed/signed.pdf").is_file());
}

#[test]
fn documents_that_break_a_rule_are_named_and_nothing_is_saved() {
    let folder = folder();
    fs::write(folder.path().join("text.pdf"), "no PDF").unwrap();
    let output = portal(folder.path(), &["demo", "text.pdf"]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(masked(&output.stderr));
    assert_eq!(
        fs::read_dir(folder.path().join("portal-demo"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn a_document_that_is_not_there() {
    let folder = folder();
    let output = portal(folder.path(), &["demo", "missing.pdf"]);
    assert_eq!(output.status.code(), Some(9));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}

#[test]
fn a_folder_that_cannot_be_made() {
    let folder = folder();
    fs::write(folder.path().join("file"), "in the way").unwrap();
    let output = portal(folder.path(), &["demo", "--out", "file/demo"]);
    assert_eq!(output.status.code(), Some(9));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}

/// A disk that takes no more than 2 KiB for a file: the PAdES does not fit.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let folder = folder();
    let script = format!(
        "trap '' XFSZ; ulimit -f 2; exec '{}' demo",
        env!("CARGO_BIN_EXE_portal")
    );
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(9),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("could not be written"), "{error}");
    assert_eq!(
        fs::read_dir(folder.path().join("portal-demo"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn arguments_that_make_no_sense() {
    let folder = folder();
    for arguments in [&[][..], &["demo", "--documents", "a.pdf"], &["demmo"]] {
        assert_eq!(
            portal(folder.path(), arguments).status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
    let help = portal(folder.path(), &["demo", "--help"]);
    insta::assert_snapshot!(String::from_utf8(help.stdout).unwrap());
}
