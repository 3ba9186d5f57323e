//! The text of a document, and what one look at all its bytes says of it.

use std::borrow::Cow;

use super::lexical::normalise_line_ends;
use crate::bytes::all_bits;
use crate::facet::is_xml_character;

/// A text in which no character is forbidden.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'x> {
    text: &'x str,
    /// Whether there is any `]`, which few documents have: else no text need be searched for `]]>`.
    has_bracket: bool,
    /// Whether there is any carriage return: else no text need be searched for one.
    has_carriage_return: bool,
}

/// A byte of a character that may be forbidden: all of those are control characters or begin with the
/// byte EF, as few others do.
const SUSPECT: u8 = 1;
const BRACKET: u8 = 2;
const CARRIAGE_RETURN: u8 = 4;

/// What kind of byte it is, without a branch.
#[inline]
fn kind(byte: u8) -> u8 {
    let control = (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r');
    let is = |kind: u8, is: bool| kind * u8::from(is);
    is(SUSPECT, control | (byte == 0xEF))
        | is(BRACKET, byte == b']')
        | is(CARRIAGE_RETURN, byte == b'\r')
}

/// All kinds of bytes that there are.
fn kinds(bytes: &[u8]) -> u8 {
    // Most documents are a single line, of which nothing more needs to be known.
    // A single comparison for those below the space and those from EF on.
    let at_an_end = |byte: u8| byte.wrapping_sub(b' ') >= 0xEF - b' ';
    let special = |byte| u8::from(at_an_end(byte) | (byte == b']'));
    if all_bits::<32>(bytes, special) == 0 {
        return 0;
    }
    all_bits::<32>(bytes, kind)
}

impl<'x> Source<'x> {
    /// The text, or its first character that XML 1.0 forbids, with the byte offset.
    pub(super) fn new(text: &'x str) -> Result<Self, (usize, char)> {
        let seen = kinds(text.as_bytes());
        if seen & SUSPECT != 0
            && let Some(forbidden) = text.char_indices().find(|(_, c)| !is_xml_character(*c))
        {
            return Err(forbidden);
        }
        Ok(Self {
            text,
            has_bracket: seen & BRACKET != 0,
            has_carriage_return: seen & CARRIAGE_RETURN != 0,
        })
    }

    pub(super) const fn text(self) -> &'x str {
        self.text
    }

    /// Where the end of a section of text stands in a piece of text, in which it must not.
    #[inline]
    pub(super) fn section_end(self, piece: &str) -> Option<usize> {
        if self.has_bracket {
            piece.find("]]>")
        } else {
            None
        }
    }

    /// A piece of text with its line ends as a reader of XML must see them.
    #[inline]
    pub(super) fn normalised(self, piece: &'x str) -> Cow<'x, str> {
        if self.has_carriage_return {
            normalise_line_ends(piece)
        } else {
            Cow::Borrowed(piece)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::facet::forbidden_character;

    proptest! {
        /// One look at the bytes knows what a search for each character finds.
        #[test]
        fn one_look_finds_what_searches_find(
            text in prop_oneof!["[ -~\t\n\r\u{0}-\u{1F}\u{FFF0}-\u{FFFF}]{0,80}", "[ -~æ]{0,80}", any::<String>()],
        ) {
            let source = Source::new(&text);
            prop_assert_eq!(source.err(), forbidden_character(&text));
            if let Ok(source) = source {
                prop_assert_eq!(source.has_bracket, text.contains(']'));
                prop_assert_eq!(source.has_carriage_return, text.contains('\r'));
            }
        }
    }
}
