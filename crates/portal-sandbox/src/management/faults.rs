//! Faults on purpose, planned from outside.

use axum::extract::Request;
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body;
use super::problem::Problem;
use super::view::json;
use crate::faults::{Endpoint, Fault, FaultRates, Faults, PlannedFault};

/// A line for the script, or a seed with its rates.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultRequest {
    /// How many calls meet the fault; 1 by default.
    #[schemars(with = "Option<u32>")]
    calls: Option<serde_json::Number>,
    /// The calls that meet it; any by default.
    endpoint: Option<Endpoint>,
    fault: Option<Fault>,
    /// A seed, by which calls go wrong at random, at these rates.
    seed: Option<u64>,
    rates: Option<FaultRates>,
}

/// What is still to go wrong.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FaultPlan {
    script: Vec<PlannedFault>,
    seed: Option<u64>,
    rates: FaultRates,
}

fn whole(number: &serde_json::Number) -> Option<u32> {
    let calls = number.as_u64().and_then(|calls| u32::try_from(calls).ok());
    calls.filter(|&calls| calls > 0)
}

/// What is still to go wrong.
pub(super) fn plan(faults: &Faults) -> Response {
    let (seed, rates) = faults.rates().unzip();
    json(&FaultPlan {
        script: faults.planned(),
        seed,
        rates: rates.unwrap_or_default(),
    })
}

/// Takes in what a body asks for.
pub(super) async fn add(faults: &Faults, request: Request) -> Result<Response, Problem> {
    match body::json(request.into_body()).await? {
        FaultRequest {
            calls,
            endpoint,
            fault: Some(fault),
            seed: None,
            rates: None,
        } => {
            let calls = match calls {
                None => 1,
                Some(calls) => whole(&calls).ok_or_else(|| {
                    Problem::malformed(format!("`calls` is a whole number from 1 to {}", u32::MAX))
                })?,
            };
            faults.next(calls, endpoint.unwrap_or(Endpoint::Any), fault);
        }
        FaultRequest {
            calls: None,
            endpoint: None,
            fault: None,
            seed: Some(seed),
            rates: Some(rates),
        } => faults.seeded(seed, rates),
        _ => {
            return Err(Problem::malformed(
                "the body needs `fault`, with `calls` and `endpoint` if it likes, \
                 or `seed` and `rates`",
            ));
        }
    }
    Ok(plan(faults))
}
