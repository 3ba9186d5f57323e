//! `xs:dateTime` with the offset it was written with, or without one.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{self, Date, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// A time as the schema's `xs:dateTime` has it: usually an instant with its offset from UTC.
///
/// The schema also allows a time **without an offset**, which means another instant in another
/// place. No zone is guessed: such a time has no [`timestamp`](Self::timestamp), is
/// [local](Self::local) to its writer, and is written as it was read. The service's C# client writes
/// such times.
///
/// Years 1 to 9999, offsets up to 14 hours in whole minutes, up to nine fraction digits. Two values
/// are equal when both instant and offset are, or, without offset, when both were written alike.
///
/// ```
/// use portal_model::DateTime;
///
/// let since: DateTime = "2017-01-23T12:51:43+01:00".parse()?;
/// assert_eq!(since.timestamp(), Some("2017-01-23T11:51:43Z".parse()?));
/// assert_eq!(since.to_string(), "2017-01-23T12:51:43+01:00");
///
/// let local: DateTime = "2017-01-23T12:51:43.100".parse()?;
/// assert_eq!(local.timestamp(), None);
/// assert_eq!(local.to_string(), "2017-01-23T12:51:43.100");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime(Repr);

// With a tag as wide as what it stands before: with a narrow one, a copy is made in pieces that the
// processor can't read again at once, which makes reading a status change a twentieth slower.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u64)]
enum Repr {
    Instant {
        timestamp: Timestamp,
        offset_minutes: i16,
    },
    /// Without an offset, with what has to be known to write it as it was read.
    Local {
        local: civil::DateTime,
        /// How many fraction digits were written.
        digits: u8,
        /// Whether midnight was written as 24:00 of the day before.
        end_of_day: bool,
    },
}

/// Why a text or an instant is no `xs:dateTime` of this model. The text itself is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DateTimeError {
    /// The text has another form than date, `T` and time.
    #[error(
        "the time has not the form 2016-02-10T12:00:00+01:00; write year, month, day, T, hours, minutes, seconds, and an offset if it is known"
    )]
    Form,
    /// There are more than nine fraction digits.
    #[error("the seconds have more than nine fraction digits; round them to nanoseconds")]
    FractionDigits,
    /// A month, day, hour, minute or second that does not exist.
    #[error(
        "the calendar or the clock has no such time; check month, day, hours, minutes and seconds"
    )]
    NoSuchTime,
    /// The offset is beyond 14 hours, or not whole minutes.
    #[error(
        "the offset from UTC is beyond 14:00 or not in whole minutes; write one such as +01:00"
    )]
    Offset,
    /// The year is not within 1 to 9999.
    #[error("the year is not within 0001 to 9999; choose a time nearer to now")]
    Year,
    /// The instant is later than `9999-12-30T22:00:00.999999999Z`, the last one that this crate handles.
    #[error(
        "the time is later than 9999-12-30T22:00:00Z, the last one handled; choose an earlier time"
    )]
    TooLate,
}

/// The greatest offset that `xs:dateTime` knows, in minutes.
const GREATEST_OFFSET: i32 = 14 * 60;

impl DateTime {
    /// Creates a time from an instant and the offset that it is written with.
    ///
    /// # Errors
    /// [`DateTimeError::Offset`] for an offset beyond 14 hours or with seconds, [`DateTimeError::Year`]
    /// when the local year is not within 1 to 9999.
    pub fn new(timestamp: Timestamp, offset: Offset) -> Result<Self, DateTimeError> {
        let seconds = offset.seconds();
        let minutes = seconds / 60;
        if seconds % 60 != 0 || minutes.abs() > GREATEST_OFFSET {
            return Err(DateTimeError::Offset);
        }
        let year = offset.to_datetime(timestamp).year();
        if !(1..=9999).contains(&year) {
            return Err(DateTimeError::Year);
        }
        let offset_minutes = i16::try_from(minutes).map_err(|_| DateTimeError::Offset)?;
        Ok(Self(Repr::Instant {
            timestamp,
            offset_minutes,
        }))
    }

    /// Creates a time from an instant, written in UTC with `Z`.
    ///
    /// # Errors
    /// [`DateTimeError::Year`] when the year is not within 1 to 9999.
    pub fn utc(timestamp: Timestamp) -> Result<Self, DateTimeError> {
        Self::new(timestamp, Offset::UTC)
    }

    /// Creates a time without an offset, which names no instant.
    ///
    /// # Errors
    /// [`DateTimeError::Year`] when the year is not within 1 to 9999.
    pub fn without_offset(local: civil::DateTime) -> Result<Self, DateTimeError> {
        if local.year() < 1 {
            return Err(DateTimeError::Year);
        }
        let mut fraction = local.subsec_nanosecond();
        let mut digits = if fraction == 0 { 0 } else { 9 };
        while fraction != 0 && fraction % 10 == 0 {
            fraction /= 10;
            digits -= 1;
        }
        Ok(Self(Repr::Local {
            local,
            digits,
            end_of_day: false,
        }))
    }

    /// Returns the instant, or `None` for a time without an offset.
    #[must_use]
    pub const fn timestamp(self) -> Option<Timestamp> {
        match self.0 {
            Repr::Instant { timestamp, .. } => Some(timestamp),
            Repr::Local { .. } => None,
        }
    }

    /// Returns the offset from UTC that the time is written with, if any.
    #[must_use]
    pub fn offset(self) -> Option<Offset> {
        match self.0 {
            Repr::Instant { offset_minutes, .. } => Some(offset(offset_minutes)),
            Repr::Local { .. } => None,
        }
    }

    /// Returns date and time on the clock of the place that the time was written in.
    #[must_use]
    pub fn local(self) -> civil::DateTime {
        match self.0 {
            Repr::Instant {
                timestamp,
                offset_minutes,
            } => offset(offset_minutes).to_datetime(timestamp),
            Repr::Local { local, .. } => local,
        }
    }
}

fn offset(minutes: i16) -> Offset {
    // Within 14 hours by construction, which jiff's 25 hours always hold.
    Offset::from_seconds(i32::from(minutes) * 60).unwrap_or(Offset::UTC)
}

impl FromStr for DateTime {
    type Err = DateTimeError;

    /// Reads the form of `xs:dateTime`, without white space around it.
    fn from_str(text: &str) -> Result<Self, DateTimeError> {
        let (written, rest) = text
            .as_bytes()
            .split_first_chunk()
            .ok_or(DateTimeError::Form)?;
        #[rustfmt::skip]
        let [
            y1, y2, y3, y4, _, mo1, mo2, _, d1, d2, _,
            h1, h2, _, mi1, mi2, _, s1, s2,
        ] = digits_of(written, b"0000-00-00T00:00:00")?;
        let year = i16::from(number(y1, y2)) * 100 + i16::from(number(y3, y4));
        let (month, day) = (number(mo1, mo2), number(d1, d2));
        let (hour, minute, second) = (number(h1, h2), number(mi1, mi2), number(s1, s2));
        let (nanosecond, digits, rest) = fraction(rest)?;
        let offset_minutes = offset_minutes(rest)?;
        if year == 0 {
            return Err(DateTimeError::Year);
        }
        // The schema language knows 24:00:00 as the first instant of the next day.
        let midnight = hour == 24 && minute == 0 && second == 0 && nanosecond == 0;
        let date = Date::new(year, month, day).map_err(|_| DateTimeError::NoSuchTime)?;
        let time = Time::new(if midnight { 0 } else { hour }, minute, second, nanosecond)
            .map_err(|_| DateTimeError::NoSuchTime)?;
        let local = date.to_datetime(time);
        let local = if midnight {
            local
                .checked_add(SignedDuration::from_hours(24))
                .map_err(|_| DateTimeError::Year)?
        } else {
            local
        };
        let Some(offset_minutes) = offset_minutes else {
            return Ok(Self(Repr::Local {
                local,
                digits,
                end_of_day: midnight,
            }));
        };
        // The local year is within 1 to 9999, and jiff's timestamps begin long before; they end
        // within the last two days.
        let timestamp = offset(offset_minutes)
            .to_timestamp(local)
            .map_err(|_| DateTimeError::TooLate)?;
        Ok(Self(Repr::Instant {
            timestamp,
            offset_minutes,
        }))
    }
}

/// The digits of what is written in a form that has a zero for each digit, and nothing where it has
/// signs. All are looked at without a branch, since a status change has a time for each signer.
fn digits_of<const LENGTH: usize>(
    written: &[u8; LENGTH],
    form: &[u8; LENGTH],
) -> Result<[u8; LENGTH], DateTimeError> {
    let mut digits = [0; LENGTH];
    let mut wrong = 0;
    for ((digit, byte), form) in digits.iter_mut().zip(written).zip(form) {
        // The codes of the digits are the code of zero with other bits set.
        *digit = byte ^ form;
        let most = if *form == b'0' { 9 } else { 0 };
        wrong |= u8::from(*digit > most);
    }
    if wrong == 0 {
        Ok(digits)
    } else {
        Err(DateTimeError::Form)
    }
}

/// Two digits as a number of at most 99.
const fn number(tens: u8, ones: u8) -> i8 {
    (tens * 10 + ones).cast_signed()
}

/// A point and one to nine digits, if there is a point; as nanoseconds and number of digits, and what
/// follows.
fn fraction(text: &[u8]) -> Result<(i32, u8, &[u8]), DateTimeError> {
    let [b'.', text @ ..] = text else {
        return Ok((0, 0, text));
    };
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match count {
        0 => return Err(DateTimeError::Form),
        1..=9 => {}
        _ => return Err(DateTimeError::FractionDigits),
    }
    let (digits, rest) = text.split_at(count);
    let padded = digits.iter().chain(std::iter::repeat(&b'0')).take(9);
    Ok((
        padded.fold(0, |number, digit| number * 10 + i32::from(digit - b'0')),
        u8::try_from(count).unwrap_or(9),
        rest,
    ))
}

/// `Z`, a signed offset or nothing, and nothing behind it; in minutes.
fn offset_minutes(text: &[u8]) -> Result<Option<i16>, DateTimeError> {
    let (sign, written) = match text {
        [] => return Ok(None),
        [b'Z'] => return Ok(Some(0)),
        [b'+', written @ ..] => (1, written),
        [b'-', written @ ..] => (-1, written),
        _ => return Err(DateTimeError::Form),
    };
    let written = written.try_into().map_err(|_| DateTimeError::Form)?;
    let [h1, h2, _, m1, m2] = digits_of(written, b"00:00")?;
    let (hours, minutes) = (number(h1, h2), number(m1, m2));
    let offset = i16::from(hours) * 60 + i16::from(minutes);
    if minutes > 59 || i32::from(offset) > GREATEST_OFFSET {
        return Err(DateTimeError::Offset);
    }
    Ok(Some(sign * offset))
}

impl fmt::Display for DateTime {
    /// Writes the form of `xs:dateTime`: no more fraction digits than needed, `Z` for UTC. A time
    /// without an offset is written as it was read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local();
        let end_of_day = matches!(
            self.0,
            Repr::Local {
                end_of_day: true,
                ..
            }
        );
        // 24:00 is of the day before; there is one, since reading added a day.
        let date = if end_of_day {
            local.date().yesterday().unwrap_or(local.date())
        } else {
            local.date()
        };
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            date.year(),
            date.month(),
            date.day(),
            if end_of_day { 24 } else { local.hour() },
            local.minute(),
            local.second()
        )?;
        let digits = format!("{:09}", local.subsec_nanosecond());
        let digits = match self.0 {
            Repr::Instant { .. } => digits.trim_end_matches('0'),
            Repr::Local { digits: count, .. } => &digits[..usize::from(count)],
        };
        if !digits.is_empty() {
            write!(f, ".{digits}")?;
        }
        match self.0 {
            Repr::Local { .. } => Ok(()),
            Repr::Instant {
                offset_minutes: 0, ..
            } => f.write_str("Z"),
            Repr::Instant { offset_minutes, .. } => {
                let sign = if offset_minutes < 0 { '-' } else { '+' };
                let minutes = offset_minutes.abs();
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DateTime({self})")
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for DateTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for DateTime {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = crate::json::text(deserializer, "dateTime")?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
