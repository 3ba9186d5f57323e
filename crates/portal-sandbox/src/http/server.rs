//! Listening: TCP, mutual TLS, HTTP/1.1.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use axum::response::IntoResponse;
use http::StatusCode;
use http::uri::{PathAndQuery, Uri};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::caller::{Connection, Port};
use super::delivery;
use super::handshake;
use super::presence::Presence;
use crate::management::Peer;
use crate::shared::Shared;

/// A peer that has not finished its handshake by then is let go.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A connection on which no next request has come by then is closed.
const IDLE: Duration = Duration::from_secs(60);

/// Serves the API, or the token endpoint, until it is dropped, and all its connections with it.
pub(crate) async fn serve(
    listener: TcpListener,
    port: Port,
    tls: Arc<ServerConfig>,
    router: Router,
    shared: Arc<Shared>,
) {
    let acceptor = TlsAcceptor::from(tls);
    accept(listener, |stream| {
        secured(
            stream,
            port,
            acceptor.clone(),
            router.clone(),
            Arc::clone(&shared),
        )
    })
    .await;
}

/// The same without TLS.
pub(crate) async fn serve_plainly(listener: TcpListener, router: Router) {
    accept(listener, |stream| {
        let router = match stream.peer_addr() {
            Ok(address) => router.clone().layer(Extension(Peer(address))),
            Err(_) => router.clone(),
        };
        converse(stream, router)
    })
    .await;
}

async fn accept<F>(listener: TcpListener, connection: impl Fn(TcpStream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Responses are small and complete; waiting to fill a packet only costs time.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(connection(stream));
                }
                Err(error) => {
                    // Most often too many open files: a moment later there may be room.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn secured(
    stream: TcpStream,
    port: Port,
    acceptor: TlsAcceptor,
    router: Router,
    shared: Arc<Shared>,
) {
    let stream = match timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(%error, "a TLS handshake failed");
            if let Some(refused) = handshake::refused(&error) {
                shared.connection_refused(refused.reason, refused.help);
            }
            return;
        }
        Err(_) => return,
    };
    let chain = stream.get_ref().1.peer_certificates();
    let leaf = chain.and_then(|chain| chain.first());
    let connection = Connection::new(port, leaf.map(AsRef::as_ref));
    converse(stream, router.layer(Extension(connection))).await;
}

async fn converse<S>(stream: S, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = TowerToHyperService::new(router);
    let service = service_fn(|mut request: hyper::Request<Incoming>| {
        single_slashes(request.uri_mut());
        let presence = Presence::default();
        request.extensions_mut().insert(presence.clone());
        let waiting = presence.waiting();
        let call = tokio::spawn(router.call(request));
        async move {
            let response = match call.await {
                Ok(Ok(response)) => response,
                Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            };
            waiting.done();
            delivery::deliver(response).await
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Makes one slash of two: clients that join a root with a trailing slash and a path send them.
fn single_slashes(uri: &mut Uri) {
    let Some(whole) = uri.path_and_query() else {
        return;
    };
    let path = whole.path();
    let trimmed = match path.strip_suffix('/') {
        Some(trimmed) if !trimmed.is_empty() => trimmed,
        _ => path,
    };
    if trimmed == path && !path.contains("//") {
        return;
    }
    let mut single = String::with_capacity(path.len());
    for letter in trimmed.chars() {
        if letter != '/' || !single.ends_with('/') {
            single.push(letter);
        }
    }
    if let Some(query) = whole.query() {
        single.push('?');
        single.push_str(query);
    }
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = PathAndQuery::try_from(single).ok();
    *uri = Uri::from_parts(parts).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_slashes_are_one_and_a_last_one_is_none() {
        for (sent, read) in [
            ("/api//123456789", "/api/123456789"),
            ("/api/123456789/?a=//b/", "/api/123456789?a=//b/"),
            ("//api/1", "/api/1"),
            ("/", "/"),
            ("/api/1?polling_queue", "/api/1?polling_queue"),
        ] {
            let mut uri: Uri = sent.parse().unwrap();
            single_slashes(&mut uri);
            assert_eq!(uri.to_string(), read);
        }
    }
}
