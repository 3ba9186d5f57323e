//! Responses that are pages, and what every one of them forbids.

use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::clock::ClockError;
use crate::service::ActError;

/// The response to a page's request.
pub(super) type HandlerResult = Result<Response, Failure>;

/// Nothing is loaded but the page's own two files, and no other site may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Forbids what no page of the sandbox does.
pub(super) async fn with_policy(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Without it a form would be sent with `Origin: null`, as a foreign page's.
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A page made of its template.
pub(super) fn page(template: &impl Template) -> Response {
    page_with(StatusCode::OK, template)
}

pub(super) fn page_with(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Sends the browser on after a form, so that loading the page again repeats nothing.
pub(super) fn see(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// Why something was not done, as a page.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    problem: String,
    back: String,
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage<'a> {
    title: &'static str,
    problem: &'a str,
    back: &'a str,
}

impl Failure {
    fn new(status: StatusCode, problem: impl Into<String>) -> Self {
        Self {
            status,
            problem: problem.into(),
            back: "/".to_owned(),
        }
    }

    pub(super) fn malformed(problem: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, problem)
    }

    pub(super) fn broken(problem: &'static str) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, problem)
    }

    pub(super) fn not_found(problem: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, problem)
    }

    /// Where the page leads back to.
    pub(super) fn back(mut self, path: impl Into<String>) -> Self {
        self.back = path.into();
        self
    }
}

impl From<ActError> for Failure {
    fn from(error: ActError) -> Self {
        let status = match error {
            ActError::NoSuchJob { .. } | ActError::NoSuchSigner { .. } => StatusCode::NOT_FOUND,
            _ => StatusCode::CONFLICT,
        };
        Self::new(status, error.to_string())
    }
}

impl From<ClockError> for Failure {
    fn from(error: ClockError) -> Self {
        Self::new(StatusCode::CONFLICT, error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let page = FailurePage {
            title: match self.status {
                StatusCode::NOT_FOUND => "Not found",
                _ => "Not done",
            },
            problem: &self.problem,
            back: &self.back,
        };
        page_with(self.status, &page)
    }
}

/// The response to a path that leads nowhere.
pub(crate) async fn no_such_page() -> Response {
    with_policy(Failure::not_found("the sandbox has no such page").into_response()).await
}

/// The response to a path that does not take the method.
pub(crate) fn no_such_method() -> Response {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    Failure::new(status, "the page exists, but not with this method").into_response()
}
