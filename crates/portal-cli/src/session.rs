//! What commands about jobs work with: a client, and the store that remembers.

use std::path::PathBuf;

use portal_client::{PortalClient, Sender, SignatureJobId};
use portal_relay::{Catalog, Creator, LeaseGate, Scope, Store, StoreError, StoredJob};

use crate::config::{self, Config};
use crate::connection::Connection;
use crate::exit::Exit;
use crate::failure::Failure;

/// A client with its store.
pub(crate) struct Session {
    pub(crate) client: PortalClient,
    pub(crate) store: Store,
    pub(crate) catalog: Catalog,
    /// Open while a relay of this process holds the lease.
    pub(crate) gate: LeaseGate,
}

/// What a person calls a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    Last,
    Id(i64),
    Own(String),
}

impl Reference {
    /// Never fails: whatever is neither `last` nor a number is a reference.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text == "last" {
            return Ok(Self::Last);
        }
        if let Some(number) = text.strip_prefix("id:") {
            let number = number
                .parse()
                .map_err(|_| "give a number after id:".to_owned())?;
            return Ok(Self::Id(number));
        }
        if text.is_empty() {
            return Err("give the job's reference, id:NUMBER or last".to_owned());
        }
        Ok(Self::Own(text.to_owned()))
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Last => f.write_str("last"),
            Self::Id(number) => write!(f, "id:{number}"),
            Self::Own(text) => f.write_str(text),
        }
    }
}

/// What the store knows of a job.
pub(crate) enum Known {
    Job(Box<StoredJob>),
    /// It was sent, or is being sent; whether it was created is not known.
    Unknown {
        since: jiff::Timestamp,
    },
}

impl Session {
    pub(crate) async fn open(
        config: &Config,
        no_input: bool,
        calls_per_second: u32,
    ) -> Result<Self, Failure> {
        let connection = Connection::new(config, no_input);
        let gate = LeaseGate::new();
        let client = connection.client(calls_per_second, Some(&gate))?;
        let certificate = client.certificate();
        let organization = certificate
            .and_then(|certificate| certificate.organization_number())
            .or_else(|| {
                client
                    .profile()
                    .sender()
                    .map(|sender| sender.organization_number().clone())
            })
            .ok_or_else(|| {
                Failure::new(
                    Exit::Configuration,
                    "no-sender",
                    "it is not known whose store it is",
                )
                .next("portal init")
            })?;
        let address = match &connection.settings().store {
            Some(address) => address.clone(),
            None => default_store(&config.profile)?,
        };
        let scope = Scope::new(client.environment().clone(), organization);
        if !address.contains("://") {
            let path = PathBuf::from(&address);
            // The folder itself is made by the store, which keeps it private.
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(|error| {
                    let message = format!("the folder of the store {address} can't be made");
                    Failure::new(Exit::Computer, "store", message).because(&error)
                })?;
            }
        }
        let store = Store::by_address(&address, std::env::vars(), scope).await?;
        Ok(Self {
            catalog: Catalog::new(store.clone()),
            client,
            store,
            gate,
        })
    }

    pub(crate) fn creator(&self) -> Creator {
        Creator::new(self.client.clone(), self.store.clone())
    }

    pub(crate) fn sender(&self) -> Result<&Sender, Failure> {
        let sender = self.client.profile().sender();
        sender.ok_or_else(|| portal_client::Error::NoSender.into())
    }

    /// What the store knows of the job that a person names.
    pub(crate) async fn find(&self, reference: &Reference) -> Result<Known, Failure> {
        let id = match reference {
            Reference::Last => self.catalog.jobs().await?.last().copied(),
            Reference::Id(number) => Some(SignatureJobId::new(*number)),
            Reference::Own(text) => {
                let sender = self.sender()?.organization_number();
                match self.catalog.create_of(sender, text).await? {
                    Some(create) => match create.job_id {
                        Some(id) => Some(id),
                        None => {
                            return Ok(Known::Unknown {
                                since: create.since,
                            });
                        }
                    },
                    // A job that another program has sent.
                    None => self.by_event(text).await?,
                }
            }
        };
        let job = match id {
            Some(id) => self.catalog.job(id).await?,
            None => None,
        };
        job.map(|job| Known::Job(Box::new(job))).ok_or_else(|| {
            let message = format!("no job {reference} is known in this store");
            Failure::new(Exit::Refused, "unknown-job", message)
                .fix("give a reference, id:NUMBER or last")
                .next("portal list")
        })
    }

    async fn by_event(&self, reference: &str) -> Result<Option<SignatureJobId>, Failure> {
        for id in self.catalog.jobs().await?.into_iter().rev() {
            let job = self.catalog.job(id).await?;
            let own = job.as_ref().and_then(|job| job.record.reference());
            if own.is_some_and(|own| own.reveal() == reference) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// The job that a person names; one whose outcome is unknown is an error.
    pub(crate) async fn job(&self, reference: &Reference) -> Result<StoredJob, Failure> {
        match self.find(reference).await? {
            Known::Job(job) => Ok(*job),
            Known::Unknown { since } => Err(unknown(reference, since)),
        }
    }
}

/// That it is not known whether a job was created.
pub(crate) fn unknown(reference: &Reference, since: jiff::Timestamp) -> Failure {
    let message =
        format!("it is unknown whether the job {reference} was created; it was sent at {since}");
    Failure::new(Exit::Unknown, "outcome-unknown", message)
        .fix("never send it again; a status change with its reference settles it, or a person who has asked the service does")
        .next(format!("portal wait {reference}, or portal settle {reference}"))
}

fn default_store(profile: &str) -> Result<String, Failure> {
    let folder = config::base_folder("XDG_STATE_HOME", ".local/state");
    let folder = folder.ok_or_else(|| {
        Failure::new(
            Exit::Configuration,
            "configuration",
            "it is not known where the store belongs",
        )
        .fix("set `store` in the configuration, or PORTAL_STORE, or HOME")
    })?;
    // A profile's name is a key of a file, and may hold anything.
    let name: String = profile
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() || "-_".contains(letter) {
                letter
            } else {
                '_'
            }
        })
        .collect();
    Ok(folder.join("portal").join(name).display().to_string())
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match &error {
            StoreError::NotPrivate { .. }
            | StoreError::Foreign { .. }
            | StoreError::Format { .. }
            | StoreError::IgnoresConditions { .. }
            | StoreError::UnknownAddress { .. } => Exit::Configuration,
            _ => Exit::Computer,
        };
        Self::of(exit, "store", &error).next("portal config show")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_named_by_reference_number_or_last() {
        assert_eq!(Reference::parse("last"), Ok(Reference::Last));
        assert_eq!(Reference::parse("id:12"), Ok(Reference::Id(12)));
        assert_eq!(Reference::parse("12"), Ok(Reference::Own("12".to_owned())));
        assert!(Reference::parse("id:x").is_err() && Reference::parse("").is_err());
    }
}
