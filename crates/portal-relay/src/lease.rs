//! One active poller for an organisation: who holds the lease polls, the others stand by.

mod error;
mod folder;
mod gate;
mod keeper;
mod object;
mod settings;
mod state;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use portal_client::BoxFuture;

pub use error::LeaseError;
pub use folder::FolderLease;
pub use gate::{GatedTransport, LeaseGate};
pub(crate) use keeper::{Keeper, LeasePollTimes, Loss, Shared};
pub use object::ObjectLease;
pub use settings::LeaseSettings;
pub use state::LeaseState;

use crate::Store;

/// Decides which of several relays polls, so that one does and the others stand by.
///
/// The service counts ten requests a second for an organisation, and a confirmation settles a whole job: several
/// pollers would be no faster, and would get each other blocked. [`FolderLease`] and [`ObjectLease`] are built in. An
/// application with a database or a cluster may bring its own: a session that holds a PostgreSQL advisory lock, say,
/// and a row for the [`LeaseState`].
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use std::time::Instant;
///
/// use portal_client::BoxFuture;
/// use portal_relay::{HeldLease, Lease, LeaseError, LeaseState};
///
/// /// A lease among the threads of one process.
/// #[derive(Clone, Debug, Default)]
/// struct InProcess(Arc<Mutex<(bool, LeaseState)>>);
///
/// impl Lease for InProcess {
///     fn try_acquire(&self) -> BoxFuture<'_, Result<Option<Box<dyn HeldLease>>, LeaseError>> {
///         Box::pin(async move {
///             let mut shared = self.0.lock().map_err(LeaseError::custom_text)?;
///             let is_free = !std::mem::replace(&mut shared.0, true);
///             Ok(is_free.then(|| Box::new(Holder(self.clone())) as _))
///         })
///     }
/// }
///
/// #[derive(Debug)]
/// struct Holder(InProcess);
///
/// impl HeldLease for Holder {
///     fn state(&self) -> LeaseState {
///         self.0.0.lock().map(|shared| shared.1.clone()).unwrap_or_default()
///     }
///
///     fn write<'a>(&'a self, state: &'a LeaseState) -> BoxFuture<'a, Result<(), LeaseError>> {
///         Box::pin(async move {
///             self.0.0.lock().map_err(LeaseError::custom_text)?.1 = state.clone();
///             Ok(())
///         })
///     }
///
///     /// It is held until the process ends.
///     fn held_until(&self) -> Option<Instant> {
///         None
///     }
///
///     fn release<'a>(&'a self, state: &'a LeaseState) -> BoxFuture<'a, Result<(), LeaseError>> {
///         Box::pin(async move {
///             self.write(state).await?;
///             self.0.0.lock().map_err(LeaseError::custom_text)?.0 = false;
///             Ok(())
///         })
///     }
/// }
/// ```
pub trait Lease: fmt::Debug + Send + Sync {
    /// Looks once, and takes the lease if it is free or its holder has gone. None while another holds it.
    ///
    /// A relay that stands by calls it every [`look_every`](LeaseSettings::look_every). The future may be dropped; a
    /// lease that it had just taken must then become free again, by itself if need be.
    fn try_acquire(&self) -> BoxFuture<'_, Result<Option<Box<dyn HeldLease>>, LeaseError>>;
}

/// A lease that this process holds. Dropping it stops renewing it.
pub trait HeldLease: fmt::Debug + Send + Sync {
    /// Returns what the lease held when it was taken, from holders before.
    fn state(&self) -> LeaseState;

    /// Writes the state, and renews the lease by that. One task calls it, one call at a time.
    ///
    /// # Errors
    /// [`LeaseError::Lost`] when another holds it. Any other error leaves it held until
    /// [`held_until`](Self::held_until), and is retried.
    fn write<'a>(&'a self, state: &'a LeaseState) -> BoxFuture<'a, Result<(), LeaseError>>;

    /// Returns until when it is certain that no other takes the lease, by the clock of [`LeaseSettings`], counted from
    /// before the last successful renewal was sent. None when it is held until the process ends.
    fn held_until(&self) -> Option<Instant>;

    /// Writes the state, and leaves the lease to others at once.
    ///
    /// # Errors
    /// When it can't be written; the lease is then free when its time is over.
    fn release<'a>(&'a self, state: &'a LeaseState) -> BoxFuture<'a, Result<(), LeaseError>>;
}

/// The lease that belongs to a store: a file lock for a folder, an object for an object store.
pub(crate) fn of_store(store: &Store, settings: &LeaseSettings) -> Arc<dyn Lease> {
    match FolderLease::new(store) {
        Some(lease) => Arc::new(lease),
        None => Arc::new(ObjectLease::new(store, settings.clone())),
    }
}
