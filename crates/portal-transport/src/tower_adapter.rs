//! Between [`Transport`] and `tower::Service`, so that layers of tower can be put in.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use crate::{Body, BoxFuture, ErrorKind, Reservation, Transport, TransportError};

/// A transport as a `tower::Service`, for layers of tower. Cheap to clone.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use portal_transport::{ServiceTransport, Transport, TransportService};
/// # use portal_transport::HyperTransport;
///
/// # fn example(transport: HyperTransport) {
/// let limited = tower::ServiceBuilder::new()
///     .concurrency_limit(4)
///     .timeout(Duration::from_secs(60))
///     .service(TransportService::new(transport));
/// let transport: Arc<dyn Transport> = Arc::new(ServiceTransport::new(limited));
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TransportService {
    transport: Arc<dyn Transport>,
}

impl TransportService {
    /// Creates a service of `transport`.
    pub fn new(transport: impl Transport) -> Self {
        Self {
            transport: Arc::new(transport),
        }
    }
}

impl Service<Request<Body>> for TransportService {
    type Response = Response<Body>;
    type Error = TransportError;
    type Future = BoxFuture<'static, Result<Response<Body>, TransportError>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let transport = Arc::clone(&self.transport);
        Box::pin(async move { transport.send(request).await })
    }
}

/// A `tower::Service` as a transport.
///
/// A [`TransportError`] that comes out of the service is passed on as it is. Any other error is a
/// layer's own and becomes [`ErrorKind::Layer`]; the request counts as sent once the service has
/// taken it.
#[derive(Clone)]
pub struct ServiceTransport<S> {
    service: S,
    /// What is asked for reservations; a service has none.
    below: Option<Arc<dyn Transport>>,
}

impl<S> ServiceTransport<S> {
    /// Creates a transport of `service`, which is cloned for every request.
    ///
    /// A [`RateLimit`](crate::RateLimit) inside the service still works, but reservations can't
    /// be made through it: for that see [`over`](Self::over).
    pub fn new(service: S) -> Self {
        Self {
            service,
            below: None,
        }
    }

    /// Creates a transport of `service`, whose layers stand on `transport`: reservations are made
    /// there, and requests carry them through the layers.
    pub fn over(service: S, transport: impl Transport) -> Self {
        Self {
            service,
            below: Some(Arc::new(transport)),
        }
    }
}

impl<S> Transport for ServiceTransport<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + Sync + 'static,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::Future: Send,
{
    fn send(
        &self,
        request: Request<Body>,
    ) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let mut service = self.service.clone();
        Box::pin(async move {
            poll_fn(|cx| service.poll_ready(cx))
                .await
                .map_err(|error| ours(error, false))?;
            service
                .call(request)
                .await
                .map_err(|error| ours(error, true))
        })
    }

    fn reserve(&self) -> BoxFuture<'_, Result<Reservation, TransportError>> {
        match &self.below {
            Some(transport) => transport.reserve(),
            None => Box::pin(async { Ok(Reservation::default()) }),
        }
    }

    fn is_rate_limited(&self) -> bool {
        let below = self.below.as_ref();
        below.is_some_and(Transport::is_rate_limited)
    }
}

fn ours(
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    may_have_reached: bool,
) -> TransportError {
    match error.into().downcast::<TransportError>() {
        Ok(error) => *error,
        Err(error) => TransportError::new(ErrorKind::Layer, may_have_reached).with_source(error),
    }
}

impl<S> fmt::Debug for ServiceTransport<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceTransport").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "test-util")]
mod tests {
    use std::time::Duration;

    use tower::ServiceBuilder;

    use super::*;
    use crate::test_util::ScriptedTransport;
    use crate::{RateLimit, RetryPolicy, Retrying, SharedClock};

    fn request() -> Request<Body> {
        let request = Request::get("https://example.com/api/x");
        request.body(Body::empty()).unwrap()
    }

    #[tokio::test]
    async fn responses_and_errors_pass_through_layers() {
        let script = ScriptedTransport::new()
            .response(200, "hello")
            .fail(TransportError::may_have_arrived(ErrorKind::NoResponse));
        let service = ServiceBuilder::new()
            .concurrency_limit(1)
            .map_request(|mut request: Request<Body>| {
                let value = http::HeaderValue::from_static("yes");
                request.headers_mut().insert("x-layer", value);
                request
            })
            .timeout(Duration::from_secs(5))
            .service(TransportService::new(script.clone()));
        let transport = ServiceTransport::new(service);
        assert_eq!(transport.send(request()).await.unwrap().status(), 200);
        let error = transport.send(request()).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::NoResponse);
        assert_eq!(script.requests()[0].headers["x-layer"], "yes");
    }

    #[tokio::test(start_paused = true)]
    async fn reservations_go_around_the_layers_and_through_them() {
        let script = (0..12).fold(ScriptedTransport::new(), |script, _| {
            script.response(200, "")
        });
        let limited = RateLimit::new(script, SharedClock::default());
        let service = ServiceBuilder::new()
            .timeout(Duration::from_secs(60))
            .service(TransportService::new(limited.clone()));
        let policy = RetryPolicy::default();
        let over = ServiceTransport::over(service, limited.clone());
        let transport = Retrying::new(Box::new(over), policy, SharedClock::default());
        assert!(transport.is_rate_limited());
        for _ in 0..10 {
            transport.send(request()).await.unwrap();
        }
        let started = tokio::time::Instant::now();
        let reservation = transport.reserve().await.unwrap();
        let reserved = started.elapsed();
        assert!(reserved > Duration::from_secs(1));
        for _ in 0..9 {
            limited.reserve().await.unwrap();
        }
        let mut with_place = request();
        with_place.extensions_mut().insert(reservation);
        transport.send(with_place).await.unwrap();
        assert_eq!(started.elapsed(), reserved);
        transport.send(request()).await.unwrap();
    }

    #[derive(Debug, Clone)]
    struct Never;

    impl Transport for Never {
        fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test]
    async fn a_layers_own_error_counts_the_request_as_sent() {
        let service = ServiceBuilder::new()
            .timeout(Duration::from_millis(10))
            .service(TransportService::new(Never));
        let error = ServiceTransport::new(service).send(request()).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Layer);
        assert!(error.request_may_have_reached_service());
    }
}
