//! What a lease hands on from one holder to the next.

use std::collections::BTreeMap;

use portal_client::{PermittedPoll, QueueKey};
use serde::Serialize;

use crate::json::read_fields;

/// What the holders of a lease hand on: when each queue may be polled next, and how its last watch ended. A custom
/// lease stores it as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LeaseState {
    /// By [`QueueKey::text`], which has no queue's name in it.
    queues: BTreeMap<String, PermittedPoll>,
}

impl LeaseState {
    /// Returns what was last noted of a queue. A store in which no relay ever polled it says so.
    pub(crate) fn of(&self, queue: QueueKey<'_>) -> PermittedPoll {
        let noted = self.queues.get(&queue.text());
        noted.copied().unwrap_or_else(PermittedPoll::never_polled)
    }

    /// Notes when a queue may be polled next.
    pub(crate) fn set(&mut self, queue: QueueKey<'_>, time: PermittedPoll) {
        self.queues.insert(queue.text(), time);
    }
}

read_fields!(LeaseState {
    queues: BTreeMap<String, PermittedPoll>,
});
