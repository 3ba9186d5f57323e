//! Jobs from a shell, against a sandbox that runs: sent once, waited for, fetched, cancelled, settled.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::sandbox::Running;
use crate::validate::write_job;
use crate::{command, folder, object, portal, shown};

/// A folder with a job file, and a sandbox that polls fast.
fn sandbox() -> (tempfile::TempDir, Running) {
    let folder = folder();
    write_job(folder.path());
    let (running, _) = Running::start(folder.path(), &["--poll-wait=1s", "--no-call-limit"]);
    (folder, running)
}

fn run(path: &Path, arguments: &[&str]) -> Output {
    portal(path, &[&["--profile=sandbox"], arguments].concat())
}

fn code(path: &Path, arguments: &[&str]) -> i32 {
    run(path, arguments).status.code().unwrap()
}

fn text(path: &Path, arguments: &[&str]) -> String {
    shown(path, &[&["--profile=sandbox"], arguments].concat())
}

/// A job with one signer, by flags.
fn send_small(path: &Path, reference: &str, more: &[&str]) -> Output {
    let reference = format!("--reference={reference}");
    let all = [
        &[
            "send",
            "--pdf=agreement.pdf",
            "--title=Agreement",
            "--to=signer@example.com",
            &reference,
        ],
        more,
    ]
    .concat();
    run(path, &all)
}

fn sandbox_does(path: &Path, arguments: &[&str]) {
    let output = portal(path, &[&["sandbox"], arguments].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
}

fn creates(path: &Path) -> usize {
    let calls = portal(path, &["sandbox", "calls", "--operation=create"]).stdout;
    String::from_utf8(calls).unwrap().lines().count()
}

#[test]
fn a_job_is_sent_once_for_its_reference() {
    let (folder, _running) = sandbox();
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
    let (folder, _running) = sandbox();
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
fn a_job_is_waited_for_and_its_documents_are_fetched() {
    let (folder, _running) = sandbox();
    let path = folder.path();
    assert_eq!(send_small(path, "lease-7", &[]).status.code(), Some(0));
    let early = text(path, &["fetch", "lease-7"]);
    assert!(early.starts_with("3\n"), "{early}");
    insta::assert_snapshot!("fetch-too-early", early);
    assert_eq!(code(path, &["wait", "lease-7", "--timeout=1s"]), 8);
    sandbox_does(path, &["sign", "last"]);
    let waited = run(path, &["--json", "wait", "lease-7", "--timeout=60s"]);
    assert_eq!(
        waited.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&waited.stderr)
    );
    let job = object(&waited.stdout);
    assert_eq!(
        (&job["state"], &job["signers"][0]["status"]),
        (&"completed".into(), &"SIGNED".into())
    );
    assert_eq!(job["documents"].as_array().unwrap().len(), 2);
    // It was confirmed, and is known here.
    let open = portal(path, &["sandbox", "jobs"]).stdout;
    assert_eq!(String::from_utf8(open).unwrap(), "");
    let showed = text(path, &["show", "last"]);
    assert!(
        showed.contains("job 5000000001: completed\n  reference  lease-7\n"),
        "{showed}"
    );
    assert!(showed.contains("  signer 1   SIGNED since "), "{showed}");

    assert_eq!(code(path, &["fetch", "lease-7", "--out=signed.pdf"]), 0);
    assert!(
        fs::read(path.join("signed.pdf"))
            .unwrap()
            .starts_with(b"%PDF-")
    );
    assert_eq!(code(path, &["fetch", "lease-7", "--out=signed.pdf"]), 9);
    assert_eq!(
        code(path, &["fetch", "lease-7", "--out=signed.pdf", "--force"]),
        0
    );
    assert_eq!(code(path, &["fetch", "id:5000000001", "--xades=all"]), 0);
    assert!(path.join("job-5000000001-signer-1.xades.xml").exists());
    let piped = run(path, &["fetch", "lease-7", "--out=-"]).stdout;
    assert_eq!(piped, fs::read(path.join("signed.pdf")).unwrap());
    assert_eq!(code(path, &["fetch", "lease-7", "--xades=4"]), 3);
    assert_eq!(code(path, &["verify", "signed.pdf"]), 0);
    stored_documents_are_verified(path);

    // Too early to delete; too late to cancel.
    let early = text(path, &["delete", "lease-7", "--yes"]);
    assert!(
        early.starts_with("3\n") && early.contains("fix: try again after "),
        "{early}"
    );
    assert_eq!(code(path, &["cancel", "lease-7", "--yes"]), 3);
    assert_eq!(code(path, &["show", "nothing"]), 3);
}

/// The documents of the job `lease-7`, beside a file, and after one was exchanged in the store.
fn stored_documents_are_verified(path: &Path) {
    let verified = run(path, &["--json", "verify", "lease-7", "signed.pdf", "last"]);
    assert_eq!(verified.status.code(), Some(0));
    let lines = String::from_utf8(verified.stdout).unwrap();
    let names: Vec<String> = lines
        .lines()
        .map(|line| object(line.as_bytes())["file"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names.len(), 5, "{names:?}");
    assert_eq!(names[2], "signed.pdf");
    for name in [
        "lease-7: job-5000000001.pdf",
        "lease-7: job-5000000001-signer-1.xades.xml",
        "last: job-5000000001.pdf",
    ] {
        assert!(names.iter().any(|given| given == name), "{names:?}");
    }
    assert_eq!(code(path, &["verify", "nothing"]), 3);
    // Another sound document in its place is not what was stored.
    let pdf = fs::read(path.join("signed.pdf")).unwrap();
    let stored = stored_copies(&path.join("portal-sandbox"), &pdf);
    assert_eq!(stored.len(), 1, "{stored:?}");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../portal-verify/tests/fixtures");
    fs::copy(fixtures.join("sound-sandbox.pdf"), &stored[0]).unwrap();
    let changed = run(path, &["--json", "verify", "lease-7"]);
    assert_eq!(changed.status.code(), Some(1));
    let lines = String::from_utf8(changed.stdout).unwrap();
    assert!(lines.contains("\"unchanged_in_store\":false"), "{lines}");
    let plain = text(path, &["verify", "lease-7"]);
    assert!(plain.contains("is not the one that was stored"), "{plain}");
    fs::remove_file(&stored[0]).unwrap();
    let missing = text(path, &["verify", "lease-7"]);
    assert!(missing.starts_with("9\n"), "{missing}");
    assert!(missing.contains("next: portal fetch lease-7"), "{missing}");
    fs::write(&stored[0], pdf).unwrap();
}

/// The files below a folder with this content.
pub(crate) fn stored_copies(folder: &Path, content: &[u8]) -> Vec<std::path::PathBuf> {
    let mut copies = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            copies.extend(stored_copies(&path, content));
        } else if fs::read(&path).unwrap() == content {
            copies.push(path);
        }
    }
    copies
}

/// It waits while the service says that it is too early, and through an outage.
#[test]
fn documents_are_deleted_when_it_is_allowed() {
    let (folder, _running) = sandbox();
    let path = folder.path();
    assert_eq!(send_small(path, "old", &[]).status.code(), Some(0));
    let unsigned = ["delete", "old", "--yes", "--when-allowed", "--every=1s"];
    assert_eq!(code(path, &unsigned), 3, "nothing was signed");
    sandbox_does(path, &["sign", "last"]);
    assert_eq!(code(path, &["wait", "old", "--timeout=60s"]), 0);
    let deletions = || {
        let calls = portal(path, &["sandbox", "calls"]).stdout;
        let calls = String::from_utf8(calls).unwrap();
        calls.lines().filter(|line| line.contains("DELETE")).count()
    };
    let deleting = command(
        path,
        &[
            "--profile=sandbox",
            "--json",
            "delete",
            "old",
            "--yes",
            "--when-allowed",
            "--every=1s",
        ],
    )
    .stdout(std::process::Stdio::piped())
    .spawn()
    .unwrap();
    let started = std::time::Instant::now();
    while deletions() < 2 {
        assert!(started.elapsed().as_secs() < 30);
    }
    sandbox_does(path, &["fail", "delete", "503", "--times", "1"]);
    sandbox_does(path, &["clock", "advance", "8d"]);
    let output = deleting.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(object(&output.stdout)["kind"], "deleted");
    let listed = object(&run(path, &["--json", "show", "old"]).stdout);
    assert_eq!(listed["state"], "deleted");
    // Once more asks nobody.
    let before = deletions();
    assert_eq!(code(path, &["delete", "old", "--yes"]), 0);
    assert_eq!(deletions(), before);
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
fn send_waits_and_saves() {
    let (folder, _running) = sandbox();
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

#[test]
fn a_job_that_is_refused_or_cancelled_ends_with_7() {
    let (folder, _running) = sandbox();
    let path = folder.path();
    assert_eq!(send_small(path, "refused", &[]).status.code(), Some(0));
    sandbox_does(path, &["reject", "last"]);
    assert_eq!(send_small(path, "cancelled", &[]).status.code(), Some(0));
    assert_eq!(code(path, &["cancel", "cancelled"]), 2);
    assert_eq!(code(path, &["cancel", "cancelled", "--yes"]), 0);
    assert_eq!(
        code(path, &["wait", "refused", "cancelled", "--timeout=60s"]),
        7
    );
    let state = |reference: &str| {
        object(&run(path, &["--json", "show", reference]).stdout)["state"].clone()
    };
    assert_eq!(
        (state("refused"), state("cancelled")),
        ("failed".into(), "cancelled".into())
    );
    assert_eq!(
        code(path, &["wait", "refused", "--for=change", "--timeout=1s"]),
        8
    );
}

#[test]
fn an_unknown_outcome_ends_with_5_and_is_never_sent_again() {
    let (folder, _running) = sandbox();
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
    let (folder, running) = sandbox();
    let path = folder.path();
    assert_eq!(send_small(path, "first", &[]).status.code(), Some(0));
    // It was killed, so that its files stay.
    drop(running);
    let down = text(path, &["cancel", "first", "--yes"]);
    assert!(
        down.starts_with("4\n") && down.contains("next: portal doctor"),
        "{down}"
    );
    // Not sent, and known to be so: the same command may be given again.
    assert_eq!(send_small(path, "second", &[]).status.code(), Some(4));
    let json = send_small(path, "second", &["--json"]);
    assert_eq!(object(&json.stderr)["retry"], "yes");
    // What is known here needs nobody.
    assert_eq!(code(path, &["show", "first"]), 0);
}

#[cfg(unix)]
#[test]
fn an_interrupted_wait_ends_with_130_and_a_terminated_one_with_143() {
    let (folder, _running) = sandbox();
    let path = folder.path();
    assert_eq!(send_small(path, "r", &[]).status.code(), Some(0));
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let waiting = command(path, &["-psandbox", "--json", "wait", "r"])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // It has begun once it polls.
        let polls = || {
            let calls = portal(path, &["sandbox", "calls", "--operation=poll"]).stdout;
            String::from_utf8(calls).unwrap().lines().count()
        };
        let before = polls();
        let started = std::time::Instant::now();
        while polls() == before && started.elapsed().as_secs() < 20 {}
        let sent = std::process::Command::new("kill")
            .args(["-s", signal, &waiting.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let output = waiting.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(object(&output.stderr)["code"], "interrupted");
    }
}
