//! What the command line takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::output::Color;

/// The portal flow of Posten signering from a shell.
#[derive(Debug, Parser)]
#[command(
    name = "portal",
    version,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "\
Example:
  portal demo                  the whole flow, inside this process
  portal sandbox               a stand-in for the service, in a terminal of its own
  portal -p sandbox doctor     checks the setup against it
  portal -p sandbox send job.toml --wait

Exit codes:
  0    done
  1    what was examined is not right
  2    usage; --yes missing without a terminal
  3    refused by the service or the job's state
  4    unreachable, or an outage; try again
  5    unknown whether sent; never send again
  6    configuration, certificate or access
  7    a job ended without every signature
  8    time limit of `wait`
  9    this computer: disk, files, locks
  130, 143  interrupted; nothing is half-done"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The profile of the configuration, or `sandbox` for a sandbox that runs here.
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The file of configuration, in place of the user's and the system's.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Print one JSON object a line, errors as well.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Leave remarks on standard error out.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Log to standard error; -vv more, -vvv all.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// When to color.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        hide_possible_values = true
    )]
    pub(crate) color: Color,

    /// Never ask, also on a terminal.
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
}

/// One thing to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a job against every rule of the service, without connecting to it.
    ///
    /// Takes a job file, TOML or JSON, or a manifest.xml. Prints every violation at once. Nothing is sent.
    #[command(after_help = "\
Example:
  portal validate job.toml
  portal -p sandbox validate job.toml    by the settings of a sandbox that runs here")]
    Validate(commands::validate::Validate),
    /// Send jobs, each at most once for its reference.
    ///
    /// The reference is written to the store before the service is called. The same job again is not sent a
    /// second time: its number is printed. Another job with the same reference is refused (3). When the
    /// response is lost it is unknown whether the job was created (5): it is never sent again.
    #[command(after_help = "\
Example:
  portal send job.toml --wait --out signed
  portal send --pdf lease.pdf --title Lease --to signer@example.com --reference lease-7

A job file, whose whole form `portal schema job` prints:
  portal-job = 1
  title = \"Lease\"
  reference = \"lease-7\"

  [[document]]
  file = \"lease.pdf\"
  title = \"Lease\"

  [[signer]]
  personal-number = \"12345678910\"
  notify = \"lookup\"
  order = 1

  [[signer]]
  email = \"signer@example.com\"
  order = 2")]
    Send(Box<commands::send::Send>),
    /// List the jobs that are known here.
    #[command(after_help = "\
Example:
  portal list --state open")]
    List(commands::job::List),
    /// Show what is known here of a job, and how old it is; never calls the service.
    #[command(after_help = "\
Example:
  portal show hr-2026-00417")]
    Show(commands::job::Show),
    /// Wait until jobs have ended, or have changed.
    ///
    /// Ends with 0 if everybody has signed, with 7 if a job ended otherwise, and with 8 when the time is over.
    #[command(after_help = "\
Example:
  portal wait hr-2026-00417 --timeout 14d")]
    Wait(commands::wait::Wait),
    /// Fetch signed documents, from the store first, else from the service.
    #[command(after_help = "\
Example:
  portal fetch hr-2026-00417 --out signed.pdf")]
    Fetch(commands::fetch::Fetch),
    /// Check signed documents: whole, or damaged or changed after sealing?
    ///
    /// Reports facts about PAdES and XAdES documents, with one line of meaning for each that
    /// matters. Connects to nothing. Decides no trust: it names the programs that do. Of a job it checks
    /// the documents in the store, also whether they are those that were stored.
    ///
    /// Ends with 0 if no document has a `broken` finding, and with 1 if one has.
    #[command(after_help = "\
Example:
  portal verify signed.pdf signer-1.xades.xml
  portal verify hr-2026-00417")]
    Verify(crate::verify::Verify),
    /// Cancel a job for all its signers.
    #[command(after_help = "\
Example:
  portal cancel hr-2026-00417 --yes")]
    Cancel(commands::cancel::Cancel),
    /// Delete the documents of a job at the service.
    ///
    /// The service allows it from 24 hours after the last signature, or from 7 days where a signer has no
    /// digital mailbox. Documents that nobody deletes are kept for 40 days. With --when-allowed the command waits
    /// until then; for every job of a service, `portal watch --delete-after` does the same.
    #[command(after_help = "\
Example:
  portal delete hr-2026-00417 --yes --when-allowed")]
    Delete(commands::delete::Delete),
    /// Settle a job of which it is unknown whether it was created, after asking the service.
    #[command(after_help = "\
Example:
  portal settle hr-2026-00417 --not-created")]
    Settle(commands::cancel::Settle),
    /// Take every change in: store, verify, confirm and deliver. Runs until it is stopped.
    ///
    /// One process of an organisation polls; others stand by. SIGTERM and SIGINT stop it cleanly, which ends with
    /// 0; SIGHUP reads certificate and secrets again.
    #[command(after_help = "\
Example:
  portal watch --print --listen 127.0.0.1:9464")]
    Watch(Box<commands::watch::Watch>),
    /// Look at the events that wait for a receiver, and at those that were given up.
    #[command(subcommand)]
    Events(commands::events::EventsCommand),
    /// Write a configuration; asks for what is not given.
    #[command(after_help = "\
Example:
  portal init --environment difitest")]
    Init(commands::init::Init),
    /// Check certificate, connection, access, clock and sender, and say what to fix.
    ///
    /// Asks the service once how it identifies the caller. Never polls, and changes nothing.
    ///
    /// Ends with 0 if jobs can be sent, with 4 if the service can't be reached, with 6 if the configuration,
    /// the certificate or the access is not right, and with 1 otherwise.
    #[command(after_help = "\
Example:
  portal --profile sandbox doctor")]
    Doctor(commands::doctor::Doctor),
    /// Look into an enterprise certificate.
    #[command(subcommand)]
    Certificate(commands::certificate::CertificateCommand),
    /// Show the configuration.
    #[command(subcommand)]
    Config(commands::config::ConfigCommand),
    /// Run the whole portal flow against a sandbox inside this process.
    ///
    /// Makes certificates, starts the sandbox on a free port of 127.0.0.1, creates a job with
    /// four signers in a chained order, lets the sandbox's signers sign, and downloads the signed
    /// documents. Nothing leaves this machine and nothing has legal effect.
    #[command(after_help = "\
Example:
  portal demo contract.pdf --out signed")]
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
    #[command(after_help = "\
Example:
  portal anchors list --environment test
  portal anchors check certificates")]
    Anchors(commands::anchors::Anchors),
    /// List the rules of a job, or explain one.
    #[command(after_help = "\
Example:
  portal rules documents.pdf")]
    Rules(commands::rules::Rules),
    /// Print the JSON Schema of a file.
    #[command(after_help = "\
Example:
  portal schema job > job.schema.json")]
    Schema(commands::schema::Schema),
    /// Print the completions of a shell.
    #[command(after_help = "\
Example:
  portal completions bash > ~/.local/share/bash-completion/completions/portal")]
    Completions(commands::completions::Completions),
    /// Write the manual pages to a folder.
    #[command(after_help = "\
Example:
  portal man /usr/local/share/man/man1")]
    Man(commands::man::Man),
    /// Look behind the scenes.
    #[command(subcommand)]
    Debug(commands::package::Debug),
}

/// Options of `portal demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// PDF documents to sign, 1 to 20, in place of the two that the demo makes.
    #[arg(value_name = "FILE", num_args = 1..=20)]
    pub(crate) documents: Vec<PathBuf>,

    /// Authenticate by access tokens in place of the certificate.
    #[arg(long)]
    pub(crate) tokens: bool,

    /// The folder that the signed documents are saved to; made if it does not exist.
    #[arg(long, value_name = "DIR", default_value = "portal-demo")]
    pub(crate) out: PathBuf,
}
