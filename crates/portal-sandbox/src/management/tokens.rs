//! Access tokens, seen and ended from outside.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body;
use super::problem::Problem;
use super::view::json;
use crate::access_tokens::TokenRegistration;
use crate::shared::Shared;

/// The token endpoint and what it has given out. Never a token.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TokenState {
    /// Where tokens come from, if the sandbox was started with a token endpoint.
    endpoint: Option<String>,
    /// The resource that they are for.
    resource: String,
    registrations: Vec<Registration>,
    /// How long a new token holds.
    life_seconds: u64,
    /// How many tokens hold.
    live: usize,
    /// The registered certificates are revoked.
    revoked: bool,
    /// How many requests for a token are still to be refused.
    refusals: u32,
}

/// Who may have tokens.
#[derive(Debug, Serialize, JsonSchema)]
struct Registration {
    client_id: String,
    broker_id: String,
    organization: String,
    /// SHA-256 of the certificate, in hexadecimal.
    thumbprint: String,
}

/// How many requests for a token to refuse.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Refuse {
    /// From 0 to 4,294,967,295.
    #[schemars(with = "u32")]
    requests: serde_json::Number,
}

impl From<&TokenRegistration> for Registration {
    fn from(registration: &TokenRegistration) -> Self {
        Self {
            client_id: registration.client_id().to_owned(),
            broker_id: registration.broker_id().to_owned(),
            organization: registration.organization().as_str().to_owned(),
            thumbprint: registration.thumbprint_hex(),
        }
    }
}

fn state(shared: &Shared) -> Response {
    let tokens = &shared.access_tokens;
    json(&TokenState {
        endpoint: shared.token_endpoint.clone(),
        resource: shared.resource().to_owned(),
        registrations: tokens
            .registrations()
            .iter()
            .map(Registration::from)
            .collect(),
        life_seconds: tokens.life().as_secs(),
        live: tokens.live(shared.clock.now()),
        revoked: tokens.is_revoked(),
        refusals: tokens.refusals(),
    })
}

/// `GET /management/tokens`
pub(super) async fn show(State(shared): State<Arc<Shared>>) -> Response {
    state(&shared)
}

/// `POST /management/tokens/expire`
pub(super) async fn expire(State(shared): State<Arc<Shared>>) -> Response {
    shared.access_tokens.expire();
    state(&shared)
}

/// `POST /management/tokens/revoke`
pub(super) async fn revoke(State(shared): State<Arc<Shared>>) -> Response {
    shared.access_tokens.revoke();
    state(&shared)
}

/// `POST /management/tokens/refuse`
pub(super) async fn refuse(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response, Problem> {
    let wanted: Refuse = body::json(request.into_body()).await?;
    let requests = wanted.requests.as_u64().and_then(|n| u32::try_from(n).ok());
    let requests =
        requests.ok_or_else(|| Problem::out_of_range("requests", u64::from(u32::MAX)))?;
    shared.access_tokens.refuse(requests);
    Ok(state(&shared))
}

/// `POST /management/tokens/restore`
pub(super) async fn restore(State(shared): State<Arc<Shared>>) -> Response {
    shared.access_tokens.restore();
    state(&shared)
}
