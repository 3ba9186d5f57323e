//! What was tried to deliver an event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The attempts at delivering one event to one sink, as they are stored beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Timestamp>,
}
