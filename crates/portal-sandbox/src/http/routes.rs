//! The calls of the API: one function each.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Path, Request, State};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use portal_model::{OrganizationNumber, SignatureIdentifier};

use super::admission::Admission;
use super::body::whole_body;
use super::caller::Caller;
use super::headers::NEXT_POLL;
use super::middleware::middleware;
use super::note::Note;
use super::query::{polling_queue, signer_number};
use super::refusal::Refusal;
use super::response::{self, JobUrls};
use crate::documents;
use crate::organization::Access;
use crate::pdf::DocumentDefect;
use crate::service::{
    ActError, CancelError, DeleteError, JobId, JobView, PollResponse, SignerAct, SignerState,
};
use crate::shared::Shared;

type App = State<Arc<Shared>>;
type HandlerResult = Result<Response, Refusal>;

/// The whole API.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let jobs = "/api/{organization}/portal/signature-jobs";
    let job = |what: &str| format!("{jobs}/{{job}}/{what}");
    Router::new()
        .route("/api/{organization}", get(root_resource))
        .route(jobs, get(poll).post(create))
        .route(&job("complete"), post(confirm))
        .route(&job("cancel"), post(cancel))
        .route(&job("documents"), delete(delete_documents))
        .route(&job("pades"), get(pades))
        .route(&job("xades/{signer}"), get(xades))
        .route(
            "/api/{organization}/archive/documents/{job}/pades",
            get(archived_pades),
        )
        .route(
            "/web/portal/signature-jobs/{job}/devmodesign",
            post(sign_in_test_environment),
        )
        .fallback(async || Refusal::no_such_call())
        .method_not_allowed_fallback(async || Refusal::no_such_method())
        .layer(middleware::from_fn_with_state(
            Arc::clone(&shared),
            middleware,
        ))
        .with_state(shared)
}

/// The caller, once it is known to have the right to act for the organisation in the URL.
fn authorized<'a>(
    shared: &Shared,
    caller: &'a Caller,
    organization: &str,
) -> Result<(&'a OrganizationNumber, Access), Refusal> {
    let access = shared
        .register
        .access(caller.organization.as_ref(), organization);
    match (access, &caller.organization) {
        (Access::Own | Access::Broker, Some(caller)) => Ok((caller, access)),
        (Access::BrokerNotAuthorized, Some(caller)) => Err(Refusal::broker_not_authorized(caller)),
        _ => Err(Refusal::not_authorized()),
    }
}

fn job_id(text: &str) -> Result<JobId, Refusal> {
    text.parse().map(JobId).map_err(|_| Refusal::no_such_job())
}

/// `GET /api/{org}`
async fn root_resource(
    State(shared): App,
    Extension(caller): Extension<Caller>,
    Path(organization): Path<String>,
) -> HandlerResult {
    let (caller, access) = authorized(&shared, &caller, &organization)?;
    Ok(match access {
        Access::Broker => {
            format!("You are {caller}, operating on behalf of {organization}").into_response()
        }
        _ => format!("You are {caller}").into_response(),
    })
}

/// `POST /api/{org}/portal/signature-jobs`
async fn create(
    State(shared): App,
    Extension(caller): Extension<Caller>,
    Path(organization): Path<String>,
    Extension(note): Extension<Note>,
    request: Request,
) -> HandlerResult {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    // Before the body is read no refusal would reach a client that is still sending.
    let body = whole_body(request.into_body()).await;
    authorized(&shared, &caller, &organization)?;
    let body = body?;
    note.length(body.len());
    let for_work = Arc::clone(&shared);
    let sender = organization.clone();
    let for_note = note.clone();
    // Checking ten megabytes of documents would keep other connections waiting.
    let admitted = tokio::task::spawn_blocking(move || {
        Admission {
            shared: &for_work,
            caller: &caller,
            organization: &sender,
            now: for_work.clock.now(),
            note: &for_note,
        }
        .admit(&content_type, &body)
    });
    let new = admitted
        .await
        .map_err(|_| Refusal::broken("a job of this package"))??;
    let now = shared.clock.now();
    let job = {
        let mut ledger = shared.ledger();
        let id = ledger.create(now, new);
        ledger.owned(now, &organization, id)
    };
    let job = job.map_err(|_| Refusal::no_such_job())?;
    note.job(job.id);
    let urls = urls(&shared, &organization, &job);
    Ok(response::xml(
        StatusCode::OK,
        &response::created(&job, &urls),
    ))
}

/// `GET /api/{org}/portal/signature-jobs`
async fn poll(
    State(shared): App,
    Extension(caller): Extension<Caller>,
    Path(organization): Path<String>,
    Extension(note): Extension<Note>,
    request: Request,
) -> HandlerResult {
    authorized(&shared, &caller, &organization)?;
    let queue = polling_queue(request.uri().query())?;
    if !whole_body(request.into_body()).await?.is_empty() {
        return Err(Refusal::malformed(
            "A poll has no body: leave it out, and name a queue in the query.",
        ));
    }
    let polled = shared
        .ledger()
        .poll(shared.clock.now(), &organization, queue.as_deref());
    Ok(match polled {
        PollResponse::TooEarly { next } => with_next_poll(StatusCode::TOO_MANY_REQUESTS, next),
        PollResponse::Empty { next } => with_next_poll(StatusCode::NO_CONTENT, next),
        PollResponse::Change { next, job } => {
            note.job(job.id);
            let urls = urls(&shared, &organization, &job);
            let document = response::status_change(&job, &urls)?;
            let mut response = response::xml(StatusCode::OK, &document);
            response.headers_mut().insert(NEXT_POLL, time_value(next));
            response
        }
    })
}

fn with_next_poll(status: StatusCode, next: Timestamp) -> Response {
    (status, [(NEXT_POLL, time_value(next))]).into_response()
}

fn time_value(at: Timestamp) -> HeaderValue {
    // A timestamp's text is digits, letters and signs of ASCII.
    HeaderValue::from_str(&at.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// `POST /api/{org}/portal/signature-jobs/{job}/complete`
async fn confirm(
    State(shared): App,
    Extension(caller): Extension<Caller>,
    Path((organization, job)): Path<(String, String)>,
) -> HandlerResult {
    authorized(&shared, &caller, &organization)?;
    let job = job_id(&job)?;
    let now = shared.clock.now();
    let confirmed = shared.ledger().confirm(now, &organization, job);
    confirmed.map_err(|_| Refusal::no_such_job())?;
    Ok(StatusCode::OK.into_response())
}

/// `POST /api/{org}/portal/signature-jobs/{job}/cancel`
async fn cancel(
    State(shared): App,
    Extension(caller): Extension<Caller>,
    Path((organization, job)): Path<(String, String)>,
) -> HandlerResult {
    authorized(&shared, &caller, &organization)?;
    let job = job_id(&job)?;
    let now = shared.clock.now();
    match shared.ledger().cancel(now, &organization, job) {
        Ok(()) => Ok(shared.cancel_status.code().into_response()),
        Err(CancelError::NoSuchJob) => Err(Refusal::no_such_job()),
        Err(CancelError::Finished(_)) => Err(Refusal::finished()),
    }
}

/// `DELETE /api/{org}/portal/signature-jobs/{job}/documents`
async fn delete_documents(
    State(shared): App,
    Extension(caller): Extension<Caller>,
    Path((organization, job)): Path<(String, String)>,
) -> HandlerResult {
    authorized(&shared, &caller, &organization)?;
    let job = job_id(&job)?;
    let now = shared.clock.now();
    match shared.ledger().delete_documents(now, &organization, job) {
        Ok(()) => Ok(StatusCode::OK.into_response()),
        Err(DeleteError::NoSuchJob) => Err(Refusal::no_such_job()),
        Err(DeleteError::NotAllSigned) => Err(Refusal::not_deletable(
            "Documents can be deleted only when every signer has signed.",
        )),
        Err(DeleteError::TooSoon { earliest }) => Err(Refusal::not_deletable(format!(
            "Documents can be deleted 24 hours after the last signature, or 7 days where a signer has no \
             digital mailbox: from {earliest}."
        ))),
    }
}

/// `GET /api/{org}/portal/signature-jobs/{job}/pades`
async fn pades(
    State(shared): App,
    Extension(caller): Extension<Caller>,
    Path((organization, job)): Path<(String, String)>,
    defect: Option<Extension<DocumentDefect>>,
) -> HandlerResult {
    authorized(&shared, &caller, &organization)?;
    let job = readable(&shared, &organization, &job)?;
    if !job.has_signed_documents() {
        return Err(Refusal::no_such_document());
    }
    signed_pdf(shared, organization, job, defect).await
}

/// `GET /api/{org}/portal/signature-jobs/{job}/xades/{signer}`
async fn xades(
    State(shared): App,
    Extension(caller): Extension<Caller>,
    Path((organization, job, signer)): Path<(String, String, String)>,
) -> HandlerResult {
    authorized(&shared, &caller, &organization)?;
    let job = readable(&shared, &organization, &job)?;
    let index = signer
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1))
        .ok_or_else(Refusal::no_such_document)?;
    let for_work = Arc::clone(&shared);
    let made =
        tokio::task::spawn_blocking(move || documents::xades(&for_work.signing, &job, index)).await;
    let xml = made
        .map_err(|_| Refusal::broken("a signature document"))?
        .map_err(|_| Refusal::broken("a signature document"))?
        .ok_or_else(Refusal::no_such_document)?;
    Ok(([(header::CONTENT_TYPE, "application/xml")], xml).into_response())
}

/// `GET /api/{org}/archive/documents/{job}/pades`
async fn archived_pades(
    State(shared): App,
    Extension(caller): Extension<Caller>,
    Path((organization, job)): Path<(String, String)>,
    defect: Option<Extension<DocumentDefect>>,
) -> HandlerResult {
    authorized(&shared, &caller, &organization)?;
    let now = shared.clock.now();
    let archived = JobId::of_archive_id(&job)
        .and_then(|id| shared.ledger().archived(now, &organization, id).ok())
        .ok_or_else(Refusal::not_archived)?;
    signed_pdf(shared, organization, archived, defect).await
}

/// `POST /web/portal/signature-jobs/{job}/devmodesign?signer={personal number}`
///
/// Signs, as in the service's test environments; the official C# client's own tests rely on it.
async fn sign_in_test_environment(
    State(shared): App,
    Extension(caller): Extension<Caller>,
    Path(job): Path<String>,
    request: Request,
) -> HandlerResult {
    let caller = caller.organization.ok_or_else(Refusal::not_authorized)?;
    let id = job_id(&job)?;
    let number = signer_number(request.uri().query())?;
    let now = shared.clock.now();
    let signed = {
        let mut ledger = shared.ledger();
        let job = ledger
            .owned(now, caller.as_str(), id)
            .map_err(|_| Refusal::no_such_job())?;
        let is_named = |identifier: &SignatureIdentifier| {
            matches!(identifier, SignatureIdentifier::PersonalIdentificationNumber(own)
                if own.reveal() == number)
        };
        let mut signers = job.content.signers.iter().zip(&job.signers).enumerate();
        let named = signers.find(|(_, (content, course))| {
            is_named(&content.identifier) && course.state == SignerState::Waiting
        });
        let (index, _) = named.ok_or_else(Refusal::no_such_signer)?;
        ledger.act(now, id, &[(index, SignerAct::Sign)])
    };
    shared.change_signal.send();
    match signed {
        Ok(()) => Ok(StatusCode::OK.into_response()),
        Err(ActError::NoSuchJob { .. }) => Err(Refusal::no_such_job()),
        Err(error) => Err(Refusal::not_signable(error.to_string())),
    }
}

async fn signed_pdf(
    shared: Arc<Shared>,
    organization: String,
    job: JobView,
    defect: Option<Extension<DocumentDefect>>,
) -> HandlerResult {
    let defect = defect.map(|Extension(defect)| defect);
    let made = tokio::task::spawn_blocking(move || {
        documents::pades(&shared.signing, &organization, &job, defect)
    })
    .await;
    let pdf = made
        .map_err(|_| Refusal::broken("a signed document"))?
        .map_err(|_| Refusal::broken("a signed document"))?;
    let content_type = [(header::CONTENT_TYPE, "application/octet-stream")];
    Ok((content_type, pdf).into_response())
}

fn readable(shared: &Shared, organization: &str, job: &str) -> Result<JobView, Refusal> {
    let id = job_id(job)?;
    let now = shared.clock.now();
    let readable = shared.ledger().readable(now, organization, id);
    readable.map_err(|_| Refusal::no_such_job())
}

fn urls<'a>(shared: &'a Shared, organization: &'a str, job: &JobView) -> JobUrls<'a> {
    JobUrls {
        root: &shared.root_url,
        organization,
        job: job.id,
    }
}
