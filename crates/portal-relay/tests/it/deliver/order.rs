//! Whatever a receiver does and whenever the process dies: nothing is lost, and the order of each job stays.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use portal_relay::{DeliveryFailure, DeliveryOutcome, RetrySchedule};
use proptest::prelude::*;

use super::clock::PausedClock;
use super::receiver::Fake;
use super::{deliverer, put, run_for};
use crate::outbox::in_memory;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Each `true` of a script is an attempt that fails, and each number of seconds a life of the process.
    #[test]
    fn nothing_is_lost_or_overtaken(
        jobs in 1_i64..6,
        events in 1_u64..6,
        script in proptest::collection::vec(any::<bool>(), 0..60),
        lives in proptest::collection::vec(0_u64..40, 0..6),
        takes in 0_u64..10,
    ) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let (_, outbox) = in_memory().await;
            let clock = PausedClock::new();
            let script = Mutex::new(script.into_iter());
            let receiver = Fake::slow("receiver", clock, Duration::from_secs(takes)).responding(
                move |_, _| {
                    let fails = script.lock().unwrap().next().unwrap_or(false);
                    if fails {
                        DeliveryOutcome::retry(DeliveryFailure::Status(500))
                    } else {
                        DeliveryOutcome::Taken
                    }
                },
            );
            for job in 1..=jobs {
                put(&outbox, &[&receiver], job, 1..=events).await;
            }
            let attempts = NonZeroU32::new(1000).unwrap();
            let schedule = RetrySchedule::new([], Duration::from_secs(7), attempts);
            for life in lives.into_iter().chain([3000]) {
                let deliverer = deliverer(&outbox, clock)
                    .sink(receiver.clone())
                    .with_schedule(schedule.clone())
                    .build()
                    .unwrap();
                run_for(&deliverer, Duration::from_secs(life)).await;
            }
            assert_eq!(outbox.depths().await.unwrap(), []);
            let mut first_taken: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
            for (job, sequence) in receiver.taken() {
                let taken = first_taken.entry(job).or_default();
                if !taken.contains(&sequence) {
                    taken.push(sequence);
                }
            }
            assert_eq!(first_taken.len(), usize::try_from(jobs).unwrap());
            let in_order: Vec<u64> = (1..=events).collect();
            assert!(first_taken.values().all(|taken| *taken == in_order), "{first_taken:?}");
        });
    }
}
