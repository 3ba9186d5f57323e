//! What a receiver has asked for, beside its events: nothing before a time, or nothing more.

use jiff::Timestamp;
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use super::entry::Folder;
use super::{Outbox, child};
use crate::layout::sha256_hex;
use crate::{SinkName, StoreError};

/// Until when a receiver wants nothing.
#[derive(Serialize, Deserialize)]
struct Pause {
    until: Timestamp,
}

/// Since when a receiver wants nothing more.
#[derive(Serialize, Deserialize)]
struct Gone {
    since: Timestamp,
    /// The digest of its address, which may hold a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receiver: Option<String>,
}

fn digest(address: Option<&str>) -> Option<String> {
    address.map(|address| sha256_hex(address.as_bytes()))
}

impl Outbox {
    /// Notes until when a receiver wants nothing.
    pub(crate) async fn note_pause(
        &self,
        sink: &SinkName,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let pause = Pause { until };
        self.store.put_json(&self.pause_name(sink), &pause).await
    }

    /// Until when a receiver wants nothing, as far as was noted.
    pub(crate) async fn pause(&self, sink: &SinkName) -> Result<Option<Timestamp>, StoreError> {
        match self.store.get_json(&self.pause_name(sink)).await {
            // Waiting is a courtesy: a damaged note must not hold up deliveries.
            Err(StoreError::Unreadable { .. }) => Ok(None),
            pause => Ok(pause?.map(|Pause { until }| until)),
        }
    }

    /// Notes that the receiver at an address wants nothing more.
    pub(crate) async fn note_gone(
        &self,
        sink: &SinkName,
        address: Option<&str>,
        since: Timestamp,
    ) -> Result<(), StoreError> {
        let receiver = digest(address);
        let gone = Gone { since, receiver };
        self.store.put_json(&self.gone_name(sink), &gone).await
    }

    /// Whether the receiver at an address wants nothing more. What was noted of another address is forgotten; a damaged
    /// note is not, since the receiver was asked once.
    pub(crate) async fn is_gone(
        &self,
        sink: &SinkName,
        address: Option<&str>,
    ) -> Result<bool, StoreError> {
        match self.store.get_json::<Gone>(&self.gone_name(sink)).await {
            Ok(None) => Ok(false),
            Ok(Some(gone)) if gone.receiver == digest(address) => Ok(true),
            Ok(Some(_)) => self.resume(sink).await.map(|_| false),
            Err(StoreError::Unreadable { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Delivers again to a receiver that wanted no more events, as a webhook's 410 says. Returns whether it was stopped.
    ///
    /// Any process may do so; the one that delivers finds it within a minute.
    ///
    /// # Errors
    /// When the store can't be read or written. Done again, it comes to the same.
    pub async fn resume(&self, sink: &SinkName) -> Result<bool, StoreError> {
        let name = self.gone_name(sink);
        let was_gone = self.store.length(&name).await?.is_some();
        if was_gone {
            self.store.delete(&name).await?;
        }
        Ok(was_gone)
    }

    fn pause_name(&self, sink: &SinkName) -> Path {
        child(&self.folder(Folder::Outbox, Some(sink)), "retry-after.json")
    }

    fn gone_name(&self, sink: &SinkName) -> Path {
        child(&self.folder(Folder::Outbox, Some(sink)), "gone.json")
    }
}
