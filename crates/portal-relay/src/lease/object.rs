//! The lease of an object store: one object, created and then updated under a condition.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portal_client::{BoxFuture, Clock};
use serde::{Deserialize, Serialize};

use super::{HeldLease, Lease, LeaseError, LeaseSettings, LeaseState};
use crate::store::{Version, json, read_json};
use crate::{Store, StoreError};

/// The lease of a [`Store`] that is an object store: the object `lease.json`, created and then updated only in the
/// version that was read.
///
/// One that stands by takes over when it has seen the same version for as long as the lease lives, on its own clock.
/// No clocks are compared. A clean stop writes that the lease is free.
pub struct ObjectLease {
    store: Store,
    settings: LeaseSettings,
    holder: String,
    seen: Mutex<Option<Seen>>,
}

/// The version that was last seen, and since when.
struct Seen {
    version: Version,
    since: Instant,
}

/// What the object holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Object {
    /// One more with each holder.
    generation: u64,
    holder: String,
    /// Changes with every write. A store may make its versions of the content: the same content would let a stale
    /// update pass.
    beat: String,
    ttl_ms: u64,
    released: bool,
    #[serde(flatten)]
    state: LeaseState,
}

impl Object {
    fn is_of(&self, other: &Self) -> bool {
        self.generation == other.generation && self.holder == other.holder
    }

    fn with(&self, state: &LeaseState, released: bool) -> Self {
        Self {
            beat: unique(),
            released,
            state: state.clone(),
            ..self.clone()
        }
    }
}

fn unique() -> String {
    format!("{:032x}", fastrand::u128(..))
}

impl ObjectLease {
    /// Creates the lease of a store.
    #[must_use]
    pub fn new(store: &Store, settings: LeaseSettings) -> Self {
        Self {
            store: store.clone(),
            settings,
            holder: unique(),
            seen: Mutex::default(),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Option<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the holder of this version has gone. Remembers since when it is seen.
    fn has_gone(&self, version: &Version, ttl: Duration) -> bool {
        // Read after the response: the holder counts from before it sent what was read.
        let now = self.settings.clock().instant();
        let mut seen = self.seen();
        match &*seen {
            Some(seen) if seen.version == *version => {
                now.saturating_duration_since(seen.since) >= ttl
            }
            _ => {
                *seen = Some(Seen {
                    version: version.clone(),
                    since: now,
                });
                false
            }
        }
    }

    async fn acquire(&self) -> Result<Option<Box<dyn HeldLease>>, LeaseError> {
        let name = self.store.layout().lease();
        let began = self.settings.clock().instant();
        let found = self.store.get_versioned(&name).await?;
        let (object, version) = match found {
            None => (self.object(1, LeaseState::default()), None),
            Some((bytes, version)) => {
                let before: Object = read_json(&name, &bytes)?;
                // The holder's own time to live: its settings may be others.
                let ttl = Duration::from_millis(before.ttl_ms).max(self.settings.ttl());
                if !before.released && !self.has_gone(&version, ttl) {
                    return Ok(None);
                }
                let next = before.generation.saturating_add(1);
                (self.object(next, before.state), Some(version))
            }
        };
        let held = Held {
            store: self.store.clone(),
            settings: self.settings.clone(),
            current: Mutex::new(Current {
                object: object.clone(),
                version: version.clone(),
                until: began,
            }),
            state: object.state.clone(),
        };
        match held.update(object).await {
            Ok(()) => Ok(Some(Box::new(held))),
            Err(LeaseError::Lost) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn object(&self, generation: u64, state: LeaseState) -> Object {
        Object {
            generation,
            holder: self.holder.clone(),
            beat: unique(),
            ttl_ms: u64::try_from(self.settings.ttl().as_millis()).unwrap_or(u64::MAX),
            released: false,
            state,
        }
    }
}

impl Lease for ObjectLease {
    fn try_acquire(&self) -> BoxFuture<'_, Result<Option<Box<dyn HeldLease>>, LeaseError>> {
        Box::pin(self.acquire())
    }
}

impl fmt::Debug for ObjectLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectLease")
            .field("store", &self.store)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

struct Held {
    store: Store,
    settings: LeaseSettings,
    current: Mutex<Current>,
    state: LeaseState,
}

struct Current {
    object: Object,
    /// None before the object was created.
    version: Option<Version>,
    until: Instant,
}

impl Held {
    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the object in place of the version that is known; [`LeaseError::Lost`] when it is another's by now.
    async fn update(&self, object: Object) -> Result<(), LeaseError> {
        let name = self.store.layout().lease();
        let bytes = json(&object)?;
        let mut version = self.current().version.clone();
        // Twice: an earlier write, whose response was lost, may have changed the version.
        for _ in 0..2 {
            let sent = self.settings.clock().instant();
            let written = match version.clone() {
                Some(version) => self.store.update(&name, bytes.clone(), version).await,
                None => self.store.create_versioned(&name, bytes.clone()).await,
            };
            // Where another wrote, or this process did with a response that was lost, reading tells.
            let failure = match written {
                Ok(Some(version)) => {
                    self.renewed(object, version, sent);
                    return Ok(());
                }
                Ok(None) => None,
                Err(error @ StoreError::Unavailable { .. }) => Some(error),
                Err(error) => return Err(error.into()),
            };
            let Some((bytes, found)) = self.store.get_versioned(&name).await? else {
                return Err(failure.map_or(LeaseError::Lost, LeaseError::from));
            };
            let there: Object = read_json(&name, &bytes)?;
            if there.is_of(&object) && there.beat == object.beat {
                self.renewed(object, found, sent);
                return Ok(());
            }
            // What was there before is still there when the store refused for a reason of its own. A holder that was
            // taken for gone may have renewed the lease meanwhile.
            let is_as_before = version.as_ref() == Some(&found);
            if !is_as_before && (!there.is_of(&object) || there.released) {
                return Err(LeaseError::Lost);
            }
            match failure {
                // It did not arrive, or not yet. What arrives later is seen by the next write.
                Some(failure) => return Err(failure.into()),
                None => version = Some(found),
            }
        }
        Err(LeaseError::Lost)
    }

    fn renewed(&self, object: Object, version: Version, sent: Instant) {
        let until = sent.checked_add(self.settings.ttl()).unwrap_or(sent);
        *self.current() = Current {
            object,
            version: Some(version),
            until,
        };
    }
}

impl HeldLease for Held {
    fn state(&self) -> LeaseState {
        self.state.clone()
    }

    fn write<'a>(&'a self, state: &'a LeaseState) -> BoxFuture<'a, Result<(), LeaseError>> {
        let object = self.current().object.with(state, false);
        Box::pin(self.update(object))
    }

    fn held_until(&self) -> Option<Instant> {
        Some(self.current().until)
    }

    fn release<'a>(&'a self, state: &'a LeaseState) -> BoxFuture<'a, Result<(), LeaseError>> {
        let object = self.current().object.with(state, true);
        Box::pin(self.update(object))
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = self.current();
        f.debug_struct("HeldLease")
            .field("generation", &current.object.generation)
            .field("until", &current.until)
            .finish_non_exhaustive()
    }
}
