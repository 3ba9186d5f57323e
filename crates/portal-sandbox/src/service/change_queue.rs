//! One queue of status changes: who may poll when, what is handed out, what comes back.
//!
//! Source: the service's documentation, "Get status changes": changes can be polled in parallel, a
//! change that was handed out leaves the queue, none is received twice, and one that is not confirmed
//! returns after ten minutes. Every change of a job is queued with the state that the job had then.
//! Rules keep what pollers see in order:
//!
//! 1. Changes are handed out in the order in which they happened. One that returns unconfirmed takes
//!    its old place again, before every later change, of its job and of others.
//! 2. By default a job's next change is held back while one of the job is out
//!    ([`ParallelChanges::HeldBack`]). With [`ParallelChanges::HandedOut`] it is handed out at once,
//!    and the earlier one then never returns.
//! 3. Confirming settles all changes of the job that were handed out so far, also one that has
//!    returned; what was not handed out stays.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::course::Course;
use super::job_id::JobId;
use super::modes::{ChangeState, EarlyPoll, ParallelChanges, QueueModes};
use super::status::JobState;

/// How long a change that was handed out may stay unconfirmed before it is queued again.
pub(crate) const LEASE: SignedDuration = SignedDuration::from_mins(10);

/// What a poll gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Polled {
    /// Before the permitted time: nothing is handed out.
    TooEarly,
    /// Nothing has changed.
    Empty,
    /// This job changed to this state.
    Change(Change),
}

/// A job, and how it stood after something had changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) job: JobId,
    pub(crate) course: Course,
}

/// A change's place in its queue.
type Place = u64;

#[derive(Debug, Default)]
pub(crate) struct ChangeQueue {
    waiting: BTreeMap<Place, Change>,
    /// The places of waiting changes that may be handed out now.
    ready: BTreeSet<Place>,
    /// The places of each job's waiting changes.
    places: BTreeMap<JobId, BTreeSet<Place>>,
    /// The latest change of each job that was handed out and is not settled.
    given: BTreeMap<JobId, Given>,
    returns: BTreeSet<(Timestamp, JobId)>,
    last_place: Place,
    next_poll: Option<Timestamp>,
}

#[derive(Debug)]
struct Given {
    place: Place,
    state: JobState,
    /// When it returns and as what; `None` once it has returned and waits again.
    lease: Option<(Timestamp, Course)>,
}

impl ChangeQueue {
    /// Queues a change.
    pub(crate) fn push(&mut self, change: Change, modes: QueueModes) {
        self.last_place += 1;
        let held_back = modes.parallel == ParallelChanges::HeldBack && self.is_out(change.job);
        self.wait(self.last_place, change, !held_back);
    }

    /// Handles a poll at `now`, and returns when the next one is permitted, in whole milliseconds:
    /// JavaScript keeps no more. `wait` is how long to stay away from an empty queue.
    pub(crate) fn poll(
        &mut self,
        now: Timestamp,
        wait: SignedDuration,
        modes: QueueModes,
    ) -> (Polled, Timestamp) {
        let after_wait = whole_milliseconds(now.checked_add(wait).unwrap_or(Timestamp::MAX));
        if let Some(permitted) = self.next_poll.filter(|&permitted| now < permitted) {
            let next = match modes.early_poll {
                EarlyPoll::KeepsTime => permitted,
                EarlyPoll::MovesTime => after_wait,
            };
            self.next_poll = Some(next);
            return (Polled::TooEarly, next);
        }
        self.take_back(now);
        match self.take_first(modes) {
            Some((place, change)) => {
                self.hand_out(now, place, &change, modes);
                let at_once = started_millisecond(now);
                self.next_poll = Some(at_once);
                (Polled::Change(change), at_once)
            }
            None => {
                self.next_poll = Some(after_wait);
                (Polled::Empty, after_wait)
            }
        }
    }

    /// Lets the change of `job` that is handed out return at once.
    pub(crate) fn give_again(&mut self, now: Timestamp, job: JobId) {
        let lease = self.given.get_mut(&job).and_then(|g| g.lease.as_mut());
        if let Some((until, _)) = lease {
            self.returns.remove(&(*until, job));
            *until = now;
            self.returns.insert((now, job));
        }
    }

    /// Settles everything of `job` that was handed out, and returns the state that was shown last.
    pub(crate) fn confirm(&mut self, now: Timestamp, job: JobId) -> Option<JobState> {
        self.take_back(now);
        let given = self.given.remove(&job)?;
        match given.lease {
            Some((until, _)) => drop(self.returns.remove(&(until, job))),
            None => drop(self.take(given.place)),
        }
        self.release(job);
        Some(given.state)
    }

    /// Takes the next change that may be handed out.
    fn take_first(&mut self, modes: QueueModes) -> Option<(Place, Change)> {
        let place = *self.ready.first()?;
        let mut change = self.take(place)?;
        if modes.shown == ChangeState::AsHandedOut {
            // The job's last queued change has the state that the job has now.
            while let Some(later) = self
                .places
                .get(&change.job)
                .and_then(|p| p.first().copied())
            {
                change = self.take(later).unwrap_or(change);
            }
        }
        Some((place, change))
    }

    fn hand_out(&mut self, now: Timestamp, place: Place, change: &Change, modes: QueueModes) {
        let until = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
        let given = Given {
            place,
            state: change.course.state(),
            lease: Some((until, change.course.clone())),
        };
        if let Some((earlier, _)) = self.given.insert(change.job, given).and_then(|g| g.lease) {
            self.returns.remove(&(earlier, change.job));
        }
        self.returns.insert((until, change.job));
        if modes.parallel == ParallelChanges::HeldBack {
            for place in self.places.get(&change.job).into_iter().flatten() {
                self.ready.remove(place);
            }
        }
    }

    /// Queues again what has been out for too long by `now`.
    pub(crate) fn take_back(&mut self, now: Timestamp) {
        while let Some(&(until, job)) = self.returns.first() {
            if until > now {
                return;
            }
            self.returns.pop_first();
            let Some(given) = self.given.get_mut(&job) else {
                continue;
            };
            let place = given.place;
            if let Some((_, course)) = given.lease.take() {
                self.wait(place, Change { job, course }, true);
                self.release(job);
            }
        }
    }

    /// Whether a change of the job is handed out and has neither been confirmed nor returned.
    fn is_out(&self, job: JobId) -> bool {
        self.given.get(&job).is_some_and(|g| g.lease.is_some())
    }

    fn wait(&mut self, place: Place, change: Change, ready: bool) {
        self.places.entry(change.job).or_default().insert(place);
        self.waiting.insert(place, change);
        if ready {
            self.ready.insert(place);
        }
    }

    fn take(&mut self, place: Place) -> Option<Change> {
        self.ready.remove(&place);
        let change = self.waiting.remove(&place)?;
        if let Some(places) = self.places.get_mut(&change.job) {
            places.remove(&place);
            if places.is_empty() {
                self.places.remove(&change.job);
            }
        }
        Some(change)
    }

    /// Lets the job's waiting changes be handed out.
    fn release(&mut self, job: JobId) {
        self.ready
            .extend(self.places.get(&job).into_iter().flatten());
    }

    /// The changes that wait to be handed out, the next one first, with the state that each tells.
    pub(crate) fn ready(&self) -> impl Iterator<Item = (JobId, JobState)> + '_ {
        let waiting = self.waiting.values();
        waiting.map(|change| (change.job, change.course.state()))
    }

    /// The jobs with a change that is handed out and unconfirmed, with the time it returns.
    pub(crate) fn leased(&self) -> impl Iterator<Item = (JobId, Timestamp)> + '_ {
        self.returns.iter().map(|&(until, job)| (job, until))
    }

    /// Whether it is as good as new: empty, nothing handed out, and to be polled at any time.
    pub(crate) fn is_idle(&self, now: Timestamp) -> bool {
        let permitted = self.next_poll.is_none_or(|permitted| permitted <= now);
        permitted && self.waiting.is_empty() && self.given.is_empty()
    }

    /// How many changes and leases it holds.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        let waiting = self.waiting.len() + self.ready.len() + self.places.len();
        waiting + self.given.len() + self.returns.len()
    }

    /// When the next poll is permitted; `None` before the first.
    pub(crate) fn next_poll(&self) -> Option<Timestamp> {
        self.next_poll
    }
}

/// The first whole millisecond from `at` on.
fn whole_milliseconds(at: Timestamp) -> Timestamp {
    let started = started_millisecond(at);
    if started == at {
        return at;
    }
    let next = Timestamp::from_millisecond(started.as_millisecond().saturating_add(1));
    next.unwrap_or(Timestamp::MAX)
}

/// The last whole millisecond up to `at`.
fn started_millisecond(at: Timestamp) -> Timestamp {
    let nanosecond = i64::from(at.subsec_nanosecond()).rem_euclid(1_000_000);
    at.checked_sub(SignedDuration::from_nanos(nanosecond))
        .unwrap_or(at)
}

#[cfg(test)]
mod tests;
