//! What polls are given, and what confirming settles.

use super::super::super::modes::{ChangeState, EarlyPoll, ParallelChanges};
use super::super::job::{SECOND, Time};
use super::super::steps::Queue;
use super::{POLL_WAIT, Reply, World};

impl World {
    /// The places of the changes of a job that were handed out, in order.
    pub(super) fn given(&self, job: usize) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let given = move |&place: &usize| {
            self.changes[place].job == job && !self.changes[place].given.is_empty()
        };
        (0..self.changes.len()).filter(given)
    }

    /// When a change that was handed out returns; `None` when it is settled or overtaken.
    pub(super) fn returns(&self, place: usize) -> Option<Time> {
        let change = &self.changes[place];
        let latest = self.given(change.job).next_back() == Some(place);
        let last = change.given.last().filter(|_| latest && !change.settled)?;
        Some(change.again.unwrap_or(last + 600 * SECOND))
    }

    pub(super) fn poll(&mut self, queue: Queue) -> Reply {
        let now = self.now;
        let later = now + POLL_WAIT;
        let permitted = self.permitted(queue);
        if let Some(permitted) = permitted.filter(|&permitted| now < permitted) {
            if self.modes.early_poll == EarlyPoll::KeepsTime {
                return Reply::TooEarly(permitted);
            }
            self.polls.push((queue, later));
            return Reply::TooEarly(later);
        }
        let ready = (0..self.changes.len()).find(|&place| {
            let change = &self.changes[place];
            let job = &self.jobs[change.job - 1];
            job.queue == queue && self.waits(place) && !self.is_held_back(change.job)
        });
        let Some(place) = ready else {
            self.polls.push((queue, later));
            return Reply::Empty(later);
        };
        self.polls.push((queue, now));
        if self.modes.shown == ChangeState::AsHandedOut {
            self.fold_later_changes(place);
        }
        let change = &mut self.changes[place];
        change.given.push(now);
        change.again = None;
        let signed = change.statuses.iter().all(|&(s, _)| s == "SIGNED");
        let state = match (change.ended, signed) {
            (false, _) => "IN_PROGRESS",
            (true, true) => "COMPLETED_SUCCESSFULLY",
            (true, false) => "FAILED",
        };
        let (job, statuses) = (change.job, change.statuses.clone());
        let has_documents = self.jobs[job - 1].has_documents(now);
        Reply::Changed(job, state, statuses, has_documents)
    }

    /// Whether a change is in the queue: not handed out yet, or returned.
    pub(super) fn waits(&self, place: usize) -> bool {
        let change = &self.changes[place];
        let fresh = change.given.is_empty() && !change.folded;
        fresh || self.returns(place).is_some_and(|at| at <= self.now)
    }

    /// Whether a change of the job is out, so that no other one is handed out.
    fn is_held_back(&self, job: usize) -> bool {
        let mut out = self.given(job).filter_map(|place| self.returns(place));
        self.modes.parallel == ParallelChanges::HeldBack && out.any(|at| at > self.now)
    }

    /// Makes one change of all that wait of its job, with the state of the last.
    fn fold_later_changes(&mut self, place: usize) {
        let job = self.changes[place].job;
        for later in place + 1..self.changes.len() {
            if self.changes[later].job == job && self.waits(later) {
                self.changes[later].folded = true;
                self.changes[place].statuses = self.changes[later].statuses.clone();
                self.changes[place].ended = self.changes[later].ended;
            }
        }
    }

    pub(super) fn permitted(&self, queue: Queue) -> Option<Time> {
        let mut polls = self.polls.iter().rev();
        polls
            .find(|(polled, _)| *polled == queue)
            .map(|&(_, until)| until)
    }

    pub(super) fn give_again(&mut self, number: usize) -> Reply {
        let latest = self.given(number).next_back();
        if let Some(latest) = latest {
            self.changes[latest].again = Some(self.now);
        }
        Reply::Nothing
    }

    pub(super) fn confirm(&mut self, org: usize, number: usize) -> Reply {
        if self.owned(org, number).is_none() {
            return Reply::Refused("NoSuchJob");
        }
        let given: Vec<_> = self.given(number).collect();
        for &place in &given {
            self.changes[place].settled = true;
        }
        if given.iter().any(|&place| self.changes[place].ended) {
            self.jobs[number - 1].closed = true;
        }
        Reply::Done
    }
}
