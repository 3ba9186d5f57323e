//! Everything that can go wrong, by what the caller can do about it.

use std::{fmt, io};

use jiff::Timestamp;
use portal_asice::PackageError;
use portal_model::SignatureJobReference;
use portal_transport::{ConfigError, ErrorKind, ServiceRoot, TlsFailure, TransportError};

pub use self::unexpected::UnexpectedResponse;
use crate::{DownloadError, JobError, NextPoll};

mod unexpected;

/// Why a call did not do what it should.
///
/// Texts and `Debug` hold no personal data; `source()` has the cause. Match on the variant, or ask
/// [`is_retryable`](Self::is_retryable) and [`origin`](Self::origin).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The job was not built. Nothing was sent.
    #[error("the job cannot be sent as it is; nothing was sent")]
    InvalidJob {
        /// What is wrong with it: every violation at once.
        source: JobError,
    },
    /// Neither the call nor the client names a sender. Nothing was sent.
    #[error(
        "no sender is given: name one in the job or the call, or give the client a default sender"
    )]
    NoSender,
    /// The document package could not be made. Nothing was sent.
    #[error("the document package could not be made; nothing was sent")]
    Package {
        /// What failed.
        source: PackageError,
    },
    /// The job's XML could not be written. Nothing was sent.
    #[error("the XML of the job could not be written; nothing was sent")]
    Xml {
        /// What failed.
        source: portal_model::XmlError,
    },
    /// The URL of the call could not be made, as when a queue's name is tens of thousands of characters.
    #[error("the URL of the call could not be made; check the root URL and the name of the queue")]
    RequestUrl {
        /// What failed.
        source: ConfigError,
    },
    /// The request could not be made of its parts.
    #[error("the request could not be made of its parts")]
    Request {
        /// What failed.
        source: http::Error,
    },
    /// A URL in an answer leads away from the service. It was not followed, since the client certificate
    /// would have gone there.
    #[error(
        "the {link} that the service gave is not under the root URL {root}; it is not followed. Check that the client has the right environment"
    )]
    ForeignUrl {
        /// Which URL it was.
        link: Link,
        /// The configured root.
        root: ServiceRoot,
    },
    /// There is nothing to confirm: only a status change is confirmed.
    #[error("there is no confirmation URL; only a status change is confirmed")]
    NothingToConfirm,
    /// The service gave no cancellation URL with this change: the job is past cancelling.
    #[error("the job cannot be cancelled: its last status change has no cancellation URL")]
    NotCancellable,
    /// The service gave no URL to delete documents with.
    #[error(
        "the documents cannot be deleted: the last status change has no URL for it. It comes when everybody has signed"
    )]
    NotDeletable,
    /// There is no such document yet.
    #[error(
        "there is no {link}: the last status change has none. It comes when somebody has signed"
    )]
    NoDocument {
        /// What was asked for.
        link: Link,
    },
    /// The job has come to an end, so that it could not be cancelled (409).
    #[error("the job could not be cancelled any more; the next status change tells how it ended")]
    CannotBeCancelled {
        /// The answer.
        source: UnexpectedResponse,
    },
    /// The documents are not, or not yet, such that they may be deleted (409).
    #[error(
        "the documents cannot be deleted now; they can be from 24 hours after the last signature, or from up to 7 days when a signer has no digital mailbox"
    )]
    CannotBeDeleted {
        /// The answer.
        source: UnexpectedResponse,
    },
    /// Polled before the permitted time (429).
    #[error("polled too early: the next poll is permitted at {}", next_poll.permitted_at)]
    TooEarly {
        /// When to poll again.
        next_poll: NextPoll,
    },
    /// More than ten calls a second for one organisation: the service answers nothing for 30 seconds (429).
    #[error(
        "the service blocks this organisation's calls for going too fast; call again at {until}"
    )]
    RateBlocked {
        /// When the block is over.
        until: Timestamp,
    },
    /// The organisation of the certificate has no access to the API.
    #[error(
        "the organisation of the certificate has no access to the service's API; the service's customer support grants it"
    )]
    NotAuthorized {
        /// The answer.
        source: UnexpectedResponse,
    },
    /// The organisation of the certificate may not send on behalf of the sender.
    #[error(
        "the organisation of the certificate may not send on behalf of the sender; check the sender's number, and that the sender has given the right"
    )]
    BrokerNotAuthorized {
        /// The answer.
        source: UnexpectedResponse,
    },
    /// An answer that this call does not provide for.
    #[error("the service gave an unexpected answer")]
    Unexpected {
        /// The answer.
        source: UnexpectedResponse,
    },
    /// No answer, or half of one.
    #[error("the call to {operation} got no answer, or only half of one")]
    Transport {
        /// The call.
        operation: Operation,
        /// What the transport says.
        source: TransportError,
    },
    /// A job may or may not have been created.
    ///
    /// The request may have reached the service, and the answer that would tell was lost. The service
    /// has no way to recognise a repeated request, so that creating again may give the signers two jobs.
    ///
    /// To find out: keep polling the sender's queue. A job that was created announces itself there with
    /// [`reference`](Self::OutcomeUnknown::reference) when something first happens to it: a signer
    /// signs or refuses, or the job expires. Without a reference it can only be told by its signers. To
    /// be rid of a doubtful job, wait for that change and cancel it with the URL that the change has.
    #[error(
        "it is unknown whether the job was created: the request may have reached the service, and no answer came. Do not send it again before a status change or the service's support has told"
    )]
    OutcomeUnknown {
        /// The job's own reference, which a status change repeats.
        reference: Option<SignatureJobReference>,
        /// How the answer was lost.
        source: Box<Error>,
    },
    /// A document could not be read or saved.
    #[error("the document could not be fetched")]
    Download {
        /// What failed.
        source: DownloadError,
    },
    /// A watch ended before it was stopped. What was not confirmed comes back.
    #[error(
        "polling was cut short: the runtime is shutting down, or an observer or a storage of poll times of one's own panicked; changes that were not confirmed come back"
    )]
    PollingStopped {
        /// What the runtime says.
        source: io::Error,
    },
    /// The work of making a package was cut short. Nothing was sent.
    #[error(
        "making the package was cut short: the runtime is shutting down, or a signer or source of one's own panicked; nothing was sent"
    )]
    Aborted {
        /// What the runtime says.
        source: io::Error,
    },
}

impl Error {
    /// Whether the same call may succeed later without anything being changed.
    ///
    /// For [`TooEarly`](Self::TooEarly) and [`RateBlocked`](Self::RateBlocked), later is the time they
    /// give. Creating a job is retryable only when the request certainly did not reach the service.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::TooEarly { .. } | Self::RateBlocked { .. } => true,
            Self::Transport { operation, source } => {
                let again =
                    *operation != Operation::Create || !source.request_may_have_reached_service();
                again && is_transient(source.kind())
            }
            Self::Unexpected { source } => {
                source.operation() != Operation::Create
                    && (source.status().is_server_error() || source.status() == 408)
            }
            Self::Download { source } => source.is_retryable(),
            _ => false,
        }
    }

    /// Who can mend it.
    #[must_use]
    pub fn origin(&self) -> ErrorOrigin {
        match self {
            Self::InvalidJob { .. }
            | Self::NoSender
            | Self::RequestUrl { .. }
            | Self::Request { .. }
            | Self::Xml { .. }
            | Self::NothingToConfirm
            | Self::TooEarly { .. }
            | Self::RateBlocked { .. } => ErrorOrigin::Caller,
            Self::NotAuthorized { .. } | Self::BrokerNotAuthorized { .. } => {
                ErrorOrigin::Configuration
            }
            Self::NotCancellable
            | Self::NotDeletable
            | Self::NoDocument { .. }
            | Self::CannotBeCancelled { .. }
            | Self::CannotBeDeleted { .. } => ErrorOrigin::JobState,
            Self::ForeignUrl { .. } => ErrorOrigin::Service,
            Self::Unexpected { source } if source.status().is_client_error() => ErrorOrigin::Caller,
            Self::Unexpected { .. } => ErrorOrigin::Service,
            Self::Transport { source, .. } => transport_fault(source),
            Self::OutcomeUnknown { source, .. } => source.origin(),
            Self::Download { source } => match source {
                DownloadError::Interrupted { source, .. } => transport_fault(source),
                DownloadError::WrongLength { .. } => ErrorOrigin::Network,
                DownloadError::WrongKind { .. } => ErrorOrigin::Service,
                DownloadError::NoFileName
                | DownloadError::Exists { .. }
                | DownloadError::TooLarge { .. } => ErrorOrigin::Caller,
                _ => ErrorOrigin::Computer,
            },
            Self::Package {
                source: PackageError::Sign { .. },
            } => ErrorOrigin::Configuration,
            Self::Package { .. } | Self::Aborted { .. } | Self::PollingStopped { .. } => {
                ErrorOrigin::Computer
            }
        }
    }

    /// Whether a confirmation, cancellation or deletion that was refused may have been done nonetheless, by
    /// an earlier attempt of a repeating transport whose answer was lost. Refused at once gives `false`.
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

    /// The service's answer, where it was one that went wrong.
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

fn is_transient(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Connect { .. }
            | ErrorKind::Timeout(_)
            | ErrorKind::NoResponse
            | ErrorKind::BodyBrokenOff
            | ErrorKind::Tls(TlsFailure::Handshake)
    )
}

fn transport_fault(error: &TransportError) -> ErrorOrigin {
    match error.kind() {
        ErrorKind::Tls(TlsFailure::Handshake) => ErrorOrigin::Network,
        ErrorKind::Tls(_) | ErrorKind::ForeignUrl { .. } => ErrorOrigin::Configuration,
        ErrorKind::InvalidResponse | ErrorKind::TooLarge { .. } => ErrorOrigin::Service,
        ErrorKind::Request => ErrorOrigin::Caller,
        ErrorKind::RequestBody(_) => ErrorOrigin::Computer,
        _ => ErrorOrigin::Network,
    }
}

impl From<JobError> for Error {
    fn from(source: JobError) -> Self {
        match source {
            JobError::NoSender => Self::NoSender,
            source => Self::InvalidJob { source },
        }
    }
}

impl From<DownloadError> for Error {
    fn from(source: DownloadError) -> Self {
        Self::Download { source }
    }
}

impl From<http::Error> for Error {
    fn from(source: http::Error) -> Self {
        Self::Request { source }
    }
}

/// Who can mend an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorOrigin {
    /// The program that called: it asked for something that is not allowed, or too soon.
    Caller,
    /// Whoever set up certificates, access rights, root URL and trust.
    Configuration,
    /// Nobody: the job was not, or no longer, in a state for it.
    JobState,
    /// The service.
    Service,
    /// The network between.
    Network,
    /// The computer at hand: its disk, files, key or memory.
    Computer,
}

/// A call to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Create a job.
    Create,
    /// Ask for the next status change.
    StatusChange,
    /// Confirm a status change.
    Confirm,
    /// Cancel a job.
    Cancel,
    /// Fetch the signed PDF.
    Pades,
    /// Fetch one signer's signature.
    Xades,
    /// Delete a job's documents.
    DeleteDocuments,
    /// Ask who the service takes the caller for.
    WhoAmI,
    /// Fetch a signed PDF from the archive.
    ArchivedPades,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create a job",
            Self::StatusChange => "get a status change",
            Self::Confirm => "confirm a status change",
            Self::Cancel => "cancel a job",
            Self::Pades => "fetch a signed PDF",
            Self::Xades => "fetch a signer's XAdES",
            Self::DeleteDocuments => "delete a job's documents",
            Self::WhoAmI => "ask who the caller is",
            Self::ArchivedPades => "fetch an archived PDF",
        })
    }
}

/// A URL that the service gives in its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Link {
    /// Where a status change is confirmed.
    Confirmation,
    /// Where a job is cancelled.
    Cancellation,
    /// Where a job's documents are deleted.
    DeleteDocuments,
    /// The signed PDF.
    Pades,
    /// One signer's signature.
    Xades,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Confirmation => "confirmation URL",
            Self::Cancellation => "cancellation URL",
            Self::DeleteDocuments => "URL to delete documents",
            Self::Pades => "URL of the signed PDF",
            Self::Xades => "URL of the signer's XAdES",
        })
    }
}
