//! The numbers of jobs.

use std::fmt;

/// The number by which the service knows a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i64);

impl JobId {
    /// The id of the job's document in the archive: text, so that a client that takes it for a
    /// number fails here.
    pub(crate) fn archive_id(self) -> String {
        format!("a{self}")
    }

    pub(crate) fn of_archive_id(id: &str) -> Option<Self> {
        let number = id.strip_prefix('a')?;
        number.parse().ok().map(Self)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<i64> for JobId {
    fn from(id: i64) -> Self {
        Self(id)
    }
}

impl From<portal_model::SignatureJobId> for JobId {
    fn from(id: portal_model::SignatureJobId) -> Self {
        Self(id.get())
    }
}
