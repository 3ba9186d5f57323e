//! What the documentation leaves open, and what goes wrong in between: no change is lost or kept from the
//! handler under any reading.

use super::service::Fate;
use super::*;
use crate::{Confirmation, WatchEvent};

/// Watches with a handler that takes and fails as it is told, and notes what it does.
async fn run(
    service: &Service,
    watch: Watch,
    seconds: u64,
    succeeds: impl Fn(ChangeKey, u64) -> bool + Send + Sync + 'static,
) -> Diary {
    let diary = Diary::default();
    let stop = watch.stop_handle();
    let (at_service, noted) = (service.clone(), diary.clone());
    let watching = tokio::spawn(watch.handle(move |_, change| {
        let key = key(&change);
        let succeeds = succeeds(key, at_service.elapsed().as_secs());
        noted.note(&at_service, format!("{}.{}", key.job, key.nth));
        let service = at_service.clone();
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
    diary
}

#[test]
fn two_changes_of_a_job_never_keep_each_other_from_the_handler() {
    for returns in READINGS {
        for lag in [0, 5, 60, 300] {
            paused(async {
                let service = service(returns).with_lag(Duration::from_secs(lag));
                service.change(QUEUE, 1);
                service.change(QUEUE, 1);
                // Both fail until the first has failed twice.
                let diary = run(&service, watch(&service), 24 * 3600, |key, at| {
                    at > if key.nth == 1 { 1000 } else { 3000 }
                })
                .await;
                assert_eq!(
                    service.open(),
                    [],
                    "{returns:?} {lag}: {:?}",
                    diary.entries()
                );
                assert!(service.was_handled(change(1, 2)), "{returns:?} {lag}");
                let first = service.was_handled(change(1, 1));
                assert!(first || returns == Returns::Newest, "{returns:?} {lag}");
                if returns != Returns::Newest {
                    assert_eq!(service.state().account.settled_unhandled, []);
                }
            });
        }
    }
}

#[test]
fn what_only_needs_to_be_confirmed_is_not_handled_again_however_late_it_returns() {
    for lag in [0, 5, 60, 300] {
        paused(async {
            let service = service(Returns::Each)
                .with_lag(Duration::from_secs(lag))
                .with_fate(move |at| match at.as_secs() {
                    0 => Fate::Responded,
                    1..600 => Fate::Unavailable,
                    _ => Fate::Responded,
                });
            service.change(QUEUE, 1);
            let watch = watch(&service);
            let stop = watch.stop_handle();
            let (at_service, noted) = (service.clone(), Diary::default());
            let diary = noted.clone();
            let watching = tokio::spawn(watch.handle(move |_, change| {
                let service = at_service.clone();
                noted.note(&service, "handled");
                async move {
                    sleep(1).await;
                    service.handled(key(&change));
                    Ok::<(), io::Error>(())
                }
            }));
            sleep(3000).await;
            stop.stop();
            watching.await.unwrap().unwrap();
            assert_eq!(diary.times("handled"), [0], "{lag}");
            assert_eq!(service.open(), []);
        });
    }
}

#[test]
fn a_completed_job_whose_response_was_lost_is_not_settled_by_an_earlier_change() {
    for returns in READINGS {
        for lag in [0, 60, 300] {
            for fate in [Fate::ResponseLost, Fate::Unreadable, Fate::GatewayTimeout] {
                paused(async {
                    let service = service(returns)
                        .with_lag(Duration::from_secs(lag))
                        .with_fate(move |at| match at.as_secs() {
                            3..13 => fate,
                            _ => Fate::Responded,
                        });
                    service.change(QUEUE, 1);
                    let mut changes = watch(&service).stream().unwrap();
                    let first = changes.next().await.unwrap().unwrap();
                    service.handled(key(&first));
                    service.complete(QUEUE, 1);
                    sleep(5).await;
                    // The completed job is handed out here, unless it is held back.
                    let lost = tokio::time::timeout(Duration::from_secs(8), changes.next()).await;
                    assert!(lost.is_err());
                    // Where it is held back, the response was that of an empty queue, and could be read.
                    let seen_empty = returns == Returns::HeldBack && fate == Fate::Unreadable;
                    let confirmed = first.confirm().await.unwrap();
                    assert_eq!(confirmed == Confirmation::Done, seen_empty);
                    let second = changes.next().await.unwrap().unwrap();
                    assert_eq!(key(&second), change(1, 2), "{returns:?} {lag}");
                    assert_eq!(service.state().account.settled_unhandled, []);
                    service.handled(key(&second));
                    assert_eq!(second.confirm().await.unwrap(), Confirmation::Done);
                    assert_eq!(service.state().account.settled_unhandled, []);
                    assert_eq!(service.open(), []);
                });
            }
        }
    }
}

/// A storage outage is mended by a restart, which finds the earlier change first.
#[test]
fn a_restart_does_not_settle_what_an_earlier_process_was_handed() {
    for returns in READINGS {
        paused(async {
            let service = service(returns);
            service.change(QUEUE, 1);
            service.complete(QUEUE, 1);
            run(&service, bare_watch(&service), 300, |_, _| false).await;
            run(&service, bare_watch(&service), 3000, |_, _| true).await;
            assert!(service.was_handled(change(1, 2)), "{returns:?}");
            assert_eq!(service.open(), [], "{returns:?}");
            let state = service.state();
            let lost = state.account.settled_unhandled.iter();
            assert_eq!(lost.filter(|(_, newer)| !newer).count(), 0, "{returns:?}");
        });
    }
}

#[test]
fn a_repeated_confirmation_ends_with_the_watch() {
    paused(async {
        let service = service(Returns::Each);
        service.change(QUEUE, 1);
        service.state().confirmations_fail = true;
        let mut changes = watch(&service).stream().unwrap();
        let first = changes.next().await.unwrap().unwrap();
        service.handled(key(&first));
        assert!(first.confirm().await.is_err());
        // It has returned, and is confirmed again and again.
        let returned = Duration::from_secs(640).saturating_sub(service.elapsed());
        let waited = tokio::time::timeout(returned, changes.next()).await;
        assert!(waited.is_err());
        drop(changes);
        sleep(30).await;
        service.state().confirmations_fail = false;
        sleep(3000).await;
        assert_eq!(service.state().account.confirmations, 0);
    });
}

#[test]
fn an_observer_that_panics_at_a_repeated_confirmation_ends_the_watch_with_an_error() {
    paused(async {
        let service = service(Returns::Each).with_fate(|at| match at.as_secs() {
            1..590 => Fate::Unavailable,
            _ => Fate::Responded,
        });
        service.change(QUEUE, 1);
        let watch = watch(&service).observe(|event| {
            assert!(
                !matches!(event, WatchEvent::Confirmed { .. }),
                "the observer is broken"
            );
        });
        let at_service = service.clone();
        let watching = watch.handle(move |_, change| {
            let service = at_service.clone();
            async move {
                sleep(2).await;
                service.handled(key(&change));
                Ok::<(), io::Error>(())
            }
        });
        let ended = tokio::time::timeout(Duration::from_secs(3000), watching).await;
        let error = ended.expect("the watch ends").unwrap_err();
        assert!(matches!(error, Error::PollingStopped { .. }));
    });
}

#[test]
fn a_slow_confirmation_does_not_stop_its_queue() {
    paused(async {
        let slow = Arc::new(Mutex::new(false));
        let is_slow = Arc::clone(&slow);
        let service = service(Returns::Each).with_fate(move |_| {
            if std::mem::take(&mut *is_slow.lock().unwrap()) {
                Fate::Slow(Duration::from_secs(500))
            } else {
                Fate::Responded
            }
        });
        service.change(QUEUE, 1);
        let mut changes = watch(&service).stream().unwrap();
        let first = changes.next().await.unwrap().unwrap();
        service.handled(key(&first));
        sleep(1).await;
        *slow.lock().unwrap() = true;
        let confirming = tokio::spawn(first.confirm());
        sleep(1).await;
        service.change(QUEUE, 2);
        let second = changes.next().await.unwrap().unwrap();
        assert_eq!(key(&second), change(2, 1));
        let at = service.elapsed().as_secs();
        assert!(at < 60, "{at}");
        assert_eq!(confirming.await.unwrap().unwrap(), Confirmation::Done);
    });
}

#[test]
fn a_confirmation_that_waits_for_its_next_attempt_does_not_stop_its_queue() {
    paused(async {
        let service = service(Returns::Each);
        service.change(QUEUE, 1);
        service.state().confirmations_fail = true;
        let mut changes = watch(&service).stream().unwrap();
        let first = changes.next().await.unwrap().unwrap();
        service.handled(key(&first));
        let confirming = tokio::spawn(first.confirm());
        // By now the attempts are minutes apart.
        sleep(200).await;
        service.change(QUEUE, 2);
        let second = changes.next().await.unwrap().unwrap();
        assert_eq!(key(&second), change(2, 1));
        let at = service.elapsed().as_secs();
        assert!(at < 215, "{at}");
        drop(confirming);
    });
}

#[test]
fn a_stop_lets_held_changes_finish_within_the_limit() {
    paused(async {
        let service = service(Returns::Each);
        service.change(QUEUE, 1);
        service.change(QUEUE, 1);
        let watch = watch(&service);
        let stop = watch.stop_handle();
        let watching = handling(watch, &service, 8);
        sleep(5).await;
        stop.stop();
        watching.await.unwrap().unwrap();
        assert_eq!(service.elapsed().as_secs(), 16);
        assert_eq!(service.open(), []);
        assert_eq!(service.state().account.settled_unhandled, []);
    });
}

/// Whoever keeps a change and asks for the next one must not wait for ever.
#[test]
fn a_stopped_stream_ends_also_when_a_change_is_kept() {
    paused(async {
        let service = service(Returns::Each);
        service.change(QUEUE, 1);
        service.change(QUEUE, 1);
        let mut changes = watch(&service).stream().unwrap();
        let stop = changes.stop_handle();
        let _first = changes.next().await.unwrap().unwrap();
        tokio::spawn(async move {
            sleep(5).await;
            stop.stop();
        });
        let ended = tokio::time::timeout(Duration::from_secs(60), changes.next()).await;
        assert!(ended.expect("the stream ends").is_none());
    });
}

#[test]
fn a_change_whose_record_differs_is_handled_again() {
    paused(async {
        let service = service(Returns::Each)
            .with_late_pades()
            .with_fate(|at| match at.as_secs() {
                1..599 => Fate::Unavailable,
                _ => Fate::Responded,
            });
        service.complete(QUEUE, 1);
        let watch = watch(&service);
        let stop = watch.stop_handle();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        let watching = tokio::spawn(watch.handle(move |_, change| {
            noted.lock().unwrap().push(change.record().has_pades());
            async {
                sleep(2).await;
                Ok::<(), io::Error>(())
            }
        }));
        sleep(2000).await;
        stop.stop();
        watching.await.unwrap().unwrap();
        assert_eq!(*seen.lock().unwrap(), [false, true]);
        assert_eq!(service.open(), []);
    });
}

#[test]
fn an_unreadable_change_does_not_keep_those_of_other_jobs_unconfirmed() {
    for (returns, lag) in [
        (Returns::Each, 0),
        (Returns::Each, 300),
        (Returns::HeldBack, 0),
    ] {
        paused(async {
            let service = service(returns).with_lag(Duration::from_secs(lag));
            service.change(QUEUE, 1);
            service.spoil(service.change(QUEUE, 2));
            let watch = watch(&service);
            let stop = watch.stop_handle();
            let watching = handling(watch, &service, 3);
            sleep(4 * 3600).await;
            stop.stop();
            watching.await.unwrap().unwrap();
            assert_eq!(service.open(), [change(2, 1)], "{returns:?} {lag}");
            assert_eq!(service.state().account.settled_unhandled, []);
        });
    }
}

/// It is what cannot be seen that would be settled.
#[test]
fn an_unreadable_end_of_a_job_is_not_settled_by_an_earlier_change_of_it() {
    for lag in [0, 300] {
        paused(async {
            let service = service(Returns::Each).with_lag(Duration::from_secs(lag));
            service.change(QUEUE, 1);
            service.spoil(service.change(QUEUE, 1));
            let diary = Diary::default();
            let (noted, at_service) = (diary.clone(), service.clone());
            let watch = watch(&service);
            let stop = watch.stop_handle();
            let watching = tokio::spawn(watch.handle(move |_, change| {
                let (service, noted) = (at_service.clone(), noted.clone());
                async move {
                    sleep(3).await;
                    noted.note(&service, "handled");
                    service.handled(key(&change));
                    Ok::<(), io::Error>(())
                }
            }));
            sleep(4 * 3600).await;
            stop.stop();
            watching.await.unwrap().unwrap();
            assert_eq!(diary.times("handled"), [3]);
            assert_eq!(service.state().account.settled_unhandled, []);
            assert_eq!(service.open().len(), 2);
        });
    }
}
