//! The service's memory and its rules, without HTTP.

mod act;
mod call_rate;
mod change_queue;
mod content;
mod course;
mod event;
mod group;
mod ledger;
mod outcome;
mod record;
mod status;
mod survey;

#[cfg(test)]
mod model;

use std::fmt;

pub use act::{ActError, Need, SignerAct};
pub use event::Event;
pub use status::{JobState, SignerState};

pub(crate) use content::{JobContent, SignerContent, StoredDocument};
pub(crate) use course::{SignerCourse, SignerTraits, WRONG_CODES};
pub(crate) use group::{Group, Period};
pub(crate) use ledger::{Ledger, NewJob, Terms};
pub(crate) use outcome::{CancelError, DeleteError, PollResponse};
pub(crate) use record::JobView;
pub(crate) use survey::{JobCounts, QueueView};

/// The number by which the service knows a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i64);

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
