//! The sandbox's clock: every rule about time reads it, and tests move it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::change_signal::ChangeSignal;

/// The time a sandbox lives by.
///
/// Two kinds: *real*, which runs with the system's clock plus what it was moved ahead by, and
/// *controlled*, which stands still until it is moved. Clones share one time, so that a client under test
/// can be given the sandbox's own clock.
///
/// ```
/// use std::time::Duration;
/// use portal_sandbox::SandboxClock;
///
/// let clock = SandboxClock::controlled("2026-03-01T08:00:00Z".parse()?);
/// let shared = clock.clone();
/// clock.advance(Duration::from_secs(600));
/// assert_eq!(shared.now(), "2026-03-01T08:10:00Z".parse()?);
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone)]
pub struct SandboxClock {
    time: Arc<Time>,
}

struct Time {
    state: Mutex<State>,
    /// Sent when the clock is moved, not when it runs.
    moved: ChangeSignal,
}

#[derive(Clone, Copy)]
enum State {
    Controlled(Timestamp),
    /// The system's clock with what it was moved ahead by.
    Real(SignedDuration),
}

impl State {
    fn now(self) -> Timestamp {
        match self {
            Self::Controlled(at) => at,
            Self::Real(ahead) => {
                let now = Timestamp::now();
                now.checked_add(ahead).unwrap_or(Timestamp::MAX)
            }
        }
    }
}

/// Why a clock could not be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClockError {
    /// The time asked for lies before the clock's present time. What a deadline did can't be
    /// undone, so a sandbox's time only goes forward.
    #[error(
        "the clock can't go back from {now} to {wanted}: set a later time, or start a new sandbox"
    )]
    #[non_exhaustive]
    Backwards {
        /// What the clock shows.
        now: Timestamp,
        /// What it was to show.
        wanted: Timestamp,
    },
}

impl SandboxClock {
    /// Creates a clock that shows `start` until it is moved.
    #[must_use]
    pub fn controlled(start: Timestamp) -> Self {
        Self::with(State::Controlled(start))
    }

    /// Creates a clock that runs with the system's.
    #[must_use]
    pub fn real() -> Self {
        Self::with(State::Real(SignedDuration::ZERO))
    }

    fn with(state: State) -> Self {
        Self {
            time: Arc::new(Time {
                state: Mutex::new(state),
                moved: ChangeSignal::default(),
            }),
        }
    }

    /// Returns the present time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.lock().now()
    }

    /// Returns whether the clock stands still between moves.
    #[must_use]
    pub fn is_controlled(&self) -> bool {
        matches!(*self.lock(), State::Controlled(_))
    }

    /// Moves the clock ahead by `by` and returns the new time. Stops at the last time there is.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let mut state = self.lock();
        *state = match *state {
            State::Controlled(at) => {
                State::Controlled(at.checked_add(by).unwrap_or(Timestamp::MAX))
            }
            State::Real(ahead) => State::Real(ahead.saturating_add(by)),
        };
        self.time.moved.send();
        state.now()
    }

    /// Moves the clock ahead to `to`.
    ///
    /// # Errors
    /// [`ClockError::Backwards`] when `to` lies before the present time; the clock stays.
    pub fn set(&self, to: Timestamp) -> Result<(), ClockError> {
        let mut state = self.lock();
        let now = state.now();
        if to < now {
            return Err(ClockError::Backwards { now, wanted: to });
        }
        *state = match *state {
            State::Controlled(_) => State::Controlled(to),
            State::Real(ahead) => State::Real(ahead.saturating_add(to.duration_since(now))),
        };
        self.time.moved.send();
        Ok(())
    }

    /// Waits until the clock shows `at`, because time has run or because the clock was moved: every
    /// move wakes all that wait. Cancel-safe.
    pub async fn sleep_until(&self, at: Timestamp) {
        let mut moves = self.moves();
        loop {
            moves.borrow_and_update();
            let left = at.duration_since(self.now());
            if !left.is_positive() {
                return;
            }
            // A clock that stands still comes there by moves alone.
            let run = async {
                if self.is_controlled() {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(left.unsigned_abs()).await;
            };
            tokio::select! {
                // This clock holds the sender, so it does not go.
                _ = moves.changed() => {}
                () = run => {}
            }
        }
    }

    /// Signals every move.
    pub(crate) fn moves(&self) -> watch::Receiver<()> {
        self.time.moved.listen()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // A poisoned lock still holds a whole time: it is one value, written at once.
        self.time
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SandboxClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxClock")
            .field("now", &self.now())
            .field("controlled", &self.is_controlled())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_controlled_clock_moves_only_when_told() {
        let clock = SandboxClock::controlled(at("2026-03-01T08:00:00Z"));
        assert_eq!(clock.now(), clock.now());
        clock.set(at("2026-03-02T08:00:00Z")).unwrap();
        assert_eq!(clock.now(), at("2026-03-02T08:00:00Z"));
    }

    #[test]
    fn no_clock_goes_back() {
        let clock = SandboxClock::controlled(at("2026-03-01T08:00:00Z"));
        assert_eq!(
            clock.set(at("2026-03-01T07:59:59Z")),
            Err(ClockError::Backwards {
                now: at("2026-03-01T08:00:00Z"),
                wanted: at("2026-03-01T07:59:59Z"),
            })
        );
        assert_eq!(clock.now(), at("2026-03-01T08:00:00Z"));
    }

    #[test]
    fn a_real_clock_runs_and_can_be_moved_ahead() {
        let clock = SandboxClock::real();
        let before = Timestamp::now();
        let moved = clock.advance(Duration::from_secs(3600));
        assert!(moved.duration_since(before) >= SignedDuration::from_hours(1));
        assert!(!clock.is_controlled());
    }

    #[test]
    fn an_endless_move_stops_at_the_end_of_time() {
        let clock = SandboxClock::controlled(at("2026-03-01T08:00:00Z"));
        assert_eq!(clock.advance(Duration::MAX), Timestamp::MAX);
    }
}
