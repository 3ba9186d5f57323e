//! When the next poll is permitted: reading `X-Next-permitted-poll-time`, with a safe default.

use std::fmt;

use std::time::Duration;

use http::HeaderMap;
use http::header::DATE;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp, TimestampArithmetic};

/// The header that every response to a poll should carry. Source: the service's documentation.
pub(crate) const NEXT_PERMITTED_POLL_TIME: &str = "x-next-permitted-poll-time";

/// The longest wait that is believed. Far beyond the ten minutes of an empty queue, and short enough
/// that an error of the service costs a day and not a year.
pub(crate) const LONGEST_BELIEVED: SignedDuration = SignedDuration::from_hours(24);

/// When the queue may be polled next, and whether the service really said so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NextPoll {
    /// The first instant at which a poll is permitted, by the service's clock. Polling before it gives 429.
    pub permitted_at: Timestamp,
    /// When the service responded, by its own clock: the `Date` of its response, to the second. Where that is
    /// missing or days off, this computer's time.
    pub responded_at: Timestamp,
    /// Set when the service gave no usable time, so that `permitted_at` is a safe default.
    pub warning: Option<PollTimeWarning>,
}

impl NextPoll {
    /// Returns how long to sleep after the response before the next poll; zero when it may follow at once.
    ///
    /// Both ends are by the service's clock, so that it is right however wrong this computer's clock is. It
    /// may be up to a second too long, since `Date` has no fractions.
    #[must_use]
    pub fn wait(&self) -> Duration {
        self.wait_from(self.responded_at)
    }

    /// How long to wait when the service's clock shows `time`.
    pub(crate) fn wait_from(&self, time: Timestamp) -> Duration {
        Duration::try_from(self.permitted_at.duration_since(time)).unwrap_or_default()
    }

    /// Reads the header of a response received at `now`; `default` is the wait when it says nothing usable.
    pub(crate) fn read(headers: &HeaderMap, now: Timestamp, default: Duration) -> Self {
        let given = read_header(headers);
        let believed = |date: &Timestamp| {
            let other = given.unwrap_or(now);
            date.duration_since(other).abs() <= LONGEST_BELIEVED
        };
        let responded_at = date(headers).filter(believed).unwrap_or(now);
        let (permitted_at, warning) = match given {
            Ok(given) if given.duration_since(responded_at) <= LONGEST_BELIEVED => (given, None),
            Ok(_) => (
                later(responded_at, LONGEST_BELIEVED),
                Some(PollTimeWarning::TooFarAhead),
            ),
            Err(warning) => (later(responded_at, default), Some(warning)),
        };
        Self {
            permitted_at,
            responded_at,
            warning,
        }
    }
}

/// `now` and a duration later, or the end of time.
pub(crate) fn later(now: Timestamp, duration: impl Into<TimestampArithmetic>) -> Timestamp {
    now.saturating_add(duration).unwrap_or(Timestamp::MAX)
}

/// The service's time when it responded, as `Date` says, to the second.
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(DATE)?.to_str().ok()?;
    let date = rfc2822::parse(text.trim()).ok()?;
    Some(date.timestamp())
}

pub(crate) fn read_header(headers: &HeaderMap) -> Result<Timestamp, PollTimeWarning> {
    let mut values = headers.get_all(NEXT_PERMITTED_POLL_TIME).iter();
    let first = values.next().ok_or(PollTimeWarning::Missing)?;
    let text = first.to_str().map_err(|_| PollTimeWarning::Unreadable)?;
    let time = text
        .trim()
        .parse()
        .map_err(|_| PollTimeWarning::Unreadable)?;
    if values.any(|other| other != first) {
        return Err(PollTimeWarning::Contradictory);
    }
    Ok(time)
}

/// Why the next permitted poll time is a default and not what the service said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum PollTimeWarning {
    /// The response had no such header.
    Missing,
    /// The header is not an RFC 3339 time with an offset or `Z`.
    Unreadable,
    /// The header came more than once, with different values.
    Contradictory,
    /// The time is more than 24 hours ahead; the wait is cut to 24 hours.
    TooFarAhead,
}

impl fmt::Display for PollTimeWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the service gave no next permitted poll time; a safe default is used",
            Self::Unreadable => {
                "the next permitted poll time is not an RFC 3339 time with an offset; a safe default is used"
            }
            Self::Contradictory => {
                "the service gave several next permitted poll times; a safe default is used"
            }
            Self::TooFarAhead => {
                "the next permitted poll time is more than 24 hours ahead; the wait is cut to 24 hours"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use jiff::tz::Offset;
    use proptest::prelude::*;

    use super::*;

    const DEFAULT: Duration = Duration::from_secs(30);

    fn now() -> Timestamp {
        "2019-04-22T09:39:00Z".parse().unwrap()
    }

    fn read(values: &[&[u8]]) -> NextPoll {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(
                NEXT_PERMITTED_POLL_TIME,
                HeaderValue::from_bytes(value).unwrap(),
            );
        }
        NextPoll::read(&headers, now(), DEFAULT)
    }

    #[test]
    fn offset_zulu_and_fraction_pass() {
        for text in [
            "2019-04-22T10:39:46.610+01:00",
            "2019-04-22T09:39:46.61Z",
            "2019-04-22T09:39:46.610000000Z",
            " 2019-04-22T11:39:46.610+02:00 ",
        ] {
            let next = read(&[text.as_bytes()]);
            assert_eq!(next.warning, None, "{text}");
            assert_eq!(
                next.permitted_at,
                "2019-04-22T09:39:46.61Z".parse().unwrap()
            );
        }
    }

    #[test]
    fn missing_and_odd_headers_give_a_warning_and_the_default() {
        let default = later(now(), DEFAULT);
        for (values, warning) in [
            (&[][..], PollTimeWarning::Missing),
            (&[b"".as_slice()][..], PollTimeWarning::Unreadable),
            (&[b"soon"], PollTimeWarning::Unreadable),
            (&[b"2019-04-22T10:39:46"], PollTimeWarning::Unreadable),
            (
                &[b"Mon, 22 Apr 2019 09:39:46 GMT"],
                PollTimeWarning::Unreadable,
            ),
            (&[b"\xe6"], PollTimeWarning::Unreadable),
            (
                &[b"2019-04-22T10:39:46Z", b"2019-04-22T10:39:47Z"],
                PollTimeWarning::Contradictory,
            ),
        ] {
            let next = read(values);
            assert_eq!(next.warning, Some(warning));
            assert_eq!(next.permitted_at, default);
        }
    }

    #[test]
    fn the_wait_goes_by_the_responses_date_and_not_by_our_clock() {
        for (date, permitted, seconds) in [
            // The service's clock is an hour ahead of ours, or behind it.
            ("Mon, 22 Apr 2019 10:39:00 GMT", "2019-04-22T10:39:20Z", 20),
            ("Mon, 22 Apr 2019 08:39:00 GMT", "2019-04-22T08:39:20Z", 20),
            ("no date", "2019-04-22T09:39:20Z", 20),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, HeaderValue::from_str(date).unwrap());
            let permitted = HeaderValue::from_str(permitted).unwrap();
            headers.insert(NEXT_PERMITTED_POLL_TIME, permitted);
            let next = NextPoll::read(&headers, now(), DEFAULT);
            assert_eq!(next.wait(), Duration::from_secs(seconds), "{date}");
        }
    }

    #[test]
    fn the_same_time_twice_is_no_contradiction() {
        let next = read(&[b"2019-04-22T10:39:46Z", b"2019-04-22T10:39:46Z"]);
        assert_eq!(next.warning, None);
    }

    #[test]
    fn a_time_far_ahead_waits_a_day_at_most() {
        let next = read(&[b"2919-04-22T10:39:46Z"]);
        assert_eq!(next.warning, Some(PollTimeWarning::TooFarAhead));
        assert_eq!(next.wait(), Duration::from_hours(24));
    }

    #[test]
    fn a_time_in_the_past_means_no_wait() {
        assert_eq!(read(&[b"2019-04-22T09:00:00Z"]).wait(), Duration::ZERO);
    }

    #[test]
    fn warnings_read_as_sentences() {
        use PollTimeWarning::{Contradictory, Missing, TooFarAhead, Unreadable};
        let texts = [Missing, Unreadable, Contradictory, TooFarAhead].map(|w| w.to_string());
        insta::assert_snapshot!(texts.join("\n"));
    }

    proptest! {
        /// Every instant within a day, in every whole-minute offset, is read to the nanosecond.
        #[test]
        fn any_offset_gives_the_same_instant(ahead in 0i64..86_400_000_000_000, minutes in -25 * 60i32..=25 * 60) {
            let given = later(now(), SignedDuration::from_nanos(ahead));
            let offset = Offset::from_seconds(minutes * 60).unwrap();
            let text = given.display_with_offset(offset).to_string();
            let next = read(&[text.as_bytes()]);
            prop_assert_eq!((next.permitted_at, next.warning), (given, None));
        }

        /// No header value makes the reader panic, and none makes it wait longer than a day.
        #[test]
        fn any_bytes_give_a_bounded_wait(bytes in proptest::collection::vec(32u8..=255, 0..40)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                let headers = [(http::HeaderName::from_static(NEXT_PERMITTED_POLL_TIME), value)];
                let next = NextPoll::read(&headers.into_iter().collect(), now(), DEFAULT);
                prop_assert!(next.wait() <= Duration::from_hours(24));
            }
        }
    }
}
