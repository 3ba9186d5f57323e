//! Intents: what is written before the service is called to create a job, and what became of it.

use std::collections::BTreeSet;

use object_store::path::Path;
use portal_client::jiff::Timestamp;
use portal_client::{
    JobDigest, JobRecord, OrganizationNumber, Sender, SignatureJobId, StatusChange,
};
use portal_verify::{Fingerprint, Sent};
use serde::{Deserialize, Serialize};

use crate::store::Written;
use crate::{Store, StoreError};

/// What is to be created, without its content.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Intent {
    /// The digest of everything that is sent.
    pub(crate) sha256: String,
    pub(crate) sent: Sent,
    pub(crate) sender: Sender,
    pub(crate) since: Timestamp,
    /// Which process wrote it, so that it removes no other's.
    pub(crate) process: String,
}

/// What became of an intent; there is none while it is unknown.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) job_id: i64,
}

/// What is stored of a job that was created.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Created {
    pub(crate) record: JobRecord,
    pub(crate) sent: Sent,
}

/// Names the job that is to be created, before the service has.
#[derive(Clone)]
pub(crate) struct Key<'a> {
    pub(crate) sender: &'a OrganizationNumber,
    pub(crate) reference: &'a str,
}

impl Intent {
    pub(crate) fn new(digest: &JobDigest, sender: Sender, since: Timestamp) -> Self {
        let documents = digest.documents().iter();
        let sent = documents.fold(Sent::new(), |sent, document| {
            sent.document(
                document.reveal_name(),
                document.media_type.as_str(),
                Fingerprint::from_sha256(document.sha256),
            )
        });
        Self {
            sha256: digest.sha256().to_owned(),
            sent,
            sender,
            since,
            process: format!("{:032x}", fastrand::u128(..)),
        }
    }
}

/// The intents of a store.
#[derive(Clone, Debug)]
pub(crate) struct Intents {
    store: Store,
}

impl Intents {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    fn intent_name(&self, key: &Key<'_>) -> Path {
        self.store.layout().intent(key.sender, key.reference)
    }

    fn outcome_name(&self, key: &Key<'_>) -> Path {
        self.store.layout().outcome(key.sender, key.reference)
    }

    fn created_name(&self, job: SignatureJobId) -> Path {
        self.store.layout().job_file(job, "created.json")
    }

    /// Writes an intent, if there is none for this key.
    pub(crate) async fn begin(
        &self,
        key: &Key<'_>,
        intent: &Intent,
    ) -> Result<Written, StoreError> {
        self.store.create_json(&self.intent_name(key), intent).await
    }

    pub(crate) async fn get(&self, key: &Key<'_>) -> Result<Option<Intent>, StoreError> {
        self.store.get_json(&self.intent_name(key)).await
    }

    pub(crate) async fn outcome(&self, key: &Key<'_>) -> Result<Option<Outcome>, StoreError> {
        self.store.get_json(&self.outcome_name(key)).await
    }

    pub(crate) async fn created(&self, job: SignatureJobId) -> Result<Option<Created>, StoreError> {
        self.store.get_json(&self.created_name(job)).await
    }

    /// Writes what became of an intent. The outcome comes first: the job's own object is then written by its first
    /// change at the latest.
    pub(crate) async fn finish(&self, key: &Key<'_>, created: &Created) -> Result<(), StoreError> {
        let job = created.record.job_id();
        let outcome = Outcome { job_id: job.get() };
        self.store
            .create_json(&self.outcome_name(key), &outcome)
            .await?;
        self.store
            .create_json(&self.created_name(job), created)
            .await?;
        Ok(())
    }

    /// Removes an intent of which nothing came, unless it is another's by now.
    pub(crate) async fn withdraw(&self, key: &Key<'_>, intent: &Intent) -> Result<(), StoreError> {
        match self.get(key).await? {
            Some(there) if there.process == intent.process => {
                self.store.delete(&self.intent_name(key)).await
            }
            _ => Ok(()),
        }
    }

    /// Returns what was sent with the job of a change. Settles an intent with the change's reference whose outcome
    /// is unknown.
    pub(crate) async fn sent_of(&self, change: &StatusChange) -> Result<Sent, StoreError> {
        if let Some(created) = self.created(change.job_id()).await? {
            return Ok(created.sent);
        }
        let Some(reference) = change.reference() else {
            return Ok(Sent::new());
        };
        let key = Key {
            sender: change.record().sender().organization_number(),
            reference: reference.reveal(),
        };
        let Some(intent) = self.get(&key).await? else {
            return Ok(Sent::new());
        };
        let job = change.job_id().get();
        let outcome = self.outcome(&key).await?;
        if outcome.is_some_and(|outcome| outcome.job_id != job) {
            // Another job: created twice, or by a program that does not go through this store.
            tracing::warn!(job, "a job has the reference of another job in the store");
            return Ok(Sent::new());
        }
        let created = Created {
            record: change.record().clone(),
            sent: intent.sent,
        };
        self.finish(&key, &created).await?;
        Ok(created.sent)
    }

    /// The intents that have no outcome yet.
    pub(crate) async fn without_outcome(&self) -> Result<Vec<Intent>, StoreError> {
        let listed = self.store.list(&self.store.layout().intents()).await?;
        let names: BTreeSet<&str> = listed.iter().map(|one| one.name.as_ref()).collect();
        let mut intents = Vec::new();
        for name in listed.iter().map(|one| &one.name) {
            let stem = name.as_ref().strip_suffix(".json").unwrap_or(name.as_ref());
            if is_outcome(name) || names.contains(&*format!("{stem}.outcome.json")) {
                continue;
            }
            // It may have been withdrawn meanwhile.
            intents.extend(self.store.get_json::<Intent>(name).await?);
        }
        Ok(intents)
    }

    /// How many intents have no outcome yet.
    pub(crate) async fn unknown(&self) -> Result<u64, StoreError> {
        let listed = self.store.list(&self.store.layout().intents()).await?;
        let outcomes = listed.iter().filter(|one| is_outcome(&one.name)).count();
        let intents = listed.len() - outcomes;
        Ok(u64::try_from(intents.saturating_sub(outcomes)).unwrap_or(u64::MAX))
    }
}

fn is_outcome(name: &Path) -> bool {
    name.as_ref().ends_with(".outcome.json")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use object_store::memory::InMemory;
    use portal_client::Environment;

    use super::*;
    use crate::Scope;

    /// A person has settled an intent while its create was in flight, and another process has begun with the reference.
    #[tokio::test]
    async fn only_its_own_intent_is_withdrawn() {
        let number = OrganizationNumber::new("123456789").unwrap();
        let scope = Scope::new(Environment::difitest(), number.clone());
        let objects = Arc::new(InMemory::new());
        let intents = Intents::new(Store::open(objects, scope).await.unwrap());
        let key = Key {
            sender: &number,
            reference: "123-ABC",
        };
        let intent = |process: &str| Intent {
            sha256: "0".repeat(64),
            sent: Sent::new(),
            sender: Sender::new("123456789").unwrap(),
            since: Timestamp::UNIX_EPOCH,
            process: process.to_owned(),
        };
        let begun = intents.begin(&key, &intent("b")).await.unwrap();
        assert!(begun == Written::Yes);
        intents.withdraw(&key, &intent("a")).await.unwrap();
        assert!(intents.get(&key).await.unwrap().is_some());
        intents.withdraw(&key, &intent("b")).await.unwrap();
        assert!(intents.get(&key).await.unwrap().is_none());
    }
}
