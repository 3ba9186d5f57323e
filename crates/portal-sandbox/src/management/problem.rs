//! Refusals of the management API: a status, and JSON that says why.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;

use super::view::json;
use crate::clock::ClockError;
use crate::service::{ActError, JobState};

/// Why a management call was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    text: String,
}

#[derive(Serialize)]
struct Document<'a> {
    problem: &'a str,
}

impl Problem {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
        }
    }

    pub(super) fn malformed(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    pub(super) fn out_of_range(what: &str, most: u64) -> Self {
        Self::malformed(format!("`{what}` is a whole number from 0 to {most}"))
    }

    pub(super) fn finished(state: JobState) -> Self {
        let text = format!("the job has ended and is {state}: nobody can sign");
        Self::new(StatusCode::CONFLICT, text)
    }

    pub(super) fn foreign_page() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "the call comes from a page of another site, or by a name that is not this machine's",
        )
    }

    pub(super) fn no_such_call() -> Self {
        Self::new(StatusCode::NOT_FOUND, "the management API has no such call")
    }

    pub(super) fn no_such_method() -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::new(status, "the call exists, but not with this method")
    }

    pub(super) fn no_such_act() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "signers can sign, reject, enter-wrong-code, block, reserve, \
             miss-contact-information, lack-name, have-mailbox or lack-mailbox",
        )
    }
}

impl From<ActError> for Problem {
    fn from(error: ActError) -> Self {
        let status = match error {
            ActError::NoSuchJob { .. } | ActError::NoSuchSigner { .. } => StatusCode::NOT_FOUND,
            _ => StatusCode::CONFLICT,
        };
        Self::new(status, error.to_string())
    }
}

impl From<ClockError> for Problem {
    fn from(error: ClockError) -> Self {
        Self::new(StatusCode::CONFLICT, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = Document {
            problem: &self.text,
        };
        (self.status, json(&document)).into_response()
    }
}
