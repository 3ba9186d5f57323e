//! When a queue is polled next, by what the service's responses tell.
//!
//! The wait is what lies between a response's `Date` and the time that the same response permits, whatever this
//! computer's clock shows; after an empty queue with a fixed margin. Only when a poll was early all the same is
//! something added, doubled each time.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::event::WaitReason;
use super::shared::later_instant;
use crate::NextPoll;
use crate::client::PollResponse;
use crate::service_date::Date;

/// `Date` has whole seconds: the service's clock may show up to so much more.
const DATE_RESOLUTION: Duration = Duration::from_secs(1);

/// What is added to the wait after an empty queue: twice by how much two bad clocks differ after ten minutes.
const MARGIN: Duration = Duration::from_millis(250);

/// What is added after a poll that came too early though its time was known, and at the most after many.
const LEAST_EXTRA: Duration = Duration::from_secs(1);
const MOST_EXTRA: Duration = Duration::from_secs(64);

/// The least wait after an empty queue, whatever the service says, and after a poll that came too early or was
/// of no use.
const LEAST_WAIT: Duration = Duration::from_millis(100);
pub(super) const LEAST_WAIT_WHEN_USELESS: Duration = Duration::from_secs(1);

/// When a queue may be polled next, and how much later it will be.
#[derive(Debug)]
pub(super) struct Permitted {
    pub(super) at: Instant,
    pub(super) reason: WaitReason,
    pub(super) jitter: Duration,
    /// The least wait since the response, where polls are wanted less often than permitted.
    pub(super) interval: Duration,
}

impl Permitted {
    /// A poll after a wait since a response, and no more.
    pub(super) fn after(received: Instant, wait: Duration, reason: WaitReason) -> Self {
        Self {
            at: later_instant(received, wait),
            reason,
            jitter: Duration::ZERO,
            interval: Duration::ZERO,
        }
    }

    pub(super) fn not_before(&mut self, received: Instant, least: Duration) {
        self.at = self.at.max(later_instant(received, least));
    }

    /// When it will be polled, and why not earlier.
    pub(super) fn due(&self, received: Instant) -> (Instant, WaitReason) {
        let permitted = later_instant(self.at, self.jitter);
        let wanted = later_instant(received, self.interval);
        if wanted > permitted {
            (wanted, WaitReason::Interval)
        } else {
            (permitted, self.reason)
        }
    }
}

/// What a response tells about time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    pub(super) sent: Instant,
    pub(super) received: Instant,
    /// The service's time, where it told.
    pub(super) date: Option<Timestamp>,
}

impl Timing {
    pub(super) fn of(response: &PollResponse) -> Self {
        Self {
            sent: response.sent,
            received: response.received,
            date: match response.date {
                Date::Stated(date) => Some(date),
                Date::Missing | Date::Implausible => None,
            },
        }
    }
}

/// What the responses of a queue have told about time.
#[derive(Debug)]
pub(super) struct Schedule {
    /// The longest that the service may ask for after an empty queue.
    pub(super) safe_wait: Duration,
    /// Whether the service has told when to poll, so that a poll that is early all the same shows that the clocks
    /// which date its responses and which keep its queues differ.
    knows_the_time: bool,
    /// What is added to waits because of such polls.
    extra: Duration,
    /// The last `Date`, and when it came.
    last_date: Option<(Timestamp, Instant)>,
}

impl Schedule {
    pub(super) fn new(safe_wait: Duration) -> Self {
        Self {
            safe_wait,
            knows_the_time: false,
            extra: Duration::ZERO,
            last_date: None,
        }
    }

    /// When to poll after a response with a change, or of an empty queue. The jitter is at most the given one, of
    /// which `random` takes a part.
    pub(super) fn succeeded(
        &mut self,
        timing: Timing,
        next: &NextPoll,
        found: bool,
        random: impl FnOnce(Duration) -> Duration,
    ) -> Permitted {
        self.knows_the_time = true;
        // Another process may have been the reason, or the clocks have been set since.
        self.extra = self.extra * 255 / 256;
        self.last_date = timing.date.map(|date| (date, timing.received));
        // At once when the permitted time may have passed.
        if found && next.wait() <= possibly_passed(timing) {
            return Permitted::after(timing.received, Duration::ZERO, WaitReason::Permitted);
        }
        let least = if found { Duration::ZERO } else { LEAST_WAIT };
        self.permitted(timing, next, least, random)
    }

    /// When to poll after a poll that came too early, and whether the service's clock stands still.
    pub(super) fn too_early(
        &mut self,
        timing: Timing,
        next: &NextPoll,
        random: impl FnOnce(Duration) -> Duration,
    ) -> (Permitted, bool) {
        if std::mem::replace(&mut self.knows_the_time, true) {
            self.extra = (self.extra * 2).clamp(LEAST_EXTRA, MOST_EXTRA);
        }
        let now = timing.date.map(|date| (date, timing.received));
        let last = std::mem::replace(&mut self.last_date, now);
        let stands_still = last.zip(timing.date).is_some_and(|((last, then), date)| {
            let passed = timing.received.saturating_duration_since(then);
            date == last && passed > 2 * DATE_RESOLUTION
        });
        // This computer's clock may have been the reason where the service's is unknown.
        let least = match timing.date {
            Some(_) => LEAST_WAIT_WHEN_USELESS,
            None => self.safe_wait,
        };
        (self.permitted(timing, next, least, random), stands_still)
    }

    /// When the permitted time has passed for certain, unless the service's clocks differ.
    fn permitted(
        &self,
        timing: Timing,
        next: &NextPoll,
        least: Duration,
        random: impl FnOnce(Duration) -> Duration,
    ) -> Permitted {
        let wait = match next.wait() {
            // Of an empty queue: the two clocks can't show the same.
            Duration::ZERO if timing.date.is_none() => self.safe_wait,
            wait => wait + MARGIN + self.extra,
        };
        let mut permitted = Permitted::after(timing.received, wait, WaitReason::Permitted);
        permitted.not_before(timing.received, least);
        permitted.jitter = random(possibly_passed(timing) + MARGIN + self.extra);
        permitted
    }

    /// The service's time at a response's arrival, where it told.
    pub(super) fn service_time(&self, received: Instant) -> Option<(Timestamp, Instant)> {
        self.last_date.filter(|(_, at)| *at == received)
    }
}

/// By how much the service's clock may be beyond the `Date` of a response when it arrives.
fn possibly_passed(timing: Timing) -> Duration {
    let on_the_way = timing.received.saturating_duration_since(timing.sent);
    timing
        .date
        .map_or(Duration::ZERO, |_| DATE_RESOLUTION + on_the_way)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_770_000_000_000 + millis).unwrap()
    }

    fn next(permitted_at: Timestamp, responded_at: Timestamp) -> NextPoll {
        NextPoll {
            permitted_at,
            responded_at,
            warning: None,
        }
    }

    fn second(time: Timestamp) -> Timestamp {
        Timestamp::from_second(time.as_second()).unwrap()
    }

    #[test]
    fn a_single_early_poll_costs_a_second_that_is_soon_forgotten() {
        let mut schedule = Schedule::new(Duration::from_secs(30));
        let start = Instant::now();
        let timing = Timing {
            sent: start,
            received: start,
            date: Some(at(0)),
        };
        let wait = |permitted: Permitted| permitted.due(start).0.duration_since(start);
        let in_ten = next(at(10_000), at(0));
        let early = |schedule: &mut Schedule| {
            wait(schedule.too_early(timing, &in_ten, |_| Duration::ZERO).0)
        };
        let margin = Duration::from_secs(10) + MARGIN;
        // The time was not known before the first.
        assert_eq!(early(&mut schedule), margin);
        let extras: Vec<u64> = (0..9)
            .map(|_| (early(&mut schedule) - margin).as_secs())
            .collect();
        assert_eq!(extras, [1, 2, 4, 8, 16, 32, 64, 64, 64]);
        let succeed = |schedule: &mut Schedule| {
            wait(schedule.succeeded(timing, &in_ten, false, |_| Duration::ZERO))
        };
        for _ in 0..180 {
            succeed(&mut schedule);
        }
        let left = succeed(&mut schedule) - margin;
        assert!((28..33).contains(&left.as_secs()), "{left:?}");
    }

    #[test]
    fn a_queue_with_changes_is_polled_at_once_when_that_may_be_permitted() {
        let start = Instant::now();
        let timing = Timing {
            sent: start,
            received: start + Duration::from_millis(400),
            date: Some(at(0)),
        };
        for (permitted, wait) in [(0, 0), (1_400, 0), (1_401, 1_651), (10_000, 10_250)] {
            let mut schedule = Schedule::new(Duration::from_secs(30));
            let permitted = next(at(permitted), at(0));
            let permitted = schedule.succeeded(timing, &permitted, true, |_| Duration::ZERO);
            let (due, _) = permitted.due(timing.received);
            assert_eq!(
                due.duration_since(timing.received),
                Duration::from_millis(wait)
            );
        }
    }

    #[test]
    fn jitter_counts_what_a_wait_may_already_be_too_long() {
        let mut schedule = Schedule::new(Duration::from_secs(30));
        let start = Instant::now();
        let timing = Timing {
            sent: start,
            received: start + Duration::from_millis(400),
            date: Some(at(0)),
        };
        let mut margin = Duration::ZERO;
        let empty = next(at(10_000), at(0));
        schedule.succeeded(timing, &empty, false, |most| {
            margin = most;
            Duration::ZERO
        });
        assert_eq!(margin, Duration::from_millis(1650));
    }

    #[test]
    fn a_time_stands_still_that_does_not_go_on_in_a_wait() {
        let start = Instant::now();
        for (passed, date, still) in [(5, 0, true), (5, 4, false), (2, 0, false), (3, 0, true)] {
            let mut schedule = Schedule::new(Duration::from_secs(30));
            let timing = |passed: u64, date: i64| {
                let received = start + Duration::from_secs(passed);
                Timing {
                    sent: received,
                    received,
                    date: Some(at(date * 1000)),
                }
            };
            let in_ten = next(at(10_000), at(0));
            schedule.succeeded(timing(0, 0), &in_ten, false, |_| Duration::ZERO);
            let early = schedule.too_early(timing(passed, date), &in_ten, |_| Duration::ZERO);
            assert_eq!(early.1, still, "{passed} {date}");
        }
    }

    #[test]
    fn an_empty_queue_is_left_alone_for_the_time_that_the_service_states() {
        let start = Instant::now();
        let timing = Timing {
            sent: start,
            received: start,
            date: Some(at(0)),
        };
        // Also where that may have passed: no change says that there is more. A wait of zero is one where the
        // service has told its time.
        for (stated, wait) in [(0, 250), (500, 750), (1_000, 1_250)] {
            let mut schedule = Schedule::new(Duration::from_secs(30));
            let stated = next(at(stated), at(0));
            let permitted = schedule.succeeded(timing, &stated, false, |_| Duration::ZERO);
            let (due, _) = permitted.due(start);
            assert_eq!(due.duration_since(start), Duration::from_millis(wait));
        }
    }

    #[test]
    fn a_poll_that_was_early_is_repeated_after_a_second_or_the_safe_wait() {
        let start = Instant::now();
        for (date, stated, wait) in [
            (Some(at(0)), 0, 1_000),
            (Some(at(0)), 5_000, 5_250),
            (None, 0, 30_000),
            (None, 5_000, 30_000),
            (None, 40_000, 40_250),
        ] {
            let timing = Timing {
                sent: start,
                received: start,
                date,
            };
            let mut schedule = Schedule::new(Duration::from_secs(30));
            let stated = next(at(stated), at(0));
            let (permitted, _) = schedule.too_early(timing, &stated, |_| Duration::ZERO);
            let (due, _) = permitted.due(start);
            assert_eq!(due.duration_since(start), Duration::from_millis(wait));
        }
    }

    #[test]
    fn the_interval_is_the_reason_only_where_it_ends_later() {
        let start = Instant::now();
        let ten = Duration::from_secs(10);
        for (interval, reason) in [
            (9, WaitReason::Permitted),
            (10, WaitReason::Permitted),
            (11, WaitReason::Interval),
        ] {
            let mut permitted = Permitted::after(start, ten, WaitReason::Permitted);
            permitted.interval = Duration::from_secs(interval);
            let due = start + ten.max(permitted.interval);
            assert_eq!(permitted.due(start), (due, reason));
        }
    }

    proptest! {
        /// Wherever in its second the service is, whatever the way takes, and with clocks that differ by 200 parts
        /// in a million: the poll after an empty queue is never too early, and at most the second, the margin and
        /// the way late.
        #[test]
        fn a_poll_after_an_empty_queue_is_never_early(
            served in 0_i64..10_000,
            wait in 5_000_i64..600_000,
            there in 0_u64..900,
            back in 0_u64..900,
            drift in -200_i64..=200,
        ) {
            let start = Instant::now();
            let millis = Duration::from_millis;
            let timing = Timing {
                sent: start,
                received: start + millis(there + back),
                date: Some(second(at(served))),
            };
            let permitted_at = at(served + wait);
            let mut schedule = Schedule::new(Duration::from_secs(30));
            let empty = next(permitted_at, second(at(served)));
            let permitted = schedule.succeeded(timing, &empty, false, |_| Duration::ZERO);
            let (due, reason) = permitted.due(timing.received);
            prop_assert_eq!(reason, WaitReason::Permitted);
            let waited = i64::try_from(due.duration_since(timing.received).as_micros()).unwrap();
            let by_service = waited + waited * drift / 1_000_000;
            let back = i64::try_from(back).unwrap();
            let polled = at(served + back) + SignedDuration::from_micros(by_service);
            prop_assert!(polled >= permitted_at, "{polled} {permitted_at}");
            let late = polled.duration_since(permitted_at).as_millis();
            prop_assert!(late <= 1_000 + 250 + 130 + i128::from(back), "{late}");
        }
    }
}
