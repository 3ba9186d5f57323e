//! Commands that need no job: packages, completions, manual pages, configuration, and the sandbox's.

use std::fs;

use super::{both, json_alone};
use crate::sandbox::with_job;
use crate::{folder, portal, shown};

#[test]
fn packages_are_built_and_looked_into() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let package = |name: &str, code: i32, arguments: &[&str]| {
        let arguments = [&["debug", "package"], arguments].concat();
        both(path, &format!("package-{name}"), code, &arguments);
    };
    package("build", 0, &["build", "job.toml", "--out=job.asice"]);
    package("inspect", 0, &["inspect", "job.asice"]);
    package("verify", 0, &["verify", "job.asice"]);
    let mut bytes = fs::read(path.join("job.asice")).unwrap();
    bytes.truncate(1000);
    fs::write(path.join("cut.asice"), bytes).unwrap();
    package("verify-cut", 1, &["verify", "cut.asice"]);
    package("inspect-missing", 9, &["inspect", "missing.asice"]);
    package(
        "build-nowhere",
        9,
        &["build", "job.toml", "--out=missing/job.asice"],
    );
    fs::write(path.join("manifest.xml"), "<x/>").unwrap();
    package(
        "build-manifest",
        1,
        &["build", "manifest.xml", "--out=x.asice"],
    );
}

#[test]
fn jobs_are_checked_and_shown_without_sending() {
    let (folder, _running) = with_job();
    let path = folder.path();
    both(path, "validate", 0, &["validate", "job.toml"]);
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    fs::write(
        path.join("wrong.toml"),
        job.replace("= \"lookup\"", "= \"post\""),
    )
    .unwrap();
    both(path, "validate-wrong-file", 1, &["validate", "wrong.toml"]);
    fs::write(
        path.join("long.toml"),
        job.replace("Please", &"x".repeat(221)),
    )
    .unwrap();
    both(path, "validate-violation", 1, &["validate", "long.toml"]);
    both(path, "validate-missing", 9, &["validate", "missing.toml"]);
    both(path, "send-dry-run", 0, &["send", "job.toml", "--dry-run"]);
    both(path, "send-violation", 1, &["send", "long.toml"]);
}

#[test]
fn setups_are_examined() {
    let (folder, running) = with_job();
    let path = folder.path();
    let without = shown(path, &["list"]);
    assert!(without.contains("or give `-p sandbox`"), "{without}");
    both(path, "config-show", 0, &["config", "show"]);
    both(path, "config-path", 0, &["config", "path"]);
    both(
        path,
        "config-missing",
        6,
        &["--config=missing.toml", "config", "show"],
    );
    both(path, "doctor-offline", 0, &["doctor", "--offline"]);
    json_alone(path, "doctor", 0, &["doctor"]);
    // Killed, so that its files stay.
    drop(running);
    both(path, "send-nobody-there", 4, &["send", "job.toml"]);
    let none = crate::folder();
    both(none.path(), "doctor-no-sandbox", 6, &["doctor"]);
    both(none.path(), "send-no-sandbox", 6, &["send", "job.toml"]);
    for name in ["c.p12", "p"] {
        fs::write(none.path().join(name), "").unwrap();
    }
    let init = ["init", "--environment=difitest"];
    both(none.path(), "init-nobody-asked", 2, &init);
    let settings = [
        "--organization=984661185",
        "--sector=public",
        "--certificate=c.p12",
    ];
    let init = [
        &["init", "--environment=difitest", "--password-file=p"],
        &settings[..],
    ]
    .concat();
    let files = ["--config=plain.toml", "--config=json.toml"];
    let [plain, json] = files.map(|file| [&[file], &init[..]].concat());
    super::each(none.path(), "init", 0, &plain, &json);
    both(none.path(), "init-again", 9, &plain);
    both(none.path(), "schema-usage", 2, &["schema", "jbo"]);
    both(
        none.path(),
        "anchors-list",
        0,
        &["anchors", "list", "--environment=test"],
    );
    both(
        none.path(),
        "anchors-nowhere",
        9,
        &["anchors", "check", "nowhere"],
    );
    both(none.path(), "rules-usage", 2, &["rules", "documents.pfd"]);
    both(none.path(), "rules", 0, &["rules", "documents.pdf"]);
}

#[test]
fn files_for_shells_and_readers_are_written() {
    let folder = folder();
    let path = folder.path();
    // Whole they are clap's; that shells take them has its own test.
    let heads: Vec<String> = ["bash", "zsh", "fish"]
        .into_iter()
        .map(|shell| {
            let script = portal(path, &["completions", shell]).stdout;
            let script = String::from_utf8(script).unwrap();
            let head: Vec<&str> = script.lines().take(3).collect();
            format!("{shell}\n{}\n", head.join("\n"))
        })
        .collect();
    insta::assert_snapshot!(heads.join("\n"));
    json_alone(path, "completions", 0, &["completions", "bash"]);
    both(path, "completions-usage", 2, &["completions", "cmd"]);
    both(path, "man", 0, &["man", "man1"]);
    let page = fs::read_to_string(path.join("man1/portal-send.1")).unwrap();
    assert!(
        page.contains("EXAMPLE") || page.contains("Example"),
        "{page}"
    );
    fs::write(path.join("file"), "").unwrap();
    both(path, "man-in-the-way", 9, &["man", "file/man1"]);
    json_alone(path, "demo", 0, &["demo"]);
    json_alone(path, "demo-missing", 9, &["demo", "missing.pdf"]);
}

#[test]
fn the_sandbox_is_driven_plain_and_as_json() {
    let (folder, running) = with_job();
    let path = folder.path();
    let drive = |name: &str, code: i32, arguments: &[&str]| {
        let arguments = [&["sandbox"], arguments].concat();
        both(path, &format!("sandbox-{name}"), code, &arguments);
    };
    drive("jobs-none", 0, &["jobs"]);
    drive("sign-nothing", 3, &["sign", "last"]);
    assert!(shown(path, &["-psandbox", "send", "job.toml"]).starts_with("0\n"));
    drive("jobs", 0, &["jobs"]);
    let other = ["-psandbox", "send", "job.toml", "--reference=other"];
    assert!(shown(path, &other).starts_with("0\n"));
    let sign = ["hr-2026-00417", "other"].map(|job| ["sandbox", "sign", job]);
    super::each(path, "sandbox-sign", 0, &sign[0], &sign[1]);
    let turns = ["2", "3"].map(|signer| ["sandbox", "sign", "other", "--signer", signer]);
    super::each(path, "sandbox-sign-one", 0, &turns[0], &turns[1]);
    drive("calls", 0, &["calls", "--operation=create"]);
    for act in ["reject", "block"] {
        let jobs = ["plain", "json"].map(|form| format!("{act}-{form}"));
        for job in &jobs {
            // Only such signers get security codes, which they may get wrong.
            let send = "-psandbox send --pdf agreement.pdf --title Agreement --to signer@example.com --reference";
            let send: Vec<&str> = send.split(' ').chain([&**job]).collect();
            assert!(shown(path, &send).starts_with("0\n"));
        }
        let [plain, json] = jobs.each_ref().map(|job| ["sandbox", act, job]);
        super::each(path, &format!("sandbox-{act}"), 0, &plain, &json);
    }
    drive("clock", 0, &["clock"]);
    drive("clock-advance", 0, &["clock", "advance", "25h"]);
    drive("clock-next", 0, &["clock", "next"]);
    let later = [1, 2].map(|years| {
        let later = jiff::SignedDuration::from_hours(years * 365 * 24);
        (jiff::Timestamp::now() + later).to_string()
    });
    let [plain, json] = later.each_ref().map(|to| ["sandbox", "clock", "set", to]);
    super::each(path, "sandbox-clock-set", 0, &plain, &json);
    drive("fail", 0, &["fail", "poll", "503", "--times=2"]);
    drive("fail-unknown", 2, &["fail", "poll", "sulk"]);
    drive("token", 0, &["token", "refuse"]);
    drive("token-revoke", 0, &["token", "revoke"]);
    drive("token-restore", 0, &["token", "restore"]);
    drive("token-expire", 0, &["token", "expire"]);
    drive("env", 0, &["env"]);
    drive("reset", 0, &["reset"]);
    drop(running);
    drive("not-there", 4, &["jobs"]);
    both(
        crate::folder().path(),
        "sandbox-no-folder",
        6,
        &["sandbox", "jobs"],
    );
}
