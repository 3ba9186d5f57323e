//! The calls of the management API: one function each.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use jiff::Timestamp;

use super::act;
use super::body::{self, Advance, Set};
use super::faults;
use super::guard::refuse_foreign_pages;
use super::problem::Problem;
use super::view::{Call, Clock, Job, MessageLine, Overview, Signed, json};
use crate::job::SandboxJob;
use crate::page;
use crate::service::{ActError, GroupSigned};
use crate::shared::Shared;

/// How far one call moves the clock: ten years, in seconds. A time that is passed never returns.
const FARTHEST: u64 = 10 * 365 * 24 * 3600;

type App = State<Arc<Shared>>;
type HandlerResult = Result<Response, Problem>;

/// Everything that the management port serves.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let guarded = Arc::clone(&shared);
    Router::new()
        .route("/management", get(overview))
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
        .route(
            "/management/faults",
            get(planned_faults).post(add_faults).delete(clear_faults),
        )
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
    if request.uri().path().starts_with("/management") {
        Problem::no_such_call().into_response()
    } else {
        page::no_such_page().await
    }
}

/// `GET /management`
async fn overview(State(shared): App) -> Response {
    json(&Overview::of(&shared))
}

/// `GET /management/jobs`
async fn jobs(State(shared): App) -> Response {
    let now = shared.clock.now();
    let mut ledger = shared.ledger();
    let jobs: Vec<Job> = ledger
        .open_jobs(now)
        .into_iter()
        .filter_map(|id| ledger.view(now, id))
        .map(Job::from)
        .collect();
    json(&jobs)
}

/// `GET /management/jobs/{job}`
async fn job(State(shared): App, Path(job): Path<String>) -> HandlerResult {
    Ok(json(&Job::from(handle(&shared, &job)?.view()?)))
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
async fn journal(State(shared): App) -> Response {
    let calls: Vec<Call> = shared
        .journal
        .entries()
        .into_iter()
        .map(Call::from)
        .collect();
    json(&calls)
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

fn handle(shared: &Arc<Shared>, job: &str) -> Result<SandboxJob, Problem> {
    let id: i64 = job
        .parse()
        .map_err(|_| Problem::malformed("a job is named by its number"))?;
    let job = SandboxJob::new(id.into(), Arc::clone(shared));
    job.view()
        .map(drop)
        .map_err(|error: ActError| Problem::from(error))?;
    Ok(job)
}
