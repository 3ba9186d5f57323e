//! The limits that the schema puts on single values, and the error for a value that breaks one.

/// A limit of the schema that a value breaks. The message names the facet and the fix, never the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FacetError {
    /// The text is too short (facet `minLength`). Lengths are counted in Unicode characters.
    #[error(
        "{type_name} has {actual} characters, at least {limit} are required (minLength); lengthen it"
    )]
    #[non_exhaustive]
    MinLength {
        /// Name of the type in the schema.
        type_name: &'static str,
        /// The least number of characters.
        limit: usize,
        /// The number of characters found.
        actual: usize,
    },
    /// The text is too long (facet `maxLength`). Lengths are counted in Unicode characters.
    #[error(
        "{type_name} has {actual} characters, at most {limit} are allowed (maxLength); shorten it"
    )]
    #[non_exhaustive]
    MaxLength {
        /// Name of the type in the schema.
        type_name: &'static str,
        /// The greatest number of characters.
        limit: usize,
        /// The number of characters found.
        actual: usize,
    },
    /// The text has another form than the schema's pattern (facet `pattern`).
    #[error("{type_name} does not match {pattern} (pattern); write {form}")]
    #[non_exhaustive]
    Pattern {
        /// Name of the type in the schema.
        type_name: &'static str,
        /// The regular expression of the schema.
        pattern: &'static str,
        /// The pattern in words, such as `exactly 9 digits`.
        form: &'static str,
    },
    /// The text is none of the values that the schema lists (facet `enumeration`).
    #[error("{type_name} has {}; use one of {}", Found(value.as_deref()), allowed.join(", "))]
    #[non_exhaustive]
    Enumeration {
        /// Name of the type in the schema.
        type_name: &'static str,
        /// Every value that the schema allows.
        allowed: &'static [&'static str],
        /// The value found, when it is a plain code word that can hold no personal data.
        value: Option<String>,
    },
    /// The number is too small (facet `minInclusive`).
    #[error("{type_name} is below {limit}, the least allowed (minInclusive); raise it")]
    #[non_exhaustive]
    MinInclusive {
        /// Name of the type in the schema.
        type_name: &'static str,
        /// The least number allowed.
        limit: i64,
        /// The number found.
        actual: i64,
    },
    /// The number is too large (facet `maxInclusive`).
    #[error("{type_name} is above {limit}, the greatest allowed (maxInclusive); lower it")]
    #[non_exhaustive]
    MaxInclusive {
        /// Name of the type in the schema.
        type_name: &'static str,
        /// The greatest number allowed.
        limit: i64,
        /// The number found.
        actual: i64,
    },
    /// The list has too few items (`minOccurs`).
    #[error("the list has {actual} items, at least {limit} are required (minOccurs); add some")]
    #[non_exhaustive]
    MinOccurs {
        /// The least number of items.
        limit: usize,
        /// The number of items found.
        actual: usize,
    },
    /// The list has too many items (`maxOccurs`).
    #[error("the list has {actual} items, at most {limit} are allowed (maxOccurs); remove some")]
    #[non_exhaustive]
    MaxOccurs {
        /// The greatest number of items.
        limit: usize,
        /// The number of items found.
        actual: usize,
    },
    /// The text holds a character that no XML 1.0 document can hold, such as NUL or U+FFFE.
    #[error(
        "{type_name} has the character U+{code_point:04X} at position {position}, \
         which XML 1.0 cannot hold; remove it"
    )]
    #[non_exhaustive]
    ForbiddenCharacter {
        /// Name of the type in the schema.
        type_name: &'static str,
        /// Which character, counted from 0 in Unicode characters.
        position: usize,
        /// The character's code point.
        code_point: u32,
    },
}

impl FacetError {
    /// Returns the name of the broken facet as the schema language spells it, such as `maxLength`;
    /// `Char` for a character that XML itself forbids.
    #[must_use]
    pub const fn facet(&self) -> &'static str {
        match self {
            Self::MinLength { .. } => "minLength",
            Self::MaxLength { .. } => "maxLength",
            Self::Pattern { .. } => "pattern",
            Self::Enumeration { .. } => "enumeration",
            Self::MinInclusive { .. } => "minInclusive",
            Self::MaxInclusive { .. } => "maxInclusive",
            Self::MinOccurs { .. } => "minOccurs",
            Self::MaxOccurs { .. } => "maxOccurs",
            Self::ForbiddenCharacter { .. } => "Char",
        }
    }
}

/// Shows the unknown value of an enumeration, or says that it is not shown.
struct Found<'a>(Option<&'a str>);

impl std::fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(value) => write!(f, "the unknown value `{value}` (enumeration)"),
            None => f.write_str("an unknown value (enumeration, value not shown)"),
        }
    }
}

/// The facets of a text type. All lengths are in Unicode characters, as the schema language counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextFacets {
    pub(crate) min_length: usize,
    pub(crate) max_length: usize,
    pub(crate) pattern: Option<Pattern>,
}

impl TextFacets {
    /// Any text.
    pub(crate) const NONE: Self = Self {
        min_length: 0,
        max_length: usize::MAX,
        pattern: None,
    };
}

/// A pattern of the schema, with the check that stands for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pattern {
    /// The regular expression of the schema.
    pub(crate) source: &'static str,
    /// The same in words, to follow "write".
    pub(crate) form: &'static str,
    /// How many digits the pattern demands, and nothing else: all patterns of the schema are `[0-9]{n}`.
    pub(crate) digits: usize,
}

impl Pattern {
    fn matches(self, text: &str) -> bool {
        // Without an early end: nearly all texts match.
        let digits = |text: &str| text.bytes().fold(true, |all, b| all & b.is_ascii_digit());
        text.len() == self.digits && digits(text)
    }
}

/// Checks a text against its facets. Inlined, since most types have hardly any.
#[inline]
pub(crate) fn check_text(
    type_name: &'static str,
    facets: TextFacets,
    text: &str,
) -> Result<(), FacetError> {
    if let Some(pattern) = facets.pattern
        && !pattern.matches(text)
    {
        return Err(FacetError::Pattern {
            type_name,
            pattern: pattern.source,
            form: pattern.form,
        });
    }
    // A character has one to four bytes: most texts need no counting to be within their limits.
    let may_be_short = text.len() < facets.min_length.saturating_mul(4);
    if may_be_short || text.len() > facets.max_length {
        let actual = text.chars().count();
        if actual < facets.min_length {
            return Err(FacetError::MinLength {
                type_name,
                limit: facets.min_length,
                actual,
            });
        }
        if actual > facets.max_length {
            return Err(FacetError::MaxLength {
                type_name,
                limit: facets.max_length,
                actual,
            });
        }
    }
    Ok(())
}

/// Refuses the characters that the `Char` production of XML 1.0 leaves out.
pub(crate) fn check_characters(type_name: &'static str, text: &str) -> Result<(), FacetError> {
    match forbidden_character(text) {
        None => Ok(()),
        Some((at, c)) => Err(FacetError::ForbiddenCharacter {
            type_name,
            position: text.get(..at).unwrap_or_default().chars().count(),
            code_point: c.into(),
        }),
    }
}

/// The first character that XML 1.0 forbids, with its byte offset.
pub(crate) fn forbidden_character(text: &str) -> Option<(usize, char)> {
    // All of them are control characters or begin with the byte EF, as few others do. Without an early
    // end the search for such a byte compiles to wide instructions.
    let suspect =
        |byte: u8| (byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) | (byte == 0xEF);
    if !text
        .bytes()
        .fold(false, |found, byte| found | suspect(byte))
    {
        return None;
    }
    text.char_indices().find(|(_, c)| !is_xml_character(*c))
}

/// The `Char` production of XML 1.0.
pub(crate) const fn is_xml_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Checks a number against its limits.
pub(crate) fn check_number(
    type_name: &'static str,
    (least, greatest): (i64, i64),
    actual: i64,
) -> Result<(), FacetError> {
    if actual < least {
        Err(FacetError::MinInclusive {
            type_name,
            limit: least,
            actual,
        })
    } else if actual > greatest {
        Err(FacetError::MaxInclusive {
            type_name,
            limit: greatest,
            actual,
        })
    } else {
        Ok(())
    }
}

/// The value as an error may show it: only a short code word, never digits in a row or free text.
pub(crate) fn showable(value: &str) -> Option<String> {
    let word = value.len() <= 64
        && !value.is_empty()
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        && !value
            .as_bytes()
            .windows(4)
            .any(|w| w.iter().all(u8::is_ascii_digit));
    word.then(|| value.to_owned())
}
