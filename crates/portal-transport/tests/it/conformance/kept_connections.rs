//! Requests on a connection that has carried another one before, which the server then ends.
//!
//! What was proven of a connection when it was new says nothing about a later request on it: none
//! of these requests may be called unsent.

use portal_transport::{Body, ErrorKind, Idempotency, TlsFailure, TransportError, Verdict};
use rustls::AlertDescription;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::broken_lines::{LARGE, read_head, reset};
use super::{Stage, post};
use crate::authority::{POSTEN, Wish};
use crate::factory::Factory;
use crate::late_alert;
use crate::server::{Server, TlsStream, mutual_with};

/// Sizes of bodies that go out in one piece, and in several.
const SIZES: [usize; 2] = [4, 100_000];
const ALERTS: [(AlertDescription, &str); 3] = [
    (AlertDescription::CertificateUnknown, "certificate_unknown"),
    (AlertDescription::CertificateExpired, "certificate_expired"),
    (AlertDescription::AccessDenied, "access_denied"),
];

/// Whether a request before the one that fails has used the connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Connection {
    New,
    Kept,
}

/// What comes of a body of `size` bytes when the server does `end` with the connection after `read`
/// bytes of it.
async fn errors<F, S>(
    factory: Factory,
    connection: Connection,
    size: usize,
    read: usize,
    end: F,
) -> Vec<TransportError>
where
    F: Fn(TlsStream) -> S + Clone + Send + Sync + 'static,
    S: Future<Output = ()> + Send + 'static,
{
    let mut errors = Vec::new();
    for version in [&TLS12, &TLS13] {
        let stage = Stage::new();
        let certificate = stage.authority.issue(&Wish::of(POSTEN));
        let tls = mutual_with(certificate, &stage.authority, &[version]);
        let end = end.clone();
        let server = Server::raw(Some(late_alert::enabled(tls)), move |mut stream| {
            let end = end.clone();
            async move {
                if connection == Connection::Kept {
                    read_head(&mut stream).await;
                    let response = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                    stream.write_all(response).await.unwrap();
                }
                read_head(&mut stream).await;
                stream.read_exact(&mut vec![0; read]).await.unwrap();
                end(stream).await;
            }
        });
        let server = server.await;
        let client = stage.client(factory, &server);
        if connection == Connection::Kept {
            let first = post(&*client, &server, Body::empty()).await.unwrap();
            first.into_body().collect(0).await.unwrap();
        }
        let body = Body::from(vec![0; size]);
        errors.push(post(&*client, &server, body).await.unwrap_err());
        assert_eq!(server.connections(), 1);
    }
    errors
}

#[track_caller]
fn assert_refused(error: &TransportError, name: &str) {
    match error.tls_failure() {
        Some(TlsFailure::ClientCertificateRefused { alert, .. }) => assert_eq!(*alert, name),
        _ => panic!("{error:?}"),
    }
}

#[track_caller]
fn assert_may_have_arrived(error: &TransportError) {
    assert!(error.request_may_have_reached_service(), "{error:?}");
    let verdict = Verdict::of_error(error);
    assert!(!verdict.may_retry(Idempotency::NonIdempotent), "{error:?}");
}

pub(super) async fn refused_after_the_whole_request(factory: Factory) {
    for (alert, name) in ALERTS {
        for size in SIZES {
            let refuse = move |stream| late_alert::send(stream, alert);
            for error in errors(factory, Connection::Kept, size, size, refuse).await {
                assert_refused(&error, name);
                assert_may_have_arrived(&error);
            }
        }
    }
}

pub(super) async fn refused_during_the_request(factory: Factory) {
    for (alert, name) in ALERTS {
        let refuse = move |stream| late_alert::send(stream, alert);
        for error in errors(factory, Connection::Kept, LARGE, 1_000, refuse).await {
            assert_refused(&error, name);
            assert_may_have_arrived(&error);
        }
    }
}

/// On a new connection the same refusal proves that the service can't have all of the body, if not
/// all was handed over.
pub(super) async fn refused_on_a_new_connection(factory: Factory) {
    let (alert, name) = ALERTS[0];
    let refuse = move |stream| late_alert::send(stream, alert);
    for size in SIZES {
        for error in errors(factory, Connection::New, size, size, refuse).await {
            assert_refused(&error, name);
            assert_may_have_arrived(&error);
        }
    }
    for error in errors(factory, Connection::New, LARGE, 1_000, refuse).await {
        assert_refused(&error, name);
        assert!(!error.request_may_have_reached_service(), "{error:?}");
    }
}

pub(super) async fn ended_after_the_whole_request(factory: Factory) {
    for size in SIZES {
        let close = async |mut stream: TlsStream| drop(stream.shutdown().await);
        let mut ended = errors(factory, Connection::Kept, size, size, close).await;
        let abort = async |stream| reset(stream);
        ended.extend(errors(factory, Connection::Kept, size, size, abort).await);
        for error in ended {
            assert_eq!(error.kind(), &ErrorKind::NoResponse, "{error:?}");
            assert_may_have_arrived(&error);
        }
    }
}

pub(super) async fn ended_during_the_request(factory: Factory) {
    let close = async |mut stream: TlsStream| drop(stream.shutdown().await);
    let mut ended = errors(factory, Connection::Kept, LARGE, 1_000, close).await;
    let abort = async |stream| reset(stream);
    ended.extend(errors(factory, Connection::Kept, LARGE, 1_000, abort).await);
    for error in ended {
        assert_eq!(error.kind(), &ErrorKind::NoResponse, "{error:?}");
        assert_may_have_arrived(&error);
    }
}
