//! `cargo xtask simulated-month` and `cargo xtask kill-campaign`: the long forms of tests that the
//! ordinary run has in short.

use crate::process::{Failure, command, run};

/// A million polls of several queues.
pub(crate) fn simulated_month() -> Result<(), Failure> {
    campaign("simulated_month", &[("PORTAL_MONTH_POLLS", "1000000")])
}

/// A process that watches is killed 300 times while a thousand jobs finish.
pub(crate) fn kill_campaign() -> Result<(), Failure> {
    let sizes = [("PORTAL_KILLS", "300"), ("PORTAL_KILL_JOBS", "1000")];
    campaign("kill_campaign", &sizes)
}

fn campaign(tests: &str, sizes: &[(&str, &str)]) -> Result<(), Failure> {
    let arguments = ["test", "--package", "portal-tests", "--test", "it", "--"];
    let mut cargo = command("cargo", &arguments);
    cargo.args([tests, "--nocapture"]);
    run(cargo.envs(sizes.iter().copied()))
}
