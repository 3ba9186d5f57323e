//! Deleting documents: at the service when it is allowed, and in the store when they have been kept long enough.

mod ended;
mod orphans;
mod outcome;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portal_client::jiff::{SignedDuration, Timestamp};
use portal_client::{Error, PortalClient, SignatureJobId};
use serde::{Deserialize, Serialize};

use ended::Ended;
pub(crate) use ended::newest;
pub use outcome::{DeletionError, DeletionHold, JobDeletion};

use crate::receive::ChangeRecord;
use crate::{Outbox, Store, StoreError};

/// The file of a job whose documents the service has deleted.
pub(crate) const DELETED: &str = "deleted.json";

/// The file of a job that is being deleted in the store.
const GOING: &str = "going.json";

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
    ///
    /// A document that no event names, as a process that was killed leaves it, goes when it is that old, and at least a
    /// day.
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
    /// So many documents in the store that no event names.
    pub orphans: u64,
}

/// Deletes by a [`DeletionPolicy`]. One process at a time: the holder of the lease. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Deleter {
    store: Store,
    outbox: Outbox,
    policy: DeletionPolicy,
    /// When documents that no event names were looked for.
    looked_for_orphans: Arc<Mutex<Option<Timestamp>>>,
}

/// What `deleted.json` holds.
#[derive(Serialize, Deserialize)]
pub(crate) struct Deleted {
    pub(crate) at: Timestamp,
}

impl Deleter {
    /// Creates what deletes in a store.
    #[must_use]
    pub fn new(store: Store, policy: DeletionPolicy) -> Self {
        Self {
            outbox: Outbox::new(store.clone()),
            store,
            policy,
            looked_for_orphans: Arc::default(),
        }
    }

    /// Looks at all jobs once, and deletes what is due. A job that the service or the store fails on is left for the
    /// next look. Documents that no event names are looked for once a day.
    ///
    /// # Errors
    /// When the jobs can't be listed.
    pub async fn look(&self, client: &PortalClient) -> Result<Deletions, StoreError> {
        let mut deletions = Deletions::default();
        if self.policy == DeletionPolicy::default() {
            return Ok(deletions);
        }
        for job in self.jobs().await? {
            if let Err(error) = self.look_at(client, job, &mut deletions).await {
                deletions.waiting += 1;
                tracing::warn!(job = job.get(), %error, "documents were not deleted; it is tried again");
            }
        }
        if let Some(retention) = self.policy.retention {
            let now = client.now();
            if self.is_time_for_orphans(now) {
                match self.delete_orphans(now, retention).await {
                    Ok(orphans) => {
                        deletions.orphans = orphans;
                        *self.last_look_for_orphans() = Some(now);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "documents without an event were not deleted; it is tried again");
                    }
                }
            }
        }
        Ok(deletions)
    }

    /// Deletes the documents of one job at the service now, if the service allows it and nothing
    /// [holds it up](DeletionHold). For a person or a program that asks; the times of the policy do not matter, and any
    /// process may do so. Done again, it comes to the same.
    ///
    /// ```
    /// use portal_client::{PortalClient, SignatureJobId};
    /// use portal_relay::{Deleter, DeletionError, DeletionPolicy, JobDeletion, Store};
    ///
    /// # async fn example(client: PortalClient, store: Store) -> Result<(), DeletionError> {
    /// let deleter = Deleter::new(store, DeletionPolicy::default());
    /// match deleter.delete_at_service(&client, SignatureJobId::new(17)).await? {
    ///     JobDeletion::HeldUp(reason) => println!("not deleted: {reason}"),
    ///     JobDeletion::TooEarly => println!("the service does not allow it yet"),
    ///     _ => println!("deleted"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the store can't be read or written, or the service fails.
    pub async fn delete_at_service(
        &self,
        client: &PortalClient,
        job: SignatureJobId,
    ) -> Result<JobDeletion, DeletionError> {
        if self.is_deleted(job).await? {
            return Ok(JobDeletion::AlreadyDeleted);
        }
        let Some(ended) = self.ended(job).await? else {
            return Ok(JobDeletion::HeldUp(DeletionHold::NotEnded));
        };
        if let Some(hold) = self.hold(&ended).await? {
            return Ok(JobDeletion::HeldUp(hold));
        }
        let deletion = self.delete_ended(client, &ended).await?;
        if deletion.is_done() {
            self.note_deleted(job, client.now()).await?;
        }
        Ok(deletion)
    }

    /// Why the documents of a job must not be deleted yet; `None` where nothing holds that up. The service is not
    /// asked, which has its own reasons and times.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn held_up_by(
        &self,
        job: SignatureJobId,
    ) -> Result<Option<DeletionHold>, StoreError> {
        match self.ended(job).await? {
            Some(ended) => self.hold(&ended).await,
            None => Ok(Some(DeletionHold::NotEnded)),
        }
    }

    /// All jobs that the store knows.
    async fn jobs(&self) -> Result<Vec<SignatureJobId>, StoreError> {
        let folders = self.store.folders(&self.store.layout().jobs()).await?;
        let numbers = folders
            .iter()
            .filter_map(|folder| folder.filename()?.parse().ok());
        Ok(numbers.map(SignatureJobId::new).collect())
    }

    async fn look_at(
        &self,
        client: &PortalClient,
        job: SignatureJobId,
        deletions: &mut Deletions,
    ) -> Result<(), StoreError> {
        let going = self.store.layout().job_file(job, GOING);
        let is_going =
            self.policy.retention.is_some() && self.store.length(&going).await?.is_some();
        let Some(ended) = self.ended(job).await? else {
            if is_going {
                // Only this was left.
                self.store.delete(&going).await?;
            }
            return Ok(());
        };
        if is_going {
            self.delete_in_store(job, &ended).await?;
            deletions.in_store += 1;
            return Ok(());
        }
        let now = client.now();
        let is_over = |wait: Option<Duration>| {
            let wait =
                wait.map(|wait| SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX));
            wait.is_some_and(|wait| now.duration_since(ended.last.time) >= wait)
        };
        let (at_service, in_store) = (
            is_over(self.policy.delete_after),
            is_over(self.policy.retention),
        );
        let mut is_deleted = self.is_deleted(job).await?;
        if !(at_service && !is_deleted || in_store) {
            return Ok(());
        }
        if self.hold(&ended).await?.is_some() {
            deletions.waiting += 1;
            return Ok(());
        }
        if at_service && !is_deleted {
            is_deleted = match self.delete_ended(client, &ended).await {
                Ok(deletion) => deletion.is_done(),
                Err(DeletionError::Store(error)) => return Err(error),
                Err(DeletionError::Client(error)) => {
                    tracing::warn!(job = job.get(), %error, "the service did not delete documents; it is tried again");
                    false
                }
            };
            if is_deleted {
                self.note_deleted(job, now).await?;
                deletions.at_service += 1;
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

    async fn is_deleted(&self, job: SignatureJobId) -> Result<bool, StoreError> {
        let name = self.store.layout().job_file(job, DELETED);
        Ok(self.store.length(&name).await?.is_some())
    }

    async fn note_deleted(&self, job: SignatureJobId, at: Timestamp) -> Result<(), StoreError> {
        let name = self.store.layout().job_file(job, DELETED);
        self.store.create_json(&name, &Deleted { at }).await?;
        Ok(())
    }

    async fn record(&self, ended: &Ended) -> Result<Option<ChangeRecord>, StoreError> {
        let (job, id) = (ended.last.data.job_id, ended.last.id.as_str());
        self.store
            .get_json(&self.store.layout().change_record(job, id))
            .await
    }

    /// Deletes at the service what nothing holds up.
    async fn delete_ended(
        &self,
        client: &PortalClient,
        ended: &Ended,
    ) -> Result<JobDeletion, DeletionError> {
        let Some(ChangeRecord { record, .. }) = self.record(ended).await? else {
            return Ok(JobDeletion::HeldUp(DeletionHold::NotReceived));
        };
        if !record.can_be_deleted() {
            let has_documents = record.has_pades() || record.signers_with_xades().next().is_some();
            return Ok(if has_documents {
                JobDeletion::TooEarly
            } else {
                JobDeletion::NothingToDelete
            });
        }
        if record
            .documents_deletable_from()
            .is_some_and(|from| client.now() < from)
        {
            return Ok(JobDeletion::TooEarly);
        }
        match client.delete_documents(&record).await {
            Ok(()) => Ok(JobDeletion::Deleted),
            // Refused after an attempt whose response was lost: that one did it.
            Err(error) if error.may_be_done_already() && !error.is_transient() => {
                Ok(JobDeletion::Deleted)
            }
            Err(Error::CannotBeDeleted { .. }) => Ok(JobDeletion::TooEarly),
            Err(error) => Err(DeletionError::Client(Box::new(error))),
        }
    }

    /// What names the rest comes last, so that a deletion that was cut short goes on.
    async fn delete_in_store(&self, job: SignatureJobId, ended: &Ended) -> Result<(), StoreError> {
        let layout = self.store.layout();
        let going = layout.job_file(job, GOING);
        // From here on a document that is missing holds up nothing.
        let since = Deleted {
            at: ended.last.time,
        };
        self.store.create_json(&going, &since).await?;
        let documents: BTreeSet<_> = ended
            .events()
            .flat_map(|event| &event.data.documents)
            .map(|document| (layout.document_of(document), &document.sha256))
            .collect();
        for (name, sha256) in documents {
            self.store.delete(&layout.findings(sha256)).await?;
            self.store.delete(&name).await?;
        }
        if let Some(reference) = &ended.last.data.reference {
            let (sender, reference) = (&ended.last.data.sender, reference.reveal());
            self.store.delete(&layout.intent(sender, reference)).await?;
            self.store
                .delete(&layout.outcome(sender, reference))
                .await?;
        }
        let last = layout.change(job, ended.last.id.as_str());
        for listed in self.store.list(&layout.job(job)).await? {
            if listed.name != last && listed.name != going {
                self.store.delete(&listed.name).await?;
            }
        }
        self.store.delete(&last).await?;
        self.store.delete(&going).await
    }

    fn last_look_for_orphans(&self) -> std::sync::MutexGuard<'_, Option<Timestamp>> {
        self.looked_for_orphans
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn is_time_for_orphans(&self, now: Timestamp) -> bool {
        let last = *self.last_look_for_orphans();
        last.is_none_or(|last| now.duration_since(last).abs() >= orphans::LOOK_EVERY)
    }
}
