//! The programs that are measured: ours, optimised, and the peers that this machine can have.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::java;
use crate::interop::{self, Sandbox};
use crate::package_conformance::{SIGNXML, XMLSEC, python};
use crate::process::{Failure, command, output, root};

pub(super) struct Programs {
    pub(super) portal: PathBuf,
    pub(super) xml_bench: PathBuf,
    load: PathBuf,
    java: Result<OsString, String>,
    pub(super) python: Option<PathBuf>,
    /// What an earlier version takes, where its checkout was given.
    pub(super) before: Option<Before>,
}

/// Programs of an earlier version of this project.
pub(super) struct Before {
    /// What the report calls it.
    pub(super) name: String,
    pub(super) xml_bench: PathBuf,
    load: PathBuf,
}

impl Before {
    /// Builds them in a checkout, by its own settings. The measurements in it have to be today's.
    fn build(folder: &Path) -> Result<Self, Failure> {
        let commit = output(command("git", &["rev-parse", "--short", "HEAD"]).current_dir(folder))?;
        Ok(Self {
            name: format!("before ({})", commit.trim()),
            xml_bench: executable(folder, XML_BENCH, "xml")?,
            load: executable(folder, LOAD, "load_sandbox")?,
        })
    }

    pub(super) fn load(&self, what: &str) -> Command {
        load(&self.load, what)
    }
}

/// How the cryptographic library begins; see `.cargo/config.toml`.
const ENTROPY: &str = "AWS_LC_SYS_NO_JITTER_ENTROPY";

const LOAD: &[&str] = &[
    "build",
    "--release",
    "--package",
    "portal-tests",
    "--example",
    "load_sandbox",
];
const XML_BENCH: &[&str] = &[
    "bench",
    "--no-run",
    "--package",
    "portal-model",
    "--bench",
    "xml",
];

impl Programs {
    pub(super) fn build(before: Option<&Path>) -> Result<Self, Failure> {
        let root = root();
        let portal = ["build", "--release", "--package", "portal-cli"];
        Ok(Self {
            portal: executable(&root, &portal, "portal")?,
            load: executable(&root, LOAD, "load_sandbox")?,
            xml_bench: executable(&root, XML_BENCH, "xml")?,
            java: java::build(&root.join("target/bench/java"))?,
            // A registry out of reach is no failure of this project.
            python: python(&["signxml", "xmlsec"], &[SIGNXML, XMLSEC]).ok(),
            before: before.map(Before::build).transpose()?,
        })
    }

    /// One of the measurements of `tests/load`.
    pub(super) fn load(&self, what: &str) -> Command {
        load(&self.load, what)
    }

    pub(super) fn has_java(&self) -> bool {
        self.java.is_ok()
    }

    /// One of the Java program's measurements, against the sandbox.
    pub(super) fn java(&self, sandbox: &Sandbox, what: &str) -> Result<Command, Failure> {
        let class_path = self.java.as_ref().map_err(Failure::new)?;
        interop::java(class_path, &["portal.interop.Bench", what], sandbox)
    }

    pub(super) fn java_skipped(&self) -> Option<&str> {
        self.java.as_ref().err().map(String::as_str)
    }

    pub(super) fn python_skipped(&self) -> Option<&str> {
        let skipped = "python-xmlsec and signxml: they could not be installed here";
        self.python.is_none().then_some(skipped)
    }
}

fn load(program: &Path, what: &str) -> Command {
    let mut command = Command::new(program);
    command.arg(what);
    command
}

/// Builds something with cargo in a checkout, and gives the path of the executable of that name.
fn executable(folder: &Path, arguments: &[&str], name: &str) -> Result<PathBuf, Failure> {
    let mut cargo = command("cargo", arguments);
    // This checkout's setting, which another one may not have: cargo passes it on to what it runs.
    cargo.current_dir(folder).env_remove(ENTROPY);
    let messages = output(cargo.args(["--quiet", "--message-format", "json-render-diagnostics"]))?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| Failure::new(format!("cargo did not say where {name} is")))
}
