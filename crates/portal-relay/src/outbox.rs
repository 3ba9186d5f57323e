//! What waits for delivery, and what was given up, as objects in the store.

mod attempts;
mod depth;
mod entry;
mod sequence;
mod wishes;

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use object_store::path::Path;
use portal_client::SignatureJobId;

pub use attempts::DeliveryAttempts;
pub use depth::OutboxDepth;
use entry::{Folder, Object, object_in};
pub use entry::{OutboxEntry, OutboxEntryError};

use crate::store::Scanned;
use crate::{EventBody, SinkName, Store, StoreError};

/// The events that wait for their sinks, and the dead letters: those that were given up. Cheap to clone.
///
/// For each sink an event is an object of its own, so that what waits survives any crash and is there for the
/// next holder of the lease. Entries are added before the change is confirmed and removed once the sink has
/// taken the event.
///
/// ```
/// use portal_relay::{Outbox, Store, StoreError};
///
/// # async fn example(store: Store) -> Result<(), StoreError> {
/// let outbox = Outbox::new(store);
/// for depth in outbox.depths().await? {
///     println!("{}: {} waiting, {} dead", depth.sink, depth.waiting, depth.dead);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Outbox {
    store: Store,
}

/// An event that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Which event, and of which sink.
    pub entry: OutboxEntry,
    /// When it was given up, by the store's clock.
    pub since: Timestamp,
    /// What was tried; none if that was not stored.
    pub attempts: Option<DeliveryAttempts>,
}

/// The first waiting event of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) entry: OutboxEntry,
    pub(crate) was_attempted: bool,
}

impl Head {
    fn new(entry: OutboxEntry) -> Self {
        Self {
            entry,
            was_attempted: false,
        }
    }
}

impl Outbox {
    /// Creates the outbox of a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Puts an event in the outbox of each sink. Done again, it changes nothing.
    ///
    /// # Errors
    /// When the store can't be written; the event may then be there for some of the sinks.
    pub async fn put<'a>(
        &self,
        sinks: impl IntoIterator<Item = &'a SinkName>,
        event: &EventBody,
    ) -> Result<(), StoreError> {
        let puts = sinks.into_iter().map(|sink| {
            let entry = OutboxEntry::new(sink.clone(), event);
            async move {
                let name = self.name(Folder::Outbox, &entry);
                self.store.create(&name, event.shared_bytes()).await
            }
        });
        try_join_all(puts).await.map(drop)
    }

    /// Returns the events that wait for a sink, in the order of their jobs and sequences.
    ///
    /// # Errors
    /// When the store can't be listed.
    pub async fn waiting(&self, sink: &SinkName) -> Result<Vec<OutboxEntry>, StoreError> {
        let found = self.events(Folder::Outbox, Some(sink)).await?;
        Ok(found.into_iter().map(|(entry, _)| entry).collect())
    }

    /// Returns the dead letters of a sink, in the order of their jobs and sequences.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn dead_letters(&self, sink: &SinkName) -> Result<Vec<DeadLetter>, StoreError> {
        let found = self.events(Folder::Dead, Some(sink)).await?;
        let mut letters = Vec::with_capacity(found.len());
        for (entry, since) in found {
            let attempts = self.read_attempts(Folder::Dead, &entry).await?;
            letters.push(DeadLetter {
                entry,
                since,
                attempts,
            });
        }
        Ok(letters)
    }

    /// Returns the event of a dead letter or of an entry that waits; none when it is neither.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn event(&self, entry: &OutboxEntry) -> Result<Option<EventBody>, StoreError> {
        for folder in [Folder::Outbox, Folder::Dead] {
            let name = self.name(folder, entry);
            if let Some(bytes) = self.store.get(&name).await? {
                return parse(&name, &bytes).map(Some);
            }
        }
        Ok(None)
    }

    /// Moves a dead letter back to the outbox, where its schedule begins again. Returns whether it was there.
    ///
    /// Any process may do so; the one that delivers finds it within a minute. Events of the job that came later
    /// may have been delivered: the receiver knows the order by the sequence.
    ///
    /// # Errors
    /// When the store can't be read or written. Done again, it comes to the same.
    pub async fn resend(&self, letter: &OutboxEntry) -> Result<bool, StoreError> {
        let dead = self.name(Folder::Dead, letter);
        let Some(bytes) = self.store.get(&dead).await? else {
            return Ok(false);
        };
        self.delete_attempts(Folder::Outbox, letter).await?;
        let waiting = self.name(Folder::Outbox, letter);
        self.store.create(&waiting, bytes).await?;
        self.store.delete(&dead).await?;
        self.delete_attempts(Folder::Dead, letter).await?;
        Ok(true)
    }

    /// Whether an event of the job is undelivered or dead, for any sink.
    pub(crate) async fn holds(&self, job: SignatureJobId) -> Result<bool, StoreError> {
        for folder in [Folder::Outbox, Folder::Dead] {
            for sink in self.store.folders(&self.folder(folder, None)).await? {
                let mut found = self.store.scan(&child(&sink, job.get()));
                while let Some(found) = found.try_next().await? {
                    if matches!(object_in(&found.name), Some(Object::Event(_))) {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// The first waiting event of each job.
    pub(crate) async fn heads(&self, sink: &SinkName) -> Result<Vec<Head>, StoreError> {
        let folder = self.folder(Folder::Outbox, Some(sink));
        Ok(self.heads_in(&folder).await?.0)
    }

    /// The first waiting event of each job, before anything is delivered. Deletes what a process has left behind
    /// that was killed while it removed an event: the record of attempts at it.
    pub(crate) async fn heads_at_start(&self, sink: &SinkName) -> Result<Vec<Head>, StoreError> {
        let folder = self.folder(Folder::Outbox, Some(sink));
        let (heads, alone) = self.heads_in(&folder).await?;
        for entry in alone {
            // Records that are not of a job's first event may belong to a later one that waits.
            if self.read(&entry).await?.is_none() {
                self.delete_attempts(Folder::Outbox, &entry).await?;
            }
        }
        Ok(heads)
    }

    /// The first waiting event of a job.
    pub(crate) async fn head(
        &self,
        sink: &SinkName,
        job: SignatureJobId,
    ) -> Result<Option<Head>, StoreError> {
        let folder = child(&self.folder(Folder::Outbox, Some(sink)), job.get());
        Ok(self.heads_in(&folder).await?.0.pop())
    }

    /// The first event of each job, and the records of attempts at other events.
    async fn heads_in(&self, folder: &Path) -> Result<(Vec<Head>, Vec<OutboxEntry>), StoreError> {
        let mut heads: BTreeMap<i64, Head> = BTreeMap::new();
        let mut attempted = Vec::new();
        let mut found = self.store.scan(folder);
        while let Some(found) = found.try_next().await? {
            match object_in(&found.name) {
                Some(Object::Event(entry)) => {
                    let job = entry.job_id().get();
                    if heads.get(&job).is_none_or(|head| entry < head.entry) {
                        heads.insert(job, Head::new(entry));
                    }
                }
                Some(Object::Attempts(entry)) => attempted.push(entry),
                None => {}
            }
        }
        attempted.retain(|entry| {
            let head = heads.get_mut(&entry.job_id().get());
            let head = head.filter(|head| head.entry == *entry);
            let of_head = head.is_some();
            if let Some(head) = head {
                head.was_attempted = true;
            }
            !of_head
        });
        Ok((heads.into_values().collect(), attempted))
    }

    /// The event of a waiting entry; none when it is gone.
    pub(crate) async fn read(&self, entry: &OutboxEntry) -> Result<Option<EventBody>, StoreError> {
        let name = self.name(Folder::Outbox, entry);
        let bytes = self.store.get(&name).await?;
        bytes.map(|bytes| parse(&name, &bytes)).transpose()
    }

    pub(crate) async fn attempts(
        &self,
        entry: &OutboxEntry,
    ) -> Result<Option<DeliveryAttempts>, StoreError> {
        self.read_attempts(Folder::Outbox, entry).await
    }

    pub(crate) async fn note_attempts(
        &self,
        entry: &OutboxEntry,
        attempts: &DeliveryAttempts,
    ) -> Result<(), StoreError> {
        let name = beside(&self.name(Folder::Outbox, entry));
        self.store.put_json(&name, attempts).await
    }

    /// Removes what was delivered: the event first, so that a kill in between delivers nothing again at once.
    pub(crate) async fn remove(
        &self,
        entry: &OutboxEntry,
        was_attempted: bool,
    ) -> Result<(), StoreError> {
        self.store.delete(&self.name(Folder::Outbox, entry)).await?;
        if was_attempted {
            self.delete_attempts(Folder::Outbox, entry).await?;
        }
        Ok(())
    }

    /// Makes a waiting event a dead letter. Done again, it comes to the same.
    pub(crate) async fn give_up(
        &self,
        entry: &OutboxEntry,
        attempts: &DeliveryAttempts,
    ) -> Result<(), StoreError> {
        let waiting = self.name(Folder::Outbox, entry);
        if let Some(bytes) = self.store.get(&waiting).await? {
            let dead = self.name(Folder::Dead, entry);
            self.store.put_json(&beside(&dead), attempts).await?;
            self.store.put(&dead, bytes).await?;
        }
        self.remove(entry, true).await
    }

    /// The events in a folder, with when they were put there.
    async fn events(
        &self,
        folder: Folder,
        sink: Option<&SinkName>,
    ) -> Result<Vec<(OutboxEntry, Timestamp)>, StoreError> {
        let found: Vec<Scanned> = self
            .store
            .scan(&self.folder(folder, sink))
            .try_collect()
            .await?;
        let mut events: Vec<_> = found
            .into_iter()
            .filter_map(|found| match object_in(&found.name) {
                Some(Object::Event(entry)) => Some((entry, found.written)),
                _ => None,
            })
            .collect();
        events.sort();
        Ok(events)
    }

    async fn read_attempts(
        &self,
        folder: Folder,
        entry: &OutboxEntry,
    ) -> Result<Option<DeliveryAttempts>, StoreError> {
        match self
            .store
            .get_json(&beside(&self.name(folder, entry)))
            .await
        {
            // The event itself is what counts: its schedule begins again.
            Err(StoreError::Unreadable { .. }) => Ok(None),
            attempts => attempts,
        }
    }

    async fn delete_attempts(&self, folder: Folder, entry: &OutboxEntry) -> Result<(), StoreError> {
        self.store.delete(&beside(&self.name(folder, entry))).await
    }

    fn folder(&self, folder: Folder, sink: Option<&SinkName>) -> Path {
        let layout = self.store.layout();
        let sink = sink.map(SinkName::as_str);
        match folder {
            Folder::Outbox => layout.outbox(sink),
            Folder::Dead => layout.dead(sink),
        }
    }

    fn name(&self, folder: Folder, entry: &OutboxEntry) -> Path {
        let folder = self.folder(folder, Some(entry.sink()));
        child(&child(&folder, entry.job_id().get()), entry.file_name())
    }
}

fn child(folder: &Path, name: impl std::fmt::Display) -> Path {
    Path::from(format!("{folder}/{name}"))
}

/// The record of the attempts at an event.
fn beside(event: &Path) -> Path {
    Path::from(format!("{event}{}", entry::ATTEMPTS))
}

fn parse(name: &Path, bytes: &Bytes) -> Result<EventBody, StoreError> {
    EventBody::parse(bytes.clone()).map_err(|error| error.in_object(name.as_ref()))
}
