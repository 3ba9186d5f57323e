//! `portal anchors`: the issuers' certificates that servers of the service are trusted by.

use std::io::{self, Write};

use clap::{Args, Subcommand, ValueEnum};
use portal_certificate::KNOWN_ANCHORS;
use portal_model::EnvironmentKind;

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
pub(crate) fn run(anchors: &Anchors, mut out: impl Write) -> io::Result<()> {
    let AnchorsCommand::List { environment } = &anchors.command;
    let wanted = environment.map(Environment::kind);
    for anchor in KNOWN_ANCHORS {
        if wanted.is_none_or(|wanted| anchor.environment == wanted) {
            writeln!(out, "{anchor}")?;
        }
    }
    out.flush()
}
