//! The refusals of the API: a status and the service's error document.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use portal_model::{ErrorDocument, OrganizationNumber};

use super::response;

/// The only error type that the service is known to use.
const CLIENT: &str = "CLIENT";

/// A refusal with an error document.
///
/// Codes that begin with `SANDBOX_` are the sandbox's own, for refusals whose code the service has
/// not published: no client should look for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// The request document breaks the schema.
    pub(crate) fn schema(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "SCHEMA_VALIDATION_ERROR", message)
    }

    /// The document package, or the manifest in it, is not acceptable.
    pub(crate) fn package(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ASICE_VALIDATION_FAILED", message)
    }

    /// The caller has no access to the API.
    pub(crate) fn not_authorized() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "NOT_AUTHORIZED",
            "The caller's organisation has no access to the API.",
        )
    }

    /// The caller has proved itself by nothing, or by a token that is not good.
    pub(crate) fn not_authenticated(reason: &str, help: &str) -> Self {
        let status = StatusCode::UNAUTHORIZED;
        let mut message = format!("{reason}: {help}.");
        if let Some(first) = message.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self::new(status, "NOT_AUTHORIZED", message)
    }

    /// An access token stands in for the certificate, and is not sent beside it.
    pub(crate) fn token_and_certificate() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "SANDBOX_TOKEN_AND_CERTIFICATE",
            "With an access token no client certificate is sent: leave it out of the connection to the API.",
        )
    }

    /// The caller may not act for the organisation in the URL.
    pub(crate) fn broker_not_authorized(caller: &OrganizationNumber) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "BROKER_NOT_AUTHORIZED",
            format!(
                "Organisation {caller} has no right to act on behalf of the organisation in the URL."
            ),
        )
    }

    /// Nothing is archived under the number.
    pub(crate) fn not_archived() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "ARCHIVED_DOCUMENT_NOT_FOUND",
            "The organisation has no archived document with this id.",
        )
    }

    /// The request is not readable as HTTP calls of this API are.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self::new(status, "SANDBOX_MALFORMED_REQUEST", message)
    }

    /// The body is larger than any acceptable job.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "SANDBOX_TOO_LARGE",
            format!("The body has more than {limit} bytes."),
        )
    }

    /// The body brought nothing for too long.
    pub(crate) fn stalled(limit: Duration) -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "SANDBOX_BODY_STALLED",
            format!(
                "No more of the body came within {} seconds.",
                limit.as_secs()
            ),
        )
    }

    /// No signer with this number waits in the job.
    pub(crate) fn no_such_signer() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "SANDBOX_NO_SUCH_SIGNER",
            "The job has no waiting signer with this personal number.",
        )
    }

    /// The signer can't sign now.
    pub(crate) fn not_signable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "SANDBOX_NOT_SIGNABLE", message)
    }

    /// There is no such call.
    pub(crate) fn no_such_call() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "SANDBOX_NO_SUCH_RESOURCE",
            "The API has no resource at this path: paths begin with /api/ and an organisation number, and \
             later calls take the URLs that responses give.",
        )
    }

    /// There is such a path, but not with this method.
    pub(crate) fn no_such_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "SANDBOX_NO_SUCH_METHOD",
            "The resource does not take this method; the header Allow lists those that it takes.",
        )
    }

    /// The organisation has no such job, or it ended and was confirmed.
    pub(crate) fn no_such_job() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "SANDBOX_NO_SUCH_JOB",
            "The organisation has no such job, or the job has ended and was confirmed.",
        )
    }

    /// The job is there, but not the document asked for.
    pub(crate) fn no_such_document() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "SANDBOX_NO_SUCH_DOCUMENT",
            "The job has no such document: nobody has signed, or the documents are deleted.",
        )
    }

    /// The job has ended and can't be cancelled.
    pub(crate) fn finished() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "SANDBOX_JOB_FINISHED",
            "The job has ended and can no longer be cancelled.",
        )
    }

    /// The documents can't be deleted, or not yet.
    pub(crate) fn not_deletable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "SANDBOX_NOT_DELETABLE", message)
    }

    /// The sandbox failed in its own work.
    pub(crate) fn broken(what: &str) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "SANDBOX_FAILED",
            format!("The sandbox could not make {what}. This is a defect of the sandbox."),
        )
    }

    pub(crate) fn document(&self) -> ErrorDocument {
        ErrorDocument::new(
            self.code.to_owned(),
            self.message.clone(),
            CLIENT.to_owned(),
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = response::xml(self.status, &self.document());
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
