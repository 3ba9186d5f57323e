//! The same work as other clients do, against a sandbox that is already there. Each prints one line of
//! JSON.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bytes::Bytes;
use portal_certificate::{Certificate, EnterpriseCertificate};
use portal_client::{Document, Job, Notification, PortalClient, Signer};
use portal_transport::SharedClock;
use serde::Deserialize;

use crate::clients::{Clients, Library, Times, per_second};
use crate::jobs::through;
use crate::server::Management;
use crate::usage::{own_memory, peak_memory, processor_time};

/// What `portal sandbox` writes for clients, as far as it is needed here.
#[derive(Deserialize)]
pub(crate) struct Settings {
    root_url: String,
    management_url: String,
    trust_anchor: PathBuf,
    pkcs12: PathBuf,
    pkcs12_password: String,
}

impl Settings {
    pub(crate) fn read(file: &Path) -> Self {
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
    }

    pub(crate) fn identity(&self) -> EnterpriseCertificate {
        let file = std::fs::read(&self.pkcs12).unwrap();
        EnterpriseCertificate::from_pkcs12(&file, &self.pkcs12_password).unwrap()
    }

    pub(crate) fn clients(&self) -> Clients {
        let pem = std::fs::read(&self.trust_anchor).unwrap();
        let anchor = Certificate::all_from_pem(&pem).unwrap().remove(0);
        let anchor = anchor.der().to_vec();
        let clock = SharedClock::new(jiff::Timestamp::now);
        Clients::new(&self.root_url, self.identity(), anchor, clock)
    }

    pub(crate) fn management(&self) -> Management {
        Management::at(&self.management_url)
    }
}

/// A job of one signer and the given document.
pub(crate) fn job(client: &PortalClient, pdf: &Bytes) -> Job {
    client
        .job("Job title")
        .document(Document::pdf("Document title", pdf.clone()))
        .signer(Signer::by_personal_number(
            "12345678910",
            Notification::lookup(),
        ))
        .reference("bench")
        .build_blocking()
        .unwrap()
}

/// Whole jobs by one client: `at_once` at a time, `warm_up` and then `jobs` of them.
pub(crate) async fn flow(
    settings: &Path,
    library: &str,
    pdf: &Path,
    [at_once, warm_up, jobs]: [usize; 3],
) {
    let settings = Settings::read(settings);
    let library = match library {
        "hyper" => Library::Hyper,
        "reqwest" => Library::Reqwest,
        other => panic!("no HTTP library is named {other}"),
    };
    let client = settings
        .clients()
        .client_over(library, library_queue(library));
    let (management, pdf) = (
        settings.management(),
        Bytes::from(std::fs::read(pdf).unwrap()),
    );
    several(&client, &management, &pdf, at_once, warm_up).await;
    let (started, used) = (Instant::now(), processor_time());
    let times = several(&client, &management, &pdf, at_once, jobs).await;
    let (took, used) = (started.elapsed(), processor_time() - used);
    let measured = serde_json::json!({
        "jobs_per_second": per_second(jobs, took),
        "processor_ms_per_job": used.as_secs_f64() * 1000.0 / jobs as f64,
        "peak_memory_kib": peak_memory(),
        "own_memory_kib": own_memory(),
        "create_p50_ms": times.milliseconds("create", 500),
        "create_p99_ms": times.milliseconds("create", 990),
    });
    println!("{measured}");
}

/// A queue apart from that of other clients, so that none gets the jobs of another.
fn library_queue(library: Library) -> &'static str {
    match library {
        Library::Hyper => "hyper",
        Library::Reqwest => "reqwest",
    }
}

async fn several(
    client: &PortalClient,
    management: &Management,
    pdf: &Bytes,
    at_once: usize,
    jobs: usize,
) -> Times {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let (times, next) = (Arc::new(Times::default()), Arc::new(AtomicUsize::new(0)));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..at_once {
        let (client, management, pdf) = (client.clone(), management.clone(), pdf.clone());
        let (times, next, folder) = (times.clone(), next.clone(), folder.clone());
        workers.spawn(async move {
            while next.fetch_add(1, Ordering::Relaxed) < jobs {
                let job = job(&client, &pdf);
                let done = through(&client, &management, &times, &job, folder.path()).await;
                done.unwrap();
            }
        });
    }
    workers.join_all().await;
    Arc::into_inner(times).unwrap()
}

/// One poll of an empty queue by a client that is made for it: how long a process takes to its first
/// response.
pub(crate) async fn first_poll(settings: &Path) {
    // Of its own, since an empty queue may not be polled again at once.
    let queue = format!("first poll {}", std::process::id());
    let clients = Settings::read(settings).clients();
    let client = clients.client_over(Library::Hyper, &queue);
    let polled = client.status_change(None).await.unwrap();
    assert!(polled.change.is_none(), "the queue is empty");
}
