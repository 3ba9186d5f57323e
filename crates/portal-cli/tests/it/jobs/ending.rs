//! How jobs end, what is left of them, and that waiting can be interrupted.

use std::fs;
use std::path::Path;

use super::{code, run, sandbox_does, send_small, stored_copies, text};
use crate::sandbox::with_job;
use crate::{command, object, portal};

#[test]
fn a_job_is_waited_for_and_its_documents_are_fetched() {
    let (folder, _running) = with_job();
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
    assert!(
        missing.contains("next: portal -p sandbox fetch lease-7"),
        "{missing}"
    );
    // What is missing here must not go there.
    let held_up = text(path, &["delete", "lease-7", "--yes"]);
    assert!(
        held_up.starts_with("3\n") && held_up.contains("a signed document is missing in the store"),
        "{held_up}"
    );
    fs::write(&stored[0], pdf).unwrap();
}

/// It waits while the service says that it is too early, and through an outage.
#[test]
fn documents_are_deleted_when_it_is_allowed() {
    let (folder, _running) = with_job();
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

#[test]
fn a_job_that_is_refused_or_cancelled_ends_with_7() {
    let (folder, _running) = with_job();
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

#[cfg(unix)]
#[test]
fn an_interrupted_wait_ends_with_130_and_a_terminated_one_with_143() {
    let (folder, _running) = with_job();
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
