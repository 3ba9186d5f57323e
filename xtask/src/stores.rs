//! `cargo xtask stores`: the relay against object stores and a receiver of webhooks that are not ours.
//!
//! What is installed goes to `target/stores`. A registry that is out of reach skips what would come from it, with
//! a message; what is there must pass.

mod azurite;
mod engine;
mod install;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use engine::{Engine, Protocol, S3_KEY};
use install::{Installed, go_program, npm_package, python_packages};

use crate::process::{Failure, command, root, run};

/// An S3 that keeps conditions, in memory.
const GOFAKES3: &str = "github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0";
/// An S3 that keeps conditions, over a folder.
const VERSITYGW: &str = "github.com/versity/versitygw/cmd/versitygw@v1.8.0";
/// An S3 that accepts conditions and ignores them.
const S3RVER: (&str, &str) = ("s3rver", "3.7.1");
/// What the receiver of webhooks verifies and reads with.
const RECEIVER: &[&str] = &["standardwebhooks==1.1.0", "jsonschema==4.26.0"];

/// Installs and starts what can be had, and runs the relay's tests of it.
pub(crate) fn check() -> Result<(), Failure> {
    let folder = target_folder()?;
    let mut ran = 0;
    for start in [gofakes3, versitygw] {
        ran += usize::from(check_engine(start(&folder)?)?);
    }
    if let Some(program) = named("s3rver", npm_package(&folder, S3RVER)?) {
        let engine = Engine::start(&folder, "s3rver", Protocol::S3, |port, data| {
            let mut engine = std::process::Command::new("node");
            engine
                .arg(&program)
                .args(["--address", "127.0.0.1", "--silent", "--no-vhost-buckets"])
                .args(["--configure-bucket", engine::BUCKET, "--port"])
                .arg(port.to_string())
                .arg("--directory")
                .arg(data);
            engine
        })?;
        test(
            "engines::a_lying_engine",
            "PORTAL_RELAY_LYING_ENGINE",
            &engine.place(),
        )?;
        ran += 1;
    }
    if let Some(python) = named("receiver", python_packages(&folder, RECEIVER)?) {
        test("standard_webhooks", "PORTAL_RELAY_PYTHON", &text(&python)?)?;
        ran += 1;
    }
    println!("stores: {ran} of 4 ran");
    Ok(())
}

/// `cargo xtask stores azure`: the same for Azure's protocol, which is not in the gate.
pub(crate) fn check_azure() -> Result<(), Failure> {
    let ran = check_engine(azurite::start(&target_folder()?)?)?;
    println!("stores: {} of 1 ran", u8::from(ran));
    Ok(())
}

/// Runs the relay's tests on an engine that keeps conditions; `false` where there is none.
fn check_engine(engine: Option<Engine>) -> Result<bool, Failure> {
    let Some(engine) = engine else {
        return Ok(false);
    };
    test("engines::an_engine", ENGINE, &engine.place())?;
    campaign(ON_AN_ENGINE, Some(&engine.place()), &[])?;
    Ok(true)
}

/// Two relays on each engine that keeps conditions, killed and stopped while jobs finish, in these sizes. All engines
/// at once.
pub(crate) fn relay_campaign(sizes: &[(&str, &str)]) -> Result<(), Failure> {
    let folder = target_folder()?;
    let engines = [gofakes3(&folder)?, versitygw(&folder)?];
    std::thread::scope(|scope| {
        let campaigns: Vec<_> = engines
            .iter()
            .flatten()
            .map(|engine| scope.spawn(|| campaign(ON_AN_ENGINE, Some(&engine.place()), sizes)))
            .collect();
        campaigns
            .into_iter()
            .map(|campaign| match campaign.join() {
                Ok(ended) => ended,
                Err(_) => Err(Failure::new("a campaign on an object store panicked")),
            })
            .fold(Ok(()), Result::and)
    })
}

/// Does something with the address and options of each engine that keeps conditions.
pub(crate) fn each_engine(run: impl Fn(&str) -> Result<(), Failure>) -> Result<(), Failure> {
    let folder = target_folder()?;
    for start in [gofakes3, versitygw] {
        if let Some(engine) = start(&folder)? {
            run(&engine.place())?;
        }
    }
    Ok(())
}

/// Where the tests find an engine.
const ENGINE: &str = "PORTAL_RELAY_ENGINE";

/// The test of two relays on an engine.
const ON_AN_ENGINE: &[&str] = &["two_relays_killed_and_stopped_on_an_object_store"];

/// Runs tests of two relays, which all are in one binary; those on an object store need its place.
pub(crate) fn campaign(
    tests: &[&str],
    place: Option<&str>,
    sizes: &[(&str, &str)],
) -> Result<(), Failure> {
    let arguments = ["test", "--package", "portal-tests", "--features", "engines"];
    let mut cargo = command("cargo", &arguments);
    cargo
        .args(["--test", "it", "--", "--nocapture"])
        .args(tests);
    cargo.envs(place.map(|place| (ENGINE, place)));
    run(cargo.envs(sizes.iter().copied()))
}

fn target_folder() -> Result<PathBuf, Failure> {
    let folder = root().join("target/stores");
    std::fs::create_dir_all(&folder)
        .map_err(|error| Failure::new(format!("cannot create {}: {error}", folder.display())))?;
    Ok(folder)
}

fn gofakes3(folder: &Path) -> Result<Option<Engine>, Failure> {
    let Some(program) = named("gofakes3", go_program(folder, "gofakes3", GOFAKES3)?) else {
        return Ok(None);
    };
    let engine = Engine::start(folder, "gofakes3", Protocol::S3, |port, _| {
        let mut engine = std::process::Command::new(&program);
        engine
            .args(["-backend", "memory", "-initialbucket", engine::BUCKET])
            .arg("-host")
            .arg(format!("127.0.0.1:{port}"));
        engine
    })?;
    Ok(Some(engine))
}

fn versitygw(folder: &Path) -> Result<Option<Engine>, Failure> {
    let Some(program) = named("versitygw", go_program(folder, "versitygw", VERSITYGW)?) else {
        return Ok(None);
    };
    let engine = Engine::start(folder, "versitygw", Protocol::S3, |port, data| {
        let mut engine = std::process::Command::new(&program);
        engine
            .args(["--access", S3_KEY, "--secret", S3_KEY, "--port"])
            .arg(format!("127.0.0.1:{port}"))
            .arg("posix")
            .arg(data);
        engine
    })?;
    Ok(Some(engine))
}

/// Says why something is skipped.
fn named(name: &str, installed: Installed) -> Option<PathBuf> {
    match installed {
        Installed::At(path) => Some(path),
        Installed::OutOfReach(reason) => {
            println!("stores: {name} SKIPPED: {reason}");
            None
        }
    }
}

/// Runs the relay's tests whose names contain `filter`, unit tests included. One at least must have run, and none
/// may have found that there is nothing to test.
fn test(filter: &str, variable: &str, value: &str) -> Result<(), Failure> {
    println!("stores: {filter}");
    let mut cargo = command(
        "cargo",
        &[
            "test",
            "--package",
            "portal-relay",
            "--features",
            "aws,azure,schema",
            "--lib",
            "--test",
            "it",
        ],
    );
    let output = cargo
        .args(["--", filter, "--nocapture"])
        .env(variable, value)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::new(format!("cannot start cargo: {error}")))?;
    let said = String::from_utf8_lossy(&output.stdout);
    print!("{said}");
    if !output.status.success() {
        return Err(Failure::new(format!("{filter} failed")));
    }
    if said.contains("SKIPPED") || !said.contains(" ... ok") {
        return Err(Failure::new(format!("no test ran for {filter}")));
    }
    Ok(())
}

fn text(path: &Path) -> Result<String, Failure> {
    path.to_str()
        .map(str::to_owned)
        .ok_or_else(|| Failure::new("the target folder's name is not UTF-8"))
}
