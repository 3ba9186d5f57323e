//! `portal certificate`: what an enterprise certificate is good for.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use portal_client::EnterpriseCertificate;
use serde_json::{Value, json};

use crate::config::{Config, PasswordSource};
use crate::connection::{self, Connection};
use crate::duration;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Paint};

/// A command about a certificate.
#[derive(Debug, Subcommand)]
pub(crate) enum CertificateCommand {
    /// Show a certificate: subject, organisation, dates, key, issuers.
    ///
    /// Ends with 0 if the file can be read, whatever is in it.
    #[command(after_help = "\
Example:
  portal certificate show certificate.p12 --password-file password")]
    Show(File),
    /// Check whether a certificate is good for sending jobs; ends with 1 if not.
    #[command(after_help = "\
Example:
  portal certificate check --expires-within 30d")]
    Check(Check),
}

/// Which certificate.
#[derive(Debug, Args)]
pub(crate) struct File {
    /// The certificate with its key, PKCS#12 or PEM, in place of the profile's.
    file: Option<PathBuf>,

    /// The private key, PEM, where it is not in the certificate's file.
    #[arg(long, value_name = "FILE", requires = "file")]
    key: Option<PathBuf>,

    /// A file with the password.
    #[arg(long, value_name = "FILE", requires = "file")]
    password_file: Option<PathBuf>,
}

/// Options of `portal certificate check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    file: File,

    /// Count it as wrong if it expires within this time.
    #[arg(long, value_name = "DURATION", default_value = "30d", value_parser = duration::parse)]
    expires_within: Duration,
}

pub(crate) fn run(
    command: &CertificateCommand,
    config: impl FnOnce() -> Result<Config, Failure>,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    match command {
        CertificateCommand::Show(file) => {
            let certificate = load(file, config, no_input)?;
            show(&certificate, output)?;
            Ok(Exit::Done)
        }
        CertificateCommand::Check(check) => {
            let certificate = load(&check.file, config, no_input)?;
            self::check(&certificate, check.expires_within, output)
        }
    }
}

fn load(
    file: &File,
    config: impl FnOnce() -> Result<Config, Failure>,
    no_input: bool,
) -> Result<EnterpriseCertificate, Failure> {
    let Some(path) = &file.file else {
        return Connection::new(&config()?, no_input).certificate();
    };
    let password = file.password_file.clone().map(PasswordSource::File);
    connection::load(path, file.key.as_deref(), password.as_ref(), no_input)
}

fn show(certificate: &EnterpriseCertificate, output: &Output) -> Result<(), Failure> {
    let inspection = certificate.inspect(Timestamp::now());
    if !output.json {
        return output.line(inspection.to_string().trim_end());
    }
    output.object("certificate", object(certificate))
}

fn object(certificate: &EnterpriseCertificate) -> Value {
    let inspection = certificate.inspect(Timestamp::now());
    let sha256: String = inspection
        .sha256
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let findings: Vec<Value> = inspection
        .findings
        .iter()
        .map(|finding| json!({ "problem": finding.to_string(), "obstacle": finding.is_obstacle() }))
        .collect();
    json!({
        "subject": inspection.subject,
        "organization": inspection.organization_number.as_ref().map(portal_client::OrganizationNumber::as_str),
        "issuer": inspection.issuer,
        "issuers": inspection.issuers,
        "serial": inspection.serial,
        "sha256": sha256,
        "not_before": inspection.not_before.to_string(),
        "not_after": inspection.not_after.to_string(),
        "days_left": inspection.days_left,
        "key": inspection.key.to_string(),
        "key_usages": inspection.key_usages,
        "environment": inspection.environment.map(|environment| environment.to_string()),
        "usable_for_signing": inspection.usable_for_signing,
        "usable_for_tls": inspection.usable_for_tls,
        "usable": inspection.is_usable(),
        "findings": findings,
    })
}

fn check(
    certificate: &EnterpriseCertificate,
    expires_within: Duration,
    output: &Output,
) -> Result<Exit, Failure> {
    let inspection = certificate.inspect(Timestamp::now());
    let days = i64::try_from(expires_within.as_secs() / 86_400).unwrap_or(i64::MAX);
    let expires = inspection.days_left < days;
    let good = inspection.is_usable() && !expires;
    let exit = if good { Exit::Done } else { Exit::NotRight };
    if output.json {
        let mut object = object(certificate);
        object["expires_within"] = expires.into();
        output.object("certificate-check", object)?;
        return Ok(exit);
    }
    for finding in &inspection.findings {
        let word = if finding.is_obstacle() {
            output.paint("fail", Paint::Bad)
        } else {
            output.paint("warn", Paint::Doubtful)
        };
        output.line(&format!("{word}  {finding}"))?;
    }
    if expires {
        let word = output.paint("fail", Paint::Bad);
        let left = inspection.days_left;
        output.line(&format!(
            "{word}  the certificate has {left} days left, fewer than {days}: order a new one from Buypass or Commfides"
        ))?;
    }
    if good {
        let word = output.paint("pass", Paint::Good);
        let left = inspection.days_left;
        output.line(&format!(
            "{word}  the certificate can be used; it has {left} days left"
        ))?;
    }
    Ok(exit)
}
