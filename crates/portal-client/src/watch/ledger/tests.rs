use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use super::*;
use crate::fixtures::{bare_change_xml, change, change_xml};

/// The nth change of a job.
fn nth(job: u32, nth: u32) -> StatusChange {
    let xml = change_xml()
        .replace(">1<", &format!(">{job}<"))
        .replace("12:51:43", &format!("12:51:{nth:02}"));
    change(&xml)
}

/// The end of job 2.
fn last() -> StatusChange {
    change(&bare_change_xml())
}

/// A moment after a lease and the slack.
const LONG: Duration = Duration::from_secs(1201);

struct Desk {
    ledger: Ledger,
    places: Arc<Semaphore>,
    now: Instant,
}

impl Desk {
    /// Nothing was out at the start.
    fn new() -> Self {
        let mut desk = Self::in_doubt();
        desk.ledger.started(0, None);
        desk.ledger.started(1, None);
        desk
    }

    fn in_doubt() -> Self {
        let now = Instant::now();
        Self {
            ledger: Ledger::new(2, now),
            places: Arc::new(Semaphore::new(5000)),
            now,
        }
    }

    fn arrive_at(&mut self, queue: usize, change: StatusChange) -> Arrival {
        let permit = Arc::clone(&self.places).try_acquire_owned().unwrap();
        let (out, _) = mpsc::unbounded_channel();
        let place = Place { permit, out };
        self.ledger.arrive(queue, change, place, self.now)
    }

    fn arrive(&mut self, change: StatusChange) -> Arrival {
        self.arrive_at(0, change)
    }

    #[track_caller]
    fn given(&mut self, change: StatusChange) -> Ticket {
        match self.arrive(change) {
            Arrival::ToHandle(given) => given.ticket,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn returned(&mut self, change: StatusChange) -> Ticket {
        match self.arrive(change) {
            Arrival::ToConfirm(ticket, _) => ticket,
            other => panic!("{other:?}"),
        }
    }

    /// Handles a change whose turn another's end is.
    #[track_caller]
    fn next(&mut self, ticket: Ticket) -> Ticket {
        self.ledger.handled(ticket).unwrap().ticket
    }

    #[track_caller]
    fn handled(&mut self, ticket: Ticket) {
        assert!(self.ledger.handled(ticket).is_none());
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    fn pass_minutes(&mut self, minutes: u64) {
        self.pass(Duration::from_mins(minutes));
    }

    fn found_empty(&mut self) -> usize {
        self.ledger.found_empty(0, self.now).len()
    }

    /// How many changes a confirmation settles; none when it has to wait.
    fn confirm(&mut self, ticket: Ticket) -> Option<usize> {
        match self.ledger.confirm(ticket) {
            Confirm::Job(numbers) => {
                self.ledger.confirmed(ticket, &numbers);
                Some(numbers.len())
            }
            Confirm::Later => None,
            Confirm::Settled => Some(0),
        }
    }

    /// No place is taken but by what is in flight.
    #[track_caller]
    fn expect_in_flight(&self, count: usize) {
        assert_eq!(self.ledger.in_flight(), count);
        assert_eq!(5000 - self.places.available_permits(), count);
    }
}

#[test]
fn a_handled_change_is_confirmed_and_forgotten_but_for_its_id() {
    let mut desk = Desk::new();
    let ticket = desk.given(nth(1, 1));
    desk.handled(ticket);
    desk.expect_in_flight(1);
    assert_eq!(desk.confirm(ticket), Some(1));
    desk.expect_in_flight(0);
    assert_eq!(desk.ledger.known(), 0);
    assert!(desk.ledger.jobs.is_empty());
    match desk.arrive(nth(1, 1)) {
        Arrival::ToHandle(given) => assert!(given.change.was_handled_before()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_newer_change_waits_for_the_earlier_and_is_confirmed_for_both() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::Held));
    desk.given(nth(2, 1));
    let given = desk.ledger.handled(first).unwrap();
    assert!(!given.change.was_handled_before());
    let second = given.ticket;
    assert_eq!(desk.confirm(first), None);
    desk.expect_in_flight(2);
    desk.handled(second);
    assert_eq!(desk.confirm(second), Some(2));
    assert_eq!(desk.confirm(first), Some(0));
    desk.expect_in_flight(1);
    assert_eq!(desk.ledger.known(), 1);
}

#[test]
fn what_waits_for_a_change_that_is_let_go_is_left_with_it() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    desk.pass_minutes(1);
    desk.arrive(nth(1, 2));
    desk.ledger.let_go(first);
    desk.expect_in_flight(0);
    // One more comes before the first is back.
    assert!(matches!(desk.arrive(nth(1, 3)), Arrival::Left));
    desk.expect_in_flight(0);
    desk.pass_minutes(10);
    let first = desk.given(nth(1, 1));
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::Held));
    let second = desk.next(first);
    assert_eq!(desk.confirm(first), None);
    desk.handled(second);
    assert_eq!(desk.confirm(second), None);
    let third = desk.given(nth(1, 3));
    desk.handled(third);
    assert_eq!(desk.confirm(third), Some(3));
    assert_eq!(desk.ledger.known(), 0);
}

#[test]
fn an_earlier_change_is_gone_when_the_queue_is_empty_after_a_lease_and_the_slack() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    desk.ledger.let_go(first);
    desk.pass_minutes(1);
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::Left));
    desk.pass_minutes(18);
    // The first may be back, but is late.
    desk.found_empty();
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::Left));
    desk.pass_minutes(1);
    desk.found_empty();
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::Left));
    desk.pass(Duration::from_secs(1));
    desk.found_empty();
    let second = desk.given(nth(1, 2));
    desk.handled(second);
    assert_eq!(desk.confirm(second), Some(2));
    assert_eq!(desk.ledger.known(), 0);
}

/// However late a change returns, its place among the others stays, so that no two wait for each other.
#[test]
fn a_change_that_returns_though_it_was_gone_has_its_old_place() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    desk.ledger.let_go(first);
    desk.pass(LONG);
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::Left));
    desk.found_empty();
    let first = desk.given(nth(1, 1));
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::Held));
    let second = desk.next(first);
    // The other way round: the second is with its handler when the first returns.
    desk.ledger.let_go(second);
    let second = desk.given(nth(1, 2));
    assert!(matches!(desk.arrive(nth(1, 3)), Arrival::Held));
    desk.next(second);
    desk.expect_in_flight(3);
}

#[test]
fn a_change_that_was_gone_is_not_handled_beside_a_newer_one() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    desk.ledger.let_go(first);
    desk.pass(LONG);
    desk.arrive(nth(1, 2));
    desk.found_empty();
    let second = desk.given(nth(1, 2));
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::Held));
    let first = desk.next(second);
    assert_eq!(desk.confirm(second), None);
    desk.handled(first);
    assert_eq!(desk.confirm(first), Some(2));
}

#[test]
fn what_returns_while_it_is_in_flight_is_not_given_out_again() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    desk.arrive(nth(1, 2));
    desk.pass_minutes(11);
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight));
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::InFlight));
    desk.expect_in_flight(2);
    assert_eq!(desk.ledger.returns_at(first), Some(desk.now + LEASE));
    let second = desk.next(first);
    // It is being confirmed.
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight));
    desk.confirm(first);
    desk.pass_minutes(11);
    // Handled, and not confirmed because of the second.
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight));
    desk.handled(second);
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::InFlight));
    assert_eq!(desk.confirm(second), Some(2));
    assert_eq!(desk.ledger.returns_at(second), None);
}

#[test]
fn a_handled_change_whose_confirmation_was_given_up_is_only_confirmed_when_it_is_back() {
    let mut desk = Desk::new();
    let ticket = desk.given(nth(1, 1));
    desk.handled(ticket);
    desk.ledger.let_go(ticket);
    desk.expect_in_flight(0);
    desk.pass_minutes(11);
    let again = desk.returned(nth(1, 1));
    desk.expect_in_flight(1);
    assert_eq!(desk.confirm(again), Some(1));
    desk.expect_in_flight(0);
}

#[test]
fn a_change_with_another_record_is_handled_once_more() {
    let poor = || change(&change_xml().replace("/1/cancel", "/1/cancel-it"));
    let mut desk = Desk::new();
    let ticket = desk.given(poor());
    // While its handler works.
    assert!(matches!(desk.arrive(nth(1, 43)), Arrival::Held));
    let again = desk.ledger.handled(ticket).unwrap();
    assert!(again.change.was_handled_before());
    assert_eq!(again.change.record(), nth(1, 43).record());
    assert_eq!(desk.confirm(ticket), None);
    desk.handled(again.ticket);
    assert_eq!(desk.confirm(again.ticket), Some(2));
    // After it was handled.
    let ticket = desk.given(poor());
    desk.handled(ticket);
    desk.ledger.let_go(ticket);
    let again = desk.given(nth(1, 43));
    desk.handled(again);
    assert_eq!(desk.confirm(again), Some(2));
    // Before that it takes the place of the other.
    let ticket = desk.given(poor());
    desk.ledger.let_go(ticket);
    match desk.arrive(nth(1, 43)) {
        Arrival::ToHandle(given) => assert_eq!(given.change.record(), nth(1, 43).record()),
        other => panic!("{other:?}"),
    }
    assert_eq!(desk.ledger.known(), 1);
}

#[test]
fn a_waiting_change_takes_the_newer_record() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    desk.arrive(nth(1, 43));
    let newer = || change(&change_xml().replace("/1/cancel", "/1/cancel-it"));
    assert!(matches!(desk.arrive(newer()), Arrival::InFlight));
    let given = desk.ledger.handled(first).unwrap();
    assert_eq!(given.change.record(), newer().record());
    desk.expect_in_flight(2);
}

#[test]
fn a_lost_response_defers_all_but_ended_jobs_until_the_queue_is_empty_much_later() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    let ended = desk.given(last());
    let other = match desk.arrive_at(1, nth(3, 1)) {
        Arrival::ToHandle(given) => given.ticket,
        other => panic!("{other:?}"),
    };
    desk.ledger.lost_response(0, desk.now);
    for ticket in [first, ended, other] {
        desk.handled(ticket);
    }
    assert_eq!(desk.confirm(ended), Some(1));
    assert_eq!(desk.confirm(other), Some(1));
    assert_eq!(desk.confirm(first), None);
    desk.expect_in_flight(0);
    desk.pass_minutes(11);
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight));
    desk.expect_in_flight(0);
    desk.pass(Duration::from_secs(539));
    assert_eq!(desk.found_empty(), 0);
    desk.ledger.found_empty(1, desk.now + LONG);
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight));
    desk.pass(Duration::from_secs(1));
    // The end of the doubt gives what was deferred, once.
    assert_eq!(desk.found_empty(), 1);
    assert_eq!(desk.found_empty(), 0);
    let again = desk.returned(nth(1, 1));
    assert_eq!(desk.confirm(again), Some(1));
}

#[test]
fn the_end_of_a_doubt_gives_one_handled_change_of_a_job_and_none_that_must_wait() {
    let mut desk = Desk::in_doubt();
    let first = desk.given(nth(1, 1));
    desk.arrive(nth(1, 2));
    let second = desk.next(first);
    desk.confirm(first);
    desk.handled(second);
    desk.confirm(second);
    let failed = desk.given(nth(3, 1));
    desk.arrive(nth(3, 2));
    let newer = desk.next(failed);
    desk.confirm(failed);
    desk.ledger.let_go(newer);
    desk.given(nth(4, 1));
    desk.pass_minutes(11);
    for change in [nth(1, 1), nth(1, 2), nth(3, 1)] {
        assert!(matches!(desk.arrive(change), Arrival::InFlight));
    }
    let newer = desk.given(nth(3, 2));
    desk.ledger.let_go(newer);
    desk.pass_minutes(10);
    let deferred = desk.ledger.found_empty(0, desk.now);
    assert_eq!(desk.ledger.known(), 5);
    let [(ticket, change)] = deferred.as_slice() else {
        panic!("{deferred:?}");
    };
    assert_eq!(change.id(), nth(1, 2).id());
    assert_eq!(desk.confirm(*ticket), Some(2));
}

#[test]
fn nothing_is_gone_while_it_may_have_been_in_a_lost_response() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    desk.ledger.let_go(first);
    desk.pass_minutes(11);
    desk.ledger.lost_response(0, desk.now);
    desk.pass_minutes(10);
    desk.found_empty();
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::Left));
    desk.pass_minutes(11);
    desk.found_empty();
    desk.given(nth(1, 2));
}

#[test]
fn the_start_counts_as_a_lost_response() {
    let mut desk = Desk::in_doubt();
    let first = desk.given(nth(1, 1));
    desk.handled(first);
    assert_eq!(desk.confirm(first), None);
    let ended = desk.given(last());
    desk.handled(ended);
    assert_eq!(desk.confirm(ended), Some(1));
}

#[test]
fn an_unreadable_change_that_names_its_job_puts_that_one_in_doubt() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    let other = desk.given(nth(3, 1));
    let text = change_xml().replace("IN_PROGRESS", "PAUSED");
    desk.ledger.unreadable(0, &text, desk.now);
    // Of another queue, and of a job that nothing else is known of.
    desk.ledger
        .unreadable(1, &text.replace(">1<", ">3<"), desk.now);
    desk.ledger
        .unreadable(0, &text.replace(">1<", ">7<"), desk.now);
    desk.handled(first);
    desk.handled(other);
    assert_eq!(desk.confirm(other), Some(1));
    assert_eq!(desk.confirm(first), None);
    let later = desk.given(nth(7, 1));
    desk.handled(later);
    assert_eq!(desk.confirm(later), None);
    desk.pass_minutes(11);
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight));
    desk.pass_minutes(10);
    desk.found_empty();
    let first = desk.returned(nth(1, 1));
    assert_eq!(desk.confirm(first), Some(1));
    // That of the other queue is left.
    assert_eq!(desk.ledger.jobs.len(), 1);
}

#[test]
fn an_unreadable_change_without_a_job_is_a_lost_response_the_first_time() {
    let document = "<portal-signature-job-status-change-response/>";
    for (text, doubtful_again) in [(document, false), ("<html>Welcome</html>", true)] {
        let mut desk = Desk::new();
        let first = desk.given(nth(1, 1));
        desk.ledger.unreadable(0, text, desk.now);
        desk.handled(first);
        assert_eq!(desk.confirm(first), None);
        desk.pass_minutes(11);
        desk.arrive(nth(1, 1));
        desk.ledger.unreadable(0, text, desk.now);
        desk.pass_minutes(10);
        assert_eq!(desk.found_empty(), usize::from(!doubtful_again));
        assert_eq!(desk.confirm(first).is_none(), doubtful_again);
        desk.ledger.unreadable(0, &format!("{text} "), desk.now);
        let second = desk.given(nth(3, 1));
        desk.handled(second);
        assert_eq!(desk.confirm(second), None);
    }
}

#[test]
fn the_job_is_read_out_of_what_cannot_be_read() {
    let job = |text: &str| job_of(text).map(SignatureJobId::get);
    assert_eq!(job("<a><signature-job-id>12</signature-job-id>"), Some(12));
    assert_eq!(job("<n:signature-job-id> 12 </n:"), Some(12));
    for text in ["", "signature-job-id>12", "<signature-job-id>x</", "12"] {
        assert_eq!(job(text), None, "{text}");
    }
}

#[test]
fn an_empty_queue_tells_what_never_returns() {
    let mut desk = Desk::new();
    let left = desk.given(nth(1, 1));
    desk.ledger.let_go(left);
    let out = desk.given(nth(2, 1));
    let handled = desk.given(nth(5, 1));
    desk.handled(handled);
    desk.ledger.let_go(handled);
    desk.pass_minutes(1);
    let later = desk.given(nth(3, 1));
    desk.ledger.let_go(later);
    desk.pass_minutes(19);
    desk.found_empty();
    assert_eq!(desk.ledger.known(), 4);
    desk.ledger.found_empty(1, desk.now + LONG);
    assert_eq!(desk.ledger.known(), 4);
    desk.pass(Duration::from_secs(1));
    desk.found_empty();
    assert_eq!(desk.ledger.known(), 2);
    desk.pass_minutes(1);
    desk.found_empty();
    assert_eq!(desk.ledger.known(), 1);
    desk.expect_in_flight(1);
    desk.handled(out);
    desk.pass(LONG);
    desk.found_empty();
    // It is being confirmed.
    assert_eq!(desk.confirm(out), Some(1));
}

#[test]
fn a_queue_that_is_not_there_is_nothing_to_panic_at() {
    let mut desk = Desk::new();
    desk.ledger.lost_response(9, desk.now);
    desk.ledger.started(9, None);
    assert_eq!(desk.ledger.unseen_until(9), None);
    assert!(desk.ledger.found_empty(9, desk.now).is_empty());
}

#[test]
fn memory_is_bounded() {
    let mut desk = Desk::new();
    let most = u32::try_from(MOST_KNOWN).unwrap();
    for job in 1..=most + 1 {
        let ticket = desk.given(nth(job, 1));
        if job % 2 == 0 {
            desk.ledger.handled(ticket);
        }
        desk.ledger.let_go(ticket);
    }
    let out = desk.given(nth(5000, 1));
    assert_eq!(desk.ledger.known(), MOST_KNOWN + 2);
    desk.pass_minutes(60);
    let mut job = 10_000;
    let mut handle_many = |desk: &mut Desk| {
        for _ in 0..600 {
            job += 1;
            let ticket = desk.given(nth(job, 1));
            desk.handled(ticket);
            desk.confirm(ticket);
        }
    };
    handle_many(&mut desk);
    assert_eq!(desk.ledger.known(), MOST_KNOWN + 2);
    desk.pass_minutes(11);
    handle_many(&mut desk);
    assert_eq!(desk.ledger.known(), 1);
    assert_eq!(desk.confirm(out), None);
    assert_eq!(desk.ledger.handled.len(), REMEMBERED);
}

#[test]
fn the_same_number_in_another_queue_is_another_job() {
    let mut desk = Desk::new();
    desk.given(nth(1, 1));
    let other = desk.arrive_at(1, nth(1, 2));
    assert!(matches!(other, Arrival::ToHandle(_)));
}

#[test]
fn what_is_held_is_left_when_nobody_waits_any_more() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    desk.arrive(nth(1, 2));
    desk.ledger.leave_held();
    desk.expect_in_flight(1);
    desk.handled(first);
    assert_eq!(desk.confirm(first), None);
}

/// What is left of a minute when twenty have passed.
#[test]
fn the_next_process_has_to_reckon_with_a_doubt_that_stands() {
    let mut desk = Desk::in_doubt();
    let start = desk.now;
    assert_eq!(desk.ledger.unseen_until(0), Some(start + RETURNED_AFTER));
    desk.pass_minutes(15);
    desk.found_empty();
    assert_eq!(desk.ledger.unseen_until(0), Some(start + RETURNED_AFTER));
    desk.ledger.lost_response(0, desk.now);
    assert_eq!(desk.ledger.unseen_until(0), Some(desk.now + RETURNED_AFTER));
    assert_eq!(desk.ledger.unseen_until(1), Some(start + RETURNED_AFTER));
    desk.pass_minutes(20);
    desk.found_empty();
    assert_eq!(desk.ledger.unseen_until(0), None);
    // That of an earlier process goes on where it was; a later loss does not end it sooner.
    let until = desk.now + Duration::from_mins(30);
    desk.ledger.started(0, Some(until));
    desk.ledger.lost_response(0, desk.now);
    assert_eq!(desk.ledger.unseen_until(0), Some(until));
}

#[test]
fn the_next_process_has_to_reckon_with_several_changes_of_a_job_that_are_not_done() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    assert_eq!(desk.ledger.unseen_until(0), None);
    desk.pass_minutes(1);
    desk.arrive(nth(1, 2));
    let both = Some(desk.now + RETURNED_AFTER);
    assert_eq!(desk.ledger.unseen_until(0), both);
    assert_eq!(desk.ledger.unseen_until(1), None);
    let second = desk.next(first);
    assert_eq!(desk.ledger.unseen_until(0), both);
    // When all are handled it does not matter what settles them.
    desk.handled(second);
    assert_eq!(desk.ledger.unseen_until(0), None);
    // One is not, and is gone later.
    desk.arrive(nth(1, 3));
    desk.ledger.leave_held();
    assert_eq!(desk.ledger.unseen_until(0), both);
    desk.pass(LONG);
    desk.found_empty();
    assert_eq!(desk.ledger.unseen_until(0), None);
}

#[test]
fn the_next_process_has_to_reckon_with_what_could_not_be_read() {
    let mut desk = Desk::new();
    let text = change_xml().replace("IN_PROGRESS", "PAUSED");
    desk.ledger.unreadable(0, &text, desk.now);
    let until = Some(desk.now + RETURNED_AFTER);
    assert_eq!(desk.ledger.unseen_until(0), until);
    assert_eq!(desk.ledger.unseen_until(1), None);
    desk.pass(LONG);
    assert_eq!(desk.ledger.unseen_until(0), until);
    desk.found_empty();
    assert_eq!(desk.ledger.unseen_until(0), None);
}
