//! Who sends, where to, and which advice to follow or to ignore.

use std::collections::BTreeMap;

use portal_model::EnvironmentKind;

use crate::{Code, Severity};

/// What kind of organisation the sender is. The service's rules differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Sector {
    /// A public body: may look signers up in the register of contact information, and signs with
    /// authenticated signatures unless told otherwise.
    Public,
    /// A private organisation: advanced signatures at authentication level 4 only.
    Private,
    /// Not known. No rule about the sector applies, and the report says so.
    #[default]
    Unknown,
}

/// What becomes of a rule's advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
enum Override {
    Raise,
    Silence,
}

/// The sender as the rules see it.
///
/// ```
/// use portal_model::EnvironmentKind;
/// use portal_rules::{Code, Sector, SenderProfile};
///
/// let profile = SenderProfile::new(Sector::Public, EnvironmentKind::Production)
///     .raise(Code::ReferenceMissing)
///     .silence(Code::SignerLookupRecommended);
/// assert_eq!(profile.sector, Sector::Public);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct SenderProfile {
    /// What kind of organisation the sender is.
    pub sector: Sector,
    /// Where the job is sent.
    pub environment: EnvironmentKind,
    overrides: BTreeMap<Code, Override>,
}

impl SenderProfile {
    /// A profile that takes every rule as it comes.
    #[must_use]
    pub fn new(sector: Sector, environment: EnvironmentKind) -> Self {
        Self {
            sector,
            environment,
            overrides: BTreeMap::new(),
        }
    }

    /// Turns the warnings of a rule into errors. Errors and infos stay what they are.
    #[must_use]
    pub fn raise(mut self, code: Code) -> Self {
        self.overrides.insert(code, Override::Raise);
        self
    }

    /// Leaves the warnings and infos of a rule out of the report. Errors stay in it.
    #[must_use]
    pub fn silence(mut self, code: Code) -> Self {
        self.overrides.insert(code, Override::Silence);
        self
    }

    /// The severity that a finding gets, or nothing if it is silenced.
    pub(crate) fn severity(&self, code: Code, found: Severity) -> Option<Severity> {
        match (self.overrides.get(&code), found) {
            (Some(Override::Raise), Severity::Warning) => Some(Severity::Error),
            (Some(Override::Silence), Severity::Warning | Severity::Info) => None,
            _ => Some(found),
        }
    }
}
