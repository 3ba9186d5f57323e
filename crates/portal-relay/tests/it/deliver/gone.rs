//! Receivers that want no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use portal_client::BoxFuture;
use portal_relay::{
    Deliverer, DeliveryOutcome, EventBody, Outbox, Sink, SinkName, SinkState, Store,
};

use super::{Fake, HOUR, PausedClock, deliverer, hours, put, run_for, run_while};
use crate::faulty_store::FaultyStore;
use crate::outbox::{in_memory, scope, sink};

/// A receiver that responds so as long as the flag is set.
fn receiver(clock: PausedClock, is_gone: &Arc<AtomicBool>, gone: DeliveryOutcome) -> Fake {
    let is_gone = Arc::clone(is_gone);
    Fake::new("receiver", clock, move |_, _| {
        if is_gone.load(Ordering::Relaxed) {
            gone.clone()
        } else {
            DeliveryOutcome::Taken
        }
    })
}

/// What delivers in one process.
fn process(outbox: &Outbox, receiver: &Fake, clock: PausedClock) -> Deliverer {
    let builder = deliverer(outbox, clock).sink(receiver.clone());
    builder.build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_wants_no_more_gets_no_more_until_it_is_resumed() {
    let (_, outbox) = in_memory().await;
    let clock = PausedClock::new();
    let is_gone = Arc::new(AtomicBool::new(true));
    let receiver = receiver(clock, &is_gone, DeliveryOutcome::Gone);
    put(&outbox, &[&receiver], 7, 1..=2).await;
    let deliverer = process(&outbox, &receiver, clock);
    run_for(&deliverer, hours(48)).await;
    // Another holding of the lease in the same process changes nothing.
    run_for(&deliverer, hours(48)).await;
    assert_eq!(receiver.attempts_of(7, 1), [0]);
    assert_eq!(deliverer.status()[0].state, SinkState::Gone);
    assert_eq!(outbox.waiting(receiver.name()).await.unwrap().len(), 2);

    is_gone.store(false, Ordering::Relaxed);
    assert!(!deliverer.resume(&sink("other")).await.unwrap());
    run_while(&deliverer, async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(deliverer.resume(receiver.name()).await.unwrap());
        assert!(!deliverer.resume(receiver.name()).await.unwrap());
        tokio::time::sleep(Duration::from_secs(1)).await;
    })
    .await;
    assert_eq!(receiver.taken(), [(7, 1), (7, 2)]);
    assert_eq!(deliverer.status()[0].state, SinkState::Ready);
}

/// It was said once: neither a restart nor a takeover asks again. Another process may resume.
#[tokio::test(start_paused = true)]
async fn a_restart_does_not_ask_a_receiver_again_that_wants_no_more() {
    let (_, outbox) = in_memory().await;
    let clock = PausedClock::new();
    let is_gone = Arc::new(AtomicBool::new(true));
    let receiver = receiver(clock, &is_gone, DeliveryOutcome::Gone);
    put(&outbox, &[&receiver], 7, 1..=2).await;
    let process = || process(&outbox, &receiver, clock);
    run_for(&process(), hours(1)).await;
    is_gone.store(false, Ordering::Relaxed);
    for _ in 0..3 {
        let restarted = process();
        run_for(&restarted, hours(24)).await;
        assert_eq!(restarted.status()[0].state, SinkState::Gone);
        assert!(receiver.taken().is_empty());
    }

    let restarted = process();
    let by_hand = Outbox::clone(&outbox);
    run_while(&restarted, async {
        tokio::time::sleep(hours(1)).await;
        assert!(by_hand.resume(receiver.name()).await.unwrap());
        assert!(!by_hand.resume(receiver.name()).await.unwrap());
        tokio::time::sleep(Duration::from_secs(61)).await;
    })
    .await;
    assert_eq!(receiver.taken(), [(7, 1), (7, 2)]);
    assert_eq!(outbox.depths().await.unwrap(), []);
}

/// A fake receiver with an address.
#[derive(Clone, Debug)]
struct At(Fake, &'static str);

impl Sink for At {
    fn name(&self) -> &SinkName {
        self.0.name()
    }

    fn address(&self) -> Option<String> {
        Some(self.1.to_owned())
    }

    fn deliver<'a>(&'a self, event: &'a EventBody) -> BoxFuture<'a, DeliveryOutcome> {
        self.0.deliver(event)
    }
}

/// Configured with another URL, it is another receiver. The URL is not stored.
#[tokio::test(start_paused = true)]
async fn a_receiver_at_another_address_is_asked() {
    let (objects, outbox) = in_memory().await;
    let clock = PausedClock::new();
    let is_gone = Arc::new(AtomicBool::new(true));
    let receiver = receiver(clock, &is_gone, DeliveryOutcome::Gone);
    put(&outbox, &[&receiver], 7, 1..=1).await;
    let process = |address| {
        let sink = At(receiver.clone(), address);
        deliverer(&outbox, clock).sink(sink).build().unwrap()
    };
    run_for(&process("https://example.com/?token=1"), hours(1)).await;
    for (name, content) in crate::stage::all(&objects).await {
        let content = String::from_utf8_lossy(&content).into_owned();
        assert!(!content.contains("token"), "{name}: {content}");
    }
    is_gone.store(false, Ordering::Relaxed);
    run_for(&process("https://example.com/?token=1"), hours(1)).await;
    assert!(receiver.taken().is_empty());
    run_for(&process("https://example.com/?token=2"), hours(1)).await;
    assert_eq!(receiver.taken(), [(7, 1)]);
    assert!(!outbox.resume(receiver.name()).await.unwrap());
}

/// A closed pipe is this process's: the next one has its own.
#[tokio::test(start_paused = true)]
async fn a_receiver_that_only_this_process_cannot_reach_is_asked_after_a_restart() {
    let (_, outbox) = in_memory().await;
    let clock = PausedClock::new();
    let is_gone = Arc::new(AtomicBool::new(true));
    let receiver = receiver(clock, &is_gone, DeliveryOutcome::Closed);
    put(&outbox, &[&receiver], 7, 1..=2).await;
    let process = || process(&outbox, &receiver, clock);
    let first = process();
    run_for(&first, hours(24)).await;
    assert_eq!(first.status()[0].state, SinkState::Gone);
    is_gone.store(false, Ordering::Relaxed);
    run_for(&first, hours(24)).await;
    assert_eq!(receiver.attempts_of(7, 1), [0]);
    run_for(&process(), hours(1)).await;
    assert_eq!(receiver.attempts_of(7, 1), [0, 48 * HOUR]);
    assert_eq!(receiver.taken(), [(7, 1), (7, 2)]);
}

/// What the store did not take at once, it takes later; nothing is sent meanwhile.
#[tokio::test(start_paused = true)]
async fn that_a_receiver_wants_no_more_is_stored_after_an_outage_of_the_store() {
    let objects = FaultyStore::default();
    let store = Store::open(Arc::new(objects.clone()), scope()).await;
    let outbox = Outbox::new(store.unwrap());
    let clock = PausedClock::new();
    let is_gone = Arc::new(AtomicBool::new(true));
    let (wrongs, fails) = (objects.wrongs.clone(), Arc::clone(&is_gone));
    let receiver = Fake::new("receiver", clock, move |_, _| {
        if fails.load(Ordering::Relaxed) {
            wrongs.die_after(0);
            DeliveryOutcome::Gone
        } else {
            DeliveryOutcome::Taken
        }
    });
    put(&outbox, &[&receiver], 7, 1..=1).await;
    put(&outbox, &[&receiver], 8, 1..=1).await;
    let process = || process(&outbox, &receiver, clock);
    let first = process();
    run_while(&first, async {
        tokio::time::sleep(hours(1)).await;
        objects.wrongs.revive();
        tokio::time::sleep(hours(1)).await;
    })
    .await;
    is_gone.store(false, Ordering::Relaxed);
    let restarted = process();
    run_for(&restarted, hours(24)).await;
    assert_eq!(restarted.status()[0].state, SinkState::Gone);
    assert!(receiver.taken().is_empty());
}
