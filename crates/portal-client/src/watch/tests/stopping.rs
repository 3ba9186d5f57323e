//! How a watch ends.

use portal_transport::test_util::ScriptedTransport;
use portal_transport::{ErrorKind, TlsFailure, TransportError};

use super::service::Fate;
use super::*;
use crate::Error;
use crate::fixtures::error_xml;

fn service() -> Service {
    Service::new(now(), Returns::Each).with_queue(QUEUE, Duration::from_secs(600))
}

#[test]
fn a_stop_ends_a_long_wait_at_once() {
    paused(async {
        let service = service();
        let mut changes = watch(&service).stream().unwrap();
        let stop = changes.stop_handle();
        tokio::spawn(async move {
            sleep(50).await;
            stop.stop();
        });
        assert!(changes.next().await.is_none());
        assert_eq!(service.elapsed().as_secs(), 50);
    });
}

#[test]
fn a_stop_in_a_rate_block_ends_the_watch_at_once() {
    paused(async {
        let service = service()
            .with_queue("123456789?two", Duration::from_secs(10))
            .with_queue("123456789?three", Duration::from_secs(15))
            .with_fate(|at| match at.as_secs() {
                10..12 => Fate::RateBlocked,
                _ => Fate::Responded,
            });
        // The second is told of the block; the third would be due in it.
        let queues = ["", "two", "three"].map(|name| sender().with_queue(name));
        let client = client(&service, SignedDuration::ZERO);
        let watch = client.watch().queues(queues).jitter(Duration::ZERO);
        let stop = watch.stop_handle();
        let handled = tokio::spawn(watch.handle(|_, _| async { Ok::<(), io::Error>(()) }));
        sleep(20).await;
        stop.stop();
        handled.await.unwrap().unwrap();
        assert_eq!(service.elapsed().as_secs(), 20);
        assert_eq!(service.state().account.polls, 3);
    });
}

#[test]
fn a_poll_that_is_under_way_at_a_stop_is_finished_and_its_change_handled() {
    paused(async {
        let service = service().with_latency(Duration::from_secs(4));
        service.change(QUEUE, 1);
        let watch = watch(&service);
        let stop = watch.stop_handle();
        let at_service = service.clone();
        let handled = tokio::spawn(watch.handle(move |_, change| {
            at_service.handled(key(&change));
            async { Ok::<(), io::Error>(()) }
        }));
        tokio::time::sleep(Duration::from_millis(1)).await;
        stop.stop();
        handled.await.unwrap().unwrap();
        assert_eq!(service.state().account.polls, 1);
        assert_eq!(service.open(), []);
    });
}

#[test]
fn handlers_are_waited_for_until_the_shutdown_timeout() {
    for (shutdown_timeout, finished) in [(30, true), (10, false)] {
        paused(async {
            let service = service();
            service.change(QUEUE, 1);
            let watch = watch(&service).shutdown_timeout(Duration::from_secs(shutdown_timeout));
            let stop = watch.stop_handle();
            let at_service = service.clone();
            let handled = tokio::spawn(watch.handle(move |_, change| {
                let service = at_service.clone();
                async move {
                    sleep(25).await;
                    service.handled(key(&change));
                    Ok::<(), io::Error>(())
                }
            }));
            sleep(5).await;
            stop.stop();
            handled.await.unwrap().unwrap();
            let ended = service.elapsed().as_secs();
            assert_eq!(ended, if finished { 25 } else { 15 });
            assert_eq!(service.open().is_empty(), finished);
        });
    }
}

#[test]
fn a_dropped_stream_polls_no_more_and_loses_nothing() {
    paused(async {
        let service = service().with_latency(Duration::from_secs(4));
        service.change(QUEUE, 1);
        let mut changes = watch(&service).stream().unwrap();
        let waited = tokio::time::timeout(Duration::from_millis(1), changes.next()).await;
        assert!(waited.is_err());
        drop(changes);
        sleep(300).await;
        assert_eq!(service.state().account.polls, 1);
        // The change of the poll that was under way comes back.
        sleep(301).await;
        let mut changes = watch(&service).stream().unwrap();
        let again = changes.next().await.unwrap().unwrap();
        assert_eq!(key(&again), change(1, 1));
    });
}

#[test]
fn a_permanent_error_ends_the_watch_with_the_error() {
    let broken = |transport: ScriptedTransport| {
        paused(async {
            let client = PortalClient::new(
                environment(),
                Sector::Unknown,
                Arc::new(transport),
                package_signer(),
            )
            .with_clock(now);
            let mut changes = client.watch().queue(sender()).stream().unwrap();
            let error = changes.next().await.unwrap().unwrap_err();
            assert!(changes.next().await.is_none());
            error
        })
    };
    let answered = |code| broken(ScriptedTransport::new().response(403, error_xml(code)));
    assert!(matches!(
        answered("NOT_AUTHORIZED"),
        Error::NotAuthorized { .. }
    ));
    let broker = answered("BROKER_NOT_AUTHORIZED");
    assert!(matches!(broker, Error::BrokerNotAuthorized { .. }));
    let failed = |kind| broken(ScriptedTransport::new().fail(TransportError::unsent(kind)));
    let foreign = failed(ErrorKind::foreign_url("https://a", "b"));
    let refused = failed(ErrorKind::Tls(TlsFailure::ClientCertificateNotAsked));
    for error in [foreign, refused] {
        assert!(matches!(error, Error::Transport { .. }));
    }
}

/// The error stops the watch, and with it begins the shutdown timeout, which here is over at once.
#[test]
fn the_error_that_ends_a_watch_is_returned_however_short_the_timeout() {
    for seed in 0..64 {
        paused(async {
            let transport = ScriptedTransport::new().response(403, error_xml("NOT_AUTHORIZED"));
            let client = PortalClient::new(
                environment(),
                Sector::Unknown,
                Arc::new(transport),
                package_signer(),
            )
            .with_clock(now);
            let watch = client
                .watch()
                .queue(sender())
                .seed(seed)
                .shutdown_timeout(Duration::ZERO);
            let handled = watch.handle(|_, _| async { Ok::<(), io::Error>(()) }).await;
            assert!(
                matches!(handled, Err(Error::NotAuthorized { .. })),
                "{seed}"
            );
        });
    }
}

#[test]
fn a_transient_error_ends_nothing() {
    paused(async {
        let transport = ScriptedTransport::new()
            .response(403, "<html>a gateway</html>")
            .response(200, "no XML")
            .fail(TransportError::unsent(ErrorKind::Tls(
                TlsFailure::Handshake,
            )))
            .response(500, error_xml("OOPS"))
            .response(403, error_xml("NOT_AUTHORIZED"));
        let client = PortalClient::new(
            environment(),
            Sector::Unknown,
            Arc::new(transport.clone()),
            package_signer(),
        )
        .with_clock(now);
        let handled = client
            .watch()
            .queue(sender())
            .handle(|_, _| async { Ok::<(), io::Error>(()) })
            .await;
        assert!(matches!(handled, Err(Error::NotAuthorized { .. })));
        assert_eq!(transport.remaining(), 0);
    });
}

#[test]
fn an_observer_that_panics_ends_the_watch_with_an_error() {
    paused(async {
        let service = service();
        let watch = watch(&service).observe(|_| panic!("the observer is broken"));
        let mut changes = watch.stream().unwrap();
        let error = changes.next().await.unwrap().unwrap_err();
        assert!(matches!(error, Error::PollingStopped { .. }));
        assert!(changes.next().await.is_none());
    });
}
