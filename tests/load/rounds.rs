//! Many jobs in one sandbox: how fast they are made, what memory they take, and what is left of them.

use std::time::{Duration, Instant};

use portal_client::PortalClient;

use crate::clients::{Clients, job, per_second};
use crate::server::Server;

/// Clients that share the work, each with a queue of its own.
const CLIENTS: usize = 8;
/// After so long nothing is left of a job that was confirmed.
const PURGED_AFTER: Duration = Duration::from_secs(41 * 24 * 3600);
/// What the heap may grow by from the first round's end to the last's: the TLS sessions that can be
/// resumed, of which rustls keeps 256, each with its client's certificates.
const SLACK: i64 = 1024 * 1024;

/// Runs all rounds twice: with the journal as it is, and cleared at every turn, which shows how much
/// of the memory is the journal's, and that nothing else is left.
pub(crate) async fn run(jobs: usize, rounds: usize) {
    for keeps_journal in [true, false] {
        let kept = if keeps_journal { "kept" } else { "cleared" };
        println!("{rounds} rounds of {jobs} jobs of one signer, the journal {kept}:");
        println!(
            "| round | creates/s | heap KiB a job | heap KiB after | MiB resident with jobs | after |"
        );
        println!("|---|---|---|---|---|---|");
        let mut server = Server::start().await;
        let mut after = Vec::new();
        for number in 1..=rounds {
            after.push(round(&mut server, number, jobs, keeps_journal).await);
        }
        if !keeps_journal {
            let growth = after[rounds - 1] - after[0];
            assert!(growth < SLACK, "{growth} bytes are left of confirmed jobs");
        }
        println!();
    }
}

/// The id of a sandbox's first job; the next ones follow.
const FIRST_JOB: usize = 5_000_000_001;

/// One round, and what the sandbox holds after it.
async fn round(server: &mut Server, number: usize, jobs: usize, keeps_journal: bool) -> i64 {
    let makers = Clients::of(server);
    let clients: Vec<_> = (0..CLIENTS).map(|queue| makers.client(queue)).collect();
    let share = jobs / CLIENTS;
    let jobs = share * CLIENTS;
    let before = server.heap();
    let started = Instant::now();
    each(&clients, |client, _| create(client, share)).await;
    let took = started.elapsed();
    assert_eq!(server.management.open_jobs().await, jobs);
    if !keeps_journal {
        server.management.clear_journal().await;
    }
    let (with_jobs, resident) = (server.heap(), server.resident());

    let first = FIRST_JOB + (number - 1) * jobs;
    each(&clients, |_, index| {
        let (management, first) = (server.management.clone(), first + index * share);
        async move {
            for job in first..first + share {
                management.sign(i64::try_from(job).unwrap()).await;
            }
        }
    })
    .await;
    each(&clients, |client, _| confirm(client, share)).await;
    drop(clients);
    server.advance(PURGED_AFTER).await;
    assert_eq!(server.management.open_jobs().await, 0);
    if !keeps_journal {
        server.management.clear_journal().await;
    }
    let after = server.heap();
    println!(
        "| {number} | {:.0} | {:.1} | {:.0} | {} | {} |",
        per_second(jobs, took),
        quotient(with_jobs - before, 1024) / quotient(i64::try_from(jobs).unwrap(), 1),
        quotient(after, 1024),
        resident / 1024,
        server.resident() / 1024,
    );
    after
}

fn quotient(number: i64, by: i32) -> f64 {
    // Of bytes in a process, and of jobs, an f64 holds every number.
    number as f64 / f64::from(by)
}

async fn create(client: PortalClient, jobs: usize) {
    for _ in 0..jobs {
        client.create(&job(&client, 1)).await.unwrap();
    }
}

async fn confirm(client: PortalClient, jobs: usize) {
    for _ in 0..jobs {
        let polled = client.status_change(None).await.unwrap();
        client.confirm(&polled.change.unwrap()).await.unwrap();
    }
}

/// Lets all clients work at once, each with its number.
async fn each<F>(clients: &[PortalClient], work: impl Fn(PortalClient, usize) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let clients = clients.iter().cloned().enumerate();
    let working = clients.map(|(index, client)| tokio::spawn(work(client, index)));
    for client in working.collect::<Vec<_>>() {
        client.await.expect("a call was not responded as it should");
    }
}
