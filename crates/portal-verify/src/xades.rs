//! What can be said of a XAdES document.

mod signature;

use std::fmt;

use jiff::Timestamp;
use portal_asice::xml_document::{self, XmlElement};
use serde::Serialize;

use crate::certificate::{Fingerprint, SignerCertificate};
use crate::finding::{DocumentFinding, FindingCode, FindingSeverity, Place, counted, worst};

const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// How many signatures of a document are looked at.
const MAX_SIGNATURES: usize = 16;

/// Facts about a XAdES document: a signature document of one signer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct XadesReport {
    /// Length of the file.
    pub bytes: u64,
    /// The SHA-256 of the file.
    pub fingerprint: Fingerprint,
    /// The signatures that were found, in the order of the file.
    pub signatures: Vec<XadesSignature>,
    /// What was found, in the order in which it was looked for.
    pub findings: Vec<DocumentFinding>,
}

/// Facts about a signature in a XAdES document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct XadesSignature {
    /// The certificate of the signature, where it is there.
    pub certificate: Option<SignerCertificate>,
    /// The time that the signer claims.
    pub claimed_time: Option<Timestamp>,
    /// References to data outside the document.
    pub references: Vec<ExternalReference>,
}

/// A reference to data outside the document, whose digest was not compared yet.
///
/// The name of the data is not shown, logged or serialised: it may be personal data.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ExternalReference {
    #[serde(skip)]
    pub(crate) name: String,
    /// The SHA-256 that the signature states; none for other digests.
    pub sha256: Option<Fingerprint>,
    /// The media type that the signature states.
    pub media_type: Option<String>,
}

impl ExternalReference {
    /// The name of the data, escapes resolved: perhaps personal data. Empty after deserialising.
    #[must_use]
    pub fn reveal_name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for ExternalReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalReference")
            .field("sha256", &self.sha256)
            .field("media_type", &self.media_type)
            .finish_non_exhaustive()
    }
}

impl XadesReport {
    /// The largest severity of the findings; none without findings.
    #[must_use]
    pub fn severity(&self) -> Option<FindingSeverity> {
        worst(&self.findings)
    }

    /// Whether there is a finding of severity [`Broken`](FindingSeverity::Broken).
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.severity() == Some(FindingSeverity::Broken)
    }
}

/// Reports what a XAdES document is: its signatures, and what they are over.
///
/// Never fails and never panics: what can't be read is a finding. A structure that is not known is
/// not assessed, and not broken. Documents of more than 1 MB are not assessed.
#[must_use]
pub fn xades(bytes: &[u8]) -> XadesReport {
    let mut report = XadesReport {
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        fingerprint: Fingerprint::of(bytes),
        signatures: Vec::new(),
        findings: Vec::new(),
    };
    let document = match xml_document::parse(bytes) {
        Ok(document) => document,
        Err(error) => {
            let place = Place::Offset(u64::try_from(error.offset).unwrap_or(u64::MAX));
            report.findings.push(if error.is_restriction {
                let sentence = format!("The XML was not read: {}.", error.what);
                DocumentFinding::new(FindingCode::NotAssessed, place, sentence)
            } else {
                let sentence = format!("The file is not well-formed XML: {}.", error.what);
                DocumentFinding::new(FindingCode::XmlUnreadable, place, sentence)
            });
            return report;
        }
    };
    let mut ids = Ids::default();
    let mut signatures = Vec::new();
    walk(&mut vec![document.root()], &mut ids, &mut signatures);
    if signatures.is_empty() {
        report.findings.push(DocumentFinding::new(
            FindingCode::NotAssessed,
            Place::File,
            "The structure of the document is not known: it has no XML signature.",
        ));
    }
    if signatures.len() > MAX_SIGNATURES {
        report.findings.push(DocumentFinding::new(
            FindingCode::NotAssessed,
            Place::File,
            format!(
                "The document has {} signatures; not all were looked at.",
                signatures.len()
            ),
        ));
        signatures.truncate(MAX_SIGNATURES);
    }
    for (index, path) in signatures.iter().enumerate() {
        let number = counted(index);
        let (facts, findings) = signature::assess(path, &ids, number);
        report.signatures.push(facts);
        report.findings.extend(findings);
    }
    report
}

/// An element with all its ancestors, from the root down.
type Path<'a> = Vec<XmlElement<'a>>;

/// The elements that can be referred to.
#[derive(Debug, Default)]
struct Ids<'a> {
    known: Vec<(&'a str, Path<'a>)>,
}

impl<'a> Ids<'a> {
    /// The element of an Id; none if there is none or more than one.
    fn get(&self, id: &str) -> Option<&Path<'a>> {
        let mut found = self.known.iter().filter(|(known, _)| *known == id);
        match (found.next(), found.next()) {
            (Some((_, path)), None) => Some(path),
            _ => None,
        }
    }
}

/// Collects Ids and signatures. The depth of documents is bounded by their reader.
fn walk<'a>(path: &mut Path<'a>, ids: &mut Ids<'a>, signatures: &mut Vec<Path<'a>>) {
    let Some(&element) = path.last() else { return };
    for name in ["Id", "ID", "id", "AssertionID"] {
        if let Some(id) = element.attribute(name) {
            ids.known.push((id, path.clone()));
        }
    }
    if element.is(XMLDSIG, "Signature") {
        signatures.push(path.clone());
    }
    for child in element.children() {
        path.push(child);
        walk(path, ids, signatures);
        path.pop();
    }
}
