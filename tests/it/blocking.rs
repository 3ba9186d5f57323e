//! The blocking client against the sandbox, which runs on a runtime of its own as a service would.

use std::io::Read as _;
use std::thread;

use portal_client::{Error, PortalSignatureJobStatus, blocking};
use portal_sandbox::Sandbox;

use crate::setting::{BOTH, Over, client, small_job};

/// A sandbox, and the runtime that it runs on.
fn sandbox() -> (tokio::runtime::Runtime, Sandbox) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let sandbox = runtime.block_on(Sandbox::start()).unwrap();
    (runtime, sandbox)
}

#[test]
fn a_job_goes_all_the_way_over_both_transports() {
    let (_runtime, sandbox) = sandbox();
    for over in BOTH {
        let client = blocking::PortalClient::new(client(&sandbox, over)).unwrap();
        assert!(client.who_am_i(None).unwrap().contains("123456789"));
        let job = small_job().build(client.profile(), client.now()).unwrap();
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
        let xades = client.xades(&change, 0).unwrap().bytes(100_000).unwrap();
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
                let job = small_job().build(client.profile(), client.now()).unwrap();
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

/// In a runtime with other threads than the one that waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_may_be_called_and_dropped_in_async_code() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = blocking::PortalClient::new(client(&sandbox, Over::Hyper)).unwrap();
    assert!(client.who_am_i(None).unwrap().contains("123456789"));
    drop(client);
}
