//! What pages take in and hand out beside themselves: forms, and the documents of jobs.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header;
use tokio::time::timeout;

use super::response::{Failure, HandlerResult};
use crate::service::StoredDocument;

/// No form of these pages comes near it.
const LARGEST_FORM: usize = 64 * 1024;
/// How long a form may take.
const STALL: Duration = Duration::from_secs(30);

/// The fields of a form.
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// Reads the form that a page has sent.
pub(super) async fn form(request: Request) -> Result<Form, Failure> {
    let read = timeout(STALL, to_bytes(request.into_body(), LARGEST_FORM)).await;
    let body = read
        .map_err(|_| Failure::malformed("the form did not come within 30 seconds"))?
        .map_err(|_| Failure::malformed("the form ends early or is too long"))?;
    Ok(Form(form_urlencoded::parse(&body).into_owned().collect()))
}

/// A PDF for the browser to show.
pub(super) fn pdf(bytes: impl Into<Bytes>) -> Response {
    shown("application/pdf", bytes.into())
}

fn shown(media_type: &'static str, bytes: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, "inline"),
    ];
    (headers, bytes).into_response()
}

/// A document of a job, counted from 1, for the browser to show.
pub(super) fn stored(documents: &[StoredDocument], number: &str) -> HandlerResult {
    let document = number
        .parse::<usize>()
        .ok()
        .and_then(|number| documents.get(number.checked_sub(1)?))
        .ok_or_else(|| Failure::not_found("the job has no such document, or no longer"))?;
    // Whatever was sent as something else is shown as text and never run.
    let media_type = match document.mime.as_str() {
        "application/pdf" => "application/pdf",
        _ => "text/plain; charset=utf-8",
    };
    Ok(shown(media_type, document.bytes.clone()))
}
