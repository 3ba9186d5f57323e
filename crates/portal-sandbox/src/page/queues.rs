//! The queues of status changes, as a page shows them.

use jiff::Timestamp;

use super::state_word::StateWord;
use super::time_text::{Stamp, relative};
use crate::personal::covered;
use crate::service::QueueView;

/// Changes listed of one queue; the rest is counted.
const LISTED: usize = 8;

pub(super) struct QueueRow {
    pub(super) organization: String,
    /// `None` for the default queue.
    pub(super) name: Option<String>,
    pub(super) ready: Vec<Ready>,
    pub(super) more_ready: usize,
    pub(super) leased: Vec<Leased>,
    pub(super) more_leased: usize,
    pub(super) next_poll: String,
}

pub(super) struct Ready {
    pub(super) job: i64,
    pub(super) state: StateWord,
}

pub(super) struct Leased {
    pub(super) job: i64,
    pub(super) returns: Stamp,
    pub(super) when: String,
}

impl QueueRow {
    pub(super) fn of(queue: QueueView, now: Timestamp) -> Self {
        Self {
            organization: queue.organization,
            name: queue.name.as_deref().map(covered),
            more_ready: queue.ready.len().saturating_sub(LISTED),
            ready: queue
                .ready
                .into_iter()
                .take(LISTED)
                .map(|(job, state)| Ready {
                    job: job.0,
                    state: state.into(),
                })
                .collect(),
            more_leased: queue.leased.len().saturating_sub(LISTED),
            leased: queue
                .leased
                .into_iter()
                .take(LISTED)
                .map(|(job, at)| Leased {
                    job: job.0,
                    returns: Stamp::new(at),
                    when: relative(at, now),
                })
                .collect(),
            next_poll: match queue.next_poll {
                Some(at) if at > now => relative(at, now),
                _ => "now".to_owned(),
            },
        }
    }
}
