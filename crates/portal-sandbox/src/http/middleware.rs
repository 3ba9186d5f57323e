//! What happens around every call: the limit on their rate, faults on purpose, the journal.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::{Extension, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::body::whole_body;
use super::caller::{Caller, Connection, Port};
use super::headers::{NEXT_POLL, RATE_BLOCK};
use super::note::Note;
use super::presence::Presence;
use super::refusal::Refusal;
use super::response::ResponseStyle;
use super::tampering;
use super::token_endpoint::refused_on_purpose;
use crate::faults::{Endpoint, Fault};
use crate::journal::Call;
use crate::observer::RequestEvent;
use crate::service::{Admitted, JobId};
use crate::shared::Shared;

/// Limits the rate, notes the call in the journal, and dresses the response.
pub(super) async fn middleware(
    State(shared): State<Arc<Shared>>,
    Extension(connection): Extension<Connection>,
    mut request: Request,
    next: Next,
) -> Response {
    let port = connection.port;
    let with_token = port == Port::Api && request.headers().contains_key(header::AUTHORIZATION);
    let identified = Caller::of(&shared, &connection, request.headers_mut());
    let caller = identified.as_ref().ok().cloned().unwrap_or_default();
    request.extensions_mut().insert(caller.clone());
    let note = Note::default();
    let presence = request.extensions().get::<Presence>().cloned();
    let presence = presence.unwrap_or_default();
    request.extensions_mut().insert(note.clone());
    let mut call = received(&request, &caller);
    call.with_token = with_token;
    if let Err(refusal) = &identified {
        call.remark = Some(refusal.message.clone().into());
    }
    shared.observer.notify(RequestEvent::Arrived {
        method: &call.method,
        path: &call.path,
    });
    let endpoint = Endpoint::of(request.method(), request.uri().path());
    let admitted = match &caller.organization {
        Some(caller) if port == Port::Api => {
            shared.ledger().admit(shared.clock.now(), caller.as_str())
        }
        _ => Admitted::Yes,
    };
    if let (Admitted::BlockBegins, Some(caller)) = (admitted, &caller.organization) {
        call.remark = Some(shared.rate_blocked(caller.as_str()).into());
    }
    let admitted = admitted == Admitted::Yes;
    let fault = endpoint
        .filter(|endpoint| (*endpoint == Endpoint::Token) == (port == Port::Tokens))
        .filter(|_| admitted && identified.is_ok())
        .and_then(|endpoint| shared.faults.draw(endpoint));
    let response = if let Err(refusal) = identified {
        // Unread, it would keep a client that is still sending from the response.
        let _ = whole_body(request.into_body()).await;
        dressed(shared.response_style, refusal.into_response()).await
    } else if request.method() == Method::HEAD && port == Port::Api {
        // Left to the router, HEAD would be a GET that takes a change and throws it away.
        without_head(request.uri().path())
    } else if admitted {
        handled(&shared, port, fault.as_ref(), &presence, request, next).await
    } else {
        let _ = whole_body(request.into_body()).await;
        let block = [(RATE_BLOCK, HeaderValue::from_static("unavailable"))];
        (StatusCode::TOO_MANY_REQUESTS, block).into_response()
    };
    shared.observer.notify(RequestEvent::Handled {
        method: &call.method,
        path: &call.path,
        status: response.status(),
    });
    let noted = note.take();
    call.job = noted.job.or(call.job);
    call.request_bytes = noted.length.unwrap_or(call.request_bytes);
    call.contents = noted.contents;
    call.remark = call.remark.or(noted.remark.map(Cow::Owned));
    let mut response = recorded(&mut call, response).await;
    if let Some(fault) = fault {
        let unhandled = matches!(fault, Fault::DelayBefore(_)) && presence.is_gone();
        if unhandled || matches!(fault, Fault::DropBefore | Fault::DropAfter) {
            call.status = 0;
        }
        if let (Fault::Duplicate, Some(job)) = (&fault, noted.job) {
            shared.ledger().give_again(shared.clock.now(), job);
        }
        call.fault = Some(fault.clone());
        response.extensions_mut().insert(fault);
    }
    call.client_gone = presence.is_gone();
    call.at = shared.clock.now();
    if let Some(date) = date(call.at) {
        response.headers_mut().insert(header::DATE, date);
    }
    shared.journal.add(call);
    shared.change_signal.send();
    response
}

/// The time in the form of a header. The server would put in the system's, which the sandbox's clock can
/// be days away from.
fn date(at: Timestamp) -> Option<HeaderValue> {
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&at);
    HeaderValue::from_str(&date.ok()?).ok()
}

/// Handles a call, as far as its fault lets it.
async fn handled(
    shared: &Shared,
    port: Port,
    fault: Option<&Fault>,
    presence: &Presence,
    request: Request,
    next: Next,
) -> Response {
    let style = shared.response_style;
    let Some(fault) = fault else {
        return dressed(style, next.run(request).await).await;
    };
    if let (Port::Tokens, Fault::ErrorDocument { status, code }) = (port, fault) {
        let _ = whole_body(request.into_body()).await;
        return tampering::with_status(*status, refused_on_purpose(code));
    }
    if let Some(instead) = tampering::instead(fault) {
        if *fault != Fault::DropBefore {
            // Unread, it would keep a client that is still sending from the response.
            let _ = whole_body(request.into_body()).await;
        }
        return dressed(style, instead).await;
    }
    let mut request = request;
    if let Fault::BrokenSignedDocument(defect) = fault {
        request.extensions_mut().insert(*defect);
    }
    if let Fault::DelayBefore(delay) = fault {
        tokio::time::sleep(*delay).await;
        if presence.is_gone() {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    }
    let response = dressed(style, next.run(request).await).await;
    tampering::tampered(fault, response).await
}

/// What the journal knows of a call before it is handled.
fn received(request: &Request, caller: &Caller) -> Call {
    let path = request.uri().path();
    Call {
        caller: caller.organization.clone(),
        query: request.uri().query().map(|query| query_of(path, query)),
        job: named_job(path),
        request_bytes: request.body().size_hint().lower(),
        request_type: text_of(request.headers(), &header::CONTENT_TYPE),
        ..Call::new(
            Timestamp::UNIX_EPOCH,
            request.method().clone(),
            path.to_owned(),
        )
    }
}

/// The query as the journal keeps it: the test environments' call for signing has a personal number
/// there.
fn query_of(path: &str, query: &str) -> String {
    if !path.ends_with("/devmodesign") {
        return query.to_owned();
    }
    let hidden = |pair: &str| match pair.split_once('=') {
        Some((name, _)) => format!("{name}=***********"),
        None => pair.to_owned(),
    };
    query.split('&').map(hidden).collect::<Vec<_>>().join("&")
}

/// Refuses HEAD, which no resource has.
fn without_head(path: &str) -> Response {
    let methods = [Method::GET, Method::POST, Method::DELETE];
    let allowed = methods
        .iter()
        .filter(|method| Endpoint::of(method, path).is_some());
    let allowed: Vec<_> = allowed.map(Method::as_str).collect();
    if allowed.is_empty() {
        return Refusal::no_such_call().into_response();
    }
    let allowed = [(header::ALLOW, allowed.join(","))];
    (allowed, Refusal::no_such_method()).into_response()
}

/// The job that a path names.
fn named_job(path: &str) -> Option<JobId> {
    let (_, after) = path
        .split_once("/portal/signature-jobs/")
        .or_else(|| path.split_once("/archive/documents/a"))?;
    let number = after.split('/').next()?;
    number.parse().ok().map(JobId)
}

/// Notes a response, and gives it back as it was.
async fn recorded(call: &mut Call, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    call.status = parts.status.as_u16();
    call.response_type = text_of(&parts.headers, &header::CONTENT_TYPE);
    call.next_poll = text_of(&parts.headers, &HeaderName::from_static(NEXT_POLL));
    call.rate_blocked = parts.headers.contains_key(RATE_BLOCK);
    call.response_bytes = body.size_hint().lower();
    let is_text = call
        .response_type
        .as_deref()
        .is_some_and(|kind| kind == "application/xml" || kind.starts_with("text/"));
    if !is_text {
        return Response::from_parts(parts, body);
    }
    // Responses are made whole before they are sent, so this waits for nothing.
    let Ok(body) = body.collect().await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let bytes = body.to_bytes();
    call.contents.response = Some(bytes[..].into());
    Response::from_parts(parts, Body::from(bytes))
}

fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

async fn dressed(style: ResponseStyle, response: Response) -> Response {
    let is_xml = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value == "application/xml");
    if style == ResponseStyle::Plain || !is_xml {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = body.collect().await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let xml = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(style.dress(xml)))
}
