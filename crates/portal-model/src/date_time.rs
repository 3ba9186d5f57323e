//! `xs:dateTime` with the offset it was written with.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// An instant together with the offset from UTC that it was written with: the schema's `xs:dateTime`.
///
/// Years 1 to 9999, offsets up to 14 hours in whole minutes, up to nine fraction digits. A time
/// without an offset is refused, since it would mean another instant in another place.
///
/// Two values are equal when both instant and offset are; they are ordered by the instant first.
///
/// ```
/// use portal_model::DateTime;
///
/// let since: DateTime = "2017-01-23T12:51:43+01:00".parse()?;
/// assert_eq!(since.timestamp().to_string(), "2017-01-23T11:51:43Z");
/// assert_eq!(since.to_string(), "2017-01-23T12:51:43+01:00");
/// # Ok::<(), portal_model::DateTimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DateTime {
    timestamp: Timestamp,
    offset_minutes: i16,
}

/// Why a text or an instant is no `xs:dateTime` of this model. The text itself is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DateTimeError {
    /// The text has another form than date, `T` and time.
    #[error(
        "the time has not the form 2016-02-10T12:00:00+01:00; write year, month, day, T, hours, minutes, seconds and offset"
    )]
    Form,
    /// There is no offset, so the instant is unknown.
    #[error("the time has no offset from UTC; add Z, or an offset such as +01:00")]
    NoOffset,
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
}

/// The greatest offset that `xs:dateTime` knows, in minutes.
const GREATEST_OFFSET: i32 = 14 * 60;

impl DateTime {
    /// An instant, to be written with the given offset.
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
        Ok(Self {
            timestamp,
            offset_minutes,
        })
    }

    /// An instant, to be written in UTC with `Z`.
    ///
    /// # Errors
    /// [`DateTimeError::Year`] when the year is not within 1 to 9999.
    pub fn utc(timestamp: Timestamp) -> Result<Self, DateTimeError> {
        Self::new(timestamp, Offset::UTC)
    }

    /// The instant.
    #[must_use]
    pub const fn timestamp(self) -> Timestamp {
        self.timestamp
    }

    /// The offset from UTC that the instant is written with.
    #[must_use]
    pub fn offset(self) -> Offset {
        // Within 14 hours by construction, which jiff's 25 hours always hold.
        Offset::from_seconds(i32::from(self.offset_minutes) * 60).unwrap_or(Offset::UTC)
    }
}

impl FromStr for DateTime {
    type Err = DateTimeError;

    /// Reads the form of `xs:dateTime`, without white space around it.
    fn from_str(text: &str) -> Result<Self, DateTimeError> {
        #[rustfmt::skip]
        let [
            y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T',
            h1, h2, b':', mi1, mi2, b':', s1, s2, rest @ ..
        ] = text.as_bytes() else {
            return Err(DateTimeError::Form);
        };
        let year = i16::from(number(*y1, *y2)?) * 100 + i16::from(number(*y3, *y4)?);
        let (month, day) = (number(*mo1, *mo2)?, number(*d1, *d2)?);
        let (hour, minute, second) = (number(*h1, *h2)?, number(*mi1, *mi2)?, number(*s1, *s2)?);
        let (nanosecond, rest) = fraction(rest)?;
        let offset_minutes = offset_minutes(rest)?;
        if year == 0 {
            return Err(DateTimeError::Year);
        }
        // The schema language knows 24:00:00 as the first instant of the next day.
        let midnight = hour == 24 && minute == 0 && second == 0 && nanosecond == 0;
        let date = Date::new(year, month, day);
        let time = Time::new(if midnight { 0 } else { hour }, minute, second, nanosecond);
        let (Ok(date), Ok(time)) = (date, time) else {
            return Err(DateTimeError::NoSuchTime);
        };
        let local = date.to_datetime(time);
        let local = if midnight {
            local
                .checked_add(SignedDuration::from_hours(24))
                .map_err(|_| DateTimeError::Year)?
        } else {
            local
        };
        let offset = Offset::from_seconds(i32::from(offset_minutes) * 60)
            .map_err(|_| DateTimeError::Offset)?;
        // The local year is within 1 to 9999: it had four digits, and jiff knows no year 10000.
        let timestamp = offset
            .to_timestamp(local)
            .map_err(|_| DateTimeError::Year)?;
        Ok(Self {
            timestamp,
            offset_minutes,
        })
    }
}

/// Two digits as a number.
fn number(tens: u8, ones: u8) -> Result<i8, DateTimeError> {
    if tens.is_ascii_digit() && ones.is_ascii_digit() {
        // At most 99, so nothing is lost.
        Ok(((tens - b'0') * 10 + (ones - b'0')).cast_signed())
    } else {
        Err(DateTimeError::Form)
    }
}

/// A point and one to nine digits, if there is a point; as nanoseconds, and what follows.
fn fraction(text: &[u8]) -> Result<(i32, &[u8]), DateTimeError> {
    let [b'.', text @ ..] = text else {
        return Ok((0, text));
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
        rest,
    ))
}

/// `Z` or a signed offset, and nothing behind it; in minutes.
fn offset_minutes(text: &[u8]) -> Result<i16, DateTimeError> {
    let (sign, hours, minutes) = match text {
        [] => return Err(DateTimeError::NoOffset),
        [b'Z'] => return Ok(0),
        [b'+', h1, h2, b':', m1, m2] => (1, number(*h1, *h2)?, number(*m1, *m2)?),
        [b'-', h1, h2, b':', m1, m2] => (-1, number(*h1, *h2)?, number(*m1, *m2)?),
        _ => return Err(DateTimeError::Form),
    };
    let offset = i16::from(hours) * 60 + i16::from(minutes);
    if minutes > 59 || i32::from(offset) > GREATEST_OFFSET {
        return Err(DateTimeError::Offset);
    }
    Ok(sign * offset)
}

impl fmt::Display for DateTime {
    /// The form of `xs:dateTime`: no more fraction digits than needed, `Z` for no offset.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.offset().to_datetime(self.timestamp);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            local.year(),
            local.month(),
            local.day(),
            local.hour(),
            local.minute(),
            local.second()
        )?;
        let nanoseconds = local.subsec_nanosecond();
        if nanoseconds != 0 {
            let digits = format!("{nanoseconds:09}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        if self.offset_minutes == 0 {
            return f.write_str("Z");
        }
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let minutes = self.offset_minutes.abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
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
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
