//! Reading JSON without showing what it holds.
//!
//! Errors of a deserializer show the value that they are about: ``invalid type: integer
//! `12345678910` ``. Types of this crate hold personal data, so that self-describing formats are read
//! into a tree first, and everything that can be wrong with a value is found here, by errors that name
//! types, fields and variants only. Formats that are not self-describing are read directly; they don't
//! look at values.

use serde::de::{Deserialize, Deserializer, Error};

use crate::facet::FacetError;

mod tree;

pub(crate) use tree::Tree;

/// Reads a value of a struct or an enum by the given form of it.
macro_rules! read_by {
    ($type:ty, $form:ident) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let tree = crate::json::Tree::of(deserializer)?;
                    $form::deserialize(tree).map_err(serde::de::Error::custom)
                } else {
                    $form::deserialize(deserializer)
                }
            }
        }
    };
}
pub(crate) use read_by;

/// Reads a value by errors that show none, for the project's other crates.
///
/// # Errors
/// Those of the type, which name fields and types only.
pub fn without_values<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    source: D,
) -> Result<T, D::Error> {
    read(source)
}

/// Reads an instant by an error that does not show the text, for the project's other crates.
///
/// # Errors
/// The value is no text, or not a time as RFC 3339 writes it.
pub fn instant<'de, D: Deserializer<'de>>(source: D) -> Result<jiff::Timestamp, D::Error> {
    let text: String = read(source)?;
    text.parse()
        .map_err(|_| D::Error::custom("a time is not as RFC 3339 writes it"))
}

/// Reads an instant that may be missing, as [`instant`] does.
///
/// # Errors
/// Those of [`instant`].
pub fn optional_instant<'de, D: Deserializer<'de>>(
    source: D,
) -> Result<Option<jiff::Timestamp>, D::Error> {
    struct Instant(jiff::Timestamp);

    impl<'de> Deserialize<'de> for Instant {
        fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
            instant(source).map(Self)
        }
    }

    let instant: Option<Instant> = read(source)?;
    Ok(instant.map(|Instant(instant)| instant))
}

/// Reads a value of a plain type, whose own errors show no value.
fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    if deserializer.is_human_readable() {
        T::deserialize(Tree::of(deserializer)?).map_err(D::Error::custom)
    } else {
        T::deserialize(deserializer)
    }
}

/// Reads a text; `type_name` is for the error.
pub(crate) fn text<'de, D: Deserializer<'de>>(
    deserializer: D,
    type_name: &'static str,
) -> Result<String, D::Error> {
    read(deserializer).map_err(|error: D::Error| of_type(type_name, &error))
}

/// Reads a whole number; `type_name` is for the error.
pub(crate) fn number<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
    type_name: &'static str,
) -> Result<T, D::Error> {
    read(deserializer).map_err(|error: D::Error| of_type(type_name, &error))
}

/// Reads a list.
pub(crate) fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    read(deserializer)
}

fn of_type<E: Error>(type_name: &str, error: &E) -> E {
    E::custom(format_args!("{type_name}: {error}"))
}

/// The error for a text that is none of an enumeration's values.
pub(crate) fn unknown_value<E: Error>(
    type_name: &'static str,
    allowed: &'static [&'static str],
) -> E {
    E::custom(FacetError::Enumeration {
        type_name,
        allowed,
        value: None,
    })
}
