//! Finding the listed words in a text, and the lines that a marker exempts.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use super::list::{ALSO_OF, NAMES, REMOVED, Word};
use super::rust::{Kind, Piece};

/// A word that is not to be used, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) found: String,
    pub(super) instead: &'static str,
    pub(super) is_name: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} -> ", self.line, self.found)?;
        match (self.is_name, self.instead) {
            (true, REMOVED) => write!(f, "was removed"),
            (true, instead) => write!(f, "is called {instead}"),
            (false, instead) => write!(f, "say {instead}"),
        }
    }
}

/// The words of a text, each with its place. A letter, digit or underscore continues a word.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut tokens = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (c.is_alphanumeric() || c == '_', start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                tokens.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    tokens.extend(start.map(|from| from..text.len()));
    tokens
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
}

/// Whether two words with this between them are next to each other: blank space with at most one line
/// break, a hyphen, an apostrophe.
fn joins(between: &str) -> bool {
    let breaks = between.matches('\n').count();
    matches!(between, "-" | "'" | "\u{2019}")
        || (breaks <= 1 && !between.is_empty() && between.chars().all(char::is_whitespace))
}

/// Every listed word in a text.
pub(super) fn words(text: &str, list: &[Word]) -> Vec<Finding> {
    let tokens = tokens(text);
    let mut findings = Vec::new();
    for (phrase, instead) in list {
        let parts: Vec<&str> = phrase
            .split(|c: char| !c.is_alphanumeric())
            .filter(|part| !part.is_empty())
            .collect();
        for window in tokens.windows(parts.len()) {
            let same = |(place, part): (&Range<usize>, &&str)| {
                text[place.clone()].eq_ignore_ascii_case(part)
            };
            let adjacent = window
                .windows(2)
                .all(|two| joins(&text[two[0].end..two[1].start]));
            if window.iter().zip(&parts).all(same) && adjacent {
                findings.push(Finding {
                    line: line_of(text, window[0].start),
                    found: (*phrase).to_owned(),
                    instead,
                    is_name: false,
                });
            }
        }
    }
    findings
}

/// Every name in a Rust source that was replaced.
pub(super) fn names(source: &str, shown: &str, pieces: &[Piece]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in tokens(shown) {
        let token = &shown[place.clone()];
        let Some((name, instead)) = NAMES.iter().find(|(name, _)| *name == token) else {
            continue;
        };
        let is_code = pieces
            .iter()
            .any(|piece| piece.kind == Kind::Ident && piece.place == place);
        let is_named = is_code || !is_ordinary(name) || is_quoted(shown, &place);
        if is_named && !is_imported(source, name) {
            findings.push(Finding {
                line: line_of(shown, place.start),
                found: (*name).to_owned(),
                instead,
                is_name: true,
            });
        }
    }
    findings
}

/// Whether a name is also an English word, which a sentence may begin with.
fn is_ordinary(name: &str) -> bool {
    !name.contains('_') && name.chars().skip(1).all(char::is_lowercase)
}

/// Whether signs of code stand around a word in a sentence.
fn is_quoted(text: &str, place: &Range<usize>) -> bool {
    text[..place.start].ends_with(['`', ':']) || text[place.end..].starts_with(['`', ':', '('])
}

/// Whether a source imports this name from a library that has it too.
fn is_imported(source: &str, name: &str) -> bool {
    ALSO_OF
        .iter()
        .filter(|(listed, _)| *listed == name)
        .any(|(_, module)| {
            let begin = format!("{module}::");
            source.match_indices(&begin).any(|(at, _)| {
                let rest = &source[at + begin.len()..];
                let names = rest
                    .strip_prefix('{')
                    .and_then(|rest| rest.split('}').next());
                let names = names
                    .unwrap_or_else(|| rest.split([';', '(', ':', '>']).next().unwrap_or_default());
                tokens(names).into_iter().any(|place| &names[place] == name)
            })
        })
}

const MARKER: &str = "words: allow";

/// The lines that are exempt: with the marker, after a line that is nothing but the marker in a comment,
/// and between a marker's `begin` and its `end`.
pub(super) fn allowed_lines(source: &str) -> BTreeSet<usize> {
    let mut allowed = BTreeSet::new();
    let mut open = false;
    for (line, text) in (1..).zip(source.lines()) {
        let Some(at) = text.find(MARKER) else {
            if open {
                allowed.insert(line);
            }
            continue;
        };
        allowed.insert(line);
        let after = text[at + MARKER.len()..].trim_start();
        let before = text[..at].trim();
        if after.starts_with("begin") {
            open = true;
        } else if after.starts_with("end") {
            open = false;
        } else if matches!(before, "//" | "/*" | "<!--" | "{#" | "#") {
            allowed.insert(line + 1);
        }
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, String)> {
        words(text, super::super::list::WORDS)
            .into_iter()
            .map(|finding| (finding.line, finding.found))
            .collect()
    }

    #[test]
    fn words_are_whole_and_of_any_case() {
        assert!(found("recommend answer_bytes backdoor placebo spaced answerable").is_empty());
        assert_eq!(found("ANSWER\nthe Door's").len(), 2);
    }

    #[test]
    fn phrases_go_over_one_line_break() {
        assert_eq!(found("is in\nhand"), [(1, "in hand".to_owned())]);
        assert!(found("is in\n\nhand").is_empty());
        assert!(found("in, hand").is_empty());
        assert!(found("in\0hand").is_empty());
        assert_eq!(found("half-blind, in-hand").len(), 2);
        assert_eq!(found("of one\u{2019}s own, of one's own").len(), 2);
    }

    #[test]
    fn every_row_is_found_and_offers_something_else() {
        for (word, instead) in super::super::list::WORDS {
            assert_eq!(found(word).len(), 1, "{word}");
            assert!(found(instead).is_empty(), "{word} -> {instead}");
        }
    }

    #[test]
    fn no_name_is_replaced_by_one_that_is_replaced() {
        for (name, instead) in NAMES {
            assert!(!NAMES.iter().any(|(other, _)| other == instead), "{name}");
        }
    }
}
