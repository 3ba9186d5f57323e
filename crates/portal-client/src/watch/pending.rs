//! A change that a stream gives, and the duty to confirm it.

use std::fmt;
use std::sync::Arc;

use super::ledger::Ticket;
use super::shared::Shared;
use crate::error::Error;
use crate::{JobRecord, StatusChange};

/// A change in flight, to be confirmed when it has been handled.
///
/// Dropping it without [confirming](Self::confirm) leaves it unconfirmed, so that it is redelivered after ten
/// minutes. Until one of the two is done no other change of the same job is given out, and it counts as in
/// flight.
#[must_use = "a change that is not confirmed is redelivered after ten minutes"]
pub struct PendingChange {
    shared: Arc<Shared>,
    ticket: Ticket,
    change: StatusChange,
}

/// Result of confirming a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Confirmation {
    /// The change is confirmed.
    Done,
    /// The watch confirms the change later, and nothing has to be done about it. A confirmation settles
    /// everything of its job that was handed out, and a newer change of the job has yet to be handled, or may
    /// be on its way after the response to a poll was lost.
    Deferred,
}

impl PendingChange {
    pub(super) fn new(shared: Arc<Shared>, ticket: Ticket, change: StatusChange) -> Self {
        Self {
            shared,
            ticket,
            change,
        }
    }

    /// Returns the change.
    #[must_use]
    pub fn change(&self) -> &StatusChange {
        &self.change
    }

    pub(super) fn queue_index(&self) -> usize {
        self.ticket.queue()
    }

    /// Confirms the change, which says that it was handled: call it last.
    ///
    /// A confirmation that fails for a transient reason is retried with exponential backoff until the ten
    /// minutes are over. Dropping the future gives up earlier. Either way the watch, if it still runs,
    /// confirms the change when it is redelivered.
    ///
    /// # Errors
    /// When the service refuses the confirmation, or could not be reached in time.
    pub async fn confirm(self) -> Result<Confirmation, Error> {
        self.shared.handled(self.ticket);
        self.shared.confirm(self.ticket, &self.change).await
    }
}

impl AsRef<JobRecord> for PendingChange {
    fn as_ref(&self) -> &JobRecord {
        self.change.record()
    }
}

impl Drop for PendingChange {
    fn drop(&mut self) {
        self.shared.let_go(self.ticket);
    }
}

impl fmt::Debug for PendingChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PendingChange")
            .field(self.change.id())
            .finish()
    }
}
