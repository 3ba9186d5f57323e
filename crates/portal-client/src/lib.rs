//! The portal flow of Posten signering: create a job, poll for changes, fetch what was signed, confirm.
//!
//! ```
//! use portal_client::{Document, Error, Job, Notify, PortalClient, Signer};
//!
//! # async fn example(client: PortalClient, document1: Vec<u8>, document2: Vec<u8>)
//! # -> Result<(), Error> {
//! let job = Job::builder("Job title")
//!     .document(Document::pdf("Document 1 title", document1))
//!     .document(Document::pdf("Document 2 title", document2))
//!     .signer(Signer::by_personal_number("12345678910", Notify::lookup()))
//!     .signer(Signer::by_personal_number("10987654321", Notify::email("email@example.com")))
//!     .signer(Signer::by_email("email@example.com"))
//!     .reference("123-ABC")
//!     .build(client.profile(), client.now())?;
//! let created = client.create(&job).await?;
//! println!("job {} is waiting for its signers", created.job_id());
//!
//! // Later, and again and again: what has changed?
//! let polled = client.status_change(None).await?;
//! if let Some(change) = polled.change {
//!     if change.record().has_pades() {
//!         client.pades(&change).await?.save_to("signed.pdf").await?;
//!     }
//!     client.confirm(&change).await?;
//! }
//! println!("poll again at {}", polled.next_poll.permitted_at);
//! # Ok(())
//! # }
//! ```
//!
//! # The parts
//! - [`Job::builder`] collects a job, and [`JobBuilder::build`] holds it against every rule of the
//!   service: either all violations come back at once, or a [`Job`] that may be sent.
//! - [`PortalClient`] makes the calls. It composes an [`Environment`], a
//!   [`Transport`](portal_transport::Transport), a signer of packages and a clock; nothing is global, and
//!   there is no default environment.
//! - [`JobRecord`] is what to store about a job, so that it can be cancelled, fetched, confirmed and
//!   deleted after a restart (feature `serde`).
//! - [`Download`] saves a signed document whole or not at all.
//! - [`Error`] says what happened, [whose fault](Error::whose_fault) it is and whether
//!   [trying again](Error::is_retryable) may help.
//!
//! # What to know of the service
//! - A change that is handed out is gone from the queue, and comes back after ten minutes unless it is
//!   confirmed. Fetch and store first, then confirm: confirming a job at its end removes it.
//! - Polling has a permitted time in every answer; see [`Polled::next_poll`].
//! - Applications that share an organisation number need a queue each; see [`Sender::with_queue`].
//! - The service cannot recognise a repeated create; see [`Error::OutcomeUnknown`].
//!
//! # Privacy
//! `Debug`, `Display`, errors and log events hold no personal numbers, addresses, titles or document
//! names. Methods that do give them begin with `reveal`.

mod answers;
mod client;
mod download;
mod endpoints;
mod environment;
mod error;
#[cfg(test)]
mod fixtures;
mod job;
mod multipart;
mod poll_time;
mod record;
pub mod samples;
mod sender;

pub use answers::{CreatedJob, Polled, StatusChange};
pub use client::PortalClient;
pub use download::{DocumentKind, Download, DownloadError, TEMPORARY_PREFIX};
pub use environment::Environment;
pub use error::{Call, Error, Fault, Link, UnexpectedAnswer};
pub use job::{Content, Document, Job, JobBuilder, JobError, Notify, Profile, Signer};
pub use multipart::{Boundary, InvalidBoundary};
pub use poll_time::{NextPoll, PollTimeWarning};
pub use portal_model::{
    AuthenticationLevel, DateTime, IdentifierInSignedDocuments, PortalSignatureJobStatus,
    SignatureIdentifier, SignatureType, SignerStatus, SigningOnBehalfOf,
};
pub use portal_rules::{Report, Sector};
pub use record::JobRecord;
pub use sender::Sender;
