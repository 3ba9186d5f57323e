//! `portal validate`: a job against every rule, without connecting.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use portal_client::{JobError, PortalSignatureJobManifest, Profile, Report, Severity};
use portal_rules::{DocumentFacts, Draft};
use serde_json::json;

use crate::config::{Config, SectorName};
use crate::connection::Connection;
use crate::exit::Exit;
use crate::failure::{Failure, violations};
use crate::job_input::{self, JobContent, JobInput};
use crate::output::{Output, Paint};

/// Options of `portal validate`.
#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// Job files, TOML or JSON, or manifests; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The sector of the sender, in place of the profile's.
    #[arg(long, value_enum, value_name = "SECTOR")]
    sector: Option<SectorName>,

    /// Count warnings as errors.
    #[arg(long)]
    strict: bool,
}

pub(crate) fn run(
    options: &Validate,
    config: &Config,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    let connection = Connection::new(config, no_input);
    let profile = connection.rules(options.sector.map(Into::into))?;
    let mut exit = Exit::Done;
    for path in &options.files {
        let examined = JobInput::read(path).and_then(|input| {
            let report = report(&input, &profile)?;
            Ok((input, report))
        });
        let (input, report) = match examined {
            Ok(examined) => examined,
            // Others are looked at nonetheless.
            Err(failure) if options.files.len() > 1 => {
                output.failure(&failure);
                exit = failure.exit();
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let wrong = if options.strict {
            report.at_least(Severity::Warning).next().is_some()
        } else {
            report.has_errors()
        };
        if wrong {
            exit = Exit::NotRight;
        }
        write(&input, &report, wrong, output)?;
        let worst = report.errors().next();
        let worst = worst.or_else(|| report.at_least(Severity::Warning).next());
        if let Some(violation) = worst.filter(|_| wrong) {
            output.next(&format!("portal rules {}", violation.code));
        }
    }
    Ok(exit)
}

fn report(input: &JobInput, profile: &Profile) -> Result<Report, Failure> {
    match &input.content {
        JobContent::Manifest(manifest) => Ok(lint(manifest, input, profile)),
        JobContent::File(file) => {
            let builder = file.job(profile, &input.folder);
            let builder = builder.map_err(|error| Failure::from(error).in_file(&input.name))?;
            match builder.build_blocking() {
                Ok(job) => Ok(job.report().clone()),
                Err(JobError::Rules(report)) => Ok(report),
                Err(_) => job_input::build(file, &input.folder, profile)
                    .map(|job| job.report().clone())
                    .map_err(|failure| failure.in_file(&input.name)),
            }
        }
    }
}

/// The documents are looked at where all of them are beside the manifest.
fn lint(manifest: &PortalSignatureJobManifest, input: &JobInput, profile: &Profile) -> Report {
    let entries = &manifest.documents().documents;
    let facts: Option<Vec<DocumentFacts>> = entries
        .iter()
        .map(|entry| {
            let name = entry.href.reveal();
            // Only a plain name is a file beside the manifest.
            if name.contains(['/', '\\']) {
                return None;
            }
            let file = std::fs::File::open(input.folder.join(name)).ok()?;
            DocumentFacts::from_reader(file).ok()
        })
        .collect();
    let draft = Draft::new(manifest);
    let draft = match &facts {
        Some(facts) => draft.with_documents(facts),
        None => draft,
    };
    portal_rules::lint(draft, profile.rules(), Timestamp::now())
}

fn write(input: &JobInput, report: &Report, wrong: bool, output: &Output) -> Result<(), Failure> {
    if output.json {
        let object = json!({
            "file": input.name,
            "valid": !wrong,
            "violations": violations(report),
        });
        return output.object("validation", object);
    }
    let verdict = if wrong {
        output.paint("not valid", Paint::Bad)
    } else {
        output.paint("valid", Paint::Good)
    };
    output.line(&format!("{}: {verdict}", input.name))?;
    if report.is_empty() {
        return Ok(());
    }
    let text = report.to_string();
    for line in text.trim_end().lines() {
        output.line(&format!("  {line}"))?;
    }
    Ok(())
}
