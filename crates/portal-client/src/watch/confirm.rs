//! How a handled change is confirmed: attempt by attempt, each allowed by the [ledger](super::ledger).
//!
//! A confirmation settles whatever of its job was handed out by the time it arrives. So no poll is in flight
//! during an attempt, and what has come in between decides before the next one. An attempt is given up after
//! [`ATTEMPT`], so that a slow one does not stop its queue.

use std::time::Duration;

use portal_transport::{Clock, ErrorKind, TimeoutKind, TransportError};
use tokio::sync::OwnedRwLockReadGuard;
use tokio::time::timeout;

use super::changes::PendingChange;
use super::event::WatchEvent;
use super::job::Ticket;
use super::ledger::Confirm;
use super::shared::{Shared, later_instant, lock};
use crate::StatusChange;
use crate::error::{Error, Operation};

/// How long an attempt may take, and polls of its queue wait.
const ATTEMPT: Duration = Duration::from_secs(20);

/// Held by confirmations of a queue together; a poll waits for it.
pub(super) type NoPoll = OwnedRwLockReadGuard<()>;

/// Result of confirming a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Confirmation {
    /// The change is confirmed.
    Done,
    /// The watch confirms the change later, and nothing has to be done about it. A confirmation settles
    /// everything of its job that was handed out. A newer change of the job has yet to be handled, or may have
    /// been handed out unseen: in a response that was lost or unreadable, or to an earlier process.
    Deferred,
}

impl Shared {
    /// Confirms a handled change, with retries until it may return.
    pub(super) async fn confirm(
        &self,
        ticket: Ticket,
        change: &StatusChange,
        mut no_poll: Option<NoPoll>,
    ) -> Result<Confirmation, Error> {
        let id = change.id();
        let index = ticket.queue();
        let mut failures = 0;
        let mut may_have_arrived = false;
        loop {
            if let Some(until) = self.blocked_until() {
                no_poll = None;
                let wait = until.saturating_duration_since(self.now());
                self.clock().sleep(wait).await;
            }
            let turn = match (no_poll.take(), self.queues.get(index)) {
                (Some(turn), _) => Some(turn),
                (None, Some(queue)) => Some(queue.no_poll().await),
                (None, None) => None,
            };
            let changes = match lock(&self.ledger).confirm(ticket) {
                Confirm::Job(changes) => changes,
                Confirm::Later => return Ok(Confirmation::Deferred),
                Confirm::Settled => return Ok(Confirmation::Done),
            };
            let attempt = timeout(ATTEMPT, self.client.confirm(change)).await;
            let error = match attempt.unwrap_or_else(|_| Err(took_too_long())) {
                Ok(()) => {
                    lock(&self.ledger).confirmed(ticket, &changes);
                    let changes = changes.len();
                    self.emit(index, WatchEvent::Confirmed { id, changes });
                    return Ok(Confirmation::Done);
                }
                // An earlier attempt has settled it, or so it seems: the ledger keeps it as handled, should it return.
                Err(error) if is_unknown(&error) && may_have_arrived => {
                    self.emit(index, WatchEvent::Confirmed { id, changes: 1 });
                    return Ok(Confirmation::Done);
                }
                Err(error) => error,
            };
            drop(turn);
            failures += 1;
            may_have_arrived |= arrived_perhaps(&error);
            let again_at = match &error {
                Error::RateBlocked { until } => self.blocked(index, *until),
                _ => later_instant(self.now(), self.back_off(failures)),
            };
            let returns_at = lock(&self.ledger).returns_at(ticket);
            let in_time = returns_at.is_some_and(|returns_at| again_at < returns_at);
            let again = error.is_transient() && in_time;
            let wait = again.then(|| again_at.saturating_duration_since(self.now()));
            let failed = WatchEvent::ConfirmationFailed {
                id,
                error: &error,
                wait,
            };
            self.emit(index, failed);
            match wait {
                Some(wait) => self.clock().sleep(wait).await,
                None => return Err(error),
            }
        }
    }

    /// Confirms a change that has returned, without its handler. A stop ends it after the attempt in flight.
    pub(super) async fn confirm_again(&self, pending: PendingChange, no_poll: Option<NoPoll>) {
        let confirming = self.confirm(pending.ticket, &pending.change, no_poll);
        let stopped = async {
            self.stop.stopped().await;
            if let Some(queue) = self.queues.get(pending.ticket.queue()) {
                // Not while an attempt is in flight.
                let _alone = queue.alone().await;
            }
        };
        tokio::select! {
            biased;
            // A failure has been emitted as an event, and the change is redelivered.
            _confirmed = confirming => {}
            () = stopped => {}
        }
    }
}

fn took_too_long() -> Error {
    Error::Transport {
        operation: Operation::Confirm,
        source: TransportError::may_have_arrived(ErrorKind::Timeout(TimeoutKind::Total)),
    }
}

/// Whether the service knows of nothing to confirm.
fn is_unknown(error: &Error) -> bool {
    let response = error.response();
    response.is_some_and(|response| response.status() == 404 || response.status() == 410)
}

/// Whether an attempt may have done its work all the same.
fn arrived_perhaps(error: &Error) -> bool {
    match error {
        Error::Transport { source, .. } => source.request_may_have_reached_service(),
        Error::Unexpected { source } => source.status().is_server_error(),
        _ => false,
    }
}
