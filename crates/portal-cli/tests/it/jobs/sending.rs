//! Sent once for a reference, by files and flags; what happens when the response is lost.

use std::fs;

use super::{code, creates, run, sandbox_does, send_small, text};
use crate::sandbox::{Running, with_job};
use crate::validate::write_job;
use crate::{command, folder, object, portal, shown};

#[test]
fn a_job_is_sent_once_for_its_reference() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let first = run(path, &["--json", "send", "job.toml"]);
    assert_eq!(
        first.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&first.stderr)
    );
    let job = object(&first.stdout);
    assert_eq!((&job["kind"], &job["new"]), (&"job".into(), &true.into()));
    assert_eq!(job["reference"], "hr-2026-00417");
    assert_eq!(job["groups"].as_array().unwrap().len(), 3);
    assert_eq!(job["groups"][1]["signers"], serde_json::json!([2, 3]));
    let again = object(&run(path, &["--json", "send", "job.toml"]).stdout);
    assert_eq!(
        (&again["new"], &again["job_id"]),
        (&false.into(), &job["job_id"])
    );
    assert_eq!(creates(path), 1);

    // Another job under the same reference.
    let other = fs::read_to_string(path.join("job.toml"))
        .unwrap()
        .replace("14d", "15d");
    fs::write(path.join("other.toml"), other).unwrap();
    let taken = text(path, &["send", "other.toml"]);
    assert!(taken.starts_with("3\n"), "{taken}");
    insta::assert_snapshot!("send-reference-taken", taken);

    let without = fs::read_to_string(path.join("job.toml")).unwrap();
    let without = without.replace("reference = \"hr-2026-00417\"\n", "");
    fs::write(path.join("without.toml"), without).unwrap();
    let no_reference = text(path, &["send", "without.toml"]);
    assert!(no_reference.starts_with("2\n"), "{no_reference}");
    insta::assert_snapshot!("send-no-reference", no_reference);
    assert_eq!(code(path, &["send", "without.toml", "--reference=hr-2"]), 0);

    // Several files, a line for each; the one that is taken does not hold the others up.
    let third = fs::read_to_string(path.join("job.toml"))
        .unwrap()
        .replace("00417", "00418");
    fs::write(path.join("third.toml"), third).unwrap();
    let several = run(
        path,
        &["--json", "send", "job.toml", "other.toml", "third.toml"],
    );
    assert_eq!(several.status.code(), Some(3));
    assert_eq!(
        String::from_utf8(several.stdout).unwrap().lines().count(),
        2
    );
    assert_eq!(creates(path), 3);

    let listed = String::from_utf8(run(path, &["--json", "list"]).stdout).unwrap();
    assert_eq!(listed.lines().count(), 3);
    assert_eq!(
        String::from_utf8(run(path, &["list", "--state=completed"]).stdout).unwrap(),
        ""
    );
}

#[test]
fn a_dry_run_sends_nothing_and_shows_nobody() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let output = run(path, &["send", "job.toml", "--dry-run"]);
    assert_eq!(output.status.code(), Some(0));
    let manifest = String::from_utf8(output.stdout).unwrap();
    assert!(
        manifest.contains("<personal-identification-number>***</"),
        "{manifest}"
    );
    for personal in ["01013300001", "10987654321", "example.com", "99999999"] {
        assert!(!manifest.contains(personal), "{personal}");
    }
    assert_eq!(creates(path), 0);
    let broken = text(
        path,
        &[
            "send",
            "--pdf=job.toml",
            "--title=T",
            "--to=a@example.com",
            "--reference=r",
        ],
    );
    assert!(
        broken.starts_with("1\n") && broken.contains("next: portal rules documents.pdf"),
        "{broken}"
    );
    let number = run(
        path,
        &[
            "send",
            "--pdf=a.pdf",
            "--title=T",
            "--to=01013300001",
            "--reference=r",
        ],
    );
    assert_eq!(number.status.code(), Some(2));
}

#[test]
fn send_waits_and_saves() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let sending = command(
        path,
        &[
            "--profile=sandbox",
            "send",
            "--pdf=agreement.pdf",
            "--title=Agreement",
            "--to=signer@example.com",
            "--reference=r",
            "--wait",
            "--timeout=60s",
            "--out=signed",
        ],
    )
    .spawn()
    .unwrap();
    // Until the sandbox has it.
    let started = std::time::Instant::now();
    while creates(path) == 0 {
        assert!(started.elapsed().as_secs() < 30);
    }
    while !portal(path, &["sandbox", "sign", "last"]).status.success() {
        assert!(started.elapsed().as_secs() < 30);
    }
    let output = sending.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(path.join("signed/job-5000000001.pdf").exists());
    assert!(
        path.join("signed/job-5000000001-signer-1.xades.xml")
            .exists()
    );
}

/// The sandbox's token endpoint is taken from what it wrote, where the profile wants tokens.
#[test]
fn jobs_are_sent_with_access_tokens() {
    let folder = folder();
    let path = folder.path();
    write_job(path);
    let (_running, _) = Running::start(path, &["--token-port=0"]);
    let settings = fs::read(path.join("portal-sandbox/sandbox.json")).unwrap();
    let settings: serde_json::Value = serde_json::from_slice(&settings).unwrap();
    let tokens = || {
        let calls = portal(path, &["sandbox", "calls"]).stdout;
        String::from_utf8(calls)
            .unwrap()
            .matches("/oauth2/token")
            .count()
    };
    // Without an id it is mutual TLS.
    assert_eq!(code(path, &["doctor"]), 0);
    assert_eq!(tokens(), 0);
    let mut sending = command(path, &["--profile=sandbox", "send", "job.toml"]);
    let id = settings["client_id"].as_str().unwrap();
    let sent = sending.env("PORTAL_CLIENT_ID", id).output().unwrap();
    assert_eq!(
        sent.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&sent.stderr)
    );
    assert_eq!(tokens(), 1);

    // The same by a profile of a configuration file.
    let text = |name: &str| settings[name].as_str().unwrap();
    let profile = format!(
        "[profile.own]\nenvironment = \"{}\"\norganization = \"{}\"\nsector = \"public\"\n\
         certificate = \"{}\"\nkey = \"{}\"\nanchors = \"{}\"\nserver-organization = \"{}\"\n\
         client-id = \"{}\"\nbroker-id = \"{}\"\ntoken-endpoint = \"{}\"\ntoken-anchors = \"{}\"\n",
        text("root_url"),
        text("sender"),
        text("certificate"),
        text("private_key"),
        text("trust_anchor"),
        text("server_organization"),
        id,
        text("broker_id"),
        text("token_endpoint"),
        text("token_trust_anchor"),
    );
    fs::write(path.join("own.toml"), &profile).unwrap();
    let doctor = shown(path, &["--config=own.toml", "doctor"]);
    assert!(doctor.starts_with("0\n"), "{doctor}");
    assert_eq!(tokens(), 2);
    let missing = profile.replace("token-root.pem", "none.pem");
    fs::write(path.join("own.toml"), missing).unwrap();
    let doctor = shown(path, &["--config=own.toml", "doctor"]);
    assert!(doctor.starts_with("6\n"), "{doctor}");
    assert!(doctor.contains("the token anchors "), "{doctor}");
}

#[test]
fn an_unknown_outcome_ends_with_5_and_is_never_sent_again() {
    let (folder, _running) = with_job();
    let path = folder.path();
    sandbox_does(path, &["fail", "create", "drop-after"]);
    let lost = send_small(path, "lost", &[]);
    assert_eq!(
        lost.status.code(),
        Some(5),
        "{}",
        String::from_utf8_lossy(&lost.stderr)
    );
    let again = text(
        path,
        &[
            "send",
            "--pdf=agreement.pdf",
            "--title=Agreement",
            "--to=signer@example.com",
            "--reference=lost",
        ],
    );
    assert!(
        again.starts_with("5\n") && again.contains("never send it again"),
        "{again}"
    );
    assert_eq!(creates(path), 1);
    let listed = object(&run(path, &["--json", "list"]).stdout);
    assert_eq!(listed["state"], "sending");
    assert_eq!(code(path, &["fetch", "lost"]), 5);
    assert_eq!(code(path, &["settle", "lost", "--not-created"]), 2);
    assert_eq!(code(path, &["settle", "lost"]), 2);
    // The job announces itself by its reference.
    sandbox_does(path, &["sign", "last"]);
    assert_eq!(code(path, &["wait", "lost", "--timeout=60s"]), 0);
    assert_eq!(code(path, &["settle", "lost", "--not-created", "--yes"]), 3);

    // Or a person has asked the service.
    sandbox_does(path, &["fail", "create", "drop-before"]);
    assert_eq!(send_small(path, "other", &[]).status.code(), Some(5));
    assert_eq!(
        code(path, &["settle", "other", "--not-created", "--yes"]),
        0
    );
    assert_eq!(send_small(path, "other", &[]).status.code(), Some(0));
    assert_eq!(
        code(path, &["settle", "nothing", "--not-created", "--yes"]),
        3
    );
}

#[test]
fn an_outage_ends_with_4_and_may_be_tried_again() {
    let (folder, running) = with_job();
    let path = folder.path();
    assert_eq!(send_small(path, "first", &[]).status.code(), Some(0));
    // It was killed, so that its files stay.
    drop(running);
    let down = text(path, &["cancel", "first", "--yes"]);
    assert!(
        down.starts_with("4\n") && down.contains("next: portal -p sandbox doctor"),
        "{down}"
    );
    // Not sent, and known to be so: the same command may be given again.
    assert_eq!(send_small(path, "second", &[]).status.code(), Some(4));
    let json = send_small(path, "second", &["--json"]);
    assert_eq!(object(&json.stderr)["retry"], "yes");
    // What is known here needs nobody.
    assert_eq!(code(path, &["show", "first"]), 0);
}
