//! `portal watch` as a process: events, receivers, and how it ends.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::sandbox::with_job;
use crate::{command, object, portal};

mod receivers;
#[cfg(unix)]
mod unit;

/// A job with one signer.
pub(crate) fn send(path: &Path, reference: &str) {
    let reference = format!("--reference={reference}");
    let sent = portal(
        path,
        &[
            "-psandbox",
            "send",
            "--pdf=agreement.pdf",
            "--title=Agreement",
            "--to=signer@example.com",
            &reference,
        ],
    );
    assert!(
        sent.status.success(),
        "{}",
        String::from_utf8_lossy(&sent.stderr)
    );
}

pub(crate) fn sign(path: &Path) {
    assert!(portal(path, &["sandbox", "sign", "last"]).status.success());
}

/// Ended when dropped.
struct Watching(Child);

impl Watching {
    fn start(mut command: Command) -> Self {
        Self(
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        )
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.0.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    fn end(mut self) -> (Option<i32>, String) {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                break status;
            }
            assert!(
                started.elapsed() < Duration::from_secs(40),
                "it does not end"
            );
            std::thread::sleep(Duration::from_millis(10));
        };
        let mut said = String::new();
        self.0
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        (status.code(), said)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn events_are_printed_and_given_to_programs_until_the_queue_is_empty() {
    let (folder, _running) = with_job();
    let path = folder.path();
    send(path, "one");
    sign(path);
    let arguments = [
        "-psandbox",
        "watch",
        "--print",
        "--exec=tee event.json",
        "--until-empty",
    ];
    let output = portal(path, &arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let event: serde_json::Value = serde_json::from_str(printed.lines().next().unwrap()).unwrap();
    assert_eq!(event["type"], "no.signering.portal.job.changed.v1");
    assert_eq!(event["data"]["reference"], "one");
    assert_eq!(event["data"]["status"], "COMPLETED_SUCCESSFULLY");
    let given: serde_json::Value =
        serde_json::from_slice(&fs::read(path.join("event.json")).unwrap()).unwrap();
    assert_eq!(given, event);
    assert!(!printed.contains("signer@example.com"));
    let none = portal(path, &["-psandbox", "--json", "events", "list"]);
    assert_eq!(
        (none.status.code(), none.stdout.as_slice()),
        (Some(0), &b""[..])
    );
}

/// A change that another process takes in waits for the receivers of the watch.
#[test]
fn wait_leaves_the_watch_its_events() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let watch = [
        "-psandbox",
        "watch",
        "--exec=tee event.json",
        "--until-empty",
    ];
    assert_eq!(portal(path, &watch).status.code(), Some(0));
    send(path, "one");
    sign(path);
    let waited = portal(path, &["-psandbox", "wait", "one", "--timeout=60s"]);
    assert_eq!(
        waited.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&waited.stderr)
    );
    let listed = portal(path, &["-psandbox", "--json", "events", "list"]);
    let entry = object(&listed.stdout);
    assert_eq!(
        (&entry["sink"], &entry["dead"]),
        (&"exec".into(), &false.into())
    );
    let id = entry["id"].as_str().unwrap();
    let event = portal(path, &["-psandbox", "events", "show", id]);
    assert!(
        String::from_utf8(event.stdout)
            .unwrap()
            .contains("no.signering.portal")
    );
    // Only what was given up is sent again.
    assert_eq!(
        portal(path, &["-psandbox", "events", "resend", id])
            .status
            .code(),
        Some(3)
    );
    assert_eq!(
        portal(path, &["-psandbox", "events", "resend", "x"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(portal(path, &watch).status.code(), Some(0));
    assert!(path.join("event.json").exists());
}

/// Where a watch holds the lease, `wait` looks at what it stores: also while the watch stands still.
#[cfg(unix)]
#[test]
fn wait_follows_a_watch_and_never_polls() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let polls = || {
        let calls = portal(path, &["sandbox", "calls", "--operation=poll"]).stdout;
        String::from_utf8(calls).unwrap().lines().count()
    };
    let watching = Watching::start(command(path, &["-psandbox", "watch"]));
    let started = Instant::now();
    while polls() == 0 {
        assert!(started.elapsed() < Duration::from_secs(60));
    }
    watching.signal("STOP");
    send(path, "one");
    let before = polls();
    let wait = |limit: &str| portal(path, &["-psandbox", "wait", "one", limit]);
    assert_eq!(wait("--timeout=3s").status.code(), Some(8));
    assert_eq!(polls(), before);
    watching.signal("CONT");
    sign(path);
    assert_eq!(wait("--timeout=120s").status.code(), Some(0));
    watching.signal("TERM");
    assert_eq!(watching.end().0, Some(0));
}

#[cfg(unix)]
#[test]
fn being_stopped_is_its_end() {
    let (folder, _running) = with_job();
    let path = folder.path();
    for signal in ["INT", "TERM"] {
        let mut command = command(
            path,
            &["-psandbox", "watch", "--print", "--listen=127.0.0.1:0"],
        );
        command.env("PORTAL_LOG", "off");
        let mut watching = Watching::start(command);
        // It listens before it polls.
        let mut line = String::new();
        let errors = watching.0.stderr.as_mut().unwrap();
        BufReader::new(errors).read_line(&mut line).unwrap();
        watching.signal(signal);
        let (code, said) = watching.end();
        assert_eq!(code, Some(0), "{said}");
    }
}

#[test]
fn what_keeps_a_watch_from_starting_is_said() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let fails = |arguments: &[&str], code: i32| {
        let output = portal(path, &[&["-psandbox", "watch"], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        said
    };
    assert!(fails(&["--forward-to=http://127.0.0.1:1/"], 6).contains("webhook-secret"));
    fails(&["--listen=somewhere"], 2);
    fails(&["--store=gopher://x"], 6);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("--listen={}", taken.local_addr().unwrap());
    assert!(fails(&[&listen], 9).contains("--listen"));
    // The store is another organisation's.
    let mut other = command(path, &["-psandbox", "list"]);
    fs::create_dir_all(path.join("foreign")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path.join("foreign"), fs::Permissions::from_mode(0o700)).unwrap();
    }
    let owner = r#"{"format": 1, "environment": "difitest", "organization": "988015814"}"#;
    fs::write(path.join("foreign/store.json"), owner).unwrap();
    let output = other.env("PORTAL_STORE", "foreign").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(6), "{said}");
}
