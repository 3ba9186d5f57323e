//! How long each part of a call may take.

use std::time::Duration;

use crate::{ConfigError, OperationClass};

/// Time limits of one call. None of them can be zero, and only the whole call may be unlimited.
///
/// | limit | ordinary | download | counted from |
/// |---|---|---|---|
/// | connect | 5 s | 10 s | the start of a new connection (name lookup, TCP, TLS) |
/// | answer head | 10 s | 60 s | the last byte of the request being handed over |
/// | stall | 5 s | 5 s | the last piece of a body, in either direction |
/// | whole call | none | none | the start of the call to the end of the answer's body |
///
/// Source: the defaults of the service's own Java client; its download client has the larger set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    connect: Duration,
    response_head: Duration,
    stall: Duration,
    total: Option<Duration>,
}

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
    /// The request was sent, but no answer began within the limit.
    #[error("no answer within the answer head time limit")]
    ResponseHead,
    /// The answer's body stood still.
    #[error("the answer's body stood still for longer than the stall time limit")]
    Download,
    /// The call as a whole took too long.
    #[error("the call took longer than the whole call time limit")]
    Total,
}

impl Timeouts {
    /// The limits for calls with small answers.
    #[must_use]
    pub const fn ordinary() -> Self {
        Self {
            connect: Duration::from_secs(5),
            response_head: Duration::from_secs(10),
            stall: Duration::from_secs(5),
            total: None,
        }
    }

    /// The limits for downloads.
    #[must_use]
    pub const fn download() -> Self {
        Self {
            connect: Duration::from_secs(10),
            response_head: Duration::from_secs(60),
            stall: Duration::from_secs(5),
            total: None,
        }
    }

    /// Limits how long a new connection may take, from the name lookup to the end of the TLS
    /// handshake.
    ///
    /// # Errors
    /// [`ConfigError::ZeroTimeout`] when `limit` is zero.
    pub const fn with_connect(mut self, limit: Duration) -> Result<Self, ConfigError> {
        if limit.is_zero() {
            return Err(ConfigError::ZeroTimeout { which: "connect" });
        }
        self.connect = limit;
        Ok(self)
    }

    /// Limits the wait between the end of the request and the head of the answer.
    ///
    /// # Errors
    /// [`ConfigError::ZeroTimeout`] when `limit` is zero.
    pub const fn with_response_head(mut self, limit: Duration) -> Result<Self, ConfigError> {
        if limit.is_zero() {
            return Err(ConfigError::ZeroTimeout {
                which: "answer head",
            });
        }
        self.response_head = limit;
        Ok(self)
    }

    /// Limits how long a body may stand still, in either direction.
    ///
    /// # Errors
    /// [`ConfigError::ZeroTimeout`] when `limit` is zero.
    pub const fn with_stall(mut self, limit: Duration) -> Result<Self, ConfigError> {
        if limit.is_zero() {
            return Err(ConfigError::ZeroTimeout { which: "stall" });
        }
        self.stall = limit;
        Ok(self)
    }

    /// Limits the call as a whole, the answer's body included.
    ///
    /// Leave it unset for downloads: a large file on a slow but moving line is not a failure, and
    /// a line that has stopped moving is what the stall limit is for.
    ///
    /// # Errors
    /// [`ConfigError::ZeroTimeout`] when `limit` is zero.
    pub const fn with_total(mut self, limit: Duration) -> Result<Self, ConfigError> {
        if limit.is_zero() {
            return Err(ConfigError::ZeroTimeout {
                which: "whole call",
            });
        }
        self.total = Some(limit);
        Ok(self)
    }

    /// The limit for a new connection.
    #[must_use]
    pub const fn connect(&self) -> Duration {
        self.connect
    }

    /// The limit for the head of the answer.
    #[must_use]
    pub const fn response_head(&self) -> Duration {
        self.response_head
    }

    /// The limit for a body that stands still.
    #[must_use]
    pub const fn stall(&self) -> Duration {
        self.stall
    }

    /// The limit for the whole call; `None` is no limit.
    #[must_use]
    pub const fn total(&self) -> Option<Duration> {
        self.total
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::ordinary()
    }
}

/// The time limits of both classes of call.
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
            Timeouts::ordinary().with_stall(zero),
            Timeouts::ordinary().with_total(zero),
        ];
        for refused in all {
            assert!(matches!(refused, Err(ConfigError::ZeroTimeout { .. })));
        }
    }

    #[test]
    fn a_download_waits_longer_than_an_ordinary_call() {
        let (ordinary, download) = (Timeouts::ordinary(), Timeouts::download());
        assert!(download.connect() > ordinary.connect());
        assert!(download.response_head() > ordinary.response_head());
        assert_eq!(download.total(), None);
    }
}
