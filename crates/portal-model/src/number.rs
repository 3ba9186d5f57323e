//! What every whole number of the schema has in common.

use crate::facet::FacetError;

/// A number type of the schema.
pub(crate) trait Number: Copy {
    /// Name of the type or attribute in the schema, for error texts.
    const NAME: &'static str;
    /// The least and the greatest value of the base type (`xs:int`, `xs:long`): no reading goes beyond.
    const RANGE: (i64, i64);
    /// The least and the greatest value of the type itself.
    const LIMITS: (i64, i64);

    /// Wraps a number within [`Self::RANGE`].
    fn wrap(number: i64) -> Option<Self>;
    /// The number itself, for writing.
    fn number(self) -> i64;

    /// Checks the limits.
    fn check_facets(self) -> Result<(), FacetError> {
        crate::facet::check_number(Self::NAME, Self::LIMITS, self.number())
    }
}

/// Gives a number type its methods; `limited` types are checked, `whole` types take every number.
macro_rules! number_type {
    ($type:ident, $base:ident, limited) => {
        impl $type {
            /// Creates a value from a number within the schema's limits.
            ///
            /// # Errors
            /// [`FacetError`](crate::FacetError), which names the limit that the number breaks.
            pub fn new(number: $base) -> Result<Self, crate::FacetError> {
                let value = Self(number);
                value.check()?;
                Ok(value)
            }

            /// Creates a value from any number, even one beyond the limits, so that it can be examined
            /// later. Writing XML refuses such a number.
            #[must_use]
            pub const fn unchecked(number: $base) -> Self {
                Self(number)
            }

            /// Checks the schema's limits.
            ///
            /// # Errors
            /// [`FacetError`](crate::FacetError), which names the limit that the number breaks.
            pub fn check(self) -> Result<(), crate::FacetError> {
                $crate::number::Number::check_facets(self)
            }

            /// Returns whether the number keeps the schema's limits.
            #[must_use]
            pub fn is_valid(self) -> bool {
                self.check().is_ok()
            }
        }

        impl TryFrom<$base> for $type {
            type Error = crate::FacetError;

            fn try_from(number: $base) -> Result<Self, Self::Error> {
                Self::new(number)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <Self as $crate::number::Number>::NAME;
                let number: $base = $crate::json::number(deserializer, name)?;
                Self::new(number).map_err(serde::de::Error::custom)
            }
        }

        number_type!(@both $type, $base);
    };
    ($type:ident, $base:ident, whole) => {
        impl $type {
            /// Creates a value from a number; the schema sets no limits.
            #[must_use]
            pub const fn new(number: $base) -> Self {
                Self(number)
            }
        }

        impl From<$base> for $type {
            fn from(number: $base) -> Self {
                Self(number)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <Self as $crate::number::Number>::NAME;
                $crate::json::number(deserializer, name).map(Self)
            }
        }

        number_type!(@both $type, $base);
    };
    (@both $type:ident, $base:ident) => {
        impl $type {
            /// Returns the number.
            #[must_use]
            pub const fn get(self) -> $base {
                self.0
            }
        }

        impl $crate::xml::value::Value for $type {
            fn parse(
                text: std::borrow::Cow<'_, str>,
                tolerance: &mut $crate::xml::value::Tolerance,
            ) -> Result<Self, $crate::xml::value::ValueProblem> {
                $crate::xml::value::parse_number(&text, tolerance)
            }

            fn text(&self) -> Result<std::borrow::Cow<'_, str>, crate::FacetError> {
                $crate::number::Number::check_facets(*self)?;
                Ok(std::borrow::Cow::Owned(self.0.to_string()))
            }
        }

        $crate::xml::value::value_element!($type);

        #[cfg(feature = "proptest")]
        $crate::arbitrary::arbitrary_by!($type, $crate::arbitrary::number());

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&self.0, serializer)
            }
        }
    };
}
pub(crate) use number_type;
