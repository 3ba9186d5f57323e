//! Requests as the service sees them.

use std::io;

use bytes::Bytes;
use futures_util::stream;
use http::Request;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use portal_transport::{Body, ErrorKind, RequestBodyProblem};
use tokio::sync::mpsc;

use super::{Stage, post};
use crate::factory::Factory;
use crate::server::{Server, ServerResponse, hello, text};

/// A request without its body, and the body.
type Seen = (Request<()>, Bytes);

/// A server that reads whole requests and hands them to the test.
async fn observed(stage: &Stage) -> (Server, mpsc::UnboundedReceiver<Seen>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let response = move |request: Request<Incoming>| {
        let sender = sender.clone();
        async move { observe(request, &sender).await }
    };
    (Server::start(stage.tls(), response).await, receiver)
}

async fn observe(
    request: Request<Incoming>,
    sender: &mpsc::UnboundedSender<Seen>,
) -> ServerResponse {
    let (head, body) = request.into_parts();
    if let Ok(body) = body.collect().await {
        let seen = (Request::from_parts(head, ()), body.to_bytes());
        sender.send(seen).unwrap();
    }
    text("")
}

pub(super) async fn headers_and_user_agent_are_sent(factory: Factory) {
    let stage = Stage::new();
    let (server, mut seen) = observed(&stage).await;
    let settings = stage
        .settings(&server)
        .with_user_agent_part("example 1.0")
        .unwrap();
    let client = factory(settings).unwrap();
    let request = Request::get(server.url("/x?polling_queue=a%20b"))
        .header("accept", "application/xml")
        .body(Body::empty())
        .unwrap();
    client.send(request).await.unwrap();
    let (request, _) = seen.recv().await.unwrap();
    assert_eq!(request.uri(), "/api/x?polling_queue=a%20b");
    let header = |name| {
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap())
    };
    assert_eq!(header("accept"), Some("application/xml"));
    let user_agent = "portal-client-rs/0.1.0 (rust) (example 1.0)";
    assert_eq!(header("user-agent"), Some(user_agent));
    let host = format!("localhost:{}", server.address.port());
    assert_eq!(header("host"), Some(host.as_str()));
    for absent in ["cookie", "referer", "accept-encoding"] {
        assert_eq!(header(absent), None);
    }
    // Of the factory's token, where there is one.
    let authorization = header("authorization");
    assert!(matches!(authorization, None | Some("Bearer token")));
}

pub(super) async fn sized_body_is_sent_with_its_length(factory: Factory) {
    let stage = Stage::new();
    let (server, mut seen) = observed(&stage).await;
    let client = stage.client(factory, &server);
    let bodies = [
        Body::from("12345"),
        Body::from_reader(io::Cursor::new("12345"), 5),
        Body::from_stream(stream::iter([Ok::<_, io::Error>("12345".into())]), Some(5)),
    ];
    for body in bodies {
        post(&*client, &server, body).await.unwrap();
        let (request, body) = seen.recv().await.unwrap();
        assert_eq!(request.headers()["content-length"], "5");
        assert!(!request.headers().contains_key("transfer-encoding"));
        assert_eq!(body, "12345");
    }
}

pub(super) async fn body_without_size_is_chunked(factory: Factory) {
    let stage = Stage::new();
    let (server, mut seen) = observed(&stage).await;
    let body = Body::from_stream(stream::iter([Ok::<_, io::Error>("12345".into())]), None);
    post(&*stage.client(factory, &server), &server, body)
        .await
        .unwrap();
    let (request, body) = seen.recv().await.unwrap();
    assert_eq!(request.headers()["transfer-encoding"], "chunked");
    assert_eq!(body, "12345");
}

pub(super) async fn empty_post_says_so(factory: Factory) {
    let stage = Stage::new();
    let (server, mut seen) = observed(&stage).await;
    post(&*stage.client(factory, &server), &server, Body::empty())
        .await
        .unwrap();
    let (request, _) = seen.recv().await.unwrap();
    assert_eq!(request.headers()["content-length"], "0");
}

pub(super) async fn large_body_arrives_whole(factory: Factory) {
    let stage = Stage::new();
    let (server, mut seen) = observed(&stage).await;
    let client = stage.client(factory, &server);
    let large: Vec<u8> = (0..3_000_000_u32)
        .map(|index| (index % 251) as u8)
        .collect();
    let size = large.len() as u64;
    let bodies = [
        Body::from(large.clone()),
        Body::from_reader(io::Cursor::new(large.clone()), size),
    ];
    for body in bodies {
        post(&*client, &server, body).await.unwrap();
        assert!(seen.recv().await.unwrap().1 == large);
    }
}

pub(super) async fn url_outside_the_root_is_not_even_connected_to(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), hello).await;
    let other = Server::start(stage.tls(), hello).await;
    let client = stage.client(factory, &server);
    let outside = server.url("/x").replace("/api/", "/web/");
    for url in [
        other.url("/x"),
        outside,
        "https://example.com/api/x".to_owned(),
    ] {
        let request = Request::get(url).body(Body::empty()).unwrap();
        let error = client.send(request).await.unwrap_err();
        let foreign = matches!(error.kind(), ErrorKind::ForeignUrl { .. });
        assert!(foreign, "{error:?}");
        assert!(!error.request_may_have_reached_service());
    }
    assert_eq!((server.connections(), other.connections()), (0, 0));
}

pub(super) async fn body_that_is_too_short_is_not_taken_for_whole(factory: Factory) {
    let stage = Stage::new();
    let (server, mut seen) = observed(&stage).await;
    let body = Body::from_reader(io::Cursor::new("123"), 5);
    let client = stage.client(factory, &server);
    let error = post(&*client, &server, body).await.unwrap_err();
    let kind = ErrorKind::RequestBody(RequestBodyProblem::OtherLength);
    assert_eq!(error.kind(), &kind);
    drop((client, server));
    assert!(seen.try_recv().is_err());
}

pub(super) async fn body_that_fails_breaks_the_request_off(factory: Factory) {
    let stage = Stage::new();
    let (server, mut seen) = observed(&stage).await;
    let pieces = [Ok(Bytes::from("123")), Err(io::Error::other("no disk"))];
    let body = Body::from_stream(stream::iter(pieces), Some(5));
    let client = stage.client(factory, &server);
    let error = post(&*client, &server, body).await.unwrap_err();
    let kind = ErrorKind::RequestBody(RequestBodyProblem::Unreadable);
    assert_eq!(error.kind(), &kind);
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "no disk");
    drop((client, server));
    assert!(seen.try_recv().is_err());
}
