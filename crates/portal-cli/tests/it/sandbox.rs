//! `portal sandbox` as a process: how it says that it is ready, how it ends, and how it is driven.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{folder, object, portal};
use crate::validate::write_job;

mod failures;

/// A sandbox in a folder; ended when dropped.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(folder: &Path, options: &[&str]) -> (Self, String) {
        let mut process = Command::new(env!("CARGO_BIN_EXE_portal"))
            .args(["sandbox", "--port=0", "--management-port=0", "--json"])
            .args(options)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = process.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        (Self(process), line)
    }

    /// Sends a signal by its name, waits, and gives exit code and standard error.
    #[cfg(unix)]
    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.unwrap().success());
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < Duration::from_secs(10));
            std::thread::sleep(Duration::from_millis(10));
        };
        let mut said = String::new();
        let errors = self.0.stderr.as_mut().unwrap();
        errors.read_to_string(&mut said).unwrap();
        (status.code(), said)
    }
}

/// A folder with a job file, and a sandbox in it that lets a client poll each second.
pub(crate) fn with_job() -> (TempDir, Running) {
    let folder = folder();
    write_job(folder.path());
    let (running, _) = Running::start(folder.path(), &["--poll-wait=1s", "--no-call-limit"]);
    (folder, running)
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(unix)]
#[test]
fn it_says_when_it_is_ready_and_ends_in_order() {
    for signal in ["INT", "TERM"] {
        let folder = folder();
        let settings = folder.path().join("portal-sandbox/sandbox.json");
        let ready = folder.path().join("ready");
        // What an earlier run left says nothing of this one.
        fs::create_dir(folder.path().join("portal-sandbox")).unwrap();
        fs::write(&settings, "stale").unwrap();
        fs::write(&ready, "stale").unwrap();
        let (running, line) = Running::start(folder.path(), &["--ready-file=ready"]);
        assert!(line.contains("\"root_url\":\"https://127.0.0.1:"), "{line}");
        let written: serde_json::Value =
            serde_json::from_slice(&fs::read(&ready).unwrap()).unwrap();
        let mut printed = object(line.as_bytes());
        assert_eq!(printed["kind"], "sandbox");
        printed
            .as_object_mut()
            .unwrap()
            .retain(|key, _| !["kind", "version"].contains(&&**key));
        assert_eq!(written, printed);
        assert!(
            fs::read_to_string(&settings)
                .unwrap()
                .contains("management_url")
        );
        let (code, said) = running.end(signal);
        assert_eq!((code, said.as_str()), (Some(0), ""));
        assert!(!settings.exists() && !ready.exists());
    }
}

fn driven(folder: &Path, arguments: &[&str]) -> String {
    let all = [&["sandbox"], arguments].concat();
    let output = portal(folder, &all);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn it_is_driven_by_commands() {
    let folder = folder();
    let path = folder.path();
    let (running, _) = Running::start(path, &["--clock=2026-03-01T08:00:00Z", "--log=log"]);
    assert_eq!(driven(path, &["clock"]), "2026-03-01T08:00:00Z\n");
    assert_eq!(
        driven(path, &["clock", "advance", "25h"]),
        "2026-03-02T09:00:00Z\n"
    );
    let later = "2026-03-03T00:00:00Z";
    assert_eq!(driven(path, &["clock", "set", later]), format!("{later}\n"));
    assert_eq!(
        driven(path, &["fail", "poll", "503", "--times", "2"]),
        "2 of poll: {\"status\":503}\n"
    );
    driven(path, &["fail", "create", "drop-after"]);
    let plan = driven(path, &["fail", "any", r#"{"delay-before": 5}"#]);
    assert!(plan.ends_with("1 of any: {\"delay-before\":5}\n"), "{plan}");
    assert_eq!(driven(path, &["token"]), "0 hold, each for 3600 s\n");
    let refusing = driven(path, &["token", "refuse", "--times", "2"]);
    assert!(refusing.ends_with("still to be refused: 2\n"), "{refusing}");
    let revoked = driven(path, &["token", "revoke"]);
    assert!(revoked.contains("certificates revoked"), "{revoked}");
    driven(path, &["token", "restore"]);
    assert_eq!(
        driven(path, &["token", "expire"]),
        "0 hold, each for 3600 s\n"
    );
    driven(path, &["reset"]);
    assert_eq!(driven(path, &["jobs"]), "");
    assert_eq!(
        driven(path, &["calls", "--operation", "create", "--xml"]),
        ""
    );
    let variables = driven(path, &["env"]);
    for variable in [
        "ROOT_URL='https://127.0.0.1:",
        "TOKEN_ENDPOINT='https://127.0.0.1:",
        "TOKEN_RESOURCE='https://127.0.0.1:",
        "CLIENT_ID='00000000-",
        "BROKER_ID='sandbox-broker'",
    ] {
        let variable = format!("export PORTAL_SANDBOX_{variable}");
        assert!(variables.contains(&variable), "{variables}");
    }

    drop(running);
    assert!(path.join("log").exists());
}

/// The instructions that a sandbox prints, run by a shell as they stand, from an empty folder whose
/// name needs quoting.
#[cfg(unix)]
#[test]
fn the_printed_instructions_make_and_fetch_a_job_by_curl() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: no curl on this machine");
        return;
    }
    for options in [&[][..], &["--host-name=127.0.0.1"]] {
        let folder = folder();
        let path = folder.path().join("it's $HOME");
        fs::create_dir(&path).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_portal"))
            .args(["sandbox", "--port=0", "--management-port=0"])
            .args(options)
            .current_dir(&path)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = BufReader::new(process.stdout.take().unwrap());
        let running = Running(process);
        let mut instructions = String::new();
        for line in printed.lines().map(Result::unwrap) {
            instructions += &format!("{line}\n");
            if line.contains("Ctrl-C") {
                break;
            }
        }
        let start = instructions.find("\n# Create").unwrap();
        let end = instructions.find("\n`portal sandbox --help`").unwrap();
        let run = |commands: &str| {
            let output = Command::new("sh")
                .args(["-e", "-c", commands])
                .current_dir(&path)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(said, "", "{commands}");
            assert!(output.status.success(), "{commands}");
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let said = run(&instructions[start..end]);
        assert!(said.contains("<signature-job-id>"), "{said}");
        assert!(said.contains("{\"signed\":[0]}"), "{said}");
        assert!(!said.contains("<error"), "{said}");
        let change = fs::read_to_string(path.join("change.xml")).unwrap();
        assert!(change.contains("COMPLETED_SUCCESSFULLY"), "{change}");
        let signed = fs::read(path.join("signed.pdf")).unwrap();
        assert!(signed.starts_with(b"%PDF-1.7"));
        // It was confirmed.
        assert_eq!(driven(&path, &["jobs"]), "");
        // Without a certificate and without a token it says why.
        let jobs = instructions.split("-o change.xml ").nth(1).unwrap();
        let jobs = jobs.lines().next().unwrap();
        let refused = Command::new("curl")
            .args(["-sS", "--insecure", "--write-out", "%{http_code}", jobs])
            .output();
        let refused = String::from_utf8(refused.unwrap().stdout).unwrap();
        assert!(refused.ends_with("</error>401"), "{refused}");
        let (code, said) = running.end("TERM");
        assert_eq!(code, Some(0));
        assert!(said.contains("the client sent no certificate"), "{said}");
    }
}

#[test]
fn the_help_names_every_call_of_the_management_api() {
    let folder = folder();
    let (_running, line) = Running::start(folder.path(), &[]);
    let management = line.split("\"management_url\":\"").nth(1).unwrap();
    let url = management.split('"').next().unwrap();
    let authority = url
        .strip_prefix("http://")
        .unwrap()
        .split('/')
        .next()
        .unwrap();
    let mut stream = std::net::TcpStream::connect(authority).unwrap();
    let request = format!("GET /management HTTP/1.0\r\nHost: {authority}\r\n\r\n");
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let mut index = String::new();
    stream.read_to_string(&mut index).unwrap();
    let help = portal(folder.path(), &["sandbox", "--help"]).stdout;
    let help = String::from_utf8(help).unwrap();
    let mut calls = 0;
    for call in index.split("{\"method\":\"").skip(1) {
        let (method, rest) = call.split_once('"').unwrap();
        let path = rest.split('"').nth(3).unwrap();
        assert!(path.starts_with("/management"), "{path}");
        let named = |line: &str| {
            line.trim_start()
                .starts_with(&format!("{method:<6} {path} "))
        };
        assert!(help.lines().any(named), "{method} {path}");
        calls += 1;
    }
    assert!(calls >= 20);
}
