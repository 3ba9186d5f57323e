//! What can go wrong between this program and the service.

mod config;
mod foreign_text;
mod kind;
mod tls_failure;
mod token_failure;

use std::error::Error;
use std::fmt;
use std::time::Duration;

pub use config::ConfigError;
pub(crate) use foreign_text::shown;
pub use kind::{ErrorKind, RequestBodyProblem};
pub use tls_failure::{SeenCertificate, TlsFailure};
pub use token_failure::TokenFailure;

/// A boxed cause.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Why a request got no whole response.
///
/// [`TransportError::kind`] says what happened, `source()` has the cause from below, and
/// [`TransportError::request_may_have_reached_service`] says whether sending it again could make
/// the service act twice. [`Verdict`](crate::Verdict) draws the conclusions. The text names neither
/// paths nor queries of URLs.
///
/// ```
/// use portal_transport::{Idempotency, TransportError, Verdict};
///
/// fn may_create_again(error: &TransportError) -> bool {
///     Verdict::of_error(error).may_retry(Idempotency::NonIdempotent)
/// }
/// ```
pub struct TransportError {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    may_have_reached: bool,
    source: Option<BoxError>,
    attempts: u32,
    elapsed: Option<Duration>,
}

impl TransportError {
    /// Creates an error of a request of which certainly not one byte reached the service.
    #[must_use]
    pub fn unsent(kind: ErrorKind) -> Self {
        Self::new(kind, false)
    }

    /// Creates an error of a request that the service may have received, in whole or in part.
    #[must_use]
    pub fn may_have_arrived(kind: ErrorKind) -> Self {
        Self::new(kind, true)
    }

    pub(crate) fn new(kind: ErrorKind, may_have_reached: bool) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                may_have_reached,
                source: None,
                attempts: 1,
                elapsed: None,
            }),
        }
    }

    /// Adds the cause, which `source()` then returns.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn Error + Send + Sync + 'static>>,
    ) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Says what the attempts were like in all: how many, for how long with the waits between
    /// them, and whether one before the last may have arrived.
    pub(crate) fn after_attempts(
        mut self,
        attempts: u32,
        elapsed: Duration,
        earlier_may_have_reached: bool,
    ) -> Self {
        self.inner.attempts = attempts;
        self.inner.elapsed = Some(elapsed);
        self.inner.may_have_reached |= earlier_may_have_reached;
        self
    }

    /// Replaces the kind by one that says more.
    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.inner.kind = kind;
        self
    }

    /// Returns what happened.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.inner.kind
    }

    /// Returns whether the service may have received the request, and so may have acted on it.
    ///
    /// `false` is certain: the service received nothing of it, in none of the attempts. `true`
    /// means that it was sent or that it can't be known; an operation that must not happen twice
    /// must then not be repeated.
    #[must_use]
    pub fn request_may_have_reached_service(&self) -> bool {
        self.inner.may_have_reached
    }

    /// Returns whether a time limit ran out.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.inner.kind, ErrorKind::Timeout(_))
    }

    /// Returns how many attempts were made; more than 1 only through [`Retrying`](crate::Retrying).
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// Returns how long several attempts took, with the waits between them; `None` after one.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        self.inner.elapsed
    }

    /// Returns what failed in TLS, if that is what failed.
    #[must_use]
    pub fn tls_failure(&self) -> Option<&TlsFailure> {
        match &self.inner.kind {
            ErrorKind::Tls(failure) => Some(failure),
            _ => None,
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.kind.fmt(f)?;
        match (&self.inner.kind, self.inner.may_have_reached) {
            (ErrorKind::NoResponse | ErrorKind::Timeout(_), true) => {
                f.write_str("; the service may have acted on the request")?;
            }
            (ErrorKind::NoResponse | ErrorKind::Timeout(_), false) => {
                f.write_str("; the service has not received the request")?;
            }
            _ => {}
        }
        match self.inner.elapsed {
            Some(elapsed) => {
                let seconds = elapsed.as_secs_f64();
                write!(
                    f,
                    "; after {} attempts in {seconds:.1} s",
                    self.inner.attempts
                )
            }
            None => Ok(()),
        }
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError")
            .field("kind", &self.inner.kind)
            .field("may_have_reached", &self.inner.may_have_reached)
            .field("source", &self.inner.source)
            .field("attempts", &self.inner.attempts)
            .finish()
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.inner
            .source
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static))
    }
}
