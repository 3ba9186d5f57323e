//! A sandbox, a client behind a gate, and a store.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use http::Method;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};
use portal_client::{
    Document, HyperTransport, Job, Notification, PortalClient, Signer, StatusChange,
};
use portal_relay::{Event, LeaseGate, Relay, RelayBuilder, RelayError, Scope, Store};
use portal_sandbox::{Sandbox, SandboxJob, sample_pdf};
use tokio::task::JoinHandle;

use crate::faulty_store::FaultyStore;
use crate::moved_clock::MovedClock;

pub(crate) const SIGNERS: [&str; 2] = ["12345678910", "01013300001"];

/// Runs a relay on a task.
pub(crate) fn run(relay: &Relay) -> JoinHandle<Result<(), RelayError>> {
    let relay = relay.clone();
    tokio::spawn(async move { relay.run().await })
}

pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: PortalClient,
    pub(crate) gate: LeaseGate,
    pub(crate) objects: FaultyStore,
    pub(crate) store: Store,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let sandbox = Sandbox::builder()
            .limit_call_rate(false)
            .poll_wait(Duration::from_millis(50))
            .start()
            .await
            .unwrap();
        let gate = LeaseGate::new();
        let client = gated(&sandbox, &gate);
        let objects = FaultyStore::default();
        let store = Store::open(Arc::new(objects.clone()), scope(&sandbox))
            .await
            .unwrap();
        Self {
            sandbox,
            client,
            gate,
            objects,
            store,
        }
    }

    pub(crate) fn relay(&self) -> RelayBuilder {
        Relay::builder(self.client.clone(), self.store.clone())
            .gate(self.gate.clone())
            .jitter(Duration::ZERO)
    }

    /// A client without a gate, to poll and confirm by hand.
    pub(crate) fn bare_client(&self) -> PortalClient {
        self.sandbox.client().unwrap()
    }

    pub(crate) fn at_service(&self, job: i64) -> SandboxJob {
        self.sandbox.job(portal_client::SignatureJobId::new(job))
    }

    /// The next change, once there is one.
    pub(crate) async fn change(&self) -> StatusChange {
        let client = self.bare_client();
        for _ in 0..200 {
            let polled = client.status_change(None).await;
            if let Ok(Some(change)) = polled.map(|polled| polled.change) {
                return change;
            }
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        panic!("no change came");
    }

    /// How many requests had this method and end of path.
    pub(crate) fn requests(&self, method: &Method, end: &str) -> usize {
        let journal = self.sandbox.journal();
        let requests = journal.iter();
        requests
            .filter(|entry| entry.method == *method && entry.path.ends_with(end))
            .count()
    }

    /// All objects with their content.
    pub(crate) async fn objects(&self) -> Vec<(String, Vec<u8>)> {
        all(&self.objects.inner).await
    }

    pub(crate) async fn events(&self) -> Vec<Event> {
        events(&self.objects.inner).await
    }
}

pub(crate) async fn events(objects: &InMemory) -> Vec<Event> {
    let objects = all(objects).await;
    let events = objects.iter().filter(|(name, _)| {
        let end = name.rsplit_once("/changes/").map(|(_, end)| end);
        end.is_some_and(|end| end.matches('.').count() == 1)
    });
    events
        .map(|(_, json)| serde_json::from_slice(json).unwrap())
        .collect()
}

pub(crate) async fn all(objects: &InMemory) -> Vec<(String, Vec<u8>)> {
    let listed: Vec<_> = objects.list(None).try_collect().await.unwrap();
    let mut all = Vec::new();
    for meta in listed {
        let bytes = objects
            .get(&meta.location)
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        all.push((meta.location.to_string(), bytes.to_vec()));
    }
    all.sort();
    all
}

pub(crate) fn gated(sandbox: &Sandbox, gate: &LeaseGate) -> PortalClient {
    let gate = gate.clone();
    let builder = sandbox.client_builder().unwrap();
    let built = builder.build_over(move |settings| Ok(gate.guard(HyperTransport::new(settings)?)));
    built.unwrap()
}

/// A client whose clock goes with the service's.
pub(crate) fn gated_by(sandbox: &Sandbox, gate: &LeaseGate, clock: MovedClock) -> PortalClient {
    let gate = gate.clone();
    let builder = sandbox.client_builder().unwrap().clock(clock);
    let built = builder.build_over(move |settings| Ok(gate.guard(HyperTransport::new(settings)?)));
    built.unwrap()
}

pub(crate) fn scope(sandbox: &Sandbox) -> Scope {
    Scope::new(
        sandbox.root_url().parse().unwrap(),
        sandbox.sender().clone(),
    )
}

pub(crate) async fn folder_store(folder: &Path, sandbox: &Sandbox) -> Store {
    Store::folder(folder, scope(sandbox)).await.unwrap()
}

pub(crate) fn job(client: &PortalClient, reference: &str, signers: usize) -> Job {
    let document = Document::pdf("Document title", sample_pdf(reference, &["A text."]));
    let job = client
        .job("Job title")
        .document(document)
        .reference(reference);
    let job = (1..)
        .zip(&SIGNERS[..signers])
        .fold(job, |job, (order, number)| {
            let notification = Notification::email("email@example.com");
            job.signer(Signer::by_personal_number(*number, notification).order(order))
        });
    job.build_blocking().unwrap()
}

/// Waits for something that happens soon.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}: it never came");
}
