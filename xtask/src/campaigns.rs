//! The long forms of tests that the ordinary run has in short, and loads that it has not.

use crate::process::{Failure, command, run};

/// `cargo xtask simulated-month`: a million polls of several queues.
pub(crate) fn simulated_month() -> Result<(), Failure> {
    campaign("simulated_month", &[("PORTAL_MONTH_POLLS", "1000000")])
}

/// `cargo xtask kill-campaign`: a process that watches is killed 300 times while a thousand jobs finish.
pub(crate) fn kill_campaign() -> Result<(), Failure> {
    let sizes = [("PORTAL_KILLS", "300"), ("PORTAL_KILL_JOBS", "1000")];
    campaign("kill_campaign", &sizes)
}

/// `cargo xtask relay-campaign`: two relays on a folder are killed 300 times while a thousand jobs finish,
/// and on each object store stopped 100 times for longer than the lease as well. All stores at once, since what the
/// relays do most is to wait for the ten calls a second; some half an hour.
pub(crate) fn relay() -> Result<(), Failure> {
    let sizes = [
        ("PORTAL_KILLS", "300"),
        ("PORTAL_KILL_JOBS", "1000"),
        ("PORTAL_STOPS", "100"),
    ];
    run(command(
        "cargo",
        &["test", "--package", "portal-relay", "--test", "it"],
    )
    .args(["--", "a_takeover_polls_all_queues", "--nocapture"])
    .env("PORTAL_RELAY_QUEUES", "100"))?;
    std::thread::scope(|scope| {
        let stores = scope.spawn(|| crate::stores::relay_campaign(&sizes));
        let folder = crate::stores::campaign(ON_A_FOLDER, None, &sizes);
        let stores = stores
            .join()
            .unwrap_or_else(|_| Err(Failure::new("the campaign on object stores panicked")));
        folder.and(stores)
    })
}

/// The tests of two relays on a folder.
const ON_A_FOLDER: &[&str] = &[
    "two_relays_killed_at_any_moment",
    "two_relays_killed_under_the_harsher_readings",
];

fn campaign(tests: &str, sizes: &[(&str, &str)]) -> Result<(), Failure> {
    let arguments = ["test", "--package", "portal-tests", "--test", "it", "--"];
    let mut cargo = command("cargo", &arguments);
    cargo.args([tests, "--nocapture"]);
    run(cargo.envs(sizes.iter().copied()))
}

/// Random sequences that the sandbox's state machine is held against the model of its rules for.
const SEQUENCES: &str = "10000";

/// `cargo xtask model-campaign`: the sandbox's state machine against the model of its rules.
pub(crate) fn model() -> Result<(), Failure> {
    let test = "the_ledger_does_what_the_rules_say";
    run(command(
        "cargo",
        &["test", "--release", "-p", "portal-sandbox", "--lib", test],
    )
    .env("PORTAL_MODEL_RUNS", SEQUENCES))
}

/// `cargo xtask load-sandbox`: a sandbox in a process of its own under load, over mutual TLS. The
/// figures in CONTRIBUTING.md are from it; some ten minutes.
pub(crate) fn load_sandbox() -> Result<(), Failure> {
    load(&["--release"], &["rounds", "10000", "5"])?;
    load(&["--release"], &["crowd", "200", "60"])
}

/// `cargo xtask load-sandbox smoke`: the same for some seconds, to see that it still works.
pub(crate) fn load_smoke() -> Result<(), Failure> {
    load(&[], &["rounds", "80", "1"])?;
    load(&[], &["crowd", "20", "2"])
}

/// `cargo xtask load-client`: whole jobs by one client, 16 at once, and what creating one takes beside
/// what it takes at the least.
pub(crate) fn load_client() -> Result<(), Failure> {
    load(&["--release"], &["jobs", "16", "5000"])?;
    load(&["--release"], &["create", "1000"])
}

/// `cargo xtask load-relay`: a thousand changes drained by a relay, to a folder and to each object store; some seven
/// minutes each.
pub(crate) fn load_relay() -> Result<(), Failure> {
    load(&["--release"], &["relay", "1000", "folder"])?;
    crate::stores::each_engine(|place| {
        load(
            &["--release", "--features", "engines"],
            &["relay", "1000", place],
        )
    })
}

fn load(profile: &[&str], arguments: &[&str]) -> Result<(), Failure> {
    let example = ["run", "-p", "portal-tests", "--example", "load_sandbox"];
    let mut cargo = command("cargo", &example);
    run(cargo.args(profile).arg("--").args(arguments))
}
