//! One request for a token, and what comes of it.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

use crate::error::shown;
use crate::{ErrorKind, TokenFailure, TransportError, status_is_transient};

/// The most bytes that a response may have.
pub(super) const LARGEST_RESPONSE: u64 = 64 * 1024;
const LONGEST_LIFE: u64 = 365 * 24 * 60 * 60;

/// A token as the endpoint gave it.
pub(super) struct Granted {
    /// The value of `Authorization`. The memory behind it is wiped when the last copy is dropped.
    pub(super) header: HeaderValue,
    pub(super) life: Duration,
}

#[derive(Deserialize)]
#[serde(from = "String")]
struct Secret(Zeroizing<String>);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: Option<Secret>,
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct ErrorResponse {
    error: String,
}

/// Reads a successful response. The texts name no part of it.
pub(super) fn granted(body: Bytes) -> Result<Granted, TokenFailure> {
    let invalid = |problem| TokenFailure::InvalidResponse { problem };
    // A structure could be read from a list as well.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let parsed = serde_json::from_slice::<TokenResponse>(&body);
    wipe(body);
    // The cause would quote what could be the token.
    let response = parsed.ok().filter(|_| is_object);
    let response = response.ok_or_else(|| {
        invalid("it is not a JSON object with a text access_token and a whole number expires_in")
    })?;
    let token = response.access_token.filter(|token| !token.0.is_empty());
    let token = token.ok_or_else(|| invalid("it has no access_token"))?;
    let life = response.expires_in;
    let life = life.filter(|life| (1..=LONGEST_LIFE).contains(life));
    let life = life.ok_or_else(|| invalid("its expires_in is not from 1 second to 365 days"))?;
    if !token.0.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid("its access_token can't stand in a header"));
    }
    let mut secret = Zeroizing::new(Vec::with_capacity("Bearer ".len() + token.0.len()));
    secret.extend_from_slice(b"Bearer ");
    secret.extend_from_slice(token.0.as_bytes());
    let header = HeaderValue::from_maybe_shared(Bytes::from_owner(secret));
    let mut header = header.map_err(|_| invalid("its access_token can't stand in a header"))?;
    header.set_sensitive(true);
    Ok(Granted {
        header,
        life: Duration::from_secs(life),
    })
}

/// What a response other than success means.
pub(super) fn refused(status: StatusCode, body: &[u8]) -> TokenFailure {
    let code = serde_json::from_slice::<ErrorResponse>(body);
    let code = code.ok().map(|response| response.error);
    if code.as_deref() == Some("invalid_client") {
        return TokenFailure::InvalidClient;
    }
    let status_code = status.as_u16();
    if status == StatusCode::TOO_MANY_REQUESTS || status_is_transient(status) {
        return TokenFailure::Unavailable {
            status: status_code,
        };
    }
    match code {
        None if status == StatusCode::UNAUTHORIZED => TokenFailure::InvalidClient,
        code => TokenFailure::Refused {
            status: status_code,
            code: code.map(|code| shown(&code)),
        },
    }
}

/// What it means that there was no whole response.
pub(super) fn unreachable(error: &TransportError) -> TokenFailure {
    match error.kind() {
        ErrorKind::TooLarge { .. } => TokenFailure::InvalidResponse {
            problem: "it has more than 64 KiB",
        },
        kind => TokenFailure::Unreachable {
            cause: Box::new(kind.clone()),
        },
    }
}

/// Overwrites the bytes, unless somebody else has them too.
fn wipe(body: Bytes) {
    if let Ok(mut body) = body.try_into_mut() {
        body.as_mut().zeroize();
    }
}

#[cfg(test)]
mod tests;
