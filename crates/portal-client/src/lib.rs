//! The portal flow of Posten signering: create a job, poll for changes, fetch what was signed, confirm.
//!
//! ```
//! use portal_client::{Document, Error, Job, Notification, PortalClient, Signer};
//!
//! # async fn example(client: PortalClient, document1: Vec<u8>, document2: Vec<u8>)
//! # -> Result<(), Error> {
//! let job = Job::builder("Job title")
//!     .document(Document::pdf("Document 1 title", document1))
//!     .document(Document::pdf("Document 2 title", document2))
//!     .signer(Signer::by_personal_number("12345678910", Notification::lookup()))
//!     .signer(Signer::by_personal_number("10987654321", Notification::email("email@example.com")))
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
//! - [`PortalClient`] makes the calls. [`PortalClient::builder`] composes it of an [`Environment`], the
//!   enterprise certificate and trust anchors, with pace and repetition in place; [`PortalClient::new`]
//!   takes a [`Transport`](portal_transport::Transport), a signer of packages and a clock of one's own.
//!   Nothing is global, and there is no default environment.
//! - [`JobRecord`] is what to store about a job, so that it can be cancelled, fetched, confirmed and
//!   deleted after a restart (feature `serde`).
//! - [`Download`] saves a signed document whole or not at all.
//! - `blocking::PortalClient` (feature `blocking`) has the same calls for programs without async.
//! - [`Error`] says what happened, [whose fault](Error::origin) it is and whether
//!   [trying again](Error::is_retryable) may help.
//!
//! The folder `examples` has programs that run as they are, against a sandbox inside them or against the
//! service: `quickstart`, `chained_signing`, `broker`, `watch_and_store`, `custom_transport` and
//! `hsm_signer` (`cargo run --example quickstart`).
//!
//! # The poll loop
//! [`PortalClient::watch`] polls as long as the program runs, and gives every change to a handler:
//!
//! ```
//! # use portal_client::{DownloadError, Error, PortalClient};
//! # async fn example(client: PortalClient) -> Result<(), Error> {
//! let downloads = client.clone();
//! let watch = client.watch([]); // the default sender's queue
//! let stop = watch.stop_handle(); // for whoever ends the program
//! watch
//!     .handle(move |change| {
//!         let client = downloads.clone();
//!         async move {
//!             if change.record().has_pades() {
//!                 let file = format!("signed/{}.pdf", change.job_id());
//!                 // A change may come twice: the file may be there, with fewer signatures or the same.
//!                 client.pades(&change).await?.save_over(file).await?;
//!             }
//!             Ok::<(), Error>(()) // and only now it is confirmed
//!         }
//!     })
//!     .await
//! # }
//! ```
//!
//! [`Watch::stream`] gives the same changes as a stream, each to be confirmed by hand. Both promise:
//!
//! - **Confirmed is only what was handled**: after the handler returned `Ok`. A confirmation settles
//!   everything of its job that was handed out, so that it waits until all of that has been handled.
//! - **At least once.** A change whose handler fails, panics or is cut off by the end of the process comes
//!   back after ten minutes. So does one that was handled, but whose confirmation was lost: the watch then
//!   only confirms it, but the next process handles it a second time, recognisable by its [`ChangeId`].
//!   Write handlers that may run twice: name files after the job, and store the id with what was done in a
//!   database.
//! - **One at a time.** Two changes of one job are never with handlers at once, and come in their order: after
//!   a failure, the newer wait until the earlier one is back. The same change is never with two handlers,
//!   even when a handler takes longer than the ten minutes and the service hands it out again.
//! - **Never too early, never idle.** A queue is polled at the permitted time and not before, whatever this
//!   computer's clock shows and however it is set meanwhile: the service's clock is known by the `Date` of
//!   its answers, waits are measured on one that does not jump, and [`Watch::poll_times`] keeps the
//!   times beyond a restart. While changes come, nothing is waited for but the ten calls in a second.
//! - **Outages pass.** What waiting may mend is waited for, with growing pauses; what it can't, such as a
//!   refused certificate, ends the watch with the error. It never ends without a word.
//! - **Little in hand.** At most [so many](Watch::max_in_flight) changes are unconfirmed here at a time.
//! - **A clean stop** by [`StopHandle`]: a poll under way is finished and what is in hand is handled, within
//!   a [grace](Watch::shutdown_timeout). Whatever is cut off comes back after ten minutes.
//!
//! Its calls keep to ten in a second. Handlers make calls of their own: all share the limit when there is a
//! [`RateLimit`](portal_transport::RateLimit) on the client's transport, as its [builder](PortalClient::builder)
//! puts there. Let only one process watch a queue: another's confirmation of a job would settle a change of
//! it that is in hand here.
//!
//! Two things it takes from the service. Each change tells how the whole job stands, so that a newer one may
//! stand for an older that never came: when a process was killed, or the answer to a poll was lost, with the
//! older. And of the changes of a job that are out unconfirmed, at least the newest comes back. So after a
//! lost answer nothing that came before is confirmed until it has come back itself, or together with a
//! newer change; [`Confirmation::Later`] says so. Only the end of a job is confirmed at once.
//!
//! A program that was killed may have left unfinished files behind; [`remove_leftovers`] clears them away.
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

#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
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
mod responses;
pub mod samples;
mod sender;
mod watch;

pub use builder::{BuildError, ClientBuilder};
pub use client::PortalClient;
pub use download::{DocumentKind, Download, DownloadError, TEMPORARY_PREFIX, remove_leftovers};
pub use environment::Environment;
pub use error::{Error, ErrorOrigin, Link, Operation, UnexpectedResponse};
pub use job::{Content, Document, Job, JobBuilder, JobError, Notification, Profile, Signer};
pub use multipart::{Boundary, InvalidBoundary};
pub use poll_time::{NextPoll, PollTimeWarning};
pub use portal_model::{
    AuthenticationLevel, DateTime, IdentifierInSignedDocuments, PortalSignatureJobStatus,
    SignatureIdentifier, SignatureType, SignerStatus, SigningOnBehalfOf,
};
pub use portal_rules::{Report, Sector};
pub use record::JobRecord;
pub use responses::{CreatedJob, Polled, StatusChange};
pub use sender::Sender;
pub use watch::{
    ChangeId, Changes, Confirmation, Delivery, PendingChange, PermittedPoll, PollTimeFolder,
    PollTimes, StopHandle, Watch, WatchEvent,
};
