//! A document in an event, and what was found in it.

use portal_verify::{DocumentFinding, FindingSeverity};
use serde::Serialize;

use crate::json::read_fields;

/// Which document of a job it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EventDocumentKind {
    /// The signed PDF.
    Pades,
    /// The XML signature of one signer.
    Xades,
}

impl<'de> serde::Deserialize<'de> for EventDocumentKind {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum Form {
            Pades,
            Xades,
        }

        Ok(match portal_model::json::without_values(source)? {
            Form::Pades => Self::Pades,
            Form::Xades => Self::Xades,
        })
    }
}

/// A stored document in an event.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EventDocument {
    /// Which document it is.
    pub kind: EventDocumentKind,
    /// The position of the signer whose XAdES it is, from 1; none for a PAdES.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<u32>,
    /// Where it is: its address in the relay's store.
    pub url: String,
    /// Its SHA-256, in hexadecimal.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[0-9a-f]{64}$")))]
    pub sha256: String,
    /// Its length in bytes.
    pub length: u64,
    /// What was found in it; none where it was not verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<EventFinding>>,
}

impl EventDocument {
    /// Returns whether a finding is of severity [`Broken`](FindingSeverity::Broken).
    #[must_use]
    pub fn is_broken(&self) -> bool {
        let mut findings = self.findings.iter().flatten();
        findings.any(|finding| finding.severity == FindingSeverity::Broken)
    }

    /// Creates the entry of a signed PDF, without findings.
    pub fn pades(url: impl Into<String>, sha256: impl Into<String>, length: u64) -> Self {
        Self {
            kind: EventDocumentKind::Pades,
            signer: None,
            url: url.into(),
            sha256: sha256.into(),
            length,
            findings: None,
        }
    }

    /// Creates the entry of the XML signature of the signer at `position`, from 1, without findings.
    pub fn xades(
        position: u32,
        url: impl Into<String>,
        sha256: impl Into<String>,
        length: u64,
    ) -> Self {
        Self {
            kind: EventDocumentKind::Xades,
            signer: Some(position),
            ..Self::pades(url, sha256, length)
        }
    }

    /// Sets what was found in the document.
    #[must_use]
    pub fn with_findings(mut self, findings: impl IntoIterator<Item = EventFinding>) -> Self {
        self.findings = Some(findings.into_iter().collect());
        self
    }
}

/// A finding in an event, without the sentence that says what was found: that is in the
/// store, and may name what stands in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EventFinding {
    /// The kind of the finding, such as `content-changed`. Stable.
    pub code: String,
    /// How much it matters: `info`, `notice` or `broken`.
    #[cfg_attr(feature = "schema", schemars(with = "SeverityForm"))]
    pub severity: FindingSeverity,
    /// Where it was found, such as `signature 1`. May change.
    pub place: String,
    /// What it means for the reader. May change.
    pub meaning: String,
}

impl From<&DocumentFinding> for EventFinding {
    fn from(finding: &DocumentFinding) -> Self {
        Self {
            code: finding.code.to_string(),
            severity: finding.severity,
            place: finding.place.to_string(),
            meaning: finding.code.meaning().to_owned(),
        }
    }
}

read_fields!(EventDocument {
    kind: EventDocumentKind,
    #[serde(default)]
    signer: Option<u32>,
    url: String,
    sha256: String,
    length: u64,
    #[serde(default)]
    findings: Option<Vec<EventFinding>>,
});

read_fields!(EventFinding {
    code: String,
    severity: FindingSeverity,
    place: String,
    meaning: String,
});

/// The schema of a severity.
#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "FindingSeverity", rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum SeverityForm {
    Info,
    Notice,
    Broken,
}
