//! `portal delete`: the documents of a job at the service, at once or when the service allows it.

use std::time::Duration;

use clap::Args;
use portal_client::Error;
use portal_relay::{Deleter, DeletionHold, DeletionPolicy, StoredJob};
use portal_rules::chain::OsloTime;

use super::cancel::done;
use crate::config::Config;
use crate::confirm::confirm;
use crate::duration;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::{Reference, Session};

/// The longest sleep: a computer that was suspended meanwhile notices the time soon.
const LONGEST_SLEEP: Duration = Duration::from_secs(15 * 60);

/// Options of `portal delete`.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// The job's reference, id:NUMBER or last.
    #[arg(value_name = "REF", value_parser = Reference::parse)]
    reference: Reference,

    /// Do not ask.
    #[arg(long)]
    yes: bool,

    /// Wait until the service allows it, through outages as well. When it is interrupted, nothing is
    /// lost: give the same command again.
    #[arg(long)]
    when_allowed: bool,

    /// How often to try while waiting. Defaults to every 15 minutes from the time on that the service
    /// may allow it.
    #[arg(long, value_name = "DURATION", requires = "when_allowed", value_parser = duration::parse)]
    every: Option<Duration>,
}

pub(crate) async fn run(
    options: &Delete,
    config: &Config,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    let session = Session::open(config, no_input, 3).await?;
    let job = session.job(&options.reference).await?;
    let id = job.record.job_id();
    if job.documents_deleted.is_some() {
        done(output, "deleted", id.get())?;
        return Ok(Exit::Done);
    }
    let deleter = Deleter::new(session.store.clone(), DeletionPolicy::default());
    match deleter.held_up_by(id).await? {
        // The service knows more of its jobs than a store that nothing watched for.
        None | Some(DeletionHold::NotEnded) => {}
        Some(hold) => return Err(held_up(hold, &options.reference)),
    }
    let question = format!("Delete the documents of job {} at the service?", id.get());
    confirm(&question, options.yes, no_input)?;
    let mut said = false;
    loop {
        let error = match session.client.delete_documents(&job.record).await {
            Ok(()) => break,
            // Refused after an attempt whose response was lost: that one did it.
            Err(error) if error.may_be_done_already() && !error.is_transient() => break,
            Err(error) => error,
        };
        let too_early = matches!(error, Error::CannotBeDeleted { .. });
        if !(options.when_allowed && (too_early || error.is_transient())) {
            return Err(failed(error, &job));
        }
        if !said {
            said = true;
            output.note(&waits(&job));
        }
        sleep(options, &session, &job).await;
    }
    session
        .catalog
        .set_documents_deleted(id, session.client.now())
        .await?;
    done(output, "deleted", id.get())?;
    Ok(Exit::Done)
}

/// What the service deletes is gone, so that nothing may be missing here.
fn held_up(hold: DeletionHold, reference: &Reference) -> Failure {
    let failure = Failure::new(
        Exit::Refused,
        "deletion-held-up",
        format!("not deleted: {hold}"),
    );
    match hold {
        DeletionHold::BrokenDocument => failure
            .fix("look at its findings, and keep what the service has")
            .next(format!("portal verify {reference}")),
        DeletionHold::MissingDocument => failure
            .fix("fetch the documents into the store first")
            .next(format!("portal fetch {reference}")),
        DeletionHold::UndeliveredEvent => failure
            .fix("let the event reach its receiver first")
            .next("portal events list"),
        _ => failure.fix("try again when the change is stored whole"),
    }
}

fn waits(job: &StoredJob) -> String {
    match job.record.documents_deletable_from() {
        Some(from) => format!(
            "Waits until the service allows it: from {}, or up to 7 days after the last signature.",
            OsloTime(from)
        ),
        None => "Waits until the service allows it.".to_owned(),
    }
}

/// Until the next attempt.
async fn sleep(options: &Delete, session: &Session, job: &StoredJob) {
    if let Some(every) = options.every {
        return tokio::time::sleep(every.max(Duration::from_secs(1))).await;
    }
    loop {
        let left = job
            .record
            .documents_deletable_from()
            .map(|from| from.duration_since(session.client.now()))
            .and_then(|left| Duration::try_from(left).ok())
            .filter(|left| !left.is_zero());
        let Some(left) = left else {
            // The time has come, and the service may still say no.
            return tokio::time::sleep(LONGEST_SLEEP).await;
        };
        tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
        if left <= LONGEST_SLEEP {
            return;
        }
    }
}

fn failed(error: Error, job: &StoredJob) -> Failure {
    let too_early = matches!(error, Error::CannotBeDeleted { .. });
    let state = too_early || matches!(error, Error::NotDeletable);
    let failure = Failure::from(error);
    let failure = match job.record.documents_deletable_from() {
        Some(from) if state => failure.fix(format!(
            "try again after {}; where a signer has no digital mailbox, up to 7 days after the last signature",
            OsloTime(from)
        )),
        _ => failure,
    };
    if too_early {
        let id = job.record.job_id().get();
        return failure.next(format!("portal delete id:{id} --when-allowed"));
    }
    failure
}
