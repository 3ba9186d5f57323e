//! Creating jobs through the store, so that a crash or a repeated call makes no second job.

use std::fmt;
use std::time::Duration;

use portal_client::jiff::Timestamp;
use portal_client::{Error, Job, JobRecord, PortalClient, Sender, SignatureJobId};

use crate::intents::{Created, Intent, Intents, Key};
use crate::store::Written;
use crate::{Store, StoreError};

/// How often a job that was created is written to a store that fails.
const ATTEMPTS: u32 = 3;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(200);

/// Creates jobs, each at most once for a reference. Any process may have one; it needs no lease. Cheap to clone.
///
/// The service can't recognise a repeated create, so an intent is written to the store before it is called. The same
/// job again gives the record of the first and sends nothing; the same reference with other content is refused. When
/// the outcome is unknown (the response was lost, the process was killed), it stays unknown: nothing is sent again
/// until a change with the reference has come to the relay, or a person has [settled](Self::settle) it.
///
/// ```
/// use portal_client::{Job, PortalClient};
/// use portal_relay::{CreateError, Creator, Store};
///
/// # async fn example(client: PortalClient, store: Store, job: Job) -> Result<(), CreateError> {
/// let creator = Creator::new(client, store);
/// let creation = creator.create(&job).await?;
/// println!("job {}, new: {}", creation.record.job_id().get(), creation.is_new);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Creator {
    client: PortalClient,
    intents: Intents,
}

/// A job that is there now.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Creation {
    /// The job.
    pub record: JobRecord,
    /// Whether this call has created it. Otherwise an earlier one had, and nothing was sent.
    pub is_new: bool,
}

/// What a person has found out about a job whose outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Settlement {
    /// There is no such job: it may be created.
    NotCreated,
    /// The job is there, under this number.
    Created(SignatureJobId),
}

/// Why a job was not created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The job has no reference, by which it would be recognised.
    #[error(
        "the job has no reference; give each job its own, so that it is recognised after a crash"
    )]
    NoReference,
    /// The reference is another job's.
    #[error(
        "the reference was used before for a job with other content; nothing was sent. Give the job another \
         reference"
    )]
    OtherContent,
    /// An earlier create with the reference, or this one, may have created the job.
    #[error(
        "it is unknown whether the job was created; it is not sent again. Wait for a status change with its \
         reference, which settles it, or look for the job at the service and settle it by hand (Creator::settle)"
    )]
    #[non_exhaustive]
    OutcomeUnknown {
        /// When the create began.
        since: Timestamp,
        /// How the response was lost; none when the process that created it ended, or is still at it.
        source: Option<Box<Error>>,
    },
    /// The service created the job, and the store could not be written.
    #[error("the job was created, but the store could not be written; keep the record: {source}")]
    #[non_exhaustive]
    NotStored {
        /// The job.
        record: Box<JobRecord>,
        /// What the store says.
        source: StoreError,
    },
    /// The job was not created.
    #[error(transparent)]
    Client(Box<Error>),
    /// The store could not be read or written. Nothing was sent.
    #[error("nothing was sent: {0}")]
    Store(#[from] StoreError),
    /// The runtime is shutting down, or a custom part of the client panicked. The outcome is unknown.
    #[error("creating the job was cut short; it is unknown whether it was created")]
    Aborted,
}

/// Why an outcome was not settled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettleError {
    /// There is no intent with the reference.
    #[error("no create with this reference is known; check the reference and the sender")]
    Unknown,
    /// The outcome is known already.
    #[error("the outcome is known: job {job_id} was created", job_id = .job_id.get())]
    #[non_exhaustive]
    Known {
        /// The job.
        job_id: SignatureJobId,
    },
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Creator {
    /// Creates a creator for a store. All processes of an organisation use the same store.
    #[must_use]
    pub fn new(client: PortalClient, store: Store) -> Self {
        Self {
            client,
            intents: Intents::new(store),
        }
    }

    /// Creates a job, unless it was created before.
    ///
    /// Dropping the future once the intent is written does not stop it: the job is created and stored on a task of
    /// its own.
    ///
    /// # Errors
    /// See [`CreateError`]. After [`CreateError::Client`] the same call may be made again.
    pub async fn create(&self, job: &Job) -> Result<Creation, CreateError> {
        let reference = job.request().reference.clone();
        let reference = reference.ok_or(CreateError::NoReference)?;
        let digest = self.client.digest(job).await.map_err(client_error)?;
        let intent = Intent::new(&digest, job.sender().clone(), self.client.now());
        let key = Key {
            sender: job.sender().organization_number(),
            reference: reference.reveal(),
        };
        while self.intents.begin(&key, &intent).await? == Written::No {
            if let Some(creation) = self.earlier(&key, &intent).await? {
                return Ok(creation);
            }
            // It was withdrawn in between.
        }
        let (this, job) = (self.clone(), job.clone());
        let sent = tokio::spawn(async move { this.send(&job, &intent).await });
        sent.await.unwrap_or(Err(CreateError::Aborted))
    }

    /// What an earlier create came to; none when it was withdrawn.
    async fn earlier(
        &self,
        key: &Key<'_>,
        intent: &Intent,
    ) -> Result<Option<Creation>, CreateError> {
        let Some(earlier) = self.intents.get(key).await? else {
            return Ok(None);
        };
        if earlier.sha256 != intent.sha256 {
            return Err(CreateError::OtherContent);
        }
        let unknown = || CreateError::OutcomeUnknown {
            since: earlier.since,
            source: None,
        };
        let outcome = self.intents.outcome(key).await?.ok_or_else(unknown)?;
        let job = SignatureJobId::new(outcome.job_id);
        let record = match self.intents.created(job).await? {
            Some(created) => created.record,
            // The process ended in between. The job's first change has the rest.
            None => bare_record(&earlier.sender, job, key.reference)?,
        };
        Ok(Some(Creation {
            record,
            is_new: false,
        }))
    }

    async fn send(&self, job: &Job, intent: &Intent) -> Result<Creation, CreateError> {
        let reference = job.request().reference.clone();
        let reference = reference.ok_or(CreateError::NoReference)?;
        let key = Key {
            sender: job.sender().organization_number(),
            reference: reference.reveal(),
        };
        let record = match self.client.create(job).await {
            Ok(created) => created.record().clone(),
            Err(error @ Error::OutcomeUnknown { .. }) => {
                return Err(CreateError::OutcomeUnknown {
                    since: intent.since,
                    source: Some(Box::new(error)),
                });
            }
            Err(error) => {
                if let Err(error) = self.intents.withdraw(&key, intent).await {
                    tracing::warn!(%error, "an intent could not be removed; settle it by hand");
                }
                return Err(client_error(error));
            }
        };
        let created = Created {
            record: record.clone(),
            sent: intent.sent.clone(),
        };
        let mut attempt = 1;
        while let Err(source) = self.intents.finish(&key, &created).await {
            if attempt >= ATTEMPTS {
                let record = Box::new(record);
                return Err(CreateError::NotStored { record, source });
            }
            tokio::time::sleep(BETWEEN_ATTEMPTS * attempt).await;
            attempt += 1;
        }
        Ok(Creation {
            record,
            is_new: true,
        })
    }

    /// How many outcomes are unknown.
    pub(crate) async fn unknown(&self) -> Result<u64, StoreError> {
        self.intents.unknown().await
    }

    /// Settles a create whose outcome is unknown, by what a person has found out. With
    /// [`Settlement::NotCreated`] the job may be created again: if the service has it after all, there are then two.
    ///
    /// # Errors
    /// See [`SettleError`].
    pub async fn settle(
        &self,
        sender: &Sender,
        reference: &str,
        settlement: Settlement,
    ) -> Result<(), SettleError> {
        let key = Key {
            sender: sender.organization_number(),
            reference,
        };
        let intent = self.intents.get(&key).await?.ok_or(SettleError::Unknown)?;
        if let Some(outcome) = self.intents.outcome(&key).await? {
            let job_id = SignatureJobId::new(outcome.job_id);
            return Err(SettleError::Known { job_id });
        }
        match settlement {
            Settlement::NotCreated => self.intents.withdraw(&key, &intent).await?,
            Settlement::Created(job_id) => {
                let record = bare_record(&intent.sender, job_id, reference)?;
                let sent = intent.sent;
                self.intents.finish(&key, &Created { record, sent }).await?;
            }
        }
        Ok(())
    }
}

/// A record without URLs: those come with the job's changes.
fn bare_record(
    sender: &Sender,
    job_id: SignatureJobId,
    reference: &str,
) -> Result<JobRecord, StoreError> {
    let record = serde_json::json!({
        "version": 1,
        "sender": sender,
        "job_id": job_id.get(),
        "reference": reference,
    });
    serde_json::from_value(record).map_err(|source| StoreError::Unwritable {
        source: Box::new(source),
    })
}

fn client_error(error: Error) -> CreateError {
    CreateError::Client(Box::new(error))
}

impl fmt::Debug for Creator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Creator")
            .field("client", &self.client)
            .field("intents", &self.intents)
            .finish()
    }
}
