//! Faults in how a response travels: late, in part, in crumbs, or not at all.
//!
//! It comes last, after the journal has noted the response, next to the connection.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, header};
use http_body_util::{BodyExt, Collected};

use crate::faults::Fault;

/// Makes the connection close without a response.
#[derive(Debug, thiserror::Error)]
#[error("a planned fault: the sandbox closes the connection instead of responding")]
pub(super) struct Closed;

/// How long the part of a body that is to arrive gets for leaving before the connection closes.
const LEAVING: Duration = Duration::from_millis(20);

/// Gives a response to its connection as the fault has it that the response met.
pub(super) async fn deliver(mut response: Response) -> Result<Response, Closed> {
    match response.extensions_mut().remove::<Fault>() {
        Some(Fault::DropBefore | Fault::DropAfter) => Err(Closed),
        Some(Fault::DelayAfter(delay)) => {
            tokio::time::sleep(delay).await;
            Ok(response)
        }
        Some(Fault::Truncate(length)) => Ok(truncated(response, length).await),
        Some(Fault::Trickle(pause)) => Ok(trickling(response, pause).await),
        _ => Ok(response),
    }
}

async fn truncated(response: Response, length: usize) -> Response {
    cut_up(response, |whole| {
        if length >= whole.len() {
            return Body::from(whole);
        }
        let part = whole.slice(..length);
        Body::from_stream(stream::unfold(Some(part), async |part| match part {
            Some(part) => Some((Ok(part), None)),
            None => {
                // An error closes the connection; bytes on their way there would be lost by it.
                tokio::time::sleep(LEAVING).await;
                Some((Err(io::Error::other(Closed)), None))
            }
        }))
    })
    .await
}

async fn trickling(response: Response, pause: Duration) -> Response {
    cut_up(response, |whole| {
        Body::from_stream(stream::unfold(whole, move |mut left| async move {
            if left.is_empty() {
                return None;
            }
            tokio::time::sleep(pause).await;
            let byte = left.split_to(1);
            Some((Ok::<_, io::Error>(byte), left))
        }))
    })
    .await
}

/// Replaces a body by one that comes in parts, and announces the length of the whole.
async fn cut_up(response: Response, parts_of: impl FnOnce(Bytes) -> Body) -> Response {
    let (mut parts, body) = response.into_parts();
    // Responses are made whole before they are sent, so this waits for nothing and can't fail.
    let whole = body.collect().await.map(Collected::to_bytes);
    let whole = whole.unwrap_or_default();
    if whole.is_empty() {
        return Response::from_parts(parts, Body::empty());
    }
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    Response::from_parts(parts, parts_of(whole))
}
