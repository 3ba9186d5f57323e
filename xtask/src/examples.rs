//! `cargo xtask examples`: the examples of portal-client run against the sandbox, each in one of its
//! own, and one of them in a sandbox that it is told of as a service would be.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::interop::{Sandbox, build_portal, target_folder};
use crate::process::{Failure, command, output, root};

/// Each example, and what it prints when it has come to its end.
const EXAMPLES: &[(&str, &str)] = &[
    ("broker", "COMPLETED_SUCCESSFULLY"),
    ("chained_signing", "COMPLETED_SUCCESSFULLY"),
    ("custom_transport", "3 calls"),
    ("hsm_signer", "whose package the HSM has signed"),
    ("quickstart", "Stored"),
    ("watch_and_store", "Stored job 5"),
];

/// Those that make their client by the builder, which takes access tokens as well.
const WITH_TOKENS: &[&str] = &["broker", "chained_signing", "quickstart", "watch_and_store"];

/// Runs them all.
pub(crate) fn check() -> Result<(), Failure> {
    every_file_is_listed()?;
    for (example, expected) in EXAMPLES {
        let start = Instant::now();
        run_one(&mut cargo_run(example), example, expected)?;
        println!("{example}: ok, {:.1} s", start.elapsed().as_secs_f64());
        if WITH_TOKENS.contains(example) {
            let mut run = cargo_run(example);
            run_one(run.env("PORTAL_TOKENS", "yes"), example, expected)?;
            println!("{example} with access tokens: ok");
        }
    }
    against_a_service()
}

fn every_file_is_listed() -> Result<(), Failure> {
    let folder = root().join("crates/portal-client/examples");
    let files = fs::read_dir(&folder)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", folder.display())))?;
    for file in files.flatten() {
        let path = file.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let is_example = path.extension().is_some_and(|ending| ending == "rs");
        if is_example && !EXAMPLES.iter().any(|(listed, _)| *listed == name) {
            return Err(Failure::new(format!(
                "the example {name} is not in the list of xtask/src/examples.rs"
            )));
        }
    }
    Ok(())
}

/// The examples' way to a real service, tried on a `portal sandbox`. The one that needs no signer.
fn against_a_service() -> Result<(), Failure> {
    let portal = build_portal()?;
    let sandbox = Sandbox::start(&portal, &target_folder(&portal)?.join("examples-sandbox"))?;
    let mut run = cargo_run("custom_transport");
    for (variable, setting) in [
        ("PORTAL_CERTIFICATE", "pkcs12"),
        ("PORTAL_PASSWORD", "pkcs12_password"),
        ("PORTAL_ANCHORS", "trust_anchor"),
        ("PORTAL_SENDER", "sender"),
        ("PORTAL_ROOT", "root_url"),
        ("PORTAL_SERVER", "server_organization"),
    ] {
        run.env(variable, sandbox.setting(setting)?);
    }
    run.env("PORTAL_SIGNER", "12345678910");
    run_one(&mut run, "custom_transport against a service", "3 calls")?;
    println!("custom_transport against a service: ok");
    Ok(())
}

fn cargo_run(example: &str) -> Command {
    let arguments = ["run", "--quiet", "--package", "portal-client", "--example"];
    let mut run = command("cargo", &arguments);
    run.arg(example).stdin(Stdio::null());
    // Whatever is set here, the gate creates no job at a real service.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PORTAL_") {
            run.env_remove(name);
        }
    }
    run
}

fn run_one(run: &mut Command, name: &str, expected: &str) -> Result<(), Failure> {
    let printed = output(run)?;
    if printed.contains(expected) {
        return Ok(());
    }
    print!("{printed}");
    Err(Failure::new(format!("{name} did not print {expected:?}")))
}
