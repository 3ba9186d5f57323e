//! The journal for programs: which calls, and how much of what they said.

use std::net::SocketAddr;

use axum::extract::Request;
use jiff::Timestamp;

use super::problem::Problem;
use super::view::{Call, CallDetails, Documents};
use crate::faults::Endpoint;
use crate::journal::JournalEntry;
use crate::page::covered_xml;
use crate::service::JobId;

/// The peer of a connection to the management port.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// What is asked of the journal.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    job: Option<JobId>,
    operation: Option<Endpoint>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    documents: bool,
    reveal: bool,
}

impl Wanted {
    /// Reads the query of a request.
    pub(super) fn of(request: &Request) -> Result<Self, Problem> {
        let mut wanted = Self::default();
        let query = request.uri().query().unwrap_or_default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let time = || {
                let parsed = value.parse();
                parsed.map_err(|_| {
                    Problem::malformed(format!("`{name}` is a time such as 2026-03-01T08:00:00Z"))
                })
            };
            match &*name {
                "job" => {
                    let number = value.parse().map(JobId);
                    let number = number.map_err(|_| Problem::malformed("`job` is a number"))?;
                    wanted.job = Some(number);
                }
                "operation" => {
                    let operation = serde_json::from_value(value.as_ref().into());
                    let operation = operation.map_err(|_| {
                        Problem::malformed(
                            "`operation` is create, poll, confirm, cancel, pades, xades, \
                             delete, archive, who-am-i or token",
                        )
                    })?;
                    wanted.operation = Some(operation);
                }
                "from" => wanted.from = Some(time()?),
                "until" => wanted.until = Some(time()?),
                "documents" => wanted.documents = is_true(&name, &value)?,
                "reveal" => wanted.reveal = is_true(&name, &value)?,
                _ => {
                    let text = format!("the query has `{name}`, which this call does not take");
                    return Err(Problem::malformed(text));
                }
            }
        }
        if wanted.reveal && !may_reveal(request) {
            return Err(Problem::not_revealed());
        }
        Ok(wanted)
    }

    /// Whether the call is one of those.
    pub(super) fn includes(&self, entry: &JournalEntry) -> bool {
        let operation = Endpoint::of(&entry.method, &entry.path);
        self.job.is_none_or(|job| entry.job == Some(job))
            && self
                .operation
                .is_none_or(|wanted| operation.is_some_and(|call| wanted.covers(call)))
            && self.from.is_none_or(|from| entry.at >= from)
            && self.until.is_none_or(|until| entry.at < until)
    }

    /// A call as it is asked for.
    pub(super) fn line(&self, entry: JournalEntry) -> CallDetails {
        let documents = self.documents.then(|| self.documents_of(&entry));
        CallDetails {
            documents,
            call: Call::from(entry),
        }
    }

    /// A call with what it said.
    pub(super) fn details(&self, entry: JournalEntry) -> CallDetails {
        CallDetails {
            documents: Some(self.documents_of(&entry)),
            call: Call::from(entry),
        }
    }

    fn documents_of(&self, entry: &JournalEntry) -> Documents {
        let text = |xml: Option<&str>| {
            let xml = xml?;
            Some(if self.reveal {
                xml.to_owned()
            } else {
                covered_xml(xml)
            })
        };
        Documents {
            request: text(entry.reveal_request()),
            manifest: text(entry.reveal_manifest()),
            response: text(entry.reveal_response()),
            shortened: entry.is_shortened(),
        }
    }
}

fn is_true(name: &str, value: &str) -> Result<bool, Problem> {
    let text = || format!("`{name}` is true or false");
    value.parse().map_err(|_| Problem::malformed(text()))
}

/// Whether the request comes from a program on this machine, or from a page of the sandbox.
fn may_reveal(request: &Request) -> bool {
    let peer = request.extensions().get::<Peer>();
    let is_near = peer.is_some_and(|Peer(address)| address.ip().to_canonical().is_loopback());
    let site = request.headers().get("sec-fetch-site");
    is_near && site.is_none_or(|site| site == "none" || site == "same-origin")
}
