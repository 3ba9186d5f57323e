//! The queue by itself: whose turn, what is held back, what returns.

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

/// A queue under test with how it behaves.
#[derive(Default)]
struct Tested {
    queue: ChangeQueue,
    modes: QueueModes,
}

impl Tested {
    fn filled(modes: QueueModes, changes: &[&Change]) -> Self {
        let mut tested = Self {
            modes,
            ..Self::default()
        };
        for &change in changes {
            tested.push(change);
        }
        tested
    }

    fn push(&mut self, change: &Change) {
        self.queue.push(change.clone(), self.modes);
    }

    fn poll(&mut self, now: Timestamp) -> (Polled, Timestamp) {
        self.queue.poll(now, WAIT, self.modes)
    }

    #[track_caller]
    fn expect(&mut self, second: i64, change: &Change) {
        let polled = self.poll(at(second)).0;
        assert_eq!(polled, Polled::Change(change.clone()));
    }

    #[track_caller]
    fn expect_empty(&mut self, second: i64) {
        assert_eq!(self.poll(at(second)).0, Polled::Empty);
    }
}

const HELD_BACK: QueueModes = QueueModes {
    parallel: ParallelChanges::HeldBack,
    early_poll: EarlyPoll::KeepsTime,
    shown: ChangeState::AsQueued,
};
const HANDED_OUT: QueueModes = QueueModes {
    parallel: ParallelChanges::HandedOut,
    ..HELD_BACK
};
const AS_HANDED_OUT: QueueModes = QueueModes {
    shown: ChangeState::AsHandedOut,
    ..HELD_BACK
};

#[test]
fn an_early_poll_gets_the_time_that_stands_or_a_new_one() {
    for (early_poll, second) in [(EarlyPoll::KeepsTime, 5), (EarlyPoll::MovesTime, 9)] {
        let [change] = changes(1);
        let modes = QueueModes {
            early_poll,
            ..HELD_BACK
        };
        let mut tested = Tested::filled(modes, &[]);
        assert_eq!(tested.poll(at(0)), (Polled::Empty, at(5)));
        tested.push(&change);
        assert_eq!(tested.poll(at(4)), (Polled::TooEarly, at(second)));
        let given = (Polled::Change(change), at(second));
        assert_eq!(tested.poll(at(second)), given);
        assert_eq!(tested.poll(at(second)), (Polled::Empty, at(second + 5)));
    }
}

/// Each poller keeps to the time that its last response gave.
#[test]
fn two_pollers_that_keep_to_their_times_both_get_on() {
    let [change] = changes(1);
    let mut tested = Tested::default();
    let mut times = [at(0), at(2)];
    let mut responses = Vec::new();
    for _ in 0..24 {
        let poller = usize::from(times[1] < times[0]);
        let (polled, next) = tested.poll(times[poller]);
        responses.push(polled);
        times[poller] = next.max(times[poller]);
        if responses.len() == 4 {
            tested.push(&change);
        }
    }
    assert!(responses.contains(&Polled::Change(change)));
}

#[test]
fn permitted_times_are_whole_milliseconds() {
    let odd = at(0).checked_add(SignedDuration::from_nanos(1)).unwrap();
    let mut tested = Tested::default();
    let (_, next) = tested.poll(odd);
    assert_eq!(next, at(5) + SignedDuration::from_millis(1));
    assert_eq!(tested.poll(next).0, Polled::Empty);
    let [change] = changes(1);
    let mut tested = Tested::filled(HELD_BACK, &[&change]);
    assert_eq!(tested.poll(odd), (Polled::Change(change), at(0)));
}

#[test]
fn every_change_of_a_job_is_handed_out_in_its_order() {
    let ([first, second], [other]) = (changes(1), changes(2));
    let mut tested = Tested::filled(HANDED_OUT, &[&first, &other, &second]);
    for change in [&first, &other, &second] {
        tested.expect(0, change);
    }
    tested.expect_empty(0);
}

#[test]
fn a_jobs_next_change_is_held_back_while_one_is_out() {
    let ([first, second], [other]) = (changes(1), changes(2));
    let mut tested = Tested::filled(HELD_BACK, &[&first, &second, &other]);
    tested.expect(0, &first);
    tested.expect(0, &other);
    tested.expect_empty(0);
    assert_eq!(
        tested.queue.confirm(at(1), JobId(1)),
        Some(JobState::InProgress)
    );
    tested.expect(5, &second);
}

#[test]
fn a_change_that_comes_while_one_is_out_is_held_back_too() {
    let [first, second] = changes(1);
    let mut tested = Tested::filled(HELD_BACK, &[&first]);
    tested.expect(0, &first);
    tested.push(&second);
    tested.expect_empty(0);
    // Unconfirmed, the first one returns and comes before the second.
    tested.expect(600, &first);
    tested.expect_empty(600);
    tested.queue.confirm(at(601), JobId(1));
    tested.expect(605, &second);
}

#[test]
fn as_handed_out_a_change_holds_all_that_waits_of_its_job() {
    let ([first, second], [other]) = (changes(1), changes(2));
    let mut tested = Tested::filled(AS_HANDED_OUT, &[&first, &other, &second]);
    tested.expect(0, &second);
    tested.expect(0, &other);
    tested.expect_empty(0);
    assert_eq!(
        tested.queue.confirm(at(1), JobId(1)),
        Some(JobState::CompletedSuccessfully)
    );
    tested.queue.confirm(at(1), JobId(2));
    assert_eq!(tested.queue.held(), 0);
}

#[test]
fn an_unconfirmed_change_returns_after_ten_minutes() {
    for modes in [HELD_BACK, HANDED_OUT, AS_HANDED_OUT] {
        let [change] = changes(1);
        let mut tested = Tested::filled(modes, &[&change]);
        tested.expect(0, &change);
        tested.expect_empty(599);
        tested.expect(604, &change);
        assert_eq!(
            tested.queue.confirm(at(605), JobId(1)),
            Some(JobState::CompletedSuccessfully)
        );
        tested.expect_empty(3000);
    }
}

#[test]
fn a_change_returns_to_its_old_place() {
    let ([first, second], [other]) = (changes(1), changes(2));
    let mut tested = Tested::filled(HANDED_OUT, &[&first]);
    tested.expect(0, &first);
    tested.push(&other);
    tested.push(&second);
    for change in [&first, &other, &second] {
        tested.expect(600, change);
    }
}

#[test]
fn a_later_change_that_is_handed_out_replaces_the_earlier() {
    let [first, second] = changes(1);
    let mut tested = Tested::filled(HANDED_OUT, &[&first, &second]);
    tested.expect(0, &first);
    tested.expect(300, &second);
    assert_eq!(
        tested.queue.leased().collect::<Vec<_>>(),
        [(JobId(1), at(900))]
    );
    tested.expect_empty(600);
    tested.expect(900, &second);
    tested.expect_empty(900);
}

#[test]
fn a_late_confirmation_settles_what_has_returned_and_no_more() {
    for modes in [HELD_BACK, HANDED_OUT] {
        let [first, second] = changes(1);
        let mut tested = Tested::filled(modes, &[&first]);
        tested.expect(0, &first);
        tested.push(&second);
        let settled = tested.queue.confirm(at(700), JobId(1));
        assert_eq!(settled, Some(JobState::InProgress));
        tested.expect(700, &second);
        tested.expect_empty(700);
    }
}

#[test]
fn confirming_what_was_never_handed_out_settles_nothing() {
    let [change] = changes(1);
    let mut tested = Tested::filled(HELD_BACK, &[&change]);
    assert_eq!(tested.queue.confirm(at(0), JobId(1)), None);
    tested.expect(0, &change);
    tested.queue.confirm(at(0), JobId(1));
    assert_eq!(tested.queue.confirm(at(0), JobId(1)), None);
}
