//! What a start makes of how the last watch ended: after a clean stop nothing waits.

use super::service::Fate;
use super::*;
use crate::Confirmation;

/// Watches for a while with a handler that succeeds or not, and stops in order.
async fn run(
    service: &Service,
    memory: &Memory,
    seconds: u64,
    succeeds: impl Fn(ChangeKey) -> bool + Send + Sync + 'static,
) {
    let watch = bare_watch(service).poll_times(memory.clone());
    let stop = watch.stop_handle();
    let at_service = service.clone();
    let watching = tokio::spawn(watch.handle(move |_, change| {
        let (key, service) = (key(&change), at_service.clone());
        let succeeds = succeeds(key);
        async move {
            if !succeeds {
                return Err(io::Error::other("no"));
            }
            service.handled(key);
            Ok(())
        }
    }));
    sleep(seconds).await;
    stop.stop();
    watching.await.unwrap().unwrap();
}

/// Whether something was settled that no handler has done, nor a newer change of its job.
pub(super) fn lost(service: &Service) -> bool {
    let state = service.state();
    let settled = &state.account.settled_unhandled;
    settled.iter().any(|(_, newer)| !newer)
}

#[test]
fn four_changes_of_a_job_are_confirmed_soon_after_a_first_and_a_clean_start() {
    for returns in READINGS {
        for lag in [0, 300] {
            paused(async {
                let service = service(returns).with_lag(Duration::from_secs(lag));
                let memory = Memory::never_polled();
                for job in [1, 2] {
                    for _ in 0..3 {
                        service.change(QUEUE, job);
                    }
                    service.complete(QUEUE, job);
                    run(&service, &memory, 60, |_| true).await;
                    assert_eq!(service.open(), [], "{returns:?} {job}");
                    assert_eq!(memory.shutdown(), Some(Shutdown::Clean), "{returns:?}");
                }
                assert!(service.was_handled(change(2, 4)));
                assert_eq!(service.state().account.settled_unhandled, []);
                assert_eq!(service.state().account.early, 0);
            });
        }
    }
}

/// What several handlers failed on, the next process can't tell from what is there for the first time.
#[test]
fn several_unconfirmed_changes_of_a_job_are_reckoned_with_after_a_clean_stop() {
    for returns in READINGS {
        for lag in [0, 300] {
            paused(async {
                let service = service(returns).with_lag(Duration::from_secs(lag));
                let memory = Memory::never_polled();
                service.change(QUEUE, 1);
                service.complete(QUEUE, 1);
                run(&service, &memory, 60, |_| false).await;
                let several = returns != Returns::HeldBack;
                let unseen = matches!(memory.shutdown(), Some(Shutdown::UnseenUntil(_)));
                assert_eq!(unseen, several, "{returns:?}");
                run(&service, &memory, 3000, |_| true).await;
                assert!(service.was_handled(change(1, 2)), "{returns:?} {lag}");
                assert!(!lost(&service), "{returns:?} {lag}");
                assert_eq!(service.open(), []);
                assert_eq!(memory.shutdown(), Some(Shutdown::Clean));
            });
        }
    }
}

#[test]
fn a_failed_handler_of_a_single_change_leaves_a_clean_stop() {
    paused(async {
        let service = service(Returns::Each);
        let memory = Memory::never_polled();
        service.change(QUEUE, 1);
        run(&service, &memory, 5, |_| false).await;
        assert_eq!(memory.shutdown(), Some(Shutdown::Clean));
    });
}

/// The doubt goes on where it was, and ends with the queue empty after its time.
#[test]
fn a_doubt_that_stands_at_a_clean_stop_is_kept_until_its_end() {
    for fate in [Fate::ResponseLost, Fate::Unreadable, Fate::GatewayTimeout] {
        paused(async {
            let service = service(Returns::Each).with_fate(move |at| match at.as_secs() {
                0..5 => fate,
                _ => Fate::Responded,
            });
            let memory = Memory::never_polled();
            service.change(QUEUE, 1);
            run(&service, &memory, 4, |_| true).await;
            let until = now() + Duration::from_secs(1200);
            assert_eq!(memory.shutdown(), Some(Shutdown::UnseenUntil(until)));
            // A second stop within that time keeps it.
            run(&service, &memory, 300, |_| true).await;
            assert_eq!(memory.shutdown(), Some(Shutdown::UnseenUntil(until)));
            service.change(QUEUE, 2);
            let confirmed_at = confirmed(&service, &memory).await;
            assert!((1200..1235).contains(&confirmed_at), "{confirmed_at}");
        });
    }
}

/// When everything is confirmed, by a watch that begins now; which stops then.
pub(super) async fn confirmed(service: &Service, memory: &Memory) -> u64 {
    let watch = bare_watch(service).poll_times(memory.clone());
    let stop = watch.stop_handle();
    let at_service = service.clone();
    let watching = tokio::spawn(watch.handle(move |_, change| {
        at_service.handled(key(&change));
        async { Ok::<(), io::Error>(()) }
    }));
    while !service.open().is_empty() {
        sleep(1).await;
    }
    let at = service.elapsed().as_secs();
    stop.stop();
    watching.await.unwrap().unwrap();
    at
}

#[test]
fn what_is_not_known_is_in_doubt_for_twenty_minutes_from_the_start() {
    paused(async {
        let service = service(Returns::HeldBack);
        service.change(QUEUE, 1);
        let at = confirmed(&service, &Memory::default()).await;
        assert!((1200..1215).contains(&at), "{at}");
    });
}

#[test]
fn a_watch_notes_that_it_runs_before_it_polls_and_that_it_stopped_after() {
    paused(async {
        let service = service(Returns::Each).with_latency(Duration::from_secs(3));
        let memory = Memory::default();
        let mut changes = bare_watch(&service)
            .poll_times(memory.clone())
            .stream()
            .unwrap();
        let stop = changes.stop_handle();
        let noted = memory.clone();
        let stopping = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let running = noted.shutdown();
            stop.stop();
            running
        });
        assert!(changes.next().await.is_none());
        assert_eq!(stopping.await.unwrap(), Some(Shutdown::Unclean));
        assert_eq!(service.state().account.polls, 1);
        // Nothing is known of what was before it.
        assert!(matches!(memory.shutdown(), Some(Shutdown::UnseenUntil(_))));
        // One that is stopped before it polls leaves everything as it is.
        let memory = Memory::default();
        let changes = bare_watch(&service)
            .poll_times(memory.clone())
            .stream()
            .unwrap();
        changes.stop_handle().stop();
        drop(changes);
        sleep(60).await;
        assert_eq!(memory.shutdown(), None);
    });
}

/// The changes of a stream are with the program when it ends.
#[test]
fn a_stream_that_ended_counts_what_the_program_still_has_as_unconfirmed() {
    paused(async {
        for (changes_of_job, clean) in [(1, true), (2, false)] {
            let service = service(Returns::Each);
            let memory = Memory::never_polled();
            for _ in 0..changes_of_job {
                service.change(QUEUE, 1);
            }
            let mut changes = bare_watch(&service)
                .poll_times(memory.clone())
                .shutdown_timeout(Duration::from_secs(1))
                .stream()
                .unwrap();
            let stop = changes.stop_handle();
            let first = changes.next().await.unwrap().unwrap();
            tokio::spawn(async move {
                sleep(5).await;
                stop.stop();
            });
            assert!(changes.next().await.is_none());
            assert_eq!(memory.shutdown() == Some(Shutdown::Clean), clean);
            service.handled(key(&first));
            let confirmed = first.confirm().await.unwrap();
            assert_eq!(confirmed == Confirmation::Done, clean);
        }
    });
}

/// Held changes that finish within the time limit are no reason to wait after the restart.
#[test]
fn what_finishes_after_the_stop_is_noted() {
    paused(async {
        let service = service(Returns::Each);
        let memory = Memory::never_polled();
        service.change(QUEUE, 1);
        service.change(QUEUE, 1);
        let watch = bare_watch(&service).poll_times(memory.clone());
        let stop = watch.stop_handle();
        let watching = handling(watch, &service, 8);
        sleep(3).await;
        stop.stop();
        sleep(3).await;
        assert!(matches!(memory.shutdown(), Some(Shutdown::UnseenUntil(_))));
        watching.await.unwrap().unwrap();
        assert_eq!(service.open(), []);
        assert_eq!(memory.shutdown(), Some(Shutdown::Clean));
    });
}

#[test]
fn a_permanent_error_is_a_clean_stop_too() {
    paused(async {
        let service = service(Returns::Each);
        let memory = Memory::never_polled();
        let client = client(&service, SignedDuration::ZERO);
        let queues = [sender(), Sender::new("984661185").unwrap()];
        service.state().refuses = Some("984661185".to_owned());
        let watch = client.watch().queues(queues).poll_times(memory.clone());
        let ended = watch.handle(|_, _| async { Ok::<(), io::Error>(()) }).await;
        assert!(ended.is_err());
        let kept = memory.0.lock().unwrap();
        let ends: Vec<Shutdown> = kept.values().map(|kept| kept.shutdown).collect();
        assert_eq!(ends, [Shutdown::Clean, Shutdown::Clean]);
    });
}

/// All of them return before any is confirmed: the queue has to be found empty in between.
#[test]
fn many_jobs_in_doubt_do_not_keep_each_other_from_being_confirmed() {
    paused(async {
        let service = service(Returns::HeldBack);
        for job in 1..=700 {
            service.change(QUEUE, job);
        }
        let at = confirmed(&service, &Memory::default()).await;
        assert!((1200..1500).contains(&at), "{at}");
        assert_eq!(service.state().account.settled_unhandled, []);
    });
}

/// All that a killed watch was handed is back twenty minutes after its last poll, which came within a minute of its
/// note.
#[test]
fn after_a_kill_what_was_handed_out_is_in_doubt_from_the_note_on() {
    for (noted_before, first, last) in [(600, 660, 675), (1300, 0, 15)] {
        paused(async {
            let service = service(Returns::HeldBack);
            service.change(QUEUE, 1);
            let noted_at = now() - SignedDuration::from_secs(noted_before);
            let kept = PermittedPoll::new(noted_at, noted_at);
            let at = confirmed(&service, &Memory(Arc::default(), Some(kept))).await;
            assert!((first..last).contains(&at), "{noted_before}: {at}");
        });
    }
}

/// Counts what is saved.
#[derive(Clone, Default)]
struct Counted(Memory, Arc<Mutex<u64>>);

impl PollTimes for Counted {
    fn load<'a>(&'a self, queue: QueueKey<'a>) -> BoxFuture<'a, io::Result<Option<PermittedPoll>>> {
        self.0.load(queue)
    }

    fn save<'a>(
        &'a self,
        queue: QueueKey<'a>,
        time: PermittedPoll,
    ) -> BoxFuture<'a, io::Result<()>> {
        *self.1.lock().unwrap() += 1;
        self.0.save(queue, time)
    }
}

/// The note of a response says as well that the watch runs.
#[test]
fn a_poll_is_noted_before_it_is_sent_where_the_last_note_is_a_minute_old() {
    for (wait, again) in [(10, false), (50, false), (70, true)] {
        paused(async {
            let wait = Duration::from_secs(wait);
            let service = Service::new(now(), Returns::Each).with_queue(QUEUE, wait);
            let counted = Counted(Memory::never_polled(), Arc::default());
            let watch = bare_watch(&service).poll_times(counted.clone());
            let mut changes = watch.stream().unwrap();
            let found = tokio::time::timeout(Duration::from_secs(199), changes.next()).await;
            assert!(found.is_err());
            let polls = service.state().account.polls;
            assert!(polls > 2, "{polls}");
            let before = if again { polls } else { 1 };
            assert_eq!(*counted.1.lock().unwrap(), before + polls, "{wait:?}");
        });
    }
}
