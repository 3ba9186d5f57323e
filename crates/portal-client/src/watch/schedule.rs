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
