//! Not sending more requests than the service allows.

mod queue;
mod reservation;

use std::fmt;
use std::sync::Arc;

use http::{Request, Response};

use queue::{Queue, Slot};
pub use reservation::Reservation;

use crate::{
    Body, BoxFuture, Clock, ConfigError, ErrorKind, RateBlock, SendBy, SharedClock, Transport,
    TransportError,
};

/// A [`Transport`] that keeps to the service's limit of ten requests per second, and waits while
/// the service has blocked the organisation for too many requests ([`RateBlock`]).
///
/// The limit is the organisation's: make one layer for each organisation and clone it. Clones
/// share the limit. The wait is not part of any time limit of the transport below. The response
/// that announces a block is handed on.
///
/// Requests go out in the order in which they were made. One that is dropped while it waits leaves
/// the queue as if it had never been there. [`Transport::reserve`] waits in the same queue.
///
/// Over a transport that [is rate limited](Transport::is_rate_limited) already, the layer does
/// nothing: the limit below counts everybody's requests.
///
/// ```
/// use portal_transport::{RateLimit, SharedClock};
/// # use portal_transport::HyperTransport;
///
/// # fn example(transport: HyperTransport) {
/// let transport = RateLimit::new(transport, SharedClock::default());
/// let another_task = transport.clone();
/// # }
/// ```
#[derive(Clone)]
pub struct RateLimit {
    transport: Arc<dyn Transport>,
    clock: SharedClock,
    /// `None` if the transport below has a limit.
    queue: Option<Arc<Queue>>,
}

impl RateLimit {
    /// The most requests per second that the service allows to an organisation, and the default.
    /// Source: the service's documentation.
    pub const MOST_CALLS_PER_SECOND: u32 = queue::MOST_CALLS;

    /// Puts the layer on `transport`.
    pub fn new(transport: impl Transport, clock: SharedClock) -> Self {
        let queue = (!transport.is_rate_limited()).then(|| Arc::new(Queue::new(clock.clone())));
        Self {
            transport: Arc::new(transport),
            clock,
            queue,
        }
    }

    /// Returns a layer on another transport that shares the limit of this one, for a sender who
    /// changes certificates.
    #[must_use]
    pub fn with_transport(&self, transport: impl Transport) -> Self {
        let queue = self.queue.clone().filter(|_| !transport.is_rate_limited());
        Self {
            transport: Arc::new(transport),
            clock: self.clock.clone(),
            queue,
        }
    }

    /// Sets the most requests per second, 1 to 10, for programs that share the organisation's
    /// limit with others. Defaults to 10. Applies to all clones.
    ///
    /// # Errors
    /// [`ConfigError::CallsPerSecond`] if the number is outside 1 to 10.
    pub fn with_calls_per_second(self, calls: u32) -> Result<Self, ConfigError> {
        if !(1..=Self::MOST_CALLS_PER_SECOND).contains(&calls) {
            return Err(ConfigError::CallsPerSecond { given: calls });
        }
        if let Some(queue) = &self.queue {
            queue.set_calls(calls);
        }
        Ok(self)
    }

    async fn limited(
        &self,
        queue: &Arc<Queue>,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, TransportError> {
        let reservation: Option<Reservation> = request.extensions_mut().remove();
        let reserved = reservation.and_then(|reservation| reservation.take(queue));
        // During a block a reservation counts for no more than a place in the queue.
        if !reserved.is_some_and(Slot::spend) {
            let send_by = request.extensions().get().cloned();
            while !self.turn(queue, send_by.as_ref()).await?.spend() {}
        }
        let response = self.transport.send(request).await?;
        let (status, headers) = (response.status(), response.headers());
        if let Some(block) = RateBlock::from_response(status, headers, self.clock.now()) {
            queue.block(block.period());
        }
        Ok(response)
    }

    async fn turn(
        &self,
        queue: &Arc<Queue>,
        send_by: Option<&SendBy>,
    ) -> Result<Slot, TransportError> {
        let Some(send_by) = send_by else {
            return Ok(queue.turn().await);
        };
        tokio::select! {
            biased;
            slot = queue.turn() => Ok(slot),
            () = self.clock.sleep(send_by.remaining()) => {
                Err(TransportError::unsent(ErrorKind::SendDeadline))
            }
        }
    }
}

impl Transport for RateLimit {
    fn send(
        &self,
        request: Request<Body>,
    ) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        match &self.queue {
            Some(queue) => Box::pin(self.limited(queue, request)),
            None => self.transport.send(request),
        }
    }

    fn reserve(&self) -> BoxFuture<'_, Result<Reservation, TransportError>> {
        match &self.queue {
            Some(queue) => Box::pin(async { Ok(Reservation::of(queue.turn().await)) }),
            None => self.transport.reserve(),
        }
    }

    fn is_rate_limited(&self) -> bool {
        true
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit")
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
