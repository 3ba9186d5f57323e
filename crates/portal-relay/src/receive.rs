//! What is done with each change before it is confirmed: download, store, verify, event, outbox.

mod assess;
mod download;
mod earlier;
mod error;
mod finish;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use portal_client::{PortalClient, PortalSignatureJobStatus, StatusChange};
use portal_verify::Sent;
use tokio::sync::Semaphore;

pub use error::ReceiveError;
pub(crate) use finish::ChangeRecord;

use crate::activity::Activity;
use crate::intents::Intents;
use crate::layout::DocumentType;
use crate::store::{StoredChange, Written};
use crate::{
    DocumentVerifier, Event, EventBody, EventDocument, EventFinding, EventId, Outbox, SinkName,
    Store, StoreError,
};
use assess::Assessed;
use download::Downloaded;
use earlier::Earlier;

/// Takes changes in, each of them any number of times with the same result: the documents under their digests, one
/// event under its id, and an entry for each sink. A change is confirmed when [`receive`](Self::receive) has
/// returned `Ok`, and not before.
///
/// Cheap to clone. A program with a poll loop of its own can use it without a [`Relay`](crate::Relay):
///
/// ```
/// use portal_client::{Error, PortalClient};
/// use portal_relay::{Receiver, Store};
///
/// # async fn example(client: PortalClient, store: Store) -> Result<(), Error> {
/// let receiver = Receiver::new(store);
/// client
///     .watch()
///     .handle(move |client, change| {
///         let receiver = receiver.clone();
///         async move { receiver.receive(&client, &change).await.map(drop) }
///     })
///     .await
/// # }
/// ```
#[derive(Clone)]
pub struct Receiver {
    store: Store,
    intents: Intents,
    outbox: Outbox,
    sinks: Arc<[SinkName]>,
    verifier: Option<Arc<dyn DocumentVerifier>>,
    /// One change is verified at a time: its documents are in memory then.
    verifying: Arc<Semaphore>,
    activity: Arc<Activity>,
}

impl Receiver {
    /// Creates a receiver without sinks, which verifies by [`PortalVerifier`](crate::PortalVerifier).
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            intents: Intents::new(store.clone()),
            outbox: Outbox::new(store.clone()),
            store,
            sinks: Arc::from([]),
            verifier: Some(Arc::new(crate::PortalVerifier)),
            verifying: Arc::new(Semaphore::new(1)),
            activity: Arc::default(),
        }
    }

    /// Sets the sinks that get an event of each change.
    #[must_use]
    pub fn with_sinks(mut self, sinks: impl IntoIterator<Item = SinkName>) -> Self {
        self.sinks = sinks.into_iter().collect();
        self
    }

    /// Sets what assesses the documents; none leaves events without findings.
    #[must_use]
    pub fn with_verifier(mut self, verifier: Option<Arc<dyn DocumentVerifier>>) -> Self {
        self.verifier = verifier;
        self
    }

    pub(crate) fn with_activity(mut self, activity: Arc<Activity>) -> Self {
        self.activity = activity;
        self
    }

    /// Takes a change in, and returns its event.
    ///
    /// Nothing is lost when the future is dropped: the change is redelivered, and what was done is found.
    ///
    /// # Errors
    /// When a document can't be fetched or stored. The change must not be confirmed then.
    pub async fn receive(
        &self,
        client: &PortalClient,
        change: &StatusChange,
    ) -> Result<EventBody, ReceiveError> {
        let _in_flight = self.activity.in_flight.enter();
        let received = self.try_receive(client, change).await;
        let count = match &received {
            Ok(_) => &self.activity.received,
            Err(_) => &self.activity.failed,
        };
        count.add(1);
        received
    }

    async fn try_receive(
        &self,
        client: &PortalClient,
        change: &StatusChange,
    ) -> Result<EventBody, ReceiveError> {
        let job = change.job_id();
        let id = EventId::new(self.store.scope(), change.id());
        let event_name = self.store.layout().change(job, id.as_str());
        let changes = self.store.changes(job).await?;
        let known = changes.get(id.as_str());
        let stored = match known {
            Some(_) => self.store.get(&event_name).await?,
            None => None,
        };
        let event = match stored {
            Some(stored) => {
                self.activity.redelivered.add(1);
                let event = parse(&event_name, &stored)?;
                if known.is_some_and(|change| change.has_record) {
                    // It went to every outbox, and may have been delivered.
                    return Ok(event);
                }
                event
            }
            None => {
                self.make_event(client, change, &id, &event_name, &changes)
                    .await?
            }
        };
        self.finish_earlier(change, &event).await?;
        self.finish(change, &event, &event_name, false).await?;
        Ok(event)
    }

    async fn make_event(
        &self,
        client: &PortalClient,
        change: &StatusChange,
        id: &EventId,
        name: &object_store::path::Path,
        changes: &BTreeMap<String, StoredChange>,
    ) -> Result<EventBody, ReceiveError> {
        let record = change.record();
        let completed = change.status() == PortalSignatureJobStatus::CompletedSuccessfully;
        if completed && !record.has_pades() {
            return Err(ReceiveError::NoPades);
        }
        let received_at = client.now();
        let sent = self.intents.sent_of(change).await?;
        let earlier = match record.signers_with_xades().next() {
            Some(_) => Earlier::newest(&self.store, change.job_id(), changes).await?,
            None => None,
        };
        let mut documents = self.download(client, change, earlier.as_ref()).await?;
        let mut assessed = self.assess(&sent, change, &documents).await;
        if assessed.as_ref().is_some_and(Assessed::is_broken) {
            // It may have been damaged on the way. What comes the second time counts.
            documents = self.download(client, change, None).await?;
            assessed = self.assess(&sent, change, &documents).await;
            if assessed.as_ref().is_some_and(Assessed::is_broken) {
                self.activity.broken.add(1);
                tracing::warn!(job = change.job_id().get(), "a signed document is broken");
            }
        }
        if let Some(assessed) = &assessed {
            self.store_findings(assessed, &documents, name).await?;
        }
        let sequence = self.outbox.sequence(change.job_id(), id).await?;
        let event = Event::new(self.store.scope(), change, sequence, received_at);
        let event = event.with_documents(self.entries(&documents, assessed.as_ref()));
        let event = match &assessed {
            Some(assessed) => event.with_findings(assessed.job().iter().map(EventFinding::from)),
            None => event,
        };
        let body = EventBody::new(&event)?;
        match self.store.create(name, body.shared_bytes()).await? {
            Written::Yes => Ok(body),
            // A relay that has lost the lease was faster: its event is the one that may have been delivered.
            Written::No => match self.store.get(name).await? {
                Some(stored) => Ok(parse(name, &stored)?),
                None => Ok(body),
            },
        }
    }

    /// Fetches all documents of a change, and stores each under its digest. A XAdES that came with an earlier change is
    /// not fetched again: calls are limited.
    async fn download(
        &self,
        client: &PortalClient,
        change: &StatusChange,
        earlier: Option<&Earlier>,
    ) -> Result<Vec<Downloaded>, ReceiveError> {
        let record = change.record();
        let mut documents = Vec::new();
        if record.has_pades() {
            let download = client.pades(change).await?;
            documents.push(Downloaded::save(&self.store, download, None).await?);
        }
        for (position, signature) in (1..).zip(change.signatures()) {
            if !signature.has_xades() {
                continue;
            }
            let stored = earlier.and_then(|earlier| earlier.xades(record, signature.index()));
            let stored = match stored {
                Some(stored) => Downloaded::stored(&self.store, stored, position).await?,
                None => None,
            };
            documents.push(match stored {
                Some(stored) => stored,
                None => {
                    let download = client.xades(change, signature.index()).await?;
                    Downloaded::save(&self.store, download, Some(position)).await?
                }
            });
        }
        for document in &documents {
            let file = document.file.path();
            self.store
                .put_document(&document.sha256, document.kind(), file, client.now())
                .await?;
            self.activity.documents.add(1);
        }
        Ok(documents)
    }

    fn entries(&self, documents: &[Downloaded], assessed: Option<&Assessed>) -> Vec<EventDocument> {
        let entry = |document: &Downloaded| {
            let name = self
                .store
                .layout()
                .document(&document.sha256, document.kind());
            let url = self.store.address_of(&name);
            let (sha256, length) = (document.sha256.as_str(), document.length);
            let entry = match document.signer {
                None => EventDocument::pades(url, sha256, length),
                Some(position) => EventDocument::xades(position, url, sha256, length),
            };
            match assessed.and_then(|assessed| assessed.of(document)) {
                Some(findings) => entry.with_findings(findings.iter().map(EventFinding::from)),
                None => entry,
            }
        };
        documents.iter().map(entry).collect()
    }

    /// What the verifier says; none when there is none, nothing to assess, or it failed.
    async fn assess(
        &self,
        sent: &Sent,
        change: &StatusChange,
        documents: &[Downloaded],
    ) -> Option<Assessed> {
        let verifier = self.verifier.as_ref()?;
        if documents.is_empty() {
            return None;
        }
        let place = self.verifying.acquire().await;
        let assessed = Assessed::of_documents(verifier, sent, change, documents).await;
        drop(place);
        match assessed {
            Ok(assessed) => Some(assessed),
            Err(error) => {
                self.activity.unverified.add(1);
                let job = change.job_id().get();
                // Without the text of a custom verifier's error, which may be personal.
                tracing::warn!(job, kind = error, "documents could not be verified");
                None
            }
        }
    }

    /// Stores the reports beside the documents, and what was found in comparing beside the event.
    async fn store_findings(
        &self,
        assessed: &Assessed,
        documents: &[Downloaded],
        event: &object_store::path::Path,
    ) -> Result<(), StoreError> {
        for document in documents {
            if let Some(report) = assessed.report_of(document)? {
                let name = self.store.layout().findings(&document.sha256);
                self.store.put(&name, report).await?;
            }
        }
        self.store
            .put_json(&findings_name(event), &assessed.job())
            .await
    }
}

fn findings_name(event: &object_store::path::Path) -> object_store::path::Path {
    let event = event.as_ref();
    let stem = event.strip_suffix(".json").unwrap_or(event);
    object_store::path::Path::from(format!("{stem}.findings.json"))
}

fn parse(name: &object_store::path::Path, bytes: &[u8]) -> Result<EventBody, StoreError> {
    EventBody::parse(bytes.to_vec()).map_err(|error| error.in_object(name.as_ref()))
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("store", &self.store)
            .field("sinks", &self.sinks)
            .field("verifier", &self.verifier)
            .finish_non_exhaustive()
    }
}

impl Downloaded {
    fn kind(&self) -> DocumentType {
        match self.signer {
            None => DocumentType::Pdf,
            Some(_) => DocumentType::Xml,
        }
    }
}
