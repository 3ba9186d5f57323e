//! The pages of a sandbox: what a developer looks at while integrating, and what a signer sees.
//!
//! Made on the server from `templates/`, escaped by the template crate. Every button is a form, so
//! that all of it works without scripts; `assets/page.js` only keeps an open page up to date and
//! the focus in place.

mod assets;
mod calls;
mod clock;
mod connect;
mod document;
mod faults;
mod job;
mod journal;
mod live;
mod mask;
mod overview;
mod queues;
mod response;
mod sign;
mod signers;
mod state_word;
mod time_text;
mod xml;

pub(crate) use xml::covered as covered_xml;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use tokio::sync::Semaphore;

pub(crate) use response::{no_such_method, no_such_page};

use crate::shared::Shared;

/// What every page works on.
#[derive(Clone)]
struct Pages {
    shared: Arc<Shared>,
    /// One permit for each live page.
    streams: Arc<Semaphore>,
}

/// How many pages can be kept up to date at once; more are served and stay as they are.
const MOST_STREAMS: usize = 64;

/// Every page, without a fallback.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let pages = Pages {
        shared,
        streams: Arc::new(Semaphore::new(MOST_STREAMS)),
    };
    Router::new()
        .route("/", get(overview::show))
        .route("/jobs/{job}", get(job::show))
        .route("/jobs/{job}/sign", post(job::sign_current_group))
        .route(
            "/jobs/{job}/signers/{signer}/{act}",
            post(job::let_signer_act),
        )
        .route("/jobs/{job}/documents/{document}", get(job::document))
        .route("/jobs/{job}/signed.pdf", get(job::signed_document))
        .route("/clock/advance", post(clock::advance))
        .route("/clock/next-event", post(clock::advance_to_next_event))
        .route("/journal", get(journal::list))
        .route("/journal/{number}", get(journal::entry))
        .route("/journal/clear", post(journal::clear))
        .route("/faults/add", post(faults::add))
        .route("/faults/clear", post(faults::clear))
        .route("/connect/sandbox-root.pem", get(connect::root))
        .route(
            "/connect/sandbox-intermediate.pem",
            get(connect::intermediate),
        )
        .route("/reset", post(overview::reset))
        .route("/sign/{token}", get(sign::show))
        .route("/sign/{token}/code", post(sign::enter_code))
        .route("/sign/{token}/sign", post(sign::sign))
        .route("/sign/{token}/reject", post(sign::reject))
        .route("/sign/{token}/documents/{document}", get(sign::document))
        .route("/events", get(live::events))
        .route("/page.css", get(assets::style))
        .route("/page.js", get(assets::script))
        .route("/icon.svg", get(assets::icon))
        .method_not_allowed_fallback(async || no_such_method())
        .layer(middleware::map_response(response::with_policy))
        .with_state(pages)
}
