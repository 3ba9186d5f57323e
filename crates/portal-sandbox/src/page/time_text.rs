//! Times as people read them.

use jiff::{SignedDuration, Timestamp};

/// An instant, for a `time` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    /// With the zone, for machines.
    pub(super) machine: String,
    /// Such as `2026-03-01 08:00:00`, in UTC as in the API.
    pub(super) shown: String,
    /// The two halves of it.
    pub(super) day: String,
    pub(super) clock: String,
}

impl Stamp {
    pub(super) fn new(at: Timestamp) -> Self {
        let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
        let machine = whole.to_string();
        let (day, clock) = machine
            .trim_end_matches('Z')
            .split_once('T')
            .unwrap_or_default();
        Self {
            shown: format!("{day} {clock}"),
            day: day.to_owned(),
            clock: clock.to_owned(),
            machine,
        }
    }
}

/// A length of time in its two largest units, such as `29 d 23 h`; its size alone.
pub(super) fn span(length: SignedDuration) -> String {
    let seconds = length.unsigned_abs().as_secs();
    let units = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)];
    let mut left = seconds;
    let mut parts = Vec::new();
    for (unit, size) in units {
        let count = left / size;
        left %= size;
        if count > 0 {
            parts.push(format!("{count} {unit}"));
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    if parts.is_empty() {
        "0 s".to_owned()
    } else {
        parts.join(" ")
    }
}

/// How far `at` is from `now`: `in 5 s`, `5 s ago` or `now`.
pub(super) fn relative(at: Timestamp, now: Timestamp) -> String {
    let ahead = at.duration_since(now);
    match ahead.as_secs() {
        0 => "now".to_owned(),
        1.. => format!("in {}", span(ahead)),
        _ => format!("{} ago", span(ahead)),
    }
}

/// A number of bytes, such as `12.3 kB`.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_their_two_largest_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3601, "1 h"),
            (3660, "1 h 1 min"),
            (-3660, "1 h 1 min"),
            (2_591_999, "29 d 23 h"),
        ] {
            assert_eq!(span(SignedDuration::from_secs(seconds)), text, "{seconds}");
        }
    }

    #[test]
    fn instants_are_shown_whole_and_in_utc() {
        let at: Timestamp = "2026-03-01T09:00:00.75+01:00".parse().unwrap();
        let stamp = Stamp::new(at);
        assert_eq!(stamp.shown, "2026-03-01 08:00:00");
        assert_eq!(stamp.machine, "2026-03-01T08:00:00Z");
        let later: Timestamp = "2026-03-01T08:01:05Z".parse().unwrap();
        assert_eq!(relative(later, at), "in 1 min 4 s");
        assert_eq!(relative(at, later), "1 min 4 s ago");
        assert_eq!(relative(at, at), "now");
    }

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1000), "1.0 kB");
        assert_eq!(size(12_345), "12.3 kB");
        assert_eq!(size(2_990_000), "2.9 MB");
    }
}
