//! What a request needs besides the HTTP library: the guard, the headers, the time limits and the
//! meaning of failures.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, USER_AGENT};
use http::{HeaderValue, Method, Request, Response};
use http_body::Body as HttpBody;
use tracing::Instrument;

use crate::error::{BoxError, shown};
use crate::in_flight::{InFlight, Incoming, Line, Outgoing};
use crate::observe::Observed;
use crate::{Body, ErrorKind, OperationClass, SendBy, TransportError, TransportSettings, failure};

/// Sends a request over `line` with a library that `send` stands for.
pub(crate) async fn exchange<F, B>(
    settings: &TransportSettings,
    line: &Line,
    request: Request<Body>,
    send: impl FnOnce(Request<Outgoing>) -> F,
) -> Result<Response<Body>, TransportError>
where
    F: Future<Output = Result<Response<B>, BoxError>>,
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    settings.root.guard(request.uri())?;
    let send_by: Option<SendBy> = request.extensions().get().cloned();
    if send_by.as_ref().is_some_and(SendBy::has_passed) {
        return Err(TransportError::unsent(ErrorKind::SendDeadline));
    }
    let observed = Observed::new(&request);
    let class: OperationClass = request.extensions().get().copied().unwrap_or_default();
    let has_body = !request.body().is_end_stream();
    let in_flight = InFlight::new(settings.timeouts.of(class), line, has_body);
    let to = request.uri().authority().map(ToString::to_string);
    let takes_compressed = request.headers().contains_key(ACCEPT_ENCODING);

    let request = with_headers(request, &settings.user_agent);
    let request = request.map(|body| Outgoing::new(body, Arc::clone(&in_flight), send_by));
    let response = send(request);
    let response = in_flight.until_head(async {
        response.await.map_err(|cause| {
            let to = to.as_deref().unwrap_or_default();
            let error = failure::of_request(cause, &in_flight, to);
            failure::without_certificate(error, settings.tls.identity.is_none())
        })
    });
    let response = response.instrument(observed.span()).await;
    let response = response.inspect_err(|error| observed.failed(error))?;
    observed.head(response.status());
    let encoding = content_encoding(&response).filter(|_| !takes_compressed);
    Ok(response.map(|body| {
        let size = body.size_hint().exact();
        let body = Incoming::new(body, in_flight, observed);
        match encoding {
            Some(encoding) if size != Some(0) => body.refused(encoding).into_body(size),
            _ => body.into_body(size),
        }
    }))
}

/// How the body is encoded, if it is.
fn content_encoding<B>(response: &Response<B>) -> Option<String> {
    let encoding = response.headers().get(CONTENT_ENCODING)?;
    let encoding = String::from_utf8_lossy(encoding.as_bytes());
    let encoding = encoding.trim();
    let is_plain = encoding.is_empty() || encoding.eq_ignore_ascii_case("identity");
    (!is_plain).then(|| shown(encoding))
}

/// Adds the headers that every request has.
fn with_headers(mut request: Request<Body>, user_agent: &HeaderValue) -> Request<Body> {
    let may_have_body = matches!(*request.method(), Method::POST | Method::PUT);
    if may_have_body && request.body().is_end_stream() {
        let zero = HeaderValue::from_static("0");
        request.headers_mut().insert(CONTENT_LENGTH, zero);
    }
    let headers = request.headers_mut();
    headers
        .entry(USER_AGENT)
        .or_insert_with(|| user_agent.clone());
    request
}
