//! By what an event is recognised.

use std::fmt;
use std::str::FromStr;

use portal_client::ChangeId;
use serde::Serialize;

use crate::Scope;
use crate::json::read_text;
use crate::layout::sha256_hex;

/// Identity of an event: the SHA-256 of the environment, the organisation and the [`ChangeId`].
///
/// Every relay gives the same change the same id, after any crash. As a text it is 64 hexadecimal digits in
/// lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(into = "String")]
pub struct EventId(
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[0-9a-f]{64}$")))] String,
);

/// A text that is no event id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event id is 64 hexadecimal digits in lower case")]
#[non_exhaustive]
pub struct EventIdError;

impl EventId {
    /// Returns the id of a change that is received in `scope`.
    #[must_use]
    pub fn new(scope: &Scope, change: &ChangeId) -> Self {
        // Neither a root URL nor an organisation number holds a line end.
        let (environment, organization) = (scope.environment(), scope.organization().as_str());
        let whole = format!("{environment}\n{organization}\n{change}");
        Self(sha256_hex(whole.as_bytes()))
    }

    /// Returns the digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(text: &str) -> Result<Self, EventIdError> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for EventId {
    type Error = EventIdError;

    fn try_from(text: String) -> Result<Self, EventIdError> {
        let digits = text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits && text.len() == 64 {
            Ok(Self(text))
        } else {
            Err(EventIdError)
        }
    }
}

read_text!(EventId);

impl From<EventId> for String {
    fn from(id: EventId) -> Self {
        id.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
