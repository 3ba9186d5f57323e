//! What is in flight: which changes were handed out, how far each has come, and what may be confirmed.
//!
//! A confirmation settles every change of its job that was handed out by then. What becomes of several changes
//! of a job the documentation leaves open: each may return by itself, or only the newest, or the next may be
//! held back while one is out. So the ledger keeps the changes of a job together, in the order in which they
//! first came, and holds to four rules that are right for all three:
//!
//! 1. Only one change of a job is with a handler, and never before an earlier one was handled or is gone.
//! 2. A change that was left to return is waited for by the newer ones of its job, which are left as well.
//! 3. A job is confirmed only when every change of it has been handled or is gone.
//! 4. When a response was lost, an unseen change of any job may be out, and nothing is confirmed. Of the job that
//!    has ended nothing is unseen: it is confirmed at once. What an earlier process was handed is unseen too: the
//!    start of a watch counts as a lost response, except where that process stopped in order.
//!
//! One thing ends both the wait for a change that was left and the doubt after a loss: an empty response to a poll
//! that was sent a lease and the same time again later. By then all that was out has returned, and nothing is there.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant};

use portal_model::SignatureJobId;

use super::job::{Entry, Given, Job, Key, LEASE, Place, RETURNED_AFTER, Seen, Stage, Ticket};
use super::shared::later_instant;
use crate::{ChangeId, StatusChange};

/// With so many jobs known, those are forgotten whose changes have not returned for so long: another process must
/// have them. With fewer they may stay: a watch that is busy for hours polls too seldom to find a queue empty.
const MOST_KNOWN: usize = 2000;
const FORGOTTEN_AFTER: Duration = Duration::from_mins(70);

/// How many handled changes are remembered, and unreadable ones.
const REMEMBERED: usize = 1000;

/// Within this a change that is out does not return, whatever the service's clock does. Not the whole lease: where the
/// service's is a little shorter, or the way a little faster, everything that returns would count as returned at once.
const SOON: Duration = Duration::from_mins(5);

/// What is to be done with a change that has come.
#[derive(Debug)]
pub(super) enum Arrival {
    ToHandle(Given),
    /// It is handled already, and is to be confirmed.
    ToConfirm(Ticket, StatusChange),
    /// It waits for an earlier change of its job.
    Held,
    /// An earlier change of its job was left to return, and so is this one.
    Left,
    /// It is in flight, or can't be confirmed yet; and whether it came again soon after the last time.
    InFlight {
        soon: bool,
    },
}

/// What is to be done about a confirmation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Confirm {
    /// The job is to be confirmed now, which settles these changes.
    Job(Vec<u64>),
    /// It can't be confirmed before others of the job are handled or have returned.
    Later,
    /// The job was confirmed in the meantime.
    Settled,
}

#[derive(Debug)]
pub(super) struct Ledger {
    queues: Vec<Seen>,
    jobs: HashMap<Key, Job>,
    handled: VecDeque<ChangeId>,
    last_number: u64,
}

impl Ledger {
    /// A ledger of so many queues, of which it is unknown what was handed out before the start.
    pub(super) fn new(queues: usize, started: Instant) -> Self {
        let seen = || Seen {
            empty_at: None,
            unseen_until: Some(later_instant(started, RETURNED_AFTER)),
            unreadable: HashSet::new(),
        };
        Self {
            queues: std::iter::repeat_with(seen).take(queues).collect(),
            jobs: HashMap::new(),
            handled: VecDeque::new(),
            last_number: 0,
        }
    }

    /// Takes into account until when what an earlier process was handed may be out, if any is.
    pub(super) fn started(&mut self, queue: usize, unseen_until: Option<Instant>) {
        if let Some(seen) = self.queues.get_mut(queue) {
            seen.unseen_until = unseen_until;
        }
    }

    /// Until when changes of a queue may be out that the next process would not know of; none when it has nothing to
    /// reckon with. What is in flight counts as if it were left.
    pub(super) fn unseen_until(&self, queue: usize) -> Option<Instant> {
        let seen = self.queues.get(queue)?;
        let doubt = seen.unseen_until.filter(|_| seen.is_in_doubt());
        let jobs = self.jobs.iter().filter(|(key, _)| key.queue == queue);
        let of_jobs = jobs.filter_map(|(_, job)| job.unseen_until(seen));
        of_jobs.chain(doubt).max()
    }

    /// Takes a change that was handed out at `now` at the latest.
    pub(super) fn arrive(
        &mut self,
        queue: usize,
        change: StatusChange,
        place: Place,
        now: Instant,
    ) -> Arrival {
        self.last_number += 1;
        let number = self.last_number;
        self.forget_some(now);
        let job = change.job_id();
        let key = Key { queue, job };
        let entries = &mut self.jobs.entry(key).or_default().entries;
        // The same change with another record is handled once more, unless it has yet to be handled at all.
        let same = |entry: &Entry| entry.change.id() == change.id();
        let equal = |entry: &Entry| same(entry) && entry.change.record() == change.record();
        let known = entries.iter().position(equal).or_else(|| {
            let waiting = |entry: &Entry| matches!(entry.stage, Stage::Held(_) | Stage::Left);
            entries
                .iter()
                .position(|entry| same(entry) && waiting(entry))
        });
        if let Some(entry) = known.and_then(|known| entries.get_mut(known)) {
            let soon = now.saturating_duration_since(entry.given_at) < SOON;
            entry.given_at = now;
            match entry.stage {
                Stage::Held(_) => {
                    entry.change = change;
                    return Arrival::InFlight { soon };
                }
                Stage::Out(_) | Stage::Handled(Some(_)) => return Arrival::InFlight { soon },
                Stage::Handled(None) => {
                    let again = self.confirm_again(key, known, place);
                    return again.unwrap_or(Arrival::InFlight { soon });
                }
                Stage::Left => {
                    entry.number = number;
                    entry.change = change;
                    entry.stage = Stage::Held(place);
                }
            }
        } else {
            entries.push(Entry {
                number,
                change,
                given_at: now,
                stage: Stage::Held(place),
            });
        }
        match self.next(key) {
            Some(given) => Arrival::ToHandle(given),
            None if self.is_left(key, number) => Arrival::Left,
            None => Arrival::Held,
        }
    }

    /// Confirms a handled change that has returned, if it may be.
    fn confirm_again(&mut self, key: Key, known: Option<usize>, place: Place) -> Option<Arrival> {
        let number = self.last_number;
        if !self.may_confirm(key) {
            return None;
        }
        let entry = self.jobs.get_mut(&key)?.entries.get_mut(known?)?;
        entry.number = number;
        entry.stage = Stage::Handled(Some(place.permit));
        let ticket = Ticket { key, number };
        Some(Arrival::ToConfirm(ticket, entry.change.clone()))
    }

    /// Marks a change as handled; gives the one of its job whose turn it is.
    pub(super) fn handled(&mut self, ticket: Ticket) -> Option<Given> {
        let entry = self.entry(ticket)?;
        let stage = std::mem::replace(&mut entry.stage, Stage::Left);
        entry.stage = match stage {
            Stage::Out(permit) => Stage::Handled(Some(permit)),
            other => other,
        };
        let id = entry.change.id().clone();
        if !self.handled.contains(&id) {
            self.handled.push_back(id);
        }
        if self.handled.len() > REMEMBERED {
            self.handled.pop_front();
        }
        self.next(ticket.key)
    }

    /// Lets go of a change: unhandled it is left to return, handled it is no longer in flight.
    pub(super) fn let_go(&mut self, ticket: Ticket) {
        let Some(entry) = self.entry(ticket) else {
            return;
        };
        if let Stage::Handled(permit) = &mut entry.stage {
            permit.take();
            return;
        }
        entry.stage = Stage::Left;
        // What waited for it is left as well.
        let job = self.jobs.get_mut(&ticket.key);
        job.into_iter().for_each(Job::leave_held);
    }

    /// What is to be done now to confirm a handled change. Unless the job is confirmed now, the change is no
    /// longer in flight.
    pub(super) fn confirm(&mut self, ticket: Ticket) -> Confirm {
        if self.entry(ticket).is_none() {
            return Confirm::Settled;
        }
        if !self.may_confirm(ticket.key) {
            self.let_go(ticket);
            return Confirm::Later;
        }
        let entries = self.jobs.get(&ticket.key).map(|job| job.entries.iter());
        Confirm::Job(
            entries
                .into_iter()
                .flatten()
                .map(|entry| entry.number)
                .collect(),
        )
    }

    fn may_confirm(&self, key: Key) -> bool {
        let (Some(seen), Some(job)) = (self.queues.get(key.queue), self.jobs.get(&key)) else {
            return false;
        };
        let unreadable = job.unreadable_at.is_some_and(|at| !seen.is_back(at));
        let in_doubt = seen.is_in_doubt() || unreadable;
        let done = |entry: &Entry| entry.is_handled() || entry.is_gone(seen);
        job.entries.iter().all(done) && (job.has_ended() || !in_doubt)
    }

    /// Strikes out changes that are confirmed.
    pub(super) fn confirmed(&mut self, ticket: Ticket, numbers: &[u64]) {
        if let Some(job) = self.jobs.get_mut(&ticket.key) {
            job.entries.retain(|entry| !numbers.contains(&entry.number));
            if job.entries.is_empty() {
                self.jobs.remove(&ticket.key);
            }
        }
    }

    /// From when on the service may put a change back on its queue; none when it is settled.
    pub(super) fn returns_at(&mut self, ticket: Ticket) -> Option<Instant> {
        self.entry(ticket)
            .and_then(|entry| entry.given_at.checked_add(LEASE))
    }

    /// Takes into account that a queue was empty at a poll sent at `sent`. When that ends a doubt, gives the jobs
    /// whose confirmation was deferred because of it.
    pub(super) fn found_empty(
        &mut self,
        queue: usize,
        sent: Instant,
    ) -> Vec<(Ticket, StatusChange)> {
        let Some(seen) = self.queues.get_mut(queue) else {
            return Vec::new();
        };
        let was_in_doubt = seen.is_in_doubt();
        seen.empty_at = Some(sent);
        let seen = &*seen;
        // A change that is gone keeps its place among the others of its job, should it return all the same.
        self.jobs.retain(|key, job| {
            let unreadable = job.unreadable_at.is_some_and(|at| !seen.is_back(at));
            let stays = |entry: &Entry| !(entry.is_away() && seen.is_back(entry.given_at));
            key.queue != queue || seen.is_in_doubt() || unreadable || job.entries.iter().any(stays)
        });
        if !was_in_doubt || seen.is_in_doubt() {
            return Vec::new();
        }
        let jobs = self.jobs.iter().filter(|(key, _)| key.queue == queue);
        let deferred = jobs.filter_map(|(key, job)| {
            let deferred = |entry: &&Entry| matches!(entry.stage, Stage::Handled(None));
            let entry = job.entries.iter().rfind(deferred)?;
            let (key, number) = (*key, entry.number);
            self.may_confirm(key)
                .then(|| (Ticket { key, number }, entry.change.clone()))
        });
        deferred.collect()
    }

    /// Takes into account that the response to a poll was lost at `now`, and a change may have been in it.
    pub(super) fn lost_response(&mut self, queue: usize, now: Instant) {
        if let Some(seen) = self.queues.get_mut(queue) {
            seen.unseen_until = seen
                .unseen_until
                .max(Some(later_instant(now, RETURNED_AFTER)));
        }
    }

    /// Takes a response that can't be read. Where it names its job, only that is in doubt; and a document that has
    /// come before hides nothing else.
    pub(super) fn unreadable(&mut self, queue: usize, text: &str, now: Instant) {
        if let Some(job) = job_of(text) {
            let job = self.jobs.entry(Key { queue, job }).or_default();
            job.unreadable_at = Some(now);
            return;
        }
        if let Some(seen) = self.queues.get_mut(queue)
            && text.contains("portal-signature-job-status-change-response")
        {
            if seen.unreadable.len() >= REMEMBERED {
                seen.unreadable.clear();
            }
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            if !seen.unreadable.insert(hasher.finish()) {
                return;
            }
        }
        self.lost_response(queue, now);
    }

    /// Leaves everything that waits to return.
    pub(super) fn leave_held(&mut self) {
        self.jobs.values_mut().for_each(Job::leave_held);
    }

    /// How many changes are in flight, with a handler or waiting for one, or being confirmed.
    #[cfg(test)]
    pub(super) fn in_flight(&self) -> usize {
        let entries = self.jobs.values().flat_map(|job| &job.entries);
        entries.filter(|entry| !entry.is_away()).count()
    }

    /// How many changes are known of at all.
    #[cfg(test)]
    pub(super) fn known(&self) -> usize {
        self.jobs.values().map(|job| job.entries.len()).sum()
    }

    /// The change of a job whose turn has come. It counts as with a handler from now on.
    fn next(&mut self, key: Key) -> Option<Given> {
        let seen = self.queues.get(key.queue)?;
        let job = self.jobs.get_mut(&key)?;
        let is_out = |entry: &Entry| matches!(entry.stage, Stage::Out(_));
        if job.entries.iter().any(is_out) {
            return None;
        }
        let undone = |entry: &&mut Entry| !entry.is_handled() && !entry.is_gone(seen);
        let entry = job.entries.iter_mut().find(undone)?;
        match std::mem::replace(&mut entry.stage, Stage::Left) {
            Stage::Held(Place { permit, out }) => {
                entry.stage = Stage::Out(permit);
                let number = entry.number;
                let ticket = Ticket { key, number };
                let was_handled = self.handled.contains(entry.change.id());
                let change = entry.change.clone().handled_before(was_handled);
                Some(Given {
                    ticket,
                    change,
                    out,
                })
            }
            _ => {
                job.leave_held();
                None
            }
        }
    }

    fn entry(&mut self, ticket: Ticket) -> Option<&mut Entry> {
        let mut entries = self.jobs.get_mut(&ticket.key)?.entries.iter_mut();
        entries.find(|entry| entry.number == ticket.number)
    }

    fn is_left(&self, key: Key, number: u64) -> bool {
        let mut entries = self.jobs.get(&key).into_iter().flat_map(|job| &job.entries);
        entries.any(|entry| entry.number == number && matches!(entry.stage, Stage::Left))
    }

    /// Forgets what another process has got, so that memory is bounded.
    fn forget_some(&mut self, now: Instant) {
        if self.jobs.len() > MOST_KNOWN && self.last_number.is_multiple_of(256) {
            let fresh = |at: Instant| now.saturating_duration_since(at) <= FORGOTTEN_AFTER;
            self.jobs.retain(|_, job| {
                let stays = |entry: &Entry| !entry.is_away() || fresh(entry.given_at);
                job.entries.iter().any(stays) || job.unreadable_at.is_some_and(fresh)
            });
        }
    }
}

/// The job of a change that can't be read as a whole.
fn job_of(text: &str) -> Option<SignatureJobId> {
    let (_, rest) = text.split_once("signature-job-id>")?;
    let (number, _) = rest.split_once('<')?;
    number.trim().parse().ok().map(SignatureJobId::new)
}

#[cfg(test)]
mod tests;
