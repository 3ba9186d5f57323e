//! What the caller holds after a call: the created job, and the status change.

use portal_model::{
    ParseNotice, PortalSignatureJobResponse, PortalSignatureJobStatus,
    PortalSignatureJobStatusChangeResponse, Signature, SignatureIdentifier, SignatureJobId,
    SignatureJobReference,
};

use crate::{ChangeId, JobRecord, NextPoll, Sender};

/// A job that the service has taken.
///
/// Store its [`record`](Self::record), or at least the job id: it links later changes to the job.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatedJob {
    record: JobRecord,
    notices: Vec<ParseNotice>,
}

impl CreatedJob {
    pub(crate) fn new(
        response: PortalSignatureJobResponse,
        notices: Vec<ParseNotice>,
        sender: Sender,
    ) -> Self {
        Self {
            record: JobRecord {
                sender,
                job_id: response.signature_job_id,
                reference: response.reference,
                confirmation: None,
                cancellation: Some(response.cancellation_url),
                delete_documents: None,
                pades: None,
                xades: Vec::new(),
            },
            notices,
        }
    }

    /// The service's number for the job.
    #[must_use]
    pub fn job_id(&self) -> SignatureJobId {
        self.record.job_id
    }

    /// The job's own reference, as the service repeated it.
    #[must_use]
    pub fn reference(&self) -> Option<&SignatureJobReference> {
        self.record.reference.as_ref()
    }

    /// What to store.
    #[must_use]
    pub fn record(&self) -> &JobRecord {
        &self.record
    }

    /// What in the answer this version does not know: elements the service has added since.
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

/// The answer to a poll: a change or an empty queue, and when the next poll is permitted.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Polled {
    /// The change; none when the queue is empty.
    pub change: Option<StatusChange>,
    /// When the next poll is permitted: at once in practice after a change, in ten minutes after an
    /// empty queue in production.
    pub next_poll: NextPoll,
}

/// One job that has changed.
///
/// It is gone from the queue now, and comes back after ten minutes unless it is confirmed. Fetch what is
/// to be kept and store it first, and then confirm: a job at its end becomes unavailable thereby.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusChange {
    record: JobRecord,
    status: PortalSignatureJobStatus,
    signatures: Vec<Signature>,
    notices: Vec<ParseNotice>,
}

impl StatusChange {
    pub(crate) fn new(
        response: PortalSignatureJobStatusChangeResponse,
        notices: Vec<ParseNotice>,
        sender: Sender,
    ) -> Self {
        let signatures = response.signatures.signature.into_vec();
        let xades = signatures
            .iter()
            .map(|signature| signature.xades_url.clone())
            .collect();
        Self {
            record: JobRecord {
                sender,
                job_id: response.signature_job_id,
                reference: response.reference,
                confirmation: Some(response.confirmation_url),
                cancellation: response.cancellation_url,
                delete_documents: response.delete_documents_url,
                pades: response.signatures.pades_url,
                xades,
            },
            status: response.status,
            signatures,
            notices,
        }
    }

    /// The service's number for the job.
    #[must_use]
    pub fn job_id(&self) -> SignatureJobId {
        self.record.job_id
    }

    /// The job's own reference.
    #[must_use]
    pub fn reference(&self) -> Option<&SignatureJobReference> {
        self.record.reference.as_ref()
    }

    /// How the job stands. Decide by this and not by the signers' statuses, to which the service may add.
    #[must_use]
    pub fn status(&self) -> PortalSignatureJobStatus {
        self.status.clone()
    }

    /// How each signer stands. The position of a signer here is what
    /// [`PortalClient::xades`](crate::PortalClient::xades) takes.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The position of a signer among the [`signatures`](Self::signatures). All parts must be equal: a
    /// signer addressed by e-mail and mobile number is not found by the e-mail alone.
    #[must_use]
    pub fn position_of(&self, signer: &SignatureIdentifier) -> Option<usize> {
        self.signatures
            .iter()
            .position(|signature| signature.identifier.as_ref() == Some(signer))
    }

    /// How one signer stands.
    #[must_use]
    pub fn signature_of(&self, signer: &SignatureIdentifier) -> Option<&Signature> {
        self.position_of(signer)
            .and_then(|position| self.signatures.get(position))
    }

    /// By what this change is recognised when it comes again.
    #[must_use]
    pub fn id(&self) -> ChangeId {
        ChangeId::of(self)
    }

    /// What to store.
    #[must_use]
    pub fn record(&self) -> &JobRecord {
        &self.record
    }

    /// What in the answer this version does not know, or finds odd.
    #[must_use]
    pub fn notices(&self) -> &[ParseNotice] {
        &self.notices
    }
}

impl AsRef<JobRecord> for StatusChange {
    fn as_ref(&self) -> &JobRecord {
        &self.record
    }
}
