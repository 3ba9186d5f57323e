//! Times in events. Errors show nothing of the text.

use portal_client::jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Reads a time of RFC 3339.
pub(super) fn required<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    parse(&String::deserialize(from)?)
}

/// Reads a time that may be missing.
pub(super) fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text: Option<String> = Deserialize::deserialize(from)?;
    text.as_deref().map(parse).transpose()
}

fn parse<E: Error>(text: &str) -> Result<Timestamp, E> {
    let time = text.parse();
    time.map_err(|_| E::custom("a time is not as RFC 3339 writes it"))
}
