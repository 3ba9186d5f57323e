//! A signed document on its way in: streamed, checked, and saved whole or not at all.

use std::fs::File;
use std::io;
use std::path::Path;

use bytes::{Bytes, BytesMut};
use portal_transport::Body;

pub use self::check::DocumentKind;
pub use self::error::{DownloadError, PrivatePath};
pub use self::leftovers::remove_leftovers;
pub use self::options::SaveOptions;
#[cfg(feature = "verify")]
pub use self::verified::{DocumentReport, SavedDocument};
use check::Check;
use saving::{Target, pour};

mod check;
mod error;
mod leftovers;
mod options;
mod saving;
#[cfg(feature = "verify")]
mod verified;

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
        let (written, ()) = self.save(path.as_ref(), options, |_| Ok(())).await?;
        Ok(written)
    }

    /// Saves the document as [`save_with`](Self::save_with) does, and says what is found in it: whether it is whole,
    /// sealed, and unchanged since.
    ///
    /// The document is read back from the disk before it gets its name. **It is saved whatever is found**, as
    /// a report makes no decision: look at [`SavedDocument::report`] before you confirm the job. While it is
    /// looked at, the document is in memory, and at most as much again.
    ///
    /// ```no_run
    /// # async fn example(client: portal_client::PortalClient, change: portal_client::StatusChange)
    /// # -> Result<(), portal_client::Error> {
    /// use portal_client::SaveOptions;
    ///
    /// let download = client.pades(&change).await?;
    /// let saved = download.save_and_verify("signed.pdf", SaveOptions::new()).await?;
    /// if saved.report.is_broken() {
    ///     eprintln!("{}", saved.report);
    /// } else {
    ///     client.confirm(&change).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`save_to`](Self::save_to).
    #[cfg(feature = "verify")]
    #[cfg_attr(docsrs, doc(cfg(feature = "verify")))]
    pub async fn save_and_verify(
        self,
        path: impl AsRef<Path>,
        options: SaveOptions,
    ) -> Result<SavedDocument, DownloadError> {
        let kind = self.kind();
        let look = move |file: &mut File| verified::look(kind, file);
        let (bytes, report) = self.save(path.as_ref(), options, look).await?;
        Ok(SavedDocument { bytes, report })
    }

    /// Saves the document, and looks at the file before it has its name, on a thread that may block.
    async fn save<T: Send + 'static>(
        self,
        path: &Path,
        options: SaveOptions,
        look: impl FnOnce(&mut File) -> io::Result<T> + Send + 'static,
    ) -> Result<(u64, T), DownloadError> {
        let target = Target::of(path, options)?;
        let (file, temporary) = target.clone().blocking(Target::open_temporary).await?;
        let mut file = tokio::fs::File::from_std(file);
        let written = pour(self, &mut file, &target.folder).await?;
        file.sync_all()
            .await
            .map_err(|source| target.write_failed(source))?;
        // Open, and so locked, until it has its name.
        let mut file = file.into_std().await;
        let (waiting, naming) = saving::halves();
        let named = target.blocking(move |target| {
            let seen = look(&mut file).map_err(|source| target.write_failed(source))?;
            naming.rename(|| target.publish(temporary))?;
            target.sync_folder();
            drop(file);
            Ok(seen)
        });
        let seen = named.await?;
        drop(waiting);
        Ok((written, seen))
    }
}

#[cfg(test)]
mod tests;
