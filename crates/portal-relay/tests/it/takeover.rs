//! A hundred queues of one organisation and three relays, with the times of production, in tokio's paused time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response};
use object_store::memory::InMemory;
use portal_client::jiff::fmt::rfc2822::DateTimePrinter;
use portal_client::jiff::{SignedDuration, Timestamp};
use portal_client::{
    Body, BoxFuture, ClientBuilder, Clock, Operation, Sender, SharedClock, Transport,
    TransportError,
};
use portal_relay::{LeaseGate, Relay, RelayRole, Scope, Store};
use portal_sandbox::Sandbox;
use tokio::time::Instant;

use crate::stage::{run, scope};

const QUEUES: usize = 100;
const RELAYS: usize = 3;
/// How long the service wants an empty queue to be left.
const WAIT: Duration = Duration::from_mins(10);
/// Within how long of when it may be each queue is polled again.
const TAKEOVER: Duration = Duration::from_secs(90);
/// Each way.
const LATENCY: Duration = Duration::from_millis(20);

#[derive(Clone, Debug)]
struct Poll {
    at: Duration,
    relay: usize,
    queue: String,
    is_early: bool,
}

/// The time of tokio's paused clock, from the real time on: certificates are valid by it.
#[derive(Clone, Copy, Debug)]
struct PausedClock {
    began: Instant,
    epoch: Timestamp,
}

impl PausedClock {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            epoch: Timestamp::now(),
        }
    }

    fn elapsed(self) -> Duration {
        self.began.elapsed()
    }
}

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        self.epoch + SignedDuration::try_from(self.elapsed()).unwrap()
    }
}

/// The service: empty queues, which note who polls them.
#[derive(Clone, Debug)]
struct Service {
    clock: PausedClock,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    polls: Vec<Poll>,
    /// From when a queue may be polled.
    permitted: BTreeMap<String, Duration>,
}

impl Service {
    fn new(clock: PausedClock) -> Self {
        Self {
            clock,
            known: Arc::default(),
        }
    }

    fn poll(&self, relay: usize, queue: String) -> Response<Body> {
        let at = self.clock.elapsed();
        let mut known = self.known.lock().unwrap();
        let permitted = known.permitted.get(&queue).copied().unwrap_or_default();
        let is_early = at < permitted;
        let next = if is_early { permitted } else { at + WAIT };
        known.permitted.insert(queue.clone(), next);
        known.polls.push(Poll {
            at,
            relay,
            queue,
            is_early,
        });
        let next = self.clock.now() + SignedDuration::try_from(next - at).unwrap();
        let date = DateTimePrinter::new();
        let date = date.timestamp_to_rfc9110_string(&self.clock.now()).unwrap();
        Response::builder()
            .status(if is_early { 429 } else { 204 })
            .header("x-next-permitted-poll-time", next.to_string())
            .header("date", date)
            .body(Body::empty())
            .unwrap()
    }

    fn polls(&self) -> Vec<Poll> {
        self.known.lock().unwrap().polls.clone()
    }
}

/// The way of one relay to the service.
#[derive(Clone, Debug)]
struct Line {
    service: Service,
    relay: usize,
}

impl Transport for Line {
    fn send(
        &self,
        request: Request<Body>,
    ) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        assert_eq!(request.extensions().get(), Some(&Operation::StatusChange));
        let queue = request.uri().query().unwrap_or_default().to_owned();
        Box::pin(async move {
            tokio::time::sleep(LATENCY).await;
            let response = self.service.poll(self.relay, queue);
            tokio::time::sleep(LATENCY).await;
            Ok(response)
        })
    }
}

/// What three relays need that is made in real time: a certificate each, and whose store it is.
fn made_in_real_time() -> (Vec<ClientBuilder>, Scope, Sender) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start()).unwrap();
    let builders = (0..RELAYS).map(|_| sandbox.client_builder().unwrap());
    let sender = Sender::from(sandbox.sender().clone());
    (builders.collect(), scope(&sandbox), sender)
}

/// Relays of one organisation, over one store and one service.
async fn relays() -> (Service, Vec<Relay>) {
    let made = tokio::task::spawn_blocking(made_in_real_time).await;
    let (builders, scope, sender) = made.unwrap();
    let clock = PausedClock::new();
    let service = Service::new(clock);
    let objects = Arc::new(InMemory::new());
    let mut relays = Vec::new();
    for (relay, builder) in builders.into_iter().enumerate() {
        let gate = LeaseGate::new();
        let line = Line {
            service: service.clone(),
            relay,
        };
        let of_client = gate.clone();
        let client = builder
            .clock(clock)
            .build_over(move |_| Ok(of_client.guard(line.clone())));
        let store = Store::open(objects.clone(), scope.clone()).await.unwrap();
        let queue = |name| sender.clone().with_queue(format!("queue-{name}"));
        let relay = Relay::builder(client.unwrap(), store)
            .queues((0..QUEUES).map(queue))
            .gate(gate)
            .clock(SharedClock::new(clock));
        relays.push(relay.build().unwrap());
    }
    (service, relays)
}

/// The holder is cut off at a moment, as if killed; the others go on for as long as the last queue may take.
async fn killed_at(moment: Duration) -> (Duration, usize) {
    let (service, relays) = relays().await;
    let clock = service.clock;
    let holder = run(&relays[0]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(relays[0].quick_status().role, RelayRole::Active);
    let others = [run(&relays[1]), run(&relays[2])];
    tokio::time::sleep_until(clock.began + moment).await;
    holder.abort();
    let _cut_off = holder.await;
    let killed = clock.elapsed();
    let permitted = service.known.lock().unwrap().permitted.clone();
    tokio::time::sleep(WAIT + TAKEOVER).await;
    for (relay, other) in relays[1..].iter().zip(others) {
        relay.stop();
        other.await.unwrap().unwrap();
    }

    let polls = service.polls();
    let (first, other): (Vec<_>, Vec<_>) = polls.iter().partition(|poll| poll.relay == 0);
    let takers: BTreeSet<usize> = other.iter().map(|poll| poll.relay).collect();
    assert_eq!(takers.len(), 1, "one takes over, and the third stands by");
    assert!(first.iter().all(|poll| poll.at <= killed));
    let mut longest = Duration::ZERO;
    let mut queues = BTreeSet::new();
    for poll in &other {
        if queues.insert(&poll.queue) {
            let may_be = permitted.get(&poll.queue).copied().unwrap_or_default();
            longest = longest.max(poll.at.saturating_sub(may_be.max(killed)));
        }
    }
    assert_eq!(queues.len(), QUEUES, "killed at {moment:?}");
    assert!(longest < TAKEOVER, "killed at {moment:?}: {longest:?}");
    let together = polls.windows(11);
    for pair in together.map(|polls| (polls[0].at, polls[10].at)) {
        assert!(
            pair.1 - pair.0 >= Duration::from_secs(1),
            "killed at {moment:?}: {pair:?}"
        );
    }
    let early = polls.iter().filter(|poll| poll.is_early).count();
    assert!(
        early <= 1,
        "killed at {moment:?}: {early} polls came too early"
    );
    (longest, early)
}

#[tokio::test(start_paused = true)]
async fn a_hundred_queues_of_a_killed_relay_are_polled_again_in_time() {
    let mut random = fastrand::Rng::with_seed(1);
    let (mut longest, mut early) = (Duration::ZERO, 0);
    // While the queues are polled for the first time, when no queue may be, and around when all may be again.
    for range in [
        2_000..12_000,
        12_000..590_000,
        590_000..625_000,
        625_000..1_300_000,
    ] {
        for _ in 0..2 {
            let moment = Duration::from_millis(random.u64(range.clone()));
            let (took, too_early) = killed_at(moment).await;
            longest = longest.max(took);
            early += too_early;
        }
    }
    println!("after at most {longest:?}, {early} polls too early after 8 takeovers");
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_takes_over_can_be_stopped_before_it_polls() {
    let (service, relays) = relays().await;
    let first = run(&relays[0]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    relays[0].stop();
    first.await.unwrap().unwrap();
    let polls = service.polls().len();
    let second = run(&relays[1]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let stopped = Instant::now();
    relays[1].stop();
    second.await.unwrap().unwrap();
    assert_eq!(stopped.elapsed(), Duration::ZERO);
    assert_eq!(service.polls().len(), polls, "it had not begun to poll");
    // It left the lease to others.
    let third = run(&relays[2]);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(relays[2].quick_status().role, RelayRole::Active);
    relays[2].stop();
    third.await.unwrap().unwrap();
}
