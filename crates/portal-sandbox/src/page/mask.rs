//! Personal numbers, e-mail addresses and mobile numbers, hidden until they are asked for.
//!
//! A page is served without them. Each is a link to the same page with that one shown, so that it
//! works without scripts too; the script fetches the link and puts the one value in place.

use std::ops::Range;

/// What a page is asked to show of what it hides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Reveal {
    #[default]
    Nothing,
    /// The value of this name.
    One(String),
    All,
}

impl Reveal {
    /// Reads the query of a page: `reveal=` with the name of a value, or `all`.
    pub(super) fn of_query(query: Option<&str>) -> Self {
        let query = query.unwrap_or_default();
        let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "reveal");
        match asked {
            Some((_, what)) if what == "all" => Self::All,
            Some((_, what)) => Self::One(what.into_owned()),
            None => Self::Nothing,
        }
    }

    fn includes(&self, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::One(one) => one == name,
            Self::All => true,
        }
    }
}

/// What kind of value is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    PersonalNumber,
    Email,
    Mobile,
}

impl Kind {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::PersonalNumber => "personal number",
            Self::Email => "e-mail address",
            Self::Mobile => "mobile number",
        }
    }
}

/// A value that a page hides, or shows because it was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Masked {
    /// Names the value within its page.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// The value, only where it was asked for.
    pub(super) shown: Option<String>,
}

/// Names the values of one part of a page and hides them.
pub(super) struct Masker<'a> {
    part: &'a str,
    count: usize,
    reveal: &'a Reveal,
}

impl<'a> Masker<'a> {
    pub(super) fn new(part: &'a str, reveal: &'a Reveal) -> Self {
        Self {
            part,
            count: 0,
            reveal,
        }
    }

    pub(super) fn mask(&mut self, kind: Kind, value: &str) -> Masked {
        let name = format!("{}-{}", self.part, self.count);
        self.count += 1;
        let shown = self.reveal.includes(&name).then(|| value.to_owned());
        Masked { name, kind, shown }
    }
}

/// Where a text holds what looks like a personal value.
pub(super) fn find(text: &str) -> Vec<(Range<usize>, Kind)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let is_word = c.is_alphanumeric() || "@.+-_%".contains(c);
        match (start, is_word) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                start = None;
                let word = text[from..at].trim_end_matches('.');
                if let Some(kind) = kind_of(word) {
                    found.push((from..from + word.len(), kind));
                }
            }
            _ => {}
        }
    }
    found
}

/// What a word is by its form. Organisation numbers, with nine digits, are not personal.
fn kind_of(word: &str) -> Option<Kind> {
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if word.len() == 11 && all_digits(word) {
        return Some(Kind::PersonalNumber);
    }
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
    use super::*;

    #[test]
    fn personal_values_are_found_in_text() {
        let text = "12345678910, signer@example.com. +4799999999 (99999999) 004799999999";
        let found: Vec<_> = find(text)
            .into_iter()
            .map(|(range, kind)| (&text[range], kind))
            .collect();
        assert_eq!(
            found,
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
    fn other_numbers_are_left() {
        let text = "123456789 2026-03-01T08:00:00Z 1234567891012 a@ @b 8443 x12345678910";
        assert_eq!(find(text), []);
    }

    #[test]
    fn values_are_hidden_until_they_are_named() {
        for (query, shown) in [
            (None, [false, false]),
            (Some("reveal=signer-1"), [false, true]),
            (Some("a=b&reveal=all"), [true, true]),
            (Some("reveal=other-0"), [false, false]),
        ] {
            let reveal = Reveal::of_query(query);
            let mut masker = Masker::new("signer", &reveal);
            for shown in shown {
                let masked = masker.mask(Kind::PersonalNumber, "12345678910");
                assert_eq!(masked.shown.is_some(), shown, "{query:?} {}", masked.name);
            }
        }
    }
}
