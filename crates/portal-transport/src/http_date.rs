//! Dates in HTTP headers, and `Retry-After`.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};
use jiff::Timestamp;

/// Parses a date of HTTP in any of the three forms of RFC 9110, section 5.6.7.
///
/// Returns `None` for anything else.
///
/// ```
/// let noon: jiff::Timestamp = "2026-01-15T12:00:00Z".parse()?;
/// for text in [
///     "Thu, 15 Jan 2026 12:00:00 GMT",
///     "Thursday, 15-Jan-26 12:00:00 GMT",
///     "Thu Jan 15 12:00:00 2026",
/// ] {
///     assert_eq!(portal_transport::http_date(text), Some(noon));
/// }
/// # Ok::<(), jiff::Error>(())
/// ```
#[must_use]
pub fn http_date(text: &str) -> Option<Timestamp> {
    let time: SystemTime = httpdate::parse_http_date(text.trim()).ok()?;
    Timestamp::try_from(time).ok()
}

/// Returns the time of a response's `Date` header, which is the server's own clock.
///
/// Returns `None` if there is none or it can't be read.
#[must_use]
pub fn response_date(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(text(headers, &DATE)?)
}

/// Returns how long `Retry-After` says to wait: a number of seconds, or the time until a date.
///
/// A date is measured against the response's own `Date`, so that an error of this computer's
/// clock makes no difference; without a `Date`, against `now`. A date in the past is no wait.
/// Returns `None` if the header is absent or can't be read.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = text(headers, &RETRY_AFTER)?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit in the number are longer than any wait.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let now = response_date(headers).unwrap_or(now);
    let wait = http_date(text)?.duration_since(now);
    Some(Duration::try_from(wait).unwrap_or_default())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect()
    }

    fn now() -> Timestamp {
        "2026-01-15T12:00:00Z".parse().unwrap()
    }

    fn read(text: &str) -> Option<Duration> {
        retry_after(&headers(&[(RETRY_AFTER, text)]), now())
    }

    #[test]
    fn every_form_of_retry_after_is_read() {
        assert_eq!(read("30"), Some(Duration::from_secs(30)));
        assert_eq!(read("0"), Some(Duration::ZERO));
        for date in [
            "Thu, 15 Jan 2026 12:01:00 GMT",
            "Thursday, 15-Jan-26 12:01:00 GMT",
            "Thu Jan 15 12:01:00 2026",
        ] {
            assert_eq!(read(date), Some(Duration::from_secs(60)), "{date}");
        }
        assert_eq!(read("Thu, 15 Jan 2026 11:00:00 GMT"), Some(Duration::ZERO));
        let endless = Some(Duration::from_secs(u64::MAX));
        assert_eq!(read("99999999999999999999999"), endless);
        for nonsense in ["soon", "-1", "+1", "1.5", "", " "] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now()), None);
    }

    #[test]
    fn a_date_is_measured_against_the_servers_clock() {
        for (date, wait) in [
            // The server's clock is an hour ahead of ours, or behind it.
            ("Thu, 15 Jan 2026 13:00:00 GMT", 20),
            ("Thursday, 15-Jan-26 13:00:10 GMT", 10),
            ("Thu Jan 15 13:00:30 2026", 0),
            ("Thu, 15 Jan 2026 11:00:00 GMT", 7_220),
            ("not a date", 3_620),
        ] {
            let pairs = [(DATE, date), (RETRY_AFTER, "Thu, 15 Jan 2026 13:00:20 GMT")];
            let read = retry_after(&headers(&pairs), now());
            assert_eq!(read, Some(Duration::from_secs(wait)), "{date}");
        }
    }
}
