//! The course of a job by itself.

use super::*;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn start() -> Timestamp {
    Timestamp::from_second(1_770_000_000).unwrap()
}

/// Signers by contact information in this order, with an hour each.
fn course(orders: &[i32], activation: Option<Timestamp>) -> Course {
    let signers: Vec<_> = orders
        .iter()
        .map(|&order| SignerTraits {
            order,
            by_contact: true,
            ..SignerTraits::default()
        })
        .collect();
    Course::new(&signers, start(), activation, Duration::from_secs(3600))
}

#[test]
fn a_job_is_activated_then_expires() {
    let course = course(&[0], Some(start() + HOUR));
    assert_eq!(course.activated(), start() + HOUR);
    let before = start() + HOUR - SignedDuration::from_secs(1);
    assert_eq!(
        course.next_turn(before),
        Some(Turn::Activates(start() + HOUR))
    );
    let expiry = Some(Turn::Expires(start() + 2 * HOUR));
    assert_eq!(course.next_turn(start() + HOUR), expiry);
}

#[test]
fn an_activation_in_the_past_means_at_once() {
    let course = course(&[0], Some(start() - HOUR));
    assert_eq!(course.activated(), start());
    assert_eq!(course.deadline(), start() + HOUR);
}

#[test]
fn the_deadline_of_an_earlier_group_means_nothing_to_a_later_one() {
    let mut course = course(&[1, 2], None);
    let signed = start() + SignedDuration::from_mins(50);
    course.act(signed, 0, SignerAct::Sign).unwrap();
    assert!(!course.settle(start() + HOUR));
    assert_eq!(course.state(), JobState::InProgress);
    assert!(course.settle(signed + HOUR));
    assert_eq!(course.finished(), Some(signed + HOUR));
}

#[test]
fn the_third_wrong_code_blocks_and_ends_the_job() {
    let mut course = course(&[0, 0], None);
    let now = start();
    assert_eq!(course.act(now, 0, SignerAct::EnterWrongCode), Ok(false));
    assert_eq!(course.act(now, 0, SignerAct::EnterWrongCode), Ok(false));
    assert_eq!(course.state(), JobState::InProgress);
    assert_eq!(course.act(now, 0, SignerAct::EnterWrongCode), Ok(true));
    assert_eq!(course.signers()[0].state, SignerState::Blocked);
    assert_eq!(course.signers()[1].state, SignerState::NotApplicable);
}

#[test]
fn what_has_ended_can_be_neither_cancelled_nor_signed() {
    let mut course = course(&[0, 1], None);
    assert!(course.cancel(start()));
    assert!(!course.cancel(start()));
    assert_eq!(course.signers()[0].state, SignerState::Cancelled);
    assert_eq!(
        course.act(start(), 0, SignerAct::Sign),
        Err(ActError::NotWaiting {
            index: 0,
            state: SignerState::Cancelled
        })
    );
    assert_eq!(course.next_turn(start()), None);
}

#[test]
fn who_has_signed_cannot_sign_again_while_others_wait() {
    let mut course = course(&[0, 0], None);
    course.act(start(), 0, SignerAct::Sign).unwrap();
    assert_eq!(
        course.act(start(), 0, SignerAct::Reject),
        Err(ActError::NotWaiting {
            index: 0,
            state: SignerState::Signed
        })
    );
    assert_eq!(course.state(), JobState::InProgress);
}
