//! Many clients at once, each going through the whole flow again and again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use portal_client::{PortalClient, PortalSignatureJobStatus as Status, StatusChange};

use crate::clients::{Clients, Times, job, per_second};
use crate::server::{Management, Server};

/// Every so-many-th job of a client is cancelled instead of signed to its end.
const CANCELLED: usize = 5;

pub(crate) async fn run(clients: usize, seconds: u64) {
    let server = Server::start().await;
    let makers = Clients::of(&server);
    let times = Arc::new(Times::default());
    let started = Instant::now();
    let end = started + Duration::from_secs(seconds);
    let crowd: Vec<_> = (0..clients)
        .map(|number| {
            let client = makers.client(number);
            let (management, times) = (server.management.clone(), Arc::clone(&times));
            tokio::spawn(async move {
                let mut jobs = 0;
                while Instant::now() < end {
                    flow(
                        &client,
                        &management,
                        &times,
                        jobs % CANCELLED == number % CANCELLED,
                    )
                    .await;
                    jobs += 1;
                }
                jobs
            })
        })
        .collect();
    let mut jobs = 0;
    for client in crowd {
        jobs += client.await.expect("a call was not responded as it should");
    }
    let took = started.elapsed();
    assert_eq!(
        server.management.open_jobs().await,
        0,
        "every job came to its end"
    );
    println!(
        "{clients} clients at once, {jobs} jobs in {:.1} s ({:.1} jobs/s), no unexpected response",
        took.as_secs_f64(),
        per_second(jobs, took)
    );
    times.print(took);
}

/// One job of two signers after one another: created, signed, then cancelled or signed again and
/// fetched; each change confirmed.
async fn flow(client: &PortalClient, management: &Management, times: &Times, cancelled: bool) {
    times.of("who am I", client.who_am_i(None)).await;
    let created = times.of("create", client.create(&job(client, 2))).await;
    management.sign(created.job_id().get()).await;
    let first = change(client, times).await;
    assert_eq!(first.status(), Status::InProgress);
    times.of("confirm", client.confirm(&first)).await;
    if cancelled {
        times.of("cancel", client.cancel(&created)).await;
    } else {
        management.sign(created.job_id().get()).await;
    }
    let last = change(client, times).await;
    if cancelled {
        assert_eq!(last.status(), Status::Failed);
    } else {
        assert_eq!(last.status(), Status::CompletedSuccessfully);
        let pades = async { Ok(client.pades(&last).await?.bytes(1 << 20).await?) };
        assert!(times.of("PAdES", pades).await.starts_with(b"%PDF-"));
        let xades = async {
            Ok(client
                .xades(&last, last.signatures()[1].index())
                .await?
                .bytes(1 << 20)
                .await?)
        };
        assert!(times.of("XAdES", xades).await.starts_with(b"<?xml"));
    }
    times.of("confirm", client.confirm(&last)).await;
}

async fn change(client: &PortalClient, times: &Times) -> StatusChange {
    let polled = times.of("poll", client.status_change(None)).await;
    polled.change.expect("a change is on the queue")
}
