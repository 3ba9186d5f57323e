//! The settings of a watch.

use std::sync::Arc;
use std::time::Duration;

use super::event::WatchEvent;
use super::poll_times::PollTimes;

pub(super) type Observer = Arc<dyn Fn(WatchEvent<'_>) + Send + Sync>;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) max_in_flight: usize,
    pub(super) jitter: Duration,
    /// The least wait after an empty queue.
    pub(super) interval: Duration,
    pub(super) until_empty: bool,
    pub(super) back_off: (Duration, Duration),
    pub(super) shutdown_timeout: Duration,
    pub(super) seed: Option<u64>,
    pub(super) times: Option<Arc<dyn PollTimes>>,
    pub(super) observer: Option<Observer>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_in_flight: 16,
            jitter: Duration::from_secs(2),
            interval: Duration::ZERO,
            until_empty: false,
            back_off: (Duration::from_secs(1), Duration::from_mins(5)),
            shutdown_timeout: Duration::from_secs(30),
            seed: None,
            times: None,
            observer: None,
        }
    }
}
