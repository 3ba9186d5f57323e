//! How long a lease lasts, and when it is renewed.

use std::time::Duration;

use portal_client::SharedClock;

/// The times of a lease. All relays of an organisation should have the same.
///
/// ```
/// use std::time::Duration;
/// use portal_relay::LeaseSettings;
///
/// let settings = LeaseSettings::default();
/// assert_eq!(settings.ttl(), Duration::from_secs(60));
/// assert_eq!(settings.renew_every(), Duration::from_secs(15));
/// assert_eq!(settings.required_left(), Duration::from_secs(45));
/// assert_eq!(settings.look_every(), Duration::from_secs(10));
/// // For a test.
/// assert_eq!(LeaseSettings::scaled_to(Duration::from_secs(2)).renew_every(), Duration::from_millis(500));
/// ```
#[derive(Clone, Debug)]
pub struct LeaseSettings {
    ttl: Duration,
    clock: SharedClock,
}

impl Default for LeaseSettings {
    fn default() -> Self {
        Self::scaled_to(Duration::from_mins(1))
    }
}

impl LeaseSettings {
    /// Creates settings with a time to live other than 60 seconds, at least 100 milliseconds, and the other times in
    /// proportion. For tests: the time to live must be longer than the client's time limits for a request by a third.
    #[must_use]
    pub fn scaled_to(ttl: Duration) -> Self {
        Self {
            ttl: ttl.max(Duration::from_millis(100)),
            clock: SharedClock::default(),
        }
    }

    /// Sets the clock. Defaults to the computer's, which never jumps.
    #[must_use]
    pub fn with_clock(mut self, clock: SharedClock) -> Self {
        self.clock = clock;
        self
    }

    /// Returns how long a lease is held after a renewal. Defaults to 60 seconds.
    #[must_use]
    pub fn ttl(&self) -> Duration {
        self.ttl
    }

    /// Returns how often the lease is renewed: a quarter of its time to live.
    #[must_use]
    pub fn renew_every(&self) -> Duration {
        self.ttl / 4
    }

    /// Returns how much time must be left when a poll or a confirmation starts: three quarters of the time to live.
    #[must_use]
    pub fn required_left(&self) -> Duration {
        self.ttl * 3 / 4
    }

    /// Returns how often a relay that stands by looks at the lease: a sixth of its time to live.
    #[must_use]
    pub fn look_every(&self) -> Duration {
        self.ttl / 6
    }

    /// Returns how long after a renewal that failed the next is tried: a sixtieth of the time to live.
    pub(crate) fn retry_after(&self) -> Duration {
        self.ttl / 60
    }

    pub(crate) fn clock(&self) -> &SharedClock {
        &self.clock
    }
}
