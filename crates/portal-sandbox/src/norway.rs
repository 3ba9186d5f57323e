//! Norwegian time: of messages to signers, and of times that were sent without an offset.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Error, Timestamp};

const OSLO: &str = "Europe/Oslo";

/// Norway's time zone, from the data in this library.
pub(crate) fn oslo() -> TimeZone {
    TimeZone::get(OSLO).unwrap_or(TimeZone::UTC)
}

/// The instant of a time that was sent without an offset: the service is Norwegian, and so is the time.
/// One that the change to summer time leaves out is an hour later, and of one that comes twice the first
/// is meant.
///
/// # Errors
/// When the time lies beyond what can be counted.
pub(crate) fn instant(local: DateTime) -> Result<Timestamp, Error> {
    oslo().to_timestamp(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_are_norwegian() {
        for (local, expected) in [
            ("2026-12-01T08:00:00", "2026-12-01T07:00:00Z"),
            ("2026-07-01T08:00:00", "2026-07-01T06:00:00Z"),
            // In the gap of 29 March, and in the repeated hour of 25 October.
            ("2026-03-29T02:30:00", "2026-03-29T01:30:00Z"),
            ("2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        ] {
            let found = instant(local.parse().unwrap()).unwrap();
            assert_eq!(found.to_string(), expected, "{local}");
        }
        assert_eq!(oslo().iana_name(), Some(OSLO));
    }
}
