//! Trying again, where that can do no harm.

mod budget;
mod retry_after;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};

use budget::Budget;
use retry_after::retry_after;

use crate::rate_limit::is_rate_block;
use crate::{
    Body, BoxFuture, Clock, ErrorKind, SharedClock, TimeoutKind, TlsFailure, Transport,
    TransportError,
};

/// Whether a request may be sent again after it may have reached the service; a request carries
/// it in its extensions.
///
/// Without one, `GET`, `HEAD`, `PUT` and `DELETE` count as harmless and everything else as not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Idempotency {
    /// Doing it twice is as good as once: downloads, deletion, confirmation, cancellation.
    Idempotent,
    /// It may be sent again only if it is certain that nothing of it went out: creating a job.
    /// Polling too, as the service takes what it hands out off the queue for a while.
    NonIdempotent,
}

impl Idempotency {
    fn of(request: &Request<Body>) -> Self {
        let by_method = match *request.method() {
            Method::GET | Method::HEAD | Method::PUT | Method::DELETE => Self::Idempotent,
            _ => Self::NonIdempotent,
        };
        request.extensions().get().copied().unwrap_or(by_method)
    }
}

/// Which attempt at a call a request or an answer belongs to, in their extensions; 1 is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt(pub u32);

/// How often and how fast to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    attempts: u32,
    first_wait: Duration,
    longest_wait: Duration,
    longest_retry_after: Duration,
    seed: Option<u64>,
}

impl Default for RetryPolicy {
    /// Up to 4 attempts, waits of up to 0.5, 1 and 2 s, and a `Retry-After` of at most 60 s.
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(10),
            longest_retry_after: Duration::from_secs(60),
            seed: None,
        }
    }
}

impl RetryPolicy {
    /// How many attempts to make in all; 0 and 1 both mean one.
    #[must_use]
    pub const fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// The most to wait before the second attempt; it doubles with each further one, up to
    /// `longest`. What is waited is a random part of it.
    #[must_use]
    pub const fn with_waits(mut self, first: Duration, longest: Duration) -> Self {
        self.first_wait = first;
        self.longest_wait = longest;
        self
    }

    /// The longest `Retry-After` to wait for; with a longer one the answer is handed on.
    #[must_use]
    pub const fn with_longest_retry_after(mut self, longest: Duration) -> Self {
        self.longest_retry_after = longest;
        self
    }

    /// Makes the random waits the same every time, for tests.
    #[must_use]
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

/// A [`Transport`] that tries again what failed for a passing reason. Clones share a budget.
///
/// Tried again are: no connection, a handshake that broke off, no answer, a time limit other than
/// the whole call's, and the statuses 502, 503, 504 and 429 of the rate block. Never tried again
/// is a request that may have reached the service and is not [`Idempotency::Idempotent`], nor one
/// whose body can be read only once (see [`Body::replayable`]).
///
/// The budget holds ten attempts and grows by one with every five calls, so that a service in
/// trouble gets at most a fifth more calls than without this layer.
///
/// An error after several attempts says how many they were and how long they took.
///
/// ```
/// use std::sync::Arc;
/// use portal_transport::{RateLimit, Retrying, RetryPolicy, SharedClock, Transport};
/// # use portal_transport::HyperTransport;
///
/// # fn example(transport: HyperTransport) {
/// let clock = SharedClock::default();
/// let rate_limited = RateLimit::new(transport, clock.clone());
/// let transport: Arc<dyn Transport> =
///     Arc::new(Retrying::new(rate_limited, RetryPolicy::default(), clock));
/// # }
/// ```
#[derive(Clone)]
pub struct Retrying {
    transport: Arc<dyn Transport>,
    policy: RetryPolicy,
    clock: SharedClock,
    budget: Arc<Budget>,
    random: Arc<Mutex<fastrand::Rng>>,
}

type Outcome = Result<Response<Body>, TransportError>;

impl Retrying {
    /// Puts the layer on `transport`, which should include the [`RateLimit`](crate::RateLimit).
    pub fn new(transport: impl Transport, policy: RetryPolicy, clock: SharedClock) -> Self {
        let random = policy
            .seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Self {
            transport: Arc::new(transport),
            policy,
            clock,
            budget: Arc::default(),
            random: Arc::new(Mutex::new(random)),
        }
    }

    async fn call(&self, request: Request<Body>) -> Outcome {
        let idempotency = Idempotency::of(&request);
        let (mut head, mut body) = request.into_parts();
        let started = self.clock.now();
        self.budget.deposit();
        let mut attempt = 1;
        loop {
            head.extensions.insert(Attempt(attempt));
            let again = body.replayer();
            let request = Request::from_parts(head.clone(), body);
            let outcome = self.transport.send(request).await;

            let worth_it = attempt < self.policy.attempts && may_retry(&outcome, idempotency);
            let wait = worth_it.then(|| self.wait(&outcome, attempt)).flatten();
            match (wait, again) {
                (Some(wait), Some(again)) if self.budget.withdraw() => {
                    drop(outcome);
                    self.clock.sleep(wait).await;
                    body = again();
                    attempt += 1;
                }
                _ => return self.conclude(outcome, attempt, started),
            }
        }
    }

    /// How long to wait before the next attempt; `None` if the service wants more than we give.
    fn wait(&self, outcome: &Outcome, attempt: u32) -> Option<Duration> {
        let doubled = 1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX);
        let most = self.policy.first_wait.saturating_mul(doubled);
        let most = most.min(self.policy.longest_wait);
        let part = {
            let random = self.random.lock();
            random.unwrap_or_else(PoisonError::into_inner).f64()
        };
        let wait = most.mul_f64(part);
        let asked = outcome
            .as_ref()
            .ok()
            .and_then(|response| retry_after(response.headers(), self.clock.now()));
        match asked {
            Some(asked) if asked > self.policy.longest_retry_after => None,
            asked => Some(wait.max(asked.unwrap_or_default())),
        }
    }

    fn conclude(&self, outcome: Outcome, attempt: u32, started: jiff::Timestamp) -> Outcome {
        match outcome {
            Ok(mut response) => {
                response.extensions_mut().insert(Attempt(attempt));
                Ok(response)
            }
            Err(error) if attempt > 1 => {
                let elapsed = self.clock.now().duration_since(started);
                let elapsed = Duration::try_from(elapsed).unwrap_or_default();
                Err(error.after_attempts(attempt, elapsed))
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether the failure may pass and trying again does no harm.
fn may_retry(outcome: &Outcome, idempotency: Idempotency) -> bool {
    let idempotent = idempotency == Idempotency::Idempotent;
    match outcome {
        Ok(response) => idempotent && (is_transient(response.status()) || is_rate_block(response)),
        Err(error) => {
            let may_pass = match error.kind() {
                ErrorKind::Connect { .. }
                | ErrorKind::NoResponse
                | ErrorKind::Tls(TlsFailure::Handshake) => true,
                ErrorKind::Timeout(which) => *which != TimeoutKind::Total,
                _ => false,
            };
            may_pass && (idempotent || !error.request_may_have_reached_service())
        }
    }
}

fn is_transient(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    )
}

impl Transport for Retrying {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Outcome> {
        Box::pin(self.call(request))
    }
}

impl fmt::Debug for Retrying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retrying")
            .field("policy", &self.policy)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "test-util")]
mod tests;
