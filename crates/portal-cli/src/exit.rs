//! How the process ends.

use std::process::ExitCode;

/// The exit codes, which scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// What was examined is not right.
    NotRight = 1,
    /// The arguments make no sense, or a question can't be asked.
    Usage = 2,
    /// Refused by the service, or by the state that the job is in.
    Refused = 3,
    /// The service can't be reached, or has an outage.
    Unreachable = 4,
    /// It is not known whether the job was created: it is never sent again.
    Unknown = 5,
    /// Certificate, password, trust anchors, access or another setting.
    Configuration = 6,
    /// The job ended without every signature.
    NotSigned = 7,
    /// The time to wait is over.
    TimeLimit = 8,
    /// This computer: disk, files, locks.
    Computer = 9,
    /// Ended by Ctrl-C.
    Interrupted = 130,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl Exit {
    /// Whether the same command may succeed when it is run again.
    pub(crate) fn retry(self) -> &'static str {
        match self {
            Self::Done => "no",
            Self::NotRight | Self::Usage | Self::Configuration | Self::Computer => "after-a-change",
            Self::Refused | Self::Unknown | Self::NotSigned => "no",
            Self::Unreachable | Self::TimeLimit | Self::Interrupted | Self::Terminated => "yes",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
