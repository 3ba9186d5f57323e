//! What may stand in a text: characters that XML can carry, and no personal numbers.

use crate::personal_number;

/// The first character that an XML 1.0 document can't hold, not even escaped.
///
/// Source: XML 1.0, production 2 (`Char`).
pub(crate) fn forbidden_in_xml(text: &str) -> Option<char> {
    text.chars().find(|c| {
        matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
    })
}

/// What in a text looks like a personal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PersonalNumberTrace {
    /// Eleven digits on their own that are no legal number.
    ElevenDigits,
    /// A legal number, together or parted after the date.
    LegalNumber,
}

/// The gravest trace of a personal number in a text.
pub(crate) fn personal_number_trace(text: &str) -> Option<PersonalNumberTrace> {
    let is_digit = |c: char| c.is_ascii_digit();
    let mut gravest = None;
    let mut rest = text;
    while let Some(start) = rest.find(is_digit) {
        let run = &rest[start..];
        let end = run.find(|c| !is_digit(c)).unwrap_or(run.len());
        let (digits, after) = run.split_at(end);
        gravest = gravest.max(trace_of_run(digits, after));
        rest = after;
    }
    gravest
}

fn trace_of_run(digits: &str, after: &str) -> Option<PersonalNumberTrace> {
    let legal = |number: &str| personal_number::validate(number).is_ok();
    match digits.len() {
        11 if legal(digits) => Some(PersonalNumberTrace::LegalNumber),
        11 => Some(PersonalNumberTrace::ElevenDigits),
        // The usual way to write a number for people: date, space, the other five.
        6 => {
            let tail = after.strip_prefix([' ', '-', '\u{A0}'])?;
            let end = tail
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(tail.len());
            (end == 5 && legal(&format!("{digits}{}", &tail[..end])))
                .then_some(PersonalNumberTrace::LegalNumber)
        }
        _ => None,
    }
}

/// Whether a text has more than `maximum` characters, counted as the schema does: in Unicode
/// scalar values, not bytes.
pub(crate) fn exceeds(text: &str, maximum: usize) -> bool {
    text.chars().count() > maximum
}

#[cfg(test)]
mod tests {
    use super::PersonalNumberTrace::{ElevenDigits, LegalNumber};
    use super::{exceeds, forbidden_in_xml, personal_number_trace};

    #[test]
    fn characters_are_those_of_the_production() {
        for code_point in (0..=0x1_0000).chain((0x1_0000..=0x10_FFFF).step_by(0xFFF)) {
            let Some(character) = char::from_u32(code_point) else {
                continue;
            };
            // Written from the text of XML 1.0, not from the code.
            let allowed = matches!(
                code_point,
                0x9 | 0xA | 0xD | 0x20..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000..=0x10_FFFF
            );
            let text = format!("a{character}b");
            assert_eq!(
                forbidden_in_xml(&text),
                (!allowed).then_some(character),
                "{code_point:X}"
            );
        }
    }

    #[test]
    fn the_first_forbidden_character_is_named() {
        assert_eq!(forbidden_in_xml("\u{FFFD}\u{B}\0"), Some('\u{B}'));
        assert_eq!(forbidden_in_xml(""), None);
    }

    #[test]
    fn traces_of_personal_numbers() {
        // A legal synthetic number, made from a date that nobody was born on.
        let legal = "01819000049";
        assert!(crate::personal_number::validate(legal).is_ok());
        let (date, tail) = legal.split_at(6);
        for (text, expected) in [
            (legal.to_owned(), Some(LegalNumber)),
            (format!("case-{legal}x"), Some(LegalNumber)),
            (format!("{date} {tail}"), Some(LegalNumber)),
            (format!("{date}-{tail}."), Some(LegalNumber)),
            (format!("{date}\u{A0}{tail}"), Some(LegalNumber)),
            (format!("ø12345678910 {legal}"), Some(LegalNumber)),
            (format!("{legal} 12345678910"), Some(LegalNumber)),
            ("12345678910".to_owned(), Some(ElevenDigits)),
            (format!("{date}_{tail}"), None),
            (format!("{date} {tail}0"), None),
            (format!("0{date} {tail}"), None),
            (format!("{date} {}", &tail[..4]), None),
            (format!("{date}  {tail}"), None),
            ("123456 78910".to_owned(), None),
            (format!("{legal}0"), None),
            ("1234567890".to_owned(), None),
            (date.to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(personal_number_trace(&text), expected, "{text}");
        }
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(!exceeds("øøø", 3));
        assert!(exceeds("øøøø", 3));
        assert!(!exceeds("", 0));
        assert!(exceeds("a", 0));
    }
}
