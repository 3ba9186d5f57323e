//! What the caller holds after a request: the created job, and the status change.

use std::sync::Arc;

use jiff::Timestamp;
use portal_model::{
    ParseNotice, PortalSignatureJobResponse, PortalSignatureJobStatus,
    PortalSignatureJobStatusChangeResponse, SignatureIdentifier, SignatureJobId,
    SignatureJobReference, SignerStatus, Url,
};

use crate::{ChangeId, JobRecord, NextPoll, Sender, SignerSignature};

/// A job that the service has created.
///
/// Store its [`record`](Self::record), or at least the job id: it links later changes to the job.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatedJob {
    record: JobRecord,
    notices: Vec<ParseNotice>,
    #[cfg(feature = "verify")]
    sent: portal_verify::Sent,
}

impl CreatedJob {
    pub(crate) fn new(
        response: PortalSignatureJobResponse,
        notices: Vec<ParseNotice>,
        sender: Sender,
    ) -> Self {
        Self {
            record: JobRecord {
                cancellation: Some(response.cancellation_url),
                ..JobRecord::bare(sender, response.signature_job_id, response.reference)
            },
            notices,
            #[cfg(feature = "verify")]
            sent: portal_verify::Sent::new(),
        }
    }

    #[cfg(feature = "verify")]
    pub(crate) fn with_sent(mut self, sent: portal_verify::Sent) -> Self {
        self.sent = sent;
        self
    }

    pub(crate) fn with_package_sha256(mut self, sha256: Option<String>) -> Self {
        self.record.package_sha256 = sha256;
        self
    }

    /// Returns the service's number for the job.
    #[must_use]
    pub fn job_id(&self) -> SignatureJobId {
        self.record.job_id
    }

    /// Returns the job's own reference, as the service repeated it.
    #[must_use]
    pub fn reference(&self) -> Option<&SignatureJobReference> {
        self.record.reference.as_ref()
    }

    /// Returns what to store.
    #[must_use]
    pub fn record(&self) -> &JobRecord {
        &self.record
    }

    /// Returns names, media types and digests of the documents that were sent, to store beside the
    /// [record](Self::record): `portal_verify::job` compares them with what comes back signed.
    #[cfg(feature = "verify")]
    #[cfg_attr(docsrs, doc(cfg(feature = "verify")))]
    #[must_use]
    pub fn sent(&self) -> &portal_verify::Sent {
        &self.sent
    }

    /// Returns what this version does not know in the response: elements that the service has added since.
    #[must_use]
    pub fn notices(&self) -> &[ParseNotice] {
        &self.notices
    }
}

impl AsRef<JobRecord> for CreatedJob {
    fn as_ref(&self) -> &JobRecord {
        &self.record
    }
}

/// The result of a poll: a change or an empty queue, and when the next poll is permitted.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Polled {
    /// The change; none when the queue is empty.
    pub change: Option<StatusChange>,
    /// When the next poll is permitted: at once in practice after a change, in ten minutes after an
    /// empty queue in production.
    pub next_poll: NextPoll,
}

/// A change in the status of one job. Cheap to clone.
///
/// The service has taken it off the queue, and redelivers it after ten minutes unless it is confirmed.
/// Fetch what is to be kept and store it first, then confirm: a confirmed job that has ended becomes
/// unavailable.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusChange {
    inner: Arc<Inner>,
    handled_before: bool,
}

#[derive(Debug, PartialEq)]
struct Inner {
    id: ChangeId,
    record: JobRecord,
    status: PortalSignatureJobStatus,
    signatures: Vec<SignerSignature>,
    notices: Vec<ParseNotice>,
}

impl StatusChange {
    pub(crate) fn new(
        response: PortalSignatureJobStatusChangeResponse,
        notices: Vec<ParseNotice>,
        sender: Sender,
    ) -> Self {
        let signatures = response.signatures.signature.into_vec();
        let xades: Vec<Option<Url>> = signatures
            .iter()
            .map(|signature| signature.xades_url.clone())
            .collect();
        let signatures: Vec<SignerSignature> = signatures
            .into_iter()
            .zip(0..)
            .map(|(signature, position)| SignerSignature::new(position, signature))
            .collect();
        let status = response.status;
        let record = JobRecord {
            confirmation: Some(response.confirmation_url),
            cancellation: response.cancellation_url,
            delete_documents: response.delete_documents_url,
            pades: response.signatures.pades_url,
            xades,
            last_signed_at: last_signed_at(&signatures),
            ..JobRecord::bare(sender, response.signature_job_id, response.reference)
        };
        Self {
            inner: Arc::new(Inner {
                id: ChangeId::new(record.job_id, &status, &signatures),
                record,
                status,
                signatures,
                notices,
            }),
            handled_before: false,
        }
    }

    /// Marks a change that this watch has handled before.
    pub(crate) fn handled_before(mut self, handled_before: bool) -> Self {
        self.handled_before = handled_before;
        self
    }

    /// Returns the service's number for the job.
    #[must_use]
    pub fn job_id(&self) -> SignatureJobId {
        self.inner.record.job_id
    }

    /// Returns the job's own reference.
    #[must_use]
    pub fn reference(&self) -> Option<&SignatureJobReference> {
        self.inner.record.reference.as_ref()
    }

    /// Returns the status of the job. Decide by this and not by the signers' statuses, to which the service
    /// may add.
    #[must_use]
    pub fn status(&self) -> PortalSignatureJobStatus {
        self.inner.status.clone()
    }

    /// Returns the status of each signer, and what [`PortalClient::xades`](crate::PortalClient::xades) takes
    /// to fetch the signer's signature.
    #[must_use]
    pub fn signatures(&self) -> &[SignerSignature] {
        &self.inner.signatures
    }

    /// Returns the status of one signer. All parts must be equal: a signer addressed by e-mail and mobile
    /// number is not found by the e-mail alone.
    #[must_use]
    pub fn signature_of(&self, signer: &SignatureIdentifier) -> Option<&SignerSignature> {
        self.signatures()
            .iter()
            .find(|signature| signature.signer() == Some(signer))
    }

    /// Returns the identity of this change, for deduplication.
    #[must_use]
    pub fn id(&self) -> &ChangeId {
        &self.inner.id
    }

    /// Returns whether the watch that gives this change has handled the very same change before, and the
    /// service has redelivered it. A watch remembers the last 1000 changes that it handled, and nothing of
    /// earlier processes. `false` outside a watch.
    #[must_use]
    pub fn was_handled_before(&self) -> bool {
        self.handled_before
    }

    /// Returns what to store.
    #[must_use]
    pub fn record(&self) -> &JobRecord {
        &self.inner.record
    }

    /// Returns what this version does not know in the response, or finds odd.
    #[must_use]
    pub fn notices(&self) -> &[ParseNotice] {
        &self.inner.notices
    }
}

impl AsRef<JobRecord> for StatusChange {
    fn as_ref(&self) -> &JobRecord {
        self.record()
    }
}

/// When the last signature was made; none where a signer's time is missing.
fn last_signed_at(signatures: &[SignerSignature]) -> Option<Timestamp> {
    let signed = signatures
        .iter()
        .filter(|signature| *signature.status() == SignerStatus::SIGNED);
    signed
        .map(|signature| signature.since()?.timestamp())
        .try_fold(None, |latest, since| Some(latest.max(Some(since?))))?
}
