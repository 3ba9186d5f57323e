//! The responses of management calls. Nothing personal: signers are numbers here.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::operation::OPERATIONS;
use crate::faults::Fault;
use crate::journal::JournalEntry;
use crate::messages::{Channel, SignerMessage, SignerMessageKind};
use crate::personal::covered;
use crate::service::{JobView, SignerState, UpcomingEvent};
use crate::shared::Shared;

/// A response of JSON.
pub(super) fn json(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The sandbox as a whole.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Index {
    root_url: String,
    server_organization: String,
    sender: String,
    open_jobs: usize,
    clock: Clock,
    /// Where the description of these calls is.
    openapi: &'static str,
    calls: Vec<CallSummary>,
}

/// One of the calls of the management API.
#[derive(Debug, Serialize, JsonSchema)]
struct CallSummary {
    method: &'static str,
    path: &'static str,
    summary: &'static str,
}

impl Index {
    pub(super) fn of(shared: &Shared) -> Self {
        let now = shared.clock.now();
        // In a separate statement, since the clock's view takes the ledger's lock again.
        let open_jobs = shared.ledger().open_jobs(now).len();
        let calls = OPERATIONS.iter().map(|operation| CallSummary {
            method: operation.method,
            path: operation.path,
            summary: operation.summary,
        });
        Self {
            root_url: shared.root_url.clone(),
            server_organization: shared.server_organization.as_str().to_owned(),
            sender: shared.sender.as_str().to_owned(),
            open_jobs,
            clock: Clock::of(shared),
            openapi: "/management/openapi.json",
            calls: calls.collect(),
        }
    }
}

/// That the sandbox serves.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Health {
    pub(super) status: &'static str,
}

/// What time it is, and what time will do next.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Clock {
    now: String,
    /// Stands still until it is moved.
    controlled: bool,
    next_event: Option<Due>,
}

/// Something that happens by itself at its time.
#[derive(Debug, Serialize, JsonSchema)]
struct Due {
    at: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<i64>,
}

impl Clock {
    pub(super) fn of(shared: &Shared) -> Self {
        let now = shared.clock.now();
        let next_event = shared.ledger().next_event(now);
        Self {
            now: now.to_string(),
            controlled: shared.clock.is_controlled(),
            next_event: next_event.map(|(at, event)| Due::of(at, event)),
        }
    }
}

impl Due {
    fn of(at: Timestamp, event: UpcomingEvent) -> Self {
        let (event, job) = match event {
            UpcomingEvent::JobActivates(job) => ("job-activates", Some(job)),
            UpcomingEvent::JobExpires(job) => ("job-expires", Some(job)),
            UpcomingEvent::ChangeReturns(job) => ("change-returns", Some(job)),
            UpcomingEvent::PollPermitted => ("poll-permitted", None),
            UpcomingEvent::DocumentsPurged(job) => ("documents-purged", Some(job)),
            UpcomingEvent::BlockEnds => ("block-ends", None),
        };
        Self {
            at: at.to_string(),
            event,
            job: job.map(|job| job.0),
        }
    }
}

/// One job.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Job {
    id: i64,
    organization: String,
    /// The sender's own reference, which must hold nothing personal.
    reference: Option<String>,
    /// The queue that changes go to; the default one has no name.
    queue: Option<String>,
    /// The id of the signed document in the archive, if it is there.
    archive_id: Option<String>,
    state: &'static str,
    /// It has ended and was confirmed: its sender can no longer call it.
    closed: bool,
    documents: usize,
    activation: String,
    deadline: String,
    finished: Option<String>,
    /// From when the sender may delete the documents.
    deletable_from: Option<String>,
    signers: Vec<Signer>,
}

/// One signer of a job.
#[derive(Debug, Serialize, JsonSchema)]
struct Signer {
    index: usize,
    order: i32,
    addressed_by: &'static str,
    looked_up: bool,
    status: &'static str,
    since: String,
    digital_mailbox: bool,
    /// May sign now, or once the job is active.
    in_turn: bool,
}

impl Job {
    pub(super) fn closed(job: JobView) -> Self {
        Self {
            closed: true,
            ..Self::from(job)
        }
    }
}

impl From<JobView> for Job {
    fn from(job: JobView) -> Self {
        let reference = job.content.reference.as_ref();
        let signer = |(index, course): (usize, &crate::service::SignerCourse)| Signer {
            index,
            order: course.traits.order,
            addressed_by: if course.traits.by_contact {
                "contact-information"
            } else {
                "personal-number"
            },
            looked_up: course.traits.by_lookup,
            status: course.state.as_str(),
            since: course.since.to_string(),
            digital_mailbox: job.mailboxes.get(index).copied().unwrap_or_default(),
            in_turn: course.state == SignerState::Waiting && job.current_group.contains(&index),
        };
        Self {
            id: job.id.0,
            organization: job.organization.clone(),
            reference: reference.map(|reference| covered(reference.reveal())),
            queue: job.queue.as_deref().map(covered),
            archive_id: job.is_archived.then(|| job.id.archive_id()),
            state: job.state.as_str(),
            closed: false,
            documents: job.content.documents.len(),
            activation: job.activated.to_string(),
            deadline: job.deadline.to_string(),
            finished: job.finished.map(|at| at.to_string()),
            deletable_from: job.deletable_from.map(|at| at.to_string()),
            signers: job.signers.iter().enumerate().map(signer).collect(),
        }
    }
}

/// A message, without what it says.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct MessageLine {
    signer: usize,
    at: String,
    kind: &'static str,
    channel: &'static str,
    sent: bool,
}

impl From<&SignerMessage> for MessageLine {
    fn from(message: &SignerMessage) -> Self {
        Self {
            signer: message.signer,
            at: message.at.to_string(),
            kind: match message.kind {
                SignerMessageKind::Invitation => "invitation",
                SignerMessageKind::Reminder => "reminder",
                SignerMessageKind::Cancellation => "cancellation",
            },
            channel: match message.channel {
                Channel::Email => "email",
                Channel::Sms => "sms",
            },
            sent: message.sent,
        }
    }
}

/// Who signed.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Signed {
    pub(super) signed: Vec<usize>,
}

/// One call of the API.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Call {
    number: u64,
    at: String,
    caller: Option<String>,
    /// It came with an access token in place of a certificate.
    with_token: bool,
    method: String,
    path: String,
    query: Option<String>,
    job: Option<i64>,
    request_bytes: u64,
    status: u16,
    response_bytes: u64,
    /// What went wrong on purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Fault>,
    /// The client had closed the connection before the response was ready.
    client_gone: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<String>,
}

/// One call of the API with what was said, as far as it is asked for.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CallDetails {
    #[serde(flatten)]
    pub(super) call: Call,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) documents: Option<Documents>,
}

/// What a call said, as far as it is text; never its headers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Documents {
    /// The request document of a create call.
    pub(super) request: Option<String>,
    /// The manifest in its package.
    pub(super) manifest: Option<String>,
    pub(super) response: Option<String>,
    /// Some of it is gone: it was too long, or made room for later calls.
    pub(super) shortened: bool,
}

impl From<JournalEntry> for Call {
    fn from(entry: JournalEntry) -> Self {
        let query = entry.reveal_query().map(covered);
        Self {
            number: entry.number,
            at: entry.at.to_string(),
            caller: entry.caller.map(|caller| caller.as_str().to_owned()),
            with_token: entry.with_token,
            method: entry.method.to_string(),
            path: covered(&entry.path),
            query,
            job: entry.job.map(|job| job.0),
            request_bytes: entry.request_bytes,
            status: entry.status,
            response_bytes: entry.response_bytes,
            fault: entry.fault,
            client_gone: entry.client_gone,
            remark: entry.remark.map(Cow::into_owned),
        }
    }
}
