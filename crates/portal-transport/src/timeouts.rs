//! How long each part of a request may take.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::{ConfigError, OperationClass};

/// Sets the time limits of one request. None of them can be zero; only the limits on the whole
/// response and on the whole request can be absent.
///
/// | limit | ordinary | download | counted from |
/// |---|---|---|---|
/// | connect | 5 s | 10 s | the start of a new connection (name lookup, TCP, TLS) |
/// | response head | 10 s | 60 s | the last byte of the request |
/// | whole response | 30 s | none | the last byte of the request, to the end of the response's body |
/// | stall | 5 s | 5 s | the last progress of a body, in either direction |
/// | whole request | none | none | the start of the request, to the end of the response's body |
///
/// Source: the defaults of the service's own Java client, except for the whole response; its
/// download client has the larger set.
///
/// **Slow uploads.** What is handed to the operating system is not yet on the other side, and when
/// it gets there can't be seen. An upload is therefore taken to move at no less than 24 KiB per
/// second ([`with_slowest_upload`](Self::with_slowest_upload)), shared by all uploads of the
/// transport: the stall limit and the limits from the last byte of the request begin when a line
/// of that speed would have carried what was handed over. So a line of that speed, or a faster
/// one, never makes an upload fail; a service that takes a request of 300 kB and does not respond
/// is noticed 12 s later than by the bare limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    connect: Duration,
    response_head: Duration,
    response: Option<Duration>,
    stall: Duration,
    total: Option<Duration>,
    slowest_upload: NonZeroU32,
}

/// Below the 40 kB per second of a slow mobile line.
const SLOWEST_UPLOAD: NonZeroU32 = NonZeroU32::new(24 * 1024).unwrap();

/// Which time limit ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TimeoutKind {
    /// No connection, TLS included, within the limit.
    #[error("no connection within the connect time limit")]
    Connect,
    /// The request's body stood still.
    #[error("the request's body stood still for longer than the stall time limit")]
    Upload,
    /// The request was sent, but no response began within the limit.
    #[error("no response within the response head time limit")]
    ResponseHead,
    /// The response began, but did not end within the limit.
    #[error("the response took longer than the whole response time limit")]
    Response,
    /// The response's body stood still.
    #[error("the response's body stood still for longer than the stall time limit")]
    Download,
    /// The request as a whole took too long.
    #[error("the request took longer than the whole request time limit")]
    Total,
}

impl TimeoutKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Connect => "timeout.connect",
            Self::Upload => "timeout.upload",
            Self::ResponseHead => "timeout.response_head",
            Self::Response => "timeout.response",
            Self::Download => "timeout.download",
            Self::Total => "timeout.total",
        }
    }
}

impl Timeouts {
    /// Returns the limits for requests with small responses.
    #[must_use]
    pub const fn ordinary() -> Self {
        Self {
            connect: Duration::from_secs(5),
            response_head: Duration::from_secs(10),
            response: Some(Duration::from_secs(30)),
            stall: Duration::from_secs(5),
            total: None,
            slowest_upload: SLOWEST_UPLOAD,
        }
    }

    /// Returns the limits for downloads.
    #[must_use]
    pub const fn download() -> Self {
        Self {
            connect: Duration::from_secs(10),
            response_head: Duration::from_secs(60),
            response: None,
            stall: Duration::from_secs(5),
            total: None,
            slowest_upload: SLOWEST_UPLOAD,
        }
    }

    /// Limits how long a new connection may take, from the name lookup to the end of the TLS
    /// handshake.
    ///
    /// # Errors
    /// [`ConfigError::ZeroTimeout`] if `limit` is zero.
    pub const fn with_connect(mut self, limit: Duration) -> Result<Self, ConfigError> {
        if limit.is_zero() {
            return Err(ConfigError::ZeroTimeout { which: "connect" });
        }
        self.connect = limit;
        Ok(self)
    }

    /// Limits the wait between the last byte of the request and the head of the response.
    ///
    /// # Errors
    /// [`ConfigError::ZeroTimeout`] if `limit` is zero.
    pub const fn with_response_head(mut self, limit: Duration) -> Result<Self, ConfigError> {
        if limit.is_zero() {
            return Err(ConfigError::ZeroTimeout {
                which: "response head",
            });
        }
        self.response_head = limit;
        Ok(self)
    }

    /// Limits the time from the last byte of the request to the end of the response's body, the
    /// caller's own reading included. The request's upload is not part of it.
    ///
    /// Leave it unset for downloads: a large file on a slow but moving line is not a failure.
    ///
    /// # Errors
    /// [`ConfigError::ZeroTimeout`] if `limit` is zero.
    pub const fn with_response(mut self, limit: Duration) -> Result<Self, ConfigError> {
        if limit.is_zero() {
            return Err(ConfigError::ZeroTimeout {
                which: "whole response",
            });
        }
        self.response = Some(limit);
        Ok(self)
    }

    /// Removes the limit on the whole response.
    #[must_use]
    pub const fn without_response(mut self) -> Self {
        self.response = None;
        self
    }

    /// Limits how long a body may stand still, in either direction.
    ///
    /// # Errors
    /// [`ConfigError::ZeroTimeout`] if `limit` is zero.
    pub const fn with_stall(mut self, limit: Duration) -> Result<Self, ConfigError> {
        if limit.is_zero() {
            return Err(ConfigError::ZeroTimeout { which: "stall" });
        }
        self.stall = limit;
        Ok(self)
    }

    /// Limits the request as a whole, the response's body included.
    ///
    /// Leave it unset for downloads: a large file on a slow but moving line is not a failure, and
    /// a line that has stopped moving is what the stall limit is for.
    ///
    /// # Errors
    /// [`ConfigError::ZeroTimeout`] if `limit` is zero.
    pub const fn with_total(mut self, limit: Duration) -> Result<Self, ConfigError> {
        if limit.is_zero() {
            return Err(ConfigError::ZeroTimeout {
                which: "whole request",
            });
        }
        self.total = Some(limit);
        Ok(self)
    }

    /// Sets the slowest line, in bytes per second, on which uploads still succeed. All uploads of
    /// the transport share it. Defaults to 24 KiB per second.
    #[must_use]
    pub const fn with_slowest_upload(mut self, bytes_per_second: NonZeroU32) -> Self {
        self.slowest_upload = bytes_per_second;
        self
    }

    /// Returns the limit for a new connection.
    #[must_use]
    pub const fn connect(&self) -> Duration {
        self.connect
    }

    /// Returns the limit for the head of the response.
    #[must_use]
    pub const fn response_head(&self) -> Duration {
        self.response_head
    }

    /// Returns the limit for the whole response; `None` is no limit.
    #[must_use]
    pub const fn response(&self) -> Option<Duration> {
        self.response
    }

    /// Returns the limit for a body that stands still.
    #[must_use]
    pub const fn stall(&self) -> Duration {
        self.stall
    }

    /// Returns the limit for the whole request; `None` is no limit.
    #[must_use]
    pub const fn total(&self) -> Option<Duration> {
        self.total
    }

    /// Returns the slowest line for uploads, in bytes per second.
    #[must_use]
    pub const fn slowest_upload(&self) -> NonZeroU32 {
        self.slowest_upload
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::ordinary()
    }
}

/// The time limits of both classes of operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeoutTable {
    pub(crate) ordinary: Timeouts,
    pub(crate) download: Timeouts,
}

impl Default for TimeoutTable {
    fn default() -> Self {
        Self {
            ordinary: Timeouts::ordinary(),
            download: Timeouts::download(),
        }
    }
}

impl TimeoutTable {
    /// The limit for a connection that serves both classes.
    pub(crate) fn longest_connect(&self) -> Duration {
        self.ordinary.connect.max(self.download.connect)
    }

    pub(crate) fn of(&self, class: OperationClass) -> Timeouts {
        match class {
            OperationClass::Ordinary => self.ordinary,
            OperationClass::Download => self.download,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_refused_everywhere() {
        let zero = Duration::ZERO;
        let all = [
            Timeouts::ordinary().with_connect(zero),
            Timeouts::ordinary().with_response_head(zero),
            Timeouts::ordinary().with_response(zero),
            Timeouts::ordinary().with_stall(zero),
            Timeouts::ordinary().with_total(zero),
        ];
        for refused in all {
            assert!(matches!(refused, Err(ConfigError::ZeroTimeout { .. })));
        }
    }

    #[test]
    fn a_download_waits_longer_than_an_ordinary_request() {
        let (ordinary, download) = (Timeouts::ordinary(), Timeouts::download());
        assert!(download.connect() > ordinary.connect());
        assert!(download.response_head() > ordinary.response_head());
        assert_eq!((download.response(), download.total()), (None, None));
    }
}
