//! A signed document on its way in: streamed, checked, and saved whole or not at all.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use portal_transport::Body;
use tempfile::TempPath;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::task::spawn_blocking;

pub use self::error::DownloadError;
pub use self::leftovers::remove_leftovers;

mod error;
mod leftovers;

/// Begins the name of a file that is not whole yet. Such files vanish on every failure, and stay only
/// when the process is killed; [`remove_leftovers`] then removes them.
pub(crate) const TEMPORARY_PREFIX: &str = ".portal-download-";

/// What a document is, and so how its first bytes must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// A signed PDF (PAdES).
    Pdf,
    /// One signer's signature (XAdES).
    Xml,
}

impl DocumentKind {
    /// So many first bytes are enough to judge.
    const HEAD: usize = 64;

    fn matches(self, head: &[u8]) -> bool {
        match self {
            Self::Pdf => head.starts_with(b"%PDF-"),
            Self::Xml => {
                let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
                let text = text.trim_ascii_start();
                // A page of a proxy is no signature.
                let page = [&b"<!doctype"[..], b"<html"].iter().any(|start| {
                    text.get(..start.len())
                        .is_some_and(|t| t.eq_ignore_ascii_case(start))
                });
                let second = text.get(1).copied().unwrap_or_default();
                let element = second.is_ascii_alphabetic() || b"?!_".contains(&second);
                text.starts_with(b"<") && element && !page
            }
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pdf => "a PDF",
            Self::Xml => "XML",
        })
    }
}

/// An answer whose body is a document. Nothing of it is in memory yet.
///
/// Whichever way it is taken except [`into_body`](Self::into_body), it is held against the length that
/// the service announced and against the kind that it must be.
#[derive(Debug)]
pub struct Download {
    check: Check,
    body: Body,
}

impl Download {
    pub(crate) fn new(kind: DocumentKind, length: Option<u64>, body: Body) -> Self {
        Self {
            check: Check::new(kind, length),
            body,
        }
    }

    /// The length in bytes that the service announced, if it did.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.check.announced
    }

    /// What the document must be.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        self.check.kind
    }

    /// The raw body, unchecked, to stream elsewhere. Checking length and kind is then the caller's part.
    #[must_use]
    pub fn into_body(self) -> Body {
        self.body
    }

    /// Reads the document into memory, at most `limit` bytes.
    ///
    /// # Errors
    /// When the document is larger than `limit`, breaks off, or is not what it must be.
    pub async fn bytes(mut self, limit: usize) -> Result<Bytes, DownloadError> {
        let mut bytes = BytesMut::new();
        while let Some(data) = self.next_piece().await? {
            if bytes.len() + data.len() > limit {
                return Err(DownloadError::TooLarge { limit });
            }
            bytes.extend_from_slice(&data);
        }
        Ok(bytes.freeze())
    }

    /// The next piece of the document; nothing at its end, if it was whole and of its kind.
    pub(crate) async fn next_piece(&mut self) -> Result<Option<Bytes>, DownloadError> {
        let piece = self
            .body
            .next_piece()
            .await
            .map_err(|source| DownloadError::Interrupted {
                received: self.check.received,
                source,
            })?;
        match &piece {
            Some(piece) => self.check.push(piece)?,
            None => self.check.finish()?,
        }
        Ok(piece)
    }

    /// Saves the document as `path`; an existing file is left alone. Gives the number of bytes.
    ///
    /// The document is written to a temporary file in the same folder, checked, synced to the disk, and
    /// only then given its name, so that no half document ever has it. On Unix only the owner can read
    /// the file: signed documents are personal.
    ///
    /// Dropping the future removes the temporary file too.
    ///
    /// # Errors
    /// When the file exists, the folder cannot be written, the disk is full, or the document breaks off
    /// or is not what it must be. The temporary file is removed in every case.
    pub async fn save_to(self, path: impl AsRef<Path>) -> Result<u64, DownloadError> {
        self.save(path.as_ref(), IfExists::Refuse).await
    }

    /// Saves the document as [`save_to`](Self::save_to) does, and takes the place of an existing file.
    ///
    /// # Errors
    /// As for [`save_to`](Self::save_to); the file that was there is then still there.
    pub async fn save_over(self, path: impl AsRef<Path>) -> Result<u64, DownloadError> {
        self.save(path.as_ref(), IfExists::Replace).await
    }

    async fn save(self, path: &Path, if_exists: IfExists) -> Result<u64, DownloadError> {
        let target = Target::of(path, if_exists)?;
        let (file, temporary) = target.clone().blocking(Target::open_temporary).await?;
        let mut file = tokio::fs::File::from_std(file);
        let written = pour(self, &mut file, &target.folder).await?;
        file.sync_all()
            .await
            .map_err(|source| target.write_failed(source))?;
        // Open, and so locked, until it has its name.
        let file = file.into_std().await;
        target
            .blocking(move |target| {
                let published = target.publish(temporary);
                drop(file);
                published
            })
            .await?;
        Ok(written)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IfExists {
    Refuse,
    Replace,
}

/// The file that a document shall become.
#[derive(Clone, Debug)]
struct Target {
    path: PathBuf,
    folder: PathBuf,
    if_exists: IfExists,
}

impl Target {
    fn of(path: &Path, if_exists: IfExists) -> Result<Self, DownloadError> {
        if path.file_name().is_none() {
            return Err(DownloadError::NoFileName);
        }
        let folder = match path.parent() {
            Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
            Some(parent) => parent.to_owned(),
            None => return Err(DownloadError::NoFileName),
        };
        Ok(Self {
            path: path.to_owned(),
            folder,
            if_exists,
        })
    }

    /// Runs a piece of work with the file system off the asynchronous threads.
    async fn blocking<T: Send + 'static>(
        self,
        work: impl FnOnce(&Self) -> Result<T, DownloadError> + Send + 'static,
    ) -> Result<T, DownloadError> {
        match spawn_blocking(move || work(&self)).await {
            Ok(result) => result,
            Err(cut_short) => Err(DownloadError::Aborted {
                source: cut_short.into(),
            }),
        }
    }

    fn open_temporary(&self) -> Result<(File, TempPath), DownloadError> {
        // Refused before the download rather than after; `publish` has the last word.
        if self.if_exists == IfExists::Refuse && self.path.symlink_metadata().is_ok() {
            return Err(self.exists());
        }
        leftovers::make(&self.folder).map_err(|source| DownloadError::Folder {
            folder: self.folder.clone(),
            source,
        })
    }

    fn publish(&self, temporary: TempPath) -> Result<(), DownloadError> {
        let renamed = match self.if_exists {
            IfExists::Refuse => temporary.persist_noclobber(&self.path),
            IfExists::Replace => temporary.persist(&self.path),
        };
        renamed.map_err(|failed| match failed.error.kind() {
            io::ErrorKind::AlreadyExists => self.exists(),
            _ => DownloadError::Rename {
                folder: self.folder.clone(),
                source: failed.error,
            },
        })?;
        // The new name is in the folder's own data. Not every file system lets a folder be synced, and
        // the document is whole and named by now, so that a refusal is no failure.
        if let Ok(folder) = File::open(&self.folder) {
            let _synced = folder.sync_all();
        }
        Ok(())
    }

    fn exists(&self) -> DownloadError {
        DownloadError::Exists {
            path: self.path.clone(),
        }
    }

    fn write_failed(&self, source: io::Error) -> DownloadError {
        DownloadError::Write {
            folder: self.folder.clone(),
            source,
        }
    }
}

/// Writes the whole document, checking it on the way; gives the number of bytes.
async fn pour(
    mut download: Download,
    file: &mut (impl AsyncWrite + Unpin),
    folder: &Path,
) -> Result<u64, DownloadError> {
    let write_failed = |source| DownloadError::Write {
        folder: folder.to_owned(),
        source,
    };
    while let Some(data) = download.next_piece().await? {
        file.write_all(&data).await.map_err(write_failed)?;
    }
    file.flush().await.map_err(write_failed)?;
    Ok(download.check.received)
}

/// Holds what comes against what was announced.
#[derive(Debug)]
struct Check {
    kind: DocumentKind,
    announced: Option<u64>,
    received: u64,
    head: Vec<u8>,
}

impl Check {
    fn new(kind: DocumentKind, announced: Option<u64>) -> Self {
        Self {
            kind,
            announced,
            received: 0,
            head: Vec::with_capacity(DocumentKind::HEAD),
        }
    }

    fn push(&mut self, data: &[u8]) -> Result<(), DownloadError> {
        let room = DocumentKind::HEAD - self.head.len();
        if room > 0 {
            self.head.extend(data.iter().take(room));
            if self.head.len() == DocumentKind::HEAD {
                self.judge_kind()?;
            }
        }
        self.received += data.len() as u64;
        match self.announced {
            Some(announced) if self.received > announced => Err(self.wrong_length(announced)),
            _ => Ok(()),
        }
    }

    fn finish(&self) -> Result<(), DownloadError> {
        if let Some(announced) = self.announced
            && announced != self.received
        {
            return Err(self.wrong_length(announced));
        }
        self.judge_kind()
    }

    fn judge_kind(&self) -> Result<(), DownloadError> {
        if self.kind.matches(&self.head) {
            Ok(())
        } else {
            Err(DownloadError::WrongKind {
                expected: self.kind,
            })
        }
    }

    fn wrong_length(&self, announced: u64) -> DownloadError {
        DownloadError::WrongLength {
            announced,
            received: self.received,
        }
    }
}

#[cfg(test)]
mod tests;
