//! `portal cancel` and `portal settle`: what can't be undone.

use clap::Args;
use portal_client::{Error, SignatureJobId};
use portal_relay::{SettleError, Settlement};
use serde_json::json;

use crate::config::Config;
use crate::confirm::confirm;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::{Known, Reference, Session};

/// Options of `portal cancel`.
#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// The job's reference, id:NUMBER or last.
    #[arg(value_name = "REF", value_parser = Reference::parse)]
    reference: Reference,

    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

/// Options of `portal settle`.
#[derive(Debug, Args)]
pub(crate) struct Settle {
    /// The job's reference.
    #[arg(value_name = "REF", value_parser = Reference::parse)]
    reference: Reference,

    /// The service has the job, under this number.
    #[arg(
        long,
        value_name = "ID",
        required_unless_present = "not_created",
        conflicts_with = "not_created"
    )]
    created: Option<i64>,

    /// The service does not have the job: it may be sent again.
    #[arg(long)]
    not_created: bool,

    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn cancel(
    options: &Cancel,
    config: &Config,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    let session = Session::open(config, no_input, 3).await?;
    let job = session.job(&options.reference).await?;
    let id = job.record.job_id().get();
    confirm(
        &format!("Cancel job {id} for all its signers?"),
        options.yes,
        no_input,
    )?;
    let reference = &options.reference;
    session.client.cancel(&job.record).await.map_err(|error| {
        let state = matches!(
            error,
            Error::NotCancellable | Error::CannotBeCancelled { .. }
        );
        let failure = Failure::from(error);
        if state {
            failure.next(format!("portal wait {reference}"))
        } else {
            failure
        }
    })?;
    done(output, "cancelled", id)?;
    output.note("The change that says so comes next.");
    output.next(&format!("portal wait {reference}"));
    Ok(Exit::Done)
}

pub(crate) async fn settle(
    options: &Settle,
    config: &Config,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    let Reference::Own(reference) = &options.reference else {
        return Err(Failure::usage(
            "only a job with an unknown outcome is settled, by its own reference",
        ));
    };
    let session = Session::open(config, no_input, 3).await?;
    if let Known::Job(job) = session.find(&options.reference).await? {
        let id = job.record.job_id().get();
        let message = format!("the outcome is known: job {id} was created");
        return Err(Failure::new(Exit::Refused, "settled", message)
            .next(format!("portal show {reference}")));
    }
    let question = match options.created {
        Some(id) => {
            format!("Has the service, or its support, told you that {reference} is job {id}?")
        }
        None => format!(
            "Has the service, or its support, told you that it has no job {reference}? If it has, sending it again makes a second one."
        ),
    };
    confirm(&question, options.yes, no_input)?;
    let settlement = match options.created {
        Some(id) => Settlement::Created(SignatureJobId::new(id)),
        None => Settlement::NotCreated,
    };
    let sender = session.sender()?;
    let settled = session
        .creator()
        .settle(sender, reference, settlement)
        .await;
    settled.map_err(|error| match error {
        SettleError::Store(error) => error.into(),
        error => Failure::of(Exit::Refused, "settled", &error),
    })?;
    match options.created {
        Some(id) => done(output, "settled: created", id)?,
        None if output.json => {
            output.object("settled", json!({ "reference": reference, "job_id": null }))?;
        }
        None => output.line(&format!(
            "{reference}: settled: not created; it may be sent again"
        ))?,
    }
    Ok(Exit::Done)
}

pub(super) fn done(output: &Output, what: &str, id: i64) -> Result<(), Failure> {
    if output.json {
        let kind = what.split(':').next().unwrap_or(what);
        return output.object(kind, json!({ "job_id": id }));
    }
    output.line(&format!("job {id}: {what}"))
}
