//! When the loop polls, by clocks that are wrong, differ, jump or were kept.

use std::sync::atomic::{AtomicBool, Ordering};

use portal_transport::Clock;

use super::polling::{arrivals, expect_polls, run, service};
use portal_transport::SharedClock;

use super::*;
use crate::WatchEvent;

#[test]
fn a_clock_that_is_wrong_makes_it_poll_neither_early_nor_late() {
    for hours in [-20_000, -1, 1, 20_000] {
        let ahead = SignedDuration::from_hours(hours) + SignedDuration::from_millis(400);
        let times = paused(async {
            let service = service().with_latency(Duration::from_millis(300));
            let watch = client(&service, ahead)
                .watch()
                .queue(sender())
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
    paused(async {
        let service = service().without_date();
        run(watch(&service), 100).await.unwrap();
        expect_polls(&service, &[0, 30_000, 60_000, 90_000]);
    });
}

#[test]
fn a_clock_that_is_set_while_it_waits_makes_it_poll_neither_early_nor_late() {
    for years in [-30, 30] {
        paused(async {
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
            let watch = client.watch().queue(sender()).jitter(Duration::ZERO);
            run(watch, 85).await.unwrap();
            assert_eq!(service.state().account.early, 0);
            // A clock that is years behind makes the permitted time seem too far ahead to be believed.
            let then = if years > 0 { &[60_000][..] } else { &[] };
            expect_polls(&service, &[&[0, 30_000], then].concat());
        });
    }
}

#[test]
fn a_sleep_that_ends_too_soon_makes_it_not_poll_too_early() {
    /// Wakes up after a third of the time.
    struct Restless;
    impl Clock for Restless {
        fn now(&self) -> Timestamp {
            now()
        }

        fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
            Box::pin(tokio::time::sleep(duration / 3))
        }
    }
    paused(async {
        let service = service();
        let client = PortalClient::new(
            environment(),
            Sector::Unknown,
            Arc::new(service.clone()),
            package_signer(),
        )
        .with_clock(Restless);
        run(client.watch().queue(sender()), 100).await.unwrap();
        assert_eq!(service.state().account.early, 0);
        assert_eq!(service.state().account.polls, 4);
    });
}

#[test]
fn an_implausible_date_is_ignored_with_a_warning() {
    paused(async {
        let service = service();
        // The service's dates are right, and its permitted times are by a clock of 1970.
        let warned = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&warned);
        let strange = strange_date(&service);
        let client = PortalClient::new(
            environment(),
            Sector::Unknown,
            Arc::new(strange),
            package_signer(),
        )
        .with_clock(client_clock(&service));
        let watch = client
            .watch()
            .queue(sender())
            .jitter(Duration::ZERO)
            .observe(move |event| {
                told.fetch_or(
                    matches!(event, WatchEvent::ImplausibleDate { .. }),
                    Ordering::Relaxed,
                );
            });
        run(watch, 100).await.unwrap();
        assert!(warned.load(Ordering::Relaxed));
        expect_polls(&service, &[0, 30_000, 60_000, 90_000]);
    });
}

fn client_clock(service: &Service) -> SharedClock {
    let service = service.clone();
    SharedClock::new(move || now() + SignedDuration::try_from(service.elapsed()).unwrap())
}

/// The service behind a cache that gives a date of long ago.
fn strange_date(service: &Service) -> impl Transport {
    #[derive(Debug)]
    struct Strange(Service);
    impl Transport for Strange {
        fn send(
            &self,
            request: http::Request<portal_transport::Body>,
        ) -> BoxFuture<
            '_,
            Result<http::Response<portal_transport::Body>, portal_transport::TransportError>,
        > {
            Box::pin(async {
                let mut response = self.0.send(request).await?;
                let date = "Thu, 01 Jan 1970 00:00:00 GMT".parse().unwrap();
                response.headers_mut().insert("date", date);
                Ok(response)
            })
        }
    }
    Strange(service.clone())
}

#[test]
fn without_a_date_a_clock_that_is_ahead_costs_a_few_early_polls() {
    for seconds in [20, 100_000] {
        paused(async {
            let service = service().without_date();
            let client = client(&service, SignedDuration::from_secs(seconds));
            let watch = client.watch().queue(sender()).jitter(Duration::ZERO);
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

/// A storage that can't be read.
struct Broken;

impl PollTimes for Broken {
    fn load<'a>(&'a self, _: QueueKey<'a>) -> BoxFuture<'a, io::Result<Option<PermittedPoll>>> {
        Box::pin(async { Err(io::Error::other("the disk is on fire")) })
    }

    fn save<'a>(&'a self, _: QueueKey<'a>, _: PermittedPoll) -> BoxFuture<'a, io::Result<()>> {
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
                .watch()
                .queue(sender())
                .jitter(Duration::ZERO);
            run(watch.poll_times(memory.clone()), 12).await.unwrap();
        }
        expect_polls(&service, &[0, 30_000]);
        assert_eq!(service.state().account.early, 0);
    });
}

#[test]
fn a_time_that_cannot_be_loaded_is_taken_for_the_longest() {
    paused(async {
        let service = service();
        run(watch(&service).poll_times(Broken), 65).await.unwrap();
        expect_polls(&service, &[30_000, 60_000]);
    });
}
