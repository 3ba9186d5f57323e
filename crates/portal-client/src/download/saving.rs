//! Saving a document: a temporary file, a check, and a name.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempPath;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::task::spawn_blocking;

use super::{Download, DownloadError, SaveOptions, leftovers};

/// The file that a document shall become.
#[derive(Clone, Debug)]
pub(super) struct Target {
    path: PathBuf,
    pub(super) folder: PathBuf,
    options: SaveOptions,
}

impl Target {
    pub(super) fn of(path: &Path, options: SaveOptions) -> Result<Self, DownloadError> {
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
            options,
        })
    }

    /// Runs a piece of work with the file system off the asynchronous threads.
    pub(super) async fn blocking<T: Send + 'static>(
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

    pub(super) fn open_temporary(&self) -> Result<(File, TempPath), DownloadError> {
        // Refused before the download rather than after; `publish` has the last word.
        if !self.options.replaces_existing && self.path.symlink_metadata().is_ok() {
            return Err(self.exists());
        }
        leftovers::make(&self.folder).map_err(|source| DownloadError::Folder {
            folder: self.folder.clone().into(),
            source: without_path(source),
        })
    }

    pub(super) fn publish(&self, temporary: TempPath) -> Result<(), DownloadError> {
        self.set_mode(&temporary)?;
        let renamed = if self.options.replaces_existing {
            temporary.persist(&self.path)
        } else {
            temporary.persist_noclobber(&self.path)
        };
        renamed.map_err(|failed| match failed.error.kind() {
            io::ErrorKind::AlreadyExists => self.exists(),
            _ => DownloadError::Rename {
                folder: self.folder.clone().into(),
                source: without_path(failed.error),
            },
        })?;
        Ok(())
    }

    pub(super) fn sync_folder(&self) {
        // The new name is in the folder's own data. Not every file system lets a folder be synced, and
        // the document is whole and named by now, so that a refusal is no failure.
        if let Ok(folder) = File::open(&self.folder) {
            let _synced = folder.sync_all();
        }
    }

    #[cfg(unix)]
    fn set_mode(&self, temporary: &TempPath) -> Result<(), DownloadError> {
        use std::os::unix::fs::PermissionsExt;

        let Some(mode) = self.options.unix_mode else {
            return Ok(());
        };
        std::fs::set_permissions(temporary, std::fs::Permissions::from_mode(mode))
            .map_err(|source| self.write_failed(source))
    }

    #[cfg(not(unix))]
    fn set_mode(&self, _: &TempPath) -> Result<(), DownloadError> {
        Ok(())
    }

    fn exists(&self) -> DownloadError {
        DownloadError::Exists {
            path: self.path.clone().into(),
        }
    }

    pub(super) fn write_failed(&self, source: io::Error) -> DownloadError {
        DownloadError::Write {
            folder: self.folder.clone().into(),
            source: without_path(source),
        }
    }
}

/// The caller's half of a save: dropping it gives up.
///
/// The flag is held while the file is renamed. After the drop, the document has its name or never gets it, so
/// that it can't replace a newer one later.
pub(super) struct Waiting(Arc<Mutex<bool>>);

/// The half of a save that renames the file.
pub(super) struct Naming(Arc<Mutex<bool>>);

pub(super) fn halves() -> (Waiting, Naming) {
    let given_up = Arc::new(Mutex::new(false));
    (Waiting(Arc::clone(&given_up)), Naming(given_up))
}

impl Drop for Waiting {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }
}

impl Naming {
    /// Renames unless the caller has given up.
    pub(super) fn rename<T>(
        self,
        rename: impl FnOnce() -> Result<T, DownloadError>,
    ) -> Result<T, DownloadError> {
        let given_up = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *given_up {
            let source = io::Error::from(io::ErrorKind::Interrupted);
            return Err(DownloadError::Aborted { source });
        }
        rename()
    }
}

/// The same error without the path that some libraries put into its text.
fn without_path(error: io::Error) -> io::Error {
    if error.raw_os_error().is_some() {
        return error;
    }
    let mut inner = error.get_ref().and_then(std::error::Error::source);
    while let Some(cause) = inner {
        let code = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::raw_os_error);
        if let Some(code) = code {
            return io::Error::from_raw_os_error(code);
        }
        inner = cause.source();
    }
    io::Error::from(error.kind())
}

/// Writes the whole document, checking it on the way; gives the number of bytes.
pub(super) async fn pour(
    mut download: Download,
    file: &mut (impl AsyncWrite + Unpin),
    folder: &Path,
) -> Result<u64, DownloadError> {
    let write_failed = |source| DownloadError::Write {
        folder: folder.to_owned().into(),
        source: without_path(source),
    };
    while let Some(data) = download.next_piece().await? {
        file.write_all(&data).await.map_err(write_failed)?;
    }
    file.flush().await.map_err(write_failed)?;
    Ok(download.check.received)
}
