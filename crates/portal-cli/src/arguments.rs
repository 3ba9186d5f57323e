//! What the command line takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The portal flow of Posten signering from a shell.
#[derive(Debug, Parser)]
#[command(name = "portal", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One thing to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole portal flow against a sandbox inside this process.
    ///
    /// Makes certificates, starts the sandbox on a free port of 127.0.0.1, creates a job with
    /// four signers in a chained order, lets the sandbox's signers sign, and downloads the signed
    /// documents. Nothing leaves this machine and nothing has legal effect.
    Demo(Demo),
    /// Run a stand-in for the service, for clients in any language, or drive one that runs.
    ///
    /// Listens on 127.0.0.1 with new certificates, and writes what a client needs to a
    /// folder: the trust anchor, and the sender's certificate as PKCS#12 and PEM. Its page shows what
    /// goes on. Nothing that it makes has legal effect.
    ///
    /// The management API makes signers act and moves the clock; `GET /management` lists its calls,
    /// `/management/openapi.json` describes them. The commands below do the same for scripts.
    Sandbox(Box<crate::sandbox::SandboxArguments>),
    /// The issuers' certificates that servers of the service are trusted by.
    Anchors(crate::anchors::Anchors),
    /// Check signed documents: whole, or damaged or changed after sealing?
    ///
    /// Reports facts about PAdES and XAdES documents, with one line of meaning for each that
    /// matters. Connects to nothing. Decides no trust: it names the programs that do.
    ///
    /// Ends with 0 if no document has a `broken` finding, and with 1 if one has.
    Verify(crate::verify::Verify),
}

/// Options of `portal demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// PDF documents to sign, 1 to 20, in place of the two that the demo makes.
    #[arg(long, value_name = "PDF", num_args = 1..=20)]
    pub(crate) documents: Vec<PathBuf>,

    /// Authenticate by access tokens in place of the certificate.
    #[arg(long)]
    pub(crate) tokens: bool,

    /// The folder that the signed documents are saved to; made if it does not exist.
    #[arg(long, value_name = "FOLDER", default_value = "portal-demo")]
    pub(crate) out: PathBuf,
}
