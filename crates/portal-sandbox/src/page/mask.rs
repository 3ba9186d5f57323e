//! Personal numbers, e-mail addresses and mobile numbers, hidden until they are asked for.
//!
//! A page is served without them. Each is a link to the same page with that one shown, so that it
//! works without scripts too; the script fetches the link and puts the one value in place.

use crate::personal;
pub(super) use crate::personal::{Kind, find};

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

    /// Free text, with what looks personal in it hidden unless all is to be shown.
    pub(super) fn text(&self, text: &str) -> String {
        match self {
            Self::All => text.to_owned(),
            _ => personal::covered(text),
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

#[cfg(test)]
mod tests {
    use super::*;

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
