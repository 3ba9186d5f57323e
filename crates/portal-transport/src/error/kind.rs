//! What can happen to a request.

use super::{TlsFailure, TokenFailure};
use crate::TimeoutKind;

/// What happened to a request, for callers that act on it.
///
/// What it means for another attempt is in [`Verdict`](crate::Verdict).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The URL is not under the service's root; nothing was sent anywhere.
    #[error(
        "the URL leads to {host}, which is not under the service's root {root}: \
         the client certificate is only shown to the service; check the configured root"
    )]
    #[non_exhaustive]
    ForeignUrl {
        /// The configured root.
        root: String,
        /// The host that the URL names.
        host: String,
    },
    /// The request is not one that can be sent.
    #[error("the request can't be sent as HTTP: check its URL and headers")]
    Request,
    /// The request's body failed, or was not as long as its size said.
    #[error("{0}")]
    RequestBody(RequestBodyProblem),
    /// No connection could be made.
    #[error(
        "no connection to the service at {to}: check the address, the network, the proxy and \
         that the firewall lets connections out to it"
    )]
    #[non_exhaustive]
    Connect {
        /// Host and port of the service, not of a proxy.
        to: String,
    },
    /// The proxy on the way to the service refused the tunnel. 407 and 403 mean its user name and
    /// password, or its rules.
    #[error(
        "the proxy refused the connection to the service with status {status}: check the proxy's \
         user name and password, and that it lets connections to the service through"
    )]
    #[non_exhaustive]
    ProxyRefused {
        /// The status of the proxy's response.
        status: u16,
    },
    /// The connection was ready only after the moment by which the request had to go out (see
    /// [`SendBy`](crate::SendBy)), or that moment passed while the request waited for its turn.
    #[error("the request was not sent, as the latest moment to send it had passed")]
    SendDeadline,
    /// There was a connection, but no TLS over it.
    #[error(transparent)]
    Tls(TlsFailure),
    /// There is no access token for the request.
    #[error("no access token from {endpoint}: {failure}")]
    #[non_exhaustive]
    Token {
        /// Host and port of the token endpoint.
        endpoint: String,
        /// The reason.
        failure: TokenFailure,
    },
    /// A time limit ran out.
    #[error("{0}: check the line to the service, or raise the limit")]
    Timeout(TimeoutKind),
    /// The connection ended before a response began.
    #[error("the connection ended without a response")]
    NoResponse,
    /// What came back is not HTTP.
    #[error("the response is not HTTP: check that the address is the API's")]
    InvalidResponse,
    /// The response's body is compressed, although the request did not ask for that. It comes when
    /// the body is read; status and headers are there.
    #[error(
        "the response's body is compressed ({encoding}), which the request did not ask for: likely \
         something between this computer and the service does it"
    )]
    #[non_exhaustive]
    CompressedResponse {
        /// The content encoding that the response names.
        encoding: String,
    },
    /// The response's body ended before its end.
    #[error("the response's body broke off before its end")]
    BodyBrokenOff,
    /// A layer between the client and the transport failed by itself; the cause is the error's
    /// source.
    #[error("a layer above the transport gave up")]
    Layer,
    /// The response's body is larger than the caller accepts.
    #[error("the response's body is larger than the {limit} bytes that are accepted")]
    #[non_exhaustive]
    TooLarge {
        /// The most that is accepted, in bytes.
        limit: u64,
    },
}

/// Constructors, for custom transports and their tests.
impl ErrorKind {
    /// Creates a [`ForeignUrl`](Self::ForeignUrl) of the configured root and the host that a URL names.
    #[must_use]
    pub fn foreign_url(root: impl Into<String>, host: impl Into<String>) -> Self {
        Self::ForeignUrl {
            root: root.into(),
            host: host.into(),
        }
    }

    /// Creates a [`Connect`](Self::Connect) of the service's host and port.
    #[must_use]
    pub fn connect(to: impl Into<String>) -> Self {
        Self::Connect { to: to.into() }
    }

    /// Creates a [`ProxyRefused`](Self::ProxyRefused) with the status of the proxy's response.
    #[must_use]
    pub const fn proxy_refused(status: u16) -> Self {
        Self::ProxyRefused { status }
    }

    /// Creates a [`Token`](Self::Token) of the endpoint's host and port, and the reason.
    #[must_use]
    pub fn token(endpoint: impl Into<String>, failure: TokenFailure) -> Self {
        Self::Token {
            endpoint: endpoint.into(),
            failure,
        }
    }

    /// Creates a [`CompressedResponse`](Self::CompressedResponse) with the content encoding of the response.
    #[must_use]
    pub fn compressed_response(encoding: impl Into<String>) -> Self {
        Self::CompressedResponse {
            encoding: encoding.into(),
        }
    }

    /// Creates a [`TooLarge`](Self::TooLarge) with the most bytes that are accepted.
    #[must_use]
    pub const fn too_large(limit: u64) -> Self {
        Self::TooLarge { limit }
    }
}

impl ErrorKind {
    /// Returns a short name without anything that came from outside, for metrics and spans.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ForeignUrl { .. } => "foreign_url",
            Self::Request => "request",
            Self::RequestBody(RequestBodyProblem::Unreadable) => "request_body.unreadable",
            Self::RequestBody(RequestBodyProblem::OtherLength) => "request_body.other_length",
            Self::Connect { .. } => "connect",
            Self::ProxyRefused { .. } => "proxy_refused",
            Self::SendDeadline => "send_deadline",
            Self::Tls(failure) => failure.name(),
            Self::Token { failure, .. } => failure.name(),
            Self::Timeout(which) => which.name(),
            Self::NoResponse => "no_response",
            Self::InvalidResponse => "invalid_response",
            Self::CompressedResponse { .. } => "compressed_response",
            Self::BodyBrokenOff => "body_broken_off",
            Self::Layer => "layer",
            Self::TooLarge { .. } => "too_large",
        }
    }

    /// Returns whether waiting may be all that is needed, see [`Verdict`](crate::Verdict).
    #[must_use]
    pub fn is_transient(&self) -> bool {
        crate::verdict::is_transient(self)
    }

    /// Returns whether it keeps happening until somebody changes something, see
    /// [`Verdict`](crate::Verdict).
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        crate::verdict::is_permanent(self)
    }
}

/// What was wrong with a request's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum RequestBodyProblem {
    /// Reading it failed; the cause is the error's source.
    #[error("the request's body could not be read to its end: check the file it comes from")]
    Unreadable,
    /// It had fewer or more bytes than its size said.
    #[error(
        "the request's body has fewer or more bytes than the size given with it: check that the \
         file has not changed meanwhile"
    )]
    OtherLength,
}
