//! What time will do in a sandbox.

use super::job_id::JobId;

/// An event of the sandbox that happens by itself when its time comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum UpcomingEvent {
    /// The job's first group may sign.
    JobActivates(JobId),
    /// The period of the job's current group ends, and with it the job.
    JobExpires(JobId),
    /// A change of the job that was handed out and never confirmed is queued again.
    ChangeReturns(JobId),
    /// A queue may be polled again.
    PollPermitted,
    /// The documents of the finished job are deleted.
    DocumentsPurged(JobId),
    /// An organisation that called too often may call again.
    BlockEnds,
}
