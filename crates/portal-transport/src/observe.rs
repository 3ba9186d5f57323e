//! What `tracing` gets of a request.
//!
//! Nothing that could be personal: no query, no number of a job, an organisation or a
//! person, no header, no body.

use http::Request;
use tokio::time::Instant;
use tracing::Span;
use tracing::field::Empty;

use crate::retry::Attempt;
use crate::{Body, TransportError};

/// A span for one request, open until the response's body has been read or dropped.
#[derive(Debug)]
pub(crate) struct Observed {
    span: Span,
    started: Instant,
    response_bytes: u64,
}

impl Observed {
    pub(crate) fn new(request: &Request<Body>) -> Self {
        let attempt = request.extensions().get::<Attempt>();
        let span = tracing::debug_span!(
            "portal.request",
            method = %request.method(),
            path = %path_template(request.uri().path()),
            attempt = attempt.map_or(1, |attempt| attempt.number()),
            request_bytes = request.body().size(),
            status = Empty,
            head_ms = Empty,
            response_bytes = Empty,
            total_ms = Empty,
            error = Empty,
        );
        Self {
            span,
            started: Instant::now(),
            response_bytes: 0,
        }
    }

    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// The response has begun.
    pub(crate) fn head(&self, status: http::StatusCode) {
        self.span.record("status", status.as_u16());
        self.span.record("head_ms", self.milliseconds());
    }

    /// A piece of the response's body has arrived.
    pub(crate) fn piece(&mut self, bytes: usize) {
        self.response_bytes += bytes as u64;
    }

    /// The request has failed. Only the name of the kind is recorded: texts could hold anything.
    pub(crate) fn failed(&self, error: &TransportError) {
        self.span.record("error", error.kind().name());
    }

    fn milliseconds(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        self.span.record("response_bytes", self.response_bytes);
        self.span.record("total_ms", self.milliseconds());
    }
}

/// The path with everything but plain words replaced by `{}`.
fn path_template(path: &str) -> String {
    let is_word = |segment: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        segment.len() <= 24 && segment.bytes().all(plain)
    };
    let segments = path.split('/');
    let segments = segments.map(|segment| if is_word(segment) { segment } else { "{}" });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_stay_and_numbers_go() {
        let template = path_template("/api/123456789/portal/signature-jobs/42/xades/aB3");
        assert_eq!(template, "/api/{}/portal/signature-jobs/{}/xades/{}");
        assert_eq!(path_template("/"), "/");
    }

    proptest! {
        #[test]
        fn no_digit_is_ever_told(path in ".{0,60}") {
            prop_assert!(!path_template(&path).bytes().any(|byte| byte.is_ascii_digit()));
        }
    }
}
