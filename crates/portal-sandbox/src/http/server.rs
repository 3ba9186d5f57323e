//! Listening: TCP, mutual TLS, HTTP/1.1.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use portal_certificate::EnterpriseCertificate;
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
use crate::certificates::MakingError;
use crate::clock::SandboxClock;

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

/// What the server's side of TLS needs: client certificates of the given root are demanded.
pub(crate) fn tls(
    server: &EnterpriseCertificate,
    root: &[u8],
    clock: &SandboxClock,
) -> Result<Arc<ServerConfig>, MakingError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.to_vec()))?;
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
pub(crate) async fn serve(listener: TcpListener, tls: Arc<ServerConfig>, router: Router) {
    let acceptor = TlsAcceptor::from(tls);
    accept(listener, |stream| {
        secured(stream, acceptor.clone(), router.clone())
    })
    .await;
}

/// The same without TLS.
pub(crate) async fn serve_plainly(listener: TcpListener, router: Router) {
    accept(listener, |stream| converse(stream, router.clone())).await;
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

async fn secured(stream: TcpStream, acceptor: TlsAcceptor, router: Router) {
    let stream = match timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(%error, "a TLS handshake failed");
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
    let service = service_fn(|request| {
        let response = router.call(request);
        async move {
            let Ok(response) = response.await;
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
