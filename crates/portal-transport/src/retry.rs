//! Retries, where they do no harm.

mod budget;
mod policy;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{Method, Request, Response};

use budget::Budget;
pub use policy::RetryPolicy;

use crate::access_token::HOLD_AFTER_FAILURE;
use crate::http_date::retry_after;
use crate::{
    Body, BoxFuture, Clock, ErrorKind, RateBlock, Reservation, SendBy, SharedClock, Transport,
    TransportError, Verdict,
};

/// Whether a request may be sent again after it may have reached the service; a request carries
/// it in its extensions.
///
/// Without one, `GET`, `HEAD`, `PUT` and `DELETE` count as idempotent and everything else not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Idempotency {
    /// Doing it twice is as good as once: downloads, deletion, cancellation.
    Idempotent,
    /// It may be sent again only if it is certain that it was not sent: creating a job, polling,
    /// since the service takes what it hands out off the queue for a while, and confirming, which
    /// is per job: a repeated confirmation can settle the job's next status change, which another
    /// worker has received and not stored yet.
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

/// Which attempt at an operation a request or a response belongs to, in their extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    number: u32,
    earlier_may_have_arrived: bool,
}

impl Attempt {
    /// The first attempt, which is what a request without an `Attempt` is.
    pub const FIRST: Self = Self {
        number: 1,
        earlier_may_have_arrived: false,
    };

    /// Returns the attempt's number, counted from 1.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.number
    }

    /// Returns whether an attempt before this one may have reached the service.
    ///
    /// If it may, a refusal such as 404 or 409 can mean that the earlier attempt has done it.
    #[must_use]
    pub const fn earlier_may_have_arrived(self) -> bool {
        self.earlier_may_have_arrived
    }

    const fn next(self, may_have_arrived: bool) -> Self {
        Self {
            number: self.number.saturating_add(1),
            earlier_may_have_arrived: self.earlier_may_have_arrived || may_have_arrived,
        }
    }
}

/// A [`Transport`] that retries what failed for a transient reason. Clones share a budget.
///
/// What is retried is in [`Verdict`]. Never retried is a request that may have reached the service
/// and is not [`Idempotency::Idempotent`], nor one whose body can be read only once (see
/// [`Body::replayable`]).
///
/// The budget holds ten attempts and grows by one with every five requests, so that a service in
/// trouble gets at most a fifth more requests than without this layer.
///
/// An error after several attempts says how many they were and how long they took, and whether
/// any of them may have reached the service. A response says the same in its [`Attempt`].
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

    async fn attempts(&self, request: Request<Body>) -> Outcome {
        let idempotency = Idempotency::of(&request);
        let (mut head, mut body) = request.into_parts();
        let send_by: Option<SendBy> = head.extensions.get().cloned();
        let started = self.clock.instant();
        let mut attempt = Attempt::FIRST;
        loop {
            head.extensions.insert(attempt);
            let again = body.replayer();
            let request = Request::from_parts(head.clone(), body);
            let outcome = self.transport.send(request).await;
            if attempt == Attempt::FIRST {
                self.budget.deposit();
            }
            let verdict = match &outcome {
                Ok(response) => Verdict::of_response(response.status(), response.headers()),
                Err(error) => Verdict::of_error(error),
            };
            let worth_it = attempt.number < self.policy.attempts && verdict.may_retry(idempotency);
            let wait = worth_it.then(|| self.wait(&outcome, attempt));
            let wait = wait.filter(|wait| self.fits(*wait, started, send_by.as_ref()));
            match (wait, again) {
                (Some(wait), Some(again)) if let Some(withdrawn) = self.budget.withdraw() => {
                    drop(outcome);
                    self.clock.sleep(wait).await;
                    withdrawn.spend();
                    body = again();
                    attempt = attempt.next(verdict.may_have_arrived());
                }
                _ => return self.conclude(outcome, attempt, started),
            }
        }
    }

    /// How long to wait before the next attempt.
    fn wait(&self, outcome: &Outcome, attempt: Attempt) -> Duration {
        let doubled = 1_u32.checked_shl(attempt.number - 1).unwrap_or(u32::MAX);
        let most = self.policy.first_wait.saturating_mul(doubled);
        let most = most.min(self.policy.longest_wait);
        let part = {
            let random = self.random.lock();
            random.unwrap_or_else(PoisonError::into_inner).f64()
        };
        let asked = outcome.as_ref().ok().and_then(|response| {
            let (status, headers) = (response.status(), response.headers());
            let now = self.clock.now();
            RateBlock::from_response(status, headers, now)
                .map(RateBlock::period)
                .or_else(|| retry_after(headers, now))
        });
        let asked = match outcome {
            // Sooner it would be the same failure once more.
            Err(error) if matches!(error.kind(), ErrorKind::Token { .. }) => {
                Some(HOLD_AFTER_FAILURE)
            }
            _ => asked,
        };
        most.mul_f64(part).max(asked.unwrap_or_default())
    }

    /// Whether there is time for `wait` and another attempt.
    fn fits(&self, wait: Duration, started: Instant, send_by: Option<&SendBy>) -> bool {
        let elapsed = self.clock.instant().saturating_duration_since(started);
        elapsed.saturating_add(wait) <= self.policy.total
            && send_by.is_none_or(|send_by| wait < send_by.remaining())
    }

    fn conclude(&self, outcome: Outcome, attempt: Attempt, started: Instant) -> Outcome {
        match outcome {
            Ok(mut response) => {
                response.extensions_mut().insert(attempt);
                Ok(response)
            }
            Err(error) if attempt.number > 1 => {
                let elapsed = self.clock.instant().saturating_duration_since(started);
                let earlier = attempt.earlier_may_have_arrived;
                Err(error.after_attempts(attempt.number, elapsed, earlier))
            }
            Err(error) => Err(error),
        }
    }
}

impl Transport for Retrying {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Outcome> {
        Box::pin(self.attempts(request))
    }

    fn reserve(&self) -> BoxFuture<'_, Result<Reservation, TransportError>> {
        self.transport.reserve()
    }

    fn is_rate_limited(&self) -> bool {
        self.transport.is_rate_limited()
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
