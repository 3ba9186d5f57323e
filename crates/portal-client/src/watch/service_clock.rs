//! What the service's clock shows, as far as the `Date` of its responses tells.

use std::time::{Duration, Instant};

use http::HeaderMap;
use http::header::DATE;
use jiff::Timestamp;

use crate::poll_time::{LONGEST_BELIEVED, date, later, read_header};

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

/// What a response's `Date` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Date {
    /// The service's time when it responded, to the second.
    Stated(Timestamp),
    /// There is none.
    Missing,
    /// It is unreadable, or days away from the time that the same response permits the next poll at.
    Implausible,
}

impl Date {
    /// Reads the header. The permitted poll time in the same response is by the same clock, so that the two
    /// bear each other out, however wrong this computer's clock is; `now` is its time, for want of the other.
    pub(crate) fn read(headers: &HeaderMap, now: Timestamp) -> Self {
        if !headers.contains_key(DATE) {
            return Self::Missing;
        }
        let read = date(headers);
        let other = read_header(headers).unwrap_or(now);
        match read {
            Some(date) if date.duration_since(other).abs() <= LONGEST_BELIEVED => {
                Self::Stated(date)
            }
            _ => Self::Implausible,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;
    use crate::poll_time::NEXT_PERMITTED_POLL_TIME;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_770_000_000 + second).unwrap()
    }

    fn headers(date: &str, permitted: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, HeaderValue::from_str(date).unwrap());
        if let Some(permitted) = permitted {
            headers.insert(
                NEXT_PERMITTED_POLL_TIME,
                HeaderValue::from_str(permitted).unwrap(),
            );
        }
        headers
    }

    #[test]
    fn a_date_is_believed_when_the_permitted_time_bears_it_out() {
        let told = Date::Stated("2016-02-10T10:00:00Z".parse().unwrap());
        let date = "Wed, 10 Feb 2016 10:00:00 GMT";
        // This computer's clock is ten years ahead.
        let now = "2026-02-10T10:00:00Z".parse().unwrap();
        let soon = Some("2016-02-10T10:10:00Z");
        assert_eq!(Date::read(&headers(date, soon), now), told);
        assert_eq!(Date::read(&headers(date, None), now), Date::Implausible);
        let near = "2016-02-10T10:01:00Z".parse().unwrap();
        assert_eq!(Date::read(&headers(date, None), near), told);
    }

    #[test]
    fn a_ridiculous_date_is_told_apart_from_none() {
        let permitted = Some("2016-02-10T10:10:00Z");
        for date in ["Thu, 01 Jan 1970 00:00:00 GMT", "now", ""] {
            let read = Date::read(&headers(date, permitted), at(0));
            assert_eq!(read, Date::Implausible, "{date}");
        }
        assert_eq!(Date::read(&HeaderMap::new(), at(0)), Date::Missing);
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
