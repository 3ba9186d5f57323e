//! What every restricted text has in common: checked and unchecked construction, access and redaction.

use crate::facet::{FacetError, TextFacets};

/// A text type of the schema.
pub(crate) trait Text: Sized {
    /// Name of the type or element in the schema, for error texts.
    const NAME: &'static str;
    /// Its limits.
    const FACETS: TextFacets;

    /// Wraps any text.
    fn wrap(text: String) -> Self;
    /// The text itself, for writing.
    fn text(&self) -> &str;

    /// Checks the limits, but not the characters: those of a text read from XML have been checked.
    fn check_facets(&self) -> Result<(), FacetError> {
        crate::facet::check_text(Self::NAME, Self::FACETS, self.text())
    }

    /// Checks the limits and the characters.
    fn check_all(&self) -> Result<(), FacetError> {
        self.check_facets()?;
        crate::facet::check_characters(Self::NAME, self.text())
    }
}

/// Gives a text type its methods. `personal` types are shown only by `reveal()`; `open` types have
/// `as_str()` and `Display`.
macro_rules! text_type {
    ($type:ident, $kind:ident) => {
        impl $type {
            /// Creates a value from a text within the schema's limits.
            ///
            /// # Errors
            /// [`FacetError`](crate::FacetError), which names the limit that the text breaks.
            pub fn new(text: impl Into<String>) -> Result<Self, crate::FacetError> {
                let value = Self(text.into());
                value.check()?;
                Ok(value)
            }

            /// Creates a value from any text, even one that breaks the limits, so that it can be
            /// examined later. Writing XML refuses such a text.
            #[must_use]
            pub fn unchecked(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Checks the schema's limits.
            ///
            /// # Errors
            /// [`FacetError`](crate::FacetError), which names the limit that the text breaks.
            pub fn check(&self) -> Result<(), crate::FacetError> {
                $crate::text::Text::check_all(self)
            }

            /// Returns whether the text keeps the schema's limits.
            #[must_use]
            pub fn is_valid(&self) -> bool {
                self.check().is_ok()
            }
        }

        impl $crate::xml::value::Value for $type {
            fn parse(
                text: std::borrow::Cow<'_, str>,
                tolerance: &mut $crate::xml::value::Tolerance,
            ) -> Result<Self, $crate::xml::value::ValueProblem> {
                $crate::xml::value::parse_text(text, tolerance)
            }

            fn text(&self) -> Result<std::borrow::Cow<'_, str>, crate::FacetError> {
                self.check()?;
                Ok(std::borrow::Cow::Borrowed(&self.0))
            }
        }

        $crate::xml::value::value_element!($type);

        #[cfg(feature = "proptest")]
        $crate::arbitrary::arbitrary_by!($type, $crate::arbitrary::text());

        impl std::str::FromStr for $type {
            type Err = crate::FacetError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $type {
            type Error = crate::FacetError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $type {
            type Error = crate::FacetError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <Self as $crate::text::Text>::NAME;
                let text = $crate::json::text(deserializer, name)?;
                Self::new(text).map_err(serde::de::Error::custom)
            }
        }

        text_type!(@$kind $type);
    };
    (@personal $type:ident) => {
        impl $type {
            /// Returns the text. It is personal data: keep it out of logs and error texts.
            #[must_use]
            pub fn reveal(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($type), "(redacted)"))
            }
        }
    };
    (@open $type:ident) => {
        impl $type {
            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($type)).field(&self.0).finish()
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use text_type;
