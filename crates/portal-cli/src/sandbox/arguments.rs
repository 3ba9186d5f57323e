//! What `portal sandbox` takes.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use portal_model::{FacetError, OrganizationNumber};
use portal_rules::Sector;

use super::management;
use crate::duration;

/// A sandbox to run, or one to drive.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_long_help = management::CALLS)]
pub(crate) struct SandboxArguments {
    #[command(subcommand)]
    pub(crate) command: Option<SandboxCommand>,

    #[command(flatten)]
    pub(crate) start: Start,

    /// The folder for certificates, PKCS#12 file and settings; made if it does not exist. The other
    /// commands find the sandbox by it.
    #[arg(
        long,
        global = true,
        value_name = "FOLDER",
        default_value = "portal-sandbox"
    )]
    pub(crate) folder: PathBuf,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Run a sandbox; the same as `portal sandbox` alone.
    #[command(after_help = "\
Example:
  portal sandbox start --port 0 --ready-file ready")]
    Start(Box<Start>),
    #[command(flatten)]
    Drive(Drive),
}

/// How a sandbox runs.
#[derive(Debug, Args)]
pub(crate) struct Start {
    /// A file of JSON with these options, such as `{"port": 8443, "host-name": ["sandbox"]}`. Options of
    /// the command line come on top.
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,

    /// The address of the API; the management port stays on this machine.
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) address: IpAddr,

    /// The port of the API; 0 takes any free one.
    #[arg(long, default_value_t = 8443)]
    pub(crate) port: u16,

    /// The address of the page and the management API. They check nobody: keep them on this machine,
    /// or on a network of containers.
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) management_address: IpAddr,

    /// The port of the page and the management API: plain HTTP; 0 takes any free one.
    #[arg(long, value_name = "PORT", default_value_t = 8444)]
    pub(crate) management_port: u16,

    /// The port of the token endpoint, at the address of the API; 0 takes any free one. 8445 by default, or any
    /// free one where --port is 0.
    #[arg(long, value_name = "PORT")]
    pub(crate) token_port: Option<u16>,

    /// How long an access token holds, such as 10m; from 1s to 365d.
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration::parse)]
    pub(crate) token_life: Duration,

    /// A name by which the sandbox is called, in the server's certificate and as `Host`; can be
    /// given several times. None by default: the service's certificate names no host, and a client
    /// that needs one here fails there.
    #[arg(long, value_name = "NAME")]
    pub(crate) host_name: Vec<String>,

    /// Keep the certificate authority in the folder, so that clients go on trusting it.
    #[arg(long)]
    pub(crate) keep_certificates: bool,

    /// The organisation number in the client certificate that is made.
    #[arg(long, value_name = "ORG", default_value = "123456789", value_parser = organization)]
    pub(crate) sender: OrganizationNumber,

    /// One more organisation that the sender may send on behalf of, with its sector if it matters,
    /// such as 988015814=private; can be given several times.
    #[arg(long, value_name = "ORG[=SECTOR]", value_parser = organization_with_sector)]
    pub(crate) broker_for: Vec<(OrganizationNumber, Sector)>,

    /// One more organisation with access to the API, such as 988015814=public; can be given several
    /// times. Its client certificate has to be of an issuer that --trust names.
    #[arg(long, value_name = "ORG[=SECTOR]", value_parser = organization_with_sector)]
    pub(crate) organization: Vec<(OrganizationNumber, Sector)>,

    /// A file of issuers' certificates, PEM, by which connections and packages are let in too.
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Vec<PathBuf>,

    /// A file of JSON with what the contact register says of people, such as
    /// `{"01013300001": "reserve"}`, or "miss-contact-information": they are found so whenever a job
    /// looks them up.
    #[arg(long, value_name = "FILE")]
    pub(crate) register: Option<PathBuf>,

    /// The organisation number in the server's certificate; by default the real service's.
    #[arg(long, value_name = "ORG", default_value = "984661185", value_parser = organization)]
    pub(crate) server_organization: OrganizationNumber,

    /// Which certificates the server sends: its own with the intermediate's, its own alone, or the chain in
    /// the wrong order.
    #[arg(long, value_enum, default_value_t = Chain::Whole)]
    pub(crate) server_chain: Chain,

    /// Write the organisation number as serialNumber into certificates, as in the older profile.
    #[arg(long)]
    pub(crate) serial_number: bool,

    /// Check jobs as a private sender's; otherwise the sender is a public body.
    #[arg(long)]
    pub(crate) private: bool,

    /// Keep to production's times: 10 minutes between polls of an empty queue in place of 5 s.
    #[arg(long)]
    pub(crate) production: bool,

    /// The time between polls of an empty queue, such as 1s, in place of the environment's.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) poll_wait: Option<Duration>,

    /// How far a package's signing time may be off, such as 5s.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration::parse)]
    pub(crate) tolerance: Duration,

    /// A clock that stands at this time until it is moved, in place of the system's.
    #[arg(long, value_name = "TIME")]
    pub(crate) clock: Option<Timestamp>,

    /// Never block a client for more than ten calls a second.
    #[arg(long)]
    pub(crate) no_call_limit: bool,

    /// Block a client for more than ten calls a second also with --clock.
    #[arg(long, conflicts_with = "no_call_limit")]
    pub(crate) call_limit: bool,

    /// Archive completed jobs, as for senders who bought that.
    #[arg(long)]
    pub(crate) long_term_storage: bool,

    /// The status of a cancellation that succeeded; 200 for older clients.
    #[arg(long, value_name = "STATUS", value_parser = ["200", "204"], default_value = "204")]
    pub(crate) cancel_status: String,

    /// How the XML of responses looks: plain, or with `standalone` and unused namespaces, as the
    /// service writes.
    #[arg(long, value_enum, default_value_t = XmlStyle::Plain)]
    pub(crate) xml_style: XmlStyle,

    /// Hand out a job's next change while an earlier one is out, which parallel pollers may lose
    /// documents by.
    #[arg(long)]
    pub(crate) parallel_changes: bool,

    /// Let an early poll begin the wait again for the whole queue.
    #[arg(long)]
    pub(crate) early_poll_moves_time: bool,

    /// Let a change show the job as it is when the change is handed out.
    #[arg(long)]
    pub(crate) latest_state: bool,

    /// A file that is written once the sandbox serves, and removed when it ends; it holds what
    /// sandbox.json holds.
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,

    /// A file that gets a line for every call.
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
}

/// How XML looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum XmlStyle {
    Plain,
    Service,
}

/// What the server sends of its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Chain {
    Whole,
    LeafAlone,
    WrongOrder,
}

/// What to do with a sandbox that runs.
#[derive(Debug, Subcommand)]
pub(crate) enum Drive {
    /// Let everybody sign whose turn it is, or one signer.
    #[command(after_help = "\
Example:
  portal sandbox sign last --signer 2")]
    Sign(Act),
    /// Let a signer refuse to sign, the first by default.
    #[command(after_help = "\
Example:
  portal sandbox reject hr-2026-00417")]
    Reject(Act),
    /// Let a signer be blocked, as after too many wrong security codes.
    #[command(after_help = "\
Example:
  portal sandbox block last")]
    Block(Act),
    /// Show the clock, or move it.
    #[command(after_help = "\
Example:
  portal sandbox clock advance 25h")]
    Clock {
        #[command(subcommand)]
        to: Option<ClockMove>,
    },
    /// Let calls go wrong on purpose.
    #[command(after_help = "\
Example:
  portal sandbox fail create drop-after --times 2")]
    Fail {
        /// The calls: any, create, poll, confirm, cancel, pades, xades, delete, archive, who-am-i; or token, the
        /// request for an access token.
        operation: String,
        /// What goes wrong: a status such as 503, a name such as drop-after, or JSON such as
        /// '{"delay-before": 250}'.
        fault: String,
        /// How many calls meet it.
        #[arg(long, default_value_t = 1)]
        times: u32,
    },
    /// Show access tokens, end them before their time, or let the token endpoint refuse.
    #[command(after_help = "\
Example:
  portal sandbox token refuse --times 3")]
    Token {
        #[command(subcommand)]
        act: Option<TokenAct>,
    },
    /// Print the calls of the API so far, one a line.
    #[command(after_help = "\
Example:
  portal sandbox calls --operation create --xml")]
    Calls {
        /// Only those about this job.
        #[arg(long)]
        job: Option<i64>,
        /// Only those of this operation, such as create.
        #[arg(long)]
        operation: Option<String>,
        /// With request document, manifest and response of each, personal values hidden.
        #[arg(long)]
        xml: bool,
    },
    /// Print the jobs, one a line.
    #[command(after_help = "\
Example:
  portal sandbox jobs")]
    Jobs,
    /// Forget all jobs, queues, calls and planned faults.
    #[command(after_help = "\
Example:
  portal sandbox reset")]
    Reset,
    /// Print addresses and files as shell variables.
    #[command(after_help = "\
Example:
  eval \"$(portal sandbox env)\"")]
    Env,
}

/// An act of signers.
#[derive(Debug, Args)]
pub(crate) struct Act {
    /// The job's number, its reference, or `last` for the newest open one.
    pub(crate) job: String,
    /// The signer, counted from 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10))]
    pub(crate) signer: Option<u32>,
}

/// What happens to access tokens.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum TokenAct {
    /// End all tokens issued so far: calls with one get 401.
    #[command(after_help = "\
Example:
  portal sandbox token expire")]
    Expire,
    /// Revoke the registered certificates: calls get 401, requests for a token `invalid_client`.
    #[command(after_help = "\
Example:
  portal sandbox token revoke")]
    Revoke,
    /// Refuse the next requests for a token with `invalid_client`.
    #[command(after_help = "\
Example:
  portal sandbox token refuse --times 3")]
    Refuse {
        /// How many.
        #[arg(long, default_value_t = 1)]
        times: u32,
    },
    /// Take revoking and refusing back.
    #[command(after_help = "\
Example:
  portal sandbox token restore")]
    Restore,
}

/// Where to move the clock.
#[derive(Debug, Subcommand)]
pub(crate) enum ClockMove {
    /// Ahead by a duration, such as 25h or 41d.
    #[command(after_help = "\
Example:
  portal sandbox clock advance 25h")]
    Advance {
        /// How far.
        #[arg(value_name = "DURATION", value_parser = duration::parse)]
        by: Duration,
    },
    /// To a time, such as 2026-12-01T08:00:00Z.
    #[command(after_help = "\
Example:
  portal sandbox clock set 2026-12-01T08:00:00Z")]
    Set {
        /// The time, with an offset.
        #[arg(value_name = "TIME")]
        to: Timestamp,
    },
    /// To what is due next.
    #[command(after_help = "\
Example:
  portal sandbox clock next")]
    Next,
}

fn organization(text: &str) -> Result<OrganizationNumber, FacetError> {
    OrganizationNumber::new(text)
}

fn organization_with_sector(text: &str) -> Result<(OrganizationNumber, Sector), String> {
    let (number, sector) = text.split_once('=').unwrap_or((text, ""));
    let number = OrganizationNumber::new(number).map_err(|error| error.to_string())?;
    let sector = match sector {
        "" => Sector::Unknown,
        "private" => Sector::Private,
        "public" => Sector::Public,
        _ => return Err("the sector is private or public".to_owned()),
    };
    Ok((number, sector))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organizations_have_a_sector_if_it_is_said() {
        for (text, sector) in [
            ("988015814", Sector::Unknown),
            ("988015814=private", Sector::Private),
            ("988015814=public", Sector::Public),
        ] {
            assert_eq!(organization_with_sector(text).unwrap().1, sector);
        }
        assert!(organization_with_sector("988015814=other").is_err());
        assert!(organization_with_sector("98801581").is_err());
    }
}
