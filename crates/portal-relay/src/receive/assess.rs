//! What the verifier says of the documents of a change.

use std::sync::Arc;

use bytes::Bytes;
use portal_client::{PortalSignatureJobStatus, SignerStatus, StatusChange};
use portal_verify::{DocumentFinding, JobReport, PadesReport, Sent, XadesReport};

use super::download::Downloaded;
use crate::store::json;
use crate::verify::SignedDocuments;
use crate::{DocumentVerifier, StoreError};

/// Larger changes are not verified: their documents would be in memory. The service takes 10 MiB for a job; signed
/// documents hold those and the signatures.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A report, with its documents in the order in which they were given.
pub(super) struct Assessed(JobReport);

enum Report<'a> {
    Pades(&'a PadesReport),
    Xades(&'a XadesReport),
}

impl Assessed {
    /// # Errors
    /// What kind of failure it was, for the log.
    pub(super) async fn of_documents(
        verifier: &Arc<dyn DocumentVerifier>,
        sent: &Sent,
        change: &StatusChange,
        documents: &[Downloaded],
    ) -> Result<Self, &'static str> {
        let lengths = documents.iter().map(|document| document.length);
        if is_too_large(lengths) {
            return Err("too large");
        }
        let statuses = change.signatures().iter();
        let signed = statuses
            .filter(|signer| *signer.status() == SignerStatus::SIGNED)
            .count();
        let in_progress = change.status() == PortalSignatureJobStatus::InProgress;
        let mut signed = SignedDocuments::new(sent.clone(), signed, in_progress);
        for document in documents {
            let bytes = document.bytes().await.map_err(|_| "file not readable")?;
            match document.signer {
                None => signed.pades = Some(bytes.into()),
                Some(_) => signed.xades.push(bytes.into()),
            }
        }
        let verifier = Arc::clone(verifier);
        let assessing = tokio::task::spawn_blocking(move || verifier.verify(&signed));
        match assessing.await {
            Ok(Ok(report)) => Ok(Self(report)),
            Ok(Err(_)) => Err("verifier failed"),
            Err(_) => Err("verifier panicked"),
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.0.is_broken()
    }

    /// What was found in comparing.
    pub(super) fn job(&self) -> &[DocumentFinding] {
        &self.0.findings
    }

    fn report(&self, document: &Downloaded) -> Option<Report<'_>> {
        let received = &self.0.received;
        match document.signer {
            None => received.pades.as_ref().map(Report::Pades),
            Some(_) => {
                let same =
                    |report: &&XadesReport| report.fingerprint.to_string() == document.sha256;
                received.xades.iter().find(same).map(Report::Xades)
            }
        }
    }

    /// What was found in a document.
    pub(super) fn of(&self, document: &Downloaded) -> Option<&[DocumentFinding]> {
        self.report(document).map(|report| match report {
            Report::Pades(report) => report.findings.as_slice(),
            Report::Xades(report) => report.findings.as_slice(),
        })
    }

    /// The report of a document, as it is stored.
    pub(super) fn report_of(&self, document: &Downloaded) -> Result<Option<Bytes>, StoreError> {
        let report = self.report(document);
        report
            .map(|report| match report {
                Report::Pades(report) => json(report),
                Report::Xades(report) => json(report),
            })
            .transpose()
    }
}

fn is_too_large(lengths: impl Iterator<Item = u64>) -> bool {
    lengths.sum::<u64>() > LARGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_four_mebibytes_are_verified_and_not_more() {
        let mebibyte = 1_048_576;
        assert!(!is_too_large([63 * mebibyte, mebibyte].into_iter()));
        assert!(is_too_large([63 * mebibyte, mebibyte, 1].into_iter()));
    }
}
