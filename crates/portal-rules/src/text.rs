//! What may stand in a text: characters that XML can carry, and no personal numbers.

use crate::personal_number;

/// The first character that an XML 1.0 document can't hold, not even escaped.
///
/// Source: XML 1.0, production 2 (`Char`).
pub(crate) fn forbidden_in_xml(text: &str) -> Option<char> {
    // Texts are short and clean as a rule, and bytes are several times faster to look through.
    let suspicious =
        |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0xEF;
    if !text.bytes().any(suspicious) {
        return None;
    }
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
    let legal = |number: &str| personal_number::inspect(number).is_ok();
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
    text.len() > maximum && text.chars().count() > maximum
}
