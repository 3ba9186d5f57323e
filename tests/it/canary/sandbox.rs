//! The sandbox's types are shown by a test of that crate, on a sandbox that has jobs. What is read from JSON
//! there are plans of faults, which a tester writes and which hold no data of jobs: an error may show what
//! was written.

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
}
