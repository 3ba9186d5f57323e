//! A signed document on its way in: streamed, checked, and saved whole or not at all.

use std::path::Path;

use bytes::{Bytes, BytesMut};
use portal_transport::Body;

pub use self::check::DocumentKind;
pub use self::error::{DownloadError, PrivatePath};
pub use self::leftovers::remove_leftovers;
pub use self::options::SaveOptions;
use check::Check;
use saving::{Target, pour};

mod check;
mod error;
mod leftovers;
mod options;
mod saving;

/// Begins the name of a file that is not whole yet. Such files vanish on every failure, and stay only
/// when the process is killed; [`remove_leftovers`] then removes them.
pub(crate) const TEMPORARY_PREFIX: &str = ".portal-download-";

/// A response whose body is a document. Nothing of it is in memory yet.
///
/// Every way to read it except [`into_body`](Self::into_body) checks the length that the service announced
/// and the kind that it must be.
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

    /// Returns the length in bytes that the service announced, if it did.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.check.announced
    }

    /// Returns what the document must be.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        self.check.kind
    }

    /// Returns the raw body, unchecked, to stream elsewhere. The caller then checks length and kind.
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

    /// Returns the next piece of the document; nothing at its end, if it was whole and of its kind.
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

    /// Saves the document as `path`; an existing file is left alone. Returns the number of bytes.
    ///
    /// The document is written to a temporary file in the same folder, checked, synced to the disk, and
    /// only then given its name, so that no half document ever has it. On Unix the file has mode 0600 whatever
    /// the umask, since signed documents are personal; [`save_with`](Self::save_with) sets another.
    ///
    /// Dropping the future removes the temporary file; the document then has its name already, or never gets
    /// it.
    ///
    /// # Errors
    /// When the file exists, the folder can't be written, the disk is full, or the document breaks off
    /// or is not what it must be. The temporary file is removed in every case.
    pub async fn save_to(self, path: impl AsRef<Path>) -> Result<u64, DownloadError> {
        self.save_with(path, SaveOptions::new()).await
    }

    /// Saves the document as [`save_to`](Self::save_to) does, and replaces an existing file.
    ///
    /// # Errors
    /// As for [`save_to`](Self::save_to); the file that was there is then still there.
    pub async fn save_over(self, path: impl AsRef<Path>) -> Result<u64, DownloadError> {
        self.save_with(path, SaveOptions::new().replace_existing())
            .await
    }

    /// Saves the document as [`save_to`](Self::save_to) does, with options.
    ///
    /// # Errors
    /// As for [`save_to`](Self::save_to).
    pub async fn save_with(
        self,
        path: impl AsRef<Path>,
        options: SaveOptions,
    ) -> Result<u64, DownloadError> {
        let target = Target::of(path.as_ref(), options)?;
        let (file, temporary) = target.clone().blocking(Target::open_temporary).await?;
        let mut file = tokio::fs::File::from_std(file);
        let written = pour(self, &mut file, &target.folder).await?;
        file.sync_all()
            .await
            .map_err(|source| target.write_failed(source))?;
        // Open, and so locked, until it has its name.
        let file = file.into_std().await;
        let (waiting, naming) = saving::halves();
        let named = target.blocking(move |target| {
            naming.rename(|| target.publish(temporary))?;
            target.sync_folder();
            drop(file);
            Ok(())
        });
        named.await?;
        drop(waiting);
        Ok(written)
    }
}

#[cfg(test)]
mod tests;
