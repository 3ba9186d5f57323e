//! Time limits: the right one runs out, and none where there is progress.

use std::io;
use std::num::NonZeroU32;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::Request;
use portal_transport::{
    Body, ErrorKind, OperationClass, SendBy, SharedClock, TimeoutKind, Timeouts, TransportError,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use super::{Stage, get, post};
use crate::factory::Factory;
use crate::relay::{self, Relay};
use crate::server::{Server, TlsStream, hello};

/// A limit that the test waits for, and one that it does not.
const SHORT: Duration = Duration::from_millis(150);
const LONG: Duration = Duration::from_secs(20);
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";

fn limits() -> Timeouts {
    let limits = Timeouts::ordinary().with_connect(LONG).unwrap();
    let limits = limits.with_response_head(LONG).unwrap();
    // No time is granted for what a slow line has not carried yet.
    let fast = limits.with_slowest_upload(NonZeroU32::MAX);
    fast.with_stall(LONG).unwrap()
}

/// Sends `body` under `limits` to a server that does `script`, and reads the response.
async fn call<F, S>(
    factory: Factory,
    limits: Timeouts,
    body: Body,
    script: F,
) -> Result<Bytes, TransportError>
where
    F: Fn(TlsStream) -> S + Send + Sync + 'static,
    S: Future<Output = ()> + Send + 'static,
{
    let stage = Stage::new();
    let server = Server::raw(stage.tls(), script).await;
    let settings = stage.settings(&server);
    let client = factory(settings.with_timeouts(OperationClass::Ordinary, limits)).unwrap();
    let response = post(&*client, &server, body).await?;
    response.into_body().collect(1_000).await
}

/// Reads for as long as there is something, and responds nothing.
async fn swallow(mut stream: TlsStream) {
    let mut buffer = [0; 65_536];
    while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
}

#[track_caller]
fn assert_ran_out<T>(outcome: Result<T, TransportError>, which: TimeoutKind, reached: bool) {
    let error = outcome.err().unwrap();
    assert_eq!(error.kind(), &ErrorKind::Timeout(which), "{error:?}");
    assert!(error.is_timeout());
    assert_eq!(error.request_may_have_reached_service(), reached);
}

/// Also when both classes of operation have the same limit, which the library below then has as well.
pub(super) async fn connecting(factory: Factory) {
    let stage = Stage::new();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::at(silent.local_addr().unwrap());
    let short = limits().with_connect(SHORT).unwrap();
    for download in [limits(), short] {
        let settings = stage.settings(&server);
        let settings = settings.with_timeouts(OperationClass::Ordinary, short);
        let client = factory(settings.with_timeouts(OperationClass::Download, download)).unwrap();
        let started = Instant::now();
        for body in [Body::empty(), Body::from("body")] {
            let outcome = post(&*client, &server, body).await;
            assert_ran_out(outcome, TimeoutKind::Connect, false);
        }
        assert!(started.elapsed() >= SHORT * 2 && started.elapsed() < LONG);
    }
}

pub(super) async fn sending(factory: Factory) {
    let limits = limits().with_stall(SHORT).unwrap();
    let body = Body::from(vec![0; 20_000_000]);
    let outcome = call(factory, limits, body, |stream| async move {
        sleep(LONG).await;
        drop(stream);
    });
    assert_ran_out(outcome.await, TimeoutKind::Upload, true);
}

pub(super) async fn response_head(factory: Factory) {
    let limits = limits().with_response_head(SHORT).unwrap();
    for body in [Body::empty(), Body::from("body")] {
        let outcome = call(factory, limits, body, swallow).await;
        assert_ran_out(outcome, TimeoutKind::ResponseHead, true);
    }
}

pub(super) async fn response_body(factory: Factory) {
    let limits = limits().with_stall(SHORT).unwrap();
    let outcome = call(factory, limits, Body::empty(), |mut stream| async move {
        stream.write_all(HEAD).await.unwrap();
        stream.write_all(b"begin").await.unwrap();
        swallow(stream).await;
    });
    assert_ran_out(outcome.await, TimeoutKind::Download, true);
}

pub(super) async fn whole_request_before_the_head(factory: Factory) {
    let limits = limits().with_total(SHORT).unwrap();
    let outcome = call(factory, limits, Body::from("body"), swallow).await;
    assert_ran_out(outcome, TimeoutKind::Total, true);
}

/// Sends a response of 100 bytes, one every so often.
async fn drip(mut stream: TlsStream, every: Duration) {
    stream.write_all(HEAD).await.unwrap();
    for _ in 0..100 {
        if stream.write_all(b"x").await.is_err() {
            return;
        }
        sleep(every).await;
    }
}

pub(super) async fn whole_request_in_the_body(factory: Factory) {
    let limits = limits().with_total(SHORT).unwrap();
    let outcome = call(factory, limits, Body::empty(), |stream| {
        drip(stream, Duration::from_millis(5))
    });
    assert_ran_out(outcome.await, TimeoutKind::Total, true);
}

/// Each piece comes in time, but the whole does not.
pub(super) async fn whole_response_that_drips(factory: Factory) {
    let limits = limits().with_response(SHORT * 2).unwrap();
    for every in [5, 100] {
        let started = Instant::now();
        let outcome = call(factory, limits, Body::from("body"), move |stream| {
            drip(stream, Duration::from_millis(every))
        });
        assert_ran_out(outcome.await, TimeoutKind::Response, true);
        assert!(started.elapsed() < LONG / 4);
    }
    let outcome = call(factory, limits, Body::from("body"), swallow).await;
    assert_ran_out(outcome, TimeoutKind::Response, true);
}

/// The upload takes longer than the response may.
pub(super) async fn whole_response_begins_after_the_upload(factory: Factory) {
    let limits = limits().with_response(SHORT * 2).unwrap();
    let pieces = stream::iter(0..20).then(|_| async {
        sleep(Duration::from_millis(25)).await;
        Ok::<_, io::Error>(Bytes::from_static(b"12345"))
    });
    let body = Body::from_stream(pieces, Some(100));
    let started = Instant::now();
    let outcome = call(factory, limits, body, |mut stream| async move {
        let mut seen = Vec::new();
        while !seen.ends_with(&b"12345".repeat(20)) {
            seen.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(HEAD).await.unwrap();
        stream.write_all(&[b'x'; 100]).await.unwrap();
    });
    assert_eq!(outcome.await.unwrap().len(), 100);
    assert!(started.elapsed() > SHORT * 3);
}

/// What a request with a latest moment becomes over a line that is `late`.
async fn send_by(
    factory: Factory,
    limit: Duration,
    late: Duration,
) -> (Result<(), ErrorKind>, usize) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), hello).await;
    let relay = relay::start(server.address, Relay::Late(late)).await;
    let behind = Server::at(relay);
    let client = stage.client(factory, &behind);
    let clock = SharedClock::default();
    let request = Request::post(behind.url("/x")).extension(SendBy::within(limit, &clock));
    let body = Body::from(vec![0; 100_000]);
    let outcome = client.send(request.body(body).unwrap()).await;
    if let Err(error) = &outcome {
        assert!(!error.request_may_have_reached_service());
    }
    // Nothing trickles in afterwards either.
    sleep(SHORT).await;
    let outcome = outcome.map(drop).map_err(|error| error.kind().clone());
    (outcome, server.requests())
}

pub(super) async fn late_connection_sends_nothing(factory: Factory) {
    let late = send_by(factory, SHORT, SHORT * 2).await;
    assert_eq!(late, (Err(ErrorKind::SendDeadline), 0));
    let none = send_by(factory, Duration::ZERO, Duration::ZERO).await;
    assert_eq!(none, (Err(ErrorKind::SendDeadline), 0));
}

pub(super) async fn connection_in_time_sends(factory: Factory) {
    let in_time = send_by(factory, LONG, SHORT).await;
    assert_eq!(in_time, (Ok(()), 1));
    let endless = send_by(factory, Duration::MAX, Duration::ZERO).await;
    assert_eq!(endless, (Ok(()), 1));
}

pub(super) async fn slow_but_moving_body_is_no_failure(factory: Factory) {
    let limits = limits()
        .with_stall(SHORT)
        .unwrap()
        .with_response_head(SHORT)
        .unwrap();
    let started = Instant::now();
    let outcome = call(factory, limits, Body::empty(), |stream| {
        drip(stream, Duration::from_millis(5))
    });
    assert_eq!(outcome.await.unwrap().len(), 100);
    assert!(started.elapsed() > SHORT * 3);
}

pub(super) async fn slow_but_moving_upload_is_no_failure(factory: Factory) {
    let limits = limits()
        .with_stall(SHORT)
        .unwrap()
        .with_response_head(SHORT)
        .unwrap();
    let pieces = stream::iter(0..20).then(|_| async {
        sleep(Duration::from_millis(25)).await;
        Ok::<_, io::Error>(Bytes::from_static(b"12345"))
    });
    let body = Body::from_stream(pieces, Some(100));
    let outcome = call(factory, limits, body, |mut stream| async move {
        let mut seen = Vec::new();
        while !seen.ends_with(&b"12345".repeat(20)) {
            seen.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(HEAD).await.unwrap();
        stream.write_all(&[b'x'; 100]).await.unwrap();
    });
    assert_eq!(outcome.await.unwrap().len(), 100);
}

pub(super) async fn source_that_stands_still(factory: Factory) {
    let limits = limits().with_stall(SHORT).unwrap();
    let first = stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"12345"))]);
    let body = Body::from_stream(first.chain(stream::pending()), Some(10));
    let outcome = call(factory, limits, body, swallow).await;
    assert_ran_out(outcome, TimeoutKind::Upload, true);
}

pub(super) async fn limits_without_end_are_no_failure(factory: Factory) {
    let endless = Timeouts::ordinary().with_connect(Duration::MAX).unwrap();
    let endless = endless.with_response_head(Duration::MAX).unwrap();
    let endless = endless.with_stall(Duration::MAX).unwrap();
    let endless = endless.with_response(Duration::MAX).unwrap();
    let endless = endless.with_total(Duration::MAX).unwrap();
    let outcome = call(factory, endless, Body::from("body"), |stream| {
        drip(stream, Duration::from_millis(1))
    });
    assert_eq!(outcome.await.unwrap().len(), 100);
}

pub(super) async fn downloads_have_limits_of_their_own(factory: Factory) {
    let stage = Stage::new();
    let server = Server::raw(stage.tls(), |mut stream| async move {
        let mut buffer = [0; 65_536];
        while matches!(stream.read(&mut buffer).await, Ok(1..)) {
            sleep(SHORT * 2).await;
            if stream.write_all(HEAD).await.is_err() {
                return;
            }
        }
    })
    .await;
    let short = limits().with_response_head(SHORT).unwrap();
    let settings = stage.settings(&server);
    let settings = settings.with_timeouts(OperationClass::Ordinary, short);
    let client = factory(settings.with_timeouts(OperationClass::Download, limits())).unwrap();
    let outcome = get(&*client, &server).await;
    assert_ran_out(outcome, TimeoutKind::ResponseHead, true);
    let request = Request::get(server.url("/x")).extension(OperationClass::Download);
    let response = client.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.unwrap().status(), 200);
}
