//! `portal wait`: until a job has ended, or has changed.
//!
//! Where a watch runs, it holds the lease, and this only looks at what it stores. Otherwise this process takes the
//! lease, polls, and stores every change that it meets as a watch does.

use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use clap::{Args, ValueEnum};
use portal_client::SignatureJobId;
use portal_relay::{Relay, StoredJob, StoredJobState};
use tokio::time::Instant;

use super::job;
use crate::config::Config;
use crate::duration;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::{Known, Reference, Session};

/// How often the store is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Options of `portal wait`.
#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// References of jobs, id:NUMBER or last.
    #[arg(value_name = "REF", required = true, value_parser = Reference::parse)]
    references: Vec<Reference>,

    /// What to wait for.
    #[arg(long = "for", value_enum, value_name = "WHAT", default_value_t = WaitFor::End)]
    for_what: WaitFor,

    /// How long to wait.
    #[arg(long, value_name = "DURATION", default_value = "30d", value_parser = duration::parse)]
    timeout: Duration,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WaitFor {
    /// Every job has ended
    End,
    /// A change of each job comes that is not known yet
    Change,
}

pub(crate) async fn run(
    options: &Wait,
    config: &Config,
    output: &Output,
    no_input: bool,
) -> Result<Exit, Failure> {
    let session = Session::open(config, no_input, 3).await?;
    until(
        &session,
        &options.references,
        options.for_what,
        options.timeout,
        output,
    )
    .await
}

/// Waits until all of these jobs have ended.
pub(super) async fn until_end(
    session: &Session,
    references: &[Reference],
    timeout: Duration,
    output: &Output,
) -> Result<Exit, Failure> {
    until(session, references, WaitFor::End, timeout, output).await
}

async fn until(
    session: &Session,
    references: &[Reference],
    for_what: WaitFor,
    timeout: Duration,
    output: &Output,
) -> Result<Exit, Failure> {
    let waiting = Waiting::begin(session, references, for_what).await?;
    if let Some(exit) = waiting.look(session, output).await? {
        return Ok(exit);
    }
    let relay = relay(session).await?;
    let deadline = Instant::now().checked_add(timeout);
    let running = async {
        let ended = relay.run().await;
        ended.map_err(|error| match error {
            portal_relay::RelayError::Client(error) => Failure::from(*error),
            error => Failure::of(Exit::Computer, "relay", &error),
        })
    };
    let looking = async {
        loop {
            if let Some(exit) = waiting.look(session, output).await? {
                return Ok(exit);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(Failure::new(
                    Exit::TimeLimit,
                    "time-limit",
                    "the time is up before what was waited for",
                )
                .fix("wait longer with --timeout; nothing is lost meanwhile"));
            }
            waiting.progress(&relay);
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::pin!(running, looking);
    let waited = tokio::select! {
        waited = &mut looking => waited,
        // Only an error ends it before it is stopped.
        ended = &mut running => Err(ended.err().unwrap_or_else(|| {
            Failure::new(Exit::Computer, "relay", "polling has ended")
        })),
    };
    if waited
        .as_ref()
        .err()
        .is_none_or(|failure| failure.exit() == Exit::TimeLimit)
    {
        // What is in flight is stored and confirmed, and the lease is left to others.
        relay.stop();
        let _ended = running.await;
    }
    Waiting::clear_progress();
    waited
}

/// A relay that delivers nothing: what others deliver waits in their outboxes.
async fn relay(session: &Session) -> Result<Relay, Failure> {
    let mut builder = Relay::builder(session.client.clone(), session.store.clone())
        .gate(session.gate.clone())
        .jitter(Duration::from_millis(200));
    for sink in session.catalog.sinks().await? {
        builder = builder.other_sink(sink);
    }
    builder
        .build()
        .map_err(|error| Failure::of(Exit::Configuration, "relay", &error))
}

/// What is waited for, and what was known at the beginning.
struct Waiting<'a> {
    references: &'a [Reference],
    for_what: WaitFor,
    known: HashMap<SignatureJobId, usize>,
}

impl<'a> Waiting<'a> {
    async fn begin(
        session: &Session,
        references: &'a [Reference],
        for_what: WaitFor,
    ) -> Result<Self, Failure> {
        let mut known = HashMap::new();
        for reference in references {
            if let Known::Job(job) = session.find(reference).await? {
                known.insert(job.record.job_id(), job.events.len());
            }
        }
        Ok(Self {
            references,
            for_what,
            known,
        })
    }

    /// How it ended, once it has for every job.
    async fn look(&self, session: &Session, output: &Output) -> Result<Option<Exit>, Failure> {
        let mut jobs = Vec::new();
        for reference in self.references {
            match session.find(reference).await? {
                Known::Job(job) if self.is_over(&job) => jobs.push(job),
                _ => return Ok(None),
            }
        }
        Self::clear_progress();
        let mut exit = Exit::Done;
        for job in jobs {
            let failed = matches!(
                job.state(),
                StoredJobState::Failed | StoredJobState::Cancelled
            );
            if failed && self.for_what == WaitFor::End {
                exit = Exit::NotSigned;
            }
            if output.json {
                output.object("job", job::object(&job))?;
            } else {
                job::line(&job, output)?;
            }
        }
        Ok(Some(exit))
    }

    fn is_over(&self, job: &StoredJob) -> bool {
        match self.for_what {
            WaitFor::End => job.state() != StoredJobState::Open,
            WaitFor::Change => {
                let known = self.known.get(&job.record.job_id()).copied().unwrap_or(0);
                job.events.len() > known
            }
        }
    }

    /// A line that is written over, on terminals only.
    fn progress(&self, relay: &Relay) {
        if !io::stderr().is_terminal() {
            return;
        }
        let status = relay.quick_status();
        let next = status.queues.iter().filter_map(|queue| queue.wait).min();
        let next = match next {
            Some(wait) => format!("next poll in {} s", wait.as_secs()),
            None => "another process polls".to_owned(),
        };
        let jobs = self.references.len();
        let mut err = io::stderr();
        let _ = write!(err, "\r\x1b[Kwaiting for {jobs} job(s); {next}");
        let _ = err.flush();
    }

    fn clear_progress() {
        if io::stderr().is_terminal() {
            let mut err = io::stderr();
            let _ = write!(err, "\r\x1b[K");
            let _ = err.flush();
        }
    }
}
