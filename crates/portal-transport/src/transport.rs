//! The seam: one request in, one response out.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::{Body, Reservation, TransportError};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends an HTTP request to the service and returns the head of its response.
///
/// Object-safe, so a client holds an `Arc<dyn Transport>` and does not depend on an HTTP library.
///
/// The contract of every implementation:
///
/// * A response with any status code is `Ok`, a refusal by the service (4xx, 5xx) included.
/// * The response's body is streamed: it has not been read when `send` returns.
/// * Nothing is sent twice, no redirect is followed, no cookie is kept, nothing is decompressed.
/// * Every error says through [`TransportError::request_may_have_reached_service`] whether the
///   service may have received the request, which decides whether it may be sent again.
/// * Dropping the future, or the response's body, ends the request.
///
/// A layer on another transport passes on all three methods; the default implementations of
/// [`reserve`](Self::reserve) and [`is_rate_limited`](Self::is_rate_limited) are right for a
/// transport that limits no rate.
///
/// A request may carry these in its extensions:
///
/// | | default |
/// |---|---|
/// | [`OperationClass`] | [`OperationClass::Ordinary`] |
/// | [`Idempotency`](crate::Idempotency) | by the method |
/// | [`Reservation`] | the request waits for its turn when it is sent |
/// | [`SendBy`](crate::SendBy) | the request may go out at any time |
pub trait Transport: Send + Sync + Debug + 'static {
    /// Sends `request` and waits for the head of the response.
    ///
    /// # Errors
    /// When there was no response, see [`ErrorKind`](crate::ErrorKind) for the reasons.
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>>;

    /// Waits until one request may go out under the rate limit, and keeps that place for it.
    ///
    /// For a request that ages: reserve, make the request, put the [`Reservation`] into its
    /// extensions, and send it without another wait. Defaults to a reservation of nothing, at
    /// once. Dropping the future gives up the place in the queue.
    ///
    /// # Errors
    /// Those of the implementation; [`RateLimit`](crate::RateLimit) has none.
    fn reserve(&self) -> BoxFuture<'_, Result<Reservation, TransportError>> {
        Box::pin(async { Ok(Reservation::default()) })
    }

    /// Returns whether a [`RateLimit`](crate::RateLimit) is in place already, so that another one
    /// on top adds nothing. Defaults to `false`.
    fn is_rate_limited(&self) -> bool {
        false
    }
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        (**self).send(request)
    }

    fn reserve(&self) -> BoxFuture<'_, Result<Reservation, TransportError>> {
        (**self).reserve()
    }

    fn is_rate_limited(&self) -> bool {
        (**self).is_rate_limited()
    }
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        (**self).send(request)
    }

    fn reserve(&self) -> BoxFuture<'_, Result<Reservation, TransportError>> {
        (**self).reserve()
    }

    fn is_rate_limited(&self) -> bool {
        (**self).is_rate_limited()
    }
}

/// Selects the time limits of a request; a request carries it in its extensions.
///
/// ```
/// use portal_transport::{Body, OperationClass};
///
/// let request = http::Request::get("https://api.signering.posten.no/api/123456789/archive")
///     .extension(OperationClass::Download)
///     .body(Body::empty())?;
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum OperationClass {
    /// A request with a small response: create, poll, confirm, cancel, delete.
    #[default]
    Ordinary,
    /// A request whose response is a file.
    Download,
}
