mod doubt;
mod order;

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

/// A watch that is busy for hours finds its queue empty too seldom.
#[test]
fn among_few_jobs_none_is_forgotten() {
    let mut desk = Desk::new();
    let first = desk.given(nth(1, 1));
    desk.handled(first);
    desk.ledger.let_go(first);
    desk.pass_minutes(71);
    for job in 10..600 {
        let ticket = desk.given(nth(job, 1));
        desk.handled(ticket);
        desk.confirm(ticket);
    }
    desk.returned(nth(1, 1));
}
