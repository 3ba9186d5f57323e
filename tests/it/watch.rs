//! The poll loop against the sandbox, over real mutual TLS.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portal_asice::KeySigner;
use portal_client::{
    Environment, Error, PortalClient, PortalSignatureJobStatus, Sector, WatchEvent,
};
use portal_sandbox::{Endpoint, Fault, Sandbox, SandboxClock};
use portal_transport::{BoxFuture, Clock, ErrorKind, SharedClock};

use crate::sandbox_clients::{BOTH, Over, settings, small_job, trust_in};

/// The sandbox's clock, which goes on to the end of a wait when somebody waits on it.
struct Waiting {
    clock: SandboxClock,
    epoch: jiff::Timestamp,
    started: Instant,
}

impl Clock for Waiting {
    fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    fn instant(&self) -> Instant {
        let moved = self.clock.now().duration_since(self.epoch);
        self.started + moved.unsigned_abs()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let clock = self.clock.clone();
        let end = clock.now() + duration;
        Box::pin(async move {
            // Calls under way get the time that they take.
            tokio::time::sleep(Duration::from_millis(10)).await;
            let _passed = clock.set(end.max(clock.now()));
        })
    }
}

fn client(sandbox: &Sandbox, over: Over) -> PortalClient {
    let certificate = sandbox.sender_certificate();
    let clock = Waiting {
        clock: sandbox.clock().clone(),
        epoch: sandbox.clock().now(),
        started: Instant::now(),
    };
    PortalClient::new(
        Environment::custom(sandbox.root_url()).unwrap(),
        Sector::Public,
        over.transport(settings(sandbox, certificate, trust_in(sandbox))),
        Arc::new(KeySigner::new(certificate).unwrap()),
    )
    .with_clock(SharedClock::new(clock))
    .with_sender(sandbox.sender().clone().into())
}

async fn signed_job(sandbox: &Sandbox, client: &PortalClient) -> i64 {
    let job = small_job(client).build_blocking().unwrap();
    let created = client.create(&job).await.unwrap();
    sandbox.job(created.job_id()).sign_current_group().unwrap();
    created.job_id().get()
}

/// How often a path that ends so was called.
fn calls(sandbox: &Sandbox, end: &str, status: u16) -> usize {
    let journal = sandbox.journal();
    let same = journal
        .iter()
        .filter(|call| call.path.ends_with(end) && call.status == status);
    same.count()
}

#[tokio::test]
async fn signed_jobs_are_stored_and_confirmed_over_both_transports() {
    for over in BOTH {
        let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
        let client = client(&sandbox, over);
        for _ in 0..5 {
            signed_job(&sandbox, &client).await;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let watch = client.watch();
        let stop = watch.stop_handle();
        let watching = watch.handle(move |client, change| {
            let path = path.clone();
            async move {
                let file = path.join(format!("{}.pdf", change.job_id()));
                client.pades(&change).await?.save_to(file).await?;
                Ok::<(), Error>(())
            }
        });
        let stopping = async {
            while !sandbox.jobs().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            stop.stop();
        };
        let (watched, ()) = tokio::join!(watching, stopping);
        watched.unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 5);
        assert_eq!(calls(&sandbox, "/complete", 200), 5);
        assert_eq!(calls(&sandbox, "/signature-jobs", 429), 0);
    }
}

#[tokio::test]
async fn polls_of_an_empty_queue_keep_to_the_permitted_time() {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    let mut changes = client(&sandbox, Over::Hyper).watch().stream().unwrap();
    let stop = changes.stop_handle();
    let started = sandbox.clock().now();
    let stopping = async {
        while calls(&sandbox, "/signature-jobs", 204) < 20 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.stop();
    };
    let (change, ()) = tokio::join!(changes.next(), stopping);
    assert!(change.is_none());
    assert_eq!(calls(&sandbox, "/signature-jobs", 429), 0);
    let waited = sandbox.clock().now().duration_since(started);
    assert!(
        waited.as_secs() < 20 * 8,
        "5 s each, and the jitter: {waited}"
    );
}

#[tokio::test]
async fn a_change_that_failed_comes_back_after_ten_minutes() {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    let client = client(&sandbox, Over::Reqwest);
    signed_job(&sandbox, &client).await;
    let started = sandbox.clock().now();
    let mut changes = client.watch().stream().unwrap();
    let change = changes.next().await.unwrap().unwrap();
    assert_eq!(
        change.change().status(),
        PortalSignatureJobStatus::CompletedSuccessfully
    );
    let id = change.change().id().clone();
    drop(change);
    let again = changes.next().await.unwrap().unwrap();
    assert_eq!(*again.change().id(), id);
    let waited = sandbox.clock().now().duration_since(started);
    assert!((600..615).contains(&waited.as_secs()), "{waited}");
    again.confirm().await.unwrap();
    assert!(sandbox.jobs().is_empty());
}

#[tokio::test]
async fn every_fault_of_polling_and_confirming_is_waited_out() {
    let faults = [
        Fault::Status(503),
        Fault::StatusAfter(502),
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::Truncate(100),
        Fault::NoPollTime,
        Fault::MalformedPollTime,
        Fault::Garbage,
        Fault::GarbageXml,
        Fault::WrongContentType,
        Fault::UnknownElements,
        Fault::UnknownSignerStatus,
        Fault::Duplicate,
    ];
    for fault in faults {
        let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
        let client = client(&sandbox, Over::Hyper);
        for _ in 0..3 {
            signed_job(&sandbox, &client).await;
        }
        sandbox.faults().next(1, Endpoint::Poll, fault.clone());
        sandbox.faults().next(1, Endpoint::Confirm, fault.clone());
        let handled = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&handled);
        let watch = client.watch();
        let stop = watch.stop_handle();
        let watching = watch.handle(move |_, change| {
            noted.lock().unwrap().push(change.job_id().get());
            async { Ok::<(), io::Error>(()) }
        });
        let stopping = async {
            while !sandbox.jobs().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            stop.stop();
        };
        let (watched, ()) = tokio::join!(watching, stopping);
        watched.unwrap();
        let mut handled = handled.lock().unwrap().clone();
        handled.sort_unstable();
        handled.dedup();
        assert_eq!(handled.len(), 3, "{fault:?}");
        assert_eq!(calls(&sandbox, "/signature-jobs", 429), 0, "{fault:?}");
    }
}

#[tokio::test]
async fn a_change_that_is_handed_out_twice_is_handled_once_at_a_time() {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    let client = client(&sandbox, Over::Hyper);
    signed_job(&sandbox, &client).await;
    sandbox.faults().next(1, Endpoint::Poll, Fault::Duplicate);
    let again = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&again);
    let watch = client.watch().observe(move |event| {
        if let WatchEvent::AlreadyInFlight { .. } = event {
            *counted.lock().unwrap() += 1;
        }
    });
    let mut changes = watch.stream().unwrap();
    let change = changes.next().await.unwrap().unwrap();
    let stop = changes.stop_handle();
    let confirming = async {
        while *again.lock().unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        change.confirm().await.unwrap();
        stop.stop();
    };
    let (next, ()) = tokio::join!(changes.next(), confirming);
    assert!(next.is_none());
    assert_eq!(calls(&sandbox, "/complete", 200), 1);
    assert!(sandbox.jobs().is_empty());
}

#[tokio::test]
async fn a_certificate_that_is_not_accepted_ends_the_watch() {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    let other = Sandbox::builder().standing_clock().start().await.unwrap();
    let certificate = other.sender_certificate();
    let transport = Over::Hyper.transport(settings(&sandbox, certificate, trust_in(&sandbox)));
    let client = crate::sandbox_clients::client_over(&sandbox, certificate, transport);
    let handled = client
        .watch()
        .handle(|_, _| async { Ok::<(), io::Error>(()) })
        .await;
    match handled {
        Err(Error::Transport { source, .. }) => {
            assert!(matches!(source.kind(), ErrorKind::Tls(_)), "{source}");
        }
        other => panic!("{other:?}"),
    }
}
