//! A transport for tests: it records what is sent and responds from a script.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};

use crate::{Body, BoxFuture, ErrorKind, OperationClass, Transport, TransportError};

type Outcome = Result<http::Response<Body>, TransportError>;
type Step = Box<dyn FnOnce(&RecordedRequest) -> Outcome + Send>;

/// A [`Transport`] without a network. Clones share script and record.
///
/// Responses and failures come in the order in which they were added. A request beyond the end of
/// the script fails, and the error has its number.
///
/// ```
/// use portal_transport::{Body, ErrorKind, Transport, TransportError};
/// use portal_transport::test_util::ScriptedTransport;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let lost = TransportError::may_have_arrived(ErrorKind::NoResponse);
/// let transport = ScriptedTransport::new().response(204, "").fail(lost);
///
/// let poll = || http::Request::get("https://example.com/api/x").body(Body::empty());
/// assert_eq!(transport.send(poll()?).await?.status(), 204);
/// let error = transport.send(poll()?).await.unwrap_err();
/// assert!(error.request_may_have_reached_service());
/// assert_eq!(transport.requests().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct ScriptedTransport {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    script: VecDeque<Step>,
    requests: Vec<RecordedRequest>,
}

/// A request as it was sent.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method.
    pub method: Method,
    /// The URL.
    pub url: Uri,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, read to its end.
    pub body: Bytes,
    /// Which time limits it ran under.
    pub class: OperationClass,
}

/// There were more requests than the script has responses.
#[derive(Debug, thiserror::Error)]
#[error("the script has no response for request number {number}")]
struct ScriptEnded {
    number: usize,
}

impl ScriptedTransport {
    /// Creates a transport with an empty script.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a response with a status and a body, and no headers.
    ///
    /// A status that does not exist makes the request fail.
    #[must_use]
    pub fn response(self, status: u16, body: impl Into<Body>) -> Self {
        let response = http::Response::builder().status(status).body(body.into());
        self.respond_with(move |_| {
            response.map_err(|cause| TransportError::unsent(ErrorKind::Request).with_source(cause))
        })
    }

    /// Adds a whole response.
    #[must_use]
    pub fn response_with(self, response: http::Response<Body>) -> Self {
        self.respond_with(move |_| Ok(response))
    }

    /// Adds a failure.
    #[must_use]
    pub fn fail(self, error: TransportError) -> Self {
        self.respond_with(move |_| Err(error))
    }

    /// Adds a response that depends on the request.
    #[must_use]
    pub fn respond_with(
        self,
        step: impl FnOnce(&RecordedRequest) -> Outcome + Send + 'static,
    ) -> Self {
        self.state().script.push_back(Box::new(step));
        self
    }

    /// Returns all requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state().requests.clone()
    }

    /// Returns how many responses of the script are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.state().script.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn respond(&self, request: http::Request<Body>) -> Outcome {
        let (head, body) = request.into_parts();
        let recorded = RecordedRequest {
            method: head.method,
            url: head.uri,
            headers: head.headers,
            body: body.collect(u64::MAX).await?,
            class: head.extensions.get().copied().unwrap_or_default(),
        };
        let (step, number) = {
            let mut state = self.state();
            state.requests.push(recorded.clone());
            (state.script.pop_front(), state.requests.len())
        };
        match step {
            Some(step) => step(&recorded),
            None => {
                Err(TransportError::unsent(ErrorKind::Request).with_source(ScriptEnded { number }))
            }
        }
    }
}

impl Transport for ScriptedTransport {
    fn send(&self, request: http::Request<Body>) -> BoxFuture<'_, Outcome> {
        Box::pin(self.respond(request))
    }
}

impl fmt::Debug for ScriptedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("ScriptedTransport")
            .field("requests", &state.requests.len())
            .field("remaining", &state.script.len())
            .finish()
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.url.path())
            .field("body", &self.body.len())
            .field("class", &self.class)
            .finish_non_exhaustive()
    }
}
