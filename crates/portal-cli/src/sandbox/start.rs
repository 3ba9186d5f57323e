//! Running a sandbox until the process is ended.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Timestamp;
use portal_certificate::Certificate;
use portal_model::PersonalIdentificationNumber;
use portal_rules::{EnvironmentKind, Sector};
use portal_sandbox::{
    CancelStatus, ChangeState, EarlyPoll, Organization, ParallelChanges, RequestEvent,
    ResponseStyle, Sandbox, SandboxBuilder, SandboxClock, ServerChain, SignerAct, SubjectProfile,
};

use super::arguments::{Chain, Start, XmlStyle};
use super::{SandboxError, announcement};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::Output;

/// Starts a sandbox, says where it is, and runs until the process is told to end.
pub(super) fn run(options: &Start, folder: &Path, output: &Output) -> Result<(), Failure> {
    let ended = interrupt::interrupted()?;
    interrupt::runtime()?.block_on(until(ended, options, folder, output))
}

async fn until(
    ended: impl Future<Output = Exit>,
    options: &Start,
    folder: &Path,
    output: &Output,
) -> Result<(), Failure> {
    let problem = |error: io::Error| Failure::from(SandboxError::Output(error));
    let mut ready = Ready::of(options, folder);
    ready.remove();
    let sandbox = start(options, folder).await?;
    // From here on removed however this ends.
    ready.removes = true;
    let files = sandbox
        .write_client_files(folder)
        .map_err(SandboxError::from)?;
    let line = sandbox
        .client_settings(&files)
        .map_err(SandboxError::from)?;
    if let Some(path) = &options.ready_file {
        fs::write(path, format!("{line}\n")).map_err(|source| SandboxError::Write {
            path: path.clone(),
            source,
        })?;
    }
    if output.json {
        output.object("sandbox", serde_json::from_str(&line)?)?;
    } else {
        announcement::write(options, &sandbox, &files, io::stdout()).map_err(problem)?;
    }
    ended.await;
    Ok(())
}

/// The files that say that a sandbox runs.
struct Ready {
    files: Vec<PathBuf>,
    removes: bool,
}

impl Ready {
    fn of(options: &Start, folder: &Path) -> Self {
        let mut files = vec![folder.join("sandbox.json")];
        files.extend(options.ready_file.clone());
        Self {
            files,
            removes: false,
        }
    }

    fn remove(&self) {
        for file in &self.files {
            // Most often there is none.
            let _ = fs::remove_file(file);
        }
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        if self.removes {
            self.remove();
        }
    }
}

pub(super) async fn start(options: &Start, folder: &Path) -> Result<Sandbox, SandboxError> {
    let mut builder = builder(options, folder);
    for path in &options.trust {
        builder = builder.trust_also(certificates(path)?);
    }
    if let Some(path) = &options.register {
        for (number, found) in register(path)? {
            builder = builder.in_register(number, found);
        }
    }
    let log = match &options.log {
        Some(path) => Some(Mutex::new(
            File::options()
                .create(true)
                .append(true)
                .open(path)
                .map_err(|source| SandboxError::Write {
                    path: path.clone(),
                    source,
                })?,
        )),
        None => None,
    };
    let builder = builder.observe(move |event| report(event, log.as_ref()));
    Ok(builder.start().await?)
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, SandboxError> {
    let pem = read(path)?;
    Certificate::all_from_pem(&pem).map_err(|source| SandboxError::Trust {
        path: path.to_owned(),
        source,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, SandboxError> {
    fs::read(path).map_err(|source| SandboxError::Read {
        path: path.to_owned(),
        source,
    })
}

/// What a file says of people.
fn register(path: &Path) -> Result<Vec<(PersonalIdentificationNumber, SignerAct)>, SandboxError> {
    let refused = || SandboxError::Register {
        path: path.to_owned(),
    };
    let text = read(path)?;
    let people: BTreeMap<String, String> = serde_json::from_slice(&text).map_err(|_| refused())?;
    let person = |(number, found): (String, String)| {
        let number = PersonalIdentificationNumber::new(number).map_err(|_| refused())?;
        let found = match &*found {
            "reserve" => SignerAct::Reserve,
            "miss-contact-information" => SignerAct::MissContactInformation,
            _ => return Err(refused()),
        };
        Ok((number, found))
    };
    people.into_iter().map(person).collect()
}

/// Says on standard error what a person has to know at once, and writes the log.
fn report(event: RequestEvent<'_>, log: Option<&Mutex<File>>) {
    let line = match event {
        RequestEvent::Handled {
            method,
            path,
            status,
            ..
        } => format!("{method} {path} {}", status.as_u16()),
        RequestEvent::RateBlocked { organization, .. } => {
            let line = format!(
                "blocked for 30 s: organisation {organization} called more than ten times in a second; \
                 --no-call-limit spares test suites that"
            );
            eprintln!("{line}");
            line
        }
        RequestEvent::ConnectionRefused { reason, help, .. } => {
            let line = format!("refused a connection: {reason}; {help}");
            eprintln!("{line}");
            line
        }
        _ => return,
    };
    if let Some(log) = log {
        let mut log = log
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        // A full disk must not stop the sandbox.
        let _ = writeln!(log, "{} {line}", Timestamp::now());
    }
}

/// Where no port is fixed, this one is not, either: several sandboxes may run.
fn token_port(options: &Start) -> u16 {
    let usual = if options.port == 0 { 0 } else { 8445 };
    options.token_port.unwrap_or(usual)
}

fn builder(options: &Start, folder: &Path) -> SandboxBuilder {
    let sector = if options.private {
        Sector::Private
    } else {
        Sector::Public
    };
    let mut sender = Organization::new(options.sender.clone()).with_sector(sector);
    for (number, _) in &options.broker_for {
        sender = sender.with_broker_rights_for(number.clone());
    }
    let environment = if options.production {
        EnvironmentKind::Production
    } else {
        EnvironmentKind::Test
    };
    let clock = match options.clock {
        Some(at) => SandboxClock::controlled(at),
        None => SandboxClock::real(),
    };
    let mut builder = Sandbox::builder()
        .address(SocketAddr::new(options.address, options.port))
        .management(SocketAddr::new(
            options.management_address,
            options.management_port,
        ))
        .token_endpoint(SocketAddr::new(options.address, token_port(options)))
        .token_life(options.token_life)
        .server_organization(options.server_organization.clone())
        .sender(sender)
        .environment(environment)
        .clock(clock)
        .signing_time_tolerance(options.tolerance)
        .long_term_storage(options.long_term_storage)
        .server_chain(match options.server_chain {
            Chain::Whole => ServerChain::WithIntermediate,
            Chain::LeafAlone => ServerChain::LeafAlone,
            Chain::WrongOrder => ServerChain::WrongOrder,
        })
        .cancel_status(match &*options.cancel_status {
            "200" => CancelStatus::Ok,
            _ => CancelStatus::NoContent,
        })
        .response_style(match options.xml_style {
            XmlStyle::Plain => ResponseStyle::Plain,
            XmlStyle::Service => ResponseStyle::AsService,
        });
    for (number, sector) in options.broker_for.iter().chain(&options.organization) {
        let organization = Organization::new(number.clone()).with_sector(*sector);
        builder = builder.organization(organization);
    }
    for name in &options.host_name {
        builder = builder.host_name(name);
    }
    if let Some(wait) = options.poll_wait {
        builder = builder.poll_wait(wait);
    }
    if options.keep_certificates {
        builder = builder.keep_authority(folder.join("authority.pem"));
    }
    if options.serial_number {
        builder = builder.subject_profile(SubjectProfile::SerialNumber);
    }
    if options.no_call_limit || options.call_limit {
        builder = builder.limit_call_rate(options.call_limit);
    }
    if options.parallel_changes {
        builder = builder.parallel_changes(ParallelChanges::HandedOut);
    }
    if options.early_poll_moves_time {
        builder = builder.early_poll(EarlyPoll::MovesTime);
    }
    if options.latest_state {
        builder = builder.change_state(ChangeState::AsHandedOut);
    }
    builder
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn options(line: &[&str]) -> Box<super::super::SandboxArguments> {
        let line = ["portal", "sandbox"].iter().chain(line);
        let Command::Sandbox(arguments) = Arguments::parse_from(line).command else {
            panic!("another command");
        };
        arguments
    }

    #[test]
    fn a_register_is_read_and_shows_no_number_when_it_can_not_be() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("register.json");
        fs::write(&file, r#"{"01013300001": "reserve"}"#).unwrap();
        let people = register(&file).unwrap();
        assert_eq!(people[0].1, SignerAct::Reserve);
        for text in [
            r#"{"01013300001": "dance"}"#,
            r#"{"0101330000": "reserve"}"#,
            "[]",
        ] {
            fs::write(&file, text).unwrap();
            let error = register(&file).unwrap_err().to_string();
            assert!(
                error.contains("register.json") && !error.contains("0101330000"),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn every_option_finds_its_setting() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().to_str().unwrap();
        let arguments = options(&[
            "start",
            "--port=0",
            "--management-port=0",
            "--folder",
            name,
            "--host-name=sandbox",
            "--keep-certificates",
            "--broker-for=988015814=private",
            "--serial-number",
            "--clock=2026-03-01T08:00:00Z",
            "--call-limit",
            "--poll-wait=1s",
            "--token-life=10m",
            "--server-chain=leaf-alone",
            "--cancel-status=200",
            "--xml-style=service",
        ]);
        let Some(super::super::arguments::SandboxCommand::Start(options)) = &arguments.command
        else {
            panic!("another command");
        };
        let sandbox = start(options, &arguments.folder).await.unwrap();
        let port = sandbox.address().port();
        assert_eq!(sandbox.root_url(), format!("https://sandbox:{port}/api"));
        assert!(folder.path().join("authority.pem").exists());
        let endpoint = sandbox.token_endpoint().unwrap();
        assert!(endpoint.starts_with("https://sandbox:") && !endpoint.contains(":8445/"));
        assert_eq!(sandbox.access_tokens().life().as_secs(), 600);
        assert!(sandbox.clock().is_controlled());
        let subject = sandbox.sender_certificate().leaf().subject();
        assert!(!subject.contains("NTRNO"), "{subject}");
    }
}
