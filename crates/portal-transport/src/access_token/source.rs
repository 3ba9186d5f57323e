//! The kept token, and the one request for a new one that all wait for.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Request, Uri};
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::TokenSettings;
use super::grant::{self, Granted, LARGEST_RESPONSE};
use crate::{
    Body, Clock, ConfigError, ErrorKind, HyperTransport, ServiceRoot, SharedClock, TokenFailure,
    Transport, TransportError, TransportSettings,
};

/// How long before its end a token counts as stale, and for how long a new one is used at least.
/// Source: the service's own clients.
const MARGIN: Duration = Duration::from_secs(30);
const SHORTEST_USE: Duration = Duration::from_secs(5);
/// For how long a failure stands before the endpoint is asked again.
pub(crate) const HOLD_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Gets access tokens and keeps them, in memory only. Clones share the kept token.
///
/// A token is fetched when it is first needed, and again 30 s before its end. There is one request
/// to the endpoint at a time, however many callers wait for it; it runs on a task, so that callers
/// that are dropped lose nothing. All that wait share a failure, and for 5 s so do all that come
/// after them.
///
/// The endpoint's server is checked the ordinary way: by the system's roots and the host's name.
/// It must ask for the client certificate, which is what proves the client. Tokens are in no log
/// and no error, and are wiped from memory when they are no longer used, save for what the HTTP
/// library has in its buffers.
#[derive(Clone)]
pub struct TokenSource {
    inner: Arc<Inner>,
}

struct Inner {
    endpoint: HyperTransport,
    url: Uri,
    /// Host and port, for errors.
    to: String,
    form: Zeroizing<String>,
    root: ServiceRoot,
    clock: SharedClock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: Option<Arc<AccessToken>>,
    fetching: Option<watch::Receiver<Option<Outcome>>>,
    failed: Option<(Instant, Failure)>,
}

/// A token and until when it is used.
pub(super) struct AccessToken {
    header: HeaderValue,
    stale_at: Instant,
}

impl AccessToken {
    pub(super) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

type Outcome = Result<Arc<AccessToken>, Failure>;

/// A failure that many get.
#[derive(Clone)]
struct Failure {
    failure: TokenFailure,
    error: Option<Arc<TransportError>>,
}

impl Failure {
    fn of_error(error: TransportError) -> Self {
        Self {
            failure: grant::unreachable(&error),
            error: Some(Arc::new(error)),
        }
    }

    fn into_error(self, to: &str) -> TransportError {
        let error = TransportError::unsent(ErrorKind::Token {
            endpoint: to.to_owned(),
            failure: self.failure,
        });
        match self.error {
            Some(cause) if cause.source().is_some() => error.with_source(SharedCause(cause)),
            _ => error,
        }
    }
}

impl From<TokenFailure> for Failure {
    fn from(failure: TokenFailure) -> Self {
        Self {
            failure,
            error: None,
        }
    }
}

/// The cause of an error that many share. The error itself is part of the text above it.
struct SharedCause(Arc<TransportError>);

impl fmt::Display for SharedCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.source().map_or(Ok(()), |cause| write!(f, "{cause}"))
    }
}

impl fmt::Debug for SharedCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Error for SharedCause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()?.source()
    }
}

/// What a caller finds.
enum Found {
    Outcome(Outcome),
    Fetching(watch::Receiver<Option<Outcome>>),
}

impl TokenSource {
    /// Creates a source of tokens for the service that `transport` is for; nothing is connected
    /// yet. The endpoint is reached through the same proxy as the service.
    ///
    /// `clock` is what the life of tokens is measured by.
    ///
    /// # Errors
    /// [`ConfigError::Tokens`] if no endpoint is known, [`ConfigError::Client`] if the system has
    /// no roots and none were added, [`ConfigError::EnvironmentProxy`].
    pub fn new(
        settings: &TokenSettings,
        transport: &TransportSettings,
        clock: SharedClock,
    ) -> Result<Self, ConfigError> {
        let root = transport.root.clone();
        let (url, endpoint) = settings.endpoint(&root)?;
        let form = settings.form(&root);
        let to = endpoint.host_and_port();
        let endpoint = HyperTransport::new(settings.transport(endpoint, transport))?;
        let inner = Inner {
            endpoint,
            url,
            to,
            form,
            root,
            clock,
            state: Mutex::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Makes sure that a token is kept, and returns for how long it is used.
    ///
    /// # Errors
    /// [`ErrorKind::Token`].
    pub async fn ensure(&self) -> Result<Duration, TransportError> {
        let token = self.token().await?;
        let now = self.inner.clock.instant();
        Ok(token.stale_at.saturating_duration_since(now))
    }

    /// Drops the kept token and the memory of a failure, so that the next request fetches a token.
    pub fn forget(&self) {
        let mut state = self.inner.state();
        (state.kept, state.failed) = (None, None);
    }

    /// Returns host and port of the token endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.inner.to
    }

    /// The service that the tokens are for.
    pub(super) fn root(&self) -> &ServiceRoot {
        &self.inner.root
    }

    pub(super) fn clock(&self) -> &SharedClock {
        &self.inner.clock
    }

    /// Drops a token that the service did not accept, if it is still the one that is kept.
    pub(super) fn reject(&self, token: &Arc<AccessToken>) {
        let mut state = self.inner.state();
        state.kept.take_if(|kept| Arc::ptr_eq(kept, token));
    }

    pub(super) async fn token(&self) -> Result<Arc<AccessToken>, TransportError> {
        let outcome = loop {
            let mut fetching = match Inner::find(&self.inner) {
                Found::Outcome(outcome) => break outcome,
                Found::Fetching(fetching) => fetching,
            };
            let fetched = fetching.wait_for(Option::is_some).await;
            // There is none if the runtime of the fetching task was shut down.
            if let Some(outcome) = fetched.ok().and_then(|outcome| outcome.clone()) {
                break outcome;
            }
        };
        outcome.map_err(|failure| failure.into_error(&self.inner.to))
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The kept token, the failure that stands, or the fetch under way, which is started if there
    /// is none.
    fn find(self: &Arc<Self>) -> Found {
        let now = self.clock.instant();
        let mut state = self.state();
        match &state.kept {
            Some(kept) if now < kept.stale_at => return Found::Outcome(Ok(Arc::clone(kept))),
            // A stale one serves nobody.
            _ => state.kept = None,
        }
        if let Some(fetching) = &state.fetching
            && fetching.has_changed().is_ok()
        {
            return Found::Fetching(fetching.clone());
        }
        if let Some((at, failure)) = &state.failed
            && now.saturating_duration_since(*at) < HOLD_AFTER_FAILURE
        {
            return Found::Outcome(Err(failure.clone()));
        }
        let (sender, fetching) = watch::channel(None);
        state.fetching = Some(fetching.clone());
        drop(state);
        tokio::spawn(Self::fetch(Arc::clone(self), sender));
        Found::Fetching(fetching)
    }

    async fn fetch(self: Arc<Self>, done: watch::Sender<Option<Outcome>>) {
        let asked_at = self.clock.instant();
        let outcome = self.request().await.map(|granted| {
            let used = granted.life.saturating_sub(MARGIN).max(SHORTEST_USE);
            if granted.life <= MARGIN {
                let seconds = granted.life.as_secs();
                tracing::warn!(
                    seconds,
                    "the token endpoint gives tokens for less than 30 s: each is fetched often"
                );
            }
            let used = used.min(granted.life);
            Arc::new(AccessToken {
                header: granted.header,
                stale_at: asked_at.checked_add(used).unwrap_or(asked_at),
            })
        });
        {
            let mut state = self.state();
            state.fetching = None;
            match &outcome {
                Ok(token) => (state.kept, state.failed) = (Some(Arc::clone(token)), None),
                Err(failure) => state.failed = Some((self.clock.instant(), failure.clone())),
            }
        }
        done.send_replace(Some(outcome));
    }

    async fn request(&self) -> Result<Granted, Failure> {
        let form = self.form.as_bytes().to_vec();
        let request = Request::post(self.url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(Body::from(form))
            .map_err(|_| Failure::of_error(TransportError::unsent(ErrorKind::Request)))?;
        let response = self.endpoint.send(request).await;
        let response = response.map_err(Failure::of_error)?;
        let status = response.status();
        let body = response.into_body().collect(LARGEST_RESPONSE).await;
        if status.is_success() {
            let body = body.map_err(Failure::of_error)?;
            return Ok(grant::granted(body)?);
        }
        Err(grant::refused(status, &body.unwrap_or_default()).into())
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.inner.state();
        f.debug_struct("TokenSource")
            .field("endpoint", &self.inner.to)
            .field("has_token", &state.kept.is_some())
            .field("is_fetching", &state.fetching.is_some())
            .finish_non_exhaustive()
    }
}
