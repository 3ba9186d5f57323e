//! Lines that break, at every point of a call.

use std::sync::Arc;
use std::time::Duration;

use portal_transport::{Body, ErrorKind, TransportError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

use super::{Stage, get, post};
use crate::factory::Factory;
use crate::server::{Server, TlsStream};

/// Larger than all buffers on the way.
pub(super) const LARGE: usize = 20_000_000;

/// What a client makes of a server that does `script` with the connection.
async fn against<F, S>(factory: Factory, body: Body, script: F) -> Result<Body, TransportError>
where
    F: Fn(TlsStream) -> S + Send + Sync + 'static,
    S: Future<Output = ()> + Send + 'static,
{
    let stage = Stage::new();
    let server = Server::raw(stage.tls(), script).await;
    let client = stage.client(factory, &server);
    let response = post(&*client, &server, body).await?;
    Ok(response.into_body())
}

/// Reads the head of a request and leaves its body.
pub(super) async fn read_head(stream: &mut TlsStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
}

/// Reads a request with a body of four bytes.
async fn read_request(stream: &mut TlsStream) {
    read_head(stream).await;
    stream.read_exact(&mut [0; 4]).await.unwrap();
}

/// Ends the connection with a reset instead of an orderly close.
pub(super) fn reset(stream: TlsStream) {
    let (stream, _) = stream.into_inner();
    stream.set_zero_linger().unwrap();
}

fn assert_no_response(outcome: Result<Body, TransportError>) {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NoResponse, "{error:?}");
    assert!(error.request_may_have_reached_service());
}

async fn assert_broken_off(outcome: Result<Body, TransportError>) {
    let error = outcome.unwrap().collect(1_000).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::BodyBrokenOff, "{error:?}");
    assert!(error.request_may_have_reached_service());
}

pub(super) async fn nobody_listens(factory: Factory) {
    let stage = Stage::new();
    let server = Server::raw(stage.tls(), |_| async {}).await.stop().await;
    let client = stage.client(factory, &server);
    let error = get(&*client, &server).await.unwrap_err();
    let to = format!("localhost:{}", server.address.port());
    assert_eq!(error.kind(), &ErrorKind::connect(to));
    assert!(!error.request_may_have_reached_service());
}

pub(super) async fn closed_before_the_request(factory: Factory) {
    assert_no_response(against(factory, Body::from("body"), |_| async {}).await);
}

pub(super) async fn reset_before_the_request(factory: Factory) {
    let outcome = against(factory, Body::from("body"), |stream| async {
        reset(stream);
    });
    assert_no_response(outcome.await);
}

pub(super) async fn closed_during_the_request(factory: Factory) {
    let body = Body::from(vec![0; LARGE]);
    let outcome = against(factory, body, |mut stream| async move {
        read_head(&mut stream).await;
    });
    assert_no_response(outcome.await);
}

pub(super) async fn closed_after_the_request(factory: Factory) {
    let outcome = against(factory, Body::from("body"), |mut stream| async move {
        read_request(&mut stream).await;
        stream.shutdown().await.unwrap();
    });
    assert_no_response(outcome.await);
}

pub(super) async fn reset_during_the_request(factory: Factory) {
    let body = Body::from(vec![0; LARGE]);
    let outcome = against(factory, body, |mut stream| async move {
        read_head(&mut stream).await;
        reset(stream);
    });
    assert_no_response(outcome.await);
}

pub(super) async fn reset_after_the_request(factory: Factory) {
    let outcome = against(factory, Body::from("body"), |mut stream| async move {
        read_request(&mut stream).await;
        reset(stream);
    });
    assert_no_response(outcome.await);
}

pub(super) async fn response_that_is_not_http(factory: Factory) {
    let outcome = against(factory, Body::from("body"), |mut stream| async move {
        read_request(&mut stream).await;
        stream
            .write_all(b"220 mail.example.com ESMTP\r\n\r\n")
            .await
            .unwrap();
        stream.shutdown().await.unwrap();
    });
    let error = outcome.await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::InvalidResponse);
    assert!(error.request_may_have_reached_service());
}

pub(super) async fn body_that_ends_early(factory: Factory) {
    for head in ["content-length: 100", "transfer-encoding: chunked"] {
        let outcome = against(factory, Body::from("body"), move |mut stream| async move {
            read_request(&mut stream).await;
            let response = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n20\r\nabc");
            stream.write_all(response.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        });
        assert_broken_off(outcome.await).await;
    }
}

pub(super) async fn body_that_is_reset(factory: Factory) {
    let outcome = against(factory, Body::from("body"), |mut stream| async move {
        read_request(&mut stream).await;
        let response = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc";
        stream.write_all(response).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        reset(stream);
    });
    assert_broken_off(outcome.await).await;
}

pub(super) async fn response_before_the_request_is_read(factory: Factory) {
    let body = Body::from(vec![0; LARGE]);
    let outcome = against(factory, body, |mut stream| async move {
        read_head(&mut stream).await;
        let response = b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig";
        stream.write_all(response).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
    });
    let body = outcome.await.unwrap();
    assert_eq!(body.collect(3).await.unwrap(), "big");
}

/// Resolves when the client has ended the connection.
async fn until_closed(mut stream: TlsStream, closed: &Notify) {
    let mut buffer = [0; 4096];
    while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
    closed.notify_one();
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(5), future)
        .await
        .unwrap()
}

pub(super) async fn dropped_call_ends_the_connection(factory: Factory) {
    let stage = Stage::new();
    let (arrived, closed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (on_arrival, on_close) = (arrived.clone(), closed.clone());
    let server = Server::raw(stage.tls(), move |mut stream| {
        let (arrived, closed) = (on_arrival.clone(), on_close.clone());
        async move {
            read_request(&mut stream).await;
            arrived.notify_one();
            until_closed(stream, &closed).await;
        }
    })
    .await;
    let client = stage.client(factory, &server);
    tokio::select! {
        _ = post(&*client, &server, Body::from("body")) => panic!("no response was sent"),
        () = arrived.notified() => {}
    }
    soon(closed.notified()).await;
}

pub(super) async fn dropped_body_ends_the_connection(factory: Factory) {
    let stage = Stage::new();
    let closed = Arc::new(Notify::new());
    let on_close = closed.clone();
    let server = Server::raw(stage.tls(), move |mut stream| {
        let closed = on_close.clone();
        async move {
            read_request(&mut stream).await;
            let response = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nabc";
            stream.write_all(response).await.unwrap();
            until_closed(stream, &closed).await;
        }
    })
    .await;
    let client = stage.client(factory, &server);
    let response = post(&*client, &server, Body::from("body")).await.unwrap();
    drop(response);
    soon(closed.notified()).await;
}
