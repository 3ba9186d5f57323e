//! How commands that drive a sandbox fail: each by the exit code that the help names.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use serde_json::json;

use super::{Running, with_job};
use crate::{folder, object, portal, shown};

/// What ends a command, from its JSON.
fn failure(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let arguments = [&["--json", "sandbox"], arguments].concat();
    let output = portal(folder, &arguments);
    assert!(output.stdout.is_empty(), "{arguments:?}");
    let error = object(&output.stderr);
    let code = output.status.code().unwrap();
    assert_eq!(error["exit"], code, "{arguments:?}");
    // Every failure names what to do next.
    let next = error["next"].as_str().unwrap();
    assert!(next.starts_with("portal sandbox"), "{arguments:?}: {next}");
    let text = |name: &str| error[name].as_str().unwrap().to_owned();
    (code, text("code"), text("message"))
}

fn fails(folder: &Path, arguments: &[&str], exit: i32, code: &str, message: &str) {
    let (ended, name, said) = failure(folder, arguments);
    assert_eq!((ended, &*name), (exit, code), "{arguments:?}: {said}");
    assert!(said.contains(message), "{arguments:?}: {said}");
}

#[test]
fn what_makes_no_sense_ends_with_2() {
    let folder = folder();
    let path = folder.path();
    let (_running, _) = Running::start(path, &["--clock=2026-03-01T08:00:00Z"]);
    for (arguments, message) in [
        (&["fail", "poll", "sulk"][..], "expected one of status,"),
        (&["fail", "poll", "99"], "from 200 to 599"),
        (&["fail", "poll", "{status"], "is no fault"),
        (&["fail", "ask", "503"], "expected one of"),
        (&["fail", "poll", "503", "--times=0"], "from 1 to"),
        (&["calls", "--operation=ask"], "operation"),
        (&["clock", "advance", "300000d"], "seconds"),
    ] {
        fails(path, arguments, 2, "usage", message);
    }
}

#[test]
fn what_the_sandbox_refuses_ends_with_3() {
    let (folder, _running) = with_job();
    let path = folder.path();
    fails(path, &["sign", "last"], 3, "refused", "no such job");
    fails(path, &["sign", "hr-7"], 3, "unknown-job", "reference hr-7");
    let back = ["clock", "set", "2020-01-01T00:00:00Z"];
    fails(path, &back, 3, "refused", "back");
    assert!(shown(path, &["-psandbox", "send", "job.toml"]).starts_with("0\n"));
    // Signers are counted from 1 here, and from 0 by the sandbox's own API.
    for (arguments, message) in [
        (
            &["sign", "last", "--signer=9"][..],
            "no signer 9 in this job: it has 4, counted from 1",
        ),
        (&["sign", "last", "--signer=4"], "not yet signer 4's turn"),
    ] {
        fails(path, arguments, 3, "refused", message);
    }
    assert!(shown(path, &["sandbox", "reject", "last"]).starts_with("0\n"));
    let ended = ["sign", "hr-2026-00417", "--signer=1"];
    fails(path, &ended, 3, "refused", "signer 1 is REJECTED");
}

/// A server that responds once with these bytes, in place of a sandbox.
fn other_server(folder: &Path, response: &'static [u8]) -> std::thread::JoinHandle<()> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    settings(folder, listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).unwrap() > 0);
        stream.write_all(response).unwrap();
    })
}

fn settings(folder: &Path, port: u16) {
    let url = format!("http://127.0.0.1:{port}/management");
    let settings = json!({ "management_url": url }).to_string();
    fs::create_dir_all(folder.join("portal-sandbox")).unwrap();
    fs::write(folder.join("portal-sandbox/sandbox.json"), settings).unwrap();
}

#[test]
fn a_sandbox_that_does_not_respond_ends_with_4() {
    let folder = folder();
    let path = folder.path();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    settings(path, free.local_addr().unwrap().port());
    drop(free);
    fails(path, &["jobs"], 4, "unreachable", "no sandbox listens on");
    for (response, code, message) in [
        (
            &b""[..],
            "unreachable",
            "does not respond as a sandbox does",
        ),
        (
            b"SSH-2.0-OpenSSH_9.2\r\n",
            "unreachable",
            "as a sandbox does",
        ),
        (
            b"HTTP/1.0 200 OK\r\n\r\n<html>",
            "unreachable",
            "as a sandbox does",
        ),
        (
            b"HTTP/1.0 404 Not Found\r\n\r\n<html>",
            "unreachable",
            "as a sandbox does",
        ),
        (
            b"HTTP/1.0 500 Internal Server Error\r\n\r\n{\"problem\":\"a defect\"}",
            "outage",
            "a defect",
        ),
    ] {
        let server = other_server(path, response);
        fails(path, &["jobs"], 4, code, message);
        server.join().unwrap();
    }
}

#[test]
fn settings_that_name_no_sandbox_end_with_6() {
    let folder = folder();
    let path = folder.path();
    let sandbox = "no-sandbox";
    fails(path, &["jobs"], 6, sandbox, "no sandbox has written");
    let elsewhere = ["jobs", "--folder=elsewhere"];
    fails(path, &elsewhere, 6, sandbox, "elsewhere");
    fs::create_dir(path.join("portal-sandbox")).unwrap();
    fs::write(path.join("portal-sandbox/sandbox.json"), "{}").unwrap();
    fails(path, &["jobs"], 6, sandbox, "where the sandbox is");
    let refusal = b"HTTP/1.0 403 Forbidden\r\n\r\n{\"problem\":\"not from here\"}";
    let server = other_server(path, refusal);
    fails(path, &["jobs"], 6, "no-access", "not from here");
    server.join().unwrap();
    // So do those of one that is to start.
    for (name, text) in [("no.pem", "none"), ("no.json", "[]")] {
        fs::write(path.join(name), text).unwrap();
    }
    for option in ["--trust=no.pem", "--register=no.json", "--host-name=ø"] {
        fails(
            path,
            &["--port=0", "--management-port=0", option],
            6,
            "sandbox",
            "",
        );
    }
    fails(path, &["--settings=no.json"], 6, "settings", "not JSON");
}

#[test]
fn what_this_computer_refuses_ends_with_9() {
    let folder = folder();
    let path = folder.path();
    fs::create_dir_all(path.join("portal-sandbox/sandbox.json")).unwrap();
    fails(path, &["jobs"], 9, "settings", "can't be read");
    let missing = "can't read missing";
    for option in ["--trust=missing", "--register=missing"] {
        fails(path, &["--port=0", option], 9, "sandbox", missing);
    }
    fails(path, &["--settings=missing"], 9, "settings", missing);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!("--port={}", taken.local_addr().unwrap().port());
    fails(path, &[&port], 9, "sandbox", "could not be started");
}
