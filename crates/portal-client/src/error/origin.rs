//! Who is responsible for an error.

use portal_asice::PackageError;
use portal_transport::{ErrorKind, TlsFailure, TokenFailure, TransportError};

use super::Error;
use crate::DownloadError;

/// Who can fix an [`Error`](crate::Error).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorOrigin {
    /// The calling program: it asked for something that is not allowed, or too soon.
    Caller,
    /// Whoever set up certificates, access rights, root URL and trust.
    Configuration,
    /// Nobody: the job was not, or no longer, in a state for it.
    JobState,
    /// The service.
    Service,
    /// The network between.
    Network,
    /// This computer: its disk, files, key or memory.
    Computer,
}

impl Error {
    /// Returns who can fix it.
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
            Self::Unexpected { source } => source.origin(),
            Self::Transport { source, .. } => transport_origin(source),
            Self::OutcomeUnknown { source, .. } => source.origin(),
            Self::Download { source } => match source {
                DownloadError::Interrupted { source, .. } => transport_origin(source),
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
            Self::Package { .. }
            | Self::PackageWrite { .. }
            | Self::PackageProcessor { .. }
            | Self::Aborted { .. }
            | Self::PollingStopped { .. } => ErrorOrigin::Computer,
        }
    }
}

fn transport_origin(error: &TransportError) -> ErrorOrigin {
    match error.kind() {
        ErrorKind::Tls(TlsFailure::Handshake) => ErrorOrigin::Network,
        ErrorKind::Tls(_) | ErrorKind::ForeignUrl { .. } => ErrorOrigin::Configuration,
        ErrorKind::Token { failure, .. } => token_origin(failure),
        ErrorKind::InvalidResponse | ErrorKind::TooLarge { .. } => ErrorOrigin::Service,
        ErrorKind::Request => ErrorOrigin::Caller,
        ErrorKind::RequestBody(_) => ErrorOrigin::Computer,
        _ => ErrorOrigin::Network,
    }
}

fn token_origin(failure: &TokenFailure) -> ErrorOrigin {
    match failure {
        TokenFailure::InvalidClient | TokenFailure::Refused { .. } => ErrorOrigin::Configuration,
        TokenFailure::Unreachable { cause, .. } if !cause.is_permanent() => ErrorOrigin::Network,
        TokenFailure::Unreachable { .. } => ErrorOrigin::Configuration,
        _ => ErrorOrigin::Service,
    }
}
