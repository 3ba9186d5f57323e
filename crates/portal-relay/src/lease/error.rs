//! What goes wrong with a lease.

use std::error::Error as StdError;
use std::fmt;

use crate::StoreError;

/// Why a lease could not be taken, renewed or left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LeaseError {
    /// Another relay holds the lease by now.
    #[error("another relay holds the lease by now")]
    Lost,
    /// This process does not hold the lease, so that it may neither poll nor confirm. Nothing was sent.
    #[error("this relay does not hold the lease, or not for long enough; nothing was sent")]
    NotHeld,
    /// The store failed. The lease is held until its time is over, and the renewal is retried.
    #[error("the lease could not be read or written: {source}")]
    #[non_exhaustive]
    Store {
        /// What the store says.
        #[from]
        source: StoreError,
    },
    /// A custom lease failed.
    #[error("the lease could not be read or written")]
    #[non_exhaustive]
    Custom {
        /// What it says.
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl LeaseError {
    /// Creates the error of a custom lease.
    pub fn custom(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Custom {
            source: source.into(),
        }
    }

    /// Creates the error of a custom lease from the text of another error, which need not outlive the call.
    pub fn custom_text(source: impl fmt::Display) -> Self {
        Self::custom(source.to_string())
    }
}
