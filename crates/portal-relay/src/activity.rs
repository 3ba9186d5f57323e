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
    /// Changes that are being taken in now.
    pub(crate) in_flight: Gauge,
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

/// How many of something there are now.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicU64);

/// Counts until it is dropped.
pub(crate) struct Counted<'a>(&'a Gauge);

impl Gauge {
    pub(crate) fn enter(&self) -> Counted<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(self)
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
