//! Responses as they should be.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::Response;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use portal_transport::{Body, ErrorKind};
use tokio::sync::mpsc;

use super::{Stage, get};
use crate::factory::Factory;
use crate::server::{Server, ServerResponse, text};

fn pieces(count: usize) -> ServerResponse {
    let piece = || Ok(Frame::data(Bytes::from_static(b"piece")));
    let pieces = stream::iter((0..count).map(move |_| piece()));
    Response::new(BodyExt::boxed(StreamBody::new(pieces)))
}

pub(super) async fn any_status_is_a_response(factory: Factory) {
    let stage = Stage::new();
    for status in [200, 201, 400, 404, 409, 429, 500, 503] {
        let server = Server::start(stage.tls(), move |_| async move {
            let mut response = text("why");
            *response.status_mut() = status.try_into().unwrap();
            response
        })
        .await;
        let response = get(&*stage.client(factory, &server), &server)
            .await
            .unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.into_body().collect(10).await.unwrap(), "why");
        assert_eq!(server.requests(), 1);
    }
}

pub(super) async fn headers_come_through(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), |_| async {
        let mut response = text("");
        let name = "x-next-permitted-poll-time";
        response
            .headers_mut()
            .insert(name, "2026-01-15T12:00:00Z".parse().unwrap());
        response
    })
    .await;
    let response = get(&*stage.client(factory, &server), &server)
        .await
        .unwrap();
    let header = &response.headers()["X-Next-permitted-poll-time"];
    assert_eq!(header, "2026-01-15T12:00:00Z");
}

pub(super) async fn no_content_is_empty(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), |_| async {
        let mut response = text("");
        *response.status_mut() = http::StatusCode::NO_CONTENT;
        response
    })
    .await;
    let client = stage.client(factory, &server);
    for _ in 0..2 {
        let response = get(&*client, &server).await.unwrap();
        assert_eq!(response.status(), 204);
        assert!(response.into_body().collect(0).await.unwrap().is_empty());
    }
    assert_eq!(server.connections(), 1);
}

pub(super) async fn sized_body_has_its_size(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), |_| async { text("twelve bytes") }).await;
    let response = get(&*stage.client(factory, &server), &server)
        .await
        .unwrap();
    assert_eq!(response.body().size(), Some(12));
    assert_eq!(
        response.into_body().collect(12).await.unwrap(),
        "twelve bytes"
    );
}

pub(super) async fn chunked_body_has_no_size(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), |_| async { pieces(3) }).await;
    let response = get(&*stage.client(factory, &server), &server)
        .await
        .unwrap();
    assert_eq!(response.body().size(), None);
    let body = response.into_body().collect(100).await.unwrap();
    assert_eq!(body, "piecepiecepiece");
}

pub(super) async fn body_arrives_while_it_is_sent(factory: Factory) {
    let stage = Stage::new();
    let (sender, receiver) = mpsc::channel::<Bytes>(1);
    let receiver = Arc::new(Mutex::new(Some(receiver)));
    let server = Server::start(stage.tls(), move |_| {
        let receiver = receiver.lock().unwrap().take().unwrap();
        let pieces = stream::unfold(receiver, |mut receiver| async {
            let piece = receiver.recv().await?;
            Some((Ok(Frame::data(piece)), receiver))
        });
        async { Response::new(BodyExt::boxed(StreamBody::new(pieces))) }
    })
    .await;
    let response = get(&*stage.client(factory, &server), &server)
        .await
        .unwrap();
    let mut body = response.into_body();
    for word in ["one", "two"] {
        sender
            .send(Bytes::from_static(word.as_bytes()))
            .await
            .unwrap();
        assert_eq!(body.next_piece().await.unwrap().unwrap(), word);
    }
    drop(sender);
    assert!(body.next_piece().await.unwrap().is_none());
}

pub(super) async fn redirect_is_not_followed(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), |_| async {
        let mut response = text("");
        *response.status_mut() = http::StatusCode::TEMPORARY_REDIRECT;
        let elsewhere = "https://example.com/".parse().unwrap();
        response.headers_mut().insert("location", elsewhere);
        response
    })
    .await;
    let response = get(&*stage.client(factory, &server), &server)
        .await
        .unwrap();
    assert_eq!(response.status(), 307);
    assert_eq!(server.requests(), 1);
}

/// Responds with a body that is said to be encoded so.
async fn encoded(stage: &Stage, encoding: &'static str) -> Server {
    Server::start(stage.tls(), move |_| async move {
        let mut response = text("not really gzip");
        let encoding = http::HeaderValue::from_static(encoding);
        response.headers_mut().insert("content-encoding", encoding);
        response
    })
    .await
}

/// Status and headers are there; only the body can't be read.
pub(super) async fn compressed_body_is_named(factory: Factory) {
    let stage = Stage::new();
    for (encoding, named) in [("gzip", "gzip"), ("a\tbr", "a\\u{9}br")] {
        let server = encoded(&stage, encoding).await;
        let client = stage.client(factory, &server);
        let response = get(&*client, &server).await.unwrap();
        assert_eq!(response.status(), 200);
        let error = response.into_body().collect(100).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::compressed_response(named));
        assert!(error.request_may_have_reached_service());
    }
    let server = encoded(&stage, "Identity").await;
    let response = get(&*stage.client(factory, &server), &server)
        .await
        .unwrap();
    let body = response.into_body().collect(100).await.unwrap();
    assert_eq!(body, "not really gzip");
}

pub(super) async fn compressed_body_that_was_asked_for_is_left_alone(factory: Factory) {
    let stage = Stage::new();
    let server = encoded(&stage, "gzip").await;
    let request = http::Request::get(server.url("/x")).header("accept-encoding", "gzip");
    let request = request.body(Body::empty()).unwrap();
    let client = stage.client(factory, &server);
    let response = client.send(request).await.unwrap();
    let body = response.into_body().collect(100).await.unwrap();
    assert_eq!(body, "not really gzip");
}

pub(super) async fn progress_of_a_download_is_told(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), |_| async { text("twelve bytes") }).await;
    let response = get(&*stage.client(factory, &server), &server)
        .await
        .unwrap();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let body = response.into_body().with_progress(move |progress| {
        sender.send(progress).unwrap();
    });
    let stream = body.into_stream();
    assert!(stream.all(|piece| async move { piece.is_ok() }).await);
    let mut last = None;
    while let Ok(progress) = receiver.try_recv() {
        last = Some(progress);
    }
    let last = last.unwrap();
    assert_eq!((last.done, last.total), (12, Some(12)));
}
