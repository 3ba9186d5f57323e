//! `portal events`: what waits for a receiver, and what was given up.

use clap::{Args, Subcommand};
use portal_relay::{DeadLetter, Outbox, OutboxEntry, SinkName};
use serde_json::{Value, json};

use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Paint};
use crate::session::Session;

const FOUND_SOON: &str = "The watch that runs finds it within a minute.";

/// A command about events.
#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// List events that wait for a receiver, and those that were given up.
    #[command(after_help = "\
Example:
  portal events list --dead")]
    List(List),
    /// Print an event as it is delivered.
    #[command(after_help = "\
Example:
  portal events show forward/1/0000000001-…")]
    Show(Event),
    /// Put an event that was given up back among those that wait.
    #[command(after_help = "\
Example:
  portal events resend forward/1/0000000001-…")]
    Resend(Event),
    /// Deliver again to a receiver that wanted no more events (410)
    #[command(after_help = "\
Example:
  portal events resume forward")]
    Resume(Resume),
}

/// Options of `portal events list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those that were given up.
    #[arg(long)]
    dead: bool,
}

/// Which event.
#[derive(Debug, Args)]
pub(crate) struct Event {
    /// The event's name, as `portal events list` prints it.
    #[arg(value_name = "ID", value_parser = parse)]
    id: OutboxEntry,
}

/// Options of `portal events resume`.
#[derive(Debug, Args)]
pub(crate) struct Resume {
    /// The receiver: `forward` for the first `--forward-to`, `forward-2` for the second.
    #[arg(value_name = "RECEIVER", value_parser = receiver)]
    receiver: SinkName,
}

fn receiver(text: &str) -> Result<SinkName, String> {
    SinkName::new(text).map_err(|error| error.to_string())
}

fn parse(text: &str) -> Result<OutboxEntry, String> {
    let parsed: Result<OutboxEntry, portal_relay::OutboxEntryError> = text.parse();
    parsed.map_err(|error| error.to_string())
}

pub(crate) async fn run(
    command: &EventsCommand,
    config: &Config,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    let session = Session::open(config, no_input, 3).await?;
    let outbox = Outbox::new(session.store.clone());
    match command {
        EventsCommand::List(options) => list(options, &outbox, output).await?,
        EventsCommand::Show(event) => show(&event.id, &outbox, output).await?,
        EventsCommand::Resend(event) => {
            if !outbox.resend(&event.id).await? {
                return Err(unknown(&event.id));
            }
            if output.json {
                output.object("event-resent", json!({ "id": event.id.to_string() }))?;
            } else {
                output.line(&format!("{}: waits again", event.id))?;
            }
            output.note(FOUND_SOON);
        }
        EventsCommand::Resume(options) => {
            let receiver = options.receiver.as_str();
            let was_stopped = outbox.resume(&options.receiver).await?;
            if output.json {
                let object = json!({ "receiver": receiver, "was_stopped": was_stopped });
                output.object("receiver-resumed", object)?;
            } else if was_stopped {
                output.line(&format!("{receiver}: gets events again"))?;
            } else {
                output.line(&format!("{receiver}: was not stopped"))?;
            }
            if was_stopped {
                output.note(FOUND_SOON);
            }
        }
    }
    Ok(Exit::Done)
}

fn unknown(id: &OutboxEntry) -> Failure {
    Failure::new(
        Exit::Refused,
        "unknown-event",
        format!("there is no event {id} any more"),
    )
    .next("portal events list")
}

async fn list(options: &List, outbox: &Outbox, output: &Output) -> Result<(), Failure> {
    let mut any = false;
    for depth in outbox.depths().await? {
        if !options.dead {
            for entry in outbox.waiting(&depth.sink).await? {
                any = true;
                line(&entry, None, output)?;
            }
        }
        for letter in outbox.dead_letters(&depth.sink).await? {
            any = true;
            line(&letter.entry, Some(&letter), output)?;
        }
    }
    if !any {
        output.note("No event waits, and none was given up.");
    }
    Ok(())
}

fn line(entry: &OutboxEntry, dead: Option<&DeadLetter>, output: &Output) -> Result<(), Failure> {
    if output.json {
        let object = json!({
            "id": entry.to_string(),
            "sink": entry.sink().as_str(),
            "job_id": entry.job_id().get(),
            "sequence": entry.sequence(),
            "dead": dead.is_some(),
            "since": dead.map(|letter| letter.since.to_string()),
        });
        return output.object("event-entry", object);
    }
    let state = match dead {
        Some(_) => output.paint("dead   ", Paint::Bad),
        None => output.paint("waiting", Paint::Doubtful),
    };
    let since = dead.map_or_else(String::new, |letter| format!("  since {}", letter.since));
    output.line(&format!("{state}  {entry}{since}"))
}

async fn show(id: &OutboxEntry, outbox: &Outbox, output: &Output) -> Result<(), Failure> {
    let event = outbox.event(id).await?.ok_or_else(|| unknown(id))?;
    let event: Value = serde_json::from_slice(event.bytes())?;
    let text = if output.json {
        event.to_string()
    } else {
        serde_json::to_string_pretty(&event)?
    };
    output.data(&text)
}
