//! `portal doctor` against a sandbox that runs: 0, 1, 4 and 6.

use std::fs;
use std::path::Path;

use crate::sandbox::Running;
use crate::{command, folder, object, portal, shown};

fn masked(text: &str) -> String {
    let lines = text.lines().map(|line| {
        if line.contains("127.0.0.1") || line.contains(" until ") {
            let code = line.split(": ").next().unwrap();
            format!("{code}: [..]")
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_right_setup_ends_with_0() {
    let folder = folder();
    let path = folder.path();
    let (_running, _) = Running::start(path, &[]);
    let text = shown(path, &["--profile=sandbox", "doctor"]);
    assert!(text.starts_with("0\n"), "{text}");
    insta::assert_snapshot!("doctor-right", masked(&text));
    let offline = shown(path, &["--profile=sandbox", "doctor", "--offline"]);
    assert!(offline.starts_with("0\n"), "{offline}");
    let json = portal(path, &["--json", "-p", "sandbox", "doctor"]);
    let lines = String::from_utf8(json.stdout).unwrap();
    for line in lines.lines() {
        let finding = object(line.as_bytes());
        assert_eq!(finding["kind"], "check");
        assert!(
            ["pass", "warn"].contains(&finding["status"].as_str().unwrap()),
            "{line}"
        );
    }
    // Never a poll.
    let calls = portal(path, &["sandbox", "calls"]).stdout;
    let calls = String::from_utf8(calls).unwrap();
    assert!(calls.lines().count() > 0);
    assert!(!calls.contains("signature-jobs"), "{calls}");
}

#[test]
fn a_clock_that_is_off_ends_with_1() {
    let folder = folder();
    let path = folder.path();
    let (_running, _) = Running::start(path, &["--clock=2036-03-01T08:00:00Z"]);
    let text = shown(path, &["--profile=sandbox", "doctor"]);
    assert!(text.starts_with("1\n"), "{text}");
    assert!(text.contains("fail  clock: "), "{text}");
}

fn copied_settings(path: &Path, change: impl Fn(&mut serde_json::Value)) {
    let file = path.join("portal-sandbox/sandbox.json");
    let mut settings: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    change(&mut settings);
    fs::create_dir_all(path.join("changed")).unwrap();
    fs::write(path.join("changed/sandbox.json"), settings.to_string()).unwrap();
}

fn doctor_of_copy(path: &Path) -> (Option<i32>, String) {
    let mut command = command(path, &["--profile=sandbox", "doctor"]);
    let output = command
        .env("PORTAL_SANDBOX_FOLDER", "changed")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), text)
}

#[test]
fn nobody_there_ends_with_4_and_a_wrong_setup_with_6() {
    let folder = folder();
    let path = folder.path();
    let (running, _) = Running::start(path, &[]);
    copied_settings(path, |settings| {
        settings["server_organization"] = "123456789".into();
    });
    let (code, text) = doctor_of_copy(path);
    assert_eq!(code, Some(6), "{text}");
    assert!(text.contains("fail  tls: "), "{text}");

    let mut other_sender = command(path, &["--profile=sandbox", "doctor"]);
    let output = other_sender
        .env("PORTAL_ORGANIZATION", "988015814")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(6));

    // An outage of the service is transient.
    let fail = portal(
        path,
        &["sandbox", "fail", "who-am-i", "503", "--times", "20"],
    );
    assert!(fail.status.success());
    let text = shown(path, &["--profile=sandbox", "doctor"]);
    assert!(text.starts_with("4\n"), "{text}");

    copied_settings(path, |_| {});
    drop(running);
    let (code, text) = doctor_of_copy(path);
    assert_eq!(code, Some(4), "{text}");
    let elsewhere = crate::folder();
    let none = shown(
        elsewhere.path(),
        &["--profile=sandbox", "doctor", "--offline"],
    );
    insta::assert_snapshot!("doctor-no-sandbox", none);
}
