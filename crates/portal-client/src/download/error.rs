//! Why a document was not saved.

use std::io;
use std::path::PathBuf;

use portal_transport::TransportError;

use super::DocumentKind;

/// Why a document was not saved or read. No file, whole or half, is left behind by any of these.
///
/// Texts name the folder and never the file, since files are often named after people; the path is a
/// field of the variant where there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// The path names a folder or nothing.
    #[error("the path to save to has no file name; give the whole path of the file")]
    NoFileName,
    /// There is such a file, and overwriting was not asked for.
    #[error(
        "the file to save to exists already; choose another name, or say that it may be overwritten"
    )]
    Exists {
        /// The path that is taken.
        path: PathBuf,
    },
    /// The folder is missing or cannot be written.
    #[error("no file can be made in the folder {}; check that it exists and may be written", folder.display())]
    Folder {
        /// The folder of the file.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The disk is full or fails.
    #[error("the document could not be written in the folder {}; check the space left and the disk", folder.display())]
    Write {
        /// The folder of the file.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The finished file could not be given its name.
    #[error("the document was received, but could not be given its name in the folder {}; check that nothing stands in its place", folder.display())]
    Rename {
        /// The folder of the file.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The work on the file was cut short.
    #[error(
        "saving the document was cut short because the runtime is shutting down; fetch it again"
    )]
    Aborted {
        /// What the runtime says.
        source: io::Error,
    },
    /// The connection broke while the document came.
    #[error("the connection broke after {received} bytes of the document; fetch it again")]
    Interrupted {
        /// How many bytes had come.
        received: u64,
        /// What the transport says.
        source: TransportError,
    },
    /// More or fewer bytes than announced.
    #[error("the document should be {announced} bytes and {received} came; fetch it again")]
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
    WrongKind {
        /// What it should have been.
        expected: DocumentKind,
    },
    /// Larger than the caller allows in memory.
    #[error(
        "the document is larger than the {limit} bytes allowed in memory; save it to a file instead"
    )]
    TooLarge {
        /// The caller's limit in bytes.
        limit: usize,
    },
}

impl DownloadError {
    /// Whether fetching the same document again may succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Interrupted { .. } | Self::WrongLength { .. } | Self::Aborted { .. }
        )
    }
}
