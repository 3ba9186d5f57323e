//! Points where the documentation allows two readings, to be chosen for a sandbox.

/// What happens to a job's next change while an earlier one of the job is handed out and not
/// confirmed.
///
/// The documentation promises that changes can be polled in parallel and that none is received
/// twice. How the service orders the changes of one job between pollers is not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum ParallelChanges {
    /// It is held back until the earlier one is confirmed or has returned, so that parallel pollers
    /// lose nothing. The default.
    #[default]
    HeldBack,
    /// It is handed out at once. Confirming is per job: a poller that confirms the last change
    /// closes the job while another one still fetches the documents of an earlier change.
    HandedOut,
}

/// What a poll before the permitted time does to that time.
///
/// The documentation says that such a poll gets 429 "with a new time", which allows both readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum EarlyPoll {
    /// The response repeats the permitted time, so that two pollers of one queue that keep to their
    /// times are served. The default.
    #[default]
    KeepsTime,
    /// The wait begins again for the whole queue. Two pollers can keep each other waiting.
    MovesTime,
}

/// Which state of the job a change shows.
///
/// The documentation does not say whether a change shows the job as it was when the change was
/// queued, or as it is when the change is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum ChangeState {
    /// The state after the change itself; every change is handed out. The default.
    #[default]
    AsQueued,
    /// The state at the time of the poll. Later changes of the job that wait are part of it and are
    /// not handed out separately.
    AsHandedOut,
}

/// How a queue behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct QueueModes {
    pub(crate) parallel: ParallelChanges,
    pub(crate) early_poll: EarlyPoll,
    pub(crate) shown: ChangeState,
}
