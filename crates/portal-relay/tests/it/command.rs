//! Commands and lines: what they get, and how they end.
#![cfg(unix)]

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portal_relay::{Command, DeliveryFailure, DeliveryOutcome, EventBody, Lines, Sink};

use crate::event::body;
use crate::outbox::sink;

/// Where a child of this test writes its environment.
const REPORT: &str = "RELAY_TEST_REPORT";

fn command(program: &str) -> Command {
    Command::new(sink("command"), program)
}

fn sh(script: &str) -> Command {
    command("sh").arg("-c").arg(script)
}

fn retry(failure: DeliveryFailure) -> DeliveryOutcome {
    DeliveryOutcome::retry(failure)
}

#[tokio::test]
async fn a_command_gets_the_event_and_its_arguments_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("$HOME; echo *");
    let tee = command("tee").arg(&file);
    assert_eq!(tee.deliver(&body(7, 1)).await, DeliveryOutcome::Taken);
    assert_eq!(fs::read(file).unwrap(), body(7, 1).bytes());
}

#[tokio::test]
async fn the_exit_status_says_what_came_of_it() {
    let event = body(7, 1);
    let failures = [
        (sh("exit 3"), DeliveryFailure::Exit(3)),
        (sh("kill -9 $$"), DeliveryFailure::Killed),
        (
            command("/nonexistent/program"),
            DeliveryFailure::Start(io::ErrorKind::NotFound),
        ),
    ];
    for (command, failure) in failures {
        assert_eq!(command.deliver(&event).await, retry(failure));
    }
}

/// A pipe holds 64 KiB.
#[tokio::test]
async fn a_command_need_not_read_the_event() {
    let mut large = body(7, 1).event().unwrap();
    large.source = "x".repeat(1_000_000);
    let large = EventBody::new(&large).unwrap();
    assert_eq!(sh("exit 0").deliver(&large).await, DeliveryOutcome::Taken);
    // What it has started holds the pipe open, and does not read either.
    let left = sh("sleep 2 & exit 0");
    let began = Instant::now();
    assert_eq!(left.deliver(&large).await, DeliveryOutcome::Taken);
    assert!(began.elapsed() < Duration::from_millis(1900));
}

#[tokio::test]
async fn a_command_that_takes_too_long_is_killed_with_what_it_has_started() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let slow = slow(&pids).with_time_limit(Duration::from_millis(500));
    let outcome = slow.deliver(&body(7, 1)).await;
    assert_eq!(outcome, retry(DeliveryFailure::Timeout));
    all_end(&pids).await;
}

#[tokio::test]
async fn a_command_whose_delivery_is_dropped_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let slow = slow(&pids);
    let event = body(7, 1);
    let started = async {
        while fs::read_to_string(&pids)
            .unwrap_or_default()
            .lines()
            .count()
            < 2
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        outcome = slow.deliver(&event) => panic!("{outcome:?}"),
        () = started => {}
    }
    all_end(&pids).await;
}

/// Writes its number and that of another process, and waits for long.
fn slow(pids: &Path) -> Command {
    sh("sleep 300 & echo $$ >> \"$0\"; echo $! >> \"$0\"; wait").arg(pids)
}

async fn all_end(pids: &Path) {
    let pids = fs::read_to_string(pids).unwrap();
    assert_eq!(pids.lines().count(), 2, "{pids}");
    let deadline = Instant::now() + Duration::from_secs(10);
    for pid in pids.lines() {
        while is_alive(pid) {
            assert!(Instant::now() < deadline, "{pid} is alive");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// A process that nobody has waited for yet counts as ended.
fn is_alive(pid: &str) -> bool {
    let state = std::process::Command::new("ps")
        .args(["-o", "stat=", "-p", pid])
        .output()
        .unwrap();
    let state = String::from_utf8_lossy(&state.stdout);
    let state = state.trim();
    !state.is_empty() && !state.starts_with('Z')
}

/// The variables are those of another process, since a test can't set its own.
#[tokio::test]
async fn a_command_does_not_get_the_relays_settings() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("environment");
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "command::reports_the_environment_of_a_command"])
        .env(REPORT, &report)
        .env("PORTAL_PASSWORD", "canary")
        .env("portal_password_2", "canary")
        .env("NOTIFY_SOCKET", "canary")
        .env("OTHER_PASSWORD", "kept")
        .status()
        .unwrap();
    assert!(status.success());
    let environment = fs::read_to_string(report).unwrap();
    assert!(!environment.contains("canary"), "{environment}");
    assert!(environment.contains("OTHER_PASSWORD=kept"), "{environment}");
}

/// Does something only as the other process.
#[tokio::test]
async fn reports_the_environment_of_a_command() {
    if std::env::var_os(REPORT).is_none() {
        return;
    }
    let env = sh("env > \"$RELAY_TEST_REPORT\"");
    assert_eq!(env.deliver(&body(7, 1)).await, DeliveryOutcome::Taken);
}

#[test]
fn arguments_are_not_shown() {
    let shown = format!("{:?}", command("program").arg("--token=canary"));
    assert!(
        shown.contains("program") && !shown.contains("canary"),
        "{shown}"
    );
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A bit at a time, so that a line takes several writes.
        let some = bytes.len().min(50);
        self.0.lock().unwrap().extend_from_slice(&bytes[..some]);
        std::thread::sleep(Duration::from_micros(200));
        Ok(some)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_whole_also_when_deliveries_are_dropped() {
    let written = Shared::default();
    let lines = Lines::new(sink("lines"), written.clone());
    for round in 0..40 {
        let event = body(7, round);
        let limit = Duration::from_micros(200 * round);
        let _maybe_dropped = tokio::time::timeout(limit, lines.deliver(&event)).await;
    }
    let pretty = serde_json::to_string_pretty(&body(7, 99).event().unwrap()).unwrap();
    let pretty = EventBody::parse(pretty).unwrap();
    assert_eq!(lines.deliver(&pretty).await, DeliveryOutcome::Taken);
    let written = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(written.ends_with('\n'));
    let mut last = 0;
    for line in written.lines() {
        let event = EventBody::parse(line.to_owned()).unwrap();
        last = event.sequence();
    }
    assert_eq!(last, 99);
}

#[tokio::test]
async fn a_closed_pipe_stops_the_sink_until_a_restart() {
    struct Fails(io::ErrorKind);
    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let deliver = async |kind| {
        Lines::new(sink("lines"), Fails(kind))
            .deliver(&body(7, 1))
            .await
    };
    assert_eq!(
        deliver(io::ErrorKind::BrokenPipe).await,
        DeliveryOutcome::Closed
    );
    let full = io::ErrorKind::StorageFull;
    assert_eq!(deliver(full).await, retry(DeliveryFailure::Write(full)));
}
