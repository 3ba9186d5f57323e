//! The whole relay against the sandbox.

mod status;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use http::Method;
use portal_client::{BoxFuture, Environment, OrganizationNumber};
use portal_relay::{
    DeliveryOutcome, DocumentVerifier, Event, EventBody, LeaseGate, LeaseSettings, Relay,
    RelayRole, Scope, SignedDocuments, Sink, SinkName, Store,
};
use portal_sandbox::Sandbox;
use portal_verify::JobReport;

use crate::moved_clock::MovedClock;
use crate::stage::{Stage, folder_store, gated_by, job, run, until};

/// Keeps the events that it is given.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    name: SinkName,
    pub(crate) events: Arc<Mutex<Vec<Event>>>,
}

impl Kept {
    pub(crate) fn new() -> Self {
        Self {
            name: SinkName::new("kept").unwrap(),
            events: Arc::default(),
        }
    }
}

impl Sink for Kept {
    fn name(&self) -> &SinkName {
        &self.name
    }

    fn deliver<'a>(&'a self, event: &'a EventBody) -> BoxFuture<'a, DeliveryOutcome> {
        self.events.lock().unwrap().push(event.event().unwrap());
        Box::pin(async { DeliveryOutcome::Taken })
    }
}

pub(crate) async fn create(stage: &Stage, jobs: usize) {
    for number in 0..jobs {
        let signers = 1 + number % 2;
        let wanted = job(&stage.client, &format!("job-{number}"), signers);
        let created = stage.client.create(&wanted).await.unwrap();
        stage
            .at_service(created.job_id().get())
            .sign_current_group()
            .unwrap();
    }
}

/// The second signers sign when the first change was confirmed.
pub(crate) fn sign_rest(sandbox: &Sandbox) {
    for job in sandbox.jobs() {
        let _signed = job.sign_current_group();
    }
}

/// Each job's events came in order, each once, and the last says that the job is completed.
pub(crate) fn expect_in_order(events: &[Event], jobs: usize) {
    let mut by_job: BTreeMap<i64, Vec<&Event>> = BTreeMap::new();
    for event in events {
        by_job
            .entry(event.data.job_id.get())
            .or_default()
            .push(event);
    }
    assert_eq!(by_job.len(), jobs);
    for events in by_job.values() {
        let sequences: Vec<u64> = events.iter().map(|event| event.data.sequence).collect();
        let expected: Vec<u64> = (1..=u64::try_from(events.len()).unwrap()).collect();
        assert_eq!(sequences, expected);
        let last = events.last().unwrap();
        assert_eq!(last.data.status.to_string(), "COMPLETED_SUCCESSFULLY");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_stored_confirmed_and_delivered() {
    let stage = Stage::new().await;
    create(&stage, 10).await;
    let kept = Kept::new();
    let relay = stage.relay().sink(kept.clone()).build().unwrap();
    assert_eq!(relay.quick_status().role, RelayRole::Stopped);
    let running = run(&relay);
    until("all jobs confirmed", async || {
        sign_rest(&stage.sandbox);
        stage.sandbox.jobs().is_empty()
    })
    .await;
    let status = relay.status().await;
    assert_eq!(status.role, RelayRole::Active);
    assert!(status.is_ready() && status.is_live(), "{status:?}");
    assert_eq!(status.counts.failed, 0);
    until("everything delivered", async || {
        relay
            .status()
            .await
            .outbox
            .unwrap()
            .iter()
            .all(|sink| sink.waiting == 0)
    })
    .await;
    relay.stop();
    running.await.unwrap().unwrap();
    assert!(!relay.quick_status().is_ready());
    expect_in_order(&kept.events.lock().unwrap(), 10);

    // The lease was released, and the next relay begins where this one stopped.
    let lease = stage
        .objects()
        .await
        .into_iter()
        .find(|(name, _)| name.ends_with("lease.json"));
    let lease: serde_json::Value = serde_json::from_slice(&lease.unwrap().1).unwrap();
    assert_eq!(lease["released"], true);
    insta::assert_snapshot!(shape(&lease));
}

/// JSON with its names, without values.
fn shape(value: &serde_json::Value) -> String {
    let names = value.as_object().unwrap().iter();
    let names = names.map(|(name, value)| match value {
        serde_json::Value::Object(inner) => format!("{name}: {} entries", inner.len()),
        _ => name.clone(),
    });
    names.collect::<Vec<_>>().join("\n")
}

/// Assesses nothing while the other end of the channel is there.
#[derive(Debug)]
struct Stalled(Mutex<mpsc::Receiver<()>>);

impl DocumentVerifier for Stalled {
    fn verify(
        &self,
        _: &SignedDocuments,
    ) -> Result<JobReport, Box<dyn std::error::Error + Send + Sync>> {
        let _ended = self.0.lock().unwrap().recv();
        Err("it is over".into())
    }
}

/// The second relay stands by, and goes on when the first has gone: here dropped, as if killed, with changes in flight.
/// What was handed out unseen may return until eleven minutes later, by the client's clock, and a job in progress is
/// confirmed only then.
#[tokio::test(flavor = "multi_thread")]
async fn another_relay_goes_on() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let clock = MovedClock::default();
    let relay = async |kept: &Kept| {
        let gate = LeaseGate::new();
        let store = folder_store(&path, &stage.sandbox).await;
        Relay::builder(gated_by(&stage.sandbox, &gate, clock.clone()), store)
            .sink(kept.clone())
            .gate(gate)
            .lease_settings(LeaseSettings::scaled_to(Duration::from_secs(2)))
            .jitter(Duration::ZERO)
    };
    let kept = Kept::new();
    let (_stalls, end) = mpsc::channel();
    let first = relay(&kept).await.verifier(Stalled(Mutex::new(end)));
    let first = first.build().unwrap();
    let second = relay(&kept).await.build().unwrap();
    let running = run(&first);
    until("the first polls", async || {
        first.quick_status().role == RelayRole::Active
    })
    .await;
    let standing_by = run(&second);
    create(&stage, 4).await;
    until("the first has a change in flight", async || {
        first.quick_status().counts.documents > 0
    })
    .await;
    assert_eq!(second.quick_status().role, RelayRole::StandingBy);
    assert!(second.quick_status().is_ready());
    running.abort();
    let _cut_off = running.await;
    until("the second polls", async || {
        second.quick_status().role == RelayRole::Active
    })
    .await;
    let mut looks = 0;
    until("all jobs confirmed", async || {
        sign_rest(&stage.sandbox);
        looks += 1;
        if looks % 20 == 0 {
            // What the first had in flight is redelivered.
            clock.advance(&stage.sandbox, Duration::from_secs(601));
        }
        stage.sandbox.jobs().is_empty()
    })
    .await;
    until("everything delivered", async || {
        second
            .status()
            .await
            .outbox
            .unwrap()
            .iter()
            .all(|sink| sink.waiting == 0)
    })
    .await;
    second.stop();
    standing_by.await.unwrap().unwrap();
    let mut events = kept.events.lock().unwrap().clone();
    // What was taken right before the end may be delivered again, among other events.
    let mut seen = BTreeSet::new();
    events.retain(|event| seen.insert(event.id.clone()));
    expect_in_order(&events, 4);
}

/// Without the store nothing is polled, as soon as the lease can't be renewed in time.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_lease_nothing_is_polled() {
    let stage = Stage::new().await;
    let client = stage.client.clone();
    let refused = client.status_change(None).await.unwrap_err();
    assert!(!refused.request_may_have_reached_service());
    insta::assert_snapshot!(portal_client::ErrorChain(&refused));
    // Whatever else a program does needs no lease.
    client.create(&job(&client, "123-ABC", 1)).await.unwrap();

    let settings = LeaseSettings::scaled_to(Duration::from_secs(1));
    let relay = stage.relay().lease_settings(settings).build().unwrap();
    let running = run(&relay);
    let polls = || stage.requests(&Method::GET, "/signature-jobs");
    until("it polls", async || polls() > 3).await;
    stage.objects.wrongs.die_after(0);
    until("it stands by", async || {
        relay.quick_status().role == RelayRole::StandingBy
    })
    .await;
    assert!(!relay.quick_status().is_ready());
    let before = polls();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(polls(), before);
    stage.objects.wrongs.revive();
    until("it polls again", async || polls() > before).await;
    relay.stop();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_does_not_fit_together_is_refused() {
    let stage = Stage::new().await;
    let gate = stage.gate.clone();
    let build = async |scope: Scope, with_gate: bool| {
        let objects = Arc::new(object_store::memory::InMemory::new());
        let store = Store::open(objects, scope).await.unwrap();
        let relay = Relay::builder(stage.client.clone(), store);
        let relay = if with_gate {
            relay.gate(gate.clone())
        } else {
            relay
        };
        relay.build().map(drop)
    };
    let own = stage.store.scope().clone();
    let environment = Scope::new(Environment::difitest(), own.organization().clone());
    let number = OrganizationNumber::new("999999999").unwrap();
    let organization = Scope::new(own.environment().clone(), number);
    assert!(build(own.clone(), true).await.is_ok());
    let errors = [
        build(environment, true).await.unwrap_err().to_string(),
        build(organization, true).await.unwrap_err().to_string(),
        build(own, false).await.unwrap_err().to_string(),
    ];
    // The port is another each time.
    let root = stage.sandbox.root_url();
    let errors = errors.join("\n").replace(root, "https://127.0.0.1/api");
    insta::assert_snapshot!(errors);
}

/// A certificate that the service does not know ends the relay, and leaves the lease to others.
#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_error_ends_the_relay() {
    let stage = Stage::new().await;
    let fault = portal_sandbox::Fault::error_document(403, "NOT_AUTHORIZED");
    stage
        .sandbox
        .faults()
        .next(1, portal_sandbox::Endpoint::Poll, fault);
    let relay = stage.relay().build().unwrap();
    let error = relay.run().await.unwrap_err();
    let portal_relay::RelayError::Client(error) = error else {
        panic!("{error:?}");
    };
    assert!(
        matches!(*error, portal_client::Error::NotAuthorized { .. }),
        "{error:?}"
    );
    assert_eq!(relay.quick_status().role, RelayRole::Stopped);
    // It may run again at once.
    let running = run(&relay);
    until("it polls", async || {
        relay.quick_status().last_poll.is_some()
    })
    .await;
    relay.stop();
    running.await.unwrap().unwrap();
}
