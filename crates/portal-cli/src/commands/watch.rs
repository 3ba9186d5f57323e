//! `portal watch`: takes every change in, stores, verifies, confirms and delivers, for years.

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use portal_client::WaitReason;
use portal_relay::{Relay, RelayRole, RelayStatus, SinkName, SinkState};

use crate::config::Config;
use crate::duration;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::Output;
use crate::session::Session;

mod listener;
mod metrics;
mod reload;
mod signals;
mod sinks;
mod supervisor;

use signals::{Signal, Signals};
use sinks::Sinks;
use supervisor::Supervisor;

/// How often the relay is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Options of `portal watch`.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// The store, in place of the profile's: a folder, or the URL of an object store.
    #[arg(long, value_name = "URL|DIR")]
    store: Option<String>,

    /// Run a program for each event, which it gets on standard input; exit code 0 means that it was taken. Words
    /// are separated by blanks; there is no shell. Can be given several times.
    #[arg(long, value_name = "CMD")]
    exec: Vec<String>,

    /// Send each event to a URL by POST, signed as Standard Webhooks say. The secret is `webhook-secret` of the
    /// profile. Can be given several times.
    #[arg(long, value_name = "URL")]
    forward_to: Vec<String>,

    /// Print each event, one a line.
    #[arg(long)]
    print: bool,

    /// End when all queues are empty and everything is delivered to the receivers that want it.
    #[arg(long)]
    until_empty: bool,

    /// Delete the documents of a job at the service that long after its end. Otherwise the service deletes them
    /// after 40 days.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    delete_after: Option<Duration>,

    /// Respond to /livez, /readyz and /metrics at this address. It checks nobody: keep it on this machine or on a
    /// network of containers.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,

    /// How the log on standard error looks.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    log_format: LogFormat,

    /// How long to wait for what is in flight when it is stopped.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration::parse)]
    shutdown_timeout: Duration,
}

/// How a log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

impl Watch {
    pub(crate) fn log_format(&self) -> LogFormat {
        self.log_format
    }
}

/// Runs until it is stopped, which is its end: exit code 0.
pub(crate) fn run(
    options: &Watch,
    read: impl Fn() -> Result<Config, Failure>,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    let signals = Signals::new()?;
    interrupt::runtime()?.block_on(watch(options, read, output, no_input, signals))
}

async fn watch(
    options: &Watch,
    read: impl Fn() -> Result<Config, Failure>,
    output: &Output,
    no_input: bool,
    mut signals: Signals,
) -> Result<Exit, Failure> {
    let supervisor = Supervisor::of_environment();
    let mut config = read()?;
    if let Some(store) = &options.store {
        config.set_store(store);
    }
    let session = Session::open(&config, no_input, 7).await?;
    let sinks = Sinks::of(options, &config)?;
    let mut builder = Relay::builder(session.client.clone(), session.store.clone())
        .gate(session.gate.clone())
        .shutdown_timeout(options.shutdown_timeout);
    for sink in sinks.all() {
        builder = builder.shared_sink(sink);
    }
    if let Some(time) = options.delete_after {
        builder = builder.delete_after(time);
    }
    let relay = builder
        .build()
        .map_err(|error| Failure::of(Exit::Configuration, "relay", &error))?;
    // Whoever takes changes in meanwhile leaves these their events.
    session.catalog.set_sinks(&sinks.names()).await?;
    let listener = match options.listen {
        Some(address) => Some(listener::bind(address, relay.clone(), output).await?),
        None => None,
    };
    if sinks.names().is_empty() {
        output.note("Events are stored only; --print, --exec or --forward-to deliver them.");
    }
    let running = relay.run();
    tokio::pin!(running);
    let mut was_empty = false;
    let mut is_stopping = false;
    let ended = loop {
        tokio::select! {
            ended = &mut running => break ended,
            signal = signals.next() => match signal {
                // Whoever asks twice does not wait for what is in flight; it is redelivered.
                Signal::Stop if is_stopping => return Ok(Exit::Done),
                Signal::Stop => {
                    is_stopping = true;
                    supervisor.stopping();
                    relay.stop();
                }
                Signal::Reload => {
                    let reloaded = read().and_then(|config| {
                        reload::certificate(&config, no_input, relay.client())?;
                        sinks.reload(&config)
                    });
                    match reloaded {
                        Ok(()) => output.note("certificate and secrets were read again"),
                        // What was read before goes on.
                        Err(failure) => output.failure(&failure),
                    }
                }
            },
            () = tokio::time::sleep(LOOK_EVERY) => {
                supervisor.look(&relay.quick_status());
                if options.until_empty && !is_stopping {
                    let is_empty = is_empty(&relay.status().await);
                    if is_empty && was_empty {
                        is_stopping = true;
                        relay.stop();
                    }
                    was_empty = is_empty;
                }
            }
        }
    };
    drop(listener);
    ended.map(|()| Exit::Done).map_err(|error| match error {
        portal_relay::RelayError::Client(error) => Failure::from(*error),
        error => Failure::of(Exit::Computer, "relay", &error),
    })
}

/// Whether every queue was empty when it was polled last, and nothing waits for a receiver that wants it.
fn is_empty(status: &RelayStatus) -> bool {
    let is_gone = |name: &SinkName| {
        let mut sinks = status.sinks.iter();
        sinks.any(|sink| sink.name == *name && matches!(sink.state, SinkState::Gone))
    };
    let was_polled = |reason| matches!(reason, Some(WaitReason::Permitted | WaitReason::Interval));
    let mut queues = status.queues.iter();
    let mut outbox = status.outbox.iter().flatten();
    status.role == RelayRole::Active
        && status.last_poll.is_some()
        && status.in_flight == 0
        && !status.queues.is_empty()
        && queues
            .all(|queue| was_polled(queue.reason) && queue.wait.is_some_and(|wait| !wait.is_zero()))
        && status.outbox.is_some()
        && outbox.all(|depth| depth.waiting == 0 || is_gone(&depth.sink))
}
