//! Where documents lie until their digest, which is their name, is known.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::StoreError;
use crate::store::create_private;

/// A folder of this process for temporary files, private to its owner. A process that was killed leaves one; it
/// is removed when another starts, which sees that nobody holds its lock.
pub(crate) struct Spool {
    folder: PathBuf,
    /// Locked as long as the process lives. None for a folder that the system clears.
    _lock: Option<File>,
    _temporary: Option<tempfile::TempDir>,
}

impl Spool {
    /// A spool inside a store's folder, so that nothing leaves its file system.
    pub(crate) fn within(store: &Path) -> Result<Self, StoreError> {
        Self::create(&store.join("spool")).map_err(StoreError::local("create the spool folder"))
    }

    fn create(parent: &Path) -> io::Result<Self> {
        create_private(parent)?;
        // One process at a time creates its own and clears away others'.
        let gate = lock_file(&parent.join("lock"))?;
        gate.lock()?;
        for entry in fs::read_dir(parent)? {
            let path = entry?.path();
            if path.is_dir() && !is_in_use(&path)? {
                fs::remove_dir_all(path)?;
            }
        }
        let unique: u64 = fastrand::u64(..);
        let folder = parent.join(format!("{unique:016x}"));
        create_private(&folder)?;
        let lock = lock_file(&folder.join("lock"))?;
        lock.lock()?;
        Ok(Self {
            folder,
            _lock: Some(lock),
            _temporary: None,
        })
    }

    /// A spool in the system's folder for temporary files.
    pub(crate) async fn temporary() -> Result<Self, StoreError> {
        let created = tokio::task::spawn_blocking(|| {
            // Mode 0700 on Unix.
            let temporary = tempfile::Builder::new().prefix("portal-relay-").tempdir()?;
            Ok(Self {
                folder: temporary.path().to_owned(),
                _lock: None,
                _temporary: Some(temporary),
            })
        });
        let created = created.await.map_err(io::Error::from).flatten();
        created.map_err(StoreError::local("create the spool folder"))
    }

    /// A file that is not there yet, and is gone when this is dropped.
    pub(crate) fn file(&self) -> SpoolFile {
        let unique: u128 = fastrand::u128(..);
        SpoolFile(self.folder.join(format!("{unique:032x}")))
    }
}

/// A temporary file of a [`Spool`].
pub(crate) struct SpoolFile(PathBuf);

impl SpoolFile {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for SpoolFile {
    fn drop(&mut self) {
        // What can't be removed now is removed when the next process starts.
        let _removed = fs::remove_file(&self.0);
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if self._lock.is_some() {
            // What can't be removed now is removed when the next process starts.
            let _removed = fs::remove_dir_all(&self.folder);
        }
    }
}

fn is_in_use(folder: &Path) -> io::Result<bool> {
    let lock = match File::open(folder.join("lock")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        lock => lock?,
    };
    match lock.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Opens or creates a file to lock, which is never written.
pub(crate) fn lock_file(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spool_outlives_others_and_leftovers_go() {
        let store = tempfile::tempdir().unwrap();
        let first = Spool::within(store.path()).unwrap();
        fs::write(first.folder.join("document"), "half a document").unwrap();
        // As a killed process leaves it.
        let left = store.path().join("spool/0000000000000001");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("lock"), "").unwrap();
        fs::write(left.join("document"), "half").unwrap();

        let second = Spool::within(store.path()).unwrap();
        assert!(!left.exists());
        assert!(first.folder.exists() && second.folder.exists());
        let folder = first.folder.clone();
        drop(first);
        assert!(!folder.exists() && second.folder.exists());
    }
}
