//! Deleting documents: at the service when it is allowed, and in the store when they have been kept long enough.

use std::collections::BTreeSet;
use std::time::Duration;

use object_store::path::Path;
use portal_client::jiff::{SignedDuration, Timestamp};
use portal_client::{Error, PortalClient, PortalSignatureJobStatus, SignatureJobId};
use serde::{Deserialize, Serialize};

use crate::receive::ChangeRecord;
use crate::{Event, EventBody, Outbox, Store, StoreError};

/// The file of a job whose documents the service has deleted.
const DELETED: &str = "deleted.json";

/// Deletes the documents of jobs that have ended. Off as long as neither time is set; the service then deletes its
/// documents after 40 days.
///
/// Nothing is deleted, at the service or in the store, while a document of the job is missing in the store, a finding
/// is `broken`, or an event of the job is undelivered or a dead letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeletionPolicy {
    /// How long after the end of a job its documents are deleted at the service. The service allows it 24 hours after
    /// the last signature, or after 7 days where a signer has no digital mailbox; until then it is tried again.
    pub delete_after: Option<Duration>,
    /// How long after the end of a job everything about it is deleted in the store: documents, findings, events and
    /// intent. Its reference may then be used for another job.
    pub retention: Option<Duration>,
}

/// What was deleted by one look at all jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deletions {
    /// For so many jobs at the service.
    pub at_service: u64,
    /// For so many jobs in the store.
    pub in_store: u64,
    /// For so many jobs it is too early, or something holds it up.
    pub waiting: u64,
}

/// Deletes by a [`DeletionPolicy`]. One process at a time: the holder of the lease.
#[derive(Clone, Debug)]
pub struct Deleter {
    store: Store,
    outbox: Outbox,
    policy: DeletionPolicy,
}

#[derive(Serialize, Deserialize)]
struct Deleted {
    at: Timestamp,
}

/// A job that has ended, by its last change.
struct Ended {
    event: Event,
    changes: Vec<Path>,
}

impl Deleter {
    /// Creates what deletes in a store.
    #[must_use]
    pub fn new(store: Store, policy: DeletionPolicy) -> Self {
        Self {
            outbox: Outbox::new(store.clone()),
            store,
            policy,
        }
    }

    /// Looks at all jobs once, and deletes what is due. A job that the service or the store fails on is left for the
    /// next look.
    ///
    /// # Errors
    /// When the jobs can't be listed.
    pub async fn look(&self, client: &PortalClient) -> Result<Deletions, StoreError> {
        let mut deletions = Deletions::default();
        if self.policy == DeletionPolicy::default() {
            return Ok(deletions);
        }
        for folder in self.store.folders(&self.store.layout().jobs()).await? {
            let number = folder.filename().and_then(|name| name.parse().ok());
            let Some(job) = number.map(SignatureJobId::new) else {
                continue;
            };
            if let Err(error) = self.look_at(client, job, &mut deletions).await {
                deletions.waiting += 1;
                tracing::warn!(job = job.get(), %error, "documents were not deleted; it is tried again");
            }
        }
        Ok(deletions)
    }

    async fn look_at(
        &self,
        client: &PortalClient,
        job: SignatureJobId,
        deletions: &mut Deletions,
    ) -> Result<(), StoreError> {
        let Some(ended) = self.ended(job).await? else {
            return Ok(());
        };
        let now = client.now();
        let is_over = |wait: Option<Duration>| {
            let wait =
                wait.map(|wait| SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX));
            wait.is_some_and(|wait| now.duration_since(ended.event.time) >= wait)
        };
        let deleted_name = self.store.layout().job_file(job, DELETED);
        let (at_service, in_store) = (
            is_over(self.policy.delete_after),
            is_over(self.policy.retention),
        );
        let is_deleted = self.store.length(&deleted_name).await?.is_some();
        if !(at_service && !is_deleted || in_store) {
            return Ok(());
        }
        if self.is_held_up(&ended).await? {
            deletions.waiting += 1;
            return Ok(());
        }
        let mut is_deleted = is_deleted;
        if at_service && !is_deleted {
            if self.delete_at_service(client, &ended).await? {
                let deleted = Deleted { at: now };
                self.store.create_json(&deleted_name, &deleted).await?;
                deletions.at_service += 1;
                is_deleted = true;
            } else {
                deletions.waiting += 1;
            }
        }
        // What is to be deleted at the service needs the job's record.
        if in_store && (is_deleted || self.policy.delete_after.is_none()) {
            self.delete_in_store(job, &ended).await?;
            deletions.in_store += 1;
        }
        Ok(())
    }

    /// The last change of a job, if the job has ended.
    async fn ended(&self, job: SignatureJobId) -> Result<Option<Ended>, StoreError> {
        let listed = self.store.list(&self.store.layout().changes(job)).await?;
        let mut last: Option<Event> = None;
        let changes: Vec<Path> = listed.into_iter().map(|listed| listed.name).collect();
        for name in changes.iter().filter(|name| is_event(name)) {
            let Some(bytes) = self.store.get(name).await? else {
                continue;
            };
            let event = EventBody::parse(bytes).and_then(|body| body.event());
            let event = event.map_err(|_| StoreError::Unreadable {
                name: name.to_string(),
                line: 0,
                column: 0,
            })?;
            if last
                .as_ref()
                .is_none_or(|last| last.data.sequence < event.data.sequence)
            {
                last = Some(event);
            }
        }
        let ended = last.filter(|last| last.data.status != PortalSignatureJobStatus::InProgress);
        Ok(ended.map(|event| Ended { event, changes }))
    }

    async fn is_held_up(&self, ended: &Ended) -> Result<bool, StoreError> {
        if ended.event.is_broken() || self.outbox.holds(ended.event.data.job_id).await? {
            return Ok(true);
        }
        for document in &ended.event.data.documents {
            let name = self.store.layout().document_of(document);
            if self.store.length(&name).await? != Some(document.length) {
                return Ok(true);
            }
        }
        // Without it the event may not be in every outbox yet.
        Ok(self.record(ended).await?.is_none())
    }

    async fn record(&self, ended: &Ended) -> Result<Option<ChangeRecord>, StoreError> {
        let (job, id) = (ended.event.data.job_id, ended.event.id.as_str());
        self.store
            .get_json(&self.store.layout().change_record(job, id))
            .await
    }

    /// Whether the service has nothing any more.
    async fn delete_at_service(
        &self,
        client: &PortalClient,
        ended: &Ended,
    ) -> Result<bool, StoreError> {
        let Some(record) = self.record(ended).await? else {
            return Ok(false);
        };
        let record = record.record;
        if !record.can_be_deleted() {
            // Nobody has signed: there is nothing to delete.
            return Ok(!record.has_pades() && record.signers_with_xades().next().is_none());
        }
        if record
            .documents_deletable_from()
            .is_some_and(|from| client.now() < from)
        {
            return Ok(false);
        }
        let job = record.job_id().get();
        match client.delete_documents(&record).await {
            Ok(()) => Ok(true),
            // Refused after an attempt whose response was lost: that one did it.
            Err(error) if error.may_be_done_already() && !error.is_transient() => Ok(true),
            Err(Error::CannotBeDeleted { .. }) => Ok(false),
            Err(error) => {
                tracing::warn!(job, %error, "the service did not delete documents; it is tried again");
                Ok(false)
            }
        }
    }

    /// What names the rest comes last, so that a deletion that was cut short goes on.
    async fn delete_in_store(&self, job: SignatureJobId, ended: &Ended) -> Result<(), StoreError> {
        let layout = self.store.layout();
        let mut digests = BTreeSet::new();
        for name in ended.changes.iter().filter(|name| is_event(name)) {
            let Some(bytes) = self.store.get(name).await? else {
                continue;
            };
            if let Ok(event) = EventBody::parse(bytes).and_then(|body| body.event()) {
                for document in event.data.documents {
                    digests.insert((layout.document_of(&document), document.sha256));
                }
            }
        }
        for (name, sha256) in digests {
            self.store.delete(&layout.findings(&sha256)).await?;
            self.store.delete(&name).await?;
        }
        if let Some(reference) = &ended.event.data.reference {
            let (sender, reference) = (&ended.event.data.sender, reference.reveal());
            self.store.delete(&layout.intent(sender, reference)).await?;
            self.store
                .delete(&layout.outcome(sender, reference))
                .await?;
        }
        let last = layout.change(job, ended.event.id.as_str());
        for listed in self.store.list(&layout.job(job)).await? {
            if listed.name != last {
                self.store.delete(&listed.name).await?;
            }
        }
        self.store.delete(&last).await
    }
}

fn is_event(name: &Path) -> bool {
    let stem = name.filename().and_then(|name| name.strip_suffix(".json"));
    stem.is_some_and(|stem| !stem.contains('.'))
}
