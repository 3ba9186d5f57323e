//! The time of tokio's paused clock, as the time of day.

use jiff::{SignedDuration, Timestamp};
use portal_client::Clock;
use tokio::time::Instant;

#[derive(Clone, Copy, Debug)]
pub(crate) struct PausedClock {
    began: Instant,
}

impl PausedClock {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
        }
    }

    /// Seconds since the test began.
    pub(crate) fn seconds(self) -> u64 {
        self.began.elapsed().as_secs()
    }
}

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        let noon: Timestamp = "2026-01-15T12:00:00Z".parse().unwrap();
        noon + SignedDuration::try_from(self.began.elapsed()).unwrap()
    }
}
