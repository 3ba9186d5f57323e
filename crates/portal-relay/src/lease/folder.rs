//! The lease of a folder: a lock that the operating system takes back when the process ends.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use portal_client::BoxFuture;
use tokio::task::spawn_blocking;

use super::{HeldLease, Lease, LeaseError, LeaseState};
use crate::spool::lock_file;
use crate::store::create_private;
use crate::{Store, StoreError};

/// The lease of a [`Store`] that is a folder: a lock on the file `lease.lock`, which is never written, renamed or
/// removed. The holder writes `lease.json` beside it.
///
/// The operating system takes the lock back when the process ends, however it ends, and the next look takes it. A
/// process that is only stopped keeps it. The folder must be on a file system with working locks: a local one, or a
/// network file system that is known to have them.
#[derive(Clone, Debug)]
pub struct FolderLease {
    store: Store,
    lock: PathBuf,
}

impl FolderLease {
    /// Creates the lease of a folder; none for an object store.
    #[must_use]
    pub fn new(store: &Store) -> Option<Self> {
        let folder = store.local_folder()?;
        let own = store.layout().root();
        let lock = own
            .parts()
            .fold(folder.to_owned(), |path, part| path.join(part.as_ref()));
        Some(Self {
            store: store.clone(),
            lock: lock.join("lease.lock"),
        })
    }

    async fn lock(&self) -> Result<Option<File>, LeaseError> {
        let path = self.lock.clone();
        let locked = spawn_blocking(move || {
            if let Some(folder) = path.parent() {
                create_private(folder)?;
            }
            let file = lock_file(&path)?;
            match file.try_lock() {
                Ok(()) => Ok(Some(file)),
                Err(TryLockError::WouldBlock) => Ok(None),
                Err(TryLockError::Error(error)) => Err(error),
            }
        });
        let locked = locked.await.map_err(std::io::Error::from).flatten();
        Ok(locked.map_err(StoreError::local("lock the lease"))?)
    }
}

impl Lease for FolderLease {
    fn try_acquire(&self) -> BoxFuture<'_, Result<Option<Box<dyn HeldLease>>, LeaseError>> {
        Box::pin(async move {
            let Some(lock) = self.lock().await? else {
                return Ok(None);
            };
            let state = self.store.get_json(&self.store.layout().lease()).await?;
            Ok(Some(Box::new(Held {
                store: self.store.clone(),
                state: state.unwrap_or_default(),
                lock: Arc::new(lock),
            }) as _))
        })
    }
}

/// Dropping it closes the file, which ends the lock.
#[derive(Debug)]
struct Held {
    store: Store,
    state: LeaseState,
    lock: Arc<File>,
}

impl HeldLease for Held {
    fn state(&self) -> LeaseState {
        self.state.clone()
    }

    fn write<'a>(&'a self, state: &'a LeaseState) -> BoxFuture<'a, Result<(), LeaseError>> {
        let (store, state, lock) = (self.store.clone(), state.clone(), Arc::clone(&self.lock));
        Box::pin(async move {
            // A write goes on when its future is dropped. The lock is held until it is done, so that it replaces
            // nothing of the next holder's.
            let writing = tokio::spawn(async move {
                let written = store.put_json(&store.layout().lease(), &state).await;
                drop(lock);
                written
            });
            match writing.await {
                Ok(written) => Ok(written?),
                Err(cut_short) => Err(LeaseError::custom(cut_short)),
            }
        })
    }

    fn held_until(&self) -> Option<Instant> {
        None
    }

    fn release<'a>(&'a self, state: &'a LeaseState) -> BoxFuture<'a, Result<(), LeaseError>> {
        Box::pin(async move {
            self.write(state).await?;
            let unlocked = self.lock.unlock();
            Ok(unlocked.map_err(StoreError::local("unlock the lease"))?)
        })
    }
}
