//! Durations on the command line: a number with a unit.

use std::time::Duration;

/// A number with s, m, h or d.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || "give a number with s, m, h or d, such as 30s or 14d".to_owned();
    let number = text.strip_suffix(['s', 'm', 'h', 'd']).ok_or_else(wrong)?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if text.ends_with('d') {
        86_400
    } else if text.ends_with('h') {
        3_600
    } else if text.ends_with('m') {
        60
    } else {
        1
    };
    let number: u64 = Some(number)
        .filter(|_| is_number)
        .and_then(|number| number.parse().ok())
        .ok_or_else(wrong)?;
    number
        .checked_mul(seconds)
        .map(Duration::from_secs)
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
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "s",
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
        }
    }
}
