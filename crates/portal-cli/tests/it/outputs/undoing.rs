//! Commands that can't be undone: each succeeds once for a job.

use std::path::Path;

use super::{both, each};
use crate::portal;
use crate::sandbox::with_job;

fn send(path: &Path, reference: &str) -> Option<i32> {
    let arguments = [
        "--profile=sandbox",
        "send",
        "--pdf=agreement.pdf",
        "--title=Agreement",
        "--to=signer@example.com",
        "--reference",
        reference,
    ];
    portal(path, &arguments).status.code()
}

fn sandbox(path: &Path, arguments: &[&str]) {
    let output = portal(path, &[&["sandbox"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}");
}

#[test]
fn jobs_are_cancelled() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let cancel = ["one", "two"].map(|reference| {
        assert_eq!(send(path, reference), Some(0));
        ["cancel", reference, "--yes"]
    });
    each(path, "cancel", 0, &cancel[0], &cancel[1]);
    both(
        path,
        "wait-cancelled",
        7,
        &["wait", "one", "two", "--timeout=60s"],
    );
    both(path, "show-cancelled", 0, &["show", "one"]);
    let wait = ["wait", "one", "--for=change", "--timeout=1s"];
    both(path, "wait-no-change", 8, &wait);
    both(path, "cancel-unknown", 3, &["cancel", "nothing", "--yes"]);
    both(path, "fetch-never", 3, &["fetch", "one"]);
}

#[test]
fn unknown_outcomes_are_settled() {
    let (folder, _running) = with_job();
    let path = folder.path();
    for (fault, reference) in [
        ("drop-after", "one"),
        ("drop-after", "two"),
        ("drop-before", "three"),
        ("drop-before", "four"),
    ] {
        sandbox(path, &["fail", "create", fault]);
        assert_eq!(send(path, reference), Some(5), "{reference}");
    }
    both(path, "show-sending", 0, &["show", "one"]);
    both(
        path,
        "list-sending",
        0,
        &["list", "--state=sending", "--limit=1"],
    );
    both(
        path,
        "settle-unasked",
        2,
        &["settle", "one", "--not-created"],
    );
    both(path, "delete-unknown", 5, &["delete", "one", "--yes"]);
    let created = [("one", "5000000001"), ("two", "5000000002")]
        .map(|(reference, id)| ["settle", reference, "--created", id, "--yes"]);
    each(path, "settle-created", 0, &created[0], &created[1]);
    let not = ["three", "four"].map(|reference| ["settle", reference, "--not-created", "--yes"]);
    each(path, "settle-not-created", 0, &not[0], &not[1]);
}

#[test]
fn documents_are_deleted() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let delete = ["one", "two"].map(|reference| {
        assert_eq!(send(path, reference), Some(0));
        sandbox(path, &["sign", reference]);
        ["delete", reference, "--yes"]
    });
    both(
        path,
        "wait-several",
        0,
        &["wait", "one", "two", "--timeout=60s"],
    );
    both(path, "delete-unasked", 2, &["delete", "one"]);
    sandbox(path, &["clock", "advance", "8d"]);
    each(path, "delete", 0, &delete[0], &delete[1]);
    both(path, "delete-again", 0, &delete[0]);
    both(path, "show-deleted", 0, &["show", "one"]);
}
