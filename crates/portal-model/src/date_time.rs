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
        let mut rest = Scan(text.as_bytes());
        let year = rest.number(4)?;
        let month = rest.after(b'-')?.number(2)?;
        let day = rest.after(b'-')?.number(2)?;
        let hour = rest.after(b'T')?.number(2)?;
        let minute = rest.after(b':')?.number(2)?;
        let second = rest.after(b':')?.number(2)?;
        let nanosecond = if rest.skip(b'.') { rest.fraction()? } else { 0 };
        let offset_minutes = rest.offset()?;
        if year == 0 {
            return Err(DateTimeError::Year);
        }
        // The schema language knows 24:00:00 as the first instant of the next day.
        let midnight = hour == 24 && minute == 0 && second == 0 && nanosecond == 0;
        let date = Date::new(year, narrow(month)?, narrow(day)?);
        let time = Time::new(
            if midnight { 0 } else { narrow(hour)? },
            narrow(minute)?,
            narrow(second)?,
            nanosecond,
        );
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

fn narrow(number: i16) -> Result<i8, DateTimeError> {
    i8::try_from(number).map_err(|_| DateTimeError::NoSuchTime)
}

/// What is left to read of a time.
struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    fn skip(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn after(&mut self, byte: u8) -> Result<&mut Self, DateTimeError> {
        if self.skip(byte) {
            Ok(self)
        } else {
            Err(DateTimeError::Form)
        }
    }

    fn digit(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        let digit = first.is_ascii_digit().then(|| first - b'0')?;
        self.0 = rest;
        Some(digit)
    }

    /// Exactly `count` digits, at most four.
    fn number(&mut self, count: usize) -> Result<i16, DateTimeError> {
        let mut number = 0;
        for _ in 0..count {
            number = number * 10 + i16::from(self.digit().ok_or(DateTimeError::Form)?);
        }
        Ok(number)
    }

    /// One to nine digits, as nanoseconds.
    fn fraction(&mut self) -> Result<i32, DateTimeError> {
        let mut nanoseconds = i32::from(self.digit().ok_or(DateTimeError::Form)?);
        let mut count = 1;
        while let Some(digit) = self.digit() {
            count += 1;
            if count > 9 {
                return Err(DateTimeError::FractionDigits);
            }
            nanoseconds = nanoseconds * 10 + i32::from(digit);
        }
        for _ in count..9 {
            nanoseconds *= 10;
        }
        Ok(nanoseconds)
    }

    /// `Z` or a signed offset, and then the end; in minutes.
    fn offset(&mut self) -> Result<i16, DateTimeError> {
        let sign = match self.0.split_first() {
            None => return Err(DateTimeError::NoOffset),
            Some((b'Z', [])) => return Ok(0),
            Some((b'+', rest)) => {
                self.0 = rest;
                1
            }
            Some((b'-', rest)) => {
                self.0 = rest;
                -1
            }
            Some(_) => return Err(DateTimeError::Form),
        };
        let hours = self.number(2)?;
        let minutes = self.after(b':')?.number(2)?;
        if !self.0.is_empty() {
            return Err(DateTimeError::Form);
        }
        if minutes > 59 || i32::from(hours * 60 + minutes) > GREATEST_OFFSET {
            return Err(DateTimeError::Offset);
        }
        Ok(sign * (hours * 60 + minutes))
    }
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
