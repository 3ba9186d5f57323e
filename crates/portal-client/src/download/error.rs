//! Why a document was not saved.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use portal_transport::TransportError;

use super::DocumentKind;

/// Why a document was not saved or read. No file, whole or half, is left behind by any of these.
///
/// Texts name neither file nor folder, since both are often named after people;
/// [`PrivatePath::reveal`] of the variant's field gives the path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// The path names a folder or nothing.
    #[error("the path to save to has no file name; give the whole path of the file")]
    NoFileName,
    /// There is such a file, and overwriting was not asked for.
    #[error(
        "the file to save to exists already; choose another name, or replace it with save_over"
    )]
    #[non_exhaustive]
    Exists {
        /// The path that is taken.
        path: PrivatePath,
    },
    /// The folder is missing or cannot be written.
    #[error(
        "no file can be made in the folder to save to; check that it exists and may be written: {source}"
    )]
    #[non_exhaustive]
    Folder {
        /// The folder of the file.
        folder: PrivatePath,
        /// What the system says.
        source: io::Error,
    },
    /// The disk is full or fails.
    #[error("the document could not be written; check the space left and the disk: {source}")]
    #[non_exhaustive]
    Write {
        /// The folder of the file.
        folder: PrivatePath,
        /// What the system says.
        source: io::Error,
    },
    /// The finished file could not be given its name.
    #[error(
        "the document was received, but could not be given its name; check that nothing stands in its place: {source}"
    )]
    #[non_exhaustive]
    Rename {
        /// The folder of the file.
        folder: PrivatePath,
        /// What the system says.
        source: io::Error,
    },
    /// Saving was cut short.
    #[error(
        "saving the document was cut short: its future was dropped, or the runtime is shutting down; fetch it again"
    )]
    #[non_exhaustive]
    Aborted {
        /// What the runtime says.
        source: io::Error,
    },
    /// The connection broke while the document came.
    #[error(
        "the connection broke after {received} bytes of the document; fetch it again: {source}"
    )]
    #[non_exhaustive]
    Interrupted {
        /// How many bytes had come.
        received: u64,
        /// What the transport says.
        source: TransportError,
    },
    /// More or fewer bytes than announced.
    #[error("the document should be {announced} bytes and {received} came; fetch it again")]
    #[non_exhaustive]
    WrongLength {
        /// The length that the service announced.
        announced: u64,
        /// How many bytes had come when it was given up.
        received: u64,
    },
    /// The body is something else.
    #[error(
        "what the service sent does not begin as {expected}; do not confirm the job, and report it to the service"
    )]
    #[non_exhaustive]
    WrongKind {
        /// What it should have been.
        expected: DocumentKind,
    },
    /// Larger than the caller allows in memory.
    #[error(
        "the document is larger than the {limit} bytes allowed in memory; save it to a file instead"
    )]
    #[non_exhaustive]
    TooLarge {
        /// The caller's limit in bytes.
        limit: usize,
    },
}

impl DownloadError {
    /// Returns whether fetching the same document again may succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Interrupted { .. } | Self::WrongLength { .. } | Self::Aborted { .. }
        )
    }
}

/// A path that may say whose document it is: shown only on request.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivatePath(PathBuf);

impl PrivatePath {
    /// Returns the path. It may be personal data: keep it out of logs.
    #[must_use]
    pub fn reveal(&self) -> &Path {
        &self.0
    }
}

impl fmt::Debug for PrivatePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivatePath(…)")
    }
}

impl From<PathBuf> for PrivatePath {
    fn from(path: PathBuf) -> Self {
        Self(path)
    }
}
