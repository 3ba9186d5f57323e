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
use portal_certificate::{Certificate, EnterpriseCertificate};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::caller::Caller;
use super::delivery;
use super::handshake;
use super::presence::Presence;
use crate::certificates::MakingError;
use crate::clock::SandboxClock;
use crate::management::Peer;
use crate::shared::Shared;

/// A peer that has not finished its handshake by then is let go.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A connection on which no next request has come by then is closed.
const IDLE: Duration = Duration::from_secs(60);

/// Certificates are checked at the sandbox's time, like everything else.
#[derive(Debug)]
struct ClockTime(SandboxClock);

impl TimeProvider for ClockTime {
    fn current_time(&self) -> Option<UnixTime> {
        let since_epoch = u64::try_from(self.0.now().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(since_epoch)))
    }
}

/// What the server's side of TLS needs: client certificates of the given authorities are demanded.
/// All of them are named to clients as acceptable issuers, intermediates too, and a client that sends
/// its own certificate alone gets in by them.
pub(crate) fn tls(
    server: &EnterpriseCertificate,
    anchors: &[Certificate],
    clock: &SandboxClock,
) -> Result<Arc<ServerConfig>, MakingError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    for anchor in anchors {
        roots.add(CertificateDer::from(anchor.der().to_vec()))?;
    }
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()?;
    // The root itself is not sent: a client has it or does not trust it.
    let chain = server
        .chain_der()
        .take(2)
        .map(|der| CertificateDer::from(der.to_vec()))
        .collect();
    let key = PrivatePkcs8KeyDer::from(server.private_key_pkcs8().to_vec());
    let mut config =
        ServerConfig::builder_with_details(provider, Arc::new(ClockTime(clock.clone())))
            .with_protocol_versions(&[&rustls::version::TLS12, &rustls::version::TLS13])?
            .with_client_cert_verifier(clients)
            .with_single_cert(chain, key.into())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Serves the API until it is dropped, and all its connections with it.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    router: Router,
    shared: Arc<Shared>,
) {
    let acceptor = TlsAcceptor::from(tls);
    accept(listener, |stream| {
        secured(
            stream,
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

async fn secured(stream: TcpStream, acceptor: TlsAcceptor, router: Router, shared: Arc<Shared>) {
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
    let organization = stream
        .get_ref()
        .1
        .peer_certificates()
        .and_then(|chain| chain.first())
        .and_then(|leaf| portal_certificate::organization_number(leaf));
    converse(stream, router.layer(Extension(Caller(organization)))).await;
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
