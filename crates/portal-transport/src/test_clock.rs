//! A clock for tests that never waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::{BoxFuture, Clock};

/// A clock that stands still until something sleeps on it or moves it. Clones are the same clock.
///
/// Sleeping ends at once and moves the clock to the end of the sleep, so sleeps that run side by
/// side take as long as the longest of them. What has several waits going at once is better tested
/// in tokio's paused time, which goes from one to the next.
///
/// ```
/// use std::time::{Duration, Instant};
/// use portal_transport::Clock;
/// use portal_transport::test_util::TestClock;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let clock = TestClock::new("2026-01-15T12:00:00Z".parse()?);
/// let started = clock.instant();
/// clock.sleep(Duration::from_secs(600)).await;
/// assert_eq!(clock.now().to_string(), "2026-01-15T12:10:00Z");
/// assert_eq!(clock.instant() - started, Duration::from_secs(600));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct TestClock {
    state: Arc<Mutex<State>>,
    started: Instant,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    /// How far the clock has moved since it was made.
    moved: Duration,
    sleeps: Vec<Duration>,
}

impl TestClock {
    /// Creates a clock that shows `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let state = State {
            now,
            moved: Duration::ZERO,
            sleeps: Vec::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            started: Instant::now(),
        }
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        let moved = state.moved.saturating_add(by);
        state.move_to(moved);
    }

    /// Returns how long each finished sleep was, in their order.
    #[must_use]
    pub fn sleeps(&self) -> Vec<Duration> {
        self.state().sleeps.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn move_to(&mut self, moved: Duration) {
        let by = moved.saturating_sub(self.moved);
        self.now = after(self.now, by);
        self.moved = self.moved.max(moved);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    fn instant(&self) -> Instant {
        let moved = self.state().moved;
        self.started.checked_add(moved).unwrap_or(self.started)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let until = self.state().moved.saturating_add(duration);
        let clock = self.clone();
        Box::pin(async move {
            // Others get to run first, as with a real sleep.
            tokio::task::yield_now().await;
            let mut state = clock.state();
            state.move_to(until);
            state.sleeps.push(duration);
        })
    }
}

fn after(time: Timestamp, duration: Duration) -> Timestamp {
    let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    time.saturating_add(duration).unwrap_or(Timestamp::MAX)
}
