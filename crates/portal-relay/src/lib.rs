//! Receives, stores, verifies, confirms and delivers the changes of signature jobs, and goes on when a machine dies.
//!
//! Every sender of signature jobs needs the same around a client: poll, store the signed documents, confirm, tell the
//! case system, and survive a crash at any point. A [`Relay`] does it over a [`Store`], which is a folder or an object
//! store. Several relays may run; one of them polls and the others stand by.
//!
//! ```
//! use portal_client::HyperTransport;
//! use portal_relay::{LeaseGate, Lines, Relay, Scope, Store};
//! use portal_sandbox::Sandbox;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let parent = tempfile::tempdir()?;
//! # let folder = parent.path().join("store");
//! # let sandbox = Sandbox::start().await?;
//! # let builder = sandbox.client_builder()?; // in production: PortalClient::builder(...)
//! // Polls and confirmations pass a gate, which is open while this relay holds the lease.
//! let gate = LeaseGate::new();
//! let client = builder.build_over({
//!     let gate = gate.clone();
//!     move |settings| Ok(gate.guard(HyperTransport::new(settings)?))
//! })?;
//!
//! let scope = Scope::new(client.environment().clone(), sandbox.sender().clone());
//! let store = Store::folder(&folder, scope).await?;
//! let relay = Relay::builder(client, store)
//!     .sink(Lines::new("lines".parse()?, std::io::stdout()))
//!     .gate(gate)
//!     .build()?;
//!
//! // Until somebody stops it, as on SIGTERM.
//! let running = tokio::spawn({
//!     let relay = relay.clone();
//!     async move { relay.run().await }
//! });
//! relay.stop();
//! running.await??;
//! # Ok(())
//! # }
//! ```
//!
//! # The order
//! For each change: download the documents, store them under their digests, verify them, store the event, put it in
//! the outbox of each sink, **confirm**, deliver, and remove it from the outbox. Everything can be done again with the
//! same result, so a process that is killed anywhere is followed by one that ends the same, with the same event ids.
//!
//! - **Nothing is confirmed before it is stored.** What is not confirmed is redelivered by the service.
//! - **Confirmed before it is delivered.** A receiver that is down does not make the service hand out documents again.
//! - **At least once.** Each event is delivered once or more, always under the same [id](Event::id), in the order of its
//!   job. An event that was delivered, and whose process was killed before it was removed, is delivered twice.
//! - **Every change counts.** In progress, failed, rejected and expired jobs are stored, confirmed and delivered as well.
//! - **Verification decides nothing.** A verifier that fails leaves an event without findings. A document with a `broken`
//!   finding is downloaded once more; then the event says so.
//!
//! # The store
//! The objects are the database:
//!
//! ```text
//! store.json                                              whose store it is
//! <environment>/<organisation>/intents/<digest>.json      written before a job is created
//! <environment>/<organisation>/jobs/<job>/created.json    record and digests of a created job
//! <environment>/<organisation>/jobs/<job>/changes/        events, and what belongs to each
//! <environment>/<organisation>/documents/<digest>.pdf     what came back; .xml, and .findings.json beside it
//! <environment>/<organisation>/outbox/<sink>/<job>/       what waits for delivery
//! <environment>/<organisation>/dead/<sink>/<job>/         what was given up
//! <environment>/<organisation>/lease.json                 who polls, and when each queue may be polled
//! ```
//!
//! References are digests in names, and no name holds anything personal. The reference itself is in the event, so that
//! a receiver finds its case. A folder is private to its owner. A store that belongs to another environment or
//! organisation, or that ignores conditional writes, is [refused](StoreError). Amazon S3, Azure and Google Cloud are
//! behind the features `aws`, `azure` and `gcp`; set a rule in the bucket that aborts unfinished multipart uploads.
//!
//! # The lease
//! The service counts ten requests a second for an organisation, and a confirmation settles a whole job. So one relay
//! of an organisation polls all queues. In a folder it holds a file lock, which ends with the process; one that is only
//! stopped keeps it. In an object store it renews an object every 15 seconds. One that dies is followed within 90
//! seconds. No clocks are compared. The [gate](LeaseGate) refuses polls and confirmations when less than 45 seconds are
//! left. The lease hands on when each queue may be polled, so that a takeover polls neither early nor late.
//!
//! Creating jobs needs no lease: [`Relay::create`] and [`Creator`] work in every process. The ten requests a second are
//! shared: give each process its part by `ClientBuilder::calls_per_second`, so that the parts add up to ten.
//!
//! A new store says of each queue that it was never polled. When another program has polled the same queue within the
//! last 20 minutes, wait for so long before the first start.
//!
//! # Creating jobs
//! [`Relay::create`] writes an intent first, so that a crash or a second call makes no second job; see [`Creator`].
//!
//! # Deleting
//! Nothing is deleted by default. The service deletes signed documents after 40 days. See [`DeletionPolicy`];
//! [`Deleter::delete_at_service`] deletes the documents of one job by the same rules.
//!
//! # Receivers that want no more
//! A webhook's 410 stops its sink, with an alarm in the log and in [`SinkStatus`]. That is stored: neither a restart nor
//! a takeover asks again, and events wait until [`Relay::resume`], [`Outbox::resume`] from another process, or a start
//! with another URL.
//!
//! # Operations
//! [`Relay::status`] has what `/livez`, `/readyz` and metrics are made of. The certificate is replaced without a stop by
//! [`Relay::client`]'s `replace_certificate`, a webhook's secrets at the [`Webhook`]. The crate opens no port and
//! installs no signal handler.
//!
//! # Features
//! | feature | default | adds |
//! |---|---|---|
//! | `aws` | no | S3 and what speaks its protocol, `s3://` |
//! | `azure` | no | Azure Blob Storage, `az://` |
//! | `gcp` | no | Google Cloud Storage, `gs://` |
//! | `schema` | no | the JSON Schema of [`Event`] |
//!
//! # Privacy
//! `Debug`, `Display`, errors, log events, status and names of objects hold no personal number, address, title or
//! reference. Signed documents do: the store is to be protected like them.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod activity;
mod catalog;
mod create;
mod deletion;
mod deliver;
mod event;
mod intents;
mod json;
mod layout;
mod lease;
mod outbox;
mod probe;
mod receive;
mod relay;
mod sink;
mod spool;
mod status;
mod store;
mod store_error;
mod verify;

pub use catalog::{Catalog, StoredCreate, StoredJob, StoredJobState};
pub use create::{CreateError, Creation, Creator, SettleError, Settlement};
pub use deletion::{Deleter, DeletionError, DeletionHold, DeletionPolicy, Deletions, JobDeletion};
pub use deliver::{
    Deliverer, DelivererBuilder, DeliveryGate, DuplicateSink, RetrySchedule, SinkState, SinkStatus,
};
pub use event::{
    Event, EventBody, EventData, EventDocument, EventDocumentKind, EventError, EventFinding,
    EventId, EventIdError, EventSigner,
};
pub use layout::Scope;
pub use lease::{
    FolderLease, GatedTransport, HeldLease, Lease, LeaseError, LeaseGate, LeaseSettings,
    LeaseState, ObjectLease,
};
pub use outbox::{
    DeadLetter, DeliveryAttempts, Outbox, OutboxDepth, OutboxEntry, OutboxEntryError,
};
pub use receive::{ReceiveError, Receiver};
pub use relay::{Relay, RelayBuildError, RelayBuilder, RelayError};
pub use sink::{
    CertificateProblem, Command, DeliveryFailure, DeliveryOutcome, Lines, Sink, SinkName,
    SinkNameError, Webhook, WebhookBuilder, WebhookError, WebhookSecret, WebhookSecretError,
};
pub use status::{RelayCounts, RelayRole, RelayStatus};
pub use store::Store;
pub use store_error::StoreError;
pub use verify::{DocumentVerifier, PortalVerifier, SignedDocuments};
