//! What a watch shows of its waits, and what can't make it wait for ever.

use std::sync::atomic::{AtomicBool, Ordering};

use portal_transport::{Clock, SharedClock};
use tokio::time::Instant;

use super::polling::{arrivals, expect_polls, run, service};
use super::service::Fate;
use super::*;
use crate::{StoppedClock, WaitReason, WatchEvent};

/// A storage that never says anything.
struct Hanging;

impl PollTimes for Hanging {
    fn load<'a>(&'a self, _: QueueKey<'a>) -> BoxFuture<'a, io::Result<Option<PermittedPoll>>> {
        Box::pin(std::future::pending())
    }

    fn save<'a>(&'a self, _: QueueKey<'a>, _: PermittedPoll) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(std::future::pending())
    }
}

/// One that loads and never saves.
#[derive(Default)]
struct Stuck(Memory);

impl PollTimes for Stuck {
    fn load<'a>(&'a self, queue: QueueKey<'a>) -> BoxFuture<'a, io::Result<Option<PermittedPoll>>> {
        self.0.load(queue)
    }

    fn save<'a>(&'a self, _: QueueKey<'a>, _: PermittedPoll) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(std::future::pending())
    }
}

#[test]
fn a_storage_that_hangs_is_an_event_and_stops_no_queue() {
    paused(async {
        let service = service();
        let hung = Diary::default();
        let (noted, at_service) = (hung.clone(), service.clone());
        let watch = watch(&service).poll_times(Hanging).observe(move |event| {
            if let WatchEvent::PollTimesFailed { error, .. } = event {
                assert_eq!(error.kind(), io::ErrorKind::TimedOut);
                noted.note(&at_service, "hung");
            }
        });
        run(watch, 100).await.unwrap();
        assert!(arrivals(&service).len() >= 2, "{:?}", arrivals(&service));
        assert_eq!(service.state().account.early, 0);
        assert_eq!(hung.times("hung")[..2], [5, 40]);
    });
}

#[test]
fn a_stop_does_not_wait_for_a_storage_that_hangs() {
    // Loading is given up at once; of a note and the last one each is waited for a second.
    for (at, ended) in [(2, 2), (36, 38)] {
        paused(async {
            let service = service();
            let mut changes = watch(&service).poll_times(Hanging).stream().unwrap();
            let stop = changes.stop_handle();
            tokio::spawn(async move {
                sleep(at).await;
                stop.stop();
            });
            assert!(changes.next().await.is_none());
            assert_eq!(service.elapsed().as_secs(), ended);
        });
    }
}

#[test]
fn a_time_is_kept_at_a_stop_all_the_same() {
    paused(async {
        let service = service().with_latency(Duration::from_secs(4));
        let memory = Memory::default();
        let mut changes = watch(&service).poll_times(memory.clone()).stream().unwrap();
        let stop = changes.stop_handle();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            stop.stop();
        });
        assert!(changes.next().await.is_none());
        assert_eq!(memory.0.lock().unwrap().len(), 1);
        let mut changes = watch(&service)
            .poll_times(Stuck::default())
            .stream()
            .unwrap();
        changes.stop_handle().stop();
        assert!(changes.next().await.is_none());
    });
}

#[test]
fn after_a_suspension_the_rest_of_a_wait_is_not_waited_in_full() {
    paused(async {
        let service = Service::new(now(), Returns::Each)
            .with_queue(QUEUE, Duration::from_secs(600))
            .with_sleep(Duration::from_secs(100), Duration::from_secs(3600));
        service.state().account.arrivals = Some(Vec::new());
        run(watch(&service), 1000).await.unwrap();
        let second = arrivals(&service)[1] / 1000;
        // Within a minute of the end of the sleep, and not after the 500 seconds that were left.
        assert!((3700..3765).contains(&second), "{second}");
        assert_eq!(service.state().account.early, 0);
    });
}

#[test]
fn after_a_short_suspension_what_is_left_of_a_wait_is_waited() {
    paused(async {
        let service = Service::new(now(), Returns::Each)
            .with_queue(QUEUE, Duration::from_secs(600))
            .with_latency(Duration::from_millis(300))
            .with_sleep(Duration::from_secs(100), Duration::from_secs(300));
        service.state().account.arrivals = Some(Vec::new());
        run(watch(&service), 1000).await.unwrap();
        let second = arrivals(&service)[1] / 1000;
        assert!((600..605).contains(&second), "{second}");
        assert_eq!(service.state().account.early, 0);
    });
}

#[test]
fn a_clock_that_is_set_ahead_is_no_suspension() {
    paused(async {
        let service =
            Service::new(now(), Returns::Each).with_queue(QUEUE, Duration::from_secs(600));
        service.state().account.arrivals = Some(Vec::new());
        let by_service = service.clone();
        let client = clocked(&service, move || {
            let elapsed = by_service.elapsed();
            let set = if elapsed.as_secs() > 100 { 3600 } else { 0 };
            now() + SignedDuration::try_from(elapsed).unwrap() + SignedDuration::from_secs(set)
        });
        let watch = client.watch().queue(sender()).jitter(Duration::ZERO);
        run(watch, 1250).await.unwrap();
        expect_polls(&service, &[0, 600_000, 1_200_000]);
        assert_eq!(service.state().account.early, 0);
    });
}

#[test]
fn a_clock_that_stands_still_is_said_to_and_a_stop_ends_the_wait() {
    /// Nobody sets it ahead.
    struct Still(std::time::Instant);
    impl Clock for Still {
        fn now(&self) -> Timestamp {
            now()
        }

        fn instant(&self) -> std::time::Instant {
            self.0
        }

        fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
            Box::pin(std::future::pending())
        }
    }
    /// Its waits are over at once, without it.
    struct Hasty(std::time::Instant);
    impl Clock for Hasty {
        fn now(&self) -> Timestamp {
            now()
        }

        fn instant(&self) -> std::time::Instant {
            self.0
        }

        fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
            Box::pin(std::future::ready(()))
        }
    }
    let start = || Instant::now().into_std();
    let clocks: [fn(std::time::Instant) -> SharedClock; 2] = [
        |start| SharedClock::new(Still(start)),
        |start| SharedClock::new(Hasty(start)),
    ];
    for clock in clocks {
        paused(async {
            let service = service();
            let client = client(&service, SignedDuration::ZERO).with_clock(clock(start()));
            let told = Diary::default();
            let (noted, at_service) = (told.clone(), service.clone());
            let watch = client
                .watch()
                .queue(sender())
                .jitter(Duration::ZERO)
                .observe(move |event| {
                    if let WatchEvent::TimeStandsStill { clock, .. } = event {
                        assert_eq!(clock, StoppedClock::Client);
                        noted.note(&at_service, "still");
                    }
                });
            run(watch, 1000).await.unwrap();
            assert_eq!(told.times("still").len(), 1);
            assert_eq!(service.elapsed().as_secs(), 1000);
            assert_eq!(arrivals(&service).len(), 1);
        });
    }
}

#[test]
fn a_service_whose_time_stands_still_is_said_to() {
    paused(async {
        let service = service();
        let stopped = service.clone();
        stopped.state().stands_still = true;
        let told = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&told);
        let watch = watch(&service).observe(move |event| {
            if let WatchEvent::TimeStandsStill { clock, .. } = event {
                assert_eq!(clock, StoppedClock::Service);
                noted.store(true, Ordering::Relaxed);
            }
        });
        run(watch, 100).await.unwrap();
        assert!(told.load(Ordering::Relaxed));
    });
}

#[test]
fn the_time_until_the_next_poll_and_its_reason_are_visible() {
    paused(async {
        let service = service().with_fate(|at| match at.as_secs() {
            25..46 => Fate::Unavailable,
            46..60 => Fate::RateBlocked,
            _ => Fate::Responded,
        });
        let watch = watch(&service).poll_every(Duration::from_secs(45));
        let status = watch.status_handle();
        assert_eq!(status.queues(), []);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        let by_event = status.clone();
        let watch = watch.observe(move |event| {
            if let WatchEvent::Waiting { wait, reason, .. } = event {
                let _asked = by_event.queues();
                noted.lock().unwrap().push((wait.as_secs(), reason));
            }
        });
        let stop = watch.stop_handle();
        let handled = tokio::spawn(watch.handle(|_, _| async { Ok::<(), io::Error>(()) }));
        sleep(5).await;
        let [queue] = status.queues().try_into().unwrap();
        assert_eq!(queue.queue, sender());
        assert_eq!(queue.wait, Some(Duration::from_secs(40)));
        assert_eq!(queue.reason, Some(WaitReason::Interval));
        sleep(50).await;
        let [queue] = status.queues().try_into().unwrap();
        assert_eq!(queue.reason, Some(WaitReason::RateBlock));
        sleep(110).await;
        stop.stop();
        handled.await.unwrap().unwrap();
        let reasons: Vec<WaitReason> = seen.lock().unwrap().iter().map(|(_, it)| *it).collect();
        for reason in [
            WaitReason::Kept,
            WaitReason::Interval,
            WaitReason::Backoff,
            WaitReason::RateBlock,
        ] {
            assert!(reasons.contains(&reason), "{reason:?} in {reasons:?}");
        }
        assert!(!format!("{status:?}").contains("archive"));
    });
}

#[test]
fn a_permitted_wait_and_a_lost_response_have_their_reasons() {
    paused(async {
        let service = service().with_fate(|at| match at.as_secs() {
            25..40 => Fate::ResponseLost,
            _ => Fate::Responded,
        });
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        let watch = watch(&service).observe(move |event| {
            if let WatchEvent::Waiting { wait, reason, .. } = event {
                noted.lock().unwrap().push((wait.as_secs(), reason));
            }
        });
        run(watch, 70).await.unwrap();
        let expected = [
            (0, WaitReason::Kept),
            (30, WaitReason::Permitted),
            (30, WaitReason::LostResponse),
            (30, WaitReason::Permitted),
        ];
        assert_eq!(*seen.lock().unwrap(), expected);
    });
}

/// Also the mode that ends on an empty queue, and its first poll.
#[test]
fn a_watch_until_empty_obeys_the_time_that_was_kept() {
    paused(async {
        let service = service();
        let memory = Memory::default();
        for _ in 0..3 {
            let watch = watch(&service).poll_times(memory.clone()).until_empty();
            let ended = watch.handle(|_, _| async { Ok::<(), io::Error>(()) }).await;
            ended.unwrap();
        }
        expect_polls(&service, &[0, 30_000, 60_000]);
        assert_eq!(service.state().account.early, 0);
    });
}
