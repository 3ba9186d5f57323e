//! One call in the journal.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::Method;
use jiff::Timestamp;
use portal_model::OrganizationNumber;

use crate::faults::Fault;
use crate::personal::covered;
use crate::service::JobId;

/// The longest text that is kept of a request, a manifest or a response. Those of a real job are a
/// tenth of it.
const LONGEST_TEXT: usize = 256 * 1024;

/// One call that the sandbox has responded to.
///
/// Its fields and its `Debug` hold no personal data. What was said does, and only the methods named
/// `reveal_...` give it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalEntry {
    /// The call's number: 1 for the sandbox's first, and never given twice.
    pub number: u64,
    /// When the response was made, by the sandbox's clock.
    pub at: Timestamp,
    /// The organisation of the client certificate, where it names one, or of the access token.
    pub caller: Option<OrganizationNumber>,
    /// Whether the call came with an access token in place of a certificate, good or not. The token is not
    /// kept.
    pub with_token: bool,
    /// The method, such as `POST`.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    query: Option<String>,
    /// The job that was made, handed out or called upon, if the call got that far.
    pub job: Option<JobId>,
    /// How many bytes the request's body had, as far as it was read.
    pub request_bytes: u64,
    /// The request's `Content-Type`.
    pub request_type: Option<String>,
    /// The status of the response; 0 when a [fault](crate::Fault) closed the connection
    /// instead.
    pub status: u16,
    /// How many bytes the response's body had.
    pub response_bytes: u64,
    /// The response's `Content-Type`.
    pub response_type: Option<String>,
    /// The response's `X-Next-Permitted-Poll-Time`, as it was sent.
    pub next_poll: Option<String>,
    /// Whether the response carried `DoSFilter`: the caller is blocked for calling too often.
    pub rate_blocked: bool,
    /// What went wrong with the call on purpose, if anything. The rest says what the client was
    /// sent, or would have been, had the response arrived whole.
    pub fault: Option<Fault>,
    /// Whether the client had closed the connection before the response was ready. The call was
    /// carried out all the same.
    pub client_gone: bool,
    /// What a reader has to know besides: that a block begins, or why a connection was refused.
    pub remark: Option<Cow<'static, str>>,
    contents: Arc<Contents>,
}

impl fmt::Debug for JournalEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalEntry")
            .field("number", &self.number)
            .field("at", &self.at)
            .field("caller", &self.caller)
            .field("with_token", &self.with_token)
            .field("method", &self.method)
            .field("path", &covered(&self.path))
            .field("query_length", &self.query.as_ref().map(String::len))
            .field("job", &self.job)
            .field("status", &self.status)
            .field("rate_blocked", &self.rate_blocked)
            .field("fault", &self.fault)
            .field("client_gone", &self.client_gone)
            .field("remark", &self.remark)
            .field("contents", &self.contents)
            .finish_non_exhaustive()
    }
}

/// What a call said, as far as it is text.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The request document of a create call.
    pub(crate) request: Option<Text>,
    /// The manifest in the package of a create call.
    pub(crate) manifest: Option<Text>,
    pub(crate) response: Option<Text>,
    /// Dropped to make room for later calls.
    forgotten: bool,
}

/// A text of bounded length.
#[derive(PartialEq, Eq)]
pub(crate) struct Text {
    text: Box<str>,
    cut: bool,
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        let kept = &text[..text.floor_char_boundary(LONGEST_TEXT)];
        Self {
            text: kept.into(),
            cut: kept.len() < text.len(),
        }
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        let head = &bytes[..bytes.len().min(LONGEST_TEXT)];
        let mut text = Self::from(&*String::from_utf8_lossy(head));
        text.cut |= head.len() < bytes.len();
        text
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = |text: &Option<Text>| text.as_ref().map(|text| text.text.len());
        f.debug_struct("Contents")
            .field("request_length", &length(&self.request))
            .field("manifest_length", &length(&self.manifest))
            .field("response_length", &length(&self.response))
            .finish_non_exhaustive()
    }
}

/// A call that is about to be noted.
pub(crate) struct Call {
    pub(crate) at: Timestamp,
    pub(crate) caller: Option<OrganizationNumber>,
    pub(crate) with_token: bool,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) job: Option<JobId>,
    pub(crate) request_bytes: u64,
    pub(crate) request_type: Option<String>,
    pub(crate) status: u16,
    pub(crate) response_bytes: u64,
    pub(crate) response_type: Option<String>,
    pub(crate) next_poll: Option<String>,
    pub(crate) rate_blocked: bool,
    pub(crate) contents: Contents,
    pub(crate) fault: Option<Fault>,
    pub(crate) client_gone: bool,
    pub(crate) remark: Option<Cow<'static, str>>,
}

impl Call {
    /// A call of which no more is known.
    pub(crate) fn new(at: Timestamp, method: Method, path: String) -> Self {
        Self {
            at,
            caller: None,
            with_token: false,
            method,
            path,
            query: None,
            job: None,
            request_bytes: 0,
            request_type: None,
            status: 0,
            response_bytes: 0,
            response_type: None,
            next_poll: None,
            rate_blocked: false,
            contents: Contents::default(),
            fault: None,
            client_gone: false,
            remark: None,
        }
    }
}

impl JournalEntry {
    pub(super) fn new(number: u64, call: Call) -> Self {
        Self {
            number,
            at: call.at,
            caller: call.caller,
            with_token: call.with_token,
            method: call.method,
            path: call.path,
            query: call.query,
            job: call.job,
            request_bytes: call.request_bytes,
            request_type: call.request_type,
            status: call.status,
            response_bytes: call.response_bytes,
            response_type: call.response_type,
            next_poll: call.next_poll,
            rate_blocked: call.rate_blocked,
            fault: call.fault,
            client_gone: call.client_gone,
            remark: call.remark,
            contents: Arc::new(call.contents),
        }
    }

    /// Returns the query as it was sent, without the question mark: the name of a queue. A personal number
    /// by which a signer was made to sign is left out.
    #[must_use]
    pub fn reveal_query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// Returns the XML of the request document that came with a create call.
    #[must_use]
    pub fn reveal_request(&self) -> Option<&str> {
        self.contents.request.as_ref().map(|text| &*text.text)
    }

    /// Returns the XML of the manifest in a create call's package, once the package was verified. The
    /// documents' bytes are not kept.
    #[must_use]
    pub fn reveal_manifest(&self) -> Option<&str> {
        self.contents.manifest.as_ref().map(|text| &*text.text)
    }

    /// Returns the response's body where it is text: the XML of responses, errors and signature documents.
    #[must_use]
    pub fn reveal_response(&self) -> Option<&str> {
        self.contents.response.as_ref().map(|text| &*text.text)
    }

    /// Returns whether some of what was said is gone: longer than 256 KiB, or dropped to make room for
    /// later calls (the journal keeps 32 MiB).
    #[must_use]
    pub fn is_shortened(&self) -> bool {
        let Contents {
            request,
            manifest,
            response,
            forgotten,
        } = &*self.contents;
        *forgotten
            || [request, manifest, response]
                .into_iter()
                .flatten()
                .any(|text| text.cut)
    }

    /// Memory without the contents.
    pub(super) fn line_bytes(&self) -> usize {
        let texts = [
            &self.query,
            &self.request_type,
            &self.response_type,
            &self.next_poll,
        ];
        let texts: usize = texts.into_iter().flatten().map(String::capacity).sum();
        size_of::<Self>() + size_of::<Contents>() + self.path.capacity() + texts
    }

    /// Memory of the contents.
    pub(super) fn contents_bytes(&self) -> usize {
        let Contents {
            request,
            manifest,
            response,
            ..
        } = &*self.contents;
        let texts = [request, manifest, response].into_iter().flatten();
        texts.map(|text| text.text.len()).sum()
    }

    /// Drops what was said.
    pub(super) fn forget_contents(&mut self) {
        if self.contents_bytes() > 0 {
            self.contents = Arc::new(Contents {
                forgotten: true,
                ..Contents::default()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "æ".repeat(LONGEST_TEXT);
        let text = Text::from(long.as_str());
        assert!(text.cut);
        assert_eq!(text.text.len(), LONGEST_TEXT);
        assert!(Text::from(long.as_bytes()).cut);
        let text = Text::from("short".as_bytes());
        assert_eq!((&*text.text, text.cut), ("short", false));
    }
}
