//! Faults in what a call does and says. Those in how its response travels are in `delivery`.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use portal_model::ErrorDocument;

use super::headers::NEXT_POLL;
use super::response;
use crate::faults::Fault;

/// Neither text nor any document.
const GARBAGE: &[u8] = b"\xff\xfe\0garbage\0\xc3\x28\x80";
/// What proxies like to say.
const OTHER_XML: &str = "<html><head><title>502 Bad Gateway</title></head><body/></html>";
/// A status that the schema leaves room for and nobody knows.
const UNKNOWN_STATUS: &str = "SANDBOX_UNKNOWN_STATUS";
const UNKNOWN_ATTRIBUTE: &str = " sandbox-attribute=\"unknown\"";
const UNKNOWN_FIRST: &str = "<sandbox-element sandbox-attribute=\"unknown\"><reference>unknown</reference>\
     </sandbox-element>";
const UNKNOWN_LAST: &str =
    "<s:sandbox xmlns:s=\"urn:portal-sandbox:unknown\"><s:status>unknown</s:status></s:sandbox>";

/// The response that is given instead of handling the call, if any.
pub(super) fn instead(fault: &Fault) -> Option<Response> {
    match fault {
        Fault::Status(status) => Some(final_status(*status).into_response()),
        Fault::StatusWith(with) => {
            let mut response = final_status(with.status).into_response();
            let headers = with.headers.iter().filter_map(|(name, value)| {
                let name = HeaderName::try_from(name.as_str()).ok()?;
                Some((name, HeaderValue::try_from(value.as_str()).ok()?))
            });
            response.headers_mut().extend(headers);
            Some(response)
        }
        Fault::ErrorDocument { status, code } => {
            let message = "A fault planned in the sandbox refuses this call.";
            let document =
                ErrorDocument::new(code.clone(), message.to_owned(), "CLIENT".to_owned());
            Some(response::xml(final_status(*status), &document))
        }
        // Never sent: the connection is closed in its place.
        Fault::DropBefore => Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        _ => None,
    }
}

/// A response with the status of a fault.
pub(super) fn with_status(status: u16, mut response: Response) -> Response {
    *response.status_mut() = final_status(status);
    response
}

/// The response of a call that was handled, tampered with.
pub(super) async fn tampered(fault: &Fault, mut response: Response) -> Response {
    match fault {
        Fault::StatusAfter(status) => return final_status(*status).into_response(),
        Fault::NoPollTime => {
            response.headers_mut().remove(NEXT_POLL);
        }
        Fault::MalformedPollTime => {
            let no_time = HeaderValue::from_static("in a while");
            response.headers_mut().insert(NEXT_POLL, no_time);
        }
        Fault::WrongContentType if response.status() != StatusCode::NO_CONTENT => {
            let other = HeaderValue::from_static("text/html;charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, other);
        }
        Fault::Body(body) => {
            let body = Bytes::copy_from_slice(body.as_bytes());
            return with_body(response, |_| Some(body)).await;
        }
        Fault::Garbage => return with_body(response, |_| Some(GARBAGE.into())).await,
        Fault::GarbageXml => return with_body(response, |_| Some(OTHER_XML.into())).await,
        Fault::UnknownElements => return with_body(response, unknown_elements).await,
        Fault::UnknownSignerStatus => return with_body(response, unknown_status).await,
        _ => {}
    }
    response
}

fn final_status(status: u16) -> StatusCode {
    let status = StatusCode::from_u16(status).ok();
    status
        .filter(|status| (200..600).contains(&status.as_u16()))
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Replaces a body, where there is one and `change` finds what it is after.
async fn with_body(response: Response, change: impl FnOnce(&[u8]) -> Option<Bytes>) -> Response {
    if response.status() == StatusCode::NO_CONTENT {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = body.collect().await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let body = body.to_bytes();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(change(&body).unwrap_or(body)))
}

/// Puts what nobody knows into the root, before and after its children.
fn unknown_elements(body: &[u8]) -> Option<Bytes> {
    let xml = std::str::from_utf8(body).ok()?;
    let root = xml.find("?>")? + 2;
    let start = root + xml[root..].find('>')?;
    let end = xml.rfind("</").filter(|&end| end > start)?;
    let (head, children, tail) = (&xml[..start], &xml[start + 1..end], &xml[end..]);
    let changed =
        format!("{head}{UNKNOWN_ATTRIBUTE}>{UNKNOWN_FIRST}{children}{UNKNOWN_LAST}{tail}");
    Some(changed.into())
}

fn unknown_status(body: &[u8]) -> Option<Bytes> {
    let xml = std::str::from_utf8(body).ok()?;
    let status = xml.find("<status since=")?;
    let start = status + xml[status..].find('>')? + 1;
    let end = start + xml[start..].find('<')?;
    Some(format!("{}{UNKNOWN_STATUS}{}", &xml[..start], &xml[end..]).into())
}
