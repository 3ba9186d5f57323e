//! One queue of status changes: who may poll when, what is handed out, what comes back.
//!
//! Source: the service's documentation, "Get status changes". Every change of a job is queued with
//! the state that the job had then. Three rules keep what pollers see in order:
//!
//! 1. Changes are handed out in the order in which they happened. One that returns unconfirmed takes
//!    its old place again, so before every later change, of its own job and of others.
//! 2. At most one change of a job is handed out at a time: handing out a later one lets go of the
//!    earlier, which then never returns.
//! 3. Confirming settles all changes of the job that were handed out so far, also one that has
//!    returned; what was not handed out stays.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::course::Course;
use super::job_id::JobId;
use super::status::JobState;

/// How long a change that was handed out may stay unconfirmed before it is queued again.
pub(crate) const LEASE: SignedDuration = SignedDuration::from_mins(10);

/// What a poll gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Polled {
    /// Before the permitted time: nothing is handed out, and a new time is set.
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
    pub(crate) fn push(&mut self, change: Change) {
        self.last_place += 1;
        self.waiting.insert(self.last_place, change);
    }

    /// Handles a poll at `now`, and returns when the next one is permitted. `wait` is how long to
    /// stay away from an empty queue.
    pub(crate) fn poll(&mut self, now: Timestamp, wait: SignedDuration) -> (Polled, Timestamp) {
        let after_wait = now.checked_add(wait).unwrap_or(Timestamp::MAX);
        if self.next_poll.is_some_and(|permitted| now < permitted) {
            self.next_poll = Some(after_wait);
            return (Polled::TooEarly, after_wait);
        }
        self.take_back(now);
        match self.waiting.pop_first() {
            Some((place, change)) => {
                self.hand_out(now, place, &change);
                self.next_poll = Some(now);
                (Polled::Change(change), now)
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

    /// Settles everything of `job` that was handed out, and says the state it told last.
    pub(crate) fn confirm(&mut self, now: Timestamp, job: JobId) -> Option<JobState> {
        self.take_back(now);
        let given = self.given.remove(&job)?;
        match given.lease {
            Some((until, _)) => drop(self.returns.remove(&(until, job))),
            None => drop(self.waiting.remove(&given.place)),
        }
        Some(given.state)
    }

    fn hand_out(&mut self, now: Timestamp, place: Place, change: &Change) {
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
            if let Some((_, course)) = given.lease.take() {
                self.waiting.insert(given.place, Change { job, course });
            }
        }
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
        self.waiting.len() + self.given.len() + self.returns.len()
    }

    /// When the next poll is permitted; `None` before the first.
    pub(crate) fn next_poll(&self) -> Option<Timestamp> {
        self.next_poll
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{SignerAct, SignerTraits};
    use super::*;

    const WAIT: SignedDuration = SignedDuration::from_secs(5);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_770_000_000 + second).unwrap()
    }

    /// The changes of a job whose signers sign one after another, and how it begins.
    fn changes<const SIGNERS: usize>(job: i64) -> [Change; SIGNERS] {
        let signers = [SignerTraits::default(); SIGNERS];
        let mut course = Course::new(&signers, at(0), None, Duration::from_secs(3600));
        std::array::from_fn(|signer| {
            course.act(at(0), signer, SignerAct::Sign).unwrap();
            let course = course.clone();
            Change {
                job: JobId(job),
                course,
            }
        })
    }

    fn filled(changes: &[&Change]) -> ChangeQueue {
        let mut queue = ChangeQueue::default();
        for &change in changes {
            queue.push(change.clone());
        }
        queue
    }

    #[track_caller]
    fn expect(queue: &mut ChangeQueue, second: i64, change: &Change) {
        let polled = queue.poll(at(second), WAIT).0;
        assert_eq!(polled, Polled::Change(change.clone()));
    }

    #[track_caller]
    fn expect_empty(queue: &mut ChangeQueue, second: i64) {
        assert_eq!(queue.poll(at(second), WAIT).0, Polled::Empty);
    }

    #[test]
    fn an_empty_queue_asks_for_the_wait_and_an_early_poll_for_a_new_one() {
        let [change] = changes(1);
        let mut queue = ChangeQueue::default();
        assert_eq!(queue.poll(at(0), WAIT), (Polled::Empty, at(5)));
        queue.push(change.clone());
        assert_eq!(queue.poll(at(4), WAIT), (Polled::TooEarly, at(9)));
        assert_eq!(queue.poll(at(9), WAIT), (Polled::Change(change), at(9)));
        assert_eq!(queue.poll(at(9), WAIT), (Polled::Empty, at(14)));
    }

    #[test]
    fn every_change_of_a_job_is_handed_out_in_its_order() {
        let ([first, second], [other]) = (changes(1), changes(2));
        let mut queue = filled(&[&first, &other, &second]);
        for change in [&first, &other, &second] {
            expect(&mut queue, 0, change);
        }
        expect_empty(&mut queue, 0);
    }

    #[test]
    fn an_unconfirmed_change_returns_after_ten_minutes() {
        let [change] = changes(1);
        let mut queue = filled(&[&change]);
        expect(&mut queue, 0, &change);
        expect_empty(&mut queue, 599);
        expect(&mut queue, 604, &change);
        assert_eq!(
            queue.confirm(at(605), JobId(1)),
            Some(JobState::CompletedSuccessfully)
        );
        expect_empty(&mut queue, 3000);
    }

    #[test]
    fn a_change_returns_to_its_old_place() {
        let ([first, second], [other]) = (changes(1), changes(2));
        let mut queue = filled(&[&first]);
        expect(&mut queue, 0, &first);
        queue.push(other.clone());
        queue.push(second.clone());
        for change in [&first, &other, &second] {
            expect(&mut queue, 600, change);
        }
    }

    #[test]
    fn a_later_change_lets_go_of_the_earlier() {
        let [first, second] = changes(1);
        let mut queue = filled(&[&first, &second]);
        expect(&mut queue, 0, &first);
        expect(&mut queue, 300, &second);
        assert_eq!(queue.leased().collect::<Vec<_>>(), [(JobId(1), at(900))]);
        expect_empty(&mut queue, 600);
        expect(&mut queue, 900, &second);
        expect_empty(&mut queue, 900);
    }

    #[test]
    fn a_late_confirmation_settles_what_has_returned_and_no_more() {
        let [first, second] = changes(1);
        let mut queue = filled(&[&first]);
        expect(&mut queue, 0, &first);
        queue.push(second.clone());
        assert_eq!(queue.confirm(at(700), JobId(1)), Some(JobState::InProgress));
        expect(&mut queue, 700, &second);
        expect_empty(&mut queue, 700);
    }

    #[test]
    fn confirming_what_was_never_handed_out_settles_nothing() {
        let [change] = changes(1);
        let mut queue = filled(&[&change]);
        assert_eq!(queue.confirm(at(0), JobId(1)), None);
        expect(&mut queue, 0, &change);
        queue.confirm(at(0), JobId(1));
        assert_eq!(queue.confirm(at(0), JobId(1)), None);
    }
}
