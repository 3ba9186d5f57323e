//! What a relay has done so far, for its status.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the process began.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    pub(crate) received: Count,
    pub(crate) redelivered: Count,
    pub(crate) failed: Count,
    pub(crate) documents: Count,
    pub(crate) unverified: Count,
    pub(crate) broken: Count,
    pub(crate) confirmed: Count,
    pub(crate) deleted_at_service: Count,
    pub(crate) deleted_here: Count,
    pub(crate) takeovers: Count,
}

#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
