//! File names in a document package: which are the same, and which are unsafe.
//!
//! A document's name is the `href` of the manifest and the name of a file in a ZIP container. File
//! systems disagree on which names are the same file, so two names that any of them takes for one
//! must not be used together.
//!
//! ```
//! use portal_model::document_name::{NameProblem, comparison_key, problem};
//!
//! assert_eq!(comparison_key("Avtale.PDF"), comparison_key("avtale.pdf"));
//! assert_eq!(comparison_key("kjøp a\u{30A}.pdf"), comparison_key("KJØP Å.pdf"));
//! assert_eq!(problem("avtale.pdf"), None);
//! assert_eq!(problem("../avtale.pdf"), Some(NameProblem::Path));
//! ```
//!
//! Neither function looks at the length; the schema's limits are those of [`Href`](crate::Href).

use unicode_normalization::UnicodeNormalization;

/// Names that Windows takes for devices, with any ending.
const DEVICES: [&str; 7] = ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];
/// Names that Windows takes for devices when one digit follows.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];
/// Names that the package itself uses.
const RESERVED: [&str; 3] = ["manifest.xml", "meta-inf", "mimetype"];

/// Why a document's name is not safe to use as a file name everywhere.
///
/// Positions count characters from 1. The name itself is not shown: it may hold personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NameProblem {
    /// The name is empty.
    #[error("the name is empty")]
    Empty,
    /// The name holds a path separator (`/`, `\`, `:`, also as `%2F`, `%5C` or `%3A`).
    #[error("the name has a path in it; leave out / \\ : and their escapes")]
    Path,
    /// The name begins with a dot, which hides a file.
    #[error("the name begins with a dot")]
    LeadingDot,
    /// The name ends with a dot or a space, which Windows drops.
    #[error("the name ends with a dot or a space")]
    TrailingDotOrSpace,
    /// The name has a control character.
    #[error("character {position} of the name is a control character")]
    #[non_exhaustive]
    Control {
        /// Position of the character.
        position: usize,
    },
    /// The name has a character that is not seen, such as a zero-width space, or one that changes the
    /// direction of the text.
    #[error("character {position} of the name is invisible")]
    #[non_exhaustive]
    Invisible {
        /// Position of the character.
        position: usize,
    },
    /// Windows takes the name for a device, as it does with `con.pdf`.
    #[error("Windows takes the name for a device; choose another name")]
    Device,
    /// The package uses the name itself (`manifest.xml`, `mimetype`, `META-INF`).
    #[error("the package uses this name itself; choose another name")]
    Reserved,
}

/// Returns a key that is equal for two names that some file system or reader takes for one.
///
/// Letter case, composed and decomposed forms (NFC and NFD), invisible characters, and dots and
/// spaces at the end make no difference. The key is for comparing only; a key's key is itself.
#[must_use]
pub fn comparison_key(name: &str) -> String {
    if name.is_ascii() {
        // The usual case, without the tables of Unicode.
        let seen = name.trim_end_matches(['.', ' ']);
        return seen.to_ascii_lowercase();
    }
    // Lower, upper, lower: case folding, also for letters such as ẞ and ſ.
    let folded: String = name
        .nfd()
        .filter(|c| !is_invisible(*c))
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfc()
        .collect();
    let length = folded.trim_end_matches(['.', ' ']).len();
    let mut key = folded;
    key.truncate(length);
    key
}

/// Returns the first reason why a name is unsafe, or `None` for a good one.
///
/// A name that is good by itself can still clash with another one: compare their
/// [keys](comparison_key).
#[must_use]
pub fn problem(name: &str) -> Option<NameProblem> {
    if name.is_empty() {
        return Some(NameProblem::Empty);
    }
    for (index, character) in name.chars().enumerate() {
        let position = index + 1;
        if character.is_control() {
            return Some(NameProblem::Control { position });
        }
        if is_invisible(character) {
            return Some(NameProblem::Invisible { position });
        }
    }
    if has_separator(name) {
        return Some(NameProblem::Path);
    }
    if name.starts_with('.') {
        return Some(NameProblem::LeadingDot);
    }
    if name.ends_with(['.', ' ']) {
        return Some(NameProblem::TrailingDotOrSpace);
    }
    let key = comparison_key(name);
    if is_device(&key) {
        return Some(NameProblem::Device);
    }
    RESERVED
        .contains(&key.as_str())
        .then_some(NameProblem::Reserved)
}

/// Returns whether a character shows nothing by itself: format and zero-width characters, marks that
/// change the direction of text, and line and paragraph separators. Spaces are not among them.
///
/// Source: the Unicode property `Default_Ignorable_Code_Point` and the category `Cf`.
#[must_use]
pub const fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}'
        | '\u{890}'..='\u{891}' | '\u{8E2}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{110BD}' | '\u{110CD}'
        | '\u{13430}'..='\u{1343F}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Separators of folders, drives and streams; the service decodes names as it does URLs.
fn has_separator(name: &str) -> bool {
    let escaped = |bytes: &[u8]| {
        matches!(
            bytes,
            [b'%', b'2', b'f' | b'F'] | [b'%', b'5', b'c' | b'C'] | [b'%', b'3', b'a' | b'A']
        )
    };
    name.contains(['/', '\\', ':']) || name.as_bytes().windows(3).any(escaped)
}

/// Whether the part before the first dot is a device's name. `key` is a comparison key.
fn is_device(key: &str) -> bool {
    let stem = key.split('.').next().unwrap_or_default().trim_end();
    // Windows takes superscript digits for digits here.
    let is_digit = |c: char| matches!(c, '0'..='9' | '¹' | '²' | '³');
    let numbered = |device: &&str| {
        stem.strip_prefix(*device).is_some_and(|rest| {
            let mut rest = rest.chars();
            rest.next().is_some_and(is_digit) && rest.next().is_none()
        })
    };
    DEVICES.contains(&stem) || NUMBERED_DEVICES.iter().any(numbered)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{NameProblem, comparison_key, is_invisible, problem};

    #[test]
    fn names_that_a_file_system_takes_for_one_have_one_key() {
        for (one, other) in [
            ("Avtale.PDF", "avtale.pdf"),
            ("\u{C5}.pdf", "A\u{30A}.pdf"),
            ("\u{212B}.pdf", "å.pdf"),
            ("K.pdf", "\u{212A}.pdf"),
            ("straße.pdf", "STRASSE.pdf"),
            ("STRAẞE.pdf", "strasse.pdf"),
            ("ſ.pdf", "s.pdf"),
            ("ΟΔΟΣ.pdf", "οδος.pdf"),
            ("a\u{200B}b.pdf", "ab.pdf"),
            ("a\u{202E}b.pdf", "ab.pdf"),
            ("\u{FEFF}ab.pdf", "ab.pdf"),
            ("❤\u{FE0F}.pdf", "❤.pdf"),
            ("ab.pdf.", "ab.pdf"),
            ("ab.pdf. .", "ab.pdf"),
        ] {
            assert_eq!(
                comparison_key(one),
                comparison_key(other),
                "{one:?} {other:?}"
            );
        }
    }

    #[test]
    fn names_that_differ_have_different_keys() {
        let names = [
            "a.pdf", "b.pdf", "å.pdf", "ä.pdf", "a b.pdf", "ab.pdf", "a_b.pdf", "01_a.pdf",
        ];
        for (index, one) in names.iter().enumerate() {
            for other in &names[..index] {
                assert_ne!(comparison_key(one), comparison_key(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn each_kind_of_problem_is_found() {
        for (name, expected) in [
            ("", NameProblem::Empty),
            ("a/b.pdf", NameProblem::Path),
            ("a\\b.pdf", NameProblem::Path),
            ("c:b.pdf", NameProblem::Path),
            ("a%2Fb.pdf", NameProblem::Path),
            ("a%2fb.pdf", NameProblem::Path),
            ("a%5cb.pdf", NameProblem::Path),
            ("a%3ab.pdf", NameProblem::Path),
            ("../a.pdf", NameProblem::Path),
            (".a.pdf", NameProblem::LeadingDot),
            ("..", NameProblem::LeadingDot),
            ("a.pdf.", NameProblem::TrailingDotOrSpace),
            ("a.pdf ", NameProblem::TrailingDotOrSpace),
            ("a\tb.pdf", NameProblem::Control { position: 2 }),
            ("a\u{85}.pdf", NameProblem::Control { position: 2 }),
            ("ab\u{200B}.pdf", NameProblem::Invisible { position: 3 }),
            ("\u{202E}fdp.exe", NameProblem::Invisible { position: 1 }),
            ("con.pdf", NameProblem::Device),
            ("CON", NameProblem::Device),
            ("Nul.tar.gz", NameProblem::Device),
            ("con .pdf", NameProblem::Device),
            ("com1.pdf", NameProblem::Device),
            ("LPT9.txt", NameProblem::Device),
            ("com\u{B9}.pdf", NameProblem::Device),
            ("conout$.pdf", NameProblem::Device),
            ("manifest.xml", NameProblem::Reserved),
            ("Manifest.XML", NameProblem::Reserved),
            ("mimetype", NameProblem::Reserved),
            ("META-INF", NameProblem::Reserved),
        ] {
            assert_eq!(problem(name), Some(expected), "{name:?}");
        }
    }

    #[test]
    fn ordinary_names_have_none() {
        for name in [
            "01_document.pdf",
            "Kjøpekontrakt for Åsveien 2.pdf",
            "日本語.txt",
            "100%.pdf",
            "a%2.pdf",
            "console.pdf",
            "com10.pdf",
            "comet.pdf",
            "manifest.xml.pdf",
            "d'accord (1) & co.pdf",
        ] {
            assert_eq!(problem(name), None, "{name}");
        }
    }

    #[test]
    fn a_letter_in_either_case_and_form_has_one_key() {
        use unicode_normalization::UnicodeNormalization;
        // Everything with letter case or normal forms; the rest is ideographs and syllables.
        let first = ('\u{1}'..='\u{33FF}').chain('\u{A640}'..='\u{AC10}');
        let characters = first
            .chain('\u{F900}'..='\u{118FF}')
            .chain('\u{16E00}'..='\u{16EFF}');
        for character in characters.chain('\u{1E900}'..='\u{1E9FF}') {
            let name = format!("{character}.pdf");
            let key = comparison_key(&name);
            assert_eq!(comparison_key(&key), key, "{character:?}");
            assert_eq!(comparison_key(&name.to_uppercase()), key, "{character:?}");
            assert_eq!(comparison_key(&name.to_lowercase()), key, "{character:?}");
            assert_eq!(
                comparison_key(&name.nfd().to_string()),
                key,
                "{character:?}"
            );
            assert_eq!(
                comparison_key(&name.nfc().to_string()),
                key,
                "{character:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_short_way_for_ascii_gives_the_same_key(name in "[ -~]{0,30}") {
            // An invisible character takes the long way and leaves no trace in the key.
            prop_assert_eq!(comparison_key(&format!("\u{200B}{name}")), comparison_key(&name));
        }

        #[test]
        fn a_key_is_its_own_key(name in any::<String>()) {
            let key = comparison_key(&name);
            prop_assert_eq!(comparison_key(&key), key);
        }

        #[test]
        fn invisible_characters_are_always_found_and_never_matter(
            before in "[a-zæøå]{1,5}",
            hidden in any::<char>().prop_filter("invisible", |c| is_invisible(*c)),
        ) {
            let name = format!("{before}{hidden}x.pdf");
            let position = before.chars().count() + 1;
            prop_assert_eq!(problem(&name), Some(NameProblem::Invisible { position }));
            prop_assert_eq!(comparison_key(&name), format!("{before}x.pdf"));
        }
    }
}
