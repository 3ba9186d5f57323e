//! A transport for tests: it records what is sent and answers from a script.

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
/// Answers and failures are given in the order in which they were added. A request too many
/// fails, and names its number.
///
/// ```
/// use portal_transport::{Body, ErrorKind, Transport};
/// use portal_transport::test_util::ScriptedTransport;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let transport = ScriptedTransport::new().response(204, "").fail(ErrorKind::NoResponse, true);
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

/// There were more requests than the script has answers.
#[derive(Debug, thiserror::Error)]
#[error("the script has no answer to request number {number}")]
struct ScriptEnded {
    number: usize,
}

impl ScriptedTransport {
    /// A transport with an empty script.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an answer with a status and a body, and no headers.
    ///
    /// A status that does not exist makes the request fail.
    #[must_use]
    pub fn response(self, status: u16, body: impl Into<Body>) -> Self {
        let response = http::Response::builder().status(status).body(body.into());
        self.respond_with(move |_| {
            response.map_err(|cause| {
                TransportError::before_sending(ErrorKind::Request).with_source(cause)
            })
        })
    }

    /// Adds a whole answer.
    #[must_use]
    pub fn response_with(self, response: http::Response<Body>) -> Self {
        self.respond_with(move |_| Ok(response))
    }

    /// Adds a failure; `may_have_reached` is what the error will say about the request.
    #[must_use]
    pub fn fail(self, kind: ErrorKind, may_have_reached: bool) -> Self {
        self.respond_with(move |_| Err(TransportError::new(kind, may_have_reached)))
    }

    /// Adds an answer that depends on the request.
    #[must_use]
    pub fn respond_with(
        self,
        step: impl FnOnce(&RecordedRequest) -> Outcome + Send + 'static,
    ) -> Self {
        self.state().script.push_back(Box::new(step));
        self
    }

    /// All requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state().requests.clone()
    }

    /// How many answers of the script have not been given.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.state().script.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn call(&self, request: http::Request<Body>) -> Outcome {
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
            None => Err(TransportError::before_sending(ErrorKind::Request)
                .with_source(ScriptEnded { number })),
        }
    }
}

impl Transport for ScriptedTransport {
    fn send(&self, request: http::Request<Body>) -> BoxFuture<'_, Outcome> {
        Box::pin(self.call(request))
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
