//! Errors of the parts as errors of an operation.

use http::StatusCode;
use portal_asice::{PackageError, WriteError};

use super::{Error, Operation, UnexpectedResponse};
use crate::{DownloadError, JobError, PackageProcessorError};

/// The error that the client returns for such a response, by its operation, status and code.
///
/// For tests of programs that map errors. Two kinds of response are not in it: a 429 becomes
/// [`Error::TooEarly`] or [`Error::RateBlocked`] by its headers, and a lost create
/// [`Error::OutcomeUnknown`] by its job.
///
/// ```
/// use portal_client::{Error, Operation, UnexpectedResponse, http};
///
/// # fn main() -> Result<(), http::Error> {
/// let response = http::Response::builder().status(409).body(Default::default())?;
/// let error = Error::from(UnexpectedResponse::new(Operation::Cancel, &response));
/// assert!(matches!(error, Error::CannotBeCancelled { .. }));
/// # Ok(())
/// # }
/// ```
impl From<UnexpectedResponse> for Error {
    fn from(source: UnexpectedResponse) -> Self {
        let is_conflict = source.status() == StatusCode::CONFLICT;
        match (source.operation(), source.error_code()) {
            (Operation::Cancel, _) if is_conflict => Self::CannotBeCancelled { source },
            (Operation::DeleteDocuments, _) if is_conflict => Self::CannotBeDeleted { source },
            (_, Some("NOT_AUTHORIZED")) => Self::NotAuthorized { source },
            (_, Some("BROKER_NOT_AUTHORIZED")) => Self::BrokerNotAuthorized { source },
            _ => Self::Unexpected { source },
        }
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

impl From<PackageError> for Error {
    fn from(source: PackageError) -> Self {
        Self::Package { source }
    }
}

impl From<WriteError> for Error {
    fn from(source: WriteError) -> Self {
        Self::PackageWrite { source }
    }
}

impl From<PackageProcessorError> for Error {
    fn from(source: PackageProcessorError) -> Self {
        Self::PackageProcessor { source }
    }
}

impl From<http::Error> for Error {
    fn from(source: http::Error) -> Self {
        Self::Request { source }
    }
}
