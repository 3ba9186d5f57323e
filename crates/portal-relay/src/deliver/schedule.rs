//! When attempts are repeated.

use std::num::NonZeroU32;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Longest wait that a receiver can ask for.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// When the delivery of an event is attempted again, and when it is given up.
///
/// ```
/// use std::time::Duration;
/// use portal_relay::RetrySchedule;
///
/// let schedule = RetrySchedule::standard();
/// assert_eq!(schedule.wait_after(1), Some(Duration::from_secs(5)));
/// assert_eq!(schedule.wait_after(6), Some(Duration::from_secs(10 * 3600)));
/// assert_eq!(schedule.wait_after(22), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySchedule {
    first: Vec<Duration>,
    then: Duration,
    attempts: NonZeroU32,
}

impl RetrySchedule {
    /// Returns the schedule of Standard Webhooks, without an end to its waits of ten hours: at once, after 5 s,
    /// 5 min, 30 min, 2 h, 5 h, and then every 10 h. After 22 attempts, about seven days, an event becomes a dead
    /// letter.
    #[must_use]
    pub fn standard() -> Self {
        const ATTEMPTS: NonZeroU32 = NonZeroU32::new(22).unwrap();
        let first = vec![5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR];
        Self {
            first,
            then: 10 * HOUR,
            attempts: ATTEMPTS,
        }
    }

    /// Creates a schedule: the waits after the first attempts, the wait after each later one, and how many
    /// attempts are made in all. Waits are at most 24 hours.
    #[must_use]
    pub fn new(
        first: impl IntoIterator<Item = Duration>,
        then: Duration,
        attempts: NonZeroU32,
    ) -> Self {
        let first = first.into_iter().map(|wait| wait.min(LONGEST_WAIT));
        Self {
            first: first.collect(),
            then: then.min(LONGEST_WAIT),
            attempts,
        }
    }

    /// Sets how many attempts are made in all.
    #[must_use]
    pub fn with_attempts(mut self, attempts: NonZeroU32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Returns how long to wait after so many failed attempts; none when the event is given up.
    #[must_use]
    pub fn wait_after(&self, failed: u32) -> Option<Duration> {
        if failed >= self.attempts.get() {
            return None;
        }
        let Some(before) = failed.checked_sub(1) else {
            return Some(Duration::ZERO);
        };
        let before = usize::try_from(before).unwrap_or(usize::MAX);
        Some(self.first.get(before).copied().unwrap_or(self.then))
    }
}

impl Default for RetrySchedule {
    fn default() -> Self {
        Self::standard()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_schedule_is_as_designed_and_lasts_a_week() {
        let schedule = RetrySchedule::standard();
        let waits: Vec<Duration> = (0..)
            .map_while(|failed| schedule.wait_after(failed))
            .collect();
        assert_eq!(waits.len(), 22);
        let begin = [0, 5, 300, 1800, 7200, 18_000, 36_000, 36_000].map(Duration::from_secs);
        assert_eq!(waits[..8], begin);
        assert!(waits[6..].iter().all(|wait| *wait == 10 * HOUR));
        let all: Duration = waits.iter().sum();
        assert!((160 * HOUR..=168 * HOUR).contains(&all), "{all:?}");
    }
}
