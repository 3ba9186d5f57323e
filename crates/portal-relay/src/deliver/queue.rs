//! Which job of a sink is due when.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Instant;

use crate::outbox::Head;
use crate::{DeliveryAttempts, OutboxEntry};

/// The jobs that have events waiting for one sink, each with its first event.
#[derive(Debug, Default)]
pub(super) struct JobQueue {
    jobs: HashMap<i64, Tracked>,
    /// By when they are due; what was overtaken is skipped.
    due: BinaryHeap<Reverse<(Instant, i64)>>,
}

#[derive(Debug)]
enum Tracked {
    Waiting { due: Instant, next: Next },
    InFlight { again: bool },
}

/// What is to be done about a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Look for its first event.
    Look,
    /// Deliver this event.
    Deliver {
        entry: OutboxEntry,
        attempts: Attempted,
    },
}

/// What is known of the attempts at an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attempted {
    Never,
    /// There is a record in the store.
    Stored,
    Known(DeliveryAttempts),
}

impl From<Head> for Next {
    fn from(head: Head) -> Self {
        let attempts = if head.was_attempted {
            Attempted::Stored
        } else {
            Attempted::Never
        };
        Self::Deliver {
            entry: head.entry,
            attempts,
        }
    }
}

impl JobQueue {
    /// Says that a job has new events, which may be its first.
    pub(super) fn notify(&mut self, job: i64, now: Instant) {
        match self.jobs.get_mut(&job) {
            None => self.wait(job, now, Next::Look),
            Some(Tracked::InFlight { again }) => *again = true,
            // Its first event has its own time.
            Some(Tracked::Waiting { .. }) => {}
        }
    }

    /// Says what a look at the whole outbox has found to be a job's first event.
    pub(super) fn found(&mut self, head: Head, now: Instant) {
        let job = head.entry.job_id().get();
        match self.jobs.get_mut(&job) {
            Some(Tracked::InFlight { again }) => *again = true,
            Some(Tracked::Waiting {
                next: Next::Deliver { entry, .. },
                ..
            }) if *entry <= head.entry => {}
            // One that was sent again goes before those that wait.
            _ => self.wait(job, now, head.into()),
        }
    }

    /// Takes the job that is due first.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(i64, Next)> {
        self.skip_overtaken();
        let Reverse((due, job)) = *self.due.peek()?;
        if due > now {
            return None;
        }
        self.due.pop();
        match self.jobs.insert(job, Tracked::InFlight { again: false }) {
            Some(Tracked::Waiting { next, .. }) => Some((job, next)),
            _ => None,
        }
    }

    /// When the next job is due.
    pub(super) fn next_due(&mut self) -> Option<Instant> {
        self.skip_overtaken();
        self.due.peek().map(|Reverse((due, _))| *due)
    }

    /// Puts a job back after something was done about it; none when it has no event left.
    pub(super) fn done(&mut self, job: i64, now: Instant, next: Option<(Instant, Next)>) {
        let tracked = self.jobs.remove(&job);
        let again = matches!(tracked, Some(Tracked::InFlight { again: true }));
        match next {
            Some((due, next)) => self.wait(job, due, next),
            None if again => self.wait(job, now, Next::Look),
            None => {}
        }
    }

    fn wait(&mut self, job: i64, due: Instant, next: Next) {
        self.jobs.insert(job, Tracked::Waiting { due, next });
        self.due.push(Reverse((due, job)));
    }

    fn skip_overtaken(&mut self) {
        while let Some(Reverse((at, job))) = self.due.peek() {
            match self.jobs.get(job) {
                Some(Tracked::Waiting { due, .. }) if due == at => return,
                _ => {
                    self.due.pop();
                }
            }
        }
    }
}
