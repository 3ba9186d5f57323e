//! Durations on the command line: a number with a unit.

use std::time::Duration;

/// Reads a number with s, m, h or d.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    if unit == "ms" {
        return Err(WITHOUT_MILLISECONDS.to_owned());
    }
    read(number, unit, WITHOUT_MILLISECONDS)
}

/// Reads a number with ms, s, m, h or d.
pub(crate) fn parse_fine(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    read(number, unit, WITH_MILLISECONDS)
}

const WITHOUT_MILLISECONDS: &str = "give a number with s, m, h or d, such as 30s or 14d";
const WITH_MILLISECONDS: &str = "give a number with a unit, such as 250ms, 5s, 10m, 25h or 41d";

fn split(text: &str) -> (&str, &str) {
    let digits = text.find(|c: char| !c.is_ascii_digit());
    text.split_at(digits.unwrap_or(text.len()))
}

fn read(number: &str, unit: &str, help: &str) -> Result<Duration, String> {
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(help.to_owned()),
    };
    if number.is_empty() {
        return Err(help.to_owned());
    }
    // Only digits are left, so that too many of them are all that can be wrong.
    let number: Option<u64> = number.parse().ok();
    number
        .and_then(|number| number.checked_mul(milliseconds))
        .map(Duration::from_millis)
        .ok_or_else(|| "the duration is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        for (text, seconds) in [
            ("0s", 0),
            ("30s", 30),
            ("5m", 300),
            ("2h", 7200),
            ("30d", 2_592_000),
        ] {
            let duration = Duration::from_secs(seconds);
            assert_eq!(parse(text), Ok(duration), "{text}");
            assert_eq!(parse_fine(text), Ok(duration), "{text}");
        }
        assert_eq!(parse_fine("250ms"), Ok(Duration::from_millis(250)));
        for text in [
            "",
            "s",
            "ms",
            "30",
            "-1s",
            "1.5h",
            "+1d",
            "1 d",
            "1w",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert!(parse(text).is_err(), "{text}");
            assert!(parse_fine(text).is_err(), "{text}");
        }
        assert!(parse("250ms").unwrap_err().contains("s, m, h or d"));
    }
}
