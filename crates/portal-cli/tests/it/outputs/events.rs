//! `portal watch` and `portal events`: what was delivered, what waits, and what was given up.

use std::fs;
use std::path::{Path, PathBuf};

use super::{both, each, json_alone};
use crate::sandbox::with_job;
use crate::watch::{send, sign};
use crate::{object, portal};

/// The folder of this name below another.
fn below(folder: &Path, name: &str) -> Option<PathBuf> {
    fs::read_dir(folder).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        let is_it = path.is_dir() && path.file_name()? == name;
        if is_it {
            Some(path)
        } else if path.is_dir() {
            below(&path, name)
        } else {
            None
        }
    })
}

#[test]
fn events_wait_are_given_up_and_sent_again() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let watch = ["watch", "--exec=false", "--until-empty"];
    // The receiver is known from now on, and gets nothing: what `wait` takes in waits for it.
    both(path, "watch-empty", 0, &watch);
    for reference in ["one", "two"] {
        send(path, reference);
        sign(path);
    }
    let wait = ["-psandbox", "wait", "one", "two", "--timeout=60s"];
    assert!(portal(path, &wait).status.success());
    both(path, "events-waiting", 0, &["events", "list"]);
    // As it is after twenty-two attempts in seven days.
    let outbox = below(&path.join("portal-sandbox"), "outbox").unwrap();
    fs::rename(&outbox, outbox.with_file_name("dead")).unwrap();
    both(path, "events-dead", 0, &["events", "list", "--dead"]);
    let listed = portal(path, &["-psandbox", "--json", "events", "list", "--dead"]).stdout;
    let listed = String::from_utf8(listed).unwrap();
    let ids: Vec<String> = listed
        .lines()
        .map(|line| object(line.as_bytes())["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 2);
    both(path, "events-show", 0, &["events", "show", &ids[0]]);
    let resend = [0, 1].map(|at| ["events", "resend", &*ids[at]]);
    each(path, "events-resend", 0, &resend[0], &resend[1]);
    both(path, "events-resend-again", 3, &resend[0]);
    both(path, "events-resume", 0, &["events", "resume", "forward"]);
    both(path, "events-resume-usage", 2, &["events", "resume", "a/b"]);
    let gone = ids[0].replace("exec", "print");
    both(path, "events-show-gone", 3, &["events", "show", &gone]);
    both(
        path,
        "watch-no-secret",
        6,
        &["watch", "--forward-to=http://127.0.0.1:1/"],
    );
    both(path, "watch-usage", 2, &["watch", "--listen=somewhere"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("--listen={}", taken.local_addr().unwrap());
    both(path, "watch-listen", 9, &["watch", &listen]);
}

#[test]
fn events_are_printed() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let watch = |reference: &str| {
        send(path, reference);
        sign(path);
        ["watch", "--print", "--until-empty"]
    };
    json_alone(path, "watch", 0, &watch("one"));
    let plain = crate::shown(path, &[&["--profile=sandbox"], &watch("two")[..]].concat());
    // One event, on one line, is all that there is.
    let lines: Vec<&str> = plain.lines().collect();
    assert_eq!(
        (lines[0], lines[1], lines.len()),
        ("0", "--- out", 4),
        "{plain}"
    );
    assert_eq!(lines[3], "--- err");
}
