//! One step for one job: an attempt at its first event, and what follows from it.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use portal_client::{Clock, SignatureJobId};

use super::queue::{Attempted, Next};
use super::schedule::LONGEST_WAIT;
use super::status::Stop;
use super::{DeliveryGate, Settings, SinkSlot};
use crate::{
    DeliveryAttempts, DeliveryFailure, DeliveryOutcome, EventBody, Outbox, OutboxEntry, StoreError,
};

/// After an error of the store, something is done again after so long.
pub(super) const STORE_WAIT: Duration = Duration::from_secs(5);

/// What follows from a step.
#[derive(Debug)]
pub(super) enum Step {
    /// The job has no event left.
    Finished,
    /// The job goes on at a time.
    At(Instant, Next),
    /// The job goes on at a time, and until then the receiver wants nothing of any job.
    AllAt(Instant, Timestamp, Next),
    /// The receiver wants no more.
    Gone(Next),
}

/// What a step needs.
pub(super) struct JobStep<'a, G: ?Sized> {
    pub(super) outbox: &'a Outbox,
    pub(super) slot: &'a SinkSlot,
    pub(super) settings: &'a Settings,
    pub(super) gate: &'a G,
}

impl<G: ?Sized> Clone for JobStep<'_, G> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<G: ?Sized> Copy for JobStep<'_, G> {}

impl<G: DeliveryGate + ?Sized> JobStep<'_, G> {
    pub(super) async fn run(&self, job: i64, next: Next) -> Step {
        let step = self.try_step(job, next.clone()).await;
        self.slot.status.store_worked(step.is_ok());
        step.unwrap_or_else(|error| {
            let sink = self.slot.sink.name();
            tracing::warn!(%sink, job, error = %error, "the outbox can't be used; retrying");
            Step::At(self.after(STORE_WAIT), next)
        })
    }

    async fn try_step(&self, job: i64, next: Next) -> Result<Step, StoreError> {
        match next {
            Next::Look => self.look(job).await,
            Next::Deliver { entry, attempts } => {
                let attempts = match attempts {
                    Attempted::Never => None,
                    Attempted::Known(attempts) => Some(attempts),
                    Attempted::Stored => {
                        let stored = self.outbox.attempts(&entry).await?;
                        // Another time: the schedule goes on where it was.
                        return Ok(self.resume(entry, stored));
                    }
                };
                self.deliver(job, entry, attempts).await
            }
        }
    }

    /// Looks for the first event that waits.
    async fn look(&self, job: i64) -> Result<Step, StoreError> {
        let head = self
            .outbox
            .head(self.slot.sink.name(), SignatureJobId::new(job))
            .await?;
        Ok(head.map_or(Step::Finished, |head| {
            Step::At(self.settings.clock.instant(), head.into())
        }))
    }

    /// Goes on with a schedule that was stored.
    fn resume(&self, entry: OutboxEntry, stored: Option<DeliveryAttempts>) -> Step {
        let Some(stored) = stored else {
            let attempts = Attempted::Never;
            return Step::At(
                self.after(Duration::ZERO),
                Next::Deliver { entry, attempts },
            );
        };
        let due = self.at(stored.next);
        let attempts = Attempted::Known(stored);
        Step::At(due, Next::Deliver { entry, attempts })
    }

    async fn deliver(
        &self,
        job: i64,
        entry: OutboxEntry,
        attempts: Option<DeliveryAttempts>,
    ) -> Result<Step, StoreError> {
        let event = match self.outbox.read(&entry).await {
            Ok(Some(event)) => event,
            // Another process has delivered it.
            Ok(None) => return self.look(job).await,
            Err(StoreError::Unreadable { .. }) => {
                // Nothing that a retry changes, and the job's later events must not wait for it.
                let failure = DeliveryFailure::Custom("the stored event is damaged".to_owned());
                let attempts = self.note(attempts, &failure, Duration::ZERO, None);
                return self.give_up(job, &entry, &attempts).await;
            }
            Err(error) => return Err(error),
        };
        let outcome = match self.attempt(&event).await {
            Some(outcome) => outcome,
            None => {
                let attempts = known(attempts);
                return Ok(Step::At(
                    self.after(STORE_WAIT),
                    Next::Deliver { entry, attempts },
                ));
            }
        };
        let sink = self.slot.sink.name();
        let event_id = entry.event_id();
        match outcome {
            DeliveryOutcome::Taken => {
                self.slot.status.took(self.settings.clock.now());
                tracing::debug!(%sink, job, %event_id, "event taken");
                self.remove(&entry, attempts.is_some()).await;
                self.look(job).await
            }
            DeliveryOutcome::Gone => {
                tracing::error!(
                    %sink,
                    "the receiver wants no more events; delivery to it has stopped until it is resumed"
                );
                self.stop_for_all().await;
                let attempts = known(attempts);
                Ok(Step::Gone(Next::Deliver { entry, attempts }))
            }
            DeliveryOutcome::Closed => {
                tracing::error!(%sink, "the receiver can't be reached by this process any more; delivery to it has stopped");
                self.slot.status.stop(Stop::Here);
                let attempts = known(attempts);
                Ok(Step::Gone(Next::Deliver { entry, attempts }))
            }
            DeliveryOutcome::Retry { failure, after } => {
                self.slot.status.failed(&failure);
                let failed = attempts.as_ref().map_or(0, |attempts| attempts.failed);
                let wait = self.settings.schedule.wait_after(failed.saturating_add(1));
                let after = after.map(|after| after.min(LONGEST_WAIT));
                let due_in = wait.unwrap_or_default().max(after.unwrap_or_default());
                let attempts = self.note(attempts, &failure, due_in, after);
                tracing::warn!(%sink, job, %event_id, failed = attempts.failed, %failure, "event not delivered");
                if wait.is_none() {
                    return self.give_up(job, &entry, &attempts).await;
                }
                Ok(self.retry(entry, attempts, due_in).await)
            }
        }
    }

    /// Makes one attempt; none when the gate is closed.
    async fn attempt(&self, event: &EventBody) -> Option<DeliveryOutcome> {
        // Right before, with nothing to wait for in between.
        if !self.gate.is_open() {
            return None;
        }
        let _in_flight = self.slot.status.begin_attempt();
        let limit = self.settings.clock.sleep(self.settings.attempt_limit);
        Some(tokio::select! {
            // After a computer that slept, both may be ready: what the receiver said counts.
            biased;
            outcome = self.slot.sink.deliver(event) => outcome,
            () = limit => DeliveryOutcome::retry(DeliveryFailure::Timeout),
        })
    }

    /// Removes what was taken. It is not delivered again while the store has a bad time.
    async fn remove(&self, entry: &OutboxEntry, was_attempted: bool) {
        while let Err(error) = self.outbox.remove(entry, was_attempted).await {
            let sink = self.slot.sink.name();
            self.slot.status.store_worked(false);
            tracing::warn!(%sink, error = %error, "a delivered event can't be removed; retrying");
            self.settings.clock.sleep(STORE_WAIT).await;
        }
    }

    /// Stops delivery to the sink, and notes it for all processes, unless it is resumed meanwhile.
    async fn stop_for_all(&self) {
        let (slot, clock) = (self.slot, &self.settings.clock);
        let sink = slot.sink.name();
        let address = slot.sink.address();
        slot.status.stop(Stop::Here);
        while slot.status.stopped() == Stop::Here {
            let noted = self.outbox.note_gone(sink, address.as_deref(), clock.now());
            match noted.await {
                Ok(()) if slot.status.stored_stop() => return,
                // Resumed while it was written.
                Ok(()) => match self.outbox.resume(sink).await {
                    Ok(_) => return,
                    Err(error) => {
                        tracing::warn!(%sink, error = %error, "the resumed sink may be stopped after a restart");
                        return;
                    }
                },
                Err(error) => {
                    slot.status.store_worked(false);
                    tracing::warn!(%sink, error = %error, "that the receiver wants no more can't be stored; retrying");
                    clock.sleep(STORE_WAIT).await;
                }
            }
        }
    }

    /// Stores the attempts, and goes on by the schedule also where that fails.
    async fn retry(
        &self,
        entry: OutboxEntry,
        attempts: DeliveryAttempts,
        due_in: Duration,
    ) -> Step {
        let sink = self.slot.sink.name();
        let until = attempts.retry_after;
        let mut noted = self.outbox.note_attempts(&entry, &attempts).await;
        if let Some(until) = until {
            noted = noted.and(self.outbox.note_pause(sink, until).await);
        }
        if let Err(error) = noted {
            tracing::warn!(%sink, error = %error, "attempts can't be stored");
        }
        let attempts = Attempted::Known(attempts);
        let next = Next::Deliver { entry, attempts };
        match until {
            Some(until) => Step::AllAt(self.after(due_in), until, next),
            None => Step::At(self.after(due_in), next),
        }
    }

    async fn give_up(
        &self,
        job: i64,
        entry: &OutboxEntry,
        attempts: &DeliveryAttempts,
    ) -> Result<Step, StoreError> {
        self.outbox.give_up(entry, attempts).await?;
        self.slot.status.gave_up();
        let (sink, event_id) = (entry.sink(), entry.event_id());
        tracing::error!(%sink, job, %event_id, "event given up; it is a dead letter now");
        self.look(job).await
    }

    fn note(
        &self,
        before: Option<DeliveryAttempts>,
        failure: &DeliveryFailure,
        due_in: Duration,
        pause: Option<Duration>,
    ) -> DeliveryAttempts {
        let now = self.settings.clock.now();
        let (failed, first) = before.map_or((0, now), |before| (before.failed, before.first));
        DeliveryAttempts {
            failed: failed.saturating_add(1),
            first,
            last: now,
            next: later(now, due_in),
            failure: failure.to_string(),
            retry_after: pause.map(|pause| later(now, pause)),
        }
    }

    fn after(&self, wait: Duration) -> Instant {
        let now = self.settings.clock.instant();
        now.checked_add(wait).unwrap_or(now)
    }

    /// When a stored time comes, by the clock that never jumps. A clock that was set back by days makes no wait
    /// longer than the longest.
    pub(super) fn at(&self, time: Timestamp) -> Instant {
        let wait = time.duration_since(self.settings.clock.now());
        let wait = Duration::try_from(wait).unwrap_or_default();
        self.after(wait.min(LONGEST_WAIT))
    }
}

fn known(attempts: Option<DeliveryAttempts>) -> Attempted {
    attempts.map_or(Attempted::Never, Attempted::Known)
}

fn later(time: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    time.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
