//! When the loop polls.

use std::sync::atomic::{AtomicI64, Ordering};

use super::service::Fate;
use super::*;
use crate::{Error, WatchEvent};

pub(super) fn service() -> Service {
    let service = Service::new(now(), Returns::Each).with_queue(QUEUE, Duration::from_secs(30));
    service.state().account.arrivals = Some(Vec::new());
    service
}

/// When polls arrived, in milliseconds.
pub(super) fn arrivals(service: &Service) -> Vec<u64> {
    let state = service.state();
    let arrivals = state.account.arrivals.as_ref().unwrap();
    let millis = arrivals.iter().map(|(at, _)| at.as_millis());
    millis.map(|at| u64::try_from(at).unwrap()).collect()
}

/// The polls arrived at these times, in milliseconds, or as much later as the clocks are unsure of: after each,
/// the second that a date leaves open, and the margin.
#[track_caller]
pub(super) fn expect_polls(service: &Service, expected: &[u64]) {
    let arrivals = arrivals(service);
    let near = |(nth, (at, expected)): (u64, (&u64, &u64))| {
        (*expected..=expected + 1_250 * nth).contains(at)
    };
    let all = (0..).zip(arrivals.iter().zip(expected)).all(near);
    assert!(
        all && arrivals.len() == expected.len(),
        "{arrivals:?} {expected:?}"
    );
}

/// Watches for so many seconds, confirming everything at once.
pub(super) async fn run(watch: Watch, seconds: u64) -> Result<(), Error> {
    let stop = watch.stop_handle();
    let handled = tokio::spawn(watch.handle(|_, _| async { Ok::<(), io::Error>(()) }));
    sleep(seconds).await;
    stop.stop();
    handled.await.unwrap()
}

#[test]
fn sleeps_until_the_permitted_time_and_not_longer() {
    paused(async {
        let service = service();
        run(watch(&service), 100).await.unwrap();
        assert_eq!(service.state().account.early, 0);
        expect_polls(&service, &[0, 30_000, 60_000, 90_000]);
    });
}

#[test]
fn an_interval_makes_polls_rarer_and_never_too_early() {
    let polled = |interval| {
        paused(async {
            let service = service();
            let watch = watch(&service).poll_every(Duration::from_secs(interval));
            service.change(QUEUE, 1);
            run(watch, 1000).await.unwrap();
            assert_eq!(service.state().account.early, 0);
            arrivals(&service)
        })
    };
    // A queue with changes is polled until it is empty.
    let hourly = polled(400);
    assert!(hourly[1] < 5_000, "{hourly:?}");
    assert_eq!(hourly[2] - hourly[1], 400_000);
    let often = polled(1);
    assert!(
        (30_000..=31_250).contains(&(often[2] - often[1])),
        "{often:?}"
    );
}

#[test]
fn an_endless_interval_is_no_reason_to_panic() {
    paused(async {
        let service = service();
        let endless = watch(&service)
            .poll_every(Duration::MAX)
            .jitter(Duration::MAX)
            .back_off(Duration::MAX, Duration::MAX);
        run(endless, 1000).await.unwrap();
        assert_eq!(arrivals(&service), [0]);
    });
}

#[test]
fn a_watch_until_empty_ends_when_everything_is_handled() {
    paused(async {
        let service = service().with_queue("two", Duration::from_secs(30));
        for job in 1..=3 {
            service.change(QUEUE, job);
        }
        let handled = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&handled);
        let ended = watch(&service)
            .until_empty()
            .handle(move |_, change| {
                let noted = Arc::clone(&noted);
                async move {
                    sleep(5).await;
                    noted.lock().unwrap().push(change.job_id().get());
                    Ok::<(), io::Error>(())
                }
            })
            .await;
        ended.unwrap();
        let mut handled = handled.lock().unwrap().clone();
        handled.sort_unstable();
        assert_eq!(handled, [1, 2, 3]);
        assert_eq!(service.state().account.early, 0);
    });
}

#[test]
fn jitter_is_added_and_the_same_for_the_same_seed() {
    let with_seed = |seed| {
        paused(async {
            let service = service();
            let watch = watch(&service).jitter(Duration::from_secs(5)).seed(seed);
            run(watch, 1000).await.unwrap();
            assert_eq!(service.state().account.early, 0);
            arrivals(&service)
        })
    };
    let times = with_seed(3);
    let gaps: Vec<u64> = times.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(
        gaps.iter().all(|gap| (30_000..=35_100).contains(gap)),
        "{gaps:?}"
    );
    assert!(gaps.iter().max() > gaps.iter().min());
    assert_eq!(times, with_seed(3));
    assert_ne!(times, with_seed(4));
}

#[test]
fn drains_without_waiting_while_changes_come() {
    paused(async {
        let service = service();
        for job in 1..=10 {
            service.change(QUEUE, job);
        }
        run(watch(&service), 20).await.unwrap();
        let times = arrivals(&service);
        assert_eq!(times.len(), 11);
        // Twenty-one calls, at ten calls in a second.
        assert!(times[10] < 3_000, "{times:?}");
        assert_eq!(service.open(), []);
    });
}

#[test]
fn a_poll_that_came_too_early_is_waited_out() {
    paused(async {
        let service = service();
        // Another process has polled a moment ago.
        let other = client(&service, SignedDuration::ZERO);
        other.status_change(&sender()).await.unwrap();
        sleep(10).await;
        run(watch(&service), 80).await.unwrap();
        assert_eq!(service.state().account.early, 1);
        expect_polls(&service, &[0, 10_000, 40_000, 70_000]);
    });
}

#[test]
fn a_rate_block_holds_every_queue_until_its_end() {
    paused(async {
        let service = service()
            .with_queue("123456789?two", Duration::from_secs(5))
            .with_fate(|at| match at.as_secs() {
                5 => Fate::RateBlocked,
                _ => Fate::Responded,
            });
        let client = client(&service, SignedDuration::ZERO);
        let watch = client
            .watch()
            .queues([sender(), sender().with_queue("two")])
            .jitter(Duration::ZERO);
        run(watch, 42).await.unwrap();
        // The blocked call at 5 s is not counted as a poll; the one at 30 s would be in the block.
        expect_polls(&service, &[0, 0, 35_000, 35_000, 40_000]);
        assert_eq!(service.state().account.early, 0);
    });
}

#[test]
fn backs_off_on_outages_and_starts_afresh_on_success() {
    paused(async {
        let tries = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&tries);
        let service = service().with_fate(move |at| {
            noted.lock().unwrap().push(at);
            match at.as_secs() {
                100..2000 => Fate::Unavailable,
                2000..4000 => Fate::NoConnection,
                _ => Fate::Responded,
            }
        });
        let outages = Arc::new(AtomicI64::new(0));
        let counted = Arc::clone(&outages);
        let watch = watch(&service).observe(move |event| match event {
            WatchEvent::Outage { failures, .. } => {
                assert_eq!(
                    i64::from(failures),
                    counted.fetch_add(1, Ordering::Relaxed) + 1
                );
            }
            WatchEvent::Recovered { failures, .. } => {
                assert_eq!(i64::from(failures), counted.swap(0, Ordering::Relaxed));
            }
            _ => {}
        });
        run(watch, 5000).await.unwrap();
        let tries = tries.lock().unwrap();
        let gaps: Vec<u64> = tries
            .windows(2)
            .map(|two| (two[1] - two[0]).as_secs())
            .collect();
        let first = gaps.iter().position(|gap| *gap < 30).unwrap();
        let longest = gaps.iter().position(|gap| *gap > 149).unwrap();
        // Doubled each time, and never above five minutes.
        assert!(gaps[first..longest].is_sorted(), "{gaps:?}");
        assert!((7..=9).contains(&(longest - first)), "{gaps:?}");
        assert!(gaps.iter().all(|gap| *gap <= 300), "{gaps:?}");
        assert_eq!(gaps.last(), Some(&30));
        assert_eq!(service.state().account.early, 0);
        assert_eq!(outages.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn a_lost_response_counts_as_that_of_an_empty_queue() {
    paused(async {
        let service = service().with_fate(|at| match at.as_secs() {
            25..35 => Fate::ResponseLost,
            _ => Fate::Responded,
        });
        run(watch(&service), 100).await.unwrap();
        expect_polls(&service, &[0, 30_000, 60_000, 90_000]);
        assert_eq!(service.state().account.early, 0);
    });
}

#[test]
fn several_queues_share_the_calls_of_a_second_fairly() {
    paused(async {
        let names = ["123456789", "123456789?two", "123456789?three"];
        let mut service = service().with_latency(Duration::from_millis(50));
        for name in names {
            service = service.with_queue(name, Duration::from_secs(30));
        }
        for job in 1..=120 {
            service.change(names[usize::try_from(job % 3).unwrap()], job);
        }
        service.state().account.arrivals = Some(Vec::new());
        let queues = [
            sender(),
            sender().with_queue("two"),
            sender().with_queue("three"),
        ];
        let watch = client(&service, SignedDuration::ZERO)
            .watch()
            .queues(queues)
            .jitter(Duration::ZERO)
            .poll_times(Memory::never_polled());
        run(watch, 40).await.unwrap();
        assert_eq!(service.open(), []);
        let state = service.state();
        let polls = state.account.arrivals.clone().unwrap();
        for eleven in polls.windows(11) {
            assert!(eleven[10].0 - eleven[0].0 > Duration::from_secs(1));
        }
        // At any time, none is more than a few polls ahead of another, whose responses took longer.
        for end in 1..=100 {
            let count = |name| {
                polls[..end]
                    .iter()
                    .filter(|(_, queue)| queue == name)
                    .count()
            };
            let counts = names.map(count);
            let ahead = counts.iter().max().unwrap() - counts.iter().min().unwrap();
            assert!(ahead <= 6, "{counts:?}");
        }
    });
}

/// Poll times that take a second to store.
#[derive(Clone)]
struct SlowMemory(Memory);

impl PollTimes for SlowMemory {
    fn load<'a>(&'a self, queue: QueueKey<'a>) -> BoxFuture<'a, io::Result<Option<PermittedPoll>>> {
        self.0.load(queue)
    }

    fn save<'a>(
        &'a self,
        queue: QueueKey<'a>,
        time: PermittedPoll,
    ) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.0.save(queue, time).await
        })
    }
}

/// Polls of several queues, with a storage that takes a second: when they arrived.
async fn polls_of_six(set: impl Fn(Watch) -> Watch) -> Vec<u64> {
    let names = ["", "a", "b", "c", "d", "e"];
    let queue = |name: &&str| match *name {
        "" => sender(),
        name => sender().with_queue(name),
    };
    let mut service = service().with_latency(Duration::from_millis(100));
    for name in &names[1..] {
        let name = format!("{QUEUE}?{name}");
        service = service.with_queue(&name, Duration::from_secs(30));
    }
    let watch = watch(&service)
        .queues(names.iter().map(queue))
        .poll_times(SlowMemory(Memory::never_polled()));
    run(set(watch), 25).await.unwrap();
    assert_eq!(service.state().account.early, 0);
    arrivals(&service)
}

#[test]
fn one_poll_at_a_time_waits_until_the_last_one_is_stored() {
    // The time of a response is stored before the next poll, and before that poll that it runs.
    let apart = paused(polls_of_six(Watch::one_poll_at_a_time));
    assert_eq!(apart.len(), 6, "{apart:?}");
    assert!(
        apart.windows(2).all(|two| two[1] - two[0] >= 2_000),
        "{apart:?}"
    );
    let together = paused(polls_of_six(|watch| watch));
    assert_eq!(together.len(), 6, "{together:?}");
    assert!(together[5] - together[0] < 1_000, "{together:?}");
}
