//! The latest moment to send a request.

use std::fmt;
use std::time::{Duration, Instant};

use crate::{Clock, SharedClock};

/// The latest moment at which the first byte of a request may go out; a request carries it in its
/// extensions.
///
/// For a request that ages, such as a package whose signing time the service holds against its own
/// clock. If the moment passes while the request waits for its turn or for a connection, it fails
/// with [`ErrorKind::SendDeadline`](crate::ErrorKind::SendDeadline), and certainly nothing of it
/// was sent. It is held against the clock when the request's body is asked for, which comes just
/// before the first write; a request without a body is checked only before a connection is sought
/// for it.
///
/// ```
/// use std::time::Duration;
/// use portal_transport::{Body, SendBy, SharedClock};
///
/// let request = http::Request::post("https://example.com/api/123456789/portal/signature-jobs")
///     .extension(SendBy::within(Duration::from_secs(2), &SharedClock::default()))
///     .body(Body::from("package"))?;
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone)]
pub struct SendBy {
    at: Instant,
    clock: SharedClock,
}

impl SendBy {
    /// Creates the moment that is `duration` from now by `clock`.
    ///
    /// A duration that no clock can hold is no limit.
    #[must_use]
    pub fn within(duration: Duration, clock: &SharedClock) -> Self {
        const YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
        let now = clock.instant();
        Self {
            at: now.checked_add(duration).unwrap_or(now + YEARS),
            clock: clock.clone(),
        }
    }

    /// Returns whether the moment has passed.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.clock.instant() > self.at
    }

    /// Returns how long it is until then; zero if the moment has passed.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(self.clock.instant())
    }
}

impl fmt::Debug for SendBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SendBy").field(&self.remaining()).finish()
    }
}
