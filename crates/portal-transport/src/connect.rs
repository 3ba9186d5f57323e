//! The watch over the making of a connection: its time limit, and that the server asked who we
//! are.

use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

use crate::call::Call;
use crate::error::BoxError;
use crate::failure::{self, Carried};
use crate::tls::Handshake;
use crate::{BoxFuture, ErrorKind, TimeoutKind, Timeouts, TlsFailure, TransportError};

/// Wraps a connector, TLS included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WatchConnect;

impl<S> Layer<S> for WatchConnect {
    type Service = WatchedConnect<S>;

    fn layer(&self, connector: S) -> WatchedConnect<S> {
        WatchedConnect { connector }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct WatchedConnect<S> {
    connector: S,
}

impl<S, Target> Service<Target> for WatchedConnect<S>
where
    S: Service<Target>,
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
        let call = Call::current();
        let limit = call
            .as_ref()
            .map_or(Timeouts::ordinary().connect(), |call| call.connect_limit());
        let connect = self.connector.call(target);
        Box::pin(async move {
            if let Some(call) = &call {
                call.connecting();
            }
            let started = Instant::now();
            let handshake = Arc::new(Handshake::default());
            let outcome = tokio::time::timeout(limit, handshake.record(connect)).await;
            if let Some(call) = &call {
                let unconfirmed = handshake.is_tls13().then(|| started.elapsed());
                call.connected(unconfirmed);
            }
            let failure = match outcome {
                Ok(Ok(connection)) if handshake.client_certificate_asked() => {
                    return Ok(connection);
                }
                Ok(Ok(_)) => TransportError::before_sending(ErrorKind::Tls(
                    TlsFailure::ClientCertificateNotAsked,
                )),
                Ok(Err(cause)) => failure::while_connecting(cause.into(), &handshake),
                Err(_) => TransportError::before_sending(ErrorKind::Timeout(TimeoutKind::Connect)),
            };
            Err(Box::new(Carried::new(failure)) as BoxError)
        })
    }
}
