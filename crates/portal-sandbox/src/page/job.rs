//! A job's page: its signers and their messages, its addresses and its calls.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Request, State};
use http::StatusCode;
use jiff::Timestamp;

use super::calls::CallRow;
use super::clock::ClockView;
use super::mask::Reveal;
use super::overview::time_left;
use super::response::{Failure, HandlerResult, page, page_with, see};
use super::signers::{GroupView, Signers};
use super::state_word::StateWord;
use super::time_text::{Stamp, size};
use super::{Pages, document};
use crate::http::JobUrls;
use crate::job::SandboxJob;
use crate::personal::covered;
use crate::service::{JobId, JobState, JobView, SignerState};
use crate::{management, messages};

/// Calls on one page; the journal has the rest.
const CALLS: usize = 50;

#[derive(Template)]
#[template(path = "job.html")]
struct JobPage {
    clock: ClockView,
    job: Summary,
    groups: Vec<GroupView>,
    /// Whether somebody is in turn.
    in_turn: bool,
    calls: Vec<CallRow>,
    revealed: bool,
}

/// The job itself.
struct Summary {
    id: i64,
    title: String,
    description: Option<String>,
    reference: Option<String>,
    organization: String,
    queue: Option<String>,
    state: StateWord,
    time: String,
    created: Stamp,
    activation: Stamp,
    deadline: Stamp,
    finished: Option<Stamp>,
    documents: Vec<DocumentRow>,
    /// Whether there is a signed document, with the signatures so far.
    signed: bool,
    addresses: Vec<Address>,
}

pub(super) struct DocumentRow {
    pub(super) number: usize,
    pub(super) title: String,
    pub(super) kind: &'static str,
    pub(super) size: String,
}

/// A call that the client may make about the job.
struct Address {
    what: String,
    method: &'static str,
    url: String,
}

/// Of a job that is no longer there, its calls still are.
#[derive(Template)]
#[template(path = "gone.html")]
struct GonePage {
    clock: ClockView,
    id: JobId,
    ended: Option<Ended>,
    calls: Vec<CallRow>,
}

/// How a closed job ended.
struct Ended {
    title: String,
    state: StateWord,
    at: Option<Stamp>,
    signers: Vec<StateWord>,
}

impl Ended {
    fn of(job: &JobView) -> Self {
        Self {
            title: covered(job.content.title.reveal()),
            state: job.state.into(),
            at: job.finished.map(Stamp::new),
            signers: job
                .signers
                .iter()
                .map(|signer| signer.state.into())
                .collect(),
        }
    }
}

/// `GET /jobs/{job}`
pub(super) async fn show(
    State(pages): State<Pages>,
    Path(job): Path<String>,
    request: Request,
) -> HandlerResult {
    let shared = &pages.shared;
    let id = number(&job)?;
    let now = shared.clock.now();
    let view = shared.ledger().view(now, id);
    let calls = shared
        .journal
        .latest(None, CALLS, |entry| entry.job == Some(id));
    let ended = shared.ledger().ended(id);
    let calls: Vec<_> = calls.iter().map(CallRow::of).collect();
    let clock = ClockView::of(shared, format!("/jobs/{id}"));
    let Some(view) = view else {
        if calls.is_empty() && ended.is_none() {
            return Err(Failure::not_found("the sandbox has no such job"));
        }
        let ended = ended.map(|job| Ended::of(&job));
        let gone = GonePage {
            clock,
            id,
            ended,
            calls,
        };
        return Ok(page_with(StatusCode::NOT_FOUND, &gone));
    };
    let reveal = Reveal::of_query(request.uri().query());
    let messages = messages::of_job(&view, now, &shared.links, shared.page_url.as_deref());
    let groups = Signers {
        job: &view,
        messages: &messages,
        links: &shared.links,
        now,
        reveal: &reveal,
    }
    .by_group();
    Ok(page(&JobPage {
        clock,
        in_turn: groups.iter().any(|group| group.in_turn),
        groups,
        calls,
        revealed: reveal == Reveal::All,
        job: Summary::of(&view, &shared.root_url, now, &reveal),
    }))
}

impl Summary {
    fn of(job: &JobView, root_url: &str, now: Timestamp, reveal: &Reveal) -> Self {
        let content = &job.content;
        Self {
            id: job.id.0,
            title: reveal.text(content.title.reveal()),
            description: content
                .description
                .as_ref()
                .map(|description| reveal.text(description.reveal())),
            reference: content
                .reference
                .as_ref()
                .map(|reference| reveal.text(reference.reveal())),
            organization: job.organization.clone(),
            queue: job.queue.as_deref().map(|name| reveal.text(name)),
            state: job.state.into(),
            time: time_left(job, now),
            created: Stamp::new(job.created),
            activation: Stamp::new(job.first_activation),
            deadline: Stamp::new(job.deadline),
            finished: job.finished.map(Stamp::new),
            documents: documents(job, reveal),
            signed: job.has_signed_documents(),
            addresses: addresses(job, root_url),
        }
    }
}

pub(super) fn documents(job: &JobView, reveal: &Reveal) -> Vec<DocumentRow> {
    let documents = job.content.documents.iter().enumerate();
    documents
        .map(|(index, document)| DocumentRow {
            number: index + 1,
            title: reveal.text(document.title.reveal()),
            kind: match document.mime.as_str() {
                "application/pdf" => "PDF",
                _ => "text",
            },
            size: size(u64::try_from(document.bytes.len()).unwrap_or(u64::MAX)),
        })
        .collect()
}

/// What the client may call now.
fn addresses(job: &JobView, root: &str) -> Vec<Address> {
    let urls = JobUrls {
        root,
        organization: &job.organization,
        job: job.id,
    };
    let address = |what: &str, method, url: portal_model::Url| Address {
        what: what.to_owned(),
        method,
        url: url.as_str().to_owned(),
    };
    let mut addresses = vec![address("confirm", "POST", urls.confirmation())];
    if !job.state.is_finished() {
        addresses.push(address("cancel", "POST", urls.cancellation()));
    }
    if job.has_signed_documents() {
        addresses.push(address("signed PDF", "GET", urls.pades()));
        for (index, signer) in job.signers.iter().enumerate() {
            if signer.state == SignerState::Signed {
                let what = format!("signature of signer {}", index + 1);
                addresses.push(address(&what, "GET", urls.xades(index)));
            }
        }
    }
    if job.state == JobState::CompletedSuccessfully && job.has_documents {
        addresses.push(address("delete documents", "DELETE", urls.deletion()));
    }
    addresses
}

/// `POST /jobs/{job}/sign`
pub(super) async fn sign_current_group(
    State(pages): State<Pages>,
    Path(job): Path<String>,
) -> HandlerResult {
    let job = SandboxJob::new(number(&job)?, Arc::clone(&pages.shared));
    let path = format!("/jobs/{}", job.id());
    match job.sign_current_group() {
        Ok(_) => Ok(see(&path)),
        Err(error) => Err(Failure::from(error).back(path)),
    }
}

/// `POST /jobs/{job}/signers/{signer}/{act}`
pub(super) async fn let_signer_act(
    State(pages): State<Pages>,
    Path((job, signer, act)): Path<(String, String, String)>,
) -> HandlerResult {
    let job = SandboxJob::new(number(&job)?, Arc::clone(&pages.shared));
    let path = format!("/jobs/{}", job.id());
    let signer = signer.parse().unwrap_or(usize::MAX);
    let acted = management::let_act(&job, signer, &act)
        .ok_or_else(|| Failure::not_found("signers can do no such thing"))?;
    match acted {
        Ok(()) => Ok(see(&path)),
        Err(error) => Err(Failure::from(error).back(path)),
    }
}

/// `GET /jobs/{job}/documents/{document}`
pub(super) async fn document(
    State(pages): State<Pages>,
    Path((job, document)): Path<(String, String)>,
) -> HandlerResult {
    let job = SandboxJob::new(number(&job)?, Arc::clone(&pages.shared));
    document::stored(&job.view()?.content.documents, &document)
}

/// `GET /jobs/{job}/signed.pdf`: as the client would get it now.
pub(super) async fn signed_document(
    State(pages): State<Pages>,
    Path(job): Path<String>,
) -> HandlerResult {
    let job = SandboxJob::new(number(&job)?, Arc::clone(&pages.shared)).view()?;
    if !job.has_signed_documents() {
        return Err(Failure::not_found("the job has no signed document"));
    }
    let shared = pages.shared;
    let made = tokio::task::spawn_blocking(move || {
        crate::documents::pades(&shared.signing, &job.organization, &job, None)
    });
    match made.await {
        Ok(Ok(pdf)) => Ok(document::pdf(pdf)),
        _ => Err(Failure::broken("the signed document could not be made")),
    }
}

fn number(job: &str) -> Result<JobId, Failure> {
    let number = job.parse().map(JobId);
    number.map_err(|_| Failure::not_found("a job is named by its number"))
}
