//! What can be said of a signed PDF.

mod attachments;
mod fields;
mod later;
mod pages;
mod revisions;
mod seal;
mod security_store;

use jiff::Timestamp;
use serde::Serialize;

use crate::certificate::{CertificateFacts, KnownSeals};
use crate::finding::{DocumentFinding, FindingCode, FindingSeverity, Place, worst};
use crate::pdf::{File, Problem};
use crate::time_stamp::TimeStampFacts;

pub use attachments::AttachmentFacts;

/// Facts about a PAdES: a PDF that the service has sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PadesReport {
    /// Length of the file.
    pub bytes: u64,
    /// Number of pages, where they can be counted.
    pub pages: Option<u64>,
    /// The seal, where there is one.
    pub seal: Option<Seal>,
    /// The time stamps, over the seal and over the file.
    pub time_stamps: Vec<TimeStampFacts>,
    /// Whether the file has a DSS dictionary: what long-term validation needs.
    pub has_security_store: bool,
    /// The files attached to the document, in the order of its list.
    pub attachments: Vec<AttachmentFacts>,
    /// What was found, in the order in which it was looked for.
    pub findings: Vec<DocumentFinding>,
}

/// Facts about the seal of a PAdES.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Seal {
    /// The format of the signature, such as `ETSI.CAdES.detached`.
    pub sub_filter: Option<String>,
    /// The digest of the signature, such as `SHA-256`, where it is supported.
    pub digest: Option<String>,
    /// The certificate that the signature names.
    pub certificate: Option<CertificateFacts>,
    /// The time that the signer claims.
    pub claimed_time: Option<Timestamp>,
    /// What the seal certifies: 1 no changes, 2 filling in forms, 3 annotations too. None where it
    /// is a signature without certification.
    pub certification: Option<u8>,
    /// How many bytes from the start of the file it covers, its own room left out.
    pub covered: u64,
}

impl PadesReport {
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

    /// Adds a notice if the seal's certificate is not among those that were seen before.
    pub fn compare_seal(&mut self, known: &KnownSeals) {
        let seal = self
            .seal
            .as_ref()
            .and_then(|seal| seal.certificate.as_ref());
        let Some(certificate) = seal.filter(|seal| !known.knows(&seal.fingerprint)) else {
            return;
        };
        let sentence = format!(
            "The certificate of the seal was not seen before: {}.",
            certificate.fingerprint
        );
        self.findings.push(DocumentFinding::new(
            FindingCode::NewSeal,
            Place::Seal,
            sentence,
        ));
    }
}

/// Reports what a PAdES is: pages, seal, what was added after sealing, attachments.
///
/// Never fails and never panics: what can't be read is a finding. Time and memory are bounded by
/// the length of the file.
#[must_use]
pub fn pades(bytes: &[u8]) -> PadesReport {
    let mut report = PadesReport {
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        pages: None,
        seal: None,
        time_stamps: Vec::new(),
        has_security_store: false,
        attachments: Vec::new(),
        findings: Vec::new(),
    };
    match File::open(bytes) {
        Ok(file) => assess(&file, &mut report),
        Err(problem) => report.findings.push(unreadable(problem)),
    }
    report
}

fn assess(file: &File<'_>, report: &mut PadesReport) {
    if file.trailer().get(b"Encrypt").is_some() {
        let sentence = "The document is encrypted.";
        report.findings.push(DocumentFinding::new(
            FindingCode::Encrypted,
            Place::File,
            sentence,
        ));
    }
    match pages::count(file) {
        Ok(0) => {
            let sentence = "The document has no page.";
            report.findings.push(DocumentFinding::new(
                FindingCode::NoPages,
                Place::File,
                sentence,
            ));
            report.pages = Some(0);
        }
        Ok(pages) => report.pages = Some(pages),
        Err(problem) => report.findings.push(unreadable(problem)),
    }
    match fields::signatures(file) {
        Ok(signatures) => seal::assess(file, &signatures, report),
        Err(problem) => report.findings.push(unreadable(problem)),
    }
    if let Err(problem) = security_store::assess(file, report) {
        report.findings.push(unreadable(problem));
    }
    if let Err(problem) = attachments::read(file, report) {
        report.findings.push(unreadable(problem));
    }
    // One cause is found by several steps.
    let mut seen: Vec<DocumentFinding> = Vec::new();
    report.findings.retain(|finding| {
        let is_new = !seen.contains(finding);
        if is_new {
            seen.push(finding.clone());
        }
        is_new
    });
}

/// The finding for what can't be read.
fn unreadable(problem: Problem) -> DocumentFinding {
    match problem {
        Problem::NoHeader => DocumentFinding::new(
            FindingCode::NotAPdf,
            Place::File,
            "The file is no PDF: its header is missing.",
        ),
        Problem::Malformed { offset, what } => {
            let place = match u64::try_from(offset) {
                Ok(offset) if offset > 0 => Place::Offset(offset),
                _ => Place::File,
            };
            DocumentFinding::new(
                FindingCode::PdfUnreadable,
                place,
                format!("The PDF can't be read: {what}."),
            )
        }
        Problem::TooMuch => DocumentFinding::new(
            FindingCode::TooMuchToRead,
            Place::File,
            "The PDF holds or inflates to far more than its length justifies.",
        ),
        Problem::Unsupported(what) => DocumentFinding::new(
            FindingCode::NotAssessed,
            Place::File,
            format!("This is not supported: {what}."),
        ),
    }
}
