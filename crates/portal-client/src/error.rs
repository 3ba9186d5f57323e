//! Everything that can go wrong, by what the caller can do about it.

use std::io;

use jiff::Timestamp;
use portal_asice::{PackageError, WriteError};
use portal_model::SignatureJobReference;
use portal_transport::{ConfigError, ServiceRoot, TransportError, Verdict};

pub use self::chain::ErrorChain;
pub use self::operation::{Link, Operation};
pub use self::origin::ErrorOrigin;
pub use self::unexpected::UnexpectedResponse;
use crate::{DownloadError, JobError, NextPoll, PackageProcessorError};

mod chain;
mod conversions;
mod operation;
mod origin;
mod unexpected;

/// Why an operation failed.
///
/// The text is one line for logs: what was tried, the status and code where there was a response, and the
/// probable cause. [`ErrorChain`] adds the causes of the causes. Texts and `Debug` hold no personal data.
/// Match on the variant, or ask [`is_retryable`](Self::is_retryable) and [`origin`](Self::origin).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The job breaks the service's rules. Nothing was sent.
    #[error("the job can't be sent as it is; nothing was sent: {source}")]
    #[non_exhaustive]
    InvalidJob {
        /// What is wrong with it: every violation at once.
        source: JobError,
    },
    /// Neither the request nor the client names a sender. Nothing was sent.
    #[error("no sender is given: set one on the job, the request or the client")]
    NoSender,
    /// The document package could not be made. Nothing was sent.
    #[error("the document package could not be made; nothing was sent: {source}")]
    #[non_exhaustive]
    Package {
        /// What failed.
        source: PackageError,
    },
    /// A document could not be read again, or changed while the package was made. Nothing was sent.
    #[error("a document could not be read again, or has changed; nothing was sent: {source}")]
    #[non_exhaustive]
    PackageWrite {
        /// What failed.
        source: WriteError,
    },
    /// A [`PackageProcessor`](crate::PackageProcessor) failed or took too long. Nothing was sent.
    #[error(
        "the document package could not be processed before sending; nothing was sent: {source}"
    )]
    #[non_exhaustive]
    PackageProcessor {
        /// What failed.
        source: PackageProcessorError,
    },
    /// The job's XML could not be written. Nothing was sent.
    #[error("the XML of the job could not be written; nothing was sent: {source}")]
    #[non_exhaustive]
    Xml {
        /// What failed.
        source: portal_model::XmlError,
    },
    /// The URL of the request could not be made, as when a queue's name is tens of thousands of characters.
    #[error(
        "the URL of the request could not be made; check the root URL and the name of the queue"
    )]
    #[non_exhaustive]
    RequestUrl {
        /// What failed.
        source: ConfigError,
    },
    /// The request could not be made of its parts.
    #[error("the request could not be made of its parts")]
    #[non_exhaustive]
    Request {
        /// What failed.
        source: http::Error,
    },
    /// A URL in a response leads away from the service. It was not followed, since the client certificate
    /// would have gone there.
    #[error(
        "the {link} that the service gave is not under the root URL {root}; it is not followed. Check that the client has the right environment"
    )]
    #[non_exhaustive]
    ForeignUrl {
        /// Which URL it was.
        link: Link,
        /// The configured root.
        root: ServiceRoot,
    },
    /// There is nothing to confirm: only a status change is confirmed.
    #[error("there is no confirmation URL; only a status change is confirmed")]
    NothingToConfirm,
    /// The service gave no cancellation URL with this change: the job can't be cancelled any more.
    #[error("the job can't be cancelled: its last status change has no cancellation URL")]
    NotCancellable,
    /// The service gave no URL to delete documents with.
    #[error(
        "the documents can't be deleted: the last status change has no URL for it. It comes when everybody has signed"
    )]
    NotDeletable,
    /// There is no such document yet.
    #[error(
        "there is no {link}: the last status change has none. It comes when somebody has signed"
    )]
    #[non_exhaustive]
    NoDocument {
        /// What was asked for.
        link: Link,
    },
    /// The job has ended, so that it could not be cancelled (409).
    #[error("could not cancel the job (409): it has ended; the next status change says how")]
    #[non_exhaustive]
    CannotBeCancelled {
        /// The response.
        source: UnexpectedResponse,
    },
    /// The documents may not be deleted, or not yet (409).
    #[error(
        "could not delete the job's documents (409): that is possible from 24 hours after the last signature, or from up to 7 days when a signer has no digital mailbox"
    )]
    #[non_exhaustive]
    CannotBeDeleted {
        /// The response.
        source: UnexpectedResponse,
    },
    /// Polled before the permitted time (429).
    #[error("polled too early (429): the next poll is permitted at {}", next_poll.permitted_at)]
    #[non_exhaustive]
    TooEarly {
        /// When to poll again.
        next_poll: NextPoll,
    },
    /// More than ten requests a second for one organisation: the service blocks it for 30 seconds (429).
    #[error(
        "the service blocks this organisation's requests for exceeding the rate limit (429) until {until}"
    )]
    #[non_exhaustive]
    RateBlocked {
        /// When the block is over.
        until: Timestamp,
    },
    /// The organisation of the certificate has no access to the API.
    #[error(
        "{source}: the organisation of the certificate has no access to the service's API; the service's customer support grants it"
    )]
    #[non_exhaustive]
    NotAuthorized {
        /// The response.
        source: UnexpectedResponse,
    },
    /// The organisation of the certificate may not send on behalf of the sender.
    #[error(
        "{source}: the organisation of the certificate may not send on behalf of the sender; check the sender's number, and that the sender has given the right"
    )]
    #[non_exhaustive]
    BrokerNotAuthorized {
        /// The response.
        source: UnexpectedResponse,
    },
    /// A response that this operation does not provide for.
    #[error("{source}{}", source.probable_cause())]
    #[non_exhaustive]
    Unexpected {
        /// The response.
        source: UnexpectedResponse,
    },
    /// No response, or half of one.
    #[error("could not {operation}: {source}")]
    #[non_exhaustive]
    Transport {
        /// The operation.
        operation: Operation,
        /// What the transport reports.
        source: TransportError,
    },
    /// A job may or may not have been created.
    ///
    /// The request may have reached the service, and the response was lost. A 5xx counts as
    /// lost too, unless its error document names a refusal: the job may have been created before the error.
    /// The service can't recognise a repeated request, so that creating again may give the signers two jobs.
    ///
    /// To find out, keep polling the sender's queue. A job that was created announces itself there with
    /// [`reference`](Self::OutcomeUnknown::reference) when something first happens to it: a signer
    /// signs or refuses, or the job expires. Without a reference it can only be told by its signers. To get
    /// rid of a doubtful job, wait for that change and cancel it with the URL that the change has.
    ///
    /// [`origin`](Self::origin) and [`is_transient`](Self::is_transient) tell of the lost response, so check
    /// for this variant first. A program that stores the reference before it creates finds the job again
    /// even when it was killed meanwhile.
    #[error(
        "it is unknown whether the job was created: {source}. Do not send it again before a status change or the service's support has settled it"
    )]
    #[non_exhaustive]
    OutcomeUnknown {
        /// The job's own reference, which a status change repeats.
        reference: Option<SignatureJobReference>,
        /// How the response was lost.
        source: Box<Error>,
    },
    /// A document could not be read or saved.
    #[error("the document could not be fetched: {source}")]
    #[non_exhaustive]
    Download {
        /// What failed.
        source: DownloadError,
    },
    /// A watch ended before it was stopped. What was not confirmed is redelivered.
    #[error(
        "polling was cut short: the runtime is shutting down, or a custom observer or storage of poll times panicked; changes that were not confirmed are redelivered"
    )]
    #[non_exhaustive]
    PollingStopped {
        /// What the runtime says.
        source: io::Error,
    },
    /// Making the package was cut short. Nothing was sent.
    #[error(
        "making the package was cut short: the runtime is shutting down, or a custom signer or source panicked; nothing was sent"
    )]
    #[non_exhaustive]
    Aborted {
        /// What the runtime says.
        source: io::Error,
    },
}

impl Error {
    /// Returns whether the same request may be made again later and succeed without anything being changed.
    ///
    /// For [`TooEarly`](Self::TooEarly) and [`RateBlocked`](Self::RateBlocked), later is the time they
    /// give. Creating a job and confirming are retryable only when the request certainly did not reach the
    /// service: a second create makes a second job, and a confirmation settles whatever change of the job is
    /// out by then, also one that another process holds. After a poll that may have reached the service, wait
    /// as after an empty queue: the service may have handed out a change, and redelivers it.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::TooEarly { .. } | Self::RateBlocked { .. } => true,
            Self::Transport { operation, source } => {
                Verdict::of_error(source).is_transient()
                    && (operation.may_be_repeated() || !source.request_may_have_reached_service())
            }
            Self::Unexpected { source } => {
                source.operation().may_be_repeated() && source.verdict().is_transient()
            }
            Self::Download { source } => source.is_retryable(),
            _ => false,
        }
    }

    /// Returns whether the cause is likely to go away by itself, whatever became of the request.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::TooEarly { .. } | Self::RateBlocked { .. } => true,
            Self::Transport { source, .. } => Verdict::of_error(source).is_transient(),
            Self::Unexpected { source } => source.verdict().is_transient(),
            Self::OutcomeUnknown { source, .. } => source.is_transient(),
            Self::Download { source } => source.is_retryable(),
            _ => false,
        }
    }

    /// Returns whether the error stays until somebody changes settings, certificates, access rights or the
    /// program. Some errors are neither transient nor known to be permanent.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::NoSender
            | Self::RequestUrl { .. }
            | Self::Request { .. }
            | Self::NotAuthorized { .. }
            | Self::BrokerNotAuthorized { .. } => true,
            Self::Transport { source, .. } => Verdict::of_error(source).is_permanent(),
            Self::OutcomeUnknown { source, .. } => source.is_permanent(),
            _ => false,
        }
    }

    /// Returns whether the request may have reached the service, so that the service may have acted on it.
    #[must_use]
    pub fn request_may_have_reached_service(&self) -> bool {
        match self {
            Self::Transport { source, .. } => source.request_may_have_reached_service(),
            Self::OutcomeUnknown { .. } | Self::TooEarly { .. } | Self::RateBlocked { .. } => true,
            Self::Download { .. } => true,
            error => error.response().is_some(),
        }
    }

    /// Returns whether a confirmation, cancellation or deletion that was refused may have been done
    /// nonetheless, by an earlier attempt of a retrying transport whose response was lost. A refusal of the
    /// first attempt gives `false`.
    #[must_use]
    pub fn may_be_done_already(&self) -> bool {
        self.response().is_some_and(|response| {
            let command = matches!(
                response.operation(),
                Operation::Confirm | Operation::Cancel | Operation::DeleteDocuments
            );
            command && response.earlier_may_have_arrived()
        })
    }

    /// Returns the service's response, where there was one that was not expected.
    #[must_use]
    pub fn response(&self) -> Option<&UnexpectedResponse> {
        match self {
            Self::CannotBeCancelled { source }
            | Self::CannotBeDeleted { source }
            | Self::NotAuthorized { source }
            | Self::BrokerNotAuthorized { source }
            | Self::Unexpected { source } => Some(source),
            Self::OutcomeUnknown { source, .. } => source.response(),
            _ => None,
        }
    }
}
