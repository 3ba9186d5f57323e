//! Reading the body of a call.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::admission::LARGEST_BODY;
use super::refusal::Refusal;

/// How long a body may bring nothing before it is given up.
const STALL: Duration = Duration::from_secs(30);
/// Of a body beyond the limit so much is read and thrown away, so that the sender comes to read why
/// it was refused instead of a broken connection.
const MOST_DISCARDED: usize = 1024 * 1024 * 1024;

/// Reads a body up to the limit, and what is beyond it without keeping it.
pub(super) async fn whole_body(mut body: Body) -> Result<Bytes, Refusal> {
    let mut kept = Vec::new();
    let mut length = 0;
    while let Some(frame) = timeout(STALL, body.frame())
        .await
        .map_err(|_| Refusal::stalled(STALL))?
    {
        let frame = frame.map_err(|_| Refusal::malformed("The body ends before it is whole."))?;
        let data = frame.into_data().unwrap_or_default();
        length += data.len();
        if length <= LARGEST_BODY {
            kept.extend_from_slice(&data);
        } else if length > MOST_DISCARDED {
            break;
        }
    }
    if length > LARGEST_BODY {
        return Err(Refusal::too_large(LARGEST_BODY));
    }
    Ok(Bytes::from(kept))
}

#[cfg(test)]
mod tests {
    use std::io;

    use http::StatusCode;

    use super::*;

    /// The first part of a body that never goes on.
    fn stalling() -> Body {
        let first = futures_util::stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"a"))]);
        let never = futures_util::stream::pending();
        Body::from_stream(futures_util::StreamExt::chain(first, never))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stalls_is_given_up() {
        let started = tokio::time::Instant::now();
        let refusal = whole_body(stalling()).await.unwrap_err();
        assert_eq!(refusal.status, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(started.elapsed(), STALL);
    }
}
