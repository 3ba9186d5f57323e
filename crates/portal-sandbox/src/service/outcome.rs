//! What calls on a ledger come to.

use jiff::Timestamp;

use super::record::JobView;
use super::status::JobState;

/// The response to a poll.
pub(crate) enum PollResponse {
    TooEarly { next: Timestamp },
    Empty { next: Timestamp },
    Change { next: Timestamp, job: Box<JobView> },
}

/// The organisation has no such job, or no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoSuchJob;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CancelError {
    NoSuchJob,
    Finished(JobState),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeleteError {
    NoSuchJob,
    NotAllSigned,
    TooSoon { earliest: Timestamp },
}
