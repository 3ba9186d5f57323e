//! What is unseen, here and by the next process, and what waits for it.

use super::*;

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
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight { .. }));
    desk.expect_in_flight(0);
    desk.pass(Duration::from_secs(539));
    assert_eq!(desk.found_empty(), 0);
    desk.ledger.found_empty(1, desk.now + LONG);
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight { .. }));
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
        assert!(matches!(desk.arrive(change), Arrival::InFlight { .. }));
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
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight { .. }));
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
