//! No public type shows anything personal or secret: `Debug`, `Display` and the errors of reading JSON of
//! every public type are searched for canaries, and so is what a relay logs while it works.
//!
//! The types come from the lists in `docs/api`, which the gate keeps current: a type that is new there
//! fails this test until it has samples here, or a reason why it needs none.

mod asice;
mod certificate;
mod client;
mod client_values;
mod job_file;
mod listing;
// Shared with portal-transport's tests.
#[path = "../../crates/portal-transport/tests/it/log.rs"]
mod log;
mod model;
mod relay;
mod relay_values;
mod rules;
mod sandbox;
mod shown;
mod transport;
mod verify;

use self::listing::public_types;
use self::shown::Shown;

/// A personal number, as in the service's documentation.
const NUMBER: &str = "12345678910";
/// A personal number whose check digits hold, so that rules see it as one.
const VALID_NUMBER: &str = "01013300001";
const MOBILE: &str = "40000000";
/// Every other text that must not be seen has this word in it, in whatever case.
const WORD: &str = "canary";
const ADDRESS: &str = "canary@example.com";
const TITLE: &str = "Canary title";
const REFERENCE: &str = "canary-reference";
const QUEUE: &str = "canary-queue";
const PASSWORD: &str = "canary-password";
const TOKEN: &str = "canary-token";
const FILE: &str = "canary-file.pdf";
const MESSAGE: &str = "The service says canary.";
const CONTENT: &str = "%PDF-1.4 canary";

#[tokio::test]
async fn no_public_type_shows_a_canary() {
    let types = public_types();
    assert!(types.len() > 200, "{}", types.len());
    let mut shown = Shown::default();
    model::show(&mut shown);
    rules::show(&mut shown);
    certificate::show(&mut shown);
    asice::show(&mut shown);
    transport::show(&mut shown);
    client_values::show(&mut shown);
    job_file::show(&mut shown);
    client::show(&mut shown).await;
    relay::show(&mut shown).await;
    sandbox::show(&mut shown);
    verify::show(&mut shown);
    let problems = shown.problems(&types);
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
