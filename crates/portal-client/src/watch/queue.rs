//! The life of one queue: wait for its time, poll, take what comes.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use portal_transport::{ErrorKind, TlsFailure};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

use super::changes::{Item, PendingChange};
use super::event::{Expiry, StoppedClock, WaitReason, WatchEvent};
use super::job::Place;
use super::ledger::Arrival;
use super::schedule::{LEAST_WAIT_WHEN_USELESS, Permitted, Schedule, Timing};
use super::shared::{Queue, Shared, Turn, Wait, lock};
use crate::client::PollResponse;
use crate::endpoints::status_change::after_empty_queue;
use crate::error::Error;
use crate::service_date::Date;
use crate::{NextPoll, Polled, StatusChange};

/// Polls a queue until the watch is stopped.
///
/// # Errors
/// The first permanent error.
pub(super) async fn run(
    shared: Arc<Shared>,
    index: usize,
    out: UnboundedSender<Item>,
) -> Result<(), Error> {
    let Some(queue) = shared.queues.get(index) else {
        return Ok(());
    };
    let mut life = Life {
        shared: &shared,
        index,
        queue,
        out,
        confirmations: JoinSet::new(),
        failures: 0,
        schedule: Schedule::new(after_empty_queue(shared.client.environment())),
        is_last: false,
    };
    let ended = life.polls().await;
    if ended.is_ok() {
        // They end by themselves: when they are done, or the watch is stopped.
        while let Some(ended) = life.confirmations.join_next().await {
            ended.map_err(cut_short)?;
        }
    }
    life.confirmations.shutdown().await;
    shared.note_end(index, queue).await;
    ended
}

/// The end of a confirmation, which is an error only when it panicked; pending while there is none.
async fn ended(confirmations: &mut JoinSet<()>) -> Result<(), Error> {
    match confirmations.join_next().await {
        Some(ended) => ended.map_err(cut_short),
        None => pending().await,
    }
}

pub(super) fn cut_short(cut_short: tokio::task::JoinError) -> Error {
    Error::PollingStopped {
        source: io::Error::from(cut_short),
    }
}

struct Life<'a> {
    shared: &'a Arc<Shared>,
    index: usize,
    queue: &'a Queue,
    out: UnboundedSender<Item>,
    /// Those of changes that have returned. They end with the life of the queue.
    confirmations: JoinSet<()>,
    /// How many polls failed in a row.
    failures: u32,
    schedule: Schedule,
    /// The queue was empty, and that is what the watch was to run for.
    is_last: bool,
}

impl Life<'_> {
    /// Polls until the watch is stopped, or the queue was found empty where that is what the watch runs for.
    async fn polls(&mut self) -> Result<(), Error> {
        let (shared, index, queue) = (self.shared, self.index, self.queue);
        let mut expiry = Expiry::default();
        let mut wait = shared.start(index, queue, self.schedule.safe_wait).await;
        while !self.is_last {
            let turn = tokio::select! {
                turn = shared.turn(index, queue, wait) => turn,
                ended = ended(&mut self.confirmations) => {
                    ended?;
                    continue;
                }
            };
            let Some(mut turn) = turn else { break };
            let only = turn.only.take();
            shared.note_poll(index, queue).await;
            if shared.stop.is_stopped() {
                break;
            }
            let response = shared.client.poll(&queue.sender).await;
            expiry.look(shared, index);
            let received = response.received;
            let permitted = self.take(response, turn)?;
            wait = self.wait(&permitted, received);
            shared
                .note_response(index, queue, received, permitted.at)
                .await;
            drop(only);
        }
        Ok(())
    }

    /// Takes a response: the change that came, and when to poll next. The queue's turn ends with it.
    fn take(&mut self, response: PollResponse, turn: Turn) -> Result<Permitted, Error> {
        if response.date == Date::Implausible {
            let queue = &self.queue.sender;
            self.emit(WatchEvent::ImplausibleDate { queue });
        }
        let timing = Timing::of(&response);
        match response.outcome {
            Ok(polled) => Ok(self.succeeded(polled, timing, turn)),
            Err(Error::TooEarly { next_poll }) => Ok(self.too_early(&next_poll, timing)),
            Err(Error::RateBlocked { until }) => {
                let until = self.shared.blocked(self.index, until);
                let wait = until.saturating_duration_since(timing.received);
                let reason = WaitReason::RateBlock;
                Ok(Permitted::after(timing.received, wait, reason))
            }
            Err(error) if is_permanent(&error) => {
                self.lost(&error, timing.received);
                Err(error)
            }
            Err(error) => Ok(self.failed(&error, timing)),
        }
    }

    fn succeeded(&mut self, polled: Polled, timing: Timing, turn: Turn) -> Permitted {
        let queue = &self.queue.sender;
        if self.failures > 0 {
            let failures = std::mem::take(&mut self.failures);
            self.emit(WatchEvent::Recovered { queue, failures });
        }
        self.warn_of(&polled.next_poll);
        let found = polled.change.is_some();
        let jitter = |margin| match found {
            true => Duration::ZERO,
            false => self.shared.jitter(margin),
        };
        let mut permitted = self
            .schedule
            .succeeded(timing, &polled.next_poll, found, jitter);
        if let Some(change) = polled.change {
            let least = self.arrive(change, turn, timing.received);
            permitted.not_before(timing.received, least);
        } else {
            drop(turn);
            self.found_empty(timing.sent);
            permitted.interval = self.shared.settings.interval;
            self.is_last = self.shared.settings.until_empty;
        }
        let (queue, wait) = (&self.queue.sender, self.until(&permitted, timing));
        self.emit(WatchEvent::Polled { queue, found, wait });
        permitted
    }

    fn too_early(&mut self, next_poll: &NextPoll, timing: Timing) -> Permitted {
        let queue = &self.queue.sender;
        self.warn_of(next_poll);
        let jitter = |margin| self.shared.jitter(margin);
        let (permitted, stands_still) = self.schedule.too_early(timing, next_poll, jitter);
        if stands_still {
            let clock = StoppedClock::Service;
            self.emit(WatchEvent::TimeStandsStill { queue, clock });
        }
        let wait = self.until(&permitted, timing);
        self.emit(WatchEvent::PolledTooEarly { queue, wait });
        permitted
    }

    fn until(&self, permitted: &Permitted, timing: Timing) -> Duration {
        let (due, _) = permitted.due(timing.received);
        due.saturating_duration_since(self.shared.now())
    }

    fn failed(&mut self, error: &Error, timing: Timing) -> Permitted {
        self.lost(error, timing.received);
        self.failures = self.failures.saturating_add(1);
        let mut wait = self.shared.back_off(self.failures);
        let mut reason = WaitReason::Backoff;
        if may_have_counted(error) && wait < self.schedule.safe_wait {
            // The service may have responded that the queue is empty.
            (wait, reason) = (self.schedule.safe_wait, WaitReason::LostResponse);
        }
        self.emit(WatchEvent::Outage {
            queue: &self.queue.sender,
            error,
            failures: self.failures,
            wait,
        });
        let mut permitted = Permitted::after(timing.received, wait, reason);
        permitted.jitter = self.shared.jitter(Duration::ZERO);
        permitted
    }

    /// Takes note of a change that may have been in a response that was lost, or can't be read.
    fn lost(&self, error: &Error, now: Instant) {
        let mut ledger = lock(&self.shared.ledger);
        match error.response() {
            Some(response) if response.status().is_success() => {
                ledger.unreadable(self.index, &response.reveal_message(), now);
            }
            _ if may_have_handed_out(error) => ledger.lost_response(self.index, now),
            _ => {}
        }
    }

    /// Takes a change, and gives the least wait until the next poll.
    fn arrive(&mut self, change: StatusChange, turn: Turn, received: Instant) -> Duration {
        let id = change.id().clone();
        let Turn { permit, alone, .. } = turn;
        let out = self.out.clone();
        let arrival = {
            let mut ledger = lock(&self.shared.ledger);
            ledger.arrive(self.index, change, Place { permit, out }, received)
        };
        match arrival {
            Arrival::ToHandle(given) => self.shared.give(given),
            Arrival::Held => {}
            Arrival::Left => self.emit(WatchEvent::DeferredAfterEarlier { id: &id }),
            Arrival::InFlight { soon } => {
                self.emit(WatchEvent::AlreadyInFlight { id: &id });
                // What is handed out over and over needs no hurry. What has returned after its lease does: the queue has
                // to be found empty before the first of it returns again.
                if soon {
                    return LEAST_WAIT_WHEN_USELESS;
                }
            }
            Arrival::ToConfirm(ticket, change) => {
                let shared = Arc::clone(self.shared);
                let pending = PendingChange {
                    shared: Arc::clone(&shared),
                    ticket,
                    change,
                };
                // Before the next poll, which may bring what keeps it unconfirmed.
                let no_poll = alone.downgrade();
                self.confirmations
                    .spawn(async move { shared.confirm_again(pending, Some(no_poll)).await });
            }
        }
        Duration::ZERO
    }

    /// Takes into account that the queue was empty, and confirms what had to wait for that, one after another.
    fn found_empty(&mut self, sent: Instant) {
        let deferred = lock(&self.shared.ledger).found_empty(self.index, sent);
        if deferred.is_empty() {
            return;
        }
        let shared = Arc::clone(self.shared);
        self.confirmations.spawn(async move {
            for (ticket, change) in deferred {
                if shared.stop.is_stopped() {
                    break;
                }
                let pending = PendingChange {
                    shared: Arc::clone(&shared),
                    ticket,
                    change,
                };
                shared.confirm_again(pending, None).await;
            }
        });
    }

    /// The wait for the next poll.
    fn wait(&self, permitted: &Permitted, received: Instant) -> Wait {
        let (due, reason) = permitted.due(received);
        let queue = &self.queue.sender;
        let wait = due.saturating_duration_since(self.shared.now());
        if !self.is_last {
            self.emit(WatchEvent::Waiting {
                queue,
                wait,
                reason,
            });
        }
        Wait {
            due,
            reason,
            service_time: self.schedule.service_time(received),
        }
    }

    fn warn_of(&self, next: &NextPoll) {
        if let Some(warning) = next.warning {
            let queue = &self.queue.sender;
            self.emit(WatchEvent::ImplausiblePollTime { queue, warning });
        }
    }

    fn emit(&self, event: WatchEvent<'_>) {
        self.shared.emit(self.index, event);
    }
}

/// Whether the service may have counted a poll that failed.
fn may_have_counted(error: &Error) -> bool {
    match error {
        Error::Transport { source, .. } => source.request_may_have_reached_service(),
        Error::Unexpected { source } => {
            let gateway = [StatusCode::BAD_GATEWAY, StatusCode::GATEWAY_TIMEOUT];
            gateway.contains(&source.status())
        }
        _ => false,
    }
}

/// Whether a change may have been in a response that was lost.
fn may_have_handed_out(error: &Error) -> bool {
    match error {
        Error::Unexpected { source } => source.status().is_server_error(),
        error => may_have_counted(error),
    }
}

/// Whether the cause has to be fixed by somebody, so that polling on is of no use.
fn is_permanent(error: &Error) -> bool {
    match error {
        Error::NoSender
        | Error::RequestUrl { .. }
        | Error::Request { .. }
        | Error::NotAuthorized { .. }
        | Error::BrokerNotAuthorized { .. } => true,
        Error::Transport { source, .. } => {
            matches!(
                source.kind(),
                ErrorKind::ForeignUrl { .. } | ErrorKind::Request
            ) || (matches!(source.kind(), ErrorKind::Token { .. }) && source.kind().is_permanent())
                || source
                    .tls_failure()
                    .is_some_and(|failure| *failure != TlsFailure::Handshake)
        }
        _ => false,
    }
}
