//! How much waits.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use jiff::Timestamp;

use super::Outbox;
use super::entry::{Folder, Object, object_in};
use crate::{SinkName, StoreError};

/// How much waits for one sink.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxDepth {
    /// The sink.
    pub sink: SinkName,
    /// How many events wait.
    pub waiting: u64,
    /// When the oldest of them was put there, by the store's clock.
    pub oldest: Option<Timestamp>,
    /// How many dead letters there are.
    pub dead: u64,
}

impl Outbox {
    /// Returns how much waits, for each sink that has anything waiting or dead. It lists every entry.
    ///
    /// A sink that is no longer set up is among them: its events wait until it is set up again.
    ///
    /// # Errors
    /// When the store can't be listed.
    pub async fn depths(&self) -> Result<Vec<OutboxDepth>, StoreError> {
        let mut depths: BTreeMap<SinkName, OutboxDepth> = BTreeMap::new();
        for folder in [Folder::Outbox, Folder::Dead] {
            let mut found = self.store.scan(&self.folder(folder, None));
            while let Some(found) = found.try_next().await? {
                let Some(Object::Event(entry)) = object_in(&found.name) else {
                    continue;
                };
                let empty = |sink| OutboxDepth {
                    sink,
                    waiting: 0,
                    oldest: None,
                    dead: 0,
                };
                let depth = depths
                    .entry(entry.sink().clone())
                    .or_insert_with_key(|sink| empty(sink.clone()));
                match folder {
                    Folder::Outbox => {
                        depth.waiting += 1;
                        let oldest = depth.oldest.unwrap_or(found.written);
                        depth.oldest = Some(oldest.min(found.written));
                    }
                    Folder::Dead => depth.dead += 1,
                }
            }
        }
        Ok(depths.into_values().collect())
    }
}
