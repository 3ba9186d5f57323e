//! Whether jobs reach real people.

use std::fmt;
use std::str::FromStr;

/// The kind of environment that a job is sent to, a trust anchor belongs to, or a rule applies in.
///
/// ```
/// use portal_model::EnvironmentKind;
///
/// let kind: EnvironmentKind = "test".parse()?;
/// assert_eq!(kind, EnvironmentKind::Test);
/// assert_eq!(kind.to_string(), "test");
/// # Ok::<(), portal_model::UnknownEnvironmentKind>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum EnvironmentKind {
    /// Real jobs to real people, with real enterprise certificates. The default, as the strictest.
    #[default]
    Production,
    /// A test environment or a stand-in: synthetic persons and test certificates only.
    Test,
}

impl fmt::Display for EnvironmentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Production => "production",
            Self::Test => "test",
        })
    }
}

impl FromStr for EnvironmentKind {
    type Err = UnknownEnvironmentKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "production" => Ok(Self::Production),
            "test" => Ok(Self::Test),
            _ => Err(UnknownEnvironmentKind),
        }
    }
}

/// Returned when a text names no [`EnvironmentKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of environment; use `production` or `test`")]
#[non_exhaustive]
pub struct UnknownEnvironmentKind;

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for EnvironmentKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = crate::json::text(deserializer, "environment kind")?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
