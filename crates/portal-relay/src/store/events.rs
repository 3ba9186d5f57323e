//! The events of a job.

use std::collections::BTreeMap;

use object_store::path::Path;
use portal_client::SignatureJobId;

use super::Store;
use crate::{Event, EventBody, StoreError};

/// What is stored of a change beside its event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoredChange {
    /// Its record, which is written when its event is in every outbox.
    pub(crate) has_record: bool,
}

impl Store {
    /// The changes of a job that have an event, by its id. One request, whatever their number is.
    pub(crate) async fn changes(
        &self,
        job: SignatureJobId,
    ) -> Result<BTreeMap<String, StoredChange>, StoreError> {
        let mut changes: BTreeMap<String, StoredChange> = BTreeMap::new();
        for listed in self.list(&self.layout.changes(job)).await? {
            let name = listed.name.filename().unwrap_or_default();
            // An event comes before what belongs to it in the order of the names.
            if let Some(id) = name.strip_suffix(".record.json") {
                let change = changes.get_mut(id);
                change
                    .into_iter()
                    .for_each(|change| change.has_record = true);
            } else if let Some(id) = event_id(&listed.name) {
                changes.insert(id.to_owned(), StoredChange::default());
            }
        }
        Ok(changes)
    }

    /// The events of a job, in their order.
    pub(crate) async fn events(&self, job: SignatureJobId) -> Result<Vec<Event>, StoreError> {
        let mut events = Vec::new();
        for listed in self.list(&self.layout.changes(job)).await? {
            if event_id(&listed.name).is_some() {
                events.extend(self.event(&listed.name).await?);
            }
        }
        events.sort_by_key(|event| event.data.sequence);
        Ok(events)
    }

    /// The event of that object; none where there is none.
    pub(crate) async fn event(&self, name: &Path) -> Result<Option<Event>, StoreError> {
        let Some(bytes) = self.get(name).await? else {
            return Ok(None);
        };
        let event = EventBody::parse(bytes).and_then(|body| body.event());
        event
            .map(Some)
            .map_err(|error| error.in_object(name.as_ref()))
    }
}

/// The id of the event that is stored by this name; none for what belongs to one.
fn event_id(name: &Path) -> Option<&str> {
    let stem = name.filename()?.strip_suffix(".json")?;
    (!stem.contains('.')).then_some(stem)
}
