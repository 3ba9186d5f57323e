//! A response that an operation does not provide for, kept for whoever has to find out why.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use portal_model::{ErrorDocument, XmlDocument, XmlError};
use portal_transport::{Attempt, TokenRejected, Verdict};

use super::{ErrorOrigin, Operation};

/// So many bytes of a body that is no error document are kept.
const KEPT: usize = 1024;

/// A redacted message ends with the word that reaches so many characters.
const SHOWN: usize = 200;

/// A response that an operation does not provide for: status, and the service's error document or the first
/// bytes of what came instead.
///
/// `Display` and `Debug` show status, content type, length and the error document's code and type. The
/// service's message may repeat what was sent, personal numbers and all: [`reveal_message`] gives it as
/// it came, [`redacted_message`] without what looks personal.
///
/// [`redacted_message`]: Self::redacted_message
/// [`reveal_message`]: Self::reveal_message
pub struct UnexpectedResponse {
    inner: Box<Inner>,
}

struct Inner {
    operation: Operation,
    attempt: Attempt,
    status: StatusCode,
    content_type: Option<String>,
    length: usize,
    document: Option<ErrorDocument>,
    head: Bytes,
    source: Option<XmlError>,
    verdict: Verdict,
    /// It is a 401 to an access token.
    token_rejected: bool,
    /// How far the service's clock was ahead when it refused what this computer's clock had dated.
    clock_behind: Option<SignedDuration>,
}

/// How far the signing time of a package may be off the service's clock. Source: the service's
/// documentation.
pub(crate) const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

impl UnexpectedResponse {
    /// Creates what the client gives for such a response to `operation`; for tests of programs that map
    /// errors. An error document is recognised by its XML, whatever the content type says.
    #[must_use]
    pub fn new(operation: Operation, response: &Response<Bytes>) -> Self {
        let body = response.body();
        let document = ErrorDocument::from_response(body)
            .ok()
            .map(|response| response.value);
        Self {
            inner: Box::new(Inner {
                operation,
                attempt: response
                    .extensions()
                    .get()
                    .copied()
                    .unwrap_or(Attempt::FIRST),
                status: response.status(),
                content_type: media_type(response.headers()),
                length: body.len(),
                document,
                head: body.slice(..body.len().min(KEPT)),
                source: None,
                verdict: Verdict::of_response(response.status(), response.headers()),
                token_rejected: response.extensions().get::<TokenRejected>().is_some(),
                clock_behind: None,
            }),
        }
    }

    /// Adds the reason why a successful response could not be read.
    pub(crate) fn because(mut self, source: XmlError) -> Self {
        self.inner.source = Some(source);
        self
    }

    /// Compares the signing time of what was refused with the time that the service's clock showed.
    pub(crate) fn signed_at(mut self, signed: Timestamp, service: Option<Timestamp>) -> Self {
        self.inner.clock_behind = service
            .map(|service| service.duration_since(signed))
            .filter(|behind| behind.abs() > TOLERANCE);
        self
    }

    /// Returns the operation that was asked for.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.inner.operation
    }

    /// Returns which attempt got this response. It is 1 unless the transport retries
    /// ([`Retrying`](portal_transport::Retrying)).
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.inner.attempt.number()
    }

    /// Whether an attempt before this one may have reached the service.
    pub(crate) fn earlier_may_have_arrived(&self) -> bool {
        self.inner.attempt.earlier_may_have_arrived()
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.inner.status
    }

    /// Returns the service's code for the error, such as `BROKER_NOT_AUTHORIZED`, if it sent an error document.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        self.error_document()
            .map(|document| document.error_code.trim())
    }

    /// Returns the service's error document. Its message may hold personal data.
    #[must_use]
    pub fn error_document(&self) -> Option<&ErrorDocument> {
        self.inner.document.as_ref()
    }

    /// Returns how far this computer's clock was behind the service's, negative where it was ahead, if that is
    /// more than the 5 seconds that the service tolerates. Known only of a create that was refused.
    #[must_use]
    pub fn clock_behind(&self) -> Option<SignedDuration> {
        self.inner.clock_behind
    }

    /// Returns whether this is a 401 to a request with an access token. The client has tried a new token by then.
    #[must_use]
    pub fn token_was_rejected(&self) -> bool {
        self.inner.token_rejected
    }

    pub(crate) fn verdict(&self) -> Verdict {
        self.inner.verdict
    }

    pub(crate) fn origin(&self) -> ErrorOrigin {
        match self.inner.clock_behind {
            Some(_) => ErrorOrigin::Computer,
            None if self.status() == StatusCode::UNAUTHORIZED => ErrorOrigin::Configuration,
            None if self.status().is_client_error() => ErrorOrigin::Caller,
            None => ErrorOrigin::Service,
        }
    }

    /// What the text of an error adds: the probable cause, where there is one.
    pub(crate) fn probable_cause(&self) -> String {
        if let Some(behind) = self.inner.clock_behind {
            let side = if behind.is_negative() {
                "ahead of"
            } else {
                "behind"
            };
            return format!(
                ": this computer's clock is {} s {side} the service's, which tolerates 5 s; set the clock",
                behind.unsigned_abs().as_secs()
            );
        }
        let cause = match (self.error_code(), self.status().as_u16()) {
            _ if self.inner.source.is_some() => "the response could not be read",
            (Some("SCHEMA_VALIDATION_ERROR"), _) => "the service finds the XML invalid",
            (Some("ASICE_VALIDATION_FAILED"), _) => {
                "the service refuses the document package; check its certificate and this computer's clock"
            }
            (_, 401) if self.inner.token_rejected => {
                "the access token is not accepted; check that client id and broker id are those of a registration in \
                 this environment, that it holds this certificate (a renewed one needs a new client id), and that \
                 the broker may use the API"
            }
            (_, 401 | 403) => "the certificate or the access rights are not accepted",
            (_, 404 | 410) => "the job or document is not there, or not any more",
            (_, 413) => "the job is too large",
            (_, 429) => "too many requests",
            (_, 502..=504) => "the service is not available",
            (_, 500..) => "the service failed",
            _ => return String::new(),
        };
        format!(": {cause}")
    }

    /// Returns the service's message, or the first 1024 bytes of whatever came, as they are. May hold personal
    /// data: keep it out of logs.
    #[must_use]
    pub fn reveal_message(&self) -> String {
        self.error_document().map_or_else(
            || String::from_utf8_lossy(&self.inner.head).into_owned(),
            |document| document.error_message.clone(),
        )
    }

    /// Returns the beginning of [`reveal_message`](Self::reveal_message), without quoted texts and without words
    /// that hold a digit, an at sign or a capital letter, save for codes all in capitals.
    ///
    /// A title that the service repeats without quotes and in lower case would still show.
    #[must_use]
    pub fn redacted_message(&self) -> String {
        redact(&self.reveal_message())
    }
}

impl fmt::Display for UnexpectedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            operation,
            status,
            content_type,
            length,
            document,
            ..
        } = &*self.inner;
        write!(f, "could not {operation}: {}", status.as_u16())?;
        match document {
            Some(document) => write!(
                f,
                " {} ({})",
                word(&document.error_code),
                word(&document.error_type)
            ),
            None if *length == 0 => f.write_str(" without a body"),
            None => {
                let kind = content_type.as_deref().unwrap_or("no content type");
                write!(
                    f,
                    " with {length} bytes that are no error document ({kind})"
                )
            }
        }
    }
}

impl fmt::Debug for UnexpectedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnexpectedResponse")
            .field("operation", &self.inner.operation)
            .field("attempt", &self.attempt())
            .field("status", &self.inner.status)
            .field("error_code", &self.error_code().map(word))
            .field("content_type", &self.inner.content_type)
            .field("length", &self.inner.length)
            .field("source", &self.inner.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for UnexpectedResponse {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.source.as_ref().map(|source| source as _)
    }
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default().trim();
    Some(essence.chars().take(80).collect())
}

/// A code as it may be shown: codes are one word of capitals, and anything else may be something else.
fn word(code: &str) -> &str {
    let code = code.trim();
    let plain = |c: char| c.is_ascii_uppercase() || c == '_';
    if !code.is_empty() && code.len() <= 80 && code.chars().all(plain) {
        code
    } else {
        "(an unusual code)"
    }
}

/// Leaves out what could be personal: everything from the first quotation mark to the last, and every
/// word that is not plain lower case or a code in capitals.
fn redact(text: &str) -> String {
    let quotes = ['"', '\'', '«', '»', '“', '”', '`'];
    let (before, after) = match (text.split_once(quotes), text.rsplit_once(quotes)) {
        // A lone mark hides the rest of the text.
        (Some((before, rest)), Some((_, after))) if rest.contains(quotes) => (before, after),
        (Some((before, _)), _) => (before, ""),
        _ => (text, ""),
    };
    let hidden = (before.len() < text.len()).then_some(LEFT_OUT);
    let words = before
        .split_whitespace()
        .map(shown)
        .chain(hidden)
        .chain(after.split_whitespace().map(shown));
    let mut redacted = String::new();
    for word in words {
        if redacted.chars().count() > SHOWN {
            redacted.push_str(" …");
            break;
        }
        // One mark is enough for a run of words left out.
        if word == LEFT_OUT && redacted.ends_with(LEFT_OUT) {
            continue;
        }
        if !redacted.is_empty() {
            redacted.push(' ');
        }
        redacted.push_str(word);
    }
    redacted
}

const LEFT_OUT: &str = "[…]";

fn shown(word: &str) -> &str {
    let bare = word.trim_matches(['.', ',', ':', ';', '(', ')', '!', '?']);
    let plain = bare.chars().all(|c| c.is_lowercase() || c == '-');
    let code = bare.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    if bare.chars().count() <= 40 && (plain || code) {
        word
    } else {
        LEFT_OUT
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_could_be_personal_is_left_out() {
        let messages = [
            "Value '1234567891' of the element is not valid.",
            "can't read the title 'Somebody's divorce' of the job",
            "The signer First Last (12345678910) has no address email@example.com",
            "SCHEMA_VALIDATION_ERROR: the text \"secret",
            "plain words only",
            "",
        ];
        insta::assert_snapshot!(messages.map(redact).join("\n"));
    }

    proptest! {
        /// Whatever stands around it, a quoted text, a number and an address never come through.
        #[test]
        fn redaction_hides_what_it_promises(before in "[ -~]{0,40}", after in "[ -~]{0,40}") {
            let text = format!("{before} 12345678910 'secret words' x@example.com {after}");
            let redacted = redact(&text);
            prop_assert!(!redacted.contains("secret words"), "{}", redacted);
            prop_assert!(!redacted.contains("12345678910"), "{}", redacted);
            prop_assert!(!redacted.contains('@'), "{}", redacted);
        }
    }
}
