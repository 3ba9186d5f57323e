//! The limit on calls per organisation.
//!
//! Source: the service's documentation: more than ten calls in a second from one organisation
//! number get 429, and the organisation is blocked for 30 seconds.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// Calls permitted within [`WINDOW`].
pub(crate) const CALLS: usize = 10;
const WINDOW: SignedDuration = SignedDuration::from_secs(1);
/// How long an organisation stays blocked.
pub(crate) const BLOCK: SignedDuration = SignedDuration::from_secs(30);

/// The calls of one organisation.
#[derive(Debug, Default)]
pub(crate) struct CallRate {
    recent: VecDeque<Timestamp>,
    blocked_until: Option<Timestamp>,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admitted {
    Yes,
    /// It is one too many, and refused.
    BlockBegins,
    /// It is refused because of an earlier one.
    Blocked,
}

impl CallRate {
    /// Counts a call at `now`.
    pub(crate) fn admit(&mut self, now: Timestamp) -> Admitted {
        if let Some(until) = self.blocked_until {
            if now < until {
                return Admitted::Blocked;
            }
            self.blocked_until = None;
            self.recent.clear();
        }
        while self
            .recent
            .front()
            .is_some_and(|&first| now.duration_since(first) >= WINDOW)
        {
            self.recent.pop_front();
        }
        if self.recent.len() >= CALLS {
            self.blocked_until = Some(now.checked_add(BLOCK).unwrap_or(Timestamp::MAX));
            return Admitted::BlockBegins;
        }
        self.recent.push_back(now);
        Admitted::Yes
    }

    /// When the block ends, while there is one.
    pub(crate) fn blocked_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.blocked_until.filter(|&until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(1_770_000_000_000 + millisecond).unwrap()
    }

    #[test]
    fn ten_calls_a_second_pass_and_the_eleventh_blocks_for_thirty_seconds() {
        let mut rate = CallRate::default();
        for call in 0..10 {
            assert_eq!(rate.admit(at(call * 50)), Admitted::Yes);
        }
        assert_eq!(rate.admit(at(999)), Admitted::BlockBegins);
        assert_eq!(rate.blocked_until(at(1000)), Some(at(30_999)));
        assert_eq!(rate.admit(at(30_998)), Admitted::Blocked);
        assert_eq!(rate.admit(at(30_999)), Admitted::Yes);
        assert_eq!(rate.blocked_until(at(31_000)), None);
    }

    #[test]
    fn ten_calls_in_each_second_never_block() {
        let mut rate = CallRate::default();
        for call in 0..100 {
            assert_eq!(rate.admit(at(call * 100)), Admitted::Yes);
        }
    }
}
