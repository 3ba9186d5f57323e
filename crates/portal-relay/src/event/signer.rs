//! A signer in an event.

use portal_client::jiff::Timestamp;
use portal_client::{SignerSignature, SignerStatus};
use serde::Serialize;

use crate::json::read_fields;

/// A signer's status in an event. Signers are known by their position, which may differ
/// between two changes of a job.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EventSigner {
    /// The position in the status change, from 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub position: u32,
    /// The signer's status, such as `SIGNED`. The service may add further values.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub status: SignerStatus,
    /// Since when the signer has the status; none where the service does not say it as a point in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>", extend("format" = "date-time")))]
    pub since: Option<Timestamp>,
}

impl EventSigner {
    /// The signer at a position of a status change, from 1.
    pub(crate) fn new(position: u32, signature: &SignerSignature) -> Self {
        Self {
            position,
            // Without the white space and in the case that receivers compare with.
            status: SignerStatus::unchecked(signature.status().to_string().to_ascii_uppercase()),
            since: signature.since().and_then(|since| since.timestamp()),
        }
    }
}

read_fields!(EventSigner {
    position: u32,
    status: SignerStatus,
    #[serde(default, deserialize_with = "super::time::optional")]
    since: Option<Timestamp>,
});
