//! What stands in the bodies of management calls.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::problem::Problem;

/// No body of this API comes near it.
const LARGEST: usize = 64 * 1024;
/// How long a body may take.
const STALL: Duration = Duration::from_secs(30);

/// How far to move the clock ahead.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    /// From 0 to 315,360,000, which is ten years.
    #[schemars(with = "u64", range(min = 0, max = 315_360_000))]
    pub(super) seconds: serde_json::Number,
}

/// Where to move the clock to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Set {
    /// Such as 2026-03-01T08:00:00Z; at most ten years ahead.
    pub(super) to: String,
}

/// Reads JSON, whatever type the body is said to have: `curl -d` says that it is a form.
pub(super) async fn json<T: DeserializeOwned>(body: Body) -> Result<T, Problem> {
    let read = timeout(STALL, to_bytes(body, LARGEST)).await;
    let bytes = read
        .map_err(|_| Problem::malformed("the body did not come within 30 seconds"))?
        .map_err(|_| Problem::malformed("the body ends early or is too long"))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Problem::malformed(format!("the body is not the JSON expected: {error}")))
}
