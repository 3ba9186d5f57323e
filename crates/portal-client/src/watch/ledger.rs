//! What is in flight: which changes were handed out, how far each has come, and what may be confirmed.
//!
//! The service hands out changes and takes confirmations of jobs: one confirmation settles every change of
//! its job that was handed out by then. So the ledger keeps the changes of a job together, in the order in
//! which they were first handed out, and holds to four rules:
//!
//! 1. Only the first change of a job that has not been handled may be with a handler.
//! 2. A job is confirmed only when every change of it that was handed out has been handled.
//! 3. A change that was left to come back is waited for by the newer ones of its job: they are left as well.
//!    It is gone for good when a newer one comes back before it, or the queue is empty after its time.
//! 4. When the response to a poll was lost, a newer change of any job may be handed out unseen. So the changes in
//!    flight are not confirmed until they come back, which they do only if there is no such newer one; or
//!    with it. The change that ends its job has none after it, and is confirmed at once.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use portal_model::{PortalSignatureJobStatus, SignatureJobId};
use tokio::sync::OwnedSemaphorePermit;

use crate::{ChangeId, StatusChange};

/// How long a change that was handed out stays away from its queue unless it is confirmed. Source: the
/// service's documentation.
pub(super) const LEASE: Duration = Duration::from_mins(10);

/// With so many jobs known, those are forgotten whose changes have not come back so long after their time:
/// another process must have them. With fewer they may stay: a watch that has its hands full for hours polls
/// too seldom to conclude anything.
const MOST_KNOWN: usize = 2000;
const GONE: Duration = Duration::from_mins(60);

/// How many handled changes are remembered.
const REMEMBERED: usize = 1000;

/// A job in a queue of the watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    queue: usize,
    job: SignatureJobId,
}

/// Which change a handler has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    key: Key,
    number: u64,
}

impl Ticket {
    /// The queue that the change came from.
    pub(super) fn queue(self) -> usize {
        self.key.queue
    }
}

#[derive(Debug)]
struct Entry {
    number: u64,
    id: ChangeId,
    /// When the service puts it back on the queue, at the latest.
    until: Instant,
    stage: Stage,
    /// It is the end of its job.
    is_last: bool,
    /// A newer change of its job may have been handed out without being seen.
    is_doubtful: bool,
}

/// How far a change has come. The permit is a place among what may be in flight.
#[derive(Debug)]
enum Stage {
    /// It waits for an earlier change of its job.
    Held(StatusChange, OwnedSemaphorePermit),
    /// A handler has it.
    Out(OwnedSemaphorePermit),
    /// It was handled; with a permit as long as its confirmation is tried.
    Handled(Option<OwnedSemaphorePermit>),
    /// It was not handled, and comes back.
    Left,
}

/// What a change is that was handed out.
#[derive(Debug)]
pub(super) enum Arrival {
    /// One to be handled now.
    ToHandle(Ticket, StatusChange),
    /// One whose turn comes after the change of its job that is with a handler.
    Held,
    /// One that is left to come back, since an earlier one of its job was.
    Left,
    /// One that is in flight already.
    InFlight,
    /// One that was handled, and only has to be confirmed.
    ToConfirm(Ticket, StatusChange),
}

/// What is to be done to confirm a change.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Confirm {
    /// The job is confirmed, and these changes with it.
    Job(Vec<u64>),
    /// Another change of the job has to be handled first, or this one has to come back.
    Later,
    /// The job was confirmed in the meantime.
    Settled,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    jobs: HashMap<Key, Vec<Entry>>,
    handled: Handled,
    last_number: u64,
    swept: Option<Instant>,
}

impl Ledger {
    /// Takes a change that was handed out at `now` at the latest.
    pub(super) fn arrive(
        &mut self,
        queue: usize,
        change: StatusChange,
        permit: OwnedSemaphorePermit,
        now: Instant,
    ) -> Arrival {
        self.sweep(now);
        let id = change.id().clone();
        let key = Key {
            queue,
            job: change.job_id(),
        };
        let until = now.checked_add(LEASE).unwrap_or(now);
        let entries = self.jobs.entry(key).or_default();
        let is_last = change.status() != PortalSignatureJobStatus::InProgress;
        self.last_number += 1;
        let number = self.last_number;
        let change = change.handled_before(self.handled.contains(&id));
        let known = entries.iter().position(|entry| entry.id == id);
        let waits_for_others = entries.iter().any(Entry::is_unhandled);
        if let Some(known) = known
            && let Some(entry) = entries.get_mut(known)
        {
            let returned_at = std::mem::replace(&mut entry.until, until);
            entry.is_doubtful = false;
            match &entry.stage {
                Stage::Held(..) | Stage::Out(_) | Stage::Handled(Some(_)) => {
                    return Arrival::InFlight;
                }
                Stage::Handled(None) if waits_for_others => {
                    return Arrival::InFlight;
                }
                Stage::Handled(None) => {
                    entry.number = number;
                    entry.stage = Stage::Handled(Some(permit));
                    return Arrival::ToConfirm(Ticket { key, number }, change);
                }
                Stage::Left => {
                    // Those before it were due before it, and were not given.
                    let mut place = 0..;
                    entries.retain(|entry| {
                        let earlier = place.next().is_some_and(|place| place < known);
                        !(earlier && entry.is_left() && entry.until <= returned_at)
                    });
                }
            }
        }
        let stage = Stage::Held(change, permit);
        match entries.iter_mut().find(|entry| entry.id == id) {
            Some(entry) => {
                entry.number = number;
                entry.stage = stage;
            }
            None => entries.push(Entry {
                number,
                id,
                until,
                stage,
                is_last,
                is_doubtful: false,
            }),
        }
        let next = self.next(key);
        match next {
            Some((ticket, change)) => Arrival::ToHandle(ticket, change),
            None if self.is_left(key, number) => Arrival::Left,
            None => Arrival::Held,
        }
    }

    /// Marks a change as handled; gives the one of its job whose turn it is.
    pub(super) fn handled(&mut self, ticket: Ticket) -> Option<(Ticket, StatusChange)> {
        let entry = self.entry(ticket)?;
        let stage = std::mem::replace(&mut entry.stage, Stage::Left);
        entry.stage = match stage {
            Stage::Out(permit) => Stage::Handled(Some(permit)),
            other => other,
        };
        let id = entry.id.clone();
        self.handled.remember(id);
        self.next(ticket.key)
    }

    /// Lets go of a change: unhandled it is left to come back, handled it is no longer in flight.
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
        let entries = self.jobs.get_mut(&ticket.key).into_iter().flatten();
        entries.for_each(Entry::leave_held);
    }

    /// What is to be done now to confirm a handled change. Unless the job is confirmed now, the change is no
    /// longer in flight.
    pub(super) fn confirm(&mut self, ticket: Ticket) -> Confirm {
        if self.entry(ticket).is_none() {
            return Confirm::Settled;
        }
        let entries = self.jobs.get(&ticket.key).map_or(&[][..], Vec::as_slice);
        let newest = entries.last();
        let in_doubt = newest.is_some_and(|newest| newest.is_doubtful && !newest.is_last);
        if in_doubt || entries.iter().any(Entry::is_unhandled) {
            self.let_go(ticket);
            return Confirm::Later;
        }
        Confirm::Job(entries.iter().map(|entry| entry.number).collect())
    }

    /// Strikes out changes that are confirmed.
    pub(super) fn confirmed(&mut self, ticket: Ticket, numbers: &[u64]) {
        if let Some(entries) = self.jobs.get_mut(&ticket.key) {
            entries.retain(|entry| !numbers.contains(&entry.number));
            if entries.is_empty() {
                self.jobs.remove(&ticket.key);
            }
        }
    }

    /// When the service puts a change back on its queue; none when it is settled.
    pub(super) fn returns_at(&mut self, ticket: Ticket) -> Option<Instant> {
        self.entry(ticket).map(|entry| entry.until)
    }

    /// Takes into account that a queue was empty at a poll sent at `sent`: what should have been back by
    /// then is settled elsewhere.
    pub(super) fn found_empty(&mut self, queue: usize, sent: Instant) {
        self.strike(|key, entry| key.queue == queue && entry.is_away() && entry.until < sent);
    }

    /// Takes into account that the response to a poll was lost, and a change may have been in it.
    pub(super) fn lost_response(&mut self, queue: usize) {
        for (key, entries) in &mut self.jobs {
            for entry in entries.iter_mut().filter(|_| key.queue == queue) {
                entry.is_doubtful = true;
            }
        }
    }

    /// Leaves everything that waits to come back.
    pub(super) fn leave_held(&mut self) {
        for entry in self.jobs.values_mut().flatten() {
            entry.leave_held();
        }
    }

    /// How many changes are in flight, with a handler or waiting for one, or being confirmed.
    #[cfg(test)]
    pub(super) fn max_in_flight(&self) -> usize {
        let entries = self.jobs.values().flatten();
        entries.filter(|entry| !entry.is_away()).count()
    }

    /// How many changes are known of at all.
    #[cfg(test)]
    pub(super) fn known(&self) -> usize {
        self.jobs.values().map(Vec::len).sum()
    }

    /// The change of a job whose turn has come. It counts as with a handler from now on.
    fn next(&mut self, key: Key) -> Option<(Ticket, StatusChange)> {
        let entries = self.jobs.get_mut(&key)?;
        let first = entries.iter().position(Entry::is_unhandled)?;
        let entry = entries.get_mut(first)?;
        match std::mem::replace(&mut entry.stage, Stage::Left) {
            Stage::Held(change, permit) => {
                entry.stage = Stage::Out(permit);
                let number = entry.number;
                Some((Ticket { key, number }, change))
            }
            Stage::Left => {
                entries.iter_mut().for_each(Entry::leave_held);
                None
            }
            stage => {
                entry.stage = stage;
                None
            }
        }
    }

    fn entry(&mut self, ticket: Ticket) -> Option<&mut Entry> {
        let mut entries = self.jobs.get_mut(&ticket.key)?.iter_mut();
        entries.find(|entry| entry.number == ticket.number)
    }

    fn is_left(&self, key: Key, number: u64) -> bool {
        let entries = self.jobs.get(&key).map_or(&[][..], Vec::as_slice);
        let mut same = entries.iter().filter(|entry| entry.number == number);
        same.any(Entry::is_left)
    }

    /// Forgets what another process has got, so that memory is bounded.
    fn sweep(&mut self, now: Instant) {
        let due = |last: Instant| now.saturating_duration_since(last) >= LEASE;
        if self.jobs.len() > MOST_KNOWN && self.swept.is_none_or(due) {
            self.swept = Some(now);
            self.strike(|_, entry| {
                entry.is_away() && now.saturating_duration_since(entry.until) > GONE
            });
        }
    }

    fn strike(&mut self, is_gone: impl Fn(&Key, &Entry) -> bool) {
        self.jobs.retain(|key, entries| {
            entries.retain(|entry| !is_gone(key, entry));
            !entries.is_empty()
        });
    }
}

impl Entry {
    fn is_unhandled(&self) -> bool {
        !matches!(self.stage, Stage::Handled(_))
    }

    fn is_left(&self) -> bool {
        matches!(self.stage, Stage::Left)
    }

    /// Whether nobody works at it here.
    fn is_away(&self) -> bool {
        matches!(self.stage, Stage::Left | Stage::Handled(None))
    }

    fn leave_held(&mut self) {
        if matches!(self.stage, Stage::Held(..)) {
            self.stage = Stage::Left;
        }
    }
}

/// The changes that were handled last.
#[derive(Debug, Default)]
struct Handled {
    order: VecDeque<ChangeId>,
    all: HashSet<ChangeId>,
}

impl Handled {
    fn contains(&self, id: &ChangeId) -> bool {
        self.all.contains(id)
    }

    fn remember(&mut self, id: ChangeId) {
        if !self.all.insert(id.clone()) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.all.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests;
