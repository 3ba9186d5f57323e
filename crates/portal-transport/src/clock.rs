//! Time as a dependency: what the time is, and how to wait.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::BoxFuture;

/// Tells the time and waits, so that a test or a stand-in server can control both.
///
/// Any `Fn() -> jiff::Timestamp` is a clock; its waiting is then the runtime's own. A clock that
/// must not sleep for real implements [`Clock::sleep`] and [`Clock::instant`] too.
///
/// ```
/// use portal_transport::Clock;
///
/// let noon: jiff::Timestamp = "2026-01-15T12:00:00Z".parse()?;
/// let stopped = move || noon;
/// assert_eq!(stopped.now(), noon);
/// # Ok::<(), jiff::Error>(())
/// ```
pub trait Clock: Send + Sync {
    /// Returns the current time.
    fn now(&self) -> Timestamp;

    /// Returns the current moment on a clock that never jumps, to measure waits with:
    /// [`Clock::now`] may be set ahead or back during a wait.
    ///
    /// Defaults to the clock of tokio's timer.
    fn instant(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    /// Resolves when `duration` has passed by [`Clock::instant`].
    ///
    /// Defaults to tokio's timer: real time, whatever [`Clock::now`] says. A clock that overrides
    /// one of the two must override both.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

impl<F: Fn() -> Timestamp + Send + Sync> Clock for F {
    fn now(&self) -> Timestamp {
        self()
    }
}

/// The computer's clock and tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that several parts share. Cheap to clone.
///
/// ```
/// use portal_transport::{Clock, SharedClock, SystemClock};
///
/// let clock = SharedClock::new(SystemClock);
/// assert!(clock.now() <= clock.clone().now());
/// ```
#[derive(Clone)]
pub struct SharedClock(Arc<dyn Clock>);

impl SharedClock {
    /// Shares `clock`.
    pub fn new(clock: impl Clock + 'static) -> Self {
        Self(Arc::new(clock))
    }
}

impl Default for SharedClock {
    fn default() -> Self {
        Self::new(SystemClock)
    }
}

impl fmt::Debug for SharedClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedClock").field(&self.now()).finish()
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn instant(&self) -> Instant {
        self.0.instant()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(duration)
    }
}
