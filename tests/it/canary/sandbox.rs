//! The sandbox's types are shown by a test of that crate, on a sandbox that has jobs. What is read from JSON
//! there are plans of faults.

use std::time::Duration;

use portal_sandbox::{DocumentDefect, Endpoint, Fault, FaultRates, StatusWithHeaders};

use super::shown::Shown;

const TEST: &str = "crates/portal-sandbox/tests/it/debug.rs";

pub(super) fn show(shown: &mut Shown) {
    let names = [
        "AccessTokens",
        "ActError",
        "CancelStatus",
        "ChangeState",
        "Channel",
        "ClientFiles",
        "ClientFilesError",
        "ClockError",
        "DocumentDefect",
        "EarlyPoll",
        "Endpoint",
        "UpcomingEvent",
        "Fault",
        "FaultRate",
        "FaultRates",
        "Faults",
        "IssueError",
        "JobId",
        "JobState",
        "JournalEntry",
        "Need",
        "Organization",
        "ParallelChanges",
        "PlannedFault",
        "RegistrationError",
        "RequestEvent",
        "ResponseStyle",
        "Sandbox",
        "SandboxBuilder",
        "SandboxClock",
        "SandboxJob",
        "ServerChain",
        "SignerAct",
        "StatusWithHeaders",
        "SignerMessage",
        "SignerMessageKind",
        "SignerStanding",
        "SignerState",
        "StartError",
        "SubjectProfile",
        "TokenRegistration",
        "Validity",
    ];
    for name in names {
        shown.elsewhere(&[&format!("portal_sandbox::{name}")], TEST);
    }
    let slow = StatusWithHeaders::new(503).with_header("Retry-After", "7");
    let defect = DocumentDefect::OtherSeal;
    let rates = FaultRates::new()
        .with(Endpoint::Any, Fault::StatusWith(slow.clone()), 0.5)
        .with(Endpoint::Poll, Fault::error_document(400, "CODE"), 0.5)
        .with(Endpoint::Pades, Fault::BrokenSignedDocument(defect), 0.5)
        .with(
            Endpoint::Create,
            Fault::DelayAfter(Duration::from_secs(1)),
            0.5,
        )
        .with(Endpoint::Confirm, Fault::Truncate(1), 0.5);
    shown
        .json("portal_sandbox::DocumentDefect", &defect)
        .json("portal_sandbox::Endpoint", &Endpoint::Any)
        .json("portal_sandbox::StatusWithHeaders", &slow)
        .json("portal_sandbox::FaultRate", &rates.all()[0])
        .json("portal_sandbox::FaultRates", &rates);
    for rate in rates.all() {
        shown.json("portal_sandbox::Fault", &rate.fault);
    }
}
