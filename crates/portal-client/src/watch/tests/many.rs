//! Many jobs in doubt after a kill: all of them are settled, and soon.

use super::kills::live_for;
use super::restarting::{confirmed, lost};
use super::*;

/// The doubt takes twenty minutes and ends with an empty queue. Until then what is handled returns after each lease,
/// and has to be polled away before it returns once more; also where the service's lease is a little shorter than ten
/// minutes, so that everything returns sooner than expected.
#[test]
fn many_jobs_in_doubt_are_settled_within_an_hour_and_three_polls_for_each_change() {
    for returns in READINGS {
        for (lag, lease) in [(0, 600), (0, 590), (300, 600)] {
            paused(async {
                let service = Service::new(now(), returns)
                    .with_queue(QUEUE, Duration::from_mins(10))
                    .with_lease(Duration::from_secs(lease))
                    .with_lag(Duration::from_secs(lag))
                    .with_latency(Duration::from_secs(1));
                let jobs = 400;
                for job in 1..=jobs {
                    service.change(QUEUE, job);
                    match job % 3 {
                        0 => {}
                        1 => _ = service.change(QUEUE, job),
                        _ => _ = service.complete(QUEUE, job),
                    }
                }
                let changes = u64::try_from(service.open().len()).unwrap();
                let memory = Memory::never_polled();
                live_for(&service, &memory, Duration::from_secs(60), true).await;
                let before = service.state().account.polls;

                let settled = confirmed(&service, &memory);
                let settled = tokio::time::timeout(Duration::from_mins(60), settled).await;
                let open = service.open().len();
                let moment = format!("{returns:?} {lag} {lease}: {open} open");
                assert!(settled.is_ok(), "{moment}");
                let polls = service.state().account.polls - before;
                assert!(polls <= 3 * changes, "{moment}: {polls} polls");
                assert!(!lost(&service), "{moment}");
                assert_eq!(service.state().account.early, 0, "{moment}");
            });
        }
    }
}
