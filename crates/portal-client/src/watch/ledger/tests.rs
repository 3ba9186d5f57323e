use std::sync::Arc;

use tokio::sync::Semaphore;

use super::*;
use crate::fixtures::{bare_change_xml, change, change_xml};

/// The nth change of a job.
fn nth(job: u32, nth: u32) -> StatusChange {
    let xml = change_xml()
        .replace(">1<", &format!(">{job}<"))
        .replace("12:51:43", &format!("12:51:{nth:02}"));
    change(&xml)
}

struct Desk {
    ledger: Ledger,
    places: Arc<Semaphore>,
    now: Instant,
}

impl Desk {
    fn new() -> Self {
        Self {
            ledger: Ledger::default(),
            places: Arc::new(Semaphore::new(100)),
            now: Instant::now(),
        }
    }

    fn arrive(&mut self, change: StatusChange) -> Arrival {
        let permit = Arc::clone(&self.places).try_acquire_owned().unwrap();
        self.ledger.arrive(0, change, permit, self.now)
    }

    #[track_caller]
    fn given(&mut self, change: StatusChange) -> Ticket {
        match self.arrive(change) {
            Arrival::ToHandle(ticket, _) => ticket,
            other => panic!("{other:?}"),
        }
    }

    fn pass(&mut self, minutes: u64) {
        self.now += Duration::from_mins(minutes);
    }

    /// Confirms, as a service that responses would let one.
    fn confirm(&mut self, ticket: Ticket) -> Confirm {
        let step = self.ledger.confirm(ticket);
        if let Confirm::Job(numbers) = &step {
            self.ledger.confirmed(ticket, numbers);
        }
        step
    }

    /// No place is taken but by what is in flight.
    #[track_caller]
    fn expect_in_flight(&self, count: usize) {
        assert_eq!(self.ledger.max_in_flight(), count);
        assert_eq!(100 - self.places.available_permits(), count);
    }
}

#[test]
fn a_handled_change_is_confirmed_and_forgotten_but_for_its_id() {
    let mut desk = Desk::new();
    let ticket = desk.given(nth(1, 1));
    assert!(desk.ledger.handled(ticket).is_none());
    desk.expect_in_flight(1);
    assert!(matches!(desk.confirm(ticket), Confirm::Job(changes) if changes.len() == 1));
    desk.expect_in_flight(0);
    assert_eq!(desk.ledger.known(), 0);
    match desk.arrive(nth(1, 1)) {
        Arrival::ToHandle(_, change) => assert!(change.was_handled_before()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_newer_change_waits_for_the_earlier_and_is_confirmed_for_both() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::Held));
    desk.given(nth(2, 1));
    let (second, change) = desk.ledger.handled(first).unwrap();
    assert!(!change.was_handled_before());
    assert_eq!(desk.confirm(first), Confirm::Later);
    desk.expect_in_flight(2);
    assert!(desk.ledger.handled(second).is_none());
    assert!(matches!(desk.confirm(second), Confirm::Job(changes) if changes.len() == 2));
    assert_eq!(desk.confirm(first), Confirm::Settled);
    desk.expect_in_flight(1);
    assert_eq!(desk.ledger.known(), 1);
}

#[test]
fn what_waits_for_a_change_that_is_let_go_is_left_with_it() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    desk.pass(1);
    desk.arrive(nth(1, 2));
    desk.ledger.let_go(first);
    desk.expect_in_flight(0);
    // One more comes before the first is back.
    assert!(matches!(desk.arrive(nth(1, 3)), Arrival::Left));
    desk.expect_in_flight(0);
    desk.pass(10);
    let first = desk.given(nth(1, 1));
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::Held));
    let (second, _) = desk.ledger.handled(first).unwrap();
    assert_eq!(desk.confirm(first), Confirm::Later);
    assert!(desk.ledger.handled(second).is_none());
    assert_eq!(desk.confirm(second), Confirm::Later);
    let third = desk.given(nth(1, 3));
    desk.ledger.handled(third);
    assert!(matches!(desk.confirm(third), Confirm::Job(changes) if changes.len() == 3));
    assert_eq!(desk.ledger.known(), 0);
}

#[test]
fn an_earlier_change_that_does_not_return_before_a_newer_is_gone() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    desk.ledger.let_go(first);
    desk.pass(1);
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::Left));
    desk.pass(11);
    let second = desk.given(nth(1, 2));
    desk.ledger.handled(second);
    assert!(matches!(desk.confirm(second), Confirm::Job(changes) if changes.len() == 1));
    assert_eq!(desk.ledger.known(), 0);
}

#[test]
fn what_comes_back_while_it_is_in_hand_is_not_given_out_again() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    desk.arrive(nth(1, 2));
    desk.pass(11);
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight));
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::InFlight));
    desk.expect_in_flight(2);
    assert_eq!(desk.ledger.returns_at(first), Some(desk.now + LEASE));
    let (second, _) = desk.ledger.handled(first).unwrap();
    desk.confirm(first);
    desk.pass(11);
    // Handled, and not confirmed because of the second.
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight));
    desk.ledger.handled(second);
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::InFlight));
    assert!(matches!(desk.confirm(second), Confirm::Job(changes) if changes.len() == 2));
}

#[test]
fn a_handled_change_whose_confirmation_was_given_up_is_only_confirmed_when_it_is_back() {
    let mut desk = Desk::new();
    let ticket = desk.given(nth(1, 1));
    desk.ledger.handled(ticket);
    desk.ledger.let_go(ticket);
    desk.expect_in_flight(0);
    desk.pass(11);
    let Arrival::ToConfirm(again, _) = desk.arrive(nth(1, 1)) else {
        panic!("it is handled");
    };
    desk.expect_in_flight(1);
    assert!(matches!(desk.confirm(again), Confirm::Job(changes) if changes.len() == 1));
    desk.expect_in_flight(0);
}

#[test]
fn after_a_lost_response_a_change_is_confirmed_when_it_is_back_or_with_a_newer() {
    for newer_was_lost in [false, true] {
        let mut desk = Desk::new();
        let first = desk.given(nth(1, 1));
        desk.ledger.lost_response(1);
        desk.ledger.lost_response(0);
        desk.ledger.handled(first);
        assert_eq!(desk.confirm(first), Confirm::Later);
        desk.expect_in_flight(0);
        desk.pass(11);
        let ticket = if newer_was_lost {
            let second = desk.given(nth(1, 2));
            desk.ledger.handled(second);
            second
        } else {
            match desk.arrive(nth(1, 1)) {
                Arrival::ToConfirm(ticket, _) => ticket,
                other => panic!("{other:?}"),
            }
        };
        assert!(matches!(desk.confirm(ticket), Confirm::Job(_)));
        assert_eq!(desk.ledger.known(), 0);
    }
}

#[test]
fn after_a_lost_response_the_end_of_a_job_and_the_other_queues_are_confirmed_at_once() {
    let mut desk = Desk::new();
    let ticket = desk.given(change(&bare_change_xml()));
    desk.ledger.lost_response(0);
    desk.ledger.handled(ticket);
    assert!(matches!(desk.confirm(ticket), Confirm::Job(_)));
    let ticket = desk.given(nth(1, 1));
    desk.ledger.lost_response(1);
    desk.ledger.handled(ticket);
    assert!(matches!(desk.confirm(ticket), Confirm::Job(_)));
}

#[test]
fn an_empty_queue_tells_what_never_comes_back() {
    let mut desk = Desk::new();
    let left = desk.given(nth(1, 1));
    desk.ledger.let_go(left);
    desk.given(nth(2, 1));
    desk.pass(1);
    let later = desk.given(nth(3, 1));
    desk.ledger.let_go(later);
    let found_empty = |desk: &mut Desk, queue, seconds| {
        let sent = desk.now + LEASE - Duration::from_mins(1) + Duration::from_secs(seconds);
        desk.ledger.found_empty(queue, sent);
        desk.ledger.known()
    };
    assert_eq!(found_empty(&mut desk, 0, 0), 3);
    assert_eq!(found_empty(&mut desk, 1, 1), 3);
    assert_eq!(found_empty(&mut desk, 0, 1), 2);
    assert_eq!(found_empty(&mut desk, 0, 61), 1);
    desk.expect_in_flight(1);
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
    assert_eq!(desk.ledger.known(), MOST_KNOWN + 1);
    desk.pass(71);
    for job in 10_001..=10_100 {
        let ticket = desk.given(nth(job, 1));
        desk.ledger.handled(ticket);
        desk.confirm(ticket);
    }
    assert_eq!(desk.ledger.known(), 0);
    assert_eq!(desk.ledger.handled.all.len(), REMEMBERED);
    assert_eq!(desk.ledger.handled.order.len(), REMEMBERED);
}

#[test]
fn what_was_left_is_waited_for_when_nothing_is_polled_for_hours() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    desk.arrive(nth(1, 2));
    desk.pass(20);
    let (second, _) = desk.ledger.handled(first).unwrap();
    assert_eq!(desk.confirm(first), Confirm::Later);
    desk.ledger.let_go(second);
    desk.pass(180);
    // The first is back before the second, which is still to be handled.
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight));
    desk.given(nth(1, 2));
}

#[test]
fn the_same_number_in_another_queue_is_another_job() {
    let mut desk = Desk::new();
    desk.given(nth(1, 1));
    let permit = Arc::clone(&desk.places).try_acquire_owned().unwrap();
    let other = desk.ledger.arrive(1, nth(1, 2), permit, desk.now);
    assert!(matches!(other, Arrival::ToHandle(..)));
}
