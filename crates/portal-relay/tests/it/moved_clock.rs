//! A clock that is moved together with the service's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portal_client::{BoxFuture, Clock};
use portal_sandbox::Sandbox;

/// The computer's time, moved ahead.
#[derive(Clone, Debug, Default)]
pub(crate) struct MovedClock(Arc<AtomicU64>);

impl MovedClock {
    pub(crate) fn ahead(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst))
    }

    /// Moves the time at the service and here.
    pub(crate) fn advance(&self, sandbox: &Sandbox, by: Duration) {
        self.0.fetch_add(by.as_secs(), Ordering::SeqCst);
        sandbox.clock().advance(by);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::now() + self.ahead()
    }

    fn instant(&self) -> Instant {
        Instant::now() + self.ahead()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        let until = clock.instant() + duration;
        Box::pin(async move {
            loop {
                let left = until.saturating_duration_since(clock.instant());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(Duration::from_millis(5))).await;
            }
        })
    }
}
