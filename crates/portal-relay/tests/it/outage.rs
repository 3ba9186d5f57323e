//! A receiver that is down for three days, with the whole relay before it and a restart in the middle.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use portal_client::{BoxFuture, SharedClock};
use portal_relay::{
    DeliveryFailure, DeliveryOutcome, Event, EventBody, LeaseGate, Relay, Sink, SinkName,
};

use crate::moved_clock::MovedClock;
use crate::relay::{create, expect_in_order, sign_rest};
use crate::stage::{Stage, folder_store, gated_by, job, run, until};

/// How long the receiver is down.
const OUTAGE: Duration = Duration::from_hours(72);
/// In such steps the time moves.
const STEP: Duration = Duration::from_mins(30);
/// What the standard schedule waits after each failure; the last one for ever.
const WAITS: [Duration; 6] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
];

/// Takes nothing until the three days are over.
#[derive(Clone, Debug)]
struct Down {
    name: SinkName,
    clock: MovedClock,
    /// Which event of which job was tried how far ahead in time.
    attempts: Arc<Mutex<Vec<(Duration, i64, u64)>>>,
    taken: Arc<Mutex<Vec<Event>>>,
}

impl Sink for Down {
    fn name(&self) -> &SinkName {
        &self.name
    }

    fn deliver<'a>(&'a self, event: &'a EventBody) -> BoxFuture<'a, DeliveryOutcome> {
        Box::pin(async {
            let (at, event) = (self.clock.ahead(), event.event().unwrap());
            let (job, sequence) = (event.data.job_id.get(), event.data.sequence);
            self.attempts.lock().unwrap().push((at, job, sequence));
            if at < OUTAGE {
                return DeliveryOutcome::retry(DeliveryFailure::Status(503));
            }
            self.taken.lock().unwrap().push(event);
            DeliveryOutcome::Taken
        })
    }
}

async fn relay(stage: &Stage, folder: &Path, receiver: &Down) -> Relay {
    let gate = LeaseGate::new();
    let store = folder_store(folder, &stage.sandbox).await;
    Relay::builder(
        gated_by(&stage.sandbox, &gate, receiver.clock.clone()),
        store,
    )
    .sink(receiver.clone())
    .gate(gate)
    .clock(SharedClock::new(receiver.clock.clone()))
    .jitter(Duration::ZERO)
    .build()
    .unwrap()
}

/// Moves the time at the service and in the relay, in steps in which every due attempt is made.
async fn pass(stage: &Stage, clock: &MovedClock, time: Duration) {
    let mut passed = Duration::ZERO;
    while passed < time {
        clock.advance(&stage.sandbox, STEP);
        tokio::time::sleep(Duration::from_millis(15)).await;
        passed += STEP;
    }
}

async fn all_confirmed(stage: &Stage) {
    until("all jobs confirmed", async || {
        sign_rest(&stage.sandbox);
        stage.sandbox.jobs().is_empty()
    })
    .await;
}

/// The attempts at a job's first event follow the schedule from its beginning to its end, whoever makes them.
fn expect_schedule(receiver: &Down) {
    let mut by_job: BTreeMap<i64, Vec<Duration>> = BTreeMap::new();
    for (at, job, sequence) in &*receiver.attempts.lock().unwrap() {
        let attempts = by_job.entry(*job).or_default();
        if *sequence == 1 {
            attempts.push(*at);
        } else {
            assert!(
                *at >= OUTAGE,
                "job {job}: {sequence} was tried before the first one was taken"
            );
        }
    }
    for (job, attempts) in by_job {
        for (failed, pair) in attempts.windows(2).enumerate() {
            let wait = WAITS[failed.min(WAITS.len() - 1)];
            let waited = pair[1] - pair[0];
            // A store that is busy may take longer than a step does.
            let late = waited.saturating_sub(wait);
            assert!(
                waited + STEP > wait && late < 6 * STEP,
                "job {job}: {attempts:?}"
            );
        }
        assert!(
            attempts.last().is_some_and(|last| *last >= OUTAGE),
            "job {job}: {attempts:?}"
        );
    }
}

/// A document is downloaded once, whatever the receiver does. The PAdES of a job in progress has the signatures so far,
/// so that each of its changes has its own; a XAdES stays as it is.
fn expect_downloads(stage: &Stage, events: &[Event]) {
    let mut expected: BTreeMap<String, usize> = BTreeMap::new();
    for event in events {
        let job = event.data.job_id.get();
        for document in &event.data.documents {
            match document.signer {
                None => *expected.entry(format!("{job}/pades")).or_default() += 1,
                Some(signer) => drop(expected.insert(format!("{job}/xades/{signer}"), 1)),
            }
        }
    }
    let mut downloads: BTreeMap<String, usize> = BTreeMap::new();
    for entry in stage.sandbox.journal() {
        let is_document = entry.path.ends_with("/pades") || entry.path.contains("/xades/");
        if entry.method == Method::GET && is_document {
            let end = entry.path.rsplit_once("signature-jobs/").unwrap().1;
            *downloads.entry(end.to_owned()).or_default() += 1;
        }
    }
    assert_eq!(downloads, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_down_for_three_days_costs_no_download() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let receiver = Down {
        name: SinkName::new("receiver").unwrap(),
        clock: MovedClock::default(),
        attempts: Arc::default(),
        taken: Arc::default(),
    };
    let clock = receiver.clock.clone();
    create(&stage, 4).await;
    let first = relay(&stage, &path, &receiver).await;
    let running = run(&first);
    all_confirmed(&stage).await;
    pass(&stage, &clock, OUTAGE / 2).await;
    running.abort();
    let _cut_off = running.await;
    drop(first);
    let before = receiver.attempts.lock().unwrap().len();

    let second = relay(&stage, &path, &receiver).await;
    let running = run(&second);
    // What comes while the receiver is down is stored and confirmed as ever.
    let wanted = job(&stage.client, "during-the-outage", 1);
    let created = stage.client.create(&wanted).await.unwrap();
    let at_service = stage.at_service(created.job_id().get());
    at_service.sign_current_group().unwrap();
    all_confirmed(&stage).await;
    pass(&stage, &clock, OUTAGE / 2).await;
    until("everything delivered", async || {
        pass(&stage, &clock, 2 * STEP).await;
        let outbox = second.status().await.outbox.unwrap();
        outbox.iter().all(|sink| sink.waiting + sink.dead == 0)
    })
    .await;
    assert_eq!(second.quick_status().counts.broken, 0);
    second.stop();
    running.await.unwrap().unwrap();

    assert!(receiver.attempts.lock().unwrap().len() > before);
    let taken = receiver.taken.lock().unwrap();
    expect_in_order(&taken, 5);
    expect_schedule(&receiver);
    expect_downloads(&stage, &taken);
}
