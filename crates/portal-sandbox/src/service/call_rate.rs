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

impl CallRate {
    /// Counts a call at `now`; `false` means that it is refused.
    pub(crate) fn admit(&mut self, now: Timestamp) -> bool {
        if let Some(until) = self.blocked_until {
            if now < until {
                return false;
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
            return false;
        }
        self.recent.push_back(now);
        true
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
            assert!(rate.admit(at(call * 50)));
        }
        assert!(!rate.admit(at(999)));
        assert_eq!(rate.blocked_until(at(1000)), Some(at(30_999)));
        assert!(!rate.admit(at(30_998)));
        assert!(rate.admit(at(30_999)));
        assert_eq!(rate.blocked_until(at(31_000)), None);
    }

    #[test]
    fn ten_calls_in_each_second_never_block() {
        let mut rate = CallRate::default();
        for call in 0..100 {
            assert!(rate.admit(at(call * 100)));
        }
    }
}
