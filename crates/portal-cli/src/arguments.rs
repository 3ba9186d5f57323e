//! What the command line takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;
use portal_model::{FacetError, OrganizationNumber};

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
    /// Run a stand-in for the service, for clients in any language.
    ///
    /// Listens on 127.0.0.1 with new certificates, and writes what a client needs to a
    /// folder: the trust anchor, and the sender's certificate as PKCS#12 and PEM. Its page shows what
    /// goes on; there and by its management API signers act and the clock moves. Nothing that it
    /// makes has legal effect.
    Sandbox(SandboxServer),
}

/// Options of `portal demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// PDF documents to sign, 1 to 20, in place of the two that the demo makes.
    #[arg(long, value_name = "PDF", num_args = 1..=20)]
    pub(crate) documents: Vec<PathBuf>,

    /// The folder that the signed documents are saved to; made if it does not exist.
    #[arg(long, value_name = "FOLDER", default_value = "portal-demo")]
    pub(crate) out: PathBuf,
}

/// Options of `portal sandbox`.
#[derive(Debug, Args)]
pub(crate) struct SandboxServer {
    /// The port of the API; 0 takes any free one.
    #[arg(long, default_value_t = 8443)]
    pub(crate) port: u16,

    /// The port of the page and the management API: plain HTTP, for this machine alone; 0 takes any
    /// free one.
    #[arg(long, value_name = "PORT", default_value_t = 8444)]
    pub(crate) management_port: u16,

    /// The folder for certificates, PKCS#12 file and settings; made if it does not exist.
    #[arg(long, value_name = "FOLDER", default_value = "portal-sandbox")]
    pub(crate) folder: PathBuf,

    /// The organisation number in the client certificate that is made.
    #[arg(long, value_name = "NUMBER", default_value = "123456789", value_parser = organization)]
    pub(crate) sender: OrganizationNumber,

    /// One more organisation that the sender may send on behalf of; can be given several times.
    #[arg(long, value_name = "NUMBER", value_parser = organization)]
    pub(crate) broker_for: Vec<OrganizationNumber>,

    /// The organisation number in the server's certificate; by default the real service's.
    #[arg(long, value_name = "NUMBER", default_value = "984661185", value_parser = organization)]
    pub(crate) server_organization: OrganizationNumber,

    /// Check jobs as a private sender's; otherwise the sender is a public body.
    #[arg(long)]
    pub(crate) private: bool,

    /// Keep to production's times: 10 minutes between polls of an empty queue in place of 5 s.
    #[arg(long)]
    pub(crate) production: bool,

    /// A clock that stands at this time until it is moved, in place of the system's.
    #[arg(long, value_name = "TIME")]
    pub(crate) clock: Option<Timestamp>,

    /// Never block a client for more than ten calls a second.
    #[arg(long)]
    pub(crate) no_call_limit: bool,

    /// Archive completed jobs once they are confirmed, as for senders who bought that.
    #[arg(long)]
    pub(crate) long_term_storage: bool,
}

fn organization(text: &str) -> Result<OrganizationNumber, FacetError> {
    OrganizationNumber::new(text)
}
