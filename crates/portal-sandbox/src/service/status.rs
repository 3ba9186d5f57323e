//! The statuses of jobs and signers, as the state machine knows them.

use std::fmt;

use portal_model::{PortalSignatureJobStatus, SignerStatus};

/// Where a job stands. Source: the service's schema, `portal-signature-job-status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobState {
    /// At least one signer has yet to sign.
    InProgress,
    /// Every signer has signed.
    CompletedSuccessfully,
    /// The job ended without every signature: refused, cancelled, expired or stopped.
    Failed,
}

impl JobState {
    /// Returns whether nothing more can happen to the job.
    #[must_use]
    pub fn is_finished(self) -> bool {
        self != Self::InProgress
    }

    /// Returns the status as it stands in responses, such as `COMPLETED_SUCCESSFULLY`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::CompletedSuccessfully => "COMPLETED_SUCCESSFULLY",
            Self::Failed => "FAILED",
        }
    }

    pub(crate) fn wire(self) -> PortalSignatureJobStatus {
        match self {
            Self::InProgress => PortalSignatureJobStatus::InProgress,
            Self::CompletedSuccessfully => PortalSignatureJobStatus::CompletedSuccessfully,
            Self::Failed => PortalSignatureJobStatus::Failed,
        }
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a signer stands. Source: the known values that the service's schema lists for
/// `portal-signature-status-value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignerState {
    /// Has neither signed nor refused; also before the signer's turn.
    Waiting,
    /// Refused to sign.
    Rejected,
    /// The sender cancelled the job while it was this signer's turn.
    Cancelled,
    /// Has opted out of digital communication from the public sector.
    Reserved,
    /// No e-mail address and no mobile number could be found.
    ContactInformationMissing,
    /// Did not sign in time.
    Expired,
    /// Has signed.
    Signed,
    /// Entered a wrong security code too many times.
    Blocked,
    /// The lookup service has no name for the signer.
    SignersNameNotAvailable,
    /// The job ended before this signer's doing mattered.
    NotApplicable,
}

impl SignerState {
    /// Returns the status as it stands in responses, such as `CONTACT_INFORMATION_MISSING`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Rejected => "REJECTED",
            Self::Cancelled => "CANCELLED",
            Self::Reserved => "RESERVED",
            Self::ContactInformationMissing => "CONTACT_INFORMATION_MISSING",
            Self::Expired => "EXPIRED",
            Self::Signed => "SIGNED",
            Self::Blocked => "BLOCKED",
            Self::SignersNameNotAvailable => "SIGNERS_NAME_NOT_AVAILABLE",
            Self::NotApplicable => "NOT_APPLICABLE",
        }
    }

    pub(crate) fn wire(self) -> SignerStatus {
        match self {
            Self::Waiting => SignerStatus::WAITING,
            Self::Rejected => SignerStatus::REJECTED,
            Self::Cancelled => SignerStatus::CANCELLED,
            Self::Reserved => SignerStatus::RESERVED,
            Self::ContactInformationMissing => SignerStatus::CONTACT_INFORMATION_MISSING,
            Self::Expired => SignerStatus::EXPIRED,
            Self::Signed => SignerStatus::SIGNED,
            Self::Blocked => SignerStatus::BLOCKED,
            Self::SignersNameNotAvailable => SignerStatus::SIGNERS_NAME_NOT_AVAILABLE,
            Self::NotApplicable => SignerStatus::NOT_APPLICABLE,
        }
    }
}

impl fmt::Display for SignerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
