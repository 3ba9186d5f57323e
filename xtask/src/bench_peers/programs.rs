//! The programs that are measured: ours, optimised, and the peers that this machine can have.

use std::ffi::OsString;
use std::path::PathBuf;
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
}

impl Programs {
    pub(super) fn build() -> Result<Self, Failure> {
        let release = ["build", "--release", "--package"];
        Ok(Self {
            portal: executable(&[&release[..], &["portal-cli"]].concat(), "portal")?,
            load: executable(
                &[&release[..], &["portal-tests", "--example", "load_sandbox"]].concat(),
                "load_sandbox",
            )?,
            xml_bench: executable(
                &[
                    "bench",
                    "--no-run",
                    "--package",
                    "portal-model",
                    "--bench",
                    "xml",
                ],
                "xml",
            )?,
            java: java::build(&root().join("target/bench/java"))?,
            // A registry out of reach is no failure of this project.
            python: python(&["signxml", "xmlsec"], &[SIGNXML, XMLSEC]).ok(),
        })
    }

    /// One of the measurements of `tests/load`.
    pub(super) fn load(&self, what: &str) -> Command {
        let mut command = Command::new(&self.load);
        command.arg(what);
        command
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

/// Builds something with cargo, and gives the path of the executable of that name.
fn executable(arguments: &[&str], name: &str) -> Result<PathBuf, Failure> {
    let mut cargo = command("cargo", arguments);
    let messages = output(cargo.args(["--quiet", "--message-format", "json-render-diagnostics"]))?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| Failure::new(format!("cargo did not say where {name} is")))
}
