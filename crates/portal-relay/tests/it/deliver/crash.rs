//! A process that dies, or a store that fails, after any operation: what is delivered and given up is the same.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use object_store::ObjectStore;
use portal_client::SignatureJobId;
use portal_relay::{Deliverer, DeliveryOutcome, Outbox, RetrySchedule, Store};

use super::clock::PausedClock;
use super::receiver::Fake;
use super::{deliverer, put, run_for, run_while, status};
use crate::event::body;
use crate::faulty_store::FaultyStore;
use crate::outbox::scope;

/// More operations than anything here takes.
const ENOUGH: usize = 200;

async fn faulty() -> (FaultyStore, Outbox) {
    let objects = FaultyStore::default();
    let shared: Arc<dyn ObjectStore> = Arc::new(objects.clone());
    let store = Store::open(shared, scope()).await.unwrap();
    (objects, Outbox::new(store))
}

fn two_attempts(outbox: &Outbox, clock: PausedClock, receiver: &Fake) -> Deliverer {
    let attempts = NonZeroU32::new(2).unwrap();
    deliverer(outbox, clock)
        .sink(receiver.clone())
        .with_schedule(RetrySchedule::standard().with_attempts(attempts))
        .build()
        .unwrap()
}

/// The first event of the first job is given up after two attempts, the others are taken.
#[tokio::test(start_paused = true)]
async fn a_process_may_die_after_any_operation() {
    for operations in 1..ENOUGH {
        let (objects, outbox) = faulty().await;
        let clock = PausedClock::new();
        let receiver = Fake::new("receiver", clock, |_, event| {
            match (event.job_id().get(), event.sequence()) {
                (1, 1) => status(500),
                _ => DeliveryOutcome::Taken,
            }
        });
        put(&outbox, &[&receiver], 1, 1..=2).await;
        put(&outbox, &[&receiver], 2, 1..=2).await;
        objects.wrongs.die_after(operations);
        run_for(
            &two_attempts(&outbox, clock, &receiver),
            Duration::from_secs(3),
        )
        .await;
        // Between the two attempts; then the process goes on for a while.
        run_for(
            &two_attempts(&outbox, clock, &receiver),
            Duration::from_secs(30),
        )
        .await;
        let died = objects.wrongs.revive();
        run_for(
            &two_attempts(&outbox, clock, &receiver),
            Duration::from_secs(3600),
        )
        .await;

        let name = receiver.attempts_of(1, 1).len();
        let depths = outbox.depths().await.unwrap();
        assert_eq!((depths[0].waiting, depths[0].dead), (0, 1), "{operations}");
        let dead = outbox.dead_letters(&depths[0].sink).await.unwrap();
        assert_eq!(
            (dead[0].entry.job_id().get(), dead[0].entry.sequence()),
            (1, 1)
        );
        let attempts = dead[0].attempts.as_ref().unwrap();
        assert!(attempts.failed >= 2, "{operations}: {attempts:?}");
        // While the store fails, the schedule goes on in memory; a restart may add some.
        assert!((2..=12).contains(&name), "{operations}: {name}");
        for event in [(1, 2), (2, 1), (2, 2)] {
            let taken = receiver.taken();
            let times = taken.iter().filter(|taken| **taken == event).count();
            assert!(
                (1..=2).contains(&times),
                "{operations}: {event:?} in {taken:?}"
            );
        }
        // Nothing is left in the outbox beside what waits.
        let left = objects
            .inner
            .list(Some(&"difitest/123456789/outbox".into()));
        let left: Vec<_> = futures_util::TryStreamExt::try_collect(left).await.unwrap();
        let left: Vec<_> = left.iter().map(|left| left.location.to_string()).collect();
        assert!(left.is_empty(), "{operations}: {left:?}");
        if !died {
            assert!(operations > 20, "{operations}");
            return;
        }
    }
    panic!("it never ended");
}

#[tokio::test(start_paused = true)]
async fn a_resend_may_be_cut_off_anywhere() {
    for operations in 1..ENOUGH {
        let (objects, outbox) = faulty().await;
        let clock = PausedClock::new();
        let receiver = Fake::new("receiver", clock, |_, _| status(500));
        put(&outbox, &[&receiver], 1, 1..=1).await;
        run_for(
            &two_attempts(&outbox, clock, &receiver),
            Duration::from_secs(60),
        )
        .await;
        let sink = outbox.depths().await.unwrap().remove(0).sink;
        let letter = outbox.dead_letters(&sink).await.unwrap().remove(0).entry;
        objects.wrongs.die_after(operations);
        let cut_off = outbox.resend(&letter).await;
        let died = objects.wrongs.revive();
        assert!(died || cut_off.is_ok());
        outbox.resend(&letter).await.unwrap();
        assert_eq!(
            outbox.waiting(&sink).await.unwrap(),
            std::slice::from_ref(&letter)
        );
        assert_eq!(outbox.dead_letters(&sink).await.unwrap(), []);
        // The schedule begins again.
        receiver.forget();
        run_for(
            &two_attempts(&outbox, clock, &receiver),
            Duration::from_secs(60),
        )
        .await;
        assert_eq!(receiver.attempts_of(1, 1).len(), 2);
        if !died {
            return;
        }
    }
    panic!("it never ended");
}

#[tokio::test]
async fn a_number_is_the_same_when_its_claim_was_cut_off() {
    for operations in 1..ENOUGH {
        let (objects, outbox) = faulty().await;
        let job = SignatureJobId::new(7);
        let ids = [1, 2].map(|sequence| body(7, sequence).id().clone());
        assert_eq!(outbox.sequence(job, &ids[0]).await.unwrap(), 1);
        objects.wrongs.die_after(operations);
        let _cut_off = outbox.sequence(job, &ids[1]).await;
        let died = objects.wrongs.revive();
        // No number is left out, or the order would have gaps that mean nothing.
        assert_eq!(outbox.sequence(job, &ids[1]).await.unwrap(), 2);
        assert_eq!(outbox.sequence(job, &ids[0]).await.unwrap(), 1);
        if !died {
            return;
        }
    }
    panic!("it never ended");
}

/// The receiver has the event, and the store fails right then.
#[tokio::test(start_paused = true)]
async fn what_was_taken_is_not_sent_again_because_the_store_fails() {
    let (objects, outbox) = faulty().await;
    let clock = PausedClock::new();
    let wrongs = Arc::clone(&objects.wrongs);
    let receiver = Fake::new("receiver", clock, move |_, event| {
        if event.sequence() == 1 {
            wrongs.is_dead.store(true, Ordering::SeqCst);
        }
        DeliveryOutcome::Taken
    });
    put(&outbox, &[&receiver], 7, 1..=2).await;
    let deliverer = deliverer(&outbox, clock)
        .sink(receiver.clone())
        .build()
        .unwrap();
    run_while(&deliverer, async {
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert!(deliverer.status()[0].store_failed);
        objects.wrongs.revive();
        tokio::time::sleep(Duration::from_secs(60)).await;
    })
    .await;
    assert_eq!(receiver.taken(), [(7, 1), (7, 2)]);
    assert!(!deliverer.status()[0].store_failed);
    assert_eq!(outbox.depths().await.unwrap(), []);
}
