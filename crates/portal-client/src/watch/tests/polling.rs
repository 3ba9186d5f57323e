//! When the loop polls.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use portal_transport::BoxFuture;

use super::service::{Fate, Returns};
use super::*;
use crate::{Error, PermittedPoll, PollTimes, WatchEvent};

fn service() -> Service {
    let service = Service::new(now(), Returns::Each).with_queue(QUEUE, Duration::from_secs(30));
    service.state().account.arrivals = Some(Vec::new());
    service
}

/// When polls arrived, in milliseconds.
fn arrivals(service: &Service) -> Vec<u64> {
    let state = service.state();
    let arrivals = state.account.arrivals.as_ref().unwrap();
    let millis = arrivals.iter().map(|(at, _)| at.as_millis());
    millis.map(|at| u64::try_from(at).unwrap()).collect()
}

/// Watches for so many seconds, confirming everything at once.
async fn run(watch: Watch, seconds: u64) -> Result<(), Error> {
    let stop = watch.stop_handle();
    let handled = tokio::spawn(watch.handle(|_| async { Ok::<(), io::Error>(()) }));
    sleep(seconds).await;
    stop.stop();
    handled.await.unwrap()
}

#[test]
fn sleeps_until_the_permitted_time_and_not_longer() {
    let arrivals = paused(async {
        let service = service();
        run(watch(&service), 100).await.unwrap();
        assert_eq!(service.state().account.early, 0);
        arrivals(&service)
    });
    assert_eq!(arrivals, [0, 30_000, 60_000, 90_000]);
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
fn a_clock_that_is_wrong_makes_it_poll_neither_early_nor_late() {
    for hours in [-20_000, -1, 1, 20_000] {
        let ahead = SignedDuration::from_hours(hours) + SignedDuration::from_millis(400);
        let times = paused(async {
            let service = service().with_latency(Duration::from_millis(300));
            let watch = client(&service, ahead)
                .watch([sender()])
                .jitter(Duration::ZERO);
            run(watch, 2000).await.unwrap();
            assert_eq!(service.state().account.early, 0, "{hours}");
            arrivals(&service)
        });
        // Late by the second that a date leaves open at first, and by the time on the way.
        assert!(times.len() >= 63, "{hours}: {}", times.len());
    }
}

#[test]
fn without_a_date_the_computers_clock_is_believed() {
    let times = paused(async {
        let service = service().without_date();
        run(watch(&service), 100).await.unwrap();
        arrivals(&service)
    });
    assert_eq!(times, [0, 30_000, 60_000, 90_000]);
}

#[test]
fn a_clock_that_is_set_while_it_waits_makes_it_poll_neither_early_nor_late() {
    for years in [-30, 30] {
        let times = paused(async {
            let service = service().without_date();
            let by_service = service.clone();
            let client = clocked(&service, move || {
                let elapsed = by_service.elapsed();
                let years = if elapsed > Duration::from_secs(10) {
                    years
                } else {
                    0
                };
                let elapsed = SignedDuration::try_from(elapsed).unwrap();
                now() + elapsed + SignedDuration::from_hours(years * 24 * 365)
            });
            let watch = client.watch([sender()]).jitter(Duration::ZERO);
            run(watch, 85).await.unwrap();
            assert_eq!(service.state().account.early, 0);
            arrivals(&service)
        });
        // A clock that is years behind makes the permitted time seem too far ahead to be believed.
        let then = if years > 0 { &[60_000][..] } else { &[] };
        assert_eq!(times, [&[0, 30_000], then].concat(), "{years}");
    }
}

#[test]
fn a_ridiculous_date_is_ignored_with_a_warning() {
    paused(async {
        let service = service();
        // The service's dates are right, and its permitted times are by a clock of 1970.
        let warned = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&warned);
        let strange = strange_date(&service);
        let client = PortalClient::new(
            environment(),
            Arc::new(strange),
            package_signer(),
            client_clock(&service),
        );
        let watch = client
            .watch([sender()])
            .jitter(Duration::ZERO)
            .observe(move |event| {
                told.fetch_or(
                    matches!(event, WatchEvent::OddDate { .. }),
                    Ordering::Relaxed,
                );
            });
        run(watch, 100).await.unwrap();
        assert!(warned.load(Ordering::Relaxed));
        assert_eq!(arrivals(&service), [0, 30_000, 60_000, 90_000]);
    });
}

fn client_clock(service: &Service) -> SharedClock {
    let service = service.clone();
    SharedClock::new(move || now() + SignedDuration::try_from(service.elapsed()).unwrap())
}

/// The service behind a cache that gives a date of long ago.
fn strange_date(service: &Service) -> impl portal_transport::Transport {
    #[derive(Debug)]
    struct Strange(Service);
    impl portal_transport::Transport for Strange {
        fn send(
            &self,
            request: http::Request<portal_transport::Body>,
        ) -> BoxFuture<
            '_,
            Result<http::Response<portal_transport::Body>, portal_transport::TransportError>,
        > {
            Box::pin(async {
                let mut answer = self.0.send(request).await?;
                let date = "Thu, 01 Jan 1970 00:00:00 GMT".parse().unwrap();
                answer.headers_mut().insert("date", date);
                Ok(answer)
            })
        }
    }
    Strange(service.clone())
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
        assert_eq!(arrivals(&service), [0, 10_000, 40_000, 70_000]);
    });
}

#[test]
fn without_a_date_a_clock_that_is_ahead_costs_a_few_early_polls() {
    for seconds in [20, 100_000] {
        paused(async {
            let service = service().without_date();
            let client = client(&service, SignedDuration::from_secs(seconds));
            let watch = client.watch([sender()]).jitter(Duration::ZERO);
            run(watch, 2000).await.unwrap();
            let state = service.state();
            assert!(state.account.polls >= 30);
            assert!(state.account.early <= 7);
        });
    }
}

#[test]
fn a_service_whose_clocks_differ_is_not_polled_too_early_for_ever() {
    for seconds in [-40, -3, 3, 40] {
        paused(async {
            let service = service().with_dates_ahead(SignedDuration::from_secs(seconds));
            let changed = service.clone();
            tokio::spawn(async move {
                for job in 1.. {
                    sleep(100).await;
                    changed.change(QUEUE, job);
                }
            });
            let watch = watch(&service).jitter(Duration::from_secs(1));
            run(watch, 10_150).await.unwrap();
            assert!(service.open().len() <= 1, "{seconds}");
            let state = service.state();
            assert!(
                state.account.early <= 10,
                "{seconds}: {}",
                state.account.early
            );
        });
    }
}

#[test]
fn a_rate_block_holds_every_queue_until_its_end() {
    paused(async {
        let service = service()
            .with_queue("123456789?two", Duration::from_secs(5))
            .with_fate(|at| match at.as_secs() {
                5 => Fate::RateBlocked,
                _ => Fate::Answered,
            });
        let client = client(&service, SignedDuration::ZERO);
        let watch = client
            .watch([sender(), sender().with_queue("two")])
            .jitter(Duration::ZERO);
        run(watch, 42).await.unwrap();
        // The blocked call at 5 s is not counted as a poll; the one at 30 s would be in the block.
        assert_eq!(arrivals(&service), [0, 0, 35_000, 35_000, 40_000]);
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
                _ => Fate::Answered,
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
fn a_lost_answer_counts_as_that_of_an_empty_queue() {
    paused(async {
        let service = service().with_fate(|at| match at.as_secs() {
            25..35 => Fate::AnswerLost,
            _ => Fate::Answered,
        });
        run(watch(&service), 100).await.unwrap();
        assert_eq!(arrivals(&service), [0, 30_000, 60_000, 90_000]);
        assert_eq!(service.state().account.early, 0);
    });
}

/// Keeps a time in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Option<PermittedPoll>>>, Arc<AtomicBool>);

impl PollTimes for Memory {
    fn load<'a>(&'a self, _: &'a Sender) -> BoxFuture<'a, io::Result<Option<PermittedPoll>>> {
        Box::pin(async {
            if self.1.load(Ordering::Relaxed) {
                return Err(io::Error::other("the disk is on fire"));
            }
            Ok(*self.0.lock().unwrap())
        })
    }

    fn save<'a>(&'a self, _: &'a Sender, time: PermittedPoll) -> BoxFuture<'a, io::Result<()>> {
        *self.0.lock().unwrap() = Some(time);
        Box::pin(async { Ok(()) })
    }
}

#[test]
fn a_restart_waits_for_the_time_that_was_kept() {
    paused(async {
        let service = service();
        let memory = Memory::default();
        let ahead = SignedDuration::from_mins(3);
        for _ in 0..5 {
            let watch = client(&service, ahead)
                .watch([sender()])
                .jitter(Duration::ZERO);
            run(watch.poll_times(memory.clone()), 12).await.unwrap();
        }
        assert_eq!(arrivals(&service), [0, 30_000]);
        assert_eq!(service.state().account.early, 0);
    });
}

#[test]
fn a_time_that_cannot_be_loaded_is_taken_for_the_longest() {
    paused(async {
        let service = service();
        let memory = Memory::default();
        memory.1.store(true, Ordering::Relaxed);
        run(watch(&service).poll_times(memory), 65).await.unwrap();
        assert_eq!(arrivals(&service), [30_000, 60_000]);
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
            .watch(queues)
            .jitter(Duration::ZERO);
        run(watch, 40).await.unwrap();
        assert_eq!(service.open(), []);
        let state = service.state();
        let polls = state.account.arrivals.clone().unwrap();
        for eleven in polls.windows(11) {
            assert!(eleven[10].0 - eleven[0].0 > Duration::from_secs(1));
        }
        // At any time, none is more than a few polls ahead of another, whose answers took longer.
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
