//! The two lengths of a text.
//!
//! The schema counts characters as Unicode scalar values. Validators that run on Java count UTF-16
//! units, so that a character beyond U+FFFF, such as an emoji, counts twice. A text within a limit by
//! the first count and above it by the second is valid for the schema and may still be refused.
//!
//! ```
//! use portal_model::text_length::{scalar_values, utf16_units};
//!
//! assert_eq!(scalar_values("Kjøp 🏠"), 6);
//! assert_eq!(utf16_units("Kjøp 🏠"), 7);
//! ```

/// Returns the number of Unicode scalar values, which is how the schema counts.
#[must_use]
pub fn scalar_values(text: &str) -> usize {
    text.chars().count()
}

/// Returns the number of UTF-16 units, which is how validators on Java count.
#[must_use]
pub fn utf16_units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{scalar_values, utf16_units};

    #[test]
    fn an_emoji_counts_twice_in_utf16() {
        let title = "😀".repeat(80);
        assert_eq!((scalar_values(&title), utf16_units(&title)), (80, 160));
        assert_eq!((scalar_values("æøå"), utf16_units("æøå")), (3, 3));
        assert_eq!((scalar_values(""), utf16_units("")), (0, 0));
    }

    proptest! {
        #[test]
        fn the_lengths_differ_by_the_characters_beyond_the_first_plane(text in any::<String>()) {
            let beyond = text.chars().filter(|c| u32::from(*c) > 0xFFFF).count();
            prop_assert_eq!(utf16_units(&text), scalar_values(&text) + beyond);
            prop_assert_eq!(utf16_units(&text), text.encode_utf16().count());
        }
    }
}
