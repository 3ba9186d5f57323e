//! What is personal is neither in the `Debug` nor in the `Display` of any public type.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use http::Method;
use portal_model::{
    OrganizationNumber, PersonalIdentificationNumber, SignatureJobReference, Title,
};
use portal_sandbox::*;

use crate::client::{Client, standing};
use crate::flow::with;
use crate::jobs::{Draft, by_email, by_number};

const NUMBER: &str = "01013300001";
const SPACED: &str = "010133 00001";
const ADDRESS: &str = "canary@example.com";
const REFERENCE: &str = "canary-reference";
const QUEUE: &str = "canary-queue";
const TITLE: &str = "Canary title";
const CANARIES: [&str; 6] = [NUMBER, SPACED, ADDRESS, REFERENCE, QUEUE, TITLE];

/// The names of what `lib.rs` makes public.
fn public_names() -> Vec<&'static str> {
    let source = include_str!("../../src/lib.rs");
    let uses = source.split("\npub use ").skip(1);
    let lists = uses.map(|text| text.split(';').next().unwrap());
    // Types of other crates are shown there.
    lists
        .filter(|list| !list.starts_with("portal_"))
        .flat_map(|list| {
            let names = list.rsplit("::").next().unwrap();
            names.trim_matches(['{', '}']).split(',')
        })
        .map(|name| name.trim().trim_matches(['{', '}']).trim())
        .filter(|name| !name.is_empty())
        .collect()
}

#[derive(Default)]
struct Shown(BTreeMap<&'static str, String>);

impl Shown {
    fn debug(&mut self, name: &'static str, value: &dyn Debug) {
        let text = self.0.entry(name).or_default();
        text.push_str(&format!("{value:?} {value:#?}"));
    }

    fn error(&mut self, name: &'static str, error: &dyn std::error::Error) {
        self.debug(name, &error);
        let text = self.0.entry(name).or_default();
        let mut cause = Some(error);
        while let Some(error) = cause {
            text.push_str(&error.to_string());
            cause = error.source();
        }
    }
}

#[tokio::test]
async fn no_public_type_shows_anything_personal() {
    let mut shown = Shown::default();
    let events = Arc::new(Mutex::new(String::new()));
    let observed = Arc::clone(&events);
    let number = PersonalIdentificationNumber::new(NUMBER).unwrap();
    let settings = standing()
        .in_register(number, SignerAct::Reserve)
        .management(([127, 0, 0, 1], 0).into())
        .observe(move |event| observed.lock().unwrap().push_str(&format!("{event:?}")));
    shown.debug("SandboxBuilder", &settings);
    let (sandbox, mut client) = with(settings).await;

    let mut draft = Draft::of(vec![by_number(NUMBER, 1), by_email(ADDRESS, 1)]);
    draft.request.reference = Some(SignatureJobReference::new(REFERENCE).unwrap());
    draft.request.polling_queue = Some(QUEUE.to_owned());
    if let portal_model::ManifestContent::Documents(documents) = &mut draft.manifest.content {
        documents.title = Title::unchecked(TITLE);
    }
    let job = draft.create(&sandbox, &mut client).await;
    client
        .get(&format!(
            "/api/123456789/portal/signature-jobs?polling_queue={QUEUE}"
        ))
        .await;
    client.get(&format!("/api/{NUMBER}")).await;
    let signing = format!("/web/portal/signature-jobs/1/devmodesign?signer={NUMBER}");
    client.call(Method::POST, &signing).await;

    shown.debug("Sandbox", &sandbox);
    shown.debug("SandboxJob", &job);
    shown.debug("SandboxClock", sandbox.clock());
    shown.debug("SignerStanding", &job.signers().unwrap());
    shown.debug("SignerState", &job.signers().unwrap()[0].state);
    shown.debug("JobState", &job.state().unwrap());
    shown.debug("JobId", &job.id());
    shown.debug("SignerMessage", &job.messages().unwrap());
    shown.debug("SignerMessageKind", &job.messages().unwrap()[0].kind);
    shown.debug("Channel", &job.messages().unwrap()[0].channel);
    shown.debug("AccessTokens", sandbox.access_tokens());
    let registration = TokenRegistration::new(
        "canary-client",
        QUEUE,
        sandbox.sender().clone(),
        sandbox.sender_certificate().leaf(),
    );
    shown.debug("TokenRegistration", &registration.unwrap());
    shown.error("RegistrationError", &RegistrationError::Taken);
    shown.debug("JournalEntry", &sandbox.journal());
    shown.debug("UpcomingEvent", &sandbox.next_event());
    shown.debug("RequestEvent", &events.lock().unwrap().clone());
    shown.debug("SignerAct", &SignerAct::Sign);
    shown.debug("Need", &Need::Name);
    let error = job.act(0, SignerAct::Block).unwrap_err();
    shown.error("ActError", &error);
    shown.error(
        "ClockError",
        &sandbox.clock().set(jiff::Timestamp::MIN).unwrap_err(),
    );
    let folder = tempfile::tempdir().unwrap();
    shown.debug(
        "ClientFiles",
        &sandbox.write_client_files(folder.path()).unwrap(),
    );
    let file = folder.path().join("sandbox.json");
    shown.error(
        "ClientFilesError",
        &sandbox.write_client_files(&file).unwrap_err(),
    );
    let now = sandbox.clock().now();
    let backwards = Validity::new(now, now);
    shown.debug("Validity", &backwards);
    let taken = standing().address(sandbox.address()).start().await;
    shown.error("StartError", &taken.unwrap_err());
    let organization = OrganizationNumber::new("988015814").unwrap();
    shown.debug("Organization", &Organization::new(organization));
    sandbox.faults().next(1, Endpoint::Any, Fault::Garbage);
    let rates = FaultRates::new().with(Endpoint::Any, Fault::Garbage, 0.5);
    shown.debug("FaultRate", &rates.all());
    shown.debug("FaultRates", &rates);
    shown.debug("Faults", sandbox.faults());
    shown.debug("PlannedFault", &sandbox.faults().planned());
    shown.debug(
        "Fault",
        &Fault::BrokenSignedDocument(DocumentDefect::OtherSeal),
    );
    shown.debug("StatusWithHeaders", &StatusWithHeaders::new(503));
    shown.debug("DocumentDefect", &DocumentDefect::OtherSeal);
    shown.debug("Endpoint", &Endpoint::Any);
    shown.debug("ResponseStyle", &ResponseStyle::Plain);
    shown.debug("ServerChain", &ServerChain::LeafAlone);
    shown.debug("CancelStatus", &CancelStatus::Ok);
    shown.debug("SubjectProfile", &SubjectProfile::SerialNumber);
    shown.debug("ParallelChanges", &ParallelChanges::HeldBack);
    shown.debug("EarlyPoll", &EarlyPoll::KeepsTime);
    shown.debug("ChangeState", &ChangeState::AsQueued);

    // Functions have no Debug, and this error can't be had without a validity that is none.
    assert!(public_names().len() > 35);
    let without = ["sample_pdf", "IssueError"];
    for name in public_names() {
        assert!(
            shown.0.contains_key(name) || without.contains(&name),
            "{name} is not shown"
        );
    }
    for (name, text) in &shown.0 {
        assert!(!text.is_empty(), "{name}");
        for canary in CANARIES {
            assert!(!text.contains(canary), "{name} shows {canary}: {text}");
        }
    }
    drop(Client::sender(&sandbox).await);
}
