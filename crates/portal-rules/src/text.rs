//! What texts hold: characters that XML can't carry or nobody sees, personal numbers, and how long
//! they are.

use portal_model::document_name::is_invisible;
use portal_model::text_length::{scalar_values, utf16_units};

use crate::personal_number::{self, PersonalNumberError};

/// The first character that an XML 1.0 document can't hold, not even escaped.
///
/// Source: XML 1.0, production 2 (`Char`).
pub(crate) fn forbidden_in_xml(text: &str) -> Option<char> {
    text.chars().find(|c| is_forbidden(*c))
}

fn is_forbidden(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}'
    )
}

/// What in a text looks like a personal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PersonalNumberTrace {
    /// Eleven digits that are no legal number, or one by the rule of 2032 only.
    ElevenDigits,
    /// A legal number, in one piece or with separators within.
    LegalNumber,
}

/// The most severe trace of a personal number in a text.
///
/// Digits count as one number across blanks and the signs `_ . - /`, however many stand between
/// them.
pub(crate) fn personal_number_trace(text: &str) -> Option<PersonalNumberTrace> {
    let groups = digit_groups(text);
    let traces = (0..groups.len()).filter_map(|start| {
        let (mut length, mut count) = (0, 0);
        for (index, group) in groups[start..].iter().enumerate() {
            if length >= 11 || index > 0 && !group.is_joined {
                break;
            }
            length += group.digits.len();
            count += 1;
        }
        (length == 11)
            .then(|| trace_of(&groups[start..start + count]))
            .flatten()
    });
    traces.max()
}

/// A run of digits as long as it goes.
struct DigitGroup<'a> {
    digits: &'a str,
    /// Whether there are only separators between it and the group before.
    is_joined: bool,
    /// Whether it touches a letter before or after it.
    before: bool,
    after: bool,
}

fn digit_groups(text: &str) -> Vec<DigitGroup<'_>> {
    let is_digit = |c: char| c.is_ascii_digit();
    let mut groups = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_digit) {
        let (between, run) = rest.split_at(start);
        let end = run.find(|c| !is_digit(c)).unwrap_or(run.len());
        let (digits, after) = run.split_at(end);
        groups.push(DigitGroup {
            digits,
            is_joined: !groups.is_empty() && between.chars().all(is_separator),
            before: between.ends_with(char::is_alphabetic),
            after: after.starts_with(char::is_alphabetic),
        });
        rest = after;
    }
    groups
}

/// What people put between the digits of a number.
fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || is_invisible(character)
        || matches!(character, '_' | '.' | '-' | '/' | '\u{2010}'..='\u{2015}')
}

/// The trace that eleven digits in one or more groups are.
fn trace_of(groups: &[DigitGroup<'_>]) -> Option<PersonalNumberTrace> {
    use PersonalNumberTrace::{ElevenDigits, LegalNumber};
    let number: String = groups.iter().map(|group| group.digits).collect();
    let validated = personal_number::validate(&number);
    let is_legal = validated.is_ok_and(|form| !form.from_2032);
    match groups {
        [_] if is_legal => Some(LegalNumber),
        [_] => Some(ElevenDigits),
        // The usual way to write a number for people: date, separator, the other five.
        [date, _] if date.digits.len() == 6 => match validated {
            Ok(_) if is_legal => Some(LegalNumber),
            Ok(_) | Err(PersonalNumberError::CheckDigits { .. }) => Some(ElevenDigits),
            Err(_) => None,
        },
        // Other groups are a number only if they stand alone: a random UUID has digits as well.
        [first, .., last] => (is_legal && !first.before && !last.after).then_some(LegalNumber),
        [] => None,
    }
}

/// A document's name as the service may read it: with `%20` and the like decoded, and `+` as a blank.
pub(crate) fn decoded(name: &str) -> String {
    let mut decoded = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(character) = rest.chars().next() {
        let escaped = rest
            .strip_prefix('%')
            .and_then(|digits| u8::from_str_radix(digits.get(..2)?, 16).ok())
            .filter(u8::is_ascii);
        let (character, length) = match (escaped, character) {
            (Some(byte), _) => (char::from(byte), 3),
            (None, '+') => (' ', 1),
            (None, other) => (other, other.len_utf8()),
        };
        decoded.push(character);
        rest = &rest[length..];
    }
    decoded
}

/// Whether a text shows nothing: it is empty, or consists of blanks and invisible characters.
pub(crate) fn is_blank(text: &str) -> bool {
    let is_empty = |c: char| c.is_whitespace() || is_invisible(c) || c == '\u{2800}';
    text.chars().all(is_empty)
}

/// The first character that is not seen, or that changes the direction of the text.
///
/// Some invisible characters are part of what is seen: joiners in scripts other than Latin and
/// between emoji, and selectors of an emoji's form. They are passed over where they belong.
pub(crate) fn first_invisible(text: &str) -> Option<char> {
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied();
        let is_latin = |c: Option<char>| c.is_none_or(|c| c <= '\u{2FF}');
        let belongs = match character {
            '\u{200C}' | '\u{200D}' => !is_latin(before) && !is_latin(after),
            '\u{FE0E}' | '\u{FE0F}' => {
                after == Some('\u{20E3}')
                    || before.is_some_and(|c| c > '\u{2FF}' || !c.is_alphanumeric())
            }
            _ => false,
        };
        let is_control = character.is_control() && !matches!(character, '\t' | '\n' | '\r');
        let is_found = is_invisible(character) && !belongs || is_control;
        // Characters that XML forbids have a rule for themselves.
        if is_found && !is_forbidden(character) {
            return Some(character);
        }
        before = Some(character);
    }
    None
}

/// Whether a text has more than `maximum` characters, counted as the schema does: in Unicode
/// scalar values, not bytes.
pub(crate) fn exceeds(text: &str, maximum: usize) -> bool {
    scalar_values(text) > maximum
}

/// Whether a text is within a limit as the schema counts, and above it in UTF-16 units, as Java
/// counts.
pub(crate) fn exceeds_only_in_utf16(text: &str, maximum: usize) -> bool {
    !exceeds(text, maximum) && utf16_units(text) > maximum
}

#[cfg(test)]
mod tests {
    use super::PersonalNumberTrace::{ElevenDigits, LegalNumber};
    use super::{
        decoded, exceeds, exceeds_only_in_utf16, first_invisible, forbidden_in_xml, is_blank,
        personal_number_trace,
    };

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

    /// A legal synthetic number, made from a date that nobody was born on.
    const LEGAL: &str = "01819000049";

    #[test]
    fn traces_of_personal_numbers() {
        let legal = LEGAL;
        assert!(crate::personal_number::validate(legal).is_ok());
        let (date, tail) = legal.split_at(6);
        for (text, expected) in [
            (legal.to_owned(), Some(LegalNumber)),
            (format!("case-{legal}x"), Some(LegalNumber)),
            (format!("{date} {tail}"), Some(LegalNumber)),
            (format!("{date}-{tail}."), Some(LegalNumber)),
            (format!("{date}\u{A0}{tail}"), Some(LegalNumber)),
            (format!("x{date}-{tail}y"), Some(LegalNumber)),
            (format!("ø12345678910 {legal}"), Some(LegalNumber)),
            (format!("{legal} 12345678910"), Some(LegalNumber)),
            ("12345678910".to_owned(), Some(ElevenDigits)),
            (format!("{date}:{tail}"), None),
            (format!("{date} og {tail}"), None),
            (format!("{date} {tail}0"), None),
            (format!("0{date} {tail}"), None),
            (format!("{date} {}", &tail[..4]), None),
            ("123456 78910".to_owned(), None),
            // A date and five digits that are no legal number.
            (format!("{date} 00000"), Some(ElevenDigits)),
            (format!("{legal}0"), None),
            ("1234567890".to_owned(), None),
            (date.to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(personal_number_trace(&text), expected, "{text}");
        }
    }

    #[test]
    fn separators_hide_no_personal_number() {
        let splits: [&[usize]; 6] = [
            &[6],
            &[2, 4, 6],
            &[2, 4, 6, 9],
            &[4, 6],
            &[8],
            &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        ];
        for split in splits {
            for separator in [
                "_", ".", "-", "/", " ", "   ", " - ", "\u{2009}", "\u{2013}", "\u{200B}",
            ] {
                let mut number = LEGAL.to_owned();
                for place in split.iter().rev() {
                    number.insert_str(*place, separator);
                }
                for text in [
                    number.clone(),
                    format!("Lease ({number})"),
                    format!("A-{number}.pdf"),
                ] {
                    let found = personal_number_trace(&text);
                    assert_eq!(found, Some(LegalNumber), "{text}");
                }
            }
        }
        // Nor do escapes in a document's name.
        for name in [
            "018190%2000049.pdf",
            "018190+00049.pdf",
            "%30181900004%39.pdf",
        ] {
            assert_eq!(
                personal_number_trace(&decoded(name)),
                Some(LegalNumber),
                "{name}"
            );
        }
    }

    #[test]
    fn other_groups_of_digits_are_no_trace() {
        for text in [
            "2026-11-24 case 4711",
            "2026-11-24-000123",
            "+47 912 34 567",
            "984 661 185",
            "f0181-9000-049a",
            "018f190-0004-9",
            "1.2.3.4.5.6.7.8.9.10.11",
        ] {
            assert_eq!(personal_number_trace(text), None, "{text}");
        }
    }

    #[test]
    fn escapes_are_decoded_as_far_as_they_go() {
        for (name, expected) in [
            ("a%20b+c", "a b c"),
            ("100%", "100%"),
            ("%2", "%2"),
            ("%zz%41", "%zzA"),
            ("%C3%B8", "%C3%B8"),
            ("%ø", "%ø"),
        ] {
            assert_eq!(decoded(name), expected);
        }
    }

    #[test]
    fn invisible_characters_are_found_where_they_do_not_belong() {
        for (text, expected) in [
            ("Le\u{200B}ase", Some('\u{200B}')),
            ("Lease\u{FEFF}", Some('\u{FEFF}')),
            ("\u{202E}esaeL", Some('\u{202E}')),
            ("Lease \u{2066}1\u{2069}", Some('\u{2066}')),
            ("Le\u{AD}ase", Some('\u{AD}')),
            ("Le\u{200D}ase", Some('\u{200D}')),
            ("\u{FE0F}Lease", Some('\u{FE0F}')),
            ("Lease\u{85}", Some('\u{85}')),
            ("Lease\u{7F}", Some('\u{7F}')),
            ("Leie\tav\r\nbolig \u{A0}«1»", None),
            ("❤\u{FE0F} 1\u{FE0F}\u{20E3} ©\u{FE0F}", None),
            ("👩\u{200D}👧", None),
            ("می\u{200C}خواهم", None),
            ("Lease\u{1}", None),
            ("", None),
        ] {
            assert_eq!(first_invisible(text), expected, "{text:?}");
        }
    }

    #[test]
    fn blank_texts_show_nothing() {
        for text in [
            "",
            " ",
            "\t\n",
            "\u{A0}\u{3000}",
            "\u{200B} \u{FEFF}",
            "\u{2800}",
            "\u{3164}",
        ] {
            assert!(is_blank(text), "{text:?}");
        }
        assert!(!is_blank(" . "));
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(!exceeds("øøø", 3));
        assert!(exceeds("øøøø", 3));
        assert!(!exceeds("😀😀😀", 3));
        assert!(exceeds_only_in_utf16("😀😀😀", 5));
        assert!(!exceeds_only_in_utf16("😀😀😀", 6));
        assert!(!exceeds_only_in_utf16("😀😀😀", 2));
        assert!(!exceeds("", 0));
        assert!(exceeds("a", 0));
    }
}
