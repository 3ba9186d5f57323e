//! What every list of values in the schema has in common.

/// An enumeration of the schema.
pub(crate) trait Enumeration: Clone + Sized + 'static {
    /// Name of the type in the schema, for error texts.
    const NAME: &'static str;
    /// The values as they stand in XML, in the schema's order.
    const VALUES: &'static [&'static str];

    /// The value for a text of XML.
    fn from_value(value: &str) -> Option<Self>;
    /// The text in XML.
    fn value(&self) -> &str;

    /// A value that is not known, kept as text, where the list is open to newer values of responses.
    fn unknown(_value: &str) -> Option<Self> {
        None
    }
}

/// Gives an enumeration its form in XML and in JSON, which is the same text.
macro_rules! enumeration {
    ($type:ident) => {
        impl $crate::xml::value::Value for $type {
            fn parse(
                text: std::borrow::Cow<'_, str>,
                tolerance: &mut $crate::xml::value::Tolerance,
            ) -> Result<Self, $crate::xml::value::ValueProblem> {
                $crate::xml::value::parse_enumeration(&text, tolerance)
            }

            fn text(&self) -> Result<std::borrow::Cow<'_, str>, crate::FacetError> {
                let text = $crate::enumeration::Enumeration::value(self);
                if <Self as $crate::enumeration::Enumeration>::VALUES.contains(&text) {
                    Ok(std::borrow::Cow::Borrowed(text))
                } else {
                    Err($crate::xml::value::unknown_value::<Self>(text))
                }
            }
        }

        $crate::xml::value::value_element!($type);

        #[cfg(feature = "proptest")]
        $crate::arbitrary::arbitrary_by!($type, $crate::arbitrary::enumeration());

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::enumeration::Enumeration::value(self))
            }
        }

        impl std::str::FromStr for $type {
            type Err = crate::FacetError;

            /// Takes the values that the schema lists.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                <Self as $crate::enumeration::Enumeration>::from_value(text)
                    .ok_or_else(|| $crate::xml::value::unknown_value::<Self>(text))
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::enumeration::Enumeration::value(self))
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use $crate::enumeration::Enumeration;
                let text = $crate::json::text(deserializer, Self::NAME)?;
                Self::from_value(&text)
                    .or_else(|| Self::unknown(&text))
                    .ok_or_else(|| $crate::json::unknown_value(Self::NAME, Self::VALUES))
            }
        }
    };
}
pub(crate) use enumeration;
