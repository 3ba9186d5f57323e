//! When messages go to a signer.
//!
//! Source: the service's documentation, notifications. With both channels e-mail is the first and
//! SMS the last resort; with one, that one carries the invitation and one reminder. The days before
//! the deadline depend on how long the signer has:
//!
//! | time to sign | reminder | SMS after e-mail |
//! |---|---|---|
//! | up to 24 hours | none | with the invitation |
//! | up to 3 days | 1 day before | 1 day before |
//! | up to 5 days | 2 days before | 1 day before |
//! | up to 9 days | 3 days before | 2 days before |
//! | longer | 5 days before | 2 days before |
//!
//! No SMS goes out between 22:00 and 8:00 in Norway, unless there is no time to wait.

use jiff::civil::{Time, time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use portal_model::{Notifications, SignerNotify};

use super::{Channel, SignerMessageKind};
use crate::norway::oslo;
use crate::service::{Period, SignerCourse, SignerState};

const NIGHT_BEGINS: Time = time(22, 0, 0, 0);
const NIGHT_ENDS: Time = time(8, 0, 0, 0);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The channels that messages to a signer use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Channels {
    email: bool,
    sms: bool,
}

impl Channels {
    pub(super) fn of(notify: &SignerNotify) -> Self {
        let (email, sms) = match notify {
            SignerNotify::UsingLookup(lookup) => (true, lookup.sms),
            SignerNotify::Notifications(Notifications::Email { sms, .. }) => (true, sms.is_some()),
            SignerNotify::Notifications(Notifications::Sms { .. }) => (false, true),
            // Kinds that the schema has got since.
            _ => (false, false),
        };
        Self { email, sms }
    }
}

/// When, what about and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Occasion {
    pub(super) at: Timestamp,
    pub(super) kind: SignerMessageKind,
    pub(super) channel: Channel,
}

/// Every message to one signer: what was before the signer was through, and what is planned
/// for one who is not.
pub(super) fn occasions(
    signer: &SignerCourse,
    channels: Channels,
    period: Period,
) -> Vec<Occasion> {
    let mut occasions = planned(channels, period);
    occasions.retain(|occasion| reached(signer, occasion.at));
    if signer.state == SignerState::Cancelled && channels.email && signer.since >= period.activated
    {
        occasions.push(Occasion {
            at: signer.since,
            kind: SignerMessageKind::Cancellation,
            channel: Channel::Email,
        });
    }
    occasions
}

/// Whether a message of this time goes to the signer.
fn reached(signer: &SignerCourse, at: Timestamp) -> bool {
    match signer.state {
        SignerState::Waiting => true,
        // Found out when the service looks the signer up to send the message.
        SignerState::Reserved
        | SignerState::ContactInformationMissing
        | SignerState::SignersNameNotAvailable => at < signer.since,
        _ => at <= signer.since,
    }
}

fn planned(channels: Channels, period: Period) -> Vec<Occasion> {
    let Period {
        activated,
        deadline,
    } = period;
    let time_to_sign = deadline.duration_since(activated);
    let (reminder, last_sms) = match time_to_sign {
        short if short <= DAY => (None, None),
        days if days <= DAY * 3 => (Some(DAY), Some(DAY)),
        days if days <= DAY * 5 => (Some(DAY * 2), Some(DAY)),
        days if days <= DAY * 9 => (Some(DAY * 3), Some(DAY * 2)),
        _ => (Some(DAY * 5), Some(DAY * 2)),
    };
    let before = |ahead: SignedDuration| deadline.checked_sub(ahead).unwrap_or(activated);
    let occasion = |at, kind, channel| Occasion {
        at: match channel {
            Channel::Email => at,
            Channel::Sms => spare_the_night(at, period),
        },
        kind,
        channel,
    };
    let first = if channels.email {
        Channel::Email
    } else {
        Channel::Sms
    };
    let mut occasions = vec![occasion(activated, SignerMessageKind::Invitation, first)];
    if let Some(ahead) = reminder {
        occasions.push(occasion(before(ahead), SignerMessageKind::Reminder, first));
    }
    if channels.email && channels.sms {
        occasions.push(match last_sms {
            Some(ahead) => occasion(before(ahead), SignerMessageKind::Reminder, Channel::Sms),
            None => occasion(activated, SignerMessageKind::Invitation, Channel::Sms),
        });
    }
    // An invitation and a reminder of the same night are one SMS in the morning.
    occasions.dedup_by_key(|occasion| (occasion.channel, occasion.at));
    occasions
}

/// Puts an SMS of the night off until the morning, where there is time to wait.
fn spare_the_night(at: Timestamp, period: Period) -> Timestamp {
    if period.deadline.duration_since(period.activated) <= DAY {
        return at;
    }
    let local = at.to_zoned_datetime(oslo());
    let morning = if local.time() >= NIGHT_BEGINS {
        local.checked_add(1.day())
    } else if local.time() < NIGHT_ENDS {
        Ok(local)
    } else {
        return at;
    };
    morning
        .and_then(|day| day.with().time(NIGHT_ENDS).build())
        .map_or(at, |morning| morning.timestamp())
}

#[cfg(test)]
mod tests;
