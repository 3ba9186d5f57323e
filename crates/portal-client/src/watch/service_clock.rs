//! What the service's clock shows, as far as the `Date` of its responses tells.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::poll_time::later;

/// `Date` has whole seconds: the time may be anywhere in the second that it names.
const RESOLUTION: Duration = Duration::from_secs(1);

/// How much faster or slower than this computer's the service's clock may go: one part in so many.
/// Twice what a bad quartz does.
const DRIFT: u32 = 5_000;

/// The earliest and the latest time that the service's clock may show at a moment.
///
/// Every response narrows the window that the earlier ones left; between them it widens by what clocks
/// drift. So the window comes to be much narrower than the second that a single `Date` leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    at: Instant,
    pub(super) earliest: Timestamp,
    pub(super) latest: Timestamp,
}

impl Window {
    fn of(date: Timestamp, sent: Instant, received: Instant) -> Self {
        let on_the_way = received.saturating_duration_since(sent);
        Self {
            at: received,
            earliest: date,
            latest: later(date, RESOLUTION + on_the_way),
        }
    }

    fn at(self, at: Instant) -> Self {
        let elapsed = at.saturating_duration_since(self.at);
        let drift = elapsed / DRIFT;
        Self {
            at,
            earliest: later(self.earliest, elapsed.saturating_sub(drift)),
            latest: later(self.latest, elapsed.saturating_add(drift)),
        }
    }

    /// The time in both; none when the service's clock was set in between.
    fn narrowed_by(self, other: Self) -> Option<Self> {
        let both = Self {
            at: other.at,
            earliest: self.earliest.max(other.earliest),
            latest: self.latest.min(other.latest),
        };
        (both.earliest <= both.latest).then_some(both)
    }
}

/// The service's clock, for all queues of a watch.
#[derive(Debug, Default)]
pub(super) struct ServiceClock {
    window: Option<Window>,
}

impl ServiceClock {
    /// Takes a response's date into account and gives the window at its arrival.
    pub(super) fn learn(&mut self, date: Timestamp, sent: Instant, received: Instant) -> Window {
        let told = Window::of(date, sent, received);
        let known = self.window.map(|window| window.at(received));
        // A clock that was set makes what was known worthless.
        let window = known
            .and_then(|known| known.narrowed_by(told))
            .unwrap_or(told);
        self.window = Some(window);
        window
    }

    /// Forgets what was learnt: it led to a poll before its time.
    pub(super) fn forget(&mut self) {
        self.window = None;
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_770_000_000 + second).unwrap()
    }

    #[test]
    fn a_clock_that_was_set_is_learnt_anew() {
        let mut clock = ServiceClock::default();
        let start = Instant::now();
        clock.learn(at(100), start, start);
        let afterwards = start + Duration::from_secs(10);
        for date in [at(50), at(5000)] {
            let window = clock.learn(date, afterwards, afterwards);
            assert_eq!(
                (window.earliest, window.latest),
                (date, later(date, RESOLUTION))
            );
        }
    }

    proptest! {
        /// Whatever the offset, the delays and the drift, the true time is within the window, and the
        /// window is never wider than one response leaves it.
        #[test]
        fn the_true_time_is_always_within(
            offset in 0_i64..2_000_000_000,
            steps in prop::collection::vec((1_u64..700_000, 0_u64..900, 0_u64..900), 1..40),
            drift in -150_i64..150,
        ) {
            let start = Instant::now();
            let mut clock = ServiceClock::default();
            let mut elapsed = Duration::ZERO;
            for (wait, there, back) in steps {
                let sent = elapsed + Duration::from_millis(wait);
                let served = sent + Duration::from_millis(there);
                let received = served + Duration::from_millis(back);
                elapsed = received;
                let service = |at: Duration| {
                    let millis = i64::try_from(at.as_millis()).unwrap();
                    let micros = offset * 1000 + millis * 1000 + millis * drift / 1000;
                    Timestamp::from_microsecond(1_770_000_000_000_000 + micros).unwrap()
                };
                let date = Timestamp::from_second(service(served).as_second()).unwrap();
                let window = clock.learn(date, start + sent, start + received);
                let now = service(received);
                prop_assert!(window.earliest <= now, "{window:?} {now}");
                prop_assert!(now <= window.latest, "{window:?} {now}");
                let width = window.latest.duration_since(window.earliest);
                prop_assert!(width <= SignedDuration::from_millis(1000 + (there + back).cast_signed()));
            }
        }
    }
}
