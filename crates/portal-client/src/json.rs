//! Reading stored values. What is stored is personal, and no error shows a value: it names fields and types
//! only.

use jiff::Timestamp;
use portal_model::OrganizationNumber;
use portal_model::json::without_values;
use serde::de::{Deserialize, Deserializer, Error};

use crate::poll_time::{NextPoll, PollTimeWarning};
use crate::{ChangeId, PermittedPoll, Sender, Shutdown, SignerIndex};

/// Implements `Deserialize` by a form that is derived.
macro_rules! read_by {
    ($($type:ident $form:ty, $make:expr;)*) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                let form: $form = without_values(source)?;
                Ok(($make)(form))
            }
        }
    )*};
}

#[derive(serde::Deserialize)]
struct SenderForm {
    organization_number: OrganizationNumber,
    queue: Option<String>,
}

#[derive(serde::Deserialize)]
struct NextPollForm {
    permitted_at: Time,
    responded_at: Time,
    warning: Option<PollTimeWarning>,
}

#[derive(serde::Deserialize)]
struct PermittedPollForm {
    permitted_at: Time,
    noted_at: Time,
    shutdown: Option<Shutdown>,
}

#[derive(serde::Deserialize)]
enum ShutdownForm {
    Unclean,
    Clean,
    UnseenUntil(Time),
}

#[derive(serde::Deserialize)]
enum PollTimeWarningForm {
    Missing,
    Unreadable,
    Contradictory,
    TooFarAhead,
}

read_by! {
    Sender SenderForm, |form: SenderForm| {
        // An empty name means the default queue, also in stored data.
        Self::from(form.organization_number).with_queue(form.queue.unwrap_or_default())
    };
    NextPoll NextPollForm, |form: NextPollForm| Self {
        permitted_at: form.permitted_at.0,
        responded_at: form.responded_at.0,
        warning: form.warning,
    };
    PermittedPoll PermittedPollForm, |form: PermittedPollForm| {
        // Earlier versions did not store how a watch ended.
        let time = Self::new(form.permitted_at.0, form.noted_at.0);
        time.with_shutdown(form.shutdown.unwrap_or_default())
    };
    Shutdown ShutdownForm, |form| match form {
        ShutdownForm::Unclean => Self::Unclean,
        ShutdownForm::Clean => Self::Clean,
        ShutdownForm::UnseenUntil(until) => Self::UnseenUntil(until.0),
    };
    PollTimeWarning PollTimeWarningForm, |form| match form {
        PollTimeWarningForm::Missing => Self::Missing,
        PollTimeWarningForm::Unreadable => Self::Unreadable,
        PollTimeWarningForm::Contradictory => Self::Contradictory,
        PollTimeWarningForm::TooFarAhead => Self::TooFarAhead,
    };
    SignerIndex u32, Self::new;
    ChangeId String, Self::from;
}

/// A time, whose own error would show the text.
struct Time(Timestamp);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text: String = without_values(source)?;
        let time = text.parse();
        time.map(Self)
            .map_err(|_| D::Error::custom("a time is not as RFC 3339 writes it"))
    }
}

/// Reads a time that may be missing.
pub(crate) fn optional_time<'de, D: Deserializer<'de>>(
    source: D,
) -> Result<Option<Timestamp>, D::Error> {
    let time: Option<Time> = Deserialize::deserialize(source)?;
    Ok(time.map(|Time(time)| time))
}
