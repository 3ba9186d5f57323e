//! What is still to go wrong on purpose.

use axum::extract::{Request, State};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::response::{Failure, HandlerResult, see};
use super::{Pages, document};
use crate::faults::{Endpoint, Fault, Faults};

/// The calls, by the names that the management API has for them.
pub(super) const ENDPOINTS: [&str; 11] = [
    "any", "create", "poll", "confirm", "cancel", "pades", "xades", "delete", "archive",
    "who-am-i", "token",
];

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

/// `POST /faults/add`: `endpoint`, `fault` by its name, its JSON or a status, and how many `calls`.
pub(super) async fn add(State(pages): State<Pages>, request: Request) -> HandlerResult {
    let form = document::form(request).await?;
    let text = |name| form.get(name).unwrap_or_default().trim();
    let endpoint: Option<Endpoint> = named(text("endpoint"));
    let fault = text("fault");
    let fault: Option<Fault> = match fault.parse::<u16>() {
        Ok(status) => serde_json::from_str(&format!("{{\"status\":{status}}}")).ok(),
        Err(_) if fault.starts_with('{') => serde_json::from_str(fault).ok(),
        Err(_) => named(fault),
    };
    let calls = text("calls").parse::<u32>().ok().filter(|&calls| calls > 0);
    let (Some(endpoint), Some(fault), Some(calls)) = (endpoint, fault, calls) else {
        return Err(Failure::malformed(
            "give a fault as a status such as 503, a name such as drop-after, or JSON such as \
             {\"delay-before\": 250}, and a number of calls",
        ));
    };
    pages.shared.faults.next(calls, endpoint, fault);
    pages.shared.change_signal.send();
    Ok(see("/"))
}

fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(name.into()).ok()
}

/// `POST /faults/clear`
pub(super) async fn clear(State(pages): State<Pages>) -> HandlerResult {
    pages.shared.faults.clear();
    pages.shared.change_signal.send();
    Ok(see("/"))
}
