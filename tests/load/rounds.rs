//! Many jobs in one sandbox: how fast they are made, what memory they take, and what is left of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use portal_client::PortalClient;

use crate::clients::{Clients, job, per_second};
use crate::server::Server;

/// Clients that share the work, each with a queue of its own.
const CLIENTS: usize = 8;
/// After so long nothing is left of a job that was confirmed.
const PURGED_AFTER: Duration = Duration::from_secs(41 * 24 * 3600);

/// Runs all rounds twice: with the journal as it is, and cleared at every turn, which shows how much
/// of the memory is the journal's.
pub(crate) async fn run(jobs: usize, rounds: usize) {
    for keeps_journal in [true, false] {
        let kept = if keeps_journal { "kept" } else { "cleared" };
        println!("{rounds} rounds of {jobs} jobs of one signer, the journal {kept}:");
        println!("| round | creates/s | MiB before | MiB with jobs | KiB a job | MiB after |");
        println!("|---|---|---|---|---|---|");
        let server = Arc::new(Server::start().await);
        for number in 1..=rounds {
            round(&server, number, jobs, keeps_journal).await;
        }
        println!();
    }
}

async fn round(server: &Arc<Server>, number: usize, jobs: usize, keeps_journal: bool) {
    let makers = Clients::of(server);
    let clients: Vec<_> = (0..CLIENTS).map(|queue| makers.client(queue)).collect();
    let before = server.memory();
    let started = Instant::now();
    let share = jobs / CLIENTS;
    each(&clients, move |_, client| async move {
        create(&client, share).await;
    })
    .await;
    let took = started.elapsed();
    assert_eq!(server.open_jobs().await, share * CLIENTS);
    if !keeps_journal {
        server.clear_journal().await;
    }
    let with_jobs = server.memory();

    let first = (number - 1) * share * CLIENTS + 1;
    let signing = Arc::clone(server);
    each(&clients, move |index, _| {
        let (server, first) = (Arc::clone(&signing), first + index * share);
        async move {
            for job in first..first + share {
                server.sign(i64::try_from(job).unwrap()).await;
            }
        }
    })
    .await;
    each(&clients, move |_, client| async move {
        confirm(&client, share).await;
    })
    .await;
    server.advance(PURGED_AFTER).await;
    assert_eq!(server.open_jobs().await, 0);
    if !keeps_journal {
        server.clear_journal().await;
    }
    let per_job = (with_jobs - before) / i64::try_from(share * CLIENTS).unwrap();
    let mib = |kib: i64| kib / 1024;
    println!(
        "| {number} | {:.0} | {} | {} | {per_job} | {} |",
        per_second(share * CLIENTS, took),
        mib(before),
        mib(with_jobs),
        mib(server.memory()),
    );
}

async fn create(client: &PortalClient, jobs: usize) {
    for _ in 0..jobs {
        client.create(&job(client, 1)).await.unwrap();
    }
}

async fn confirm(client: &PortalClient, jobs: usize) {
    for _ in 0..jobs {
        let polled = client.status_change(None).await.unwrap();
        client.confirm(&polled.change.unwrap()).await.unwrap();
    }
}

/// Lets all clients work at once, each with its number.
async fn each<F>(clients: &[PortalClient], work: impl Fn(usize, PortalClient) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let clients = clients.iter().cloned().enumerate();
    let working = clients.map(|(index, client)| tokio::spawn(work(index, client)));
    for client in working.collect::<Vec<_>>() {
        client.await.expect("a call was not answered as it should");
    }
}
