//! Who gets which change of a job when, and what is confirmed with what.

use super::*;

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
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight { .. }));
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::InFlight { .. }));
    desk.expect_in_flight(2);
    assert_eq!(desk.ledger.returns_at(first), Some(desk.now + LEASE));
    let second = desk.next(first);
    // It is being confirmed.
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight { .. }));
    desk.confirm(first);
    desk.pass_minutes(11);
    // Handled, and not confirmed because of the second.
    assert!(matches!(desk.arrive(nth(1, 1)), Arrival::InFlight { .. }));
    desk.handled(second);
    assert!(matches!(desk.arrive(nth(1, 2)), Arrival::InFlight { .. }));
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
    assert!(matches!(desk.arrive(newer()), Arrival::InFlight { .. }));
    let given = desk.ledger.handled(first).unwrap();
    assert_eq!(given.change.record(), newer().record());
    desk.expect_in_flight(2);
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
