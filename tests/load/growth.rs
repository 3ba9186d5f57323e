//! How the cost of a create, and of a poll, grows with what there is.

use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use portal_client::{Document, Job, JobBuilder, Notification, PortalClient, Signer};
use serde_json::{Value, json};

use crate::clients::Library;
use crate::floor::document;
use crate::packages::median;
use crate::peers::Settings;
use crate::server::Management;

const DOCUMENTS: [usize; 5] = [1, 2, 5, 10, 20];
const BYTES: [usize; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
const SIGNERS: [usize; 4] = [1, 2, 5, 10];
const OPEN_JOBS: [usize; 4] = [10, 100, 1_000, 10_000];

/// Prints, as JSON, pairs of how many and of milliseconds: creates by documents, bytes and signers, and
/// the way from a signature to its poll's response by open jobs.
pub(crate) async fn run(settings: &Path, rounds: usize) {
    let settings = Settings::read(settings);
    let client = settings.clients().client_over(Library::Hyper, "growth");
    let small = document(10_000);
    let one = |client: &PortalClient| client.job("Job title").signer(signer(0));
    let mut documents = Vec::new();
    for count in DOCUMENTS {
        let job = build((0..count).fold(one(&client), |job, n| {
            job.document(Document::pdf(format!("Document {n}"), small.clone()))
        }));
        documents.push(json!([count, creates(&client, &job, rounds).await]));
    }
    let mut bytes = Vec::new();
    for size in BYTES {
        let pdf: Bytes = document(size);
        let job = build(one(&client).document(Document::pdf("Document title", pdf)));
        bytes.push(json!([size, creates(&client, &job, rounds).await]));
    }
    let mut signers = Vec::new();
    for count in SIGNERS {
        let job = client.job("Job title").signers((0..count).map(signer));
        let job = build(job.document(Document::pdf("Document title", small.clone())));
        signers.push(json!([count, creates(&client, &job, rounds).await]));
    }
    let open_jobs = open_jobs(&settings, &small, rounds).await;
    let measured = json!({
        "documents": documents, "bytes": bytes, "signers": signers, "open_jobs": open_jobs,
    });
    println!("{measured}");
}

/// Signer number `n`, by an address of their own.
fn signer(n: usize) -> Signer {
    Signer::by_email(format!("signer{n}@example.com"))
}

fn build(job: JobBuilder) -> Job {
    job.build_blocking().unwrap()
}

/// The median of so many creates, in milliseconds.
async fn creates(client: &PortalClient, job: &Job, rounds: usize) -> f64 {
    let mut times = Vec::new();
    for round in 0..rounds + 3 {
        let started = Instant::now();
        client.create(job).await.unwrap();
        if round >= 3 {
            times.push(started.elapsed());
        }
    }
    median(times)
}

async fn open_jobs(settings: &Settings, pdf: &Bytes, rounds: usize) -> Vec<Value> {
    let client = settings.clients().client_over(Library::Hyper, "open jobs");
    let management: Management = settings.management();
    let job = client
        .job("Job title")
        .document(Document::pdf("Document title", pdf.clone()))
        .signer(Signer::by_personal_number(
            "12345678910",
            Notification::lookup(),
        ));
    let job = build(job);
    let (mut open, mut measured) = (0, Vec::new());
    for count in OPEN_JOBS {
        while open < count {
            client.create(&job).await.unwrap();
            open += 1;
        }
        let mut times = Vec::new();
        for _ in 0..rounds {
            let created = client.create(&job).await.unwrap();
            management.sign(created.job_id().get()).await;
            times.push(poll(&client).await);
        }
        measured.push(json!([count, median(times)]));
    }
    measured
}

/// One poll that brings a change, which is then confirmed.
async fn poll(client: &PortalClient) -> Duration {
    let started = Instant::now();
    let polled = client.status_change(None).await.unwrap();
    let took = started.elapsed();
    client.confirm(&polled.change.unwrap()).await.unwrap();
    took
}
