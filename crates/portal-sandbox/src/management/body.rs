//! What stands in the bodies of management calls.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use portal_model::json::without_values;
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
    let received = timeout(STALL, to_bytes(body, LARGEST)).await;
    let bytes = received
        .map_err(|_| Problem::malformed("the body did not come within 30 seconds"))?
        .map_err(|_| Problem::malformed("the body ends early or is too long"))?;
    parsed(&bytes)
        .map_err(|error| Problem::malformed(format!("the body is not the JSON expected: {error}")))
}

/// Errors name fields and types, never a value: it may be anything, and the problem is logged by whoever
/// called.
fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = without_values(&mut reader)?;
    reader.end()?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::super::faults::FaultRequest;
    use super::super::tokens::Refuse;
    use super::*;

    #[test]
    fn no_error_shows_a_value() {
        const CANARY: &str = "12345678910";
        for body in [
            r#"{"fault": 12345678910}"#,
            r#"{"fault": "12345678910"}"#,
            r#"{"fault": {"12345678910": 1}}"#,
            r#"{"fault": {"status": 12345678910}}"#,
            r#"{"fault": {"status": "12345678910"}}"#,
            r#"{"fault": {"error-document": {"status": 400, "code": 12345678910}}}"#,
            r#"{"fault": {"status-with": {"status": 503, "headers": {"a": 12345678910}}}}"#,
            r#"{"fault": {"status-with": {"status": 503, "12345678910": 1}}}"#,
            r#"{"fault": {"truncate": -12345678910}}"#,
            r#"{"fault": {"body": 12345678910}}"#,
            r#"{"calls": "12345678910"}"#,
            r#"{"endpoint": "12345678910"}"#,
            r#"{"12345678910": 1}"#,
            r#"{"seed": "12345678910", "rates": []}"#,
            r#"{"seed": 1, "rates": [12345678910]}"#,
            r#"{"seed": 1, "rates": [{"rate": 12345678910, "fault": "garbage", "endpoint": "any"}]}"#,
            r#""12345678910""#,
            "12345678910",
            r#"{"fault": "garbage"} 12345678910"#,
        ] {
            let error = parsed::<FaultRequest>(body.as_bytes()).unwrap_err();
            let said = format!("{error} {error:?}");
            assert!(!said.contains(CANARY), "{body}: {said}");
        }
        for body in [r#"{"requests": "12345678910"}"#, r#"{"12345678910": 1}"#] {
            let error = parsed::<Refuse>(body.as_bytes()).unwrap_err().to_string();
            assert!(!error.contains(CANARY), "{body}: {error}");
        }
        for body in [r#"{"seconds": "12345678910"}"#, r#"{"12345678910": 1}"#] {
            let error = parsed::<Advance>(body.as_bytes()).unwrap_err().to_string();
            assert!(!error.contains(CANARY), "{body}: {error}");
        }
    }
}
