//! One queue of status changes: who may poll when, what is handed out, what comes back.
//!
//! Source: the service's documentation, "Get status changes". A job stands in its queue at most
//! once and is answered with the state it has when it is handed out, so two changes between two
//! polls arrive as one answer.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::JobId;

/// How long a change that was handed out may stay unconfirmed before it is queued again.
pub(crate) const LEASE: SignedDuration = SignedDuration::from_mins(10);

/// What a poll gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Polled {
    /// Before the permitted time: nothing is handed out, and a new time is set.
    TooEarly,
    /// Nothing has changed.
    Empty,
    /// This job has changed.
    Change(JobId),
}

#[derive(Debug, Default)]
pub(crate) struct ChangeQueue {
    ready: VecDeque<Entry>,
    leases: BTreeMap<JobId, Timestamp>,
    next_poll: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    job: JobId,
    /// Queued because its lease ran out, with nothing new since: a late confirmation settles it.
    returned: bool,
}

impl ChangeQueue {
    /// Queues a job that has changed.
    pub(crate) fn changed(&mut self, job: JobId) {
        match self.ready.iter_mut().find(|entry| entry.job == job) {
            Some(entry) => entry.returned = false,
            None => self.ready.push_back(Entry {
                job,
                returned: false,
            }),
        }
    }

    /// Answers a poll at `now`, and says when the next one is permitted. `wait` is how long to
    /// stay away from an empty queue.
    pub(crate) fn poll(&mut self, now: Timestamp, wait: SignedDuration) -> (Polled, Timestamp) {
        let after_wait = now.checked_add(wait).unwrap_or(Timestamp::MAX);
        if self.next_poll.is_some_and(|permitted| now < permitted) {
            self.next_poll = Some(after_wait);
            return (Polled::TooEarly, after_wait);
        }
        self.return_leases(now);
        match self.ready.pop_front() {
            Some(entry) => {
                let until = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
                self.leases.insert(entry.job, until);
                self.next_poll = Some(now);
                (Polled::Change(entry.job), now)
            }
            None => {
                self.next_poll = Some(after_wait);
                (Polled::Empty, after_wait)
            }
        }
    }

    /// Settles what was last handed out of `job`. A change that came after that stays queued.
    pub(crate) fn confirm(&mut self, now: Timestamp, job: JobId) {
        self.return_leases(now);
        self.leases.remove(&job);
        self.ready
            .retain(|entry| entry.job != job || !entry.returned);
    }

    /// Takes the job out, whatever its state.
    pub(crate) fn remove(&mut self, job: JobId) {
        self.leases.remove(&job);
        self.ready.retain(|entry| entry.job != job);
    }

    fn return_leases(&mut self, now: Timestamp) {
        let mut due: Vec<(Timestamp, JobId)> = self
            .leases
            .iter()
            .filter(|&(_, &until)| until <= now)
            .map(|(&job, &until)| (until, job))
            .collect();
        due.sort_unstable();
        for (_, job) in due {
            self.leases.remove(&job);
            if self.ready.iter().all(|entry| entry.job != job) {
                self.ready.push_back(Entry {
                    job,
                    returned: true,
                });
            }
        }
    }

    /// The jobs that are handed out and unconfirmed, with the time they return.
    pub(crate) fn leased(&self) -> impl Iterator<Item = (JobId, Timestamp)> + '_ {
        self.leases.iter().map(|(&job, &until)| (job, until))
    }

    /// When the next poll is permitted; `None` before the first.
    pub(crate) fn next_poll(&self) -> Option<Timestamp> {
        self.next_poll
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: SignedDuration = SignedDuration::from_secs(5);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_770_000_000 + second).unwrap()
    }

    #[test]
    fn an_empty_queue_asks_for_the_wait_and_an_early_poll_for_a_new_one() {
        let mut queue = ChangeQueue::default();
        assert_eq!(queue.poll(at(0), WAIT), (Polled::Empty, at(5)));
        queue.changed(JobId(1));
        assert_eq!(queue.poll(at(4), WAIT), (Polled::TooEarly, at(9)));
        assert_eq!(queue.poll(at(9), WAIT), (Polled::Change(JobId(1)), at(9)));
        assert_eq!(queue.poll(at(9), WAIT), (Polled::Empty, at(14)));
    }

    #[test]
    fn an_unconfirmed_change_returns_after_ten_minutes() {
        let mut queue = ChangeQueue::default();
        queue.changed(JobId(1));
        queue.poll(at(0), WAIT);
        assert_eq!(queue.poll(at(599), WAIT).0, Polled::Empty);
        assert_eq!(queue.poll(at(604), WAIT).0, Polled::Change(JobId(1)));
        queue.confirm(at(605), JobId(1));
        assert_eq!(queue.poll(at(3000), WAIT).0, Polled::Empty);
    }

    #[test]
    fn a_late_confirmation_settles_what_has_returned() {
        let mut queue = ChangeQueue::default();
        queue.changed(JobId(1));
        queue.poll(at(0), WAIT);
        queue.confirm(at(700), JobId(1));
        assert_eq!(queue.poll(at(700), WAIT).0, Polled::Empty);
    }

    #[test]
    fn a_confirmation_leaves_a_later_change() {
        let mut queue = ChangeQueue::default();
        queue.changed(JobId(1));
        queue.poll(at(0), WAIT);
        queue.changed(JobId(1));
        queue.confirm(at(1), JobId(1));
        assert_eq!(queue.poll(at(1), WAIT).0, Polled::Change(JobId(1)));
    }
}
