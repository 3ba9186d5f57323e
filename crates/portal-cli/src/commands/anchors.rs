//! `portal anchors`: the issuers' certificates that servers of the service are trusted by.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use portal_certificate::{KNOWN_ANCHORS, KnownAnchor};
use portal_model::EnvironmentKind;
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

mod check;

/// Options of `portal anchors`.
#[derive(Debug, Args)]
pub(crate) struct Anchors {
    #[command(subcommand)]
    pub(crate) command: AnchorsCommand,
}

/// What to do with the table of anchors.
#[derive(Debug, Subcommand)]
pub(crate) enum AnchorsCommand {
    /// Print the certificates of issuers that are built in, one a line: environment, kind, last day,
    /// fingerprint and subject. Nothing is connected.
    #[command(after_help = "\
Example:
  portal anchors list --environment test")]
    List {
        /// Only those of one environment.
        #[arg(long, value_enum)]
        environment: Option<Environment>,
    },
    /// Compare a folder of certificates with those that are built in; ends with 1 where they differ.
    ///
    /// Reads .cer, .crt, .der and .pem files, also in folders below. The folders prod (or production) and test
    /// say which environment their certificates belong to.
    #[command(after_help = "\
Example:
  portal anchors check certificates")]
    Check {
        /// The folder.
        #[arg(value_name = "DIR")]
        folder: PathBuf,

        /// Compare with the certificates of one environment only.
        #[arg(long, value_enum)]
        environment: Option<Environment>,
    },
}

/// An environment of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Environment {
    Production,
    Test,
}

impl Environment {
    fn kind(self) -> EnvironmentKind {
        match self {
            Self::Production => EnvironmentKind::Production,
            Self::Test => EnvironmentKind::Test,
        }
    }
}

/// Carries a command out.
pub(crate) fn run(anchors: &Anchors, output: &Output) -> Result<Exit, Failure> {
    match &anchors.command {
        AnchorsCommand::List { environment } => list(environment.map(Environment::kind), output),
        AnchorsCommand::Check {
            folder,
            environment,
        } => check::run(folder, environment.map(Environment::kind), output),
    }
}

fn list(wanted: Option<EnvironmentKind>, output: &Output) -> Result<Exit, Failure> {
    for anchor in KNOWN_ANCHORS {
        if wanted.is_some_and(|wanted| anchor.environment != wanted) {
            continue;
        }
        if output.json {
            output.object("anchor", object(anchor))?;
        } else {
            output.line(&anchor.to_string())?;
        }
    }
    Ok(Exit::Done)
}

fn object(anchor: &KnownAnchor) -> Value {
    let sha256: String = anchor
        .sha256
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    json!({
        "environment": anchor.environment.to_string(),
        "subject": anchor.subject,
        "kind": if anchor.is_root { "root" } else { "intermediate" },
        "for_servers": anchor.for_servers,
        "sha256": sha256,
        "not_before": anchor.not_before.to_string(),
        "not_after": anchor.not_after.to_string(),
    })
}
