//! What is still to go wrong on purpose.

use axum::extract::State;
use serde::Serialize;

use super::Pages;
use super::response::{HandlerResult, see};
use crate::faults::Faults;

/// One line for each fault of the script, and one for the seed.
pub(super) fn planned(faults: &Faults) -> Vec<String> {
    let script = faults.planned().into_iter().map(|planned| {
        let calls = match planned.calls {
            1 => "the next call".to_owned(),
            calls => format!("the next {calls} calls"),
        };
        let endpoint = described(&planned.endpoint);
        format!("{calls} of {endpoint}: {}", described(&planned.fault))
    });
    let dice = faults.rates();
    let dice = dice.map(|(seed, _)| format!("some calls at random, by the seed {seed}"));
    script.chain(dice).collect()
}

/// By the name that the management API has for it, such as `drop-after` or `status 503`.
pub(super) fn described(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    json.replace(['"', '{', '}'], "")
        .replace(':', " ")
        .replace(',', ", ")
}

/// `POST /faults/clear`
pub(super) async fn clear(State(pages): State<Pages>) -> HandlerResult {
    pages.shared.faults.clear();
    pages.shared.change_signal.send();
    Ok(see("/"))
}
