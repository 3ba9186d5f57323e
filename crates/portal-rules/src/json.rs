//! Texts from JSON, whose errors never show the value: a number in the wrong place may be personal.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserializer, Error, Unexpected, Visitor};

/// Deserializes a value from its text.
pub(crate) fn from_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    if deserializer.is_human_readable() {
        // Asked for a text, the deserializer itself would name the number that it has instead.
        deserializer.deserialize_any(TextVisitor(PhantomData))
    } else {
        deserializer.deserialize_str(TextVisitor(PhantomData))
    }
}

struct TextVisitor<T>(PhantomData<T>);

impl<T> TextVisitor<T> {
    fn refuse<V, E: Error>(found: &'static str) -> Result<V, E> {
        Err(E::invalid_type(Unexpected::Other(found), &"a text"))
    }
}

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<T, E> {
        Self::refuse("a truth value")
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<T, E> {
        Self::refuse("a number")
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<T, E> {
        Self::refuse("a number")
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<T, E> {
        Self::refuse("a number")
    }

    fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<T, E> {
        Self::refuse("bytes")
    }
}

/// Implements `Deserialize` by the text of a type.
macro_rules! deserialize_from_text {
    ($($type:ty),*) => {$(
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::json::from_text(deserializer)
            }
        }
    )*};
}
pub(crate) use deserialize_from_text;
