//! How often, how fast and how long to retry.

use std::time::Duration;

/// Sets how often and how fast [`Retrying`](crate::Retrying) retries, and for how long in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(super) attempts: u32,
    pub(super) first_wait: Duration,
    pub(super) longest_wait: Duration,
    pub(super) total: Duration,
    pub(super) seed: Option<u64>,
}

impl Default for RetryPolicy {
    /// Up to 4 attempts, with waits of up to 0.5, 1 and 2 s between them, within 120 s.
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(10),
            total: Duration::from_secs(120),
            seed: None,
        }
    }
}

impl RetryPolicy {
    /// Sets how many attempts to make in all; 0 and 1 both mean one. Defaults to 4.
    #[must_use]
    pub const fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the longest wait before the second attempt; it doubles with each further one, up to
    /// `longest`. The wait is a random part of it. Defaults to 0.5 s, up to 10 s.
    #[must_use]
    pub const fn with_waits(mut self, first: Duration, longest: Duration) -> Self {
        self.first_wait = first;
        self.longest_wait = longest;
        self
    }

    /// Sets how long an operation may take in all, from the start of its first attempt to the
    /// start of its last. Defaults to 120 s.
    ///
    /// A wait that does not fit, `Retry-After` included, ends the operation with the outcome that
    /// there is. An attempt under way is not cut short: that is what
    /// [`Timeouts`](crate::Timeouts) are for.
    #[must_use]
    pub const fn with_total(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// Makes the random waits the same every time, for tests.
    #[must_use]
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}
