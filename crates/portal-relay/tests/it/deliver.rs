//! Delivery in simulated time: order, schedule, restarts, and who may deliver.

mod clock;
mod crash;
mod days;
mod gone;
mod order;
mod receiver;

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use portal_relay::{
    Deliverer, DelivererBuilder, DeliveryFailure, DeliveryOutcome, Outbox, RetrySchedule, Sink,
    SinkState,
};

use crate::event::body;
use crate::outbox::in_memory;
pub(crate) use clock::PausedClock;
pub(crate) use receiver::Fake;

const HOUR: u64 = 3600;

fn deliverer(outbox: &Outbox, clock: PausedClock) -> DelivererBuilder {
    Deliverer::builder(outbox.clone()).with_clock(clock)
}

async fn put(outbox: &Outbox, sinks: &[&Fake], job: i64, sequences: std::ops::RangeInclusive<u64>) {
    for sequence in sequences {
        let names = sinks.iter().map(|sink| sink.name());
        outbox.put(names, &body(job, sequence)).await.unwrap();
    }
}

/// Delivers for so long.
async fn run_for(deliverer: &Deliverer, time: Duration) {
    let gate = || true;
    let _ran = tokio::time::timeout(time, deliverer.run(&gate)).await;
}

/// Delivers while something else happens.
async fn run_while(deliverer: &Deliverer, happens: impl Future<Output = ()>) {
    let gate = || true;
    tokio::select! {
        () = deliverer.run(&gate) => panic!("the gate is open"),
        () = happens => {}
    }
}

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * HOUR)
}

fn status(code: u16) -> DeliveryOutcome {
    DeliveryOutcome::retry(DeliveryFailure::Status(code))
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_down_is_tried_by_the_schedule_and_then_given_up() {
    let (_, outbox) = in_memory().await;
    let clock = PausedClock::new();
    let receiver = Fake::new("receiver", clock, |_, _| status(500));
    put(&outbox, &[&receiver], 7, 1..=2).await;
    let deliverer = deliverer(&outbox, clock)
        .sink(receiver.clone())
        .build()
        .unwrap();
    run_for(&deliverer, hours(24 * 16)).await;

    let first: Vec<u64> = receiver.attempts_of(7, 1);
    let mut expected = vec![0, 5, 305, 2105, 9305, 27_305];
    expected.extend((1..=16).map(|more| 27_305 + more * 10 * HOUR));
    assert_eq!(first, expected);
    // Then the job's next event has its turn, with a schedule of its own.
    let second = receiver.attempts_of(7, 2);
    let begin = expected[21];
    let later: Vec<u64> = expected.iter().map(|at| begin + at).collect();
    assert_eq!(second, later);

    assert_eq!(outbox.waiting(receiver.name()).await.unwrap(), []);
    let dead = outbox.dead_letters(receiver.name()).await.unwrap();
    let attempts = dead[0].attempts.clone().unwrap();
    assert_eq!(
        (dead.len(), dead[0].entry.sequence(), attempts.failed),
        (2, 1, 22)
    );
    assert_eq!(attempts.failure, "the receiver responded with status 500");
    assert_eq!(
        attempts.last.duration_since(attempts.first).as_secs(),
        begin.cast_signed()
    );
    let known = &deliverer.status()[0];
    assert_eq!((known.failed, known.given_up, known.taken), (44, 2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_is_sent_again_from_another_process() {
    let (_, outbox) = in_memory().await;
    let clock = PausedClock::new();
    let is_up = Arc::new(AtomicBool::new(false));
    let up = Arc::clone(&is_up);
    let receiver = Fake::new("receiver", clock, move |_, _| {
        if up.load(Ordering::Relaxed) {
            DeliveryOutcome::Taken
        } else {
            status(500)
        }
    });
    put(&outbox, &[&receiver], 7, 1..=1).await;
    let deliverer = deliverer(&outbox, clock)
        .sink(receiver.clone())
        .with_schedule(RetrySchedule::standard().with_attempts(NonZeroU32::new(2).unwrap()))
        .build()
        .unwrap();
    run_for(&deliverer, hours(1)).await;
    is_up.store(true, Ordering::Relaxed);
    put(&outbox, &[&receiver], 7, 2..=2).await;
    run_for(&deliverer, hours(1)).await;
    assert_eq!(receiver.taken(), [(7, 2)]);

    let dead = outbox.dead_letters(receiver.name()).await.unwrap();
    let letter = &dead[0].entry;
    let resend = async {
        tokio::time::sleep(hours(1)).await;
        assert!(outbox.resend(letter).await.unwrap());
        assert!(!outbox.resend(letter).await.unwrap());
        tokio::time::sleep(Duration::from_secs(61)).await;
        // Found without a notification.
        assert_eq!(receiver.taken(), [(7, 2), (7, 1)]);
    };
    run_while(&deliverer, resend).await;
    assert_eq!(outbox.depths().await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_slow_or_dead_receiver_holds_up_no_other() {
    let (_, outbox) = in_memory().await;
    let clock = PausedClock::new();
    let dead = Fake::new("dead", clock, |_, _| status(500));
    let slow = Fake::slow("slow", clock, Duration::from_secs(3600));
    let quick = Fake::new("quick", clock, |_, _| DeliveryOutcome::Taken);
    for job in 1..=20 {
        put(&outbox, &[&dead, &slow, &quick], job, 1..=3).await;
    }
    let deliverer = deliverer(&outbox, clock)
        .sink(dead.clone())
        .sink(slow.clone())
        .sink(quick.clone())
        .with_max_in_flight(NonZeroUsize::new(4).unwrap())
        .build()
        .unwrap();
    run_for(&deliverer, Duration::from_secs(1)).await;
    assert_eq!(quick.taken().len(), 60);
    // At most four at once, and cut off after the limit on an attempt.
    run_for(&deliverer, hours(2)).await;
    assert_eq!(slow.most_at_once(), 4);
    let known = &deliverer.status()[1];
    assert_eq!(known.last_failure, Some(DeliveryFailure::Timeout));
    assert_eq!(known.in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_kept_for_all_jobs_and_over_a_restart() {
    let (_, outbox) = in_memory().await;
    let clock = PausedClock::new();
    let receiver = Fake::new("receiver", clock, |at, event| {
        if at < 10 && event.job_id().get() == 1 {
            DeliveryOutcome::retry_after(DeliveryFailure::Status(503), Duration::from_secs(1000))
        } else {
            DeliveryOutcome::Taken
        }
    });
    put(&outbox, &[&receiver], 1, 1..=1).await;
    let first = deliverer(&outbox, clock)
        .sink(receiver.clone())
        .build()
        .unwrap();
    run_while(&first, async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        // Comes later, and waits as well.
        put(&outbox, &[&receiver], 2, 1..=1).await;
        first.notify(&body(2, 1));
        tokio::time::sleep(Duration::from_secs(200)).await;
        assert!(matches!(first.status()[0].state, SinkState::Waiting(_)));
    })
    .await;
    let second = deliverer(&outbox, clock)
        .sink(receiver.clone())
        .build()
        .unwrap();
    put(&outbox, &[&receiver], 3, 1..=1).await;
    run_for(&second, hours(1)).await;
    assert_eq!(receiver.attempts_of(1, 1), [0, 1000]);
    assert_eq!(receiver.attempts_of(2, 1), [1000]);
    // The new process knows of the wait before its first attempt.
    assert_eq!(receiver.attempts_of(3, 1), [1000]);
}

#[tokio::test(start_paused = true)]
async fn more_than_a_day_of_retry_after_is_a_day() {
    let (_, outbox) = in_memory().await;
    let clock = PausedClock::new();
    let receiver = Fake::new("receiver", clock, |_, _| {
        DeliveryOutcome::retry_after(DeliveryFailure::Status(503), Duration::from_secs(u64::MAX))
    });
    put(&outbox, &[&receiver], 1, 1..=1).await;
    let deliverer = deliverer(&outbox, clock)
        .sink(receiver.clone())
        .build()
        .unwrap();
    run_for(&deliverer, hours(50)).await;
    assert_eq!(receiver.attempts_of(1, 1), [0, 24 * HOUR, 48 * HOUR]);
}

#[tokio::test(start_paused = true)]
async fn only_while_the_gate_is_open() {
    let (_, outbox) = in_memory().await;
    let clock = PausedClock::new();
    let open = Arc::new(AtomicBool::new(true));
    let closes = Arc::clone(&open);
    // The lease is lost during the third attempt.
    let receiver = Fake::new("receiver", clock, move |_, event| {
        if event.sequence() == 3 {
            closes.store(false, Ordering::Relaxed);
        }
        DeliveryOutcome::Taken
    });
    put(&outbox, &[&receiver], 7, 1..=9).await;
    let deliverer = deliverer(&outbox, clock)
        .sink(receiver.clone())
        .build()
        .unwrap();
    let gate = || open.load(Ordering::Relaxed);
    deliverer.run(&gate).await;
    assert_eq!(receiver.taken(), [(7, 1), (7, 2), (7, 3)]);
    deliverer.run(&gate).await;
    assert_eq!(receiver.taken().len(), 3);
    open.store(true, Ordering::Relaxed);
    run_for(&deliverer, hours(1)).await;
    let taken = receiver.taken();
    assert_eq!(taken.last(), Some(&(7, 9)));
}

#[tokio::test(start_paused = true)]
async fn a_notification_delivers_at_once_and_a_missed_one_within_a_minute() {
    let (_, outbox) = in_memory().await;
    let clock = PausedClock::new();
    let receiver = Fake::new("receiver", clock, |_, _| DeliveryOutcome::Taken);
    let deliverer = deliverer(&outbox, clock)
        .sink(receiver.clone())
        .build()
        .unwrap();
    run_while(&deliverer, async {
        tokio::time::sleep(Duration::from_secs(90)).await;
        put(&outbox, &[&receiver], 1, 1..=1).await;
        deliverer.notify(&body(1, 1));
        tokio::time::sleep(Duration::from_millis(100)).await;
        put(&outbox, &[&receiver], 2, 1..=1).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
    })
    .await;
    assert_eq!(receiver.attempts_of(1, 1), [90]);
    assert_eq!(receiver.attempts_of(2, 1), [120]);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_event_holds_up_no_later_one() {
    use object_store::ObjectStoreExt;

    let (objects, outbox) = in_memory().await;
    let clock = PausedClock::new();
    let receiver = Fake::new("receiver", clock, |_, _| DeliveryOutcome::Taken);
    put(&outbox, &[&receiver], 7, 1..=2).await;
    let entry = outbox.waiting(receiver.name()).await.unwrap().remove(0);
    let name = format!("difitest/123456789/outbox/{entry}");
    objects
        .put(&name.as_str().into(), "half an ev".into())
        .await
        .unwrap();
    let deliverer = deliverer(&outbox, clock)
        .sink(receiver.clone())
        .build()
        .unwrap();
    run_for(&deliverer, Duration::from_secs(1)).await;
    assert_eq!(receiver.taken(), [(7, 2)]);
    let dead = outbox.dead_letters(receiver.name()).await.unwrap();
    assert_eq!(dead[0].entry, entry);
}

#[tokio::test]
async fn two_sinks_of_one_name_are_refused() {
    let (_, outbox) = in_memory().await;
    let clock = PausedClock::new();
    let twin = || Fake::new("twin", clock, |_, _| DeliveryOutcome::Taken);
    let refused = deliverer(&outbox, clock).sink(twin()).sink(twin()).build();
    insta::assert_snapshot!(refused.unwrap_err());
}
