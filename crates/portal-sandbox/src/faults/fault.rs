//! What can go wrong with a call.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;

use crate::pdf::DocumentDefect;

/// Something that goes wrong with one call.
///
/// *Handling* is what the call asks for: a job is made, a change handed out or confirmed. Faults that
/// come before it leave the sandbox as it was.
///
/// In JSON a fault is its name in kebab case, such as `"drop-after"`, with its value where it has
/// one: `{"status": 503}`, `{"delay-before": 250}`. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Fault {
    /// Not handled; the response is this status without a body. What is no status of a final response,
    /// 200 to 599, becomes 500.
    Status(u16),
    /// Not handled; the response is an error document: the service's, or that of OAuth with this code at the
    /// token endpoint.
    #[schemars(with = "ErrorDocumentFields")]
    #[non_exhaustive]
    ErrorDocument {
        /// The status, as in [`Status`](Self::Status).
        status: u16,
        /// The error code, such as `SCHEMA_VALIDATION_ERROR`.
        code: String,
    },
    /// Handled, but the response is this status without a body, as by a proxy that lost the real one.
    StatusAfter(u16),
    /// Not handled; the response is this status with these headers and no body: for `Retry-After` of a
    /// 503, or a redirect's `Location`. What is no header is left out.
    StatusWith(StatusWithHeaders),
    /// Handled after this long, in real time. When the client has hung up by then, not at all.
    #[schemars(with = "u64")]
    DelayBefore(Duration),
    /// Handled at once; the response is sent after this long, in real time.
    #[schemars(with = "u64")]
    DelayAfter(Duration),
    /// Not handled: the connection is closed without a response.
    DropBefore,
    /// Handled, then the connection is closed without a response.
    DropAfter,
    /// Handled; the connection is closed after this many bytes of the response's body, whose length was
    /// announced as it should be. A shorter body arrives whole.
    Truncate(usize),
    /// Handled; the response arrives one byte of its body at a time, with this long between them.
    #[schemars(with = "u64")]
    Trickle(Duration),
    /// Handled; the response lacks `X-Next-permitted-poll-time`.
    NoPollTime,
    /// Handled; the response's `X-Next-permitted-poll-time` is no time.
    MalformedPollTime,
    /// Handled; the response's body is replaced by bytes that are neither text nor a document. An
    /// response 204 stays as it is, here and below.
    Garbage,
    /// Handled; the response's body is replaced by this text: for what a token endpoint, or a proxy, should
    /// not say.
    Body(String),
    /// Handled; the response's body is replaced by well-formed XML of something else.
    GarbageXml,
    /// Handled; the response says that it is `text/html`.
    WrongContentType,
    /// Handled; a response's XML has elements and attributes that the schema does not know, in its
    /// namespace and another.
    UnknownElements,
    /// Handled; the first signer's status in a change is one that nobody knows.
    UnknownSignerStatus,
    /// Handled; the signed PDF is broken in this way. Other responses stay as they are.
    BrokenSignedDocument(DocumentDefect),
    /// Handled; the change that a poll was given is handed out again on the next poll, as if it had
    /// returned at once.
    Duplicate,
}

impl Fault {
    /// Creates a [refusal](Self::ErrorDocument) with this status and error code.
    #[must_use]
    pub fn error_document(status: u16, code: impl Into<String>) -> Self {
        Self::ErrorDocument {
            status,
            code: code.into(),
        }
    }
}

/// A status and headers, for [`Fault::StatusWith`].
///
/// ```
/// use portal_sandbox::{Fault, StatusWithHeaders};
///
/// let busy = StatusWithHeaders::new(503).with_header("Retry-After", "7");
/// let fault = Fault::StatusWith(busy);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StatusWithHeaders {
    /// The status, as in [`Status`](Fault::Status).
    pub status: u16,
    /// Header names and values.
    pub headers: BTreeMap<String, String>,
}

impl StatusWithHeaders {
    /// Creates a status without headers.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: BTreeMap::new(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }
}

/// The fields of [`Fault::ErrorDocument`] under a name, which generators of clients need.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only described")]
struct ErrorDocumentFields {
    /// The status of the response.
    status: u16,
    /// The error code, such as `SCHEMA_VALIDATION_ERROR`.
    code: String,
}
