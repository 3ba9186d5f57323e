//! What a watch is set up to.

use std::sync::Arc;
use std::time::Duration;

use super::event::WatchEvent;
use super::poll_times::PollTimes;

pub(super) type Observer = Arc<dyn Fn(WatchEvent<'_>) + Send + Sync>;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) max_in_flight: usize,
    pub(super) jitter: Duration,
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
            back_off: (Duration::from_secs(1), Duration::from_mins(5)),
            shutdown_timeout: Duration::from_secs(30),
            seed: None,
            times: None,
            observer: None,
        }
    }
}
