//! Jobs from their creation to the confirmation of what was stored, several at once: how fast, and
//! what the client takes of the machine.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use portal_client::{Job, PortalClient, PortalSignatureJobStatus};

use crate::clients::{Clients, Times, job, per_second};
use crate::server::{Management, Server};
use crate::usage::{own_memory, peak_memory, processor_time};

pub(crate) async fn run(at_once: usize, jobs: usize) {
    let server = Arc::new(Server::start().await);
    let client = Clients::of(&server).client(0);
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let times = Arc::new(Times::default());
    let next = Arc::new(AtomicUsize::new(0));
    let (started, used) = (Instant::now(), processor_time());
    let workers: Vec<_> = (0..at_once)
        .map(|_| {
            let (server, client, folder) = (server.clone(), client.clone(), folder.clone());
            let (times, next) = (times.clone(), next.clone());
            tokio::spawn(async move {
                while next.fetch_add(1, Ordering::Relaxed) < jobs {
                    times
                        .of(
                            "whole job",
                            one(&client, &server.management, &times, folder.path()),
                        )
                        .await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("a call was not responded as it should");
    }
    let (took, used) = (started.elapsed(), processor_time() - used);
    assert_eq!(
        server.management.open_jobs().await,
        0,
        "every job was confirmed"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), jobs);
    println!(
        "{jobs} jobs, {at_once} at once: {:.0} jobs/s; of the client {:.2} ms of a processor a job, \
         {:.1} MiB of memory of its own, {} MiB with its program at the most",
        per_second(jobs, took),
        used.as_secs_f64() * 1000.0 / f64::from(u32::try_from(jobs).unwrap()),
        own_memory() as f64 / 1024.0,
        peak_memory() / 1024,
    );
    times.print(took);
}

/// One job of the load.
async fn one(
    client: &PortalClient,
    management: &Management,
    times: &Times,
    folder: &Path,
) -> Result<(), portal_client::Error> {
    through(client, management, times, &job(client, 1), folder).await
}

/// Creates the job, lets it be signed, and stores and confirms whichever job the queue then gives.
pub(crate) async fn through(
    client: &PortalClient,
    management: &Management,
    times: &Times,
    job: &Job,
    folder: &Path,
) -> Result<(), portal_client::Error> {
    let created = times.of("create", client.create(job)).await;
    management.sign(created.job_id().get()).await;
    let polled = times.of("poll", client.status_change(None)).await;
    let change = polled.change.expect("a change is on the queue");
    assert_eq!(
        change.status(),
        PortalSignatureJobStatus::CompletedSuccessfully
    );
    let file = folder.join(format!("{}.pdf", change.job_id()));
    let store = async { Ok(client.pades(&change).await?.save_to(file).await?) };
    times.of("store", store).await;
    times.of("confirm", client.confirm(&change)).await;
    Ok(())
}
