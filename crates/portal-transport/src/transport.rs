//! The seam: one request in, one answer out.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::{Body, TransportError};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Carries one HTTP request to the service and brings back the head of its answer.
///
/// Object-safe with one method, so a client holds an `Arc<dyn Transport>` and neither knows nor
/// cares which HTTP library is underneath.
///
/// The contract of every implementation:
///
/// * An answer with any status code is `Ok`, a refusal by the service (4xx, 5xx) included.
/// * The answer's body is streamed: it has not been read when `send` returns.
/// * Nothing is sent twice, no redirect is followed, no cookie is kept, nothing is decompressed.
/// * Every error says through [`TransportError::request_may_have_reached_service`] whether the
///   service may have seen the request, which is what decides if a call may be tried again.
/// * Dropping the future, or the answer's body, ends the call.
///
/// A request may carry a [`OperationClass`] in its extensions; without one it is
/// [`OperationClass::Ordinary`].
pub trait Transport: Send + Sync + Debug + 'static {
    /// Sends `request` and waits for the head of the answer.
    ///
    /// # Errors
    /// When no answer came, see [`ErrorKind`](crate::ErrorKind) for the reasons.
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        (**self).send(request)
    }
}

/// Which set of time limits a request runs under; a request carries it in its extensions.
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
    /// A call with a small answer: create, poll, confirm, cancel, delete.
    #[default]
    Ordinary,
    /// A call whose answer is a file.
    Download,
}
