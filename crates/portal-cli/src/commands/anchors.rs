//! `portal anchors`: the issuers' certificates that servers of the service are trusted by.

use clap::{Args, Subcommand, ValueEnum};
use portal_certificate::{KNOWN_ANCHORS, KnownAnchor};
use portal_model::EnvironmentKind;
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

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
    List {
        /// Only those of one environment.
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
    let AnchorsCommand::List { environment } = &anchors.command;
    let wanted = environment.map(Environment::kind);
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
