//! The calls of the management API: one function each.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{StatusCode, header};
use jiff::Timestamp;
use portal_model::SignatureJobReference;

use super::act;
use super::body::{self, Advance, Set};
use super::faults;
use super::guard::refuse_foreign_pages;
use super::journal::Wanted;
use super::openapi;
use super::problem::Problem;
use super::sample;
use super::tokens;
use super::view::{Clock, Health, Index, Job, MessageLine, Signed, json};
use crate::job::SandboxJob;
use crate::page;
use crate::service::{ActError, GroupSigned, JobId, JobView};
use crate::shared::Shared;

/// How far one call moves the clock: ten years, in seconds. A time that is passed never returns.
const FARTHEST: u64 = 10 * 365 * 24 * 3600;

type App = State<Arc<Shared>>;
type HandlerResult = Result<Response, Problem>;

/// Everything that the management port serves.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let guarded = Arc::clone(&shared);
    Router::new()
        .route("/management", get(index))
        .route("/management/health", get(health))
        .route("/management/openapi.json", get(description))
        .route("/management/sample", get(sample_message))
        .route("/management/jobs", get(jobs))
        .route("/management/jobs/{job}", get(job))
        .route("/management/jobs/{job}/messages", get(messages))
        .route("/management/jobs/{job}/sign", post(sign_current_group))
        .route(
            "/management/jobs/{job}/signers/{signer}/{act}",
            post(let_signer_act),
        )
        .route("/management/clock", get(clock))
        .route("/management/clock/advance", post(advance_clock))
        .route("/management/clock/set", post(set_clock))
        .route("/management/clock/next-event", post(advance_to_next_event))
        .route("/management/journal", get(journal).delete(clear_journal))
        .route("/management/journal/{number}", get(journal_entry))
        .route(
            "/management/faults",
            get(planned_faults).post(add_faults).delete(clear_faults),
        )
        .route("/management/tokens", get(tokens::show))
        .route("/management/tokens/expire", post(tokens::expire))
        .route("/management/tokens/revoke", post(tokens::revoke))
        .route("/management/tokens/refuse", post(tokens::refuse))
        .route("/management/tokens/restore", post(tokens::restore))
        .route("/management/reset", post(reset))
        .method_not_allowed_fallback(async || Problem::no_such_method())
        .with_state(Arc::clone(&shared))
        .merge(page::router(shared))
        .fallback(nothing_there)
        .layer(middleware::from_fn_with_state(
            guarded,
            refuse_foreign_pages,
        ))
}

/// Programs are lines in JSON, people on a page.
async fn nothing_there(request: Request) -> Response {
    if is_management(request.uri().path()) {
        Problem::no_such_call().into_response()
    } else {
        page::no_such_page().await
    }
}

fn is_management(path: &str) -> bool {
    path.split('/').nth(1) == Some("management")
}

/// `GET /management`
async fn index(State(shared): App) -> Response {
    json(&Index::of(&shared))
}

/// `GET /management/health`
async fn health() -> Response {
    json(&Health { status: "ok" })
}

/// `GET /management/openapi.json`
async fn description() -> Response {
    json(&openapi::description())
}

/// `GET /management/sample`
async fn sample_message(State(shared): App) -> HandlerResult {
    let made = tokio::task::spawn_blocking(move || {
        let now = shared.clock.now();
        sample::message(&shared.sender_certificate, &shared.sender, now)
            .map_err(|error| error.to_string())
    });
    let message = made.await.ok().and_then(Result::ok);
    let message = message.ok_or_else(|| Problem::broken("a sample"))?;
    let content_type = format!("multipart/mixed; boundary={}", sample::BOUNDARY);
    Ok(([(header::CONTENT_TYPE, content_type)], message).into_response())
}

/// `GET /management/jobs`: `reference`, if asked for.
async fn jobs(State(shared): App, request: Request) -> HandlerResult {
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let reference = pairs.find(|(name, _)| name == "reference");
    let reference = reference.map(|(_, reference)| reference.into_owned());
    let now = shared.clock.now();
    let mut ledger = shared.ledger();
    let is_wanted = |job: &JobView| {
        let own = job.content.reference.as_ref();
        reference.is_none() || own.map(SignatureJobReference::reveal) == reference.as_deref()
    };
    let mut jobs: Vec<Job> = Vec::new();
    if reference.is_some() {
        let ended = ledger.all_ended().filter(|job| is_wanted(job));
        jobs.extend(ended.cloned().map(Job::closed));
    }
    let open = ledger.open_jobs(now);
    let open = open.into_iter().filter_map(|id| ledger.view(now, id));
    jobs.extend(open.filter(is_wanted).map(Job::from));
    Ok(json(&jobs))
}

/// `GET /management/jobs/{job}`
async fn job(State(shared): App, Path(job): Path<String>) -> HandlerResult {
    let id = job_id(&shared, &job)?;
    let mut ledger = shared.ledger();
    let found = match ledger.view(shared.clock.now(), id) {
        Some(open) => Some(Job::from(open)),
        None => ledger.ended(id).map(Job::closed),
    };
    found.map(|job| json(&job)).ok_or_else(Problem::no_such_job)
}

/// `GET /management/jobs/{job}/messages`
async fn messages(State(shared): App, Path(job): Path<String>) -> HandlerResult {
    let messages = handle(&shared, &job)?.messages()?;
    let lines: Vec<MessageLine> = messages.iter().map(MessageLine::from).collect();
    Ok(json(&lines))
}

/// `POST /management/jobs/{job}/sign`
async fn sign_current_group(State(shared): App, Path(job): Path<String>) -> HandlerResult {
    match handle(&shared, &job)?.sign_group()? {
        GroupSigned::By(signed) => Ok(json(&Signed { signed })),
        GroupSigned::Finished(state) => Err(Problem::finished(state)),
    }
}

/// `POST /management/jobs/{job}/signers/{signer}/{act}`
async fn let_signer_act(
    State(shared): App,
    Path((job, signer, act)): Path<(String, String, String)>,
) -> HandlerResult {
    let job = handle(&shared, &job)?;
    let signer = signer.parse().unwrap_or(usize::MAX);
    act::let_act(&job, signer, &act).ok_or_else(Problem::no_such_act)??;
    Ok(json(&Job::from(job.view()?)))
}

/// `GET /management/clock`
async fn clock(State(shared): App) -> Response {
    json(&Clock::of(&shared))
}

/// `POST /management/clock/advance`
async fn advance_clock(State(shared): App, request: Request) -> HandlerResult {
    let by: Advance = body::json(request.into_body()).await?;
    let seconds = by.seconds.as_u64().filter(|&seconds| seconds <= FARTHEST);
    let seconds = seconds.ok_or_else(|| Problem::out_of_range("seconds", FARTHEST))?;
    shared.clock.advance(Duration::from_secs(seconds));
    Ok(json(&Clock::of(&shared)))
}

/// `POST /management/clock/set`
async fn set_clock(State(shared): App, request: Request) -> HandlerResult {
    let to: Set = body::json(request.into_body()).await?;
    let to: Timestamp = to
        .to
        .parse()
        .map_err(|_| Problem::malformed("`to` is not a time such as 2026-03-01T08:00:00Z"))?;
    let ahead = to.duration_since(shared.clock.now());
    if ahead.as_secs() > FARTHEST.cast_signed() {
        return Err(Problem::malformed(
            "`to` is at most ten years after the sandbox's time",
        ));
    }
    shared.clock.set(to)?;
    Ok(json(&Clock::of(&shared)))
}

/// `POST /management/clock/next-event`
async fn advance_to_next_event(State(shared): App) -> Response {
    shared.advance_to_next_event();
    json(&Clock::of(&shared))
}

/// `GET /management/journal`
async fn journal(State(shared): App, request: Request) -> HandlerResult {
    let wanted = Wanted::of(&request)?;
    let entries = shared.journal.entries().into_iter();
    let entries = entries.filter(|entry| wanted.includes(entry));
    let calls: Vec<_> = entries.map(|entry| wanted.line(entry)).collect();
    Ok(json(&calls))
}

/// `GET /management/journal/{number}`
async fn journal_entry(
    State(shared): App,
    Path(number): Path<String>,
    request: Request,
) -> HandlerResult {
    let wanted = Wanted::of(&request)?;
    let number = number.parse().unwrap_or(0);
    let entry = shared.journal.entry(number);
    let entry = entry.ok_or_else(Problem::no_such_entry)?;
    Ok(json(&wanted.details(entry)))
}

/// `DELETE /management/journal`
async fn clear_journal(State(shared): App) -> Response {
    shared.journal.clear();
    shared.change_signal.send();
    StatusCode::NO_CONTENT.into_response()
}

/// `GET /management/faults`
async fn planned_faults(State(shared): App) -> Response {
    faults::plan(&shared.faults)
}

/// `POST /management/faults`
async fn add_faults(State(shared): App, request: Request) -> HandlerResult {
    let added = faults::add(&shared.faults, request).await;
    shared.change_signal.send();
    added
}

/// `DELETE /management/faults`
async fn clear_faults(State(shared): App) -> Response {
    shared.faults.clear();
    shared.change_signal.send();
    StatusCode::NO_CONTENT.into_response()
}

/// `POST /management/reset`
async fn reset(State(shared): App) -> Response {
    shared.reset();
    json(&Clock::of(&shared))
}

/// The job of a path: its number, or `last` for the newest open one.
fn job_id(shared: &Shared, job: &str) -> Result<JobId, Problem> {
    if job == "last" {
        let last = shared.ledger().last_open(shared.clock.now());
        return last.ok_or_else(Problem::no_such_job);
    }
    job.parse()
        .map(JobId)
        .map_err(|_| Problem::malformed("a job is named by its number, or `last` for the newest"))
}

fn handle(shared: &Arc<Shared>, job: &str) -> Result<SandboxJob, Problem> {
    let job = SandboxJob::new(job_id(shared, job)?, Arc::clone(shared));
    job.view()
        .map(drop)
        .map_err(|error: ActError| Problem::from(error))?;
    Ok(job)
}

#[cfg(test)]
mod tests {
    use super::super::operation::OPERATIONS;

    /// Paths of the index are those of the router, as they stand in this file.
    #[test]
    fn every_route_is_in_the_index() {
        let source = include_str!("routes.rs");
        let source = source.split("#[cfg(test)]").next().unwrap();
        let quoted = source
            .split('"')
            .filter(|text| text.starts_with("/management"));
        let mut routes: Vec<_> = quoted.filter(|path| !path.contains(' ')).collect();
        let mut listed: Vec<_> = OPERATIONS.iter().map(|operation| operation.path).collect();
        for paths in [&mut routes, &mut listed] {
            paths.sort_unstable();
            paths.dedup();
        }
        assert_eq!(routes, listed);
    }
}
