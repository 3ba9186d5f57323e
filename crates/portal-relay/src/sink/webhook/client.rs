//! The HTTP client of one webhook.

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use portal_client::{Certificate, Proxy};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tower_service::Service;

use super::WebhookError;
use super::route::{NoTunnel, Route};
use super::target::is_private;
use crate::{CertificateProblem, DeliveryFailure};

pub(super) const CONNECT_TIME: Duration = Duration::from_secs(10);
/// Below the 60 s after which many servers close an idle connection.
const IDLE_TIME: Duration = Duration::from_secs(50);
const IDLE_CONNECTIONS: usize = 8;

type Sender<C> = Client<C, Full<Bytes>>;

/// Connects by TLS to any address, or without it to private ones. HTTP/1.1, without redirects.
#[derive(Clone)]
pub(super) enum WebhookClient {
    Https(Box<Sender<HttpsConnector<Route>>>),
    PrivateHttp(Box<Sender<HttpConnector<PrivateResolver>>>),
}

impl WebhookClient {
    pub(super) fn https(
        anchors: Option<&[Certificate]>,
        proxy: Option<&Proxy>,
    ) -> Result<Self, WebhookError> {
        let mut http = connector(GaiResolver::new());
        http.enforce_http(false);
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls(anchors)?)
            .https_only()
            .enable_http1()
            .wrap_connector(Route::new(http, proxy));
        Ok(Self::Https(Box::new(client(https))))
    }

    pub(super) fn private_http() -> Self {
        Self::PrivateHttp(Box::new(client(connector(PrivateResolver(
            GaiResolver::new(),
        )))))
    }

    pub(super) async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, DeliveryFailure> {
        let response = match self {
            Self::Https(client) => client.request(request).await,
            Self::PrivateHttp(client) => client.request(request).await,
        };
        response.map_err(|error| failure(&error))
    }
}

fn connector<R>(resolver: R) -> HttpConnector<R> {
    let mut http = HttpConnector::new_with_resolver(resolver);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(CONNECT_TIME));
    http
}

fn client<C>(connector: C) -> Sender<C>
where
    C: hyper_util::client::legacy::connect::Connect + Clone,
{
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIME)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .build(connector)
}

fn tls(anchors: Option<&[Certificate]>) -> Result<ClientConfig, WebhookError> {
    let set_up = |cause: Box<dyn StdError + Send + Sync>| WebhookError::Tls { source: cause };
    let anchor = |cause: Box<dyn StdError + Send + Sync>| WebhookError::Anchor { source: cause };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match anchors {
        None => {
            let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(&provider));
            Arc::new(verifier.map_err(|cause| set_up(cause.into()))?)
        }
        Some(issuers) => {
            let mut roots = RootCertStore::empty();
            for issuer in issuers {
                let der = issuer.der().to_vec().into();
                roots.add(der).map_err(|cause| anchor(cause.into()))?;
            }
            let roots = Arc::new(roots);
            WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
                .build()
                .map_err(|cause| anchor(cause.into()))?
        }
    };
    let versions =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(versions
        .map_err(|cause| set_up(cause.into()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// Looks names up and keeps the loopback and private addresses.
#[derive(Clone)]
pub(super) struct PrivateResolver(GaiResolver);

/// A name that leads to other addresses only.
#[derive(Debug, thiserror::Error)]
#[error("the name has no loopback or private address")]
struct NoPrivateAddress;

impl Service<Name> for PrivateResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let found = self.0.call(name);
        Box::pin(async move {
            let private = found.await?.filter(|address| is_private(address.ip()));
            let private: Vec<SocketAddr> = private.collect();
            if private.is_empty() {
                return Err(io::Error::other(NoPrivateAddress));
            }
            Ok(private.into_iter())
        })
    }
}

/// What an error of the HTTP library means.
fn failure(error: &hyper_util::client::legacy::Error) -> DeliveryFailure {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(failure) = of_cause(current) {
            return failure;
        }
        // An I/O error's source leaves out the error that it wraps.
        let wrapped = current
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        cause = wrapped.map_or_else(|| current.source(), |wrapped| Some(wrapped));
    }
    if error.is_connect() {
        DeliveryFailure::Connect
    } else {
        DeliveryFailure::NoResponse
    }
}

fn of_cause(cause: &(dyn StdError + 'static)) -> Option<DeliveryFailure> {
    if cause.is::<NoPrivateAddress>() {
        return Some(DeliveryFailure::NotPrivate);
    }
    if cause.is::<NoTunnel>() {
        return Some(DeliveryFailure::Proxy);
    }
    match cause.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(problem) => {
            Some(DeliveryFailure::Certificate(certificate_problem(problem)))
        }
        _ => Some(DeliveryFailure::Tls),
    }
}

fn certificate_problem(problem: &CertificateError) -> CertificateProblem {
    match problem {
        CertificateError::UnknownIssuer => CertificateProblem::UnknownIssuer,
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => CertificateProblem::Dates,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateProblem::Name
        }
        CertificateError::Revoked => CertificateProblem::Revoked,
        _ => CertificateProblem::Other,
    }
}
