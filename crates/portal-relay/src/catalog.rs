//! What a store knows of jobs, for people and programs that ask.

use bytes::Bytes;
use object_store::path::Path;
use portal_client::jiff::Timestamp;
use portal_client::{
    JobRecord, OrganizationNumber, PortalSignatureJobStatus, SignatureJobId, SignerStatus,
};

use crate::deletion::{DELETED, Deleted, newest};
use crate::intents::{Intents, Key};
use crate::receive::ChangeRecord;
use crate::{Event, EventDocument, SinkName, Store, StoreError};

/// Reads what a store knows of jobs. It needs no lease, and calls nobody. Cheap to clone.
///
/// ```
/// use portal_relay::{Catalog, Store, StoreError};
///
/// # async fn example(store: Store) -> Result<(), StoreError> {
/// let catalog = Catalog::new(store);
/// for id in catalog.jobs().await? {
///     if let Some(job) = catalog.job(id).await? {
///         println!("job {}: {}", id.get(), job.state());
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Catalog {
    store: Store,
    intents: Intents,
}

/// How a job stands, by what the store knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoredJobState {
    /// It was created, or is in progress.
    Open,
    /// Everybody has signed.
    Completed,
    /// It ended without every signature.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// Its documents were deleted at the service.
    Deleted,
}

/// A job of the store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredJob {
    /// Its newest record, for the client's operations.
    pub record: JobRecord,
    /// The events of its changes, in their order; none as long as nothing has happened.
    pub events: Vec<Event>,
    /// When its documents were deleted at the service.
    pub documents_deleted: Option<Timestamp>,
}

/// A create that was begun.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredCreate {
    /// The organisation that the job is sent for.
    pub sender: OrganizationNumber,
    /// When it began.
    pub since: Timestamp,
    /// The job that came of it; none while the outcome is unknown.
    pub job_id: Option<SignatureJobId>,
}

impl StoredJobState {
    /// Returns the state as a word: `open`, `completed`, `failed`, `cancelled` or `deleted`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Deleted => "deleted",
        }
    }
}

impl std::fmt::Display for StoredJobState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl StoredJob {
    /// Returns the event of the newest change; none as long as nothing has happened.
    #[must_use]
    pub fn last_event(&self) -> Option<&Event> {
        self.events.last()
    }

    /// Returns how the job stands.
    #[must_use]
    pub fn state(&self) -> StoredJobState {
        if self.documents_deleted.is_some() {
            return StoredJobState::Deleted;
        }
        let Some(event) = self.last_event() else {
            return StoredJobState::Open;
        };
        match event.data.status {
            PortalSignatureJobStatus::CompletedSuccessfully => StoredJobState::Completed,
            PortalSignatureJobStatus::Failed => {
                let mut signers = event.data.signers.iter();
                if signers.any(|signer| signer.status == SignerStatus::CANCELLED) {
                    StoredJobState::Cancelled
                } else {
                    StoredJobState::Failed
                }
            }
            _ => StoredJobState::Open,
        }
    }

    /// Returns the documents that are stored: of each signer and of the PDF the newest.
    #[must_use]
    pub fn documents(&self) -> Vec<&EventDocument> {
        newest(self.events.iter())
    }
}

impl Catalog {
    /// Creates the catalog of a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            intents: Intents::new(store.clone()),
            store,
        }
    }

    /// Returns the numbers of all jobs, in ascending order.
    ///
    /// # Errors
    /// When the store can't be listed.
    pub async fn jobs(&self) -> Result<Vec<SignatureJobId>, StoreError> {
        let folders = self.store.folders(&self.store.layout().jobs()).await?;
        let number = |folder: &Path| folder.filename().and_then(|name| name.parse().ok());
        let mut numbers: Vec<i64> = folders.iter().filter_map(number).collect();
        numbers.sort_unstable();
        Ok(numbers.into_iter().map(SignatureJobId::new).collect())
    }

    /// Returns a job; none when the store does not know it.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn job(&self, id: SignatureJobId) -> Result<Option<StoredJob>, StoreError> {
        let created = self
            .intents
            .created(id)
            .await?
            .map(|created| created.record);
        let events = self.store.events(id).await?;
        let mut record = created;
        for event in events.iter().rev() {
            let name = self.store.layout().change_record(id, event.id.as_str());
            // It is written after the event.
            if let Some(change) = self.store.get_json::<ChangeRecord>(&name).await? {
                record = Some(change.record);
                break;
            }
        }
        let deleted: Option<Deleted> = self.store.get_json(&self.deleted_name(id)).await?;
        Ok(record.map(|record| StoredJob {
            record,
            events,
            documents_deleted: deleted.map(|deleted| deleted.at),
        }))
    }

    /// Returns what is known of a create by the job's reference; none when there was none through this store.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn create_of(
        &self,
        sender: &OrganizationNumber,
        reference: &str,
    ) -> Result<Option<StoredCreate>, StoreError> {
        let key = Key { sender, reference };
        let Some(intent) = self.intents.get(&key).await? else {
            return Ok(None);
        };
        let outcome = self.intents.outcome(&key).await?;
        Ok(Some(StoredCreate {
            sender: intent.sender.organization_number().clone(),
            since: intent.since,
            job_id: outcome.map(|outcome| SignatureJobId::new(outcome.job_id)),
        }))
    }

    /// Returns the creates whose outcome is unknown, those in flight included, in the order in which they began.
    /// References are not known: only their digests are stored.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn unknown_creates(&self) -> Result<Vec<StoredCreate>, StoreError> {
        let mut unknown: Vec<StoredCreate> = self
            .intents
            .without_outcome()
            .await?
            .into_iter()
            .map(|intent| StoredCreate {
                sender: intent.sender.organization_number().clone(),
                since: intent.since,
                job_id: None,
            })
            .collect();
        unknown.sort_by_key(|create| create.since);
        Ok(unknown)
    }

    /// Returns a stored document; none when it is not there.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn document(&self, document: &EventDocument) -> Result<Option<Bytes>, StoreError> {
        let name = self.store.layout().document_of(document);
        self.store.get(&name).await
    }

    /// Writes down that a job's documents were deleted at the service.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn set_documents_deleted(
        &self,
        id: SignatureJobId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let deleted = Deleted { at };
        self.store
            .create_json(&self.deleted_name(id), &deleted)
            .await?;
        Ok(())
    }

    /// Returns the names of the sinks that [`set_sinks`](Self::set_sinks) was given last; none before.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn sinks(&self) -> Result<Vec<SinkName>, StoreError> {
        let name = self.store.layout().sinks();
        Ok(self.store.get_json(&name).await?.unwrap_or_default())
    }

    /// Writes down which sinks get events, so that another process that takes changes in leaves them an entry in the
    /// outbox.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn set_sinks(&self, sinks: &[SinkName]) -> Result<(), StoreError> {
        self.store
            .put_json(&self.store.layout().sinks(), &sinks)
            .await
    }

    fn deleted_name(&self, id: SignatureJobId) -> Path {
        self.store.layout().job_file(id, DELETED)
    }
}
