//! Answers as they should be.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::Response;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::sync::mpsc;

use super::{Stage, get};
use crate::factory::Factory;
use crate::server::{Answer, Server, text};

fn pieces(count: usize) -> Answer {
    let piece = || Ok(Frame::data(Bytes::from_static(b"piece")));
    let pieces = stream::iter((0..count).map(move |_| piece()));
    Response::new(BodyExt::boxed(StreamBody::new(pieces)))
}

pub(super) async fn any_status_is_an_answer(factory: Factory) {
    let stage = Stage::new();
    for status in [200, 201, 400, 404, 409, 429, 500, 503] {
        let server = Server::start(stage.tls(), move |_| async move {
            let mut answer = text("why");
            *answer.status_mut() = status.try_into().unwrap();
            answer
        })
        .await;
        let answer = get(&*stage.client(factory, &server), &server)
            .await
            .unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.into_body().collect(10).await.unwrap(), "why");
        assert_eq!(server.requests(), 1);
    }
}

pub(super) async fn headers_come_through(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), |_| async {
        let mut answer = text("");
        let name = "x-next-permitted-poll-time";
        answer
            .headers_mut()
            .insert(name, "2026-01-15T12:00:00Z".parse().unwrap());
        answer
    })
    .await;
    let answer = get(&*stage.client(factory, &server), &server)
        .await
        .unwrap();
    let header = &answer.headers()["X-Next-permitted-poll-time"];
    assert_eq!(header, "2026-01-15T12:00:00Z");
}

pub(super) async fn no_content_is_empty(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), |_| async {
        let mut answer = text("");
        *answer.status_mut() = http::StatusCode::NO_CONTENT;
        answer
    })
    .await;
    let client = stage.client(factory, &server);
    for _ in 0..2 {
        let answer = get(&*client, &server).await.unwrap();
        assert_eq!(answer.status(), 204);
        assert!(answer.into_body().collect(0).await.unwrap().is_empty());
    }
    assert_eq!(server.connections(), 1);
}

pub(super) async fn sized_body_has_its_size(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), |_| async { text("twelve bytes") }).await;
    let answer = get(&*stage.client(factory, &server), &server)
        .await
        .unwrap();
    assert_eq!(answer.body().size(), Some(12));
    assert_eq!(
        answer.into_body().collect(12).await.unwrap(),
        "twelve bytes"
    );
}

pub(super) async fn chunked_body_has_no_size(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), |_| async { pieces(3) }).await;
    let answer = get(&*stage.client(factory, &server), &server)
        .await
        .unwrap();
    assert_eq!(answer.body().size(), None);
    let body = answer.into_body().collect(100).await.unwrap();
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
    let answer = get(&*stage.client(factory, &server), &server)
        .await
        .unwrap();
    let mut body = answer.into_body();
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
        let mut answer = text("");
        *answer.status_mut() = http::StatusCode::TEMPORARY_REDIRECT;
        let elsewhere = "https://example.com/".parse().unwrap();
        answer.headers_mut().insert("location", elsewhere);
        answer
    })
    .await;
    let answer = get(&*stage.client(factory, &server), &server)
        .await
        .unwrap();
    assert_eq!(answer.status(), 307);
    assert_eq!(server.requests(), 1);
}

pub(super) async fn compressed_body_is_left_alone(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), |request| async move {
        assert!(!request.headers().contains_key("accept-encoding"));
        let mut answer = text("not really gzip");
        let gzip = "gzip".parse().unwrap();
        answer.headers_mut().insert("content-encoding", gzip);
        answer
    })
    .await;
    let answer = get(&*stage.client(factory, &server), &server)
        .await
        .unwrap();
    let body = answer.into_body().collect(100).await.unwrap();
    assert_eq!(body, "not really gzip");
}

pub(super) async fn progress_of_a_download_is_told(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), |_| async { text("twelve bytes") }).await;
    let answer = get(&*stage.client(factory, &server), &server)
        .await
        .unwrap();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let body = answer.into_body().with_progress(move |progress| {
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
