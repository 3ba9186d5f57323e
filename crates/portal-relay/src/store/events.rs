//! The events of a job.

use object_store::path::Path;
use portal_client::SignatureJobId;

use super::Store;
use crate::{Event, EventBody, StoreError};

impl Store {
    /// The events of a job, in their order.
    pub(crate) async fn events(&self, job: SignatureJobId) -> Result<Vec<Event>, StoreError> {
        let mut events = Vec::new();
        for listed in self.list(&self.layout.changes(job)).await? {
            if !is_event(&listed.name) {
                continue;
            }
            if let Some(bytes) = self.get(&listed.name).await? {
                let event = EventBody::parse(bytes).and_then(|body| body.event());
                events.push(event.map_err(|error| error.in_object(listed.name.as_ref()))?);
            }
        }
        events.sort_by_key(|event| event.data.sequence);
        Ok(events)
    }
}

/// Whether it is an event, and not what belongs to one.
fn is_event(name: &Path) -> bool {
    let stem = name.filename().and_then(|name| name.strip_suffix(".json"));
    stem.is_some_and(|stem| !stem.contains('.'))
}
