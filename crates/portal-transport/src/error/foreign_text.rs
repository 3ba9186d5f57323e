//! Text that somebody else chose, on its way into an error or a log.

use std::fmt::Write as _;

/// The most characters that are shown.
const LONGEST: usize = 100;

/// Escapes what could pass for something else on a terminal or in a log (control and format
/// characters, line separators), and cuts the text at 100 characters.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::new();
    let mut length = 0;
    for character in text.chars() {
        let before = shown.len();
        if is_unseen(character) {
            // Writing to a string does not fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
        length += shown[before..].chars().count();
        if length > LONGEST {
            shown.truncate(before);
            shown.push('\u{2026}');
            break;
        }
    }
    shown
}

/// Control characters, and those of Unicode's categories Cf, Zl, Zp, and the spaces that look like
/// nothing or like another.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || (character.is_whitespace() && character != ' ')
        || matches!(
            u32::from(character),
            0xad | 0x34f
                | 0x600..=0x605
                | 0x61c
                | 0x6dd
                | 0x70f
                | 0x890..=0x891
                | 0x8e2
                | 0x115f..=0x1160
                | 0x17b4..=0x17b5
                | 0x180b..=0x180f
                | 0x200b..=0x200f
                | 0x2028..=0x202e
                | 0x2060..=0x206f
                | 0x3164
                | 0xfe00..=0xfe0f
                | 0xfeff
                | 0xffa0
                | 0xfff0..=0xfffb
                | 0x110bd
                | 0x110cd
                | 0x13430..=0x1343f
                | 0x1bca0..=0x1bca3
                | 0x1d173..=0x1d17a
                | 0xe0000..=0xe0fff
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_seen_is_escaped() {
        assert_eq!(shown("CN=Example AS"), "CN=Example AS");
        assert_eq!(shown("a\nb\u{1b}[31m"), "a\\u{a}b\\u{1b}[31m");
        assert_eq!(
            shown("\u{202e}gpj.exe\u{200b}"),
            "\\u{202e}gpj.exe\\u{200b}"
        );
        assert_eq!(shown("B\u{e5}t\u{f8}y"), "B\u{e5}t\u{f8}y");
    }

    #[test]
    fn the_cut_is_at_100_characters() {
        assert_eq!(shown(&"x".repeat(100)), "x".repeat(100));
        let cut = shown(&"x".repeat(101));
        assert_eq!(cut, format!("{}\u{2026}", "x".repeat(100)));
    }

    proptest! {
        #[test]
        fn nothing_unseen_comes_through(text in "\\PC{0,80}|(?s:.){0,200}") {
            let shown = shown(&text);
            prop_assert!(!shown.chars().any(is_unseen));
            prop_assert!(shown.chars().count() <= LONGEST + 1);
        }
    }
}
