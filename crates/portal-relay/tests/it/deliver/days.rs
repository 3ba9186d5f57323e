//! A receiver that is down for three days, with a restart in the middle.

use std::collections::BTreeMap;
use std::time::Duration;

use portal_relay::{DeliveryOutcome, Outbox, Store};

use super::clock::PausedClock;
use super::receiver::Fake;
use super::{HOUR, deliverer, hours, put, run_for, status};
use crate::outbox::{in_memory, scope};

const JOBS: i64 = 8;

fn down_for_three_days(clock: PausedClock) -> Fake {
    Fake::new("receiver", clock, |at, _| {
        if at < 72 * HOUR {
            status(503)
        } else {
            DeliveryOutcome::Taken
        }
    })
}

/// The seconds at which events of the beginning are tried: until they are taken.
fn schedule() -> Vec<u64> {
    let mut schedule = vec![0, 5, 305, 2105, 9305, 27_305];
    schedule.extend((1..=7).map(|more| 27_305 + more * 10 * HOUR));
    schedule
}

/// A folder, as in an installation on one machine; each process opens it again.
#[tokio::test(start_paused = true)]
async fn everything_is_delivered_in_order_and_the_schedule_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let open = async || Outbox::new(Store::folder(&path, scope()).await.unwrap());
    let clock = PausedClock::new();
    let receiver = down_for_three_days(clock);

    // The process is ended at an odd moment, a day and a half from the beginning.
    let outbox = open().await;
    for job in 1..=JOBS {
        put(&outbox, &[&receiver], job, 1..=3).await;
    }
    let first = deliverer(&outbox, clock)
        .sink(receiver.clone())
        .build()
        .unwrap();
    run_for(&first, hours(36) + Duration::from_secs(123)).await;
    drop((first, outbox));

    // It is down for six hours, during which an attempt was due.
    tokio::time::sleep(hours(6)).await;
    let outbox = open().await;
    let restarted_at = clock.seconds();
    let second = deliverer(&outbox, clock)
        .sink(receiver.clone())
        .build()
        .unwrap();
    run_for(&second, hours(60)).await;

    let mut expected = schedule();
    for at in &mut expected {
        if (36 * HOUR + 123..restarted_at).contains(at) {
            *at = restarted_at;
        }
    }
    let missed = expected.iter().position(|at| *at == restarted_at);
    if let Some(missed) = missed {
        // What follows is counted from the late attempt.
        for later in missed + 1..expected.len() {
            expected[later] = expected[later - 1] + 10 * HOUR;
        }
        expected.retain(|at| *at < 82 * HOUR);
    }
    let until_taken = |attempts: &[u64]| attempts.iter().position(|at| *at >= 72 * HOUR);
    let expected = expected[..=until_taken(&expected).unwrap()].to_vec();
    for job in 1..=JOBS {
        let attempts = receiver.attempts_of(job, 1);
        let near = |(at, expected): (&u64, &u64)| at.abs_diff(*expected) <= 1;
        assert_eq!(attempts.len(), expected.len(), "{attempts:?} {expected:?}");
        assert!(
            attempts.iter().zip(&expected).all(near),
            "{attempts:?} {expected:?}"
        );
        assert_eq!(receiver.attempts_of(job, 2).len(), 1);
    }
    assert_in_order(&receiver);
    assert_eq!(outbox.depths().await.unwrap(), []);
}

fn assert_in_order(receiver: &Fake) {
    let mut by_job: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
    for (job, sequence) in receiver.taken() {
        by_job.entry(job).or_default().push(sequence);
    }
    assert_eq!(by_job.len(), usize::try_from(JOBS).unwrap());
    assert!(
        by_job.values().all(|sequences| *sequences == [1, 2, 3]),
        "{by_job:?}"
    );
}

/// Half a day sets everything up; what follows leaves nothing behind.
#[test]
fn memory_is_flat_while_a_receiver_is_down() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
    let (receiver, deliverer) = runtime.block_on(async {
        let (_, outbox) = in_memory().await;
        let clock = PausedClock::new();
        let receiver = down_for_three_days(clock);
        for job in 1..=60 {
            put(&outbox, &[&receiver], job, 1..=2).await;
        }
        let deliverer = deliverer(&outbox, clock)
            .sink(receiver.clone())
            .build()
            .unwrap();
        (receiver, deliverer)
    });
    let gate = || true;
    let mut run = Box::pin(deliverer.run(&gate));
    let half_day = |_| {
        let half_day = async {
            tokio::select! {
                () = &mut run => panic!("the gate is open"),
                () = tokio::time::sleep(hours(12)) => {}
            }
            receiver.forget();
        };
        allocation_counter::measure(|| runtime.block_on(half_day)).bytes_current
    };
    let grown: Vec<i64> = (0..6).map(half_day).collect();
    assert!(
        grown[1..].iter().all(|bytes| *bytes < 16 * 1024),
        "{grown:?}"
    );
}
