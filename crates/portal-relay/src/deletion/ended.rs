//! A job that has ended, and what holds up deleting it.

use portal_client::{PortalSignatureJobStatus, SignatureJobId};

use super::{Deleter, DeletionHold};
use crate::{Event, EventDocument, StoreError};

/// A job that has ended.
pub(super) struct Ended {
    /// The event of its last change.
    pub(super) last: Event,
    /// Those before it, in their order.
    before: Vec<Event>,
}

impl Ended {
    /// All events, in their order.
    pub(super) fn events(&self) -> impl Iterator<Item = &Event> {
        self.before.iter().chain([&self.last])
    }

    /// The documents: of each signer and of the PDF the newest.
    fn documents(&self) -> Vec<&EventDocument> {
        newest(self.events())
    }
}

/// Of each signer's documents and of the PDFs the newest, from events in their order.
pub(crate) fn newest<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<&'a EventDocument> {
    let mut newest: Vec<&EventDocument> = Vec::new();
    for document in events.flat_map(|event| &event.data.documents) {
        let same =
            |known: &&EventDocument| known.kind == document.kind && known.signer == document.signer;
        newest.retain(|known| !same(known));
        newest.push(document);
    }
    newest
}

impl Deleter {
    /// A job by its events, if the last one says that it has ended.
    pub(super) async fn ended(&self, job: SignatureJobId) -> Result<Option<Ended>, StoreError> {
        let mut events = self.store.events(job).await?;
        let last = events.pop();
        let last = last.filter(|last| last.data.status != PortalSignatureJobStatus::InProgress);
        Ok(last.map(|last| Ended {
            last,
            before: events,
        }))
    }

    /// What holds up deleting a job's documents, if anything does.
    pub(super) async fn hold(&self, ended: &Ended) -> Result<Option<DeletionHold>, StoreError> {
        let documents = ended.documents();
        if ended.last.is_broken() || documents.iter().any(|document| document.is_broken()) {
            return Ok(Some(DeletionHold::BrokenDocument));
        }
        if self.outbox.holds(ended.last.data.job_id).await? {
            return Ok(Some(DeletionHold::UndeliveredEvent));
        }
        for document in documents {
            let name = self.store.layout().document_of(document);
            if self.store.length(&name).await? != Some(document.length) {
                return Ok(Some(DeletionHold::MissingDocument));
            }
        }
        // Without it the event may not be in every outbox yet.
        let is_received = self.record(ended).await?.is_some();
        Ok((!is_received).then_some(DeletionHold::NotReceived))
    }
}
