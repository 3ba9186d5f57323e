//! The relay's types, while one works with data that must not be seen.

use std::io;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portal_client::{BoxFuture, JobBuilder, PortalClient};
use portal_relay::{
    Catalog, Command, Creator, Deleter, DeliveryFailure, DeliveryOutcome, DocumentVerifier, Event,
    EventBody, LeaseGate, Lines, Outbox, Receiver, Relay, RelayBuilder, RelayError, RelayRole,
    RetrySchedule, Scope, Settlement, SignedDocuments, Sink, SinkName, Store,
};
use portal_sandbox::{DocumentDefect, Endpoint, Fault, Sandbox};
use tempfile::TempDir;

use super::client_values::queue;
use super::log::Log;
use super::shown::Shown;
use super::{CONTENT, FILE, MESSAGE, PASSWORD, REFERENCE, TOKEN};
use crate::sandbox_clients::trust_in;

/// A relay on a folder, whose gate its client is behind.
struct Stage {
    sandbox: Sandbox,
    client: PortalClient,
    gate: LeaseGate,
    store: Store,
    _folder: TempDir,
}

impl Stage {
    async fn new() -> Self {
        let sandbox = Sandbox::builder()
            .limit_call_rate(false)
            .poll_wait(Duration::from_millis(50))
            .start()
            .await
            .unwrap();
        let gate = LeaseGate::new();
        let guard = gate.clone();
        let client = builder(&sandbox)
            .build_over(move |settings| {
                Ok(guard.guard(portal_client::HyperTransport::new(settings)?))
            })
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let scope = Scope::new(client.environment().clone(), sandbox.sender().clone());
        let path = folder.path().join("store");
        let store = Store::folder(path, scope).await.unwrap();
        Self {
            sandbox,
            client,
            gate,
            store,
            _folder: folder,
        }
    }

    fn relay(&self) -> RelayBuilder {
        Relay::builder(self.client.clone(), self.store.clone())
            .gate(self.gate.clone())
            .jitter(Duration::ZERO)
            .delete_after(Duration::ZERO)
    }

    fn job(&self, reference: &str) -> JobBuilder {
        super::client::job(&self.client).reference(reference)
    }
}

fn builder(sandbox: &Sandbox) -> portal_client::ClientBuilder {
    let environment = portal_client::Environment::custom(sandbox.root_url()).unwrap();
    let certificate = sandbox.sender_certificate().clone();
    PortalClient::builder(environment, certificate, portal_client::Sector::Public)
        .trust(trust_in(sandbox))
        .sender(queue())
}

/// Refuses every event but its first, and keeps them all.
#[derive(Clone, Debug)]
struct Picky {
    name: SinkName,
    seen: Arc<Mutex<Vec<EventBody>>>,
}

impl Sink for Picky {
    fn name(&self) -> &SinkName {
        &self.name
    }

    fn deliver<'a>(&'a self, event: &'a EventBody) -> BoxFuture<'a, DeliveryOutcome> {
        let mut seen = self.seen.lock().unwrap();
        seen.push(event.clone());
        let outcome = if seen.len() == 1 {
            DeliveryOutcome::Taken
        } else {
            DeliveryOutcome::retry(DeliveryFailure::Status(500))
        };
        Box::pin(async { outcome })
    }
}

/// Keeps what it is given, and fails with a text of the documents the second time.
#[derive(Clone, Debug, Default)]
struct Reader(Arc<Mutex<Vec<SignedDocuments>>>);

impl DocumentVerifier for Reader {
    fn verify(
        &self,
        documents: &SignedDocuments,
    ) -> Result<portal_verify::JobReport, Box<dyn std::error::Error + Send + Sync>> {
        let mut seen = self.0.lock().unwrap();
        seen.push(documents.clone());
        if seen.len() == 2 {
            return Err(CONTENT.into());
        }
        portal_relay::PortalVerifier.verify(documents)
    }
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}: it never came");
}

pub(super) async fn show(shown: &mut Shown) {
    let stage = Stage::new().await;
    super::relay_values::show(shown);
    set_up(shown, &stage).await;
    let limit = Duration::from_mins(1);
    // A part that never ends fails here, instead of holding up the whole run.
    tokio::time::timeout(limit, created(shown, &stage))
        .await
        .unwrap();
    tokio::time::timeout(limit, worked(shown, &stage))
        .await
        .unwrap();
    tokio::time::timeout(limit, ended(shown, &stage))
        .await
        .unwrap();
}

async fn set_up(shown: &mut Shown, stage: &Stage) {
    let store = &stage.store;
    shown
        .debug("portal_relay::Store", store)
        .both("portal_relay::Scope", store.scope())
        .debug("portal_relay::Catalog", &Catalog::new(store.clone()))
        .debug("portal_relay::Outbox", &Outbox::new(store.clone()))
        .debug("portal_relay::Receiver", &Receiver::new(store.clone()))
        .debug(
            "portal_relay::Deleter",
            &Deleter::new(store.clone(), portal_relay::DeletionPolicy::default()),
        )
        .debug(
            "portal_relay::FolderLease",
            &portal_relay::FolderLease::new(store).unwrap(),
        )
        .debug(
            "portal_relay::ObjectLease",
            &portal_relay::ObjectLease::new(store, portal_relay::LeaseSettings::default()),
        )
        .debug(
            "portal_relay::Creator",
            &Creator::new(stage.client.clone(), store.clone()),
        )
        .debug("portal_relay::LeaseGate", &stage.gate)
        .debug(
            "portal_relay::GatedTransport",
            &stage.gate.guard(
                portal_transport::test_util::ScriptedTransport::new().response(200, CONTENT),
            ),
        );
    let refused = stage.client.status_change(&queue()).await.unwrap_err();
    shown.error("portal_client::Error", &refused);

    let lines = || Lines::new(SinkName::new("lines").unwrap(), io::sink());
    let builder = stage.relay().queue(queue()).sink(lines());
    shown.debug("portal_relay::RelayBuilder", &builder);
    let twice = builder.sink(lines()).build().unwrap_err();
    shown.error("portal_relay::RelayBuildError", &twice);
    let number = portal_client::OrganizationNumber::new("988015814").unwrap();
    let other = Scope::new(stage.client.environment().clone(), number);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let foreign = Store::folder(&path, other).await.unwrap();
    let wrong = Relay::builder(stage.client.clone(), foreign).build();
    shown.error("portal_relay::RelayBuildError", &wrong.unwrap_err());
    let scope = stage.store.scope();
    let mut errors = vec![Store::folder(&path, scope.clone()).await.unwrap_err()];
    let said = format!("{{\"format\": \"{MESSAGE}\", \"{REFERENCE}\": \"{TOKEN}\"}}");
    std::fs::write(path.join("store.json"), said).unwrap();
    errors.push(Store::folder(&path, scope.clone()).await.unwrap_err());
    let address = format!("ftp://{TOKEN}:{PASSWORD}@example.com/{FILE}");
    let unknown = Store::by_address(&address, [], scope.clone()).await;
    errors.push(unknown.unwrap_err());
    let unknown = Store::by_address(&address, [], scope.clone()).await;
    shown.error(
        "portal_relay::DeletionError",
        &portal_relay::DeletionError::from(unknown.unwrap_err()),
    );
    for error in errors {
        shown.error("portal_relay::StoreError", &error);
        shown.error(
            "portal_relay::LeaseError",
            &portal_relay::LeaseError::from(error),
        );
    }
}

async fn created(shown: &mut Shown, stage: &Stage) {
    let relay = stage.relay().build().unwrap();
    let faults = stage.sandbox.faults();
    let job = stage.job(REFERENCE).build().await.unwrap();
    let creation = relay.create(&job).await.unwrap();
    shown.debug("portal_relay::Creation", &creation);
    let other = stage.job(REFERENCE).nonsensitive_title("Another title");
    let other = other.build().await.unwrap();
    let lost = stage.job("canary-lost").build().await.unwrap();
    faults.next(1, Endpoint::Create, Fault::DropAfter);
    let unknown = relay.create(&lost).await.unwrap_err();
    let again = relay.create(&lost).await.unwrap_err();
    let refused = stage.job("canary-refused").build().await.unwrap();
    let fault = Fault::error_document(400, "SCHEMA_VALIDATION_ERROR");
    faults.next(1, Endpoint::Create, fault);
    for error in [
        relay.create(&other).await.unwrap_err(),
        unknown,
        again,
        relay.create(&refused).await.unwrap_err(),
    ] {
        shown.error("portal_relay::CreateError", &error);
    }
    let catalog = Catalog::new(stage.store.clone());
    let unknown = catalog.unknown_creates().await.unwrap();
    shown.debug("portal_relay::StoredCreate", &unknown[0]);
    for reference in [REFERENCE, "canary-never"] {
        let sender = queue();
        let settled = relay.settle(&sender, reference, Settlement::NotCreated);
        shown.error("portal_relay::SettleError", &settled.await.unwrap_err());
    }
}

/// Two of the jobs are signed by the first signer: one event is taken and one becomes a dead letter.
async fn worked(shown: &mut Shown, stage: &Stage) {
    let (reader, seen) = (Reader::default(), Arc::default());
    let sink = Picky {
        name: SinkName::new("picky").unwrap(),
        seen: Arc::clone(&seen),
    };
    let once = RetrySchedule::new([], Duration::ZERO, NonZeroU32::MIN);
    let relay = stage
        .relay()
        .sink(sink.clone())
        .verifier(reader.clone())
        .retry_schedule(once.clone())
        .build()
        .unwrap();
    for job in stage.sandbox.jobs() {
        job.sign(0).unwrap();
    }
    let running = tokio::spawn({
        let relay = relay.clone();
        async move { relay.run().await }
    });
    let outbox = relay.outbox();
    until("a dead letter", async || {
        !outbox.dead_letters(&sink.name).await.unwrap().is_empty()
    })
    .await;
    until("a confirmation of each", async || {
        relay.quick_status().counts.confirmed > 1
    })
    .await;
    let status = relay.status().await;
    relay.stop();
    running.await.unwrap().unwrap();
    assert!(!status.queues.is_empty() && !status.sinks.is_empty());
    // Either job may come first.
    let seen = seen.lock().unwrap().clone();
    let of_the_first = |body: &&EventBody| {
        let reference = body.event().unwrap().data.reference.unwrap();
        reference.reveal() == REFERENCE
    };
    let body = seen.iter().find(of_the_first).unwrap().clone();
    let event: Event = body.event().unwrap();
    let letters = outbox.dead_letters(&sink.name).await.unwrap();
    let catalog = Catalog::new(stage.store.clone());
    let stored = catalog.job(event.data.job_id).await.unwrap().unwrap();
    shown
        .debug("portal_relay::Relay", &relay)
        .debug("portal_relay::RelayStatus", &status)
        .debug("portal_relay::RelayCounts", &status.counts)
        .debug("portal_relay::SinkStatus", &status.sinks[0])
        .debug("portal_relay::OutboxDepth", &status.outbox.unwrap()[0])
        .debug("portal_relay::DeadLetter", &letters[0])
        .both("portal_relay::OutboxEntry", &letters[0].entry)
        .debug("portal_relay::StoredJob", &stored)
        .debug("portal_relay::RetrySchedule", &once)
        .debug(
            "portal_relay::SignedDocuments",
            &reader.0.lock().unwrap()[0],
        );
    super::relay_values::event(shown, &event, &body);
    super::relay_values::deliverer(shown, outbox.clone());
}

/// What ends a relay, and what keeps a change unconfirmed.
async fn ended(shown: &mut Shown, stage: &Stage) {
    let fault = Fault::error_document(403, "NOT_AUTHORIZED");
    stage.sandbox.faults().next(9, Endpoint::Poll, fault);
    let relay = stage.relay().build().unwrap();
    let error: RelayError = relay.run().await.unwrap_err();
    stage.sandbox.faults().clear();
    assert_eq!(relay.quick_status().role, RelayRole::Stopped);
    shown.error("portal_relay::RelayError", &error);

    let client =
        crate::sandbox_clients::client(&stage.sandbox, crate::sandbox_clients::Over::Hyper);
    let job = super::client::job(&client).build().await.unwrap();
    let created = client.create(&job).await.unwrap();
    stage.sandbox.job(created.job_id()).sign(0).unwrap();
    let mut change = None;
    until("a change", async || {
        let polled = client.status_change(&queue()).await;
        change = polled.ok().and_then(|polled| polled.change);
        change.is_some()
    })
    .await;
    let change = change.unwrap();
    let receiver = Receiver::new(stage.store.clone());
    let faults = stage.sandbox.faults();
    for fault in [Fault::Status(404), Fault::Garbage, Fault::Truncate(1)] {
        faults.next(9, Endpoint::Xades, fault);
        if let Err(error) = receiver.receive(&client, &change).await {
            shown.error("portal_relay::ReceiveError", &error);
        }
        faults.clear();
    }
}

/// Everything that is logged while a relay creates, receives, is refused, verifies in vain and delivers.
#[tokio::test]
async fn the_log_shows_no_canary() {
    let log = Log::new();
    let _guard = tracing::dispatcher::set_default(&log.dispatch);
    let stage = Stage::new().await;
    let seen = Arc::default();
    let sink = Picky {
        name: SinkName::new("picky").unwrap(),
        seen: Arc::clone(&seen),
    };
    let command = Command::new(
        SinkName::new("command").unwrap(),
        format!("/nonexistent/{FILE}"),
    );
    let relay = stage
        .relay()
        .sink(sink.clone())
        .sink(command.arg(TOKEN))
        .verifier(Reader::default())
        .retry_schedule(RetrySchedule::new([], Duration::ZERO, NonZeroU32::MIN))
        .build()
        .unwrap();
    for reference in [REFERENCE, "canary-2", "canary-3"] {
        let job = stage.job(reference).build().await.unwrap();
        relay.create(&job).await.unwrap();
    }
    for job in stage.sandbox.jobs() {
        job.sign(0).unwrap();
        job.sign(1).unwrap();
    }
    let faults = stage.sandbox.faults();
    let broken = Fault::BrokenSignedDocument(DocumentDefect::OtherSeal);
    faults.next(1, Endpoint::Pades, broken);
    faults.next(1, Endpoint::Xades, Fault::Truncate(1));
    faults.next(1, Endpoint::Confirm, Fault::Status(500));
    let running = tokio::spawn({
        let relay = relay.clone();
        async move { relay.run().await }
    });
    until("dead letters", async || {
        let letters = relay.outbox().dead_letters(&sink.name).await.unwrap();
        let confirmed = relay.quick_status().counts.confirmed;
        // The job whose document broke off is redelivered after ten minutes.
        !letters.is_empty() && confirmed > 1
    })
    .await;
    relay.stop();
    running.await.unwrap().unwrap();
    let text = log.text();
    for line in [
        "event taken",
        "event given up",
        "documents could not be verified",
        " portal_relay::",
    ] {
        assert!(text.contains(line), "{line} is not in the log:\n{text}");
    }
    let found = super::shown::canaries_in(&text);
    assert!(found.is_empty(), "{}", found.join("\n"));
}
