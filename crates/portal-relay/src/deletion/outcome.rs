//! What comes of deleting the documents of one job.

use std::fmt;

use portal_client::Error;

use crate::StoreError;

/// What came of deleting the documents of one job at the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JobDeletion {
    /// They are deleted now.
    Deleted,
    /// They were deleted before. Nothing was sent.
    AlreadyDeleted,
    /// There are none, since nobody has signed. Nothing was sent.
    NothingToDelete,
    /// The service does not allow it yet. `documents_deletable_from` of the job's record says from when it may.
    TooEarly,
    /// The store is not ready for it. Nothing was sent.
    HeldUp(DeletionHold),
}

impl JobDeletion {
    /// Returns whether the service has no documents of the job any more.
    #[must_use]
    pub const fn is_done(self) -> bool {
        matches!(
            self,
            Self::Deleted | Self::AlreadyDeleted | Self::NothingToDelete
        )
    }
}

/// Why the documents of a job must not be deleted yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeletionHold {
    /// The store has no change that ends the job.
    NotEnded,
    /// The last change is still being received.
    NotReceived,
    /// A document is `broken`, by its findings.
    BrokenDocument,
    /// A document is missing in the store.
    MissingDocument,
    /// An event of the job waits for a receiver, or is a dead letter.
    UndeliveredEvent,
}

/// The reason as a sentence without its end, such as "a signed document is missing in the store".
impl fmt::Display for DeletionHold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotEnded => "the store has no change that ends the job",
            Self::NotReceived => "the job's last change is still being received",
            Self::BrokenDocument => "a signed document is broken, by its findings",
            Self::MissingDocument => "a signed document is missing in the store",
            Self::UndeliveredEvent => {
                "an event of the job waits for its receiver or is a dead letter"
            }
        })
    }
}

/// Why the documents of a job were not deleted at the service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeletionError {
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The service did not delete them.
    #[error(transparent)]
    Client(Box<Error>),
}
