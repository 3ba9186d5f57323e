//! Confirmations that fail.

use super::service::Fate;
use super::*;
use crate::{Confirmation, Error, WatchEvent};

/// A service whose calls fail in between two seconds.
fn failing(from: u64, to: u64, fate: Fate) -> Service {
    Service::new(now(), Returns::Each)
        .with_queue(QUEUE, Duration::from_secs(10))
        .with_fate(move |at| match at.as_secs() {
            second if (from..to).contains(&second) => fate,
            _ => Fate::Responded,
        })
}

#[test]
fn a_confirmation_that_fails_is_sent_again_while_the_lease_lasts() {
    for fate in [
        Fate::NoConnection,
        Fate::ResponseLost,
        Fate::Unavailable,
        Fate::RateBlocked,
    ] {
        paused(async {
            let service = failing(5, 300, fate);
            service.change(QUEUE, 1);
            let mut changes = watch(&service).stream().unwrap();
            let change = changes.next().await.unwrap().unwrap();
            sleep(5).await;
            service.handled(key(&change));
            assert_eq!(change.confirm().await.unwrap(), Confirmation::Done);
            assert!(service.elapsed().as_secs() < 600, "{fate:?}");
            assert_eq!(service.open(), []);
        });
    }
}

#[test]
fn a_confirmation_is_given_up_when_the_change_is_back_and_then_made_without_the_handler() {
    paused(async {
        let service = failing(5, 900, Fate::Unavailable);
        service.change(QUEUE, 1);
        let given_up = Diary::default();
        let (noted, at_service) = (given_up.clone(), service.clone());
        let watch = watch(&service).observe(move |event| {
            if let WatchEvent::ConfirmationFailed { wait: None, .. } = event {
                noted.note(&at_service, "given up");
            }
        });
        let mut changes = watch.stream().unwrap();
        let change = changes.next().await.unwrap().unwrap();
        sleep(5).await;
        service.handled(key(&change));
        let error = change.confirm().await.unwrap_err();
        assert!(matches!(error, Error::Unexpected { .. }));
        assert!(given_up.times("given up")[0] < 600);
        // It is confirmed when it is back, and not given out again.
        // Responses with 503 leave a doubt, which takes twenty minutes to end.
        let waited = tokio::time::timeout(Duration::from_mins(50), changes.next()).await;
        assert!(waited.is_err());
        assert_eq!(service.open(), []);
    });
}

#[test]
fn after_a_lost_response_nothing_is_confirmed_on_behalf_of_what_was_in_it() {
    paused(async {
        let service = Service::new(now(), Returns::Newest)
            .with_queue(QUEUE, Duration::from_secs(10))
            .with_fate(|at| match at.as_secs() {
                3..12 => Fate::ResponseLost,
                _ => Fate::Responded,
            });
        service.change(QUEUE, 1);
        let mut changes = watch(&service).stream().unwrap();
        let first = changes.next().await.unwrap().unwrap();
        service.handled(key(&first));
        sleep(5).await;
        service.change(QUEUE, 1);
        // The second change is handed out, and the response is lost.
        let lost = tokio::time::timeout(Duration::from_secs(5), changes.next()).await;
        assert!(lost.is_err());
        sleep(5).await;
        assert_eq!(first.confirm().await.unwrap(), Confirmation::Deferred);
        let second = changes.next().await.unwrap().unwrap();
        assert_eq!(key(&second), change(1, 2));
        service.handled(key(&second));
        // There may have been a third.
        assert_eq!(second.confirm().await.unwrap(), Confirmation::Deferred);
        let waited = tokio::time::timeout(Duration::from_mins(50), changes.next()).await;
        assert!(waited.is_err());
        assert_eq!(service.state().account.settled_unhandled, []);
        assert_eq!(service.open(), []);
    });
}

#[test]
fn an_earlier_change_is_confirmed_with_the_newer() {
    paused(async {
        let service = failing(0, 0, Fate::Responded);
        service.change(QUEUE, 1);
        service.change(QUEUE, 1);
        service.change(QUEUE, 2);
        let mut changes = watch(&service).stream().unwrap();
        let first = changes.next().await.unwrap().unwrap();
        // The second change of job 1 comes in flight, and waits for its turn.
        let other = changes.next().await.unwrap().unwrap();
        assert_eq!(key(&other), change(2, 1));
        service.handled(key(&first));
        assert_eq!(first.confirm().await.unwrap(), Confirmation::Deferred);
        assert_eq!(service.state().account.confirmations, 0);
        let second = changes.next().await.unwrap().unwrap();
        assert_eq!(key(&second), change(1, 2));
        service.handled(key(&second));
        assert_eq!(second.confirm().await.unwrap(), Confirmation::Done);
        assert_eq!(service.state().account.settled_unhandled, []);
        assert_eq!(service.open(), [change(2, 1)]);
    });
}

#[test]
fn nothing_is_handed_out_while_a_confirmation_is_under_way() {
    paused(async {
        let service = failing(0, 0, Fate::Responded).with_latency(Duration::from_millis(1500));
        service.change(QUEUE, 1);
        let mut changes = watch(&service).stream().unwrap();
        let first = changes.next().await.unwrap().unwrap();
        service.handled(key(&first));
        service.change(QUEUE, 1);
        // The newer change is waited for while the earlier is being confirmed, and its handler fails.
        let (confirmed, second) = tokio::join!(first.confirm(), changes.next());
        confirmed.unwrap();
        let second = second.unwrap().unwrap();
        assert_eq!(key(&second), change(1, 2));
        drop(second);
        assert_eq!(service.state().account.settled_unhandled, []);
        assert_eq!(service.open(), [change(1, 2)]);
    });
}

#[test]
fn a_confirmation_that_is_dropped_frees_its_place() {
    paused(async {
        let service = failing(5, 100, Fate::NoConnection);
        service.change(QUEUE, 1);
        service.change(QUEUE, 2);
        let mut changes = watch(&service).max_in_flight(1).stream().unwrap();
        let first = changes.next().await.unwrap().unwrap();
        sleep(5).await;
        let confirming = first.confirm();
        let _elapsed = tokio::time::timeout(Duration::from_secs(10), confirming)
            .await
            .unwrap_err();
        let second = changes.next().await.unwrap().unwrap();
        assert_eq!(key(&second), change(2, 1));
    });
}

#[test]
fn a_confirmation_waits_for_the_end_of_a_rate_block() {
    paused(async {
        let service = failing(5, 6, Fate::RateBlocked);
        service.change(QUEUE, 1);
        let waits = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&waits);
        let watch = watch(&service).observe(move |event| match event {
            WatchEvent::RateBlocked { wait } => noted.lock().unwrap().push(("blocked", wait)),
            WatchEvent::ConfirmationFailed {
                wait: Some(wait), ..
            } => noted.lock().unwrap().push(("failed", wait)),
            _ => {}
        });
        let mut changes = watch.stream().unwrap();
        let change = changes.next().await.unwrap().unwrap();
        sleep(5).await;
        service.handled(key(&change));
        assert_eq!(change.confirm().await.unwrap(), Confirmation::Done);
        let waits = waits.lock().unwrap().clone();
        let (_, block) = waits[0];
        assert!(block >= Duration::from_secs(30), "{block:?}");
        assert_eq!(waits, [("blocked", block), ("failed", block)]);
        assert!(service.elapsed() >= Duration::from_secs(5) + block);
    });
}

/// An attempt that may have arrived explains why the service knows of nothing to confirm, and no other does.
#[test]
fn an_unknown_job_is_taken_for_confirmed_only_after_an_attempt_that_may_have_arrived() {
    for (fate, may_have_arrived) in [
        (Fate::NoConnection, false),
        (Fate::RateBlocked, false),
        (Fate::ResponseLost, true),
        (Fate::GatewayTimeout, true),
        (Fate::Unavailable, true),
    ] {
        paused(async {
            let service = failing(5, 6, fate);
            service.change(QUEUE, 1);
            let client = client(&service, SignedDuration::ZERO);
            let watch = client
                .watch()
                .queue(sender())
                .back_off(Duration::from_secs(4), Duration::from_secs(4));
            let mut changes = watch.poll_times(Memory::never_polled()).stream().unwrap();
            let change = changes.next().await.unwrap().unwrap();
            sleep(5).await;
            service.handled(key(&change));
            let settled = async {
                sleep(1).await;
                service.settle(QUEUE);
            };
            let (confirmed, ()) = tokio::join!(change.confirm(), settled);
            match confirmed {
                Ok(done) => assert!(may_have_arrived && done == Confirmation::Done, "{fate:?}"),
                Err(error) => {
                    assert!(!may_have_arrived, "{fate:?}: {error:?}");
                    assert_eq!(error.response().unwrap().status(), 404);
                }
            }
        });
    }
}

#[test]
fn attempts_to_confirm_come_at_ever_longer_intervals() {
    paused(async {
        let service = failing(5, 100, Fate::NoConnection);
        service.change(QUEUE, 1);
        let waits = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&waits);
        let (first, longest) = (Duration::from_secs(2), Duration::from_secs(16));
        let watch = watch(&service).back_off(first, longest);
        let watch = watch.observe(move |event| {
            if let WatchEvent::ConfirmationFailed {
                wait: Some(wait), ..
            } = event
            {
                noted.lock().unwrap().push(wait);
            }
        });
        let mut changes = watch.stream().unwrap();
        let change = changes.next().await.unwrap().unwrap();
        sleep(5).await;
        service.handled(key(&change));
        assert_eq!(change.confirm().await.unwrap(), Confirmation::Done);
        let waits = waits.lock().unwrap().clone();
        assert!(waits.len() > 5, "{waits:?}");
        for (nth, wait) in (0..).zip(&waits) {
            let most = (first * 2_u32.pow(nth)).min(longest);
            assert!(most / 2 <= *wait && *wait <= most, "{waits:?}");
        }
    });
}
