//! What the user gets for each change, and the duty to confirm it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::ledger::Ticket;
use super::shared::Shared;
use crate::error::Error;
use crate::{ChangeId, JobRecord, StatusChange};

/// A change as a watch gives it to a handler. It reads like the [`StatusChange`] that it holds, and the
/// client's calls take it. Cheap to clone.
#[derive(Clone)]
pub struct Delivery {
    change: Arc<StatusChange>,
    id: ChangeId,
    seen_before: bool,
}

impl Delivery {
    pub(super) fn new(change: StatusChange, id: ChangeId, seen_before: bool) -> Self {
        Self {
            change: Arc::new(change),
            id,
            seen_before,
        }
    }

    /// The change.
    #[must_use]
    pub fn change(&self) -> &StatusChange {
        &self.change
    }

    /// By what the change is recognised when it comes again; see there for what to do with it.
    #[must_use]
    pub fn id(&self) -> &ChangeId {
        &self.id
    }

    /// Whether this very change was handled before by this watch, and the service hands it out again all
    /// the same. A watch remembers the last 1000 changes that it handled, and nothing of earlier processes.
    #[must_use]
    pub fn seen_before(&self) -> bool {
        self.seen_before
    }
}

impl Deref for Delivery {
    type Target = StatusChange;

    fn deref(&self) -> &StatusChange {
        &self.change
    }
}

impl AsRef<JobRecord> for Delivery {
    fn as_ref(&self) -> &JobRecord {
        self.change.record()
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("id", &self.id)
            .field("seen_before", &self.seen_before)
            .finish_non_exhaustive()
    }
}

/// A change in hand, to be confirmed when it has been dealt with.
///
/// It reads like the [`Delivery`] and the [`StatusChange`] that it holds. Dropping it without
/// [confirming](Self::confirm) leaves it to come back after ten minutes. Until one of the two is done no
/// other change of the same job is given out, and it counts as in hand.
#[must_use = "a change that is not confirmed comes back after ten minutes"]
pub struct PendingChange {
    shared: Arc<Shared>,
    ticket: Ticket,
    delivery: Delivery,
}

/// What came of confirming a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Confirmation {
    /// The service has been told.
    Done,
    /// The service is told later, without anybody's doing. A confirmation settles everything of its job that
    /// was handed out, and a newer change of the job has yet to be handled, or may be on its way after the
    /// answer to a poll was lost.
    Later,
}

impl PendingChange {
    pub(super) fn new(shared: Arc<Shared>, ticket: Ticket, delivery: Delivery) -> Self {
        Self {
            shared,
            ticket,
            delivery,
        }
    }

    /// The change itself, to keep or to hand on.
    #[must_use]
    pub fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    pub(super) fn queue_index(&self) -> usize {
        self.ticket.queue()
    }

    /// Confirms the change, which says that it was handled: call it last.
    ///
    /// A confirmation that fails for a passing reason is sent again, with growing waits, until the ten
    /// minutes are over. Dropping the future gives up earlier. Either way the watch, if it still runs,
    /// confirms the change when it comes back.
    ///
    /// # Errors
    /// When the service refuses the confirmation, or could not be reached in time.
    pub async fn confirm(self) -> Result<Confirmation, Error> {
        self.shared.handled(self.ticket);
        self.shared.confirm(self.ticket, &self.delivery).await
    }
}

impl Deref for PendingChange {
    type Target = Delivery;

    fn deref(&self) -> &Delivery {
        &self.delivery
    }
}

impl AsRef<JobRecord> for PendingChange {
    fn as_ref(&self) -> &JobRecord {
        self.delivery.as_ref()
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
            .field(&self.delivery)
            .finish()
    }
}
