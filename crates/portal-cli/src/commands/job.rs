//! `portal list` and `portal show`: what is known here, without calling anybody.

use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use portal_relay::{EventDocumentKind, StoredCreate, StoredJob, StoredJobState};
use portal_rules::chain::OsloTime;
use serde_json::{Value, json};

use crate::config::Config;
use crate::duration;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Paint};
use crate::session::{Known, Reference, Session};

/// A create that began longer ago is no longer in flight: its time limits are over.
const IN_FLIGHT: SignedDuration = SignedDuration::from_mins(3);

/// Options of `portal list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only jobs in this state.
    #[arg(long, value_enum, value_name = "STATE")]
    state: Option<StateName>,

    /// Only jobs of which something is known since then, such as 7d.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    since: Option<Duration>,

    /// At most so many, the newest.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

/// Options of `portal show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The job's reference, id:NUMBER or last.
    #[arg(value_name = "REF", value_parser = Reference::parse)]
    reference: Reference,
}

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum StateName {
    /// It is being sent
    Sending,
    /// It was sent; whether it was created is not known
    Unknown,
    /// It waits for signers
    Open,
    /// Everybody has signed
    Completed,
    /// It ended without every signature
    Failed,
    /// It was cancelled
    Cancelled,
    /// Its documents were deleted at the service
    Deleted,
}

impl StateName {
    fn of(job: &StoredJob) -> Self {
        match job.state() {
            StoredJobState::Completed => Self::Completed,
            StoredJobState::Failed => Self::Failed,
            StoredJobState::Cancelled => Self::Cancelled,
            StoredJobState::Deleted => Self::Deleted,
            _ => Self::Open,
        }
    }

    fn of_create(since: Timestamp, now: Timestamp) -> Self {
        if now.duration_since(since) < IN_FLIGHT {
            Self::Sending
        } else {
            Self::Unknown
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Open => "open",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Deleted => "deleted",
        }
    }

    fn paint(self) -> Paint {
        match self {
            Self::Completed => Paint::Good,
            Self::Unknown | Self::Failed => Paint::Bad,
            Self::Sending | Self::Cancelled => Paint::Doubtful,
            Self::Open | Self::Deleted => Paint::Strong,
        }
    }
}

pub(crate) async fn list(
    options: &List,
    config: &Config,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    let session = Session::open(config, no_input, 3).await?;
    let now = session.client.now();
    let is_recent = |time: Option<Timestamp>| match (options.since, time) {
        (None, _) => true,
        (Some(since), Some(time)) => {
            let since = SignedDuration::try_from(since).unwrap_or(SignedDuration::MAX);
            now.duration_since(time) <= since
        }
        (Some(_), None) => false,
    };
    let mut shown = 0;
    for create in session.catalog.unknown_creates().await? {
        let state = StateName::of_create(create.since, now);
        let fits = options.state.is_none_or(|wanted| wanted == state);
        if fits && is_recent(Some(create.since)) && shown < options.limit {
            shown += 1;
            line_of_create(&create, state, output)?;
        }
    }
    for id in session.catalog.jobs().await?.into_iter().rev() {
        if shown >= options.limit {
            break;
        }
        let Some(job) = session.catalog.job(id).await? else {
            continue;
        };
        let state = StateName::of(&job);
        let fits = options.state.is_none_or(|wanted| wanted == state);
        if fits && is_recent(job.last_event().map(|event| event.time)) {
            shown += 1;
            if output.json {
                output.object("job", object(&job))?;
            } else {
                line(&job, output)?;
            }
        }
    }
    if shown == 0 {
        output.note("No such job is known here.");
    }
    Ok(Exit::Done)
}

fn line_of_create(create: &StoredCreate, state: StateName, output: &Output) -> Result<(), Failure> {
    if output.json {
        let object = json!({
            "job_id": null,
            "state": state.as_str(),
            "sender": create.sender.as_str(),
            "since": create.since.to_string(),
        });
        return output.object("job", object);
    }
    let state = output.paint(&format!("{:9}", state.as_str()), state.paint());
    output.line(&format!(
        "{:>8}  {state}  sent at {}",
        "-",
        OsloTime(create.since)
    ))
}

pub(super) fn line(job: &StoredJob, output: &Output) -> Result<(), Failure> {
    let state = StateName::of(job);
    let state = output.paint(&format!("{:9}", state.as_str()), state.paint());
    let signed = job.last_event().map_or_else(String::new, |event| {
        let signers = &event.data.signers;
        let signed = signers
            .iter()
            .filter(|signer| signer.status == portal_client::SignerStatus::SIGNED);
        format!("{} of {} signed  ", signed.count(), signers.len())
    });
    let reference = job.record.reference().map_or("", |own| own.reveal());
    let id = job.record.job_id().get();
    output.line(format!("{id:>8}  {state}  {signed}{reference}").trim_end())
}

pub(crate) async fn show(
    options: &Show,
    config: &Config,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    let session = Session::open(config, no_input, 3).await?;
    match session.find(&options.reference).await? {
        Known::Unknown { since } => {
            let state = StateName::of_create(since, session.client.now());
            if output.json {
                let object = json!({
                    "job_id": null,
                    "reference": options.reference.to_string(),
                    "state": state.as_str(),
                    "since": since.to_string(),
                });
                output.object("job", object)?;
            } else {
                let word = output.paint(state.as_str(), state.paint());
                output.line(&format!(
                    "{}: {word}, sent at {}",
                    options.reference,
                    OsloTime(since)
                ))?;
            }
            if state == StateName::Unknown {
                let reference = &options.reference;
                output.next(&format!(
                    "portal wait {reference}, or portal settle {reference}"
                ));
            }
        }
        Known::Job(job) if output.json => output.object("job", object(&job))?,
        Known::Job(job) => show_job(&job, &session, output)?,
    }
    Ok(Exit::Done)
}

fn show_job(job: &StoredJob, session: &Session, output: &Output) -> Result<(), Failure> {
    let state = StateName::of(job);
    let word = output.paint(state.as_str(), state.paint());
    output.line(&format!("job {}: {word}", job.record.job_id().get()))?;
    if let Some(reference) = job.record.reference() {
        output.line(&format!("  reference  {}", reference.reveal()))?;
    }
    let sender = job.record.sender();
    output.line(&format!(
        "  sender     {}",
        sender.organization_number().as_str()
    ))?;
    let Some(event) = job.last_event() else {
        output.line(
            "  known      nothing has happened since it was sent, as far as this store knows",
        )?;
        return Ok(());
    };
    let age = session.client.now().duration_since(event.time);
    output.line(&format!(
        "  known      since {}, {} ago",
        OsloTime(event.time),
        rough(age)
    ))?;
    for signer in &event.data.signers {
        let since = signer
            .since
            .map_or_else(String::new, |since| format!(" since {}", OsloTime(since)));
        output.line(&format!(
            "  signer {:<3} {}{since}",
            signer.position, signer.status
        ))?;
    }
    for document in job.documents() {
        let name = match document.kind {
            EventDocumentKind::Pades => "PAdES".to_owned(),
            _ => format!("XAdES of signer {}", document.signer.unwrap_or_default()),
        };
        output.line(&format!(
            "  document   {name}, {} bytes, {}",
            document.length, document.url
        ))?;
    }
    if let Some(at) = job.documents_deleted {
        output.line(&format!("  deleted    at the service, {}", OsloTime(at)))?;
    } else if let Some(from) = job.record.documents_deletable_from() {
        output.line(&format!("  deletable  from {}", OsloTime(from)))?;
    }
    Ok(())
}

/// A duration in its largest unit.
fn rough(age: SignedDuration) -> String {
    let seconds = age.as_secs().max(0);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A job as JSON. It names no person.
pub(super) fn object(job: &StoredJob) -> Value {
    let event = job.last_event();
    let signers: Vec<Value> = event.map_or_else(Vec::new, |event| {
        let signer = |signer: &portal_relay::EventSigner| {
            json!({
                "signer": signer.position,
                "status": signer.status.to_string(),
                "since": signer.since.map(|since| since.to_string()),
            })
        };
        event.data.signers.iter().map(signer).collect()
    });
    let documents: Vec<Value> = job
        .documents()
        .into_iter()
        .map(|document| {
            json!({
                "kind": match document.kind {
                    EventDocumentKind::Pades => "pades",
                    _ => "xades",
                },
                "signer": document.signer,
                "url": document.url,
                "sha256": document.sha256,
                "bytes": document.length,
            })
        })
        .collect();
    json!({
        "job_id": job.record.job_id().get(),
        "reference": job.record.reference().map(portal_client::SignatureJobReference::reveal),
        "sender": job.record.sender().organization_number().as_str(),
        "state": StateName::of(job).as_str(),
        "status": event.map(|event| event.data.status.to_string()),
        "known_since": event.map(|event| event.time.to_string()),
        "signers": signers,
        "documents": documents,
        "deletable_from": job.record.documents_deletable_from().map(|from| from.to_string()),
        "documents_deleted": job.documents_deleted.map(|at| at.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_rough() {
        for (seconds, text) in [
            (-5, "0 s"),
            (59, "59 s"),
            (600, "10 min"),
            (9_000, "2 h"),
            (300_000, "3 days"),
        ] {
            assert_eq!(rough(SignedDuration::from_secs(seconds)), text);
        }
    }
}
