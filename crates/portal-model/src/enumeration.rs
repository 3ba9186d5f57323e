//! What every closed list of values in the schema has in common.

/// An enumeration of the schema.
pub(crate) trait Enumeration: Copy + Sized + 'static {
    /// Name of the type in the schema, for error texts.
    const NAME: &'static str;
    /// The values as they stand in XML, in the schema's order.
    const VALUES: &'static [&'static str];

    /// The value for a text of XML.
    fn from_value(value: &str) -> Option<Self>;
    /// The text in XML.
    fn value(self) -> &'static str;
}

/// Gives an enumeration its methods and its form in JSON, which is the same text as in XML.
macro_rules! enumeration {
    ($type:ident) => {
        impl $type {
            /// The text as it stands in XML.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                $crate::enumeration::Enumeration::value(self)
            }
        }

        impl $crate::xml::value::Value for $type {
            fn parse(
                text: std::borrow::Cow<'_, str>,
                tolerance: &mut $crate::xml::value::Tolerance,
            ) -> Result<Self, crate::XmlProblem> {
                $crate::xml::value::parse_enumeration(&text, tolerance)
            }

            fn text(&self) -> Result<std::borrow::Cow<'_, str>, crate::FacetError> {
                Ok(std::borrow::Cow::Borrowed(self.as_str()))
            }
        }

        $crate::xml::value::value_element!($type);

        #[cfg(feature = "proptest")]
        $crate::arbitrary::arbitrary_by!($type, $crate::arbitrary::enumeration());

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $type {
            type Err = crate::FacetError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                <Self as $crate::enumeration::Enumeration>::from_value(text).ok_or_else(|| {
                    crate::FacetError::Enumeration {
                        type_name: <Self as $crate::enumeration::Enumeration>::NAME,
                        allowed: <Self as $crate::enumeration::Enumeration>::VALUES,
                        value: $crate::facet::showable(text),
                    }
                })
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use enumeration;
