//! What a call is besides the HTTP library: the guard, the headers, the time limits and the
//! meaning of failures.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, USER_AGENT};
use http::{HeaderValue, Method, Request, Response};
use http_body::Body as HttpBody;
use tracing::Instrument;

use crate::call::{Call, Incoming, Outgoing};
use crate::error::BoxError;
use crate::observe::Observed;
use crate::{Body, OperationClass, TransportError, TransportSettings, failure};

/// Makes a call with a library that `send` stands for.
pub(crate) async fn exchange<F, B>(
    settings: &TransportSettings,
    request: Request<Body>,
    send: impl FnOnce(Request<Outgoing>) -> F,
) -> Result<Response<Body>, TransportError>
where
    F: Future<Output = Result<Response<B>, BoxError>>,
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    settings.root.guard(request.uri())?;
    let observed = Observed::new(&request);
    let class: OperationClass = request.extensions().get().copied().unwrap_or_default();
    let call = Call::new(settings.timeouts.of(class));
    let to = request.uri().authority().map(ToString::to_string);
    let has_body = !request.body().is_end_stream();

    let request = with_headers(request, &settings.user_agent);
    let response = send(request.map(|body| Outgoing::new(body, Arc::clone(&call))));
    let response = call.until_head(has_body, async {
        response.await.map_err(|cause| {
            let sent = call.may_have_been_sent(has_body);
            failure::of_call(cause, sent, to.as_deref().unwrap_or_default())
        })
    });
    let response = response.instrument(observed.span()).await;
    let response = response.inspect_err(|error| observed.failed(error))?;
    observed.head(response.status());
    Ok(response.map(|body| {
        let size = body.size_hint().exact();
        Body::of_response(Incoming::new(body, call, observed), size)
    }))
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
