//! The service's time in a response.

use http::HeaderMap;
use http::header::DATE;
use jiff::Timestamp;

use crate::poll_time::{LONGEST_BELIEVED, date, read_header};

/// What a response's `Date` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Date {
    /// The service's time when it responded, to the second.
    Stated(Timestamp),
    /// There is none.
    Missing,
    /// It is unreadable, or days away from the time that the same response permits the next poll at.
    Implausible,
}

impl Date {
    /// Reads the header. The permitted poll time in the same response is by the same clock, so that the two
    /// bear each other out, however wrong this computer's clock is; `now` is its time, for want of the other.
    pub(crate) fn read(headers: &HeaderMap, now: Timestamp) -> Self {
        if !headers.contains_key(DATE) {
            return Self::Missing;
        }
        let read = date(headers);
        let other = read_header(headers).unwrap_or(now);
        match read {
            Some(date) if date.duration_since(other).abs() <= LONGEST_BELIEVED => {
                Self::Stated(date)
            }
            _ => Self::Implausible,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::poll_time::NEXT_PERMITTED_POLL_TIME;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_770_000_000 + second).unwrap()
    }

    fn headers(date: &str, permitted: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, HeaderValue::from_str(date).unwrap());
        if let Some(permitted) = permitted {
            headers.insert(
                NEXT_PERMITTED_POLL_TIME,
                HeaderValue::from_str(permitted).unwrap(),
            );
        }
        headers
    }

    #[test]
    fn a_date_is_believed_when_the_permitted_time_bears_it_out() {
        let told = Date::Stated("2016-02-10T10:00:00Z".parse().unwrap());
        let date = "Wed, 10 Feb 2016 10:00:00 GMT";
        // This computer's clock is ten years ahead.
        let now = "2026-02-10T10:00:00Z".parse().unwrap();
        let soon = Some("2016-02-10T10:10:00Z");
        assert_eq!(Date::read(&headers(date, soon), now), told);
        assert_eq!(Date::read(&headers(date, None), now), Date::Implausible);
        let near = "2016-02-10T10:01:00Z".parse().unwrap();
        assert_eq!(Date::read(&headers(date, None), near), told);
    }

    #[test]
    fn a_ridiculous_date_is_told_apart_from_none() {
        let permitted = Some("2016-02-10T10:10:00Z");
        for date in ["Thu, 01 Jan 1970 00:00:00 GMT", "now", ""] {
            let read = Date::read(&headers(date, permitted), at(0));
            assert_eq!(read, Date::Implausible, "{date}");
        }
        assert_eq!(Date::read(&HeaderMap::new(), at(0)), Date::Missing);
    }
}
