//! The last look at the lease before a request goes out.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portal_client::http::{Request, Response};
use portal_client::{Body, BoxFuture, ErrorKind, Operation, Transport, TransportError};

use super::LeaseError;
use super::keeper::Shared;

/// Lets polls and confirmations through while the relay holds the lease with enough time left for them, and refuses
/// them otherwise, unsent. Everything else passes: creating a job needs no lease.
///
/// Put it directly on the transport, below rate limit, retries and access tokens, so that nothing waits between the
/// look and the request. Clones are the same gate; give one to [`RelayBuilder::gate`](crate::RelayBuilder::gate).
///
/// ```
/// use portal_client::{BuildError, ClientBuilder, HyperTransport, PortalClient};
/// use portal_relay::LeaseGate;
///
/// fn client(builder: ClientBuilder, gate: &LeaseGate) -> Result<PortalClient, BuildError> {
///     let gate = gate.clone();
///     builder.build_over(move |settings| Ok(gate.guard(HyperTransport::new(settings)?)))
/// }
/// ```
#[derive(Clone, Default)]
pub struct LeaseGate(Arc<Mutex<Option<Arc<Shared>>>>);

impl LeaseGate {
    /// Creates a gate that is closed until a relay with it holds the lease.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts the gate on a transport.
    #[must_use]
    pub fn guard<T: Transport>(&self, transport: T) -> GatedTransport<T> {
        GatedTransport {
            gate: self.clone(),
            transport,
        }
    }

    fn lease(&self) -> MutexGuard<'_, Option<Arc<Shared>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the gate for as long as the lease is held.
    pub(crate) fn open(&self, lease: Arc<Shared>) {
        *self.lease() = Some(lease);
    }

    pub(crate) fn close(&self) {
        *self.lease() = None;
    }

    async fn pass(&self) -> Result<(), LeaseError> {
        let lease = self.lease().clone();
        lease.ok_or(LeaseError::NotHeld)?.permit().await
    }
}

impl fmt::Debug for LeaseGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_open = self.lease().is_some();
        f.debug_struct("LeaseGate")
            .field("is_open", &is_open)
            .finish()
    }
}

/// A transport behind a [`LeaseGate`].
#[derive(Debug)]
pub struct GatedTransport<T> {
    gate: LeaseGate,
    transport: T,
}

impl<T: Transport> Transport for GatedTransport<T> {
    fn send(
        &self,
        request: Request<Body>,
    ) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let needs_lease = matches!(
            request.extensions().get(),
            Some(Operation::StatusChange | Operation::Confirm)
        );
        if !needs_lease {
            return self.transport.send(request);
        }
        Box::pin(async move {
            if let Err(refused) = self.gate.pass().await {
                return Err(TransportError::unsent(ErrorKind::Layer).with_source(refused));
            }
            self.transport.send(request).await
        })
    }

    fn reserve(&self) -> BoxFuture<'_, Result<portal_transport::Reservation, TransportError>> {
        self.transport.reserve()
    }

    fn is_rate_limited(&self) -> bool {
        self.transport.is_rate_limited()
    }
}
