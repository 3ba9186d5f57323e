//! The sender, the environment, and overrides of rules.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use portal_model::EnvironmentKind;

use crate::{Code, Severity};

/// Kind of organisation that the sender is. The service's rules differ between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Sector {
    /// A public body: may have signers looked up in the register of contact information. Signatures
    /// default to authenticated ones.
    Public,
    /// A private organisation: advanced signatures at authentication level 4 only.
    Private,
    /// Unknown. Rules about the sector are not checked, and the report says so.
    #[default]
    Unknown,
}

impl FromStr for Sector {
    type Err = UnknownSector;

    fn from_str(text: &str) -> Result<Self, UnknownSector> {
        match text {
            "public" => Ok(Self::Public),
            "private" => Ok(Self::Private),
            "unknown" => Ok(Self::Unknown),
            _ => Err(UnknownSector),
        }
    }
}

/// The text is not `public`, `private` or `unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such sector; write public, private or unknown")]
pub struct UnknownSector;

/// A place where [`privacy.personal-number`](Code::PrivacyPersonalNumber) looks for personal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum PrivacyPlace {
    /// The sender's reference of the job.
    Reference,
    /// The name of the queue that the job's changes go to.
    QueueName,
    /// The job's non-sensitive title.
    NonsensitiveTitle,
    /// The names of the documents in the package.
    DocumentName,
}

impl FromStr for PrivacyPlace {
    type Err = UnknownPrivacyPlace;

    fn from_str(text: &str) -> Result<Self, UnknownPrivacyPlace> {
        match text {
            "reference" => Ok(Self::Reference),
            "queue-name" => Ok(Self::QueueName),
            "nonsensitive-title" => Ok(Self::NonsensitiveTitle),
            "document-name" => Ok(Self::DocumentName),
            _ => Err(UnknownPrivacyPlace),
        }
    }
}

/// The text is not `reference`, `queue-name`, `nonsensitive-title` or `document-name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such place; write reference, queue-name, nonsensitive-title or document-name")]
pub struct UnknownPrivacyPlace;

/// Override of a rule's warnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
enum Override {
    Raise,
    Silence,
}

#[cfg(feature = "serde")]
mod json {
    use std::str::FromStr;

    use std::collections::{BTreeMap, BTreeSet};

    use portal_model::EnvironmentKind;
    use portal_model::json::without_values;

    use super::{Code, Override, PrivacyPlace, Sector, SenderProfile};

    #[derive(Default, serde::Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Form {
        sector: Sector,
        environment: EnvironmentKind,
        overrides: BTreeMap<Code, Override>,
        personal_numbers_allowed_in: BTreeSet<PrivacyPlace>,
    }

    impl<'de> serde::Deserialize<'de> for SenderProfile {
        fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
            let form: Form = without_values(source)?;
            Ok(Self {
                sector: form.sector,
                environment: form.environment,
                overrides: form.overrides,
                personal_numbers_allowed_in: form.personal_numbers_allowed_in,
            })
        }
    }

    crate::json::deserialize_from_text!(Sector, PrivacyPlace, Override);

    impl FromStr for Override {
        type Err = &'static str;

        fn from_str(text: &str) -> Result<Self, Self::Err> {
            match text {
                "raise" => Ok(Self::Raise),
                "silence" => Ok(Self::Silence),
                _ => Err("no such override; write raise or silence"),
            }
        }
    }
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
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SenderProfile {
    /// Kind of organisation. Defaults to [`Sector::Unknown`].
    pub sector: Sector,
    /// Environment that the job is sent to. Defaults to [`EnvironmentKind::Production`].
    pub environment: EnvironmentKind,
    overrides: BTreeMap<Code, Override>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "BTreeSet::is_empty"))]
    personal_numbers_allowed_in: BTreeSet<PrivacyPlace>,
}

impl SenderProfile {
    /// Creates a profile without overrides.
    #[must_use]
    pub fn new(sector: Sector, environment: EnvironmentKind) -> Self {
        Self {
            sector,
            environment,
            overrides: BTreeMap::new(),
            personal_numbers_allowed_in: BTreeSet::new(),
        }
    }

    /// Turns the warnings of a rule into errors. Errors and infos are unchanged.
    #[must_use]
    pub fn raise(mut self, code: Code) -> Self {
        self.overrides.insert(code, Override::Raise);
        self
    }

    /// Leaves the warnings and infos of a rule out of the report. Errors stay in it, and so does the
    /// info about a place where [personal numbers are allowed](Self::allow_personal_numbers_in).
    #[must_use]
    pub fn silence(mut self, code: Code) -> Self {
        self.overrides.insert(code, Override::Silence);
        self
    }

    /// Allows digits that look like a personal number in one place.
    ///
    /// Some other numbers look the same as personal numbers: about one account number in fifty has
    /// a date and check digits that hold. Where a sender uses such numbers on purpose, as the
    /// reference for instance, the error or warning of
    /// [`privacy.personal-number`](Code::PrivacyPersonalNumber) becomes an info. References, queue
    /// names, non-sensitive titles and document names are shown in e-mails and logs: never put a
    /// personal number there.
    ///
    /// ```
    /// use portal_rules::{EnvironmentKind, PrivacyPlace, Sector, SenderProfile};
    ///
    /// let profile = SenderProfile::new(Sector::Private, EnvironmentKind::Production)
    ///     .allow_personal_numbers_in(PrivacyPlace::Reference);
    /// ```
    #[must_use]
    pub fn allow_personal_numbers_in(mut self, place: PrivacyPlace) -> Self {
        self.personal_numbers_allowed_in.insert(place);
        self
    }

    pub(crate) fn allows_personal_numbers_in(&self, place: PrivacyPlace) -> bool {
        self.personal_numbers_allowed_in.contains(&place)
    }

    /// The severity that a finding gets, or nothing if it is silenced.
    pub(crate) fn severity(&self, code: Code, found: Severity) -> Option<Severity> {
        match (self.overrides.get(&code), found) {
            (Some(Override::Raise), Severity::Warning) => Some(Severity::Error),
            // The report always says what the profile allows.
            (Some(Override::Silence), Severity::Info) if code == Code::PrivacyPersonalNumber => {
                Some(found)
            }
            (Some(Override::Silence), Severity::Warning | Severity::Info) => None,
            _ => Some(found),
        }
    }
}
