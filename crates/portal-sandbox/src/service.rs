//! The service's memory and its rules, without HTTP.

mod act;
mod call_rate;
mod change_queue;
mod content;
mod course;
mod ended;
mod event;
mod group;
mod job_id;
mod ledger;
mod modes;
mod outcome;
mod record;
mod status;
mod survey;

#[cfg(test)]
mod model;

pub use act::{ActError, Need, SignerAct};
pub use event::UpcomingEvent;
pub use job_id::JobId;
pub use modes::{ChangeState, EarlyPoll, ParallelChanges};
pub use status::{JobState, SignerState};

pub(crate) use call_rate::Admitted;
pub(crate) use content::{JobContent, SignerContent, StoredDocument};
pub(crate) use course::{SignerCourse, SignerTraits, WRONG_CODES};
pub(crate) use group::{Group, Period};
pub(crate) use ledger::{GroupSigned, Ledger, NewJob, Terms};
pub(crate) use modes::QueueModes;
pub(crate) use outcome::{CancelError, DeleteError, PollResponse};
pub(crate) use record::JobView;
pub(crate) use survey::{JobCounts, QueueView};
