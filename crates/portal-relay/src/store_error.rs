//! What goes wrong with a store.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

use crate::Scope;

/// Why a store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store could not be reached, or refused the operation. A retry may help.
    #[error("the store could not {operation}; check that it is reachable and may be written")]
    #[non_exhaustive]
    Unavailable {
        /// What was tried.
        operation: &'static str,
        /// What the store's client says.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// An object does not hold what this version of the program wrote there.
    #[error(
        "the object {name} can't be read at line {line}, column {column}; restore it from a backup, or \
         use the newer program that wrote it"
    )]
    #[non_exhaustive]
    Unreadable {
        /// The object's name.
        name: String,
        /// The line of the first problem; 0 when the object is not JSON at all.
        line: usize,
        /// The column of the first problem.
        column: usize,
    },
    /// A value can't be written as JSON.
    #[error("a value could not be written as JSON")]
    #[non_exhaustive]
    Unwritable {
        /// What the writer says.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The store belongs to another environment or organisation.
    #[error(
        "the store belongs to {found}, and this relay works for {expected}; give each its own folder, \
         bucket or prefix, so that neither takes the other's changes"
    )]
    #[non_exhaustive]
    Foreign {
        /// Whose store it is, as it says itself.
        found: String,
        /// Whose relay this is.
        expected: Scope,
    },
    /// The store was written in a format that this version does not know.
    #[error("the store has format {found}, and this version of the program reads format {known}")]
    #[non_exhaustive]
    Format {
        /// The store's format.
        found: u32,
        /// The format that is read.
        known: u32,
    },
    /// Others than the owner may read the folder, which holds signed documents.
    #[error("others may read the store's folder {}; run `chmod 700` on it, or choose a new one", .folder.display())]
    #[non_exhaustive]
    NotPrivate {
        /// The folder.
        folder: PathBuf,
    },
    /// The store does not keep a condition that the relay depends on.
    #[error(
        "the store {problem}: two relays would both hold the lease and overwrite each other's objects; \
         use a store that supports conditional writes (If-None-Match and If-Match)"
    )]
    #[non_exhaustive]
    IgnoresConditions {
        /// What the store did.
        problem: &'static str,
    },
    /// A local file or folder could not be read or written.
    #[error("could not {operation}")]
    #[non_exhaustive]
    Local {
        /// What was tried.
        operation: &'static str,
        /// What the operating system says.
        source: io::Error,
    },
    /// The address of a store is of no kind that this program was built with.
    #[error(
        "{scheme:?} is not the address of a store that this program supports; use a folder, or build with \
         the feature for it: aws (s3), azure (az, abfss) or gcp (gs)"
    )]
    #[non_exhaustive]
    UnknownAddress {
        /// The address's scheme.
        scheme: String,
    },
}

impl StoreError {
    pub(crate) fn local(operation: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Local { operation, source }
    }

    pub(crate) fn unavailable(operation: &'static str) -> impl FnOnce(object_store::Error) -> Self {
        move |source| Self::Unavailable {
            operation,
            source: Box::new(source),
        }
    }

    /// Returns whether a retry may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Local { .. })
    }
}
