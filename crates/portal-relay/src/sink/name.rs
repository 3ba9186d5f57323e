//! Names of sinks.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::json::read_text;

/// Longest name of a sink.
const LONGEST: usize = 40;

/// The name of a sink: 1 to 40 lower-case letters, digits and hyphens, beginning with a letter or digit.
///
/// It is part of the names of stored objects, of status and of metrics.
///
/// ```
/// use portal_relay::SinkName;
///
/// let name: SinkName = "case-system".parse()?;
/// assert_eq!(name.as_str(), "case-system");
/// assert!("../elsewhere".parse::<SinkName>().is_err());
/// # Ok::<(), portal_relay::SinkNameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct SinkName(String);

/// A text that can't be the name of a sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name of a sink is 1 to {LONGEST} lower-case letters, digits and hyphens, and does not begin with a hyphen"
)]
#[non_exhaustive]
pub struct SinkNameError;

impl SinkName {
    /// Creates a name.
    ///
    /// # Errors
    /// [`SinkNameError`].
    pub fn new(name: impl Into<String>) -> Result<Self, SinkNameError> {
        let name = name.into();
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let fits = (1..=LONGEST).contains(&name.len());
        if fits && !name.starts_with('-') && name.bytes().all(allowed) {
            Ok(Self(name))
        } else {
            Err(SinkNameError)
        }
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SinkName {
    type Error = SinkNameError;

    fn try_from(name: String) -> Result<Self, SinkNameError> {
        Self::new(name)
    }
}

read_text!(SinkName);

impl From<SinkName> for String {
    fn from(name: SinkName) -> Self {
        name.0
    }
}

impl FromStr for SinkName {
    type Err = SinkNameError;

    fn from_str(name: &str) -> Result<Self, SinkNameError> {
        Self::new(name)
    }
}

impl fmt::Display for SinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
