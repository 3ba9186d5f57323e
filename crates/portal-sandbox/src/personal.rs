//! Personal values in free text: what a page and the management API hide of titles, descriptions,
//! names and references.

use std::ops::Range;

/// What kind of value is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    PersonalNumber,
    Email,
    Mobile,
}

impl Kind {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::PersonalNumber => "personal number",
            Self::Email => "e-mail address",
            Self::Mobile => "mobile number",
        }
    }
}

/// What stands in place of a hidden value.
pub(crate) const COVER: &str = "••••••••";
/// The digits of a personal number as people group them; account numbers look alike.
const GROUPS: [&[usize]; 5] = [&[11], &[6, 5], &[2, 2, 2, 5], &[6, 3, 2], &[4, 2, 5]];
/// What may stand between the groups.
const SEPARATORS: [char; 6] = [' ', '\u{a0}', '-', '.', '_', '\u{2009}'];

/// The text with every personal value hidden.
pub(crate) fn covered(text: &str) -> String {
    let mut covered = String::with_capacity(text.len());
    let mut done = 0;
    for (range, _) in find(text) {
        covered.push_str(&text[done..range.start]);
        covered.push_str(COVER);
        done = range.end;
    }
    covered.push_str(&text[done..]);
    covered
}

/// Where a text holds what looks like a personal value, in order and without overlap.
pub(crate) fn find(text: &str) -> Vec<(Range<usize>, Kind)> {
    let mut found = numbers(text);
    let is_free = |range: &Range<usize>, found: &[(Range<usize>, Kind)]| {
        !found
            .iter()
            .any(|(other, _)| range.start < other.end && other.start < range.end)
    };
    let addresses: Vec<_> = words(text)
        .filter_map(|range| {
            let kind = kind_of(&text[range.clone()])?;
            Some((range, kind))
        })
        .filter(|(range, kind)| *kind == Kind::Email || is_free(range, &found))
        .collect();
    // An address hides the digits in it.
    found.retain(|(range, _)| is_free(range, &addresses));
    found.extend(addresses);
    found.sort_by_key(|(range, _)| range.start);
    found
}

/// Eleven digits without a digit beside them, wherever they stand.
fn numbers(text: &str) -> Vec<(Range<usize>, Kind)> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut before = None;
    while let Some(letter) = text[at..].chars().next() {
        let starts = letter.is_ascii_digit() && !before.is_some_and(|c: char| c.is_ascii_digit());
        let length = if starts { number_at(&text[at..]) } else { None };
        if let Some(length) = length {
            found.push((at..at + length, Kind::PersonalNumber));
            at += length;
            before = Some('0');
        } else {
            at += letter.len_utf8();
            before = Some(letter);
        }
    }
    found
}

/// The length of the number that the text begins with, if it does.
fn number_at(text: &str) -> Option<usize> {
    GROUPS.iter().find_map(|groups| {
        let mut rest = text;
        for (index, &digits) in groups.iter().enumerate() {
            if index > 0 {
                rest = rest.strip_prefix(SEPARATORS)?;
            }
            let group = rest.as_bytes().get(..digits)?;
            if !group.iter().all(u8::is_ascii_digit) {
                return None;
            }
            rest = &rest[digits..];
        }
        let ends = !rest.starts_with(|c: char| c.is_ascii_digit());
        ends.then_some(text.len() - rest.len())
    })
}

/// Words in which addresses and mobile numbers stand.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = None;
    text.char_indices()
        .chain([(text.len(), ' ')])
        .filter_map(move |(at, c)| {
            let is_word = c.is_alphanumeric() || "@.+-_%".contains(c);
            match (start, is_word) {
                (None, true) => {
                    start = Some(at);
                    None
                }
                (Some(from), false) => {
                    start = None;
                    let word = text[from..at].trim_end_matches('.');
                    Some(from..from + word.len())
                }
                _ => None,
            }
        })
}

/// What a word is by its form. Organisation numbers, with nine digits, are not personal.
fn kind_of(word: &str) -> Option<Kind> {
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((name, host)) = word.split_once('@') {
        return (!name.is_empty() && !host.is_empty()).then_some(Kind::Email);
    }
    let local = ["+47", "0047"]
        .into_iter()
        .find_map(|code| word.strip_prefix(code));
    let local = local.unwrap_or(word);
    (local.len() == 8 && all_digits(local)).then_some(Kind::Mobile)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Vec<(&str, Kind)> {
        let found = find(text).into_iter();
        found.map(|(range, kind)| (&text[range], kind)).collect()
    }

    #[test]
    fn personal_values_are_found_in_text() {
        assert_eq!(
            found("12345678910, signer@example.com. +4799999999 (99999999) 004799999999"),
            [
                ("12345678910", Kind::PersonalNumber),
                ("signer@example.com", Kind::Email),
                ("+4799999999", Kind::Mobile),
                ("99999999", Kind::Mobile),
                ("004799999999", Kind::Mobile),
            ]
        );
    }

    #[test]
    fn personal_numbers_are_found_inside_words_and_in_the_usual_spacings() {
        for (text, number) in [
            ("sak-02038412546", "02038412546"),
            ("x12345678910y", "12345678910"),
            ("010133 00001", "010133 00001"),
            ("010133-00001", "010133-00001"),
            ("fnr:010133.00001!", "010133.00001"),
            ("01 01 33 00001", "01 01 33 00001"),
            ("avtale_01013300001.pdf", "01013300001"),
            ("12 01013300001", "01013300001"),
        ] {
            assert_eq!(found(text), [(number, Kind::PersonalNumber)], "{text}");
        }
        let address = "12345678910@example.com";
        assert_eq!(found(address), [(address, Kind::Email)]);
    }

    #[test]
    fn other_numbers_are_left() {
        for text in [
            "123456789 2026-03-01T08:00:00Z 1234567891012 a@ @b 8443",
            "123456789101 0101330000",
        ] {
            assert_eq!(find(text), [], "{text}");
        }
    }

    #[test]
    fn covered_text_keeps_the_rest() {
        assert_eq!(
            covered("Avtale 010133 00001 for a@example.com"),
            format!("Avtale {COVER} for {COVER}")
        );
        assert_eq!(covered("Tenancy agreement"), "Tenancy agreement");
    }

    proptest! {
        #[test]
        fn no_number_shows_in_covered_text(
            before in "[a-zæ _.-]{0,6}", after in "[a-zæ _.-]{0,6}", number in "[0-9]{11}",
        ) {
            let covered = covered(&format!("{before}{number}{after}"));
            prop_assert!(!covered.contains(&number), "{}", covered);
        }

        #[test]
        fn any_text_can_be_covered(text in ".{0,60}") {
            let covered = covered(&text);
            prop_assert_eq!(find(&covered).len(), 0, "{}", covered);
        }
    }
}
