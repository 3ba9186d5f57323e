//! Whole jobs over lines that break, against the sandbox; each run from its seed.
//!
//! A hundred runs by default; `PORTAL_FAULT_RUNS=2000 cargo test -p portal-tests campaign` makes
//! more of them. What must hold in every run: no job is created twice, no file is there that is
//! not whole, nothing hangs, and every error has a name.
//!
//! The line breaks anywhere, in the middle of TLS records too. What the service itself can do wrong is
//! in `faults`.

#[path = "../../crates/portal-transport/tests/it/faulty_line.rs"]
mod faulty_line;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use portal_client::{Document, Error, Notification, PortalClient, Sender, Signer};
use portal_sandbox::{
    ChangeState, EarlyPoll, ParallelChanges, Sandbox, SandboxBuilder, SandboxJob, sample_pdf,
};
use portal_transport::{
    OperationClass, RetryPolicy, Retrying, SharedClock, Timeouts, TransportError,
};

use crate::sandbox_clients::{Over, client_over, settings, trust_in};

const LIMIT: Duration = Duration::from_millis(400);
const ATTEMPTS: u32 = 3;

/// How far a run got: the number of its calls that succeeded.
type Progress = usize;

fn client(sandbox: &Sandbox, proxy: portal_transport::Proxy, seed: u64) -> PortalClient {
    let limits = Timeouts::ordinary().with_connect(LIMIT).unwrap();
    let limits = limits.with_response_head(LIMIT * 3).unwrap();
    let limits = limits.with_stall(LIMIT).unwrap();
    let certificate = sandbox.sender_certificate();
    let settings = settings(sandbox, certificate, trust_in(sandbox))
        .with_proxy(proxy)
        .with_timeouts(OperationClass::Ordinary, limits)
        .with_timeouts(OperationClass::Download, limits);
    let over = if seed.is_multiple_of(2) {
        Over::Reqwest
    } else {
        Over::Hyper
    };
    let policy = RetryPolicy::default()
        .with_attempts(ATTEMPTS)
        .with_waits(Duration::from_millis(10), Duration::from_millis(10))
        .with_seed(seed);
    let transport = Retrying::new(over.transport(settings), policy, SharedClock::default());
    client_over(sandbox, certificate, Arc::new(transport)).with_sender(sender(sandbox, seed))
}

/// A queue for each run, so that it polls its own job only.
fn sender(sandbox: &Sandbox, seed: u64) -> Sender {
    let sender = Sender::new(sandbox.sender().as_str()).unwrap();
    sender.with_queue(format!("queue {seed}"))
}

/// The jobs that came of a run.
fn jobs(sandbox: &Sandbox, seed: u64) -> Vec<SandboxJob> {
    let reference = seed.to_string();
    let mut jobs = sandbox.jobs();
    jobs.retain(|job| job.reference().unwrap().as_deref() == Some(&*reference));
    jobs
}

/// Waits for a call, which must come to its end in its time and fail only by name.
async fn settled<T>(call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let started = Instant::now();
    let outcome = call.await;
    let longest = LIMIT * 8 * ATTEMPTS + Duration::from_secs(20);
    assert!(started.elapsed() < longest, "{:?}", started.elapsed());
    if let Err(error) = &outcome {
        assert_named(error);
    }
    outcome
}

fn assert_named(error: &Error) {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<TransportError>() {
            faulty_line::assert_named(error);
            return;
        }
        cause = error.source();
    }
    // A lost response can also show in the next one.
    let named = matches!(error, Error::TooEarly { .. } | Error::Unexpected { .. });
    assert!(named, "{error:?}");
}

async fn run(sandbox: &Sandbox, seed: u64, folder: &Path) -> Progress {
    let proxy = faulty_line::start(sandbox.address(), seed).await;
    let client = client(sandbox, proxy, seed);
    let pdf = sample_pdf("Document title", &["Text of the document"]);
    let job = client
        .job("Job title")
        .document(Document::pdf("Document title", pdf))
        .signer(Signer::by_personal_number(
            "12345678910",
            Notification::lookup(),
        ))
        .reference(seed.to_string())
        .build_blocking()
        .unwrap();
    let created = settled(client.create(&job)).await;
    let jobs = jobs(sandbox, seed);
    assert!(jobs.len() <= 1, "seed {seed}: created {} times", jobs.len());
    match &created {
        Ok(_) => assert_eq!(jobs.len(), 1),
        Err(Error::OutcomeUnknown { .. }) => {}
        Err(error) => assert!(jobs.is_empty(), "seed {seed}: {error:?}"),
    }
    let mut progress = usize::from(created.is_ok());
    let Some(job) = jobs.first() else {
        return progress;
    };
    job.sign_current_group().unwrap();

    let Ok(polled) = settled(client.status_change(None)).await else {
        return progress;
    };
    // A change whose response was lost is off the queue for ten minutes.
    let Some(change) = polled.change else {
        return progress;
    };
    progress += 1;

    let file = folder.join(format!("{seed}.pdf"));
    let saved = settled(async { Ok(client.pades(&change).await?.save_to(&file).await?) }).await;
    match saved {
        Ok(size) => {
            let bytes = std::fs::read(&file).unwrap();
            assert_eq!(bytes.len() as u64, size);
            assert!(bytes.starts_with(b"%PDF-") && bytes.trim_ascii_end().ends_with(b"%%EOF"));
            progress += 1;
        }
        Err(_) => assert!(!file.exists(), "seed {seed}: part of a file is left"),
    }
    progress + usize::from(settled(client.confirm(&change)).await.is_ok())
}

#[tokio::test]
async fn campaign_of_faults() {
    for builder in [
        Sandbox::builder(),
        Sandbox::builder()
            .parallel_changes(ParallelChanges::HandedOut)
            .early_poll(EarlyPoll::MovesTime),
        Sandbox::builder().change_state(ChangeState::AsHandedOut),
    ] {
        campaign(builder).await;
    }
}

async fn campaign(builder: SandboxBuilder) {
    let runs = std::env::var("PORTAL_FAULT_RUNS").ok();
    let runs: u64 = runs.and_then(|runs| runs.parse().ok()).unwrap_or(100);
    let sandbox = builder.standing_clock().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let progress: Vec<Progress> = stream::iter(0..runs)
        .map(|seed| run(&sandbox, seed, folder.path()))
        .buffer_unordered(8)
        .collect()
        .await;
    let complete = progress.iter().filter(|calls| **calls == 4).count();
    let calls: usize = progress.iter().sum();
    println!(
        "{complete} of {runs} jobs complete, {calls} of {} calls",
        4 * runs
    );
    // Bad lines, but not so bad that nothing is tested.
    assert!(complete > progress.len() / 4 && complete < progress.len());
    let left = std::fs::read_dir(folder.path()).unwrap();
    let names = left.map(|entry| entry.unwrap().file_name());
    let unfinished = names.filter(|name| !name.to_string_lossy().ends_with(".pdf"));
    assert_eq!(
        unfinished.collect::<Vec<_>>(),
        Vec::<std::ffi::OsString>::new()
    );
}
