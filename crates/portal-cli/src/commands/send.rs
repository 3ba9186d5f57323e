//! `portal send`: jobs, each at most once for its reference.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use portal_client::{Document, Job, JobBuilder, Profile, Signer};
use portal_model::XmlDocument;
use portal_relay::{CreateError, Creation};
use portal_rules::chain::{OrderGroup, OsloTime, order_groups};
use serde_json::{Value, json};

use super::{fetch, wait};
use crate::config::Config;
use crate::connection::Connection;
use crate::duration;
use crate::exit::Exit;
use crate::failure::{Failure, violations};
use crate::job_input::{self, JobContent, JobInput};
use crate::output::{Output, Paint};
use crate::session::{Reference, Session, unknown};

mod masked;
mod recipient;

use recipient::Recipient;

/// Options of `portal send`.
#[derive(Debug, Args)]
pub(crate) struct Send {
    /// Job files, TOML or JSON; - is standard input.
    #[arg(
        value_name = "FILE",
        required_unless_present = "pdf",
        conflicts_with = "pdf"
    )]
    files: Vec<PathBuf>,

    /// A PDF to sign, in place of a job file; can be given several times.
    #[arg(long, value_name = "FILE", requires_all = ["title", "to"])]
    pdf: Vec<PathBuf>,

    /// The title of the job and, where there is one PDF, of the document.
    #[arg(long, requires = "pdf")]
    title: Option<String>,

    /// A signer by e-mail address or mobile number, with an order if it matters, such as
    /// signer@example.com:2 or +4799999999; can be given several times.
    #[arg(long, value_name = "TO", requires = "pdf", value_parser = Recipient::parse)]
    to: Vec<Recipient>,

    /// The job's own reference, in place of the file's. It is sent once only.
    #[arg(long, value_name = "REF")]
    reference: Option<String>,

    /// Check the job and show its manifest, without personal numbers and addresses; send nothing.
    #[arg(long)]
    dry_run: bool,

    /// Wait until the job has ended, and save the signed documents.
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,

    /// How long to wait.
    #[arg(long, value_name = "DURATION", default_value = "30d", value_parser = duration::parse, requires = "wait")]
    timeout: Duration,

    /// The folder for the signed documents; made if it does not exist.
    #[arg(long, value_name = "DIR", default_value = ".", requires = "wait")]
    out: PathBuf,
}

/// A job to send, under the name of its file.
struct Prepared {
    name: String,
    job: Job,
}

pub(crate) async fn run(
    options: &Send,
    config: &Config,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    if options.reference.is_some() && options.files.len() > 1 {
        return Err(Failure::usage(
            "--reference is for one job; there are several files",
        ));
    }
    if options.dry_run {
        let profile = Connection::new(config, no_input).rules(None)?;
        for prepared in prepare(options, &profile)? {
            show(&prepared, output)?;
        }
        return Ok(Exit::Done);
    }
    let session = Session::open(config, no_input, 3).await?;
    let creator = session.creator();
    let mut exit = Exit::Done;
    let mut sent = Vec::new();
    // All are checked before the first is sent.
    for prepared in prepare(options, session.client.profile())? {
        match creator.create(&prepared.job).await {
            Ok(creation) => {
                report(&prepared, &creation, session.client.now(), output)?;
                if !options.wait {
                    name_next(&prepared, output);
                }
                sent.push(Reference::Id(creation.record.job_id().get()));
            }
            Err(error) => {
                let failure = failure(error, &prepared);
                if options.files.len() <= 1 {
                    return Err(failure);
                }
                // The others are sent nonetheless; the first failure decides how the command ends.
                if exit == Exit::Done {
                    exit = failure.exit();
                }
                output.failure(&failure.in_file(&prepared.name));
            }
        }
    }
    if !options.wait {
        return Ok(exit);
    }
    let ended = wait::until_end(&session, &sent, options.timeout, output).await?;
    for reference in &sent {
        fetch::all(&session, reference, &options.out, output).await?;
    }
    Ok(if exit == Exit::Done { ended } else { exit })
}

/// The jobs of all files, or of the flags. Each has to keep the rules before any is sent.
fn prepare(options: &Send, profile: &Profile) -> Result<Vec<Prepared>, Failure> {
    if !options.pdf.is_empty() {
        let builder = of_flags(options, profile)?;
        let job = builder.build_blocking()?;
        let name = "the job".to_owned();
        return Ok(vec![Prepared { name, job }]);
    }
    let mut jobs = Vec::new();
    for path in &options.files {
        let input = JobInput::read(path)?;
        let JobContent::File(mut file) = input.content else {
            return Err(Failure::usage(format!(
                "{} is a manifest; a job file is sent",
                input.name
            ))
            .fix("write a job file; its form is that of the schema")
            .next("portal schema job"));
        };
        if let Some(reference) = &options.reference {
            *file = file.with_reference(reference);
        }
        let job = job_input::build(&file, &input.folder, profile)
            .map_err(|failure| failure.in_file(&input.name))?;
        jobs.push(Prepared {
            name: input.name,
            job,
        });
    }
    Ok(jobs)
}

fn of_flags(options: &Send, profile: &Profile) -> Result<JobBuilder, Failure> {
    let title = options.title.as_deref().unwrap_or_default();
    let reference = options.reference.as_deref().ok_or_else(no_reference)?;
    let mut job = profile.job(title).reference(reference);
    for path in &options.pdf {
        let document_title = if options.pdf.len() == 1 {
            title.to_owned()
        } else {
            title_of(path)
        };
        job = job.document(Document::pdf(document_title, path.clone()));
    }
    Ok(job.signers(options.to.iter().map(|to| Signer::from(to.clone()))))
}

/// A file's name without its ending, as much of it as a title may have.
fn title_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    stem.to_string_lossy().chars().take(80).collect()
}

fn no_reference() -> Failure {
    Failure::usage("the job has no reference, so that it could be sent twice; nothing was sent")
        .fix("give one by --reference or in the job file, another for each job")
}

fn failure(error: CreateError, prepared: &Prepared) -> Failure {
    let request = prepared.job.request();
    let reference = request.reference.as_ref();
    let reference =
        Reference::Own(reference.map_or_else(String::new, |own| own.reveal().to_owned()));
    match error {
        CreateError::NoReference => no_reference(),
        CreateError::OtherContent => Failure::new(
            Exit::Refused,
            "reference-taken",
            format!("the reference {reference} is that of another job, with other content; nothing was sent"),
        )
        .fix("give this job another reference")
        .next(format!("portal show {reference}")),
        CreateError::OutcomeUnknown { since, source, .. } => {
            let failure = unknown(&reference, since);
            match source {
                Some(source) => failure.because(&*source),
                None => failure,
            }
        }
        CreateError::Client(error) => (*error).into(),
        CreateError::NotStored { record, source, .. } => Failure::new(
            Exit::Computer,
            "not-stored",
            format!("job {} was created, and could not be stored; never send it again", record.job_id().get()),
        )
        .because(&source)
        .next(format!("portal settle {reference} --created {}", record.job_id().get())),
        CreateError::Store(error) => error.into(),
        error => Failure::of(Exit::Unknown, "outcome-unknown", &error)
            .next(format!("portal wait {reference}")),
    }
}

fn groups_of(job: &Job, now: Timestamp) -> Vec<OrderGroup> {
    let manifest = job.manifest();
    let orders = manifest.signers.iter().map(|signer| signer.order);
    order_groups(orders, manifest.availability.as_ref(), now)
}

fn numbers(signers: &[usize]) -> Vec<usize> {
    signers.iter().map(|index| index + 1).collect()
}

fn group_objects(groups: &[OrderGroup]) -> Vec<Value> {
    let object = |group: &OrderGroup| {
        json!({
            "order": group.order,
            "signers": numbers(&group.signers),
            "opens_earliest": group.activation.earliest.to_string(),
            "opens_latest": group.activation.latest.to_string(),
            "ends_latest": group.deadline.latest.to_string(),
        })
    };
    groups.iter().map(object).collect()
}

fn write_groups(groups: &[OrderGroup], output: &Output) -> Result<(), Failure> {
    for (group, number) in groups.iter().zip(1..) {
        let signers: Vec<String> = numbers(&group.signers)
            .iter()
            .map(usize::to_string)
            .collect();
        output.line(&format!(
            "  group {number}: signer {}, until {} at the latest",
            signers.join(", "),
            OsloTime(group.deadline.latest)
        ))?;
    }
    Ok(())
}

fn report(
    prepared: &Prepared,
    creation: &Creation,
    now: Timestamp,
    output: &Output,
) -> Result<(), Failure> {
    let id = creation.record.job_id().get();
    let request = prepared.job.request();
    let reference = request
        .reference
        .as_ref()
        .map(portal_client::SignatureJobReference::reveal);
    let groups = groups_of(&prepared.job, now);
    let groups = if creation.is_new { &groups[..] } else { &[] };
    if output.json {
        let object = json!({
            "job_id": id,
            "reference": reference,
            "new": creation.is_new,
            "groups": group_objects(groups),
            "ends_latest": groups.last().map(|group| group.deadline.latest.to_string()),
        });
        return output.object("job", object);
    }
    let what = if creation.is_new {
        output.paint("created", Paint::Good)
    } else {
        "was sent before; nothing was sent now".to_owned()
    };
    output.line(&format!("job {id}: {what}"))?;
    write_groups(groups, output)
}

fn name_next(prepared: &Prepared, output: &Output) {
    if let Some(reference) = &prepared.job.request().reference {
        output.next(&format!("portal wait {}", reference.reveal()));
    }
}

/// What would be sent, without who signs.
fn show(prepared: &Prepared, output: &Output) -> Result<(), Failure> {
    let manifest = prepared.job.manifest().to_xml().map_err(|error| {
        Failure::new(Exit::NotRight, "rules", "the manifest can't be written").because(&error)
    })?;
    let manifest = masked::manifest(&manifest);
    let groups = groups_of(&prepared.job, Timestamp::now());
    if output.json {
        let object = json!({
            "file": prepared.name,
            "manifest": manifest,
            "groups": group_objects(&groups),
            "violations": violations(prepared.job.report()),
        });
        return output.object("dry-run", object);
    }
    output.data(&manifest)?;
    write_groups(&groups, output)?;
    output.note("Nothing was sent.");
    Ok(())
}
