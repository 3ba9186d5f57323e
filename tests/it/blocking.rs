//! The blocking client against the sandbox, which runs on a runtime of its own as a service would.

use std::io::{self, Read as _};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use portal_client::{Error, PortalSignatureJobStatus, WatchEvent, blocking};
use portal_sandbox::Sandbox;

use crate::sandbox_clients::{BOTH, Over, client, small_job};

/// A sandbox, and the runtime that it runs on.
fn sandbox() -> (tokio::runtime::Runtime, Sandbox) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let sandbox = runtime
        .block_on(Sandbox::builder().standing_clock().start())
        .unwrap();
    (runtime, sandbox)
}

#[test]
fn a_job_goes_all_the_way_over_both_transports() {
    let (_runtime, sandbox) = sandbox();
    for over in BOTH {
        let client = blocking::PortalClient::new(client(&sandbox, over)).unwrap();
        assert!(client.who_am_i(None).unwrap().contains("123456789"));
        let job = small_job(client.as_async()).build_blocking().unwrap();
        let created = client.create(&job).unwrap();
        sandbox.job(created.job_id()).sign(0).unwrap();

        let change = client.status_change(None).unwrap().change.unwrap();
        assert_eq!(
            change.status(),
            PortalSignatureJobStatus::CompletedSuccessfully
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signed.pdf");
        client.pades(&change).unwrap().save_to(&path).unwrap();
        let mut read = Vec::new();
        let mut pades = client.pades(&change).unwrap();
        pades.read_to_end(&mut read).unwrap();
        assert_eq!(read, std::fs::read(&path).unwrap());
        let xades = client
            .xades(&change, change.signatures()[0].index())
            .unwrap()
            .bytes(100_000)
            .unwrap();
        assert!(xades.starts_with(b"<?xml"));
        client.confirm(&change).unwrap();
        assert!(matches!(
            client.cancel(&created),
            Err(Error::Unexpected { .. })
        ));
    }
}

#[test]
fn eight_threads_create_and_one_polls() {
    let (_runtime, sandbox) = sandbox();
    let client = blocking::PortalClient::new(client(&sandbox, Over::Reqwest)).unwrap();
    let senders: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            thread::spawn(move || {
                let job = small_job(client.as_async()).build_blocking().unwrap();
                client.create(&job).unwrap().job_id()
            })
        })
        .collect();
    let mut created: Vec<_> = senders
        .into_iter()
        .map(|sender| sender.join().unwrap().get())
        .collect();
    for job in sandbox.jobs() {
        job.sign(0).unwrap();
    }
    let mut changed = Vec::new();
    while let Some(change) = client.status_change(None).unwrap().change {
        client.confirm(&change).unwrap();
        changed.push(change.job_id().get());
    }
    created.sort_unstable();
    changed.sort_unstable();
    assert_eq!(created, changed);
}

/// Creates so many jobs and has them signed.
fn signed_jobs(sandbox: &Sandbox, client: &blocking::PortalClient, count: usize) -> Vec<i64> {
    let job = small_job(client.as_async()).build_blocking().unwrap();
    let created = (0..count).map(|_| client.create(&job).unwrap().job_id());
    created
        .map(|id| {
            sandbox.job(id).sign(0).unwrap();
            id.get()
        })
        .collect()
}

#[test]
fn a_handler_is_given_every_change_and_may_make_calls() {
    let (_runtime, sandbox) = sandbox();
    let client = blocking::PortalClient::new(client(&sandbox, Over::Reqwest)).unwrap();
    let created = signed_jobs(&sandbox, &client, 5);

    let (handled, given) = mpsc::channel();
    let (failed, failures) = mpsc::channel();
    let watch = client
        .watch()
        .max_in_flight(2)
        .jitter(Duration::ZERO)
        .observe({
            move |event| match event {
                WatchEvent::HandlerFailed { id, .. } => {
                    failed.send(id.job_id().unwrap().get()).unwrap();
                }
                WatchEvent::HandlerPanicked { id, .. } => {
                    failed.send(-id.job_id().unwrap().get()).unwrap();
                }
                _ => {}
            }
        });
    let stop = watch.stop_handle();
    let (unlucky, worse) = (created[1], created[2]);
    let watching = thread::spawn(move || {
        watch.handle(move |client, change| {
            let id = change.job_id().get();
            if id == worse {
                panic!("a handler that panics");
            }
            let pades = client.pades(&change).unwrap().bytes(1_000_000).unwrap();
            assert!(pades.starts_with(b"%PDF-"));
            handled.send(id).unwrap();
            if id == unlucky {
                return Err(io::Error::other("a handler that fails"));
            }
            Ok(())
        })
    });
    let mut given: Vec<_> = given.iter().take(4).collect();
    let mut failures: Vec<_> = failures.iter().take(2).collect();
    stop.stop();
    watching.join().unwrap().unwrap();

    given.sort_unstable();
    failures.sort_unstable();
    assert_eq!(given, [created[0], unlucky, created[3], created[4]]);
    assert_eq!(failures, [-worse, unlucky]);
    // What was not handled is not confirmed.
    let left = sandbox
        .jobs()
        .iter()
        .map(|job| job.id().0)
        .collect::<Vec<_>>();
    assert_eq!(left, [unlucky, worse]);
}

#[test]
fn changes_are_gone_through_and_confirmed_one_by_one() {
    let (_runtime, sandbox) = sandbox();
    let client = blocking::PortalClient::new(client(&sandbox, Over::Hyper)).unwrap();
    let created = signed_jobs(&sandbox, &client, 3);
    let mut changes = client.watch().changes().unwrap();
    drop(client);
    let mut seen = Vec::new();
    for change in changes.by_ref().take(3) {
        let change = change.unwrap();
        seen.push(change.change().job_id().get());
        if seen.len() != 2 {
            change.confirm().unwrap();
        }
    }
    assert_eq!(seen, created);
    assert_eq!(sandbox.jobs().len(), 1);
    let stop = changes.stop_handle();
    stop.stop();
    assert!(changes.next().is_none());
}

/// In a runtime with other threads than the one that waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_may_be_called_and_dropped_in_async_code() {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    let client = blocking::PortalClient::new(client(&sandbox, Over::Hyper)).unwrap();
    assert!(client.who_am_i(None).unwrap().contains("123456789"));
    drop(client);
}
