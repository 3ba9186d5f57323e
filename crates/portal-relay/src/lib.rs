//! Receives, stores, verifies, confirms and delivers the changes of signature jobs.

#![cfg_attr(docsrs, feature(doc_cfg))]
// What the stages do not use yet.
#![allow(dead_code)]

mod deliver;
mod event;
mod layout;
mod lease;
mod outbox;
mod probe;
mod sink;
mod spool;
mod store;
mod store_error;

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
pub use sink::{
    CertificateProblem, Command, DeliveryFailure, DeliveryOutcome, Lines, Sink, SinkName,
    SinkNameError, Webhook, WebhookBuilder, WebhookError, WebhookSecret, WebhookSecretError,
};
pub use store::Store;
pub use store_error::StoreError;
