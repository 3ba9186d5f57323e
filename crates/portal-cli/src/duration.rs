//! Durations on the command line: a number with a unit.

use std::time::Duration;

/// A number with ms, s, m, h or d.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => {
            return Err(
                "give a number with ms, s, m, h or d, such as 250ms, 30s or 14d".to_owned(),
            );
        }
    };
    if number.is_empty() {
        return Err(format!("give a number before {unit}, such as 30{unit}"));
    }
    // Digits alone fail to parse only where they are too many.
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(milliseconds))
        .map(Duration::from_millis)
        .ok_or_else(|| "the duration is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        for (text, milliseconds) in [
            ("0s", 0),
            ("250ms", 250),
            ("30s", 30_000),
            ("5m", 300_000),
            ("25h", 90_000_000),
            ("30d", 2_592_000_000),
        ] {
            let duration = Duration::from_millis(milliseconds);
            assert_eq!(parse(text), Ok(duration), "{text}");
        }
        for (text, problem) in [
            ("", "give a number with"),
            ("30", "give a number with"),
            ("-1s", "give a number with"),
            ("1.5h", "give a number with"),
            ("+1d", "give a number with"),
            ("1 d", "give a number with"),
            ("1w", "give a number with"),
            ("30S", "give a number with"),
            ("ms", "give a number before ms"),
            ("99999999999999999999s", "too long"),
            ("18446744073709551615d", "too long"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
