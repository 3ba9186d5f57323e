//! Why a change was not taken in.

use portal_client::{DownloadError, Error};

use crate::{EventError, StoreError};

/// Why a change was not taken in. It stays unconfirmed, so that the service redelivers it after ten minutes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The job is completed, and the service gives no signed PDF.
    #[error(
        "the job is completed, and there is no signed PDF; the change is not confirmed, since that would \
         remove the job"
    )]
    NoPades,
    /// A document could not be fetched.
    #[error(transparent)]
    Client(Box<Error>),
    /// A document broke off or is not what it must be.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The event could not be written.
    #[error(transparent)]
    Event(#[from] EventError),
}

impl From<Error> for ReceiveError {
    fn from(error: Error) -> Self {
        Self::Client(Box::new(error))
    }
}
