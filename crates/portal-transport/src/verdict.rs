//! What an outcome means for another attempt: one table for all layers.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use crate::http_date::retry_after;
use crate::{ErrorKind, Idempotency, TimeoutKind, TlsFailure, TokenFailure, TransportError};

/// What an attempt's outcome means for another attempt at the same operation.
///
/// Retry layer, client and watch all go by this table, so that they can't differ.
///
/// ```
/// use portal_transport::{ErrorKind, Idempotency, TransportError, Verdict};
///
/// let lost = Verdict::of_error(&TransportError::may_have_arrived(ErrorKind::NoResponse));
/// assert!(lost.is_transient());
/// assert!(lost.may_retry(Idempotency::Idempotent));
/// assert!(!lost.may_retry(Idempotency::NonIdempotent));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Verdict {
    lasting: Lasting,
    may_have_arrived: bool,
    worth_another_attempt: bool,
}

/// For how long an outcome is likely to stay the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Lasting {
    Transient,
    Unclear,
    Permanent,
}

impl Verdict {
    /// Returns the verdict on an operation that failed without a response.
    #[must_use]
    pub fn of_error(error: &TransportError) -> Self {
        let lasting = lasting(error.kind());
        // The limit on the whole request leaves no time for another attempt; the moment by which
        // the request had to go out has passed for the next attempt too.
        let out_of_time = matches!(
            error.kind(),
            ErrorKind::Timeout(TimeoutKind::Total) | ErrorKind::SendDeadline
        );
        // A response that broke off was already handed to the caller.
        let delivered = matches!(error.kind(), ErrorKind::BodyBrokenOff);
        Self {
            lasting,
            may_have_arrived: error.request_may_have_reached_service(),
            worth_another_attempt: lasting == Lasting::Transient && !out_of_time && !delivered,
        }
    }

    /// Returns the verdict on a response, by its status and its headers.
    #[must_use]
    pub fn of_response(status: StatusCode, headers: &HeaderMap) -> Self {
        let asks_for_a_wait = status == StatusCode::TOO_MANY_REQUESTS
            && !headers.contains_key(NEXT_PERMITTED_POLL_TIME)
            && (headers.contains_key(RATE_BLOCK) || headers.contains_key("retry-after"));
        let transient = status_is_transient(status) || asks_for_a_wait;
        let lasting = if transient {
            Lasting::Transient
        } else {
            Lasting::Unclear
        };
        Self {
            lasting,
            may_have_arrived: true,
            worth_another_attempt: transient,
        }
    }

    /// Returns whether waiting may be all that is needed.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(self.lasting, Lasting::Transient)
    }

    /// Returns whether the operation keeps failing until somebody changes settings, certificates,
    /// trust or the program.
    ///
    /// An outcome may be neither transient nor permanent: of a page that is not HTTP, for one, it
    /// can't be said whether it goes away by itself.
    #[must_use]
    pub const fn is_permanent(self) -> bool {
        matches!(self.lasting, Lasting::Permanent)
    }

    /// Returns whether the service may have received the request, and so may have acted on it.
    #[must_use]
    pub const fn may_have_arrived(self) -> bool {
        self.may_have_arrived
    }

    /// Returns whether the request may be sent once more.
    ///
    /// A request that is [`Idempotency::NonIdempotent`] may be sent again only if it certainly did
    /// not arrive.
    #[must_use]
    pub fn may_retry(self, idempotency: Idempotency) -> bool {
        self.worth_another_attempt
            && (idempotency == Idempotency::Idempotent || !self.may_have_arrived)
    }
}

pub(crate) fn is_transient(kind: &ErrorKind) -> bool {
    lasting(kind) == Lasting::Transient
}

pub(crate) fn is_permanent(kind: &ErrorKind) -> bool {
    lasting(kind) == Lasting::Permanent
}

fn lasting(kind: &ErrorKind) -> Lasting {
    match kind {
        ErrorKind::Connect { .. }
        | ErrorKind::Timeout(_)
        | ErrorKind::NoResponse
        | ErrorKind::BodyBrokenOff
        | ErrorKind::SendDeadline
        | ErrorKind::Tls(TlsFailure::Handshake) => Lasting::Transient,
        ErrorKind::ProxyRefused { status } => {
            let status = StatusCode::from_u16(*status);
            if status.is_ok_and(proxy_may_recover) {
                Lasting::Transient
            } else {
                Lasting::Permanent
            }
        }
        ErrorKind::Token { failure, .. } => match failure {
            TokenFailure::InvalidClient | TokenFailure::Refused { .. } => Lasting::Permanent,
            TokenFailure::Unavailable { .. } => Lasting::Transient,
            TokenFailure::Unreachable { cause } => lasting(cause),
            TokenFailure::InvalidResponse { .. } => Lasting::Unclear,
        },
        ErrorKind::ForeignUrl { .. } | ErrorKind::Request | ErrorKind::Tls(_) => Lasting::Permanent,
        ErrorKind::RequestBody(_)
        | ErrorKind::InvalidResponse
        | ErrorKind::CompressedResponse { .. }
        | ErrorKind::Layer
        | ErrorKind::TooLarge { .. } => Lasting::Unclear,
    }
}

/// Whether a proxy that refuses with this status may let a later tunnel through.
fn proxy_may_recover(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status_is_transient(status)
}

/// Returns whether waiting may be all that is needed after a response with this status.
///
/// These are 408 and the errors of a server (5xx), except for those that say that the server
/// never does it (501 and 505). A 429 depends on its headers, see [`Verdict::of_response`].
#[must_use]
pub fn status_is_transient(status: StatusCode) -> bool {
    match status {
        StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED => false,
        StatusCode::REQUEST_TIMEOUT => true,
        status => status.is_server_error(),
    }
}

/// Marks the 429 of a rate block. Source: the constants of the service's own C# client.
const RATE_BLOCK: &str = "dosfilter";
/// On every response to a poll. Source: the service's documentation.
const NEXT_PERMITTED_POLL_TIME: &str = "x-next-permitted-poll-time";

/// The service's refusal of all requests of an organisation that sent too many.
///
/// It is a response with status 429 and the header `DoSFilter`. A 429 with the header
/// `X-Next-permitted-poll-time` says that a poll came too early and blocks nobody.
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use portal_transport::RateBlock;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("DoSFilter", "delay=-1".parse()?);
/// let now = jiff::Timestamp::now();
/// let block = RateBlock::from_response(StatusCode::TOO_MANY_REQUESTS, &headers, now);
/// assert_eq!(block.map(|block| block.period()), Some(RateBlock::DEFAULT_PERIOD));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateBlock {
    period: Duration,
}

impl RateBlock {
    /// How long a block lasts unless the response has a `Retry-After`. Source: the service's
    /// documentation.
    pub const DEFAULT_PERIOD: Duration = Duration::from_secs(30);

    /// The longest period that a `Retry-After` may set.
    pub const LONGEST_PERIOD: Duration = Duration::from_secs(60 * 60);

    /// Returns the block that a response announces, if it does.
    ///
    /// `now` is what a date in `Retry-After` is measured against if the response has no `Date`.
    #[must_use]
    pub fn from_response(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Option<Self> {
        let is_block = status == StatusCode::TOO_MANY_REQUESTS
            && headers.contains_key(RATE_BLOCK)
            && !headers.contains_key(NEXT_PERMITTED_POLL_TIME);
        is_block.then(|| Self {
            period: retry_after(headers, now)
                .unwrap_or(Self::DEFAULT_PERIOD)
                .min(Self::LONGEST_PERIOD),
        })
    }

    /// Returns how long the block lasts, from the response on.
    #[must_use]
    pub const fn period(self) -> Duration {
        self.period
    }
}

/// What a response to the creation of a job says about the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CreateVerdict {
    /// The service says that the job was created.
    Created,
    /// The service refused the job: there is none.
    Refused,
    /// The job may exist or not.
    Unknown,
}

/// Codes of error documents that say with any status that there is no job.
const REFUSALS: [&str; 4] = [
    "NOT_AUTHORIZED",
    "BROKER_NOT_AUTHORIZED",
    "SCHEMA_VALIDATION_ERROR",
    "ASICE_VALIDATION_FAILED",
];

impl CreateVerdict {
    /// Returns what a status means, with the code of the error document if the response has one.
    ///
    /// 2xx is created. 4xx is a refusal. 5xx is a refusal only with one of the codes
    /// `NOT_AUTHORIZED`, `BROKER_NOT_AUTHORIZED`, `SCHEMA_VALIDATION_ERROR` and
    /// `ASICE_VALIDATION_FAILED`: any other error of the server may have come after the job was
    /// created. Other statuses are none of the service's and leave it unknown.
    #[must_use]
    pub fn of_response(status: StatusCode, error_code: Option<&str>) -> Self {
        let names_refusal = error_code.is_some_and(|code| REFUSALS.contains(&code.trim()));
        if status.is_success() {
            Self::Created
        } else if status.is_client_error() || (status.is_server_error() && names_refusal) {
            Self::Refused
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests;
