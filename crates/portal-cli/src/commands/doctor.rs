//! `portal doctor`: whether jobs can be sent, and what to fix.

use clap::Args;
use jiff::Timestamp;
use portal_client::{CheckCode, CheckFinding, CheckReport, CheckStatus, PortalClient};
use serde_json::{Value, json};

use crate::config::Config;
use crate::connection::Connection;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Paint};
use crate::words;

/// Options of `portal doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Check configuration and certificate only, without connecting.
    #[arg(long)]
    offline: bool,
}

impl Doctor {
    pub(crate) fn is_offline(&self) -> bool {
        self.offline
    }
}

/// What can be seen without the network.
pub(crate) fn offline(config: &Config, output: &Output, no_input: bool) -> Result<Exit, Failure> {
    let connection = Connection::new(config, no_input);
    connection.environment()?;
    connection.sector()?;
    let certificate = connection.certificate()?;
    // Everything of the settings is put together, and nothing is sent.
    connection.client(3, None)?;
    let inspection = certificate.inspect(Timestamp::now());
    let mut exit = Exit::Done;
    for finding in &inspection.findings {
        let status = if finding.is_obstacle() {
            exit = Exit::Configuration;
            CheckStatus::Fail
        } else {
            CheckStatus::Warn
        };
        let text = finding.to_string();
        let object = json!({ "code": "certificate", "status": status, "sentence": text });
        line(output, status, "certificate", &text, &[], None, object)?;
    }
    if exit == Exit::Done {
        let text = format!(
            "profile {}: the settings fit together, and the certificate has {} days left",
            config.profile, inspection.days_left
        );
        let object = json!({ "code": "settings", "status": CheckStatus::Pass, "sentence": text });
        line(
            output,
            CheckStatus::Pass,
            "settings",
            &text,
            &[],
            None,
            object,
        )?;
    }
    Ok(exit)
}

/// The whole check. Its findings decide how the command ends.
pub(crate) async fn run(config: &Config, output: &Output, no_input: bool) -> Result<Exit, Failure> {
    let client = Connection::new(config, no_input).client(3, None)?;
    let report = client.check().await;
    for finding in &report.findings {
        write(finding, output)?;
    }
    let exit = exit(&report, &client).await;
    if exit == Exit::Done {
        output.note("Jobs can be sent.");
    }
    Ok(exit)
}

fn write(finding: &CheckFinding, output: &Output) -> Result<(), Failure> {
    let object = words::in_object(serde_json::to_value(finding)?);
    let details: Vec<String> = finding
        .details
        .iter()
        .map(|detail| words::of_command(detail))
        .collect();
    line(
        output,
        finding.status,
        finding.code.as_str(),
        &words::of_command(&finding.sentence),
        &details,
        finding.fix.as_deref().map(words::of_command).as_deref(),
        object,
    )
}

fn line(
    output: &Output,
    status: CheckStatus,
    code: &str,
    sentence: &str,
    details: &[String],
    fix: Option<&str>,
    object: Value,
) -> Result<(), Failure> {
    if output.json {
        return output.object("check", object);
    }
    let paint = match status {
        CheckStatus::Pass => Paint::Good,
        CheckStatus::Warn => Paint::Doubtful,
        CheckStatus::Fail => Paint::Bad,
    };
    let status = output.paint(&status.to_string(), paint);
    output.line(&format!("{status}  {code}: {sentence}"))?;
    for detail in details {
        output.line(&format!("      {detail}"))?;
    }
    if let Some(fix) = fix {
        output.line(&format!("      fix: {fix}"))?;
    }
    Ok(())
}

/// 6 where the setup is wrong, 4 where the service was not reached, 1 for anything else, such as the clock.
///
/// A finding does not say whether an attempt to connect may succeed later; the error of another does.
async fn exit(report: &CheckReport, client: &PortalClient) -> Exit {
    let mut failed = report
        .findings
        .iter()
        .filter(|finding| finding.status == CheckStatus::Fail)
        .map(|finding| finding.code)
        .peekable();
    if failed.peek().is_none() {
        return Exit::Done;
    }
    let mut exit = Exit::NotRight;
    for code in failed {
        match code {
            CheckCode::Clock => {}
            CheckCode::NameResolution => exit = Exit::Unreachable,
            CheckCode::Tls | CheckCode::Token | CheckCode::Access => {
                return match client.who_am_i(None).await {
                    Ok(_) => Exit::Unreachable,
                    Err(error) => match Failure::from(error).exit() {
                        Exit::Unreachable => Exit::Unreachable,
                        _ => Exit::Configuration,
                    },
                };
            }
            _ => return Exit::Configuration,
        }
    }
    exit
}
