//! A signed document on its way in, waited for.

use std::fmt;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use bytes::{Buf, Bytes};

use super::runtime::Runtime;
use crate::{DocumentKind, DownloadError, SaveOptions};

/// A response whose body is a document; [`crate::Download`] says what is checked.
///
/// Read through [`Read`], it is checked on the way: the end comes as an error, with a
/// [`DownloadError`] inside, unless the document is whole and of its kind.
pub struct Download {
    download: crate::Download,
    /// What has come and was not read yet.
    piece: Bytes,
    state: State,
    runtime: Arc<Runtime>,
}

/// Without the bytes, which are a signed document's.
impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("download", &self.download)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// How far reading has come.
#[derive(Debug, Clone, Copy)]
enum State {
    Coming,
    Whole,
    Broken,
}

impl Download {
    pub(super) fn new(download: crate::Download, runtime: Arc<Runtime>) -> Self {
        Self {
            download,
            piece: Bytes::new(),
            state: State::Coming,
            runtime,
        }
    }

    /// Returns the length in bytes that the service announced, if it did.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.download.content_length()
    }

    /// Returns what the document must be.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        self.download.kind()
    }

    /// Reads the document into memory, at most `limit` bytes.
    ///
    /// # Errors
    /// As for [`bytes`](crate::Download::bytes).
    pub fn bytes(self, limit: usize) -> Result<Bytes, DownloadError> {
        self.runtime.wait(self.download.bytes(limit))
    }

    /// Saves the document as `path`, whole or not at all; an existing file is left alone.
    ///
    /// # Errors
    /// As for [`save_to`](crate::Download::save_to).
    pub fn save_to(self, path: impl AsRef<Path>) -> Result<u64, DownloadError> {
        self.runtime.wait(self.download.save_to(path))
    }

    /// Saves the document as `path`, and replaces an existing file.
    ///
    /// # Errors
    /// As for [`save_over`](crate::Download::save_over).
    pub fn save_over(self, path: impl AsRef<Path>) -> Result<u64, DownloadError> {
        self.runtime.wait(self.download.save_over(path))
    }

    /// Saves the document as `path`, with options.
    ///
    /// # Errors
    /// As for [`save_with`](crate::Download::save_with).
    pub fn save_with(
        self,
        path: impl AsRef<Path>,
        options: SaveOptions,
    ) -> Result<u64, DownloadError> {
        self.runtime.wait(self.download.save_with(path, options))
    }

    /// Saves the document as `path`, with options, and says what is found in it.
    ///
    /// # Errors
    /// As for [`save_and_verify`](crate::Download::save_and_verify).
    #[cfg(feature = "verify")]
    #[cfg_attr(docsrs, doc(cfg(feature = "verify")))]
    pub fn save_and_verify(
        self,
        path: impl AsRef<Path>,
        options: SaveOptions,
    ) -> Result<crate::SavedDocument, DownloadError> {
        self.runtime
            .wait(self.download.save_and_verify(path, options))
    }
}

impl Download {
    fn receive(&mut self) -> io::Result<()> {
        // Until it is known better; reading on after an error must not find an end.
        self.state = State::Broken;
        let piece = self.runtime.wait(self.download.next_piece());
        match piece.map_err(io::Error::other)? {
            Some(piece) => {
                self.piece = piece;
                self.state = State::Coming;
            }
            None => self.state = State::Whole,
        }
        Ok(())
    }
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !buffer.is_empty() {
            match self.state {
                State::Coming => self.receive()?,
                State::Whole => break,
                State::Broken => return Err(io::Error::other("the document broke off before")),
            }
        }
        let length = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
