//! The portal flow of Posten signering: create a job, poll for changes, fetch what was signed, confirm.
//!
//! ```
//! use portal_client::{Document, Error, Notification, PortalClient, Signer};
//!
//! # async fn example(client: PortalClient, document1: Vec<u8>, document2: Vec<u8>)
//! # -> Result<(), Error> {
//! let job = client
//!     .job("Job title")
//!     .document(Document::pdf("Document 1 title", document1))
//!     .document(Document::pdf("Document 2 title", document2))
//!     .signer(Signer::by_personal_number("12345678910", Notification::lookup()))
//!     .signer(Signer::by_personal_number("10987654321", Notification::email("email@example.com")))
//!     .signer(Signer::by_email("email@example.com"))
//!     .reference("123-ABC")
//!     .build()
//!     .await?;
//! let created = client.create(&job).await?;
//! println!("job {} is waiting for its signers", created.job_id());
//!
//! // From time to time: what has changed?
//! let polled = client.status_change(None).await?;
//! if let Some(change) = polled.change {
//!     if change.record().has_pades() {
//!         let file = format!("{}.pdf", change.job_id());
//!         client.pades(&change).await?.save_over(file).await?;
//!     }
//!     client.confirm(&change).await?;
//! }
//! println!("poll again in {:?}", polled.next_poll.wait());
//! # Ok(())
//! # }
//! ```
//!
//! This crate is the only one that a program needs: every type in its signatures is exported from it, and so
//! is `jiff` for times.
//!
//! # The parts
//! - [`PortalClient`] makes the requests, and [checks](PortalClient::check) before the first job that everything
//!   is as it should be. [`PortalClient::builder`] composes it of an [`Environment`], the
//!   enterprise certificate and the sector, with trust, rate limit and retries in place; [`Authentication`] is by
//!   the certificate or by access tokens; [`PortalClient::new`]
//!   takes a custom [`Transport`] and a custom signer of packages. Nothing is global, and there is no default
//!   environment.
//! - [`PortalClient::job`] begins a job, and [`JobBuilder::build`] checks it against every rule of the
//!   service: either all violations are returned at once, or a [`Job`] that may be sent. A [`Profile`] does
//!   the same without a client.
//! - [`JobRecord`] is what to store about a job, so that it can be cancelled, fetched, confirmed and
//!   deleted after a restart (feature `serde`).
//! - [`Download`] saves a signed document whole or not at all.
//! - [`PackageProcessor`] keeps the document packages that are sent, byte for byte.
//! - `blocking::PortalClient` (feature `blocking`) has the same operations for programs without async.
//! - [`Error`] says in one line what happened, [where it comes from](Error::origin) and whether a
//!   [retry](Error::is_retryable) may help.
//!
//! The folder `examples` has programs that run as they are, against a sandbox inside them or against the
//! service: `quickstart`, `chained_signing`, `broker`, `watch_and_store`, `custom_transport` and
//! `hsm_signer` (`cargo run --example quickstart`).
//!
//! # The first client
//! The certificate is the only file that is needed. [From the sandbox to production](production) says where it
//! comes from, and what else is needed before the first job.
//!
//! ```no_run
//! use portal_client::{EnterpriseCertificate, Environment, PortalClient, Sector, Sender};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let file = std::fs::read("certificate.p12")?;
//! let certificate = EnterpriseCertificate::from_pkcs12(&file, "password")?;
//! let client = PortalClient::builder(Environment::difitest(), certificate, Sector::Public)
//!     .sender(Sender::new("123456789")?)
//!     .build()?;
//! println!("{}", client.check().await);
//! # Ok(())
//! # }
//! ```
//!
//! # Testing
//! The crate `portal-sandbox` is the service for tests, inside the test's process: signers that act, a clock
//! that can be moved, faults on purpose. With its feature `client` it gives a ready client, or the builder of
//! one, as a dev-dependency. A watch of that client takes its queues as never polled. The folder `templates/newcomer` is a project that a new user would write, with
//! such tests.
//!
//! # Features
//! | feature | default | adds |
//! |---|---|---|
//! | `reqwest` | yes | `ClientBuilder::build`, which builds a client over reqwest |
//! | `blocking` | no | the module `blocking`: the client for programs without async |
//! | `job-file` | no | `JobFile`: jobs written as TOML or JSON, and their JSON Schema |
//! | `serde` | no | JSON for everything that is stored between requests, and for reports |
//! | `verify` | no | facts about what comes back signed: `CreatedJob::sent`, `Download::save_and_verify`, and the crate `portal_verify` |
//!
//! # The poll loop
//! [`PortalClient::watch`] polls as long as the program runs, and gives every change to a handler:
//!
//! ```
//! # use portal_client::{Error, PortalClient, PortalSignatureJobStatus};
//! # async fn example(client: PortalClient) -> Result<(), Error> {
//! let watch = client.watch(); // the queue of the client's sender
//! let stop = watch.stop_handle(); // for whoever ends the program
//! watch
//!     .handle(|client, change| async move {
//!         // A completed job without a PDF is an error, and not confirmed.
//!         if change.status() == PortalSignatureJobStatus::CompletedSuccessfully {
//!             let file = format!("signed/{}.pdf", change.job_id());
//!             // A change may be redelivered: the file may be there, with fewer signatures or the same.
//!             client.pades(&change).await?.save_over(file).await?;
//!         }
//!         Ok::<(), Error>(()) // and only now it is confirmed
//!     })
//!     .await
//! # }
//! ```
//!
//! [`Watch::stream`] gives the same changes as a stream, each to be confirmed by hand. Both promise:
//!
//! - **Only what was handled is confirmed**: after the handler returned `Ok`. A confirmation settles
//!   everything of its job that was handed out, so it waits until all of that has been handled. A change that is
//!   redelivered is confirmed without the handler only when its record is the same to the last URL.
//! - **At least once.** A change whose handler fails, panics or is cut off by the end of the process is
//!   redelivered after ten minutes. So is one that was handled, but whose confirmation was lost: the watch
//!   then only confirms it, but the next process handles it a second time, recognisable by its [`ChangeId`].
//!   Write handlers that may run twice: name files after the job, and store the id with what was done in a
//!   database.
//! - **One at a time.** Two changes of one job are never with handlers at once, and arrive in their order:
//!   after a failure, the newer wait until the earlier one is redelivered, or has not been for twice the ten
//!   minutes. The same change is never with two handlers, even when a handler takes longer than the ten minutes
//!   and the service redelivers it.
//! - **Never too early, never idle.** A queue is polled at the permitted time and not before, whatever this
//!   computer's clock shows and however it is set meanwhile: the wait is what lies between the `Date` of a
//!   response and the time that it permits, measured on a clock that does not jump, and
//!   [`ClientBuilder::poll_times`] keeps the times beyond a restart. After a suspended machine wakes, the service is asked for its time. While
//!   changes come, nothing is waited for but the rate limit. [`Watch::status_handle`] shows the next poll.
//! - **Outages are retried** with exponential backoff. Permanent errors, such as a rejected certificate, end
//!   the watch with the error. It never ends silently.
//! - **Bounded.** At most [`max_in_flight`](Watch::max_in_flight) changes are unconfirmed at any time.
//! - **A clean stop** by [`StopHandle`]: a poll in flight is finished and what is in flight is handled, changes
//!   that wait for an earlier one included, within a [`shutdown_timeout`](Watch::shutdown_timeout). Whatever is
//!   cut off is redelivered after ten minutes.
//!
//! Its requests keep to ten a second. Handlers make requests of their own: all share the limit when there is a
//! [`RateLimit`] on the client's transport, as its [builder](PortalClient::builder) puts there. Let only one
//! process watch a queue: another's confirmation of a job would settle a change of it that is in flight here.
//!
//! The documentation leaves open what becomes of several changes of one job: whether each is redelivered, or only
//! the newest, or the next is held back while one is out. The watch is right for all three. One thing it takes from
//! the service: each change says how the whole job stands, so that a newer one may stand for an older that was
//! never seen. What is unseen may be the newer one, though: after a response was lost or could not be read, and
//! what an earlier process was handed when it was killed. So a job in progress is then confirmed only when a queue
//! was empty twenty minutes later: by then everything has been redelivered. [`Confirmation::Deferred`] says so. A
//! job that has ended is confirmed at once.
//!
//! Whether an earlier process was killed is stored beside the poll times, as [`Shutdown`]. So give the client a
//! place for them, such as a [`PollTimeFolder`]:
//!
//! | the last watch of the queue | jobs in progress are confirmed |
//! |---|---|
//! | stopped: by its handle, by an empty queue, at the end of its stream | at once |
//! | stopped soon after a lost response, or with several changes of one job unconfirmed | when the queue was empty 20 minutes after those |
//! | was killed | when the queue was empty 20 minutes after its last poll |
//! | is unknown: nothing is stored | when the queue was empty 20 minutes after the start |
//! | never was, as the storage says by [`PermittedPoll::never_polled`] | at once |
//!
//! A program that was killed may have left unfinished files behind; [`remove_leftovers`] clears them away.
//!
//! # What to know of the service
//! - A change that is handed out is gone from the queue, and is redelivered after ten minutes unless it is
//!   confirmed. Fetch and store first, then confirm: confirming a job that has ended removes it.
//! - Every response to a poll says when the next one is permitted; see [`Polled::next_poll`].
//! - Applications that share an organisation number need a queue each; see [`Sender::with_queue`].
//! - The service can't recognise a repeated create; see [`Error::OutcomeUnknown`].
//! - Signed documents are kept for 40 days, then the service deletes them. Deleting them is possible from 24
//!   hours after the last signature, or from 7 days where a signer has no digital mailbox; see
//!   [`JobRecord::documents_deletable_from`].
//!
//! # Privacy
//! `Debug`, `Display`, errors and log events hold no personal numbers, addresses, titles or document
//! names. Methods that do give them begin with `reveal`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod authentication;
#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
mod change_id;
mod check;
mod client;
mod connection;
mod download;
mod endpoints;
mod environment;
mod error;
#[cfg(test)]
mod fixtures;
mod job;
#[cfg(feature = "job-file")]
mod job_file;
#[cfg(feature = "serde")]
mod json;
mod multipart;
mod package_processor;
mod poll_time;
#[doc = include_str!("../docs/production.md")]
pub mod production {}
mod profile;
mod record;
mod renewal;
mod responses;
#[cfg(any(doctest, test))]
mod samples;
mod sender;
mod service_date;
#[cfg(feature = "verify")]
mod signed;
mod signer_signature;
mod signing_times;
mod stored_poll;
mod watch;

pub use authentication::{Authentication, TokenEndpoint};
pub use builder::{BuildError, ClientBuilder};
pub use bytes::Bytes;
pub use change_id::ChangeId;
pub use check::{CheckCode, CheckFinding, CheckReport, CheckStatus};
pub use client::PortalClient;
pub use download::{
    DocumentKind, Download, DownloadError, PrivatePath, SaveOptions, remove_leftovers,
};
#[cfg(feature = "verify")]
#[cfg_attr(docsrs, doc(cfg(feature = "verify")))]
pub use download::{DocumentReport, SavedDocument};
pub use environment::Environment;
pub use error::{Error, ErrorChain, ErrorOrigin, Link, Operation, UnexpectedResponse};
pub use http;
pub use jiff;
pub use job::{
    Content, Document, DocumentDigest, Job, JobBuilder, JobDigest, JobError, Notification, Signer,
};
#[cfg(feature = "job-file")]
pub use job_file::{JobFile, JobFileError, JobFileProblem};
pub use package_processor::{
    BoxError, CreateOptions, PackageFolder, PackageProcessor, PackageProcessorError, SignedPackage,
};
pub use poll_time::{NextPoll, PollTimeWarning};
pub use portal_asice::{
    KeySigner, NameError, Package, PackageError, PackageSigner, Reopen, SignError, SignatureInput,
    SignerError, WriteError,
};
pub use portal_certificate::{Certificate, EnterpriseCertificate, LoadError};
pub use portal_model::{
    AuthenticationLevel, DateTime, EnvironmentKind, ErrorDocument, FacetError,
    IdentifierInSignedDocuments, MediaType, OrganizationNumber, ParseNotice,
    PersonalIdentificationNumber, PortalSignatureJobManifest, PortalSignatureJobRequest,
    PortalSignatureJobStatus, PortalSigner, SignatureIdentifier, SignatureJobId,
    SignatureJobReference, SignatureType, SignerStatus, SigningOnBehalfOf, UnknownMediaType,
    XmlError,
};
pub use portal_rules::{Code, Report, Sector, SenderProfile, Severity, UnknownSector, Violation};
#[cfg(feature = "reqwest")]
pub use portal_transport::ReqwestTransport;
pub use portal_transport::{
    AnchorError, Body, BoxFuture, Clock, ConfigError, ErrorKind, HyperTransport, Idempotency,
    OperationClass, Proxy, RateLimit, RequestBodyProblem, RetryPolicy, Retrying, ServerTrust,
    ServiceRoot, SharedClock, SystemClock, TimeoutKind, Timeouts, TlsFailure, TlsSettings,
    TokenFailure, Transport, TransportError, TransportSettings, TrustAnchors, Verdict,
};
#[cfg(feature = "verify")]
#[cfg_attr(docsrs, doc(cfg(feature = "verify")))]
pub use portal_verify;
pub use profile::Profile;
pub use record::JobRecord;
pub use renewal::{Renewal, RenewalError};
pub use responses::{CreatedJob, Polled, StatusChange};
pub use sender::Sender;
pub use signer_signature::{SignerIndex, SignerSignature};
pub use stored_poll::{PermittedPoll, PollTimeFolder, PollTimes, QueueKey, Shutdown};
pub use watch::{
    Changes, Confirmation, PendingChange, QueueStatus, StatusHandle, StopHandle, StoppedClock,
    WaitReason, Watch, WatchEvent,
};

/// The workspace's page, whose example is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
