//! Refusals of the management API: a status, and JSON that says why.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemars::JsonSchema;
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

/// The body of a refusal.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProblemDocument {
    /// Why the call was not carried out.
    problem: String,
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

    pub(super) fn no_such_job() -> Self {
        let text = "the sandbox has no such job: it was never created, or it ended long ago";
        Self::new(StatusCode::NOT_FOUND, text)
    }

    pub(super) fn no_such_entry() -> Self {
        let text = "the journal has no such call, or no longer";
        Self::new(StatusCode::NOT_FOUND, text)
    }

    pub(super) fn not_revealed() -> Self {
        let text =
            "personal values are shown to programs on this machine and to the sandbox's own pages";
        Self::new(StatusCode::FORBIDDEN, text)
    }

    pub(super) fn broken(what: &str) -> Self {
        let text = format!("the sandbox could not make {what}: this is a defect of the sandbox");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, text)
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
            "a signer can sign, reject, enter-wrong-code, block, reserve, \
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
        let document = ProblemDocument { problem: self.text };
        (self.status, json(&document)).into_response()
    }
}
