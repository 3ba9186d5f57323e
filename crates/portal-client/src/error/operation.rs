//! What was asked of the service, and the URLs that it gives.

use std::fmt;

/// A request to the service.
///
/// Every request but [`Create`](Self::Create) carries its operation in the extensions of the `http::Request`, where
/// a custom [`Transport`](crate::Transport) finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Create a job.
    Create,
    /// Poll for the next status change.
    StatusChange,
    /// Confirm a status change.
    Confirm,
    /// Cancel a job.
    Cancel,
    /// Fetch the signed PDF.
    Pades,
    /// Fetch one signer's signature.
    Xades,
    /// Delete a job's documents.
    DeleteDocuments,
    /// Ask how the service identifies the caller.
    WhoAmI,
    /// Fetch a signed PDF from the archive.
    ArchivedPades,
}

impl Operation {
    /// Whether a caller may do it again, later, after a request that may have arrived.
    pub(crate) fn may_be_repeated(self) -> bool {
        !matches!(self, Self::Create | Self::Confirm)
    }

    /// Whether doing it twice comes to the same as doing it once, so that a transport may retry at once.
    pub(crate) fn is_idempotent(self) -> bool {
        !matches!(self, Self::Create | Self::StatusChange | Self::Confirm)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create a job",
            Self::StatusChange => "poll for a status change",
            Self::Confirm => "confirm a status change",
            Self::Cancel => "cancel a job",
            Self::Pades => "fetch a signed PDF",
            Self::Xades => "fetch a signer's XAdES",
            Self::DeleteDocuments => "delete a job's documents",
            Self::WhoAmI => "ask how the service identifies the caller",
            Self::ArchivedPades => "fetch an archived PDF",
        })
    }
}

/// A URL that the service gives in its responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Link {
    /// Where a status change is confirmed.
    Confirmation,
    /// Where a job is cancelled.
    Cancellation,
    /// Where a job's documents are deleted.
    DeleteDocuments,
    /// The signed PDF.
    Pades,
    /// One signer's signature.
    Xades,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Confirmation => "confirmation URL",
            Self::Cancellation => "cancellation URL",
            Self::DeleteDocuments => "URL to delete documents",
            Self::Pades => "URL of the signed PDF",
            Self::Xades => "URL of the signer's XAdES",
        })
    }
}
