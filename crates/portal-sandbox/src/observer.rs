//! Observing calls while they are handled.

use std::fmt;
use std::sync::Arc;

use http::{Method, StatusCode};

use crate::personal::covered;

/// A moment in the life of a call, for a test that has to know what a client had done by then. The
/// journal has a call only once its response was made.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestEvent<'a> {
    /// It has arrived, and nothing has been done about it.
    #[non_exhaustive]
    Arrived {
        /// The method.
        method: &'a Method,
        /// The path, without the query.
        path: &'a str,
    },
    /// It has been handled, and its response has not been sent.
    #[non_exhaustive]
    Handled {
        /// The method.
        method: &'a Method,
        /// The path, without the query.
        path: &'a str,
        /// The status of the response.
        status: StatusCode,
    },
    /// An organisation called more than ten times in a second and is blocked for 30 s. Comes once
    /// for each block.
    #[non_exhaustive]
    RateBlocked {
        /// Its organisation number.
        organization: &'a str,
    },
    /// A connection was refused, or the client has refused the sandbox's certificate, or calls without
    /// a certificate and without an access token; that once for each connection.
    #[non_exhaustive]
    ConnectionRefused {
        /// Why.
        reason: &'a str,
        /// What to do about it.
        help: &'a str,
    },
}

impl fmt::Debug for RequestEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arrived { method, path } => f
                .debug_struct("Arrived")
                .field("method", method)
                .field("path", &covered(path))
                .finish(),
            Self::Handled {
                method,
                path,
                status,
            } => f
                .debug_struct("Handled")
                .field("method", method)
                .field("path", &covered(path))
                .field("status", status)
                .finish(),
            Self::RateBlocked { organization } => f
                .debug_struct("RateBlocked")
                .field("organization", organization)
                .finish(),
            Self::ConnectionRefused { reason, help } => f
                .debug_struct("ConnectionRefused")
                .field("reason", reason)
                .field("help", help)
                .finish(),
        }
    }
}

type LookOn = dyn Fn(RequestEvent<'_>) + Send + Sync;

/// The observer, if there is one.
#[derive(Clone, Default)]
pub(crate) struct RequestObserver(Option<Arc<LookOn>>);

impl RequestObserver {
    pub(crate) fn new(observer: impl Fn(RequestEvent<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observer)))
    }

    pub(crate) fn notify(&self, event: RequestEvent<'_>) {
        if let Some(observer) = &self.0 {
            observer(event);
        }
    }
}

impl fmt::Debug for RequestObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestObserver")
            .field(&self.0.is_some())
            .finish()
    }
}
