//! Which exit code an error of the libraries has, and what to do next.

use portal_client::{BuildError, Error, ErrorOrigin, JobError, JobFileError, LoadError};

use super::Failure;
use crate::config;
use crate::exit::Exit;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (exit, code) = class(&error);
        if let Error::InvalidJob { source, .. } = error {
            return source.into();
        }
        let failure = Self::of(exit, code, &error).fixed_by(error.origin());
        match exit {
            Exit::Configuration => failure.next("portal doctor"),
            Exit::Unreachable if !matches!(error, Error::TooEarly { .. }) => {
                failure.next("portal doctor")
            }
            _ => failure,
        }
    }
}

/// The exit code, and a stable name.
fn class(error: &Error) -> (Exit, &'static str) {
    match error {
        Error::InvalidJob { .. } => (Exit::NotRight, "rules"),
        Error::OutcomeUnknown { .. } => (Exit::Unknown, "outcome-unknown"),
        Error::NoSender => (Exit::Configuration, "no-sender"),
        Error::NotAuthorized { .. } => (Exit::Configuration, "no-access"),
        Error::BrokerNotAuthorized { .. } => (Exit::Configuration, "no-broker-access"),
        Error::ForeignUrl { .. } => (Exit::Configuration, "foreign-url"),
        Error::TooEarly { .. } => (Exit::Unreachable, "too-early"),
        Error::RateBlocked { .. } => (Exit::Unreachable, "rate-blocked"),
        Error::NotCancellable | Error::CannotBeCancelled { .. } => {
            (Exit::Refused, "not-cancellable")
        }
        Error::NotDeletable | Error::CannotBeDeleted { .. } => (Exit::Refused, "not-deletable"),
        Error::NoDocument { .. } => (Exit::Refused, "no-document"),
        Error::NothingToConfirm => (Exit::Refused, "nothing-to-confirm"),
        Error::Transport { .. } if error.is_permanent() => (Exit::Configuration, "connection"),
        Error::Transport { .. } => (Exit::Unreachable, "unreachable"),
        Error::Unexpected { .. } if error.is_transient() => (Exit::Unreachable, "outage"),
        Error::Unexpected { .. } => (by_origin(error.origin()), "refused"),
        Error::Download { .. } => (by_origin(error.origin()), "download"),
        Error::Package { .. } | Error::PackageWrite { .. } => {
            (by_origin(error.origin()), "package")
        }
        _ => (by_origin(error.origin()), "failed"),
    }
}

fn by_origin(origin: ErrorOrigin) -> Exit {
    match origin {
        ErrorOrigin::Configuration => Exit::Configuration,
        ErrorOrigin::JobState | ErrorOrigin::Service | ErrorOrigin::Caller => Exit::Refused,
        ErrorOrigin::Network => Exit::Unreachable,
        _ => Exit::Computer,
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        match &error {
            JobError::Rules(report) => Self::new(
                Exit::NotRight,
                "rules",
                "the job breaks rules of the service; nothing was sent",
            )
            .with_violations(report),
            JobError::NoSender => no_sender(),
            JobError::Document { .. } => Self::of(Exit::Computer, "document", &error),
            JobError::Aborted { .. } => Self::of(Exit::Computer, "failed", &error),
            _ => Self::of(Exit::NotRight, "rules", &error),
        }
    }
}

fn no_sender() -> Failure {
    Failure::new(
        Exit::Configuration,
        "no-sender",
        "it is not known who sends",
    )
    .fix(format!(
        "give the organisation number in the profile, by PORTAL_ORGANIZATION, or in the job file under [sender]{}",
        config::or_sandbox()
    ))
    .next("portal init")
}

impl From<JobFileError> for Failure {
    fn from(error: JobFileError) -> Self {
        match &error {
            JobFileError::NumberFile { .. } => Self::of(Exit::Computer, "job-file", &error),
            _ => Self::of(Exit::NotRight, "job-file", &error).next("portal schema job"),
        }
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        Self::of(Exit::Configuration, "connection", &error).next("portal config show")
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::of(Exit::Configuration, "certificate", &error).next("portal certificate show")
    }
}
