//! The changes of one job, and what the polls of its queue have shown of them.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use portal_model::{PortalSignatureJobStatus, SignatureJobId};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;

use super::changes::Item;
use super::shared::later_instant;
use crate::StatusChange;

/// How long a change that was handed out stays away from its queue unless it is confirmed. Source: the
/// service's documentation.
pub(super) const LEASE: Duration = Duration::from_mins(10);

/// How much later than that it is reckoned with at the most.
const SLACK: Duration = Duration::from_mins(10);

/// After how long everything that was handed out has returned to its queue, unless it was confirmed.
pub(super) const RETURNED_AFTER: Duration = LEASE.saturating_add(SLACK);

/// A job in a queue of the watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) queue: usize,
    pub(super) job: SignatureJobId,
}

/// Which change a handler has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) key: Key,
    pub(super) number: u64,
}

impl Ticket {
    /// The queue that the change came from.
    pub(super) fn queue(self) -> usize {
        self.key.queue
    }
}

/// What a change takes up until it is confirmed or left: a place among what may be in flight. And where it is
/// given out when its turn comes.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) permit: OwnedSemaphorePermit,
    pub(super) out: UnboundedSender<Item>,
}

/// A change whose turn has come, and where to give it out.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) ticket: Ticket,
    pub(super) change: StatusChange,
    pub(super) out: UnboundedSender<Item>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) number: u64,
    pub(super) change: StatusChange,
    /// When it was handed out last, at the latest.
    pub(super) given_at: Instant,
    pub(super) stage: Stage,
}

/// How far a change has come.
#[derive(Debug)]
pub(super) enum Stage {
    /// It waits for an earlier change of its job.
    Held(Place),
    /// A handler has it.
    Out(OwnedSemaphorePermit),
    /// It is handled and not confirmed yet; without a permit it waits for its return.
    Handled(Option<OwnedSemaphorePermit>),
    /// It was left to return.
    Left,
}

/// What the polls of a queue have shown.
#[derive(Debug)]
pub(super) struct Seen {
    /// When the last poll with an empty response was sent.
    pub(super) empty_at: Option<Instant>,
    /// Until when a change may be out that nobody here has seen. The doubt ends with an empty response to a poll
    /// that was sent then or later.
    pub(super) unseen_until: Option<Instant>,
    /// Changes that can't be read and whose job is unknown.
    pub(super) unreadable: HashSet<u64>,
}

impl Seen {
    /// Whether all that was handed out at a moment has returned since, or never will.
    pub(super) fn is_back(&self, given_at: Instant) -> bool {
        let later = |empty: Instant| empty.saturating_duration_since(given_at) > RETURNED_AFTER;
        self.empty_at.is_some_and(later)
    }

    pub(super) fn is_in_doubt(&self) -> bool {
        let stands = |until| self.empty_at.is_none_or(|empty| empty < until);
        self.unseen_until.is_some_and(stands)
    }
}

#[derive(Debug, Default)]
pub(super) struct Job {
    /// In the order in which they first came.
    pub(super) entries: Vec<Entry>,
    /// When a change of it came last that could not be read.
    pub(super) unreadable_at: Option<Instant>,
}

impl Job {
    pub(super) fn leave_held(&mut self) {
        for entry in &mut self.entries {
            if matches!(entry.stage, Stage::Held(_)) {
                entry.stage = Stage::Left;
            }
        }
    }

    /// Until when changes may be out that a later process would not know of. Where it gets one of several changes
    /// of a job first, its confirmation would settle the others; a change that is alone can hide none.
    pub(super) fn unseen_until(&self, seen: &Seen) -> Option<Instant> {
        let several = self.entries.len() > 1;
        let undone = self
            .entries
            .iter()
            .filter(|entry| several && !entry.is_handled());
        let given = undone.map(|entry| entry.given_at);
        let hidden = given
            .chain(self.unreadable_at)
            .filter(|at| !seen.is_back(*at));
        hidden.max().map(|at| later_instant(at, RETURNED_AFTER))
    }

    /// Whether no change comes after those that are known.
    pub(super) fn has_ended(&self) -> bool {
        use PortalSignatureJobStatus::{CompletedSuccessfully, Failed};
        let mut entries = self.entries.iter();
        entries.any(|entry| matches!(entry.change.status(), CompletedSuccessfully | Failed))
    }
}

impl Entry {
    pub(super) fn is_handled(&self) -> bool {
        matches!(self.stage, Stage::Handled(_))
    }

    /// Whether nobody works at it here.
    pub(super) fn is_away(&self) -> bool {
        matches!(self.stage, Stage::Left | Stage::Handled(None))
    }

    /// Whether it was left and does not return. Where a response was lost it may have been in that.
    pub(super) fn is_gone(&self, seen: &Seen) -> bool {
        matches!(self.stage, Stage::Left) && seen.is_back(self.given_at) && !seen.is_in_doubt()
    }
}
