//! What was tried to deliver an event.

use jiff::Timestamp;
use portal_model::json::{instant, optional_instant};
use serde::Serialize;

use crate::json::read_fields;

/// The attempts at delivering one event to one sink, as they are stored beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeliveryAttempts {
    /// How many attempts have failed.
    pub failed: u32,
    /// When the first one failed.
    pub first: Timestamp,
    /// When the last one failed.
    pub last: Timestamp,
    /// When the next one is due.
    pub next: Timestamp,
    /// Why the last one failed.
    pub failure: String,
    /// Until when the receiver has asked not to be sent anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Timestamp>,
}

read_fields!(DeliveryAttempts {
    failed: u32,
    #[serde(deserialize_with = "instant")]
    first: Timestamp,
    #[serde(deserialize_with = "instant")]
    last: Timestamp,
    #[serde(deserialize_with = "instant")]
    next: Timestamp,
    failure: String,
    #[serde(default, deserialize_with = "optional_instant")]
    retry_after: Option<Timestamp>,
});
