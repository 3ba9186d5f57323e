//! Whether what came back is of the job that was sent.

use serde::Serialize;

use crate::certificate::KnownSeals;
use crate::finding::{DocumentFinding, FindingCode, FindingSeverity, Place, counted, worst};
use crate::pades::{PadesReport, pades};
use crate::sent::{Sent, SentDocument};
use crate::xades::{ExternalReference, XadesReport, xades};

/// What came back of a job.
///
/// ```
/// use portal_verify::{Received, Sent, job};
///
/// let received = Received::new().signed(1).pades(b"not a PDF").xades(b"<signature/>");
/// assert!(job(&Sent::new(), &received).is_broken());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Received {
    /// What was found in the PAdES, if it was downloaded.
    pub pades: Option<PadesReport>,
    /// What was found in the XAdES documents, in the order in which they were given.
    pub xades: Vec<XadesReport>,
    /// How many signers have signed, from the status change. Not compared where it is not given.
    pub signed: Option<usize>,
    /// Whether others could still sign after the status change. The PAdES may then have more signatures than the
    /// change.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub in_progress: bool,
}

impl Received {
    /// Creates what is there before anything was downloaded.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many signers have signed, as the status change says.
    #[must_use]
    pub fn signed(mut self, signers: usize) -> Self {
        self.signed = Some(signers);
        self
    }

    /// Says that the status change is of a job in progress: others may have signed between the change and the download,
    /// and the PAdES then has their signature documents as well.
    #[must_use]
    pub fn in_progress(mut self) -> Self {
        self.in_progress = true;
        self
    }

    /// Assesses a PAdES and keeps the report, not the bytes.
    #[must_use]
    pub fn pades(self, bytes: &[u8]) -> Self {
        self.pades_report(pades(bytes))
    }

    /// Assesses the XAdES document of a further signer and keeps the report, not the bytes.
    #[must_use]
    pub fn xades(self, bytes: &[u8]) -> Self {
        self.xades_report(xades(bytes))
    }

    /// Takes a report that was made before.
    #[must_use]
    pub fn pades_report(mut self, report: PadesReport) -> Self {
        self.pades = Some(report);
        self
    }

    /// Takes a report that was made before. One that was serialised lacks the names of what it is
    /// over: documents are then matched by digest alone.
    #[must_use]
    pub fn xades_report(mut self, report: XadesReport) -> Self {
        self.xades.push(report);
        self
    }

    /// Adds a notice if the seal of the PAdES is not among those that were seen before.
    #[must_use]
    pub fn known_seals(mut self, known: &KnownSeals) -> Self {
        if let Some(pades) = &mut self.pades {
            pades.compare_seal(known);
        }
        self
    }
}

/// What comparing a job with what came back gave, beside the reports on each file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JobReport {
    /// What came back.
    pub received: Received,
    /// What was found in comparing.
    pub findings: Vec<DocumentFinding>,
}

impl JobReport {
    /// The largest severity of all findings, those in the files included.
    #[must_use]
    pub fn severity(&self) -> Option<FindingSeverity> {
        let pades = self.received.pades.as_ref().and_then(PadesReport::severity);
        let xades = self.received.xades.iter().filter_map(XadesReport::severity);
        xades.chain(pades).chain(worst(&self.findings)).max()
    }

    /// Whether there is a finding of severity [`Broken`](FindingSeverity::Broken), here or in a file.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.severity() == Some(FindingSeverity::Broken)
    }
}

/// Compares what was sent, what the status change said, and what came back.
#[must_use]
pub fn job(sent: &Sent, received: &Received) -> JobReport {
    let mut findings = Vec::new();
    if let Some(signed) = received.signed
        && signed != received.xades.len()
    {
        let sentence = format!(
            "{signed} signers have signed; there are {} XAdES documents.",
            received.xades.len()
        );
        findings.push(DocumentFinding::new(
            FindingCode::XadesCount,
            Place::Job,
            sentence,
        ));
    }
    if let Some(pades) = &received.pades {
        attachments(pades, received, &mut findings);
    }
    for (index, report) in received.xades.iter().enumerate() {
        documents(sent, report, counted(index), &mut findings);
    }
    JobReport {
        received: received.clone(),
        findings,
    }
}

/// Compares the signature documents in a PAdES with those that were downloaded.
fn attachments(pades: &PadesReport, received: &Received, findings: &mut Vec<DocumentFinding>) {
    let attached: Vec<_> = pades
        .attachments
        .iter()
        .enumerate()
        .filter(|(_, attachment)| attachment.is_xml)
        .collect();
    let expected = received.signed.unwrap_or(received.xades.len());
    let has_expectation = received.signed.is_some() || !received.xades.is_empty();
    // With more, a job in progress was signed by others since the change.
    let is_known_number =
        attached.len() == expected || received.in_progress && attached.len() > expected;
    let is_other_number = has_expectation && !is_known_number;
    if is_other_number {
        let sentence = format!(
            "{expected} signers have signed; the PAdES has {} signature documents.",
            attached.len()
        );
        findings.push(DocumentFinding::new(
            FindingCode::AttachmentCount,
            Place::Job,
            sentence,
        ));
    }
    if received.xades.is_empty() {
        return;
    }
    let to_compare = if received.in_progress {
        &[]
    } else {
        attached.as_slice()
    };
    for (index, attachment) in to_compare {
        let fingerprint = &attachment.fingerprint;
        if !received
            .xades
            .iter()
            .any(|xades| xades.fingerprint == *fingerprint)
        {
            findings.push(DocumentFinding::new(
                FindingCode::AttachmentDiffers,
                Place::Attachment(counted(*index)),
                "The attached signature document is none of those that were downloaded.",
            ));
        }
    }
    for (index, xades) in received.xades.iter().enumerate() {
        let is_attached = attached
            .iter()
            .any(|(_, attachment)| attachment.fingerprint == xades.fingerprint);
        // Where the number differs, that says it already.
        if !is_attached && !is_other_number {
            findings.push(DocumentFinding::new(
                FindingCode::AttachmentDiffers,
                Place::Xades(counted(index)),
                "The XAdES document is not attached to the PAdES.",
            ));
        }
    }
}

/// What a reference says of a document.
fn is_named(reference: &ExternalReference, document: &SentDocument) -> bool {
    !document.name.is_empty() && reference.reveal_name() == document.name
}

fn is_over(reference: &ExternalReference, document: &SentDocument) -> bool {
    reference.sha256.as_ref() == Some(&document.sha256)
}

/// Looks for the documents that were sent in a XAdES document.
fn documents(sent: &Sent, report: &XadesReport, xades: u32, findings: &mut Vec<DocumentFinding>) {
    let references: Vec<&ExternalReference> = report
        .signatures
        .iter()
        .flat_map(|signature| &signature.references)
        .collect();
    let is_known = |document: &SentDocument| {
        let mut references = references.iter();
        references.any(|reference| is_named(reference, document) || is_over(reference, document))
    };
    if sent.documents.is_empty() {
        return;
    }
    if !sent.documents.iter().any(is_known) {
        findings.push(DocumentFinding::new(
            FindingCode::DocumentsNotNamed,
            Place::Xades(xades),
            "The signature document names none of the documents that were sent.",
        ));
        return;
    }
    for (index, document) in sent.documents.iter().enumerate() {
        let place = Place::DocumentInXades {
            document: counted(index),
            xades,
        };
        let mut add =
            |code, sentence: &str| findings.push(DocumentFinding::new(code, place, sentence));
        let named = references
            .iter()
            .find(|reference| is_named(reference, document));
        let over = references
            .iter()
            .find(|reference| is_over(reference, document));
        let found = match (named, over) {
            (Some(named), _) if is_over(named, document) => named,
            (Some(named), _) if named.sha256.is_none() => {
                add(
                    FindingCode::NotAssessed,
                    "The document is named with a digest that is not SHA-256.",
                );
                continue;
            }
            (Some(_), _) => {
                add(
                    FindingCode::DocumentDiffers,
                    "The document is named with another digest than it was sent with.",
                );
                continue;
            }
            (None, Some(over)) => over,
            (None, None) => {
                add(
                    FindingCode::DocumentMissing,
                    "The document is not among those that were signed.",
                );
                continue;
            }
        };
        add(
            FindingCode::DocumentFound,
            "The document is signed as it was sent.",
        );
        let media_type = found.media_type.as_deref();
        if media_type.is_some_and(|stated| !stated.eq_ignore_ascii_case(&document.media_type)) {
            add(
                FindingCode::MediaTypeDiffers,
                "The document is named with another media type.",
            );
        }
    }
}
