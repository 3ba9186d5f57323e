//! What can go wrong between this program and the service.

mod tls_failure;

use std::error::Error;
use std::fmt;
use std::time::Duration;

pub use tls_failure::{SeenCertificate, TlsFailure};

use crate::TimeoutKind;

/// A boxed cause.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Why a call gave no whole answer.
///
/// [`TransportError::kind`] says what happened, `source()` has the cause from below, and
/// [`TransportError::request_may_have_reached_service`] says whether the call can be made again
/// without risk of doing it twice. The text names neither paths nor queries of URLs.
///
/// ```
/// use portal_transport::{ErrorKind, TransportError};
///
/// fn may_create_again(error: &TransportError) -> bool {
///     matches!(error.kind(), ErrorKind::Connect { .. } | ErrorKind::Timeout(_))
///         && !error.request_may_have_reached_service()
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

/// What happened, for callers that want to act on it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The URL does not lie under the service's root; nothing was sent anywhere.
    #[error(
        "the URL leads to {host}, which is not under the service's root {root}: \
         the client certificate is only shown to the service; check the configured root"
    )]
    ForeignUrl {
        /// The configured root.
        root: String,
        /// The host that the URL names.
        host: String,
    },
    /// The request is not one that can be sent.
    #[error("the request cannot be sent as HTTP: check its URL and headers")]
    Request,
    /// The body that the caller gave failed, or was not as long as it said.
    #[error("{0}")]
    RequestBody(RequestBodyProblem),
    /// No connection could be made.
    #[error(
        "no connection to the service at {to}: check the address, the network, the proxy and \
         that the firewall lets calls out to it"
    )]
    Connect {
        /// Host and port of the service, not of a proxy.
        to: String,
    },
    /// There was a connection, but TLS over it did not come about.
    #[error(transparent)]
    Tls(TlsFailure),
    /// A time limit ran out.
    #[error("{0}: check the line to the service, or raise the limit")]
    Timeout(TimeoutKind),
    /// The connection ended before an answer began.
    #[error("the connection ended without an answer")]
    NoResponse,
    /// What came back is not HTTP.
    #[error("the answer is not HTTP: check that the address is the API's")]
    InvalidResponse,
    /// The answer's body ended before its end.
    #[error("the answer's body broke off before its end")]
    BodyBrokenOff,
    /// A layer between the client and the transport failed by itself; the cause is the error's
    /// source.
    #[error("a layer above the transport gave up")]
    Layer,
    /// The answer's body is larger than the caller accepts.
    #[error("the answer's body is larger than the {limit} bytes that are accepted")]
    TooLarge {
        /// The most that is accepted, in bytes.
        limit: u64,
    },
}

/// What was wrong with a body that the caller gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum RequestBodyProblem {
    /// Reading it failed; the cause is the error's source.
    #[error("the request's body could not be read to its end: check the file it comes from")]
    Unreadable,
    /// It had fewer or more bytes than it said.
    #[error(
        "the request's body has fewer or more bytes than the size given with it: check that the \
         file has not changed meanwhile"
    )]
    OtherLength,
}

impl TransportError {
    /// An error of an implementation outside this crate.
    ///
    /// Say `true` for `may_have_reached` unless it is certain that not one byte of the request
    /// went out.
    #[must_use]
    pub fn new(kind: ErrorKind, may_have_reached: bool) -> Self {
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

    /// Adds the cause, which `source()` then gives.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn Error + Send + Sync + 'static>>,
    ) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// An error from before anything of the request went out.
    pub(crate) fn before_sending(kind: ErrorKind) -> Self {
        Self::new(kind, false)
    }

    /// An error from a moment when some of the request may have gone out.
    pub(crate) fn after_sending(kind: ErrorKind) -> Self {
        Self::new(kind, true)
    }

    /// Says how many attempts there were, and how long they took with the waits between them.
    pub(crate) fn after_attempts(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.inner.attempts = attempts;
        self.inner.elapsed = Some(elapsed);
        self
    }

    /// Says more about what happened.
    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.inner.kind = kind;
        self
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.inner.kind
    }

    /// Whether the service may have seen the request, and so may have acted on it.
    ///
    /// `false` is certain: not one byte of the request went out. `true` means that it went out
    /// or that it cannot be known; a call that must not happen twice must then not be repeated.
    #[must_use]
    pub fn request_may_have_reached_service(&self) -> bool {
        self.inner.may_have_reached
    }

    /// Whether a time limit ran out.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.inner.kind, ErrorKind::Timeout(_))
    }

    /// How many attempts were made; more than 1 only through [`Retrying`](crate::Retrying).
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// How long several attempts took, with the waits between them; `None` after a single one.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        self.inner.elapsed
    }

    /// What failed in TLS, if that is what failed.
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
                f.write_str("; the service has not seen the request")?;
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

/// A setting that cannot work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A time limit of zero.
    #[error("the {which} time limit is zero: give it a length, or leave it at its default")]
    ZeroTimeout {
        /// Which limit.
        which: &'static str,
    },
    /// The service's root is not usable.
    #[error("the service's root URL: {problem}")]
    ServiceRoot {
        /// What is wrong with it and what would be right.
        problem: &'static str,
    },
    /// No trust anchor was given.
    #[error("no trust anchors: give the issuers' root or intermediate certificates")]
    NoTrustAnchors,
    /// A trust anchor is not a certificate.
    #[error("trust anchor number {number} is not an X.509 certificate in DER or PEM")]
    TrustAnchor {
        /// Counted from 1, in the order given.
        number: usize,
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Certificate and key of the sender do not work as a TLS identity.
    #[error(
        "the enterprise certificate cannot be used for TLS: check that it is a whole RSA \
         certificate as Buypass or Commfides issue them"
    )]
    Identity {
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The proxy's address is not one.
    #[error("the proxy's host and port do not make an address: give a host name without http://")]
    Proxy,
    /// The user's own part of the User-Agent cannot stand in a header.
    #[error("the User-Agent part must be printable ASCII without brackets")]
    UserAgent,
    /// The HTTP library could not be set up.
    #[error("the HTTP client could not be set up")]
    Client {
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
}
