//! Many queues of one organisation, and several relays.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::Request;
use portal_client::{
    Body, BoxFuture, HyperTransport, Operation, Sender, Transport, TransportError,
};
use portal_relay::{LeaseGate, LeaseSettings, Relay, RelayRole};
use portal_sandbox::Sandbox;

use crate::stage::{folder_store, run, until};

/// Which relay polled which queue when.
type Polls = Arc<Mutex<Vec<(Instant, usize, String)>>>;

#[derive(Debug)]
struct Recording {
    transport: HyperTransport,
    relay: usize,
    polls: Polls,
    at_once: Arc<AtOnce>,
}

/// How many polls are in flight, and how many were at the most.
#[derive(Debug, Default)]
struct AtOnce {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl AtOnce {
    fn enter(self: &Arc<Self>) -> InFlight {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        InFlight(Arc::clone(self))
    }
}

struct InFlight(Arc<AtOnce>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Transport for Recording {
    fn send(
        &self,
        request: Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        let polls = request.extensions().get() == Some(&Operation::StatusChange);
        let query = request.uri().query().unwrap_or_default().to_owned();
        Box::pin(async move {
            let _in_flight = polls.then(|| self.at_once.enter());
            if polls {
                let poll = (Instant::now(), self.relay, query);
                self.polls.lock().unwrap().push(poll);
            }
            self.transport.send(request).await
        })
    }
}

/// 30 by default; `PORTAL_RELAY_QUEUES` sets another number.
fn how_many_queues() -> usize {
    let given = std::env::var("PORTAL_RELAY_QUEUES").ok();
    given.and_then(|given| given.parse().ok()).unwrap_or(30)
}

/// Within how long all queues are polled by another relay, after the kill and after they may be.
const TAKEOVER: Duration = Duration::from_secs(90);

async fn within_takeover(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < TAKEOVER, "{what}: it never came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The holder is cut off as if killed, right after it polled: another polls all queues, none is polled by two, and all
/// relays together keep to ten requests a second.
#[tokio::test(flavor = "multi_thread")]
async fn a_takeover_polls_all_queues_and_keeps_the_rate() {
    let queues = how_many_queues();
    // Longer than ten requests a second take for all of them.
    let wait = Duration::from_secs(queues as u64 / 10 + 1);
    let sandbox = Sandbox::builder().poll_wait(wait).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let polls = Polls::default();
    let at_once = Arc::new(AtOnce::default());
    let mut relays = Vec::new();
    for number in 0..3 {
        let gate = LeaseGate::new();
        let (gate_of_client, polls) = (gate.clone(), Arc::clone(&polls));
        let at_once = Arc::clone(&at_once);
        let builder = sandbox.client_builder().unwrap();
        let client = builder.build_over(move |settings| {
            Ok(gate_of_client.guard(Recording {
                transport: HyperTransport::new(settings)?,
                relay: number,
                polls: Arc::clone(&polls),
                at_once: Arc::clone(&at_once),
            }))
        });
        let queue = |name: usize| {
            Sender::from(sandbox.sender().clone()).with_queue(format!("queue-{name}"))
        };
        let relay = Relay::builder(client.unwrap(), folder_store(&path, &sandbox).await)
            .queues((0..queues).map(queue))
            .gate(gate)
            .lease_settings(LeaseSettings::scaled_to(Duration::from_secs(12)))
            .jitter(Duration::ZERO);
        relays.push(relay.build().unwrap());
    }
    let holder = run(&relays[0]);
    until("the first polls", async || {
        relays[0].quick_status().role == RelayRole::Active
    })
    .await;
    let others = [run(&relays[1]), run(&relays[2])];
    let polled = || {
        let mut polled: BTreeMap<(usize, String), Vec<Instant>> = BTreeMap::new();
        for (at, relay, queue) in &*polls.lock().unwrap() {
            polled.entry((*relay, queue.clone())).or_default().push(*at);
        }
        polled
    };
    within_takeover("all queues polled", || polled().len() == queues).await;
    holder.abort();
    let _cut_off = holder.await;
    let killed = Instant::now();
    within_takeover("all queues polled by another", || {
        polled().len() == 2 * queues
    })
    .await;
    let taken_over = killed.elapsed();
    for (relay, other) in relays[1..].iter().zip(others) {
        relay.stop();
        other.await.unwrap().unwrap();
    }

    let polled = polled();
    let relays: std::collections::BTreeSet<usize> = polled.keys().map(|key| key.0).collect();
    assert_eq!(relays.len(), 2, "the third only stood by");
    let all = polls.lock().unwrap().clone();
    let last_of_first = all
        .iter()
        .filter(|poll| poll.1 == 0)
        .map(|poll| poll.0)
        .max()
        .unwrap();
    let first_of_other = all
        .iter()
        .filter(|poll| poll.1 != 0)
        .map(|poll| poll.0)
        .min()
        .unwrap();
    assert!(last_of_first < first_of_other);
    // At most the queue whose response came in the holder's last moment, before its note was written.
    let journal = sandbox.journal();
    let early = journal.iter().filter(|entry| entry.status == 429).count();
    println!("{queues} queues polled by another after {taken_over:.1?}, {early} of them too early");
    assert!(early <= 1, "{early} polls came too early");
    assert_eq!(at_once.most.load(Ordering::SeqCst), 1);
    assert!(sandbox.journal().iter().all(|entry| !entry.rate_blocked));
}
