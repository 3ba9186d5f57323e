//! The watch over the making of a connection: its time limit, and that the server asked who we
//! are.

mod refusal;

use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::time::Instant;
use tokio::time::error::Elapsed;
use tower_layer::Layer;
use tower_service::Service;

use refusal::Refusal;

use crate::error::BoxError;
use crate::failure::{self, Carried};
use crate::in_flight::InFlight;
use crate::proxy::Tunnel;
use crate::tls::Handshake;
use crate::{BoxFuture, ErrorKind, TimeoutKind, Timeouts, TlsFailure, TransportError};

/// Wraps a connector, TLS included.
#[derive(Clone)]
pub(crate) struct WatchConnect {
    /// We show a certificate, and the server has to ask for it.
    pub(crate) shows_certificate: bool,
    /// The tunnel that the connector opens by itself, if it does not say with what status a proxy
    /// refuses it.
    pub(crate) tunnel: Option<Arc<Tunnel>>,
}

impl<S> Layer<S> for WatchConnect {
    type Service = WatchedConnect<S>;

    fn layer(&self, connector: S) -> WatchedConnect<S> {
        WatchedConnect {
            connector,
            shows_certificate: self.shows_certificate,
            tunnel: self.tunnel.clone(),
        }
    }
}

#[derive(Clone)]
pub(crate) struct WatchedConnect<S> {
    connector: S,
    shows_certificate: bool,
    tunnel: Option<Arc<Tunnel>>,
}

impl<S, Target> Service<Target> for WatchedConnect<S>
where
    S: Service<Target>,
    S::Response: Send,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, target: Target) -> Self::Future {
        // Asked here and not in the future, which the library may move to a task of its own.
        let request = InFlight::current();
        let limit = request
            .as_ref()
            .map_or(Timeouts::ordinary().connect(), |request| {
                request.connect_limit()
            });
        let connect = self.connector.call(target);
        let tunnel = self.tunnel.clone();
        let shows_certificate = self.shows_certificate;
        Box::pin(async move {
            if let Some(request) = &request {
                request.connecting();
            }
            let started = Instant::now();
            let handshake = Arc::new(Handshake::default());
            let connecting = tokio::time::timeout(limit, handshake.record(connect));
            let finished = finished(connecting.await, &handshake, shows_certificate);
            if let Some(request) = &request {
                let unconfirmed = shows_certificate && handshake.is_tls13();
                let unconfirmed = unconfirmed.then(|| started.elapsed());
                request.connected(unconfirmed);
            }
            let cause = match finished {
                Finished::Connection(connection) => return Ok(connection),
                Finished::Failed(error) => return carried(error),
                Finished::Broken(cause) => cause,
            };
            if let Some(tunnel) = tunnel
                && let Some(refusal) = Refusal::of(cause.as_ref())
            {
                let left = limit.saturating_sub(started.elapsed());
                if let Some(status) = refusal.status(&tunnel, left).await {
                    let kind = ErrorKind::ProxyRefused { status };
                    return carried(TransportError::unsent(kind).with_source(cause));
                }
            }
            carried(failure::while_connecting(cause, &handshake))
        })
    }
}

/// How connecting ended.
enum Finished<C> {
    Connection(C),
    Failed(TransportError),
    /// With an error from below, which has to be explained.
    Broken(BoxError),
}

fn finished<C, E: Into<BoxError>>(
    outcome: Result<Result<C, E>, Elapsed>,
    handshake: &Handshake,
    shows_certificate: bool,
) -> Finished<C> {
    let failed = |kind| Finished::Failed(TransportError::unsent(kind));
    match outcome {
        // A certificate that could not be shown is no proof of who we are, even where the server
        // goes on without it.
        Ok(_) if handshake.no_common_scheme() => {
            failed(ErrorKind::Tls(TlsFailure::NoCommonSignatureScheme))
        }
        Ok(Ok(connection)) if !shows_certificate || handshake.client_certificate_asked() => {
            Finished::Connection(connection)
        }
        Ok(Ok(_)) => failed(ErrorKind::Tls(TlsFailure::ClientCertificateNotAsked)),
        Ok(Err(cause)) => Finished::Broken(cause.into()),
        Err(_) => failed(ErrorKind::Timeout(TimeoutKind::Connect)),
    }
}

/// The error on its way through the HTTP library.
fn carried<T>(error: TransportError) -> Result<T, BoxError> {
    Err(Box::new(Carried::new(error)))
}
