//! What is found in a document that was saved.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek};

use portal_verify::{DocumentFinding, FindingSeverity, PadesReport, XadesReport, pades, xades};

use super::DocumentKind;

/// A document that was saved, and what is found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedDocument {
    /// The length in bytes.
    pub bytes: u64,
    /// What is found in it.
    pub report: DocumentReport,
}

/// What is found in a signed document, by its kind. `Display` gives the report for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum DocumentReport {
    /// In a PDF with all signatures.
    Pades(Box<PadesReport>),
    /// In one signer's signature.
    Xades(XadesReport),
}

impl DocumentReport {
    /// Returns the findings.
    #[must_use]
    pub fn findings(&self) -> &[DocumentFinding] {
        match self {
            Self::Pades(report) => &report.findings,
            Self::Xades(report) => &report.findings,
        }
    }

    /// Returns the largest severity of the findings.
    #[must_use]
    pub fn severity(&self) -> Option<FindingSeverity> {
        match self {
            Self::Pades(report) => report.severity(),
            Self::Xades(report) => report.severity(),
        }
    }

    /// Returns whether the document is damaged, was changed, or is not what it should be.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.severity() == Some(FindingSeverity::Broken)
    }
}

impl fmt::Display for DocumentReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pades(report) => report.fmt(f),
            Self::Xades(report) => report.fmt(f),
        }
    }
}

/// Reads the file from its beginning.
pub(super) fn look(kind: DocumentKind, file: &mut File) -> io::Result<DocumentReport> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(match kind {
        DocumentKind::Pdf => DocumentReport::Pades(Box::new(pades(&bytes))),
        DocumentKind::Xml => DocumentReport::Xades(xades(&bytes)),
    })
}
