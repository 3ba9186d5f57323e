//! The schedule, row by row, and where a message stays away.

use proptest::prelude::*;

use super::*;
use crate::service::SignerTraits;

const BOTH: Channels = Channels {
    email: true,
    sms: true,
};
const EMAIL: Channels = Channels {
    email: true,
    sms: false,
};
const SMS: Channels = Channels {
    email: false,
    sms: true,
};
/// Ten in the morning in Norway, in winter.
const MORNING: &str = "2026-02-02T09:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn period(activated: &str, hours: i64) -> Period {
    let activated = at(activated);
    Period {
        activated,
        deadline: activated + SignedDuration::from_hours(hours),
    }
}

fn signer(state: SignerState, since: Timestamp) -> SignerCourse {
    SignerCourse {
        traits: SignerTraits::default(),
        state,
        since,
        wrong_codes: 0,
    }
}

/// As kind and channel, with the hours before the deadline.
fn told(channels: Channels, period: Period) -> Vec<(SignerMessageKind, Channel, i64)> {
    let waiting = signer(SignerState::Waiting, period.activated);
    occasions(&waiting, channels, period)
        .into_iter()
        .map(|occasion| {
            let left = period.deadline.duration_since(occasion.at);
            (occasion.kind, occasion.channel, left.as_hours())
        })
        .collect()
}

#[test]
fn each_row_of_the_documented_table_with_both_channels() {
    use Channel::{Email, Sms};
    use SignerMessageKind::{Invitation, Reminder};
    for (hours, expected) in [
        (1, vec![(Invitation, Email, 1), (Invitation, Sms, 1)]),
        (24, vec![(Invitation, Email, 24), (Invitation, Sms, 24)]),
        (
            25,
            vec![
                (Invitation, Email, 25),
                (Reminder, Email, 24),
                (Reminder, Sms, 24),
            ],
        ),
        (
            72,
            vec![
                (Invitation, Email, 72),
                (Reminder, Email, 24),
                (Reminder, Sms, 24),
            ],
        ),
        (
            96,
            vec![
                (Invitation, Email, 96),
                (Reminder, Email, 48),
                (Reminder, Sms, 24),
            ],
        ),
        (
            120,
            vec![
                (Invitation, Email, 120),
                (Reminder, Email, 48),
                (Reminder, Sms, 24),
            ],
        ),
        (
            144,
            vec![
                (Invitation, Email, 144),
                (Reminder, Email, 72),
                (Reminder, Sms, 48),
            ],
        ),
        (
            216,
            vec![
                (Invitation, Email, 216),
                (Reminder, Email, 72),
                (Reminder, Sms, 48),
            ],
        ),
        (
            240,
            vec![
                (Invitation, Email, 240),
                (Reminder, Email, 120),
                (Reminder, Sms, 48),
            ],
        ),
        (
            2160,
            vec![
                (Invitation, Email, 2160),
                (Reminder, Email, 120),
                (Reminder, Sms, 48),
            ],
        ),
    ] {
        assert_eq!(
            told(BOTH, period(MORNING, hours)),
            expected,
            "{hours} hours"
        );
    }
}

#[test]
fn one_channel_carries_the_invitation_and_one_reminder() {
    for (channels, channel) in [(EMAIL, Channel::Email), (SMS, Channel::Sms)] {
        for (hours, reminder) in [
            (24, None),
            (48, Some(24)),
            (120, Some(48)),
            (216, Some(72)),
            (720, Some(120)),
        ] {
            let mut expected = vec![(SignerMessageKind::Invitation, channel, hours)];
            expected.extend(reminder.map(|left| (SignerMessageKind::Reminder, channel, left)));
            assert_eq!(
                told(channels, period(MORNING, hours)),
                expected,
                "{hours} hours"
            );
        }
    }
}

#[test]
fn an_sms_of_the_night_waits_for_the_morning() {
    for (night, morning) in [
        // Winter: Norway is one hour ahead.
        ("2026-02-02T21:00:00Z", "2026-02-03T07:00:00Z"),
        ("2026-02-03T06:59:59Z", "2026-02-03T07:00:00Z"),
        ("2026-02-03T07:00:00Z", "2026-02-03T07:00:00Z"),
        ("2026-02-02T20:59:59Z", "2026-02-02T20:59:59Z"),
        // Summer: two hours.
        ("2026-07-01T20:00:00Z", "2026-07-02T06:00:00Z"),
        // The night in which summer time begins.
        ("2026-03-28T23:00:00Z", "2026-03-29T06:00:00Z"),
    ] {
        let waiting = signer(SignerState::Waiting, at(night));
        let occasions = occasions(&waiting, SMS, period(night, 480));
        assert_eq!(occasions[0].at, at(morning), "{night}");
    }
    // The reminder falls into the same night: one SMS.
    let short = period("2026-02-02T21:30:00Z", 25);
    let waiting = signer(SignerState::Waiting, short.activated);
    let told = occasions(&waiting, SMS, short);
    assert_eq!(
        (told.len(), told[0].kind),
        (1, SignerMessageKind::Invitation)
    );
    // E-mail does not wait, nor an SMS with a day to sign.
    let night = "2026-02-02T23:00:00Z";
    let waiting = signer(SignerState::Waiting, at(night));
    assert_eq!(
        occasions(&waiting, EMAIL, period(night, 480))[0].at,
        at(night)
    );
    assert_eq!(occasions(&waiting, SMS, period(night, 24))[0].at, at(night));
}

#[test]
fn who_is_through_is_told_no_more() {
    let month = period(MORNING, 720);
    let week = month.activated + DAY * 7;
    for (state, kinds) in [
        (SignerState::Signed, 1),
        (SignerState::Rejected, 1),
        (SignerState::NotApplicable, 1),
        (SignerState::Cancelled, 2),
        (SignerState::Expired, 3),
    ] {
        let since = if state == SignerState::Expired {
            month.deadline
        } else {
            week
        };
        let told = occasions(&signer(state, since), BOTH, month);
        assert_eq!(told.len(), kinds, "{state}: {told:?}");
    }
}

#[test]
fn cancelling_is_told_by_email_to_those_who_were_invited() {
    let month = period(MORNING, 720);
    let cancelled = signer(SignerState::Cancelled, month.activated + DAY);
    let told = occasions(&cancelled, BOTH, month);
    assert_eq!(
        (told[1].kind, told[1].channel),
        (SignerMessageKind::Cancellation, Channel::Email)
    );
    assert_eq!(occasions(&cancelled, SMS, month).len(), 1);
    // Before the activation nobody was told anything.
    let early = signer(SignerState::Cancelled, month.activated - DAY);
    assert_eq!(occasions(&early, BOTH, month), []);
}

#[test]
fn who_turns_out_to_be_unreachable_gets_nothing_at_that_moment() {
    let month = period(MORNING, 720);
    for state in [
        SignerState::Reserved,
        SignerState::ContactInformationMissing,
    ] {
        assert_eq!(occasions(&signer(state, month.activated), EMAIL, month), []);
    }
}

proptest! {
    /// Whoever the signer is and however long there is to sign.
    #[test]
    fn nobody_is_told_too_often_too_late_or_by_sms_at_night(
        minute in 0_i64..525_600,
        hours in 1_i64..2160,
        email: bool,
        sms: bool,
        signed_after in proptest::option::of(0_i64..2160),
    ) {
        prop_assume!(email || sms);
        let begin = at(MORNING) + SignedDuration::from_mins(minute);
        let period = Period { activated: begin, deadline: begin + SignedDuration::from_hours(hours) };
        let through = signed_after.filter(|after| *after < hours).map(|after| begin + SignedDuration::from_hours(after));
        let signer = match through {
            Some(since) => signer(SignerState::Signed, since),
            None => signer(SignerState::Waiting, begin),
        };
        let told = occasions(&signer, Channels { email, sms }, period);
        prop_assert!(told.len() <= 3);
        for pair in told.windows(2) {
            prop_assert_ne!((pair[0].channel, pair[0].at), (pair[1].channel, pair[1].at));
        }
        for occasion in &told {
            prop_assert!(occasion.at >= begin && occasion.at < period.deadline);
            prop_assert!(through.is_none_or(|since| occasion.at <= since));
            if occasion.channel == Channel::Sms && hours > 24 {
                let hour = occasion.at.to_zoned_datetime(oslo()).hour();
                prop_assert!((8..22).contains(&hour), "{}", occasion.at);
            }
        }
    }
}
