//! A fair queue for places in the rate limit.
//!
//! Nobody in it holds a time. The first in line waits for a place and takes it; the others wait
//! for the first to leave, which it also does by being dropped. What is remembered is only what
//! was sent, and what is kept for requests that are being made.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::{Clock, SharedClock};

/// How many requests may go out in one [`WINDOW`]. Source: the service's documentation allows an
/// organisation ten in a second.
pub(super) const MOST_CALLS: u32 = 10;
/// A tenth more than a second, for requests that the network brings closer together.
pub(super) const WINDOW: Duration = Duration::from_millis(1_100);

pub(super) struct Queue {
    clock: SharedClock,
    /// Held by the first in line. Fair, and waiters leave it by being dropped.
    first: tokio::sync::Mutex<()>,
    /// A place was given back.
    given_back: Notify,
    state: Mutex<State>,
}

struct State {
    calls: usize,
    /// When the last requests went out; at most `calls` of them.
    sent: VecDeque<Instant>,
    /// How many places are kept for requests that have not gone out.
    kept: usize,
    blocked_until: Option<Instant>,
}

/// When there is a place.
enum Place {
    Now,
    At(Instant),
    /// When one is given back.
    Unknown,
}

impl State {
    fn place(&mut self, now: Instant) -> Place {
        if let Some(until) = self.blocked_until {
            if now < until {
                return Place::At(until);
            }
            self.blocked_until = None;
        }
        while let Some(oldest) = self.sent.front()
            && now.saturating_duration_since(*oldest) >= WINDOW
        {
            self.sent.pop_front();
        }
        if self.sent.len() + self.kept < self.calls {
            return Place::Now;
        }
        let oldest = self.sent.front();
        oldest.map_or(Place::Unknown, |oldest| Place::At(*oldest + WINDOW))
    }
}

impl Queue {
    pub(super) fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            first: tokio::sync::Mutex::default(),
            given_back: Notify::new(),
            state: Mutex::new(State {
                calls: MOST_CALLS as usize,
                sent: VecDeque::new(),
                kept: 0,
                blocked_until: None,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_calls(&self, calls: u32) {
        self.state().calls = calls as usize;
    }

    /// Waits in line, and takes a place at its head.
    pub(super) async fn turn(self: &Arc<Self>) -> Slot {
        let _first = self.first.lock().await;
        loop {
            // Made before the look at the state, so that nothing is missed in between.
            let given_back = self.given_back.notified();
            let now = self.clock.instant();
            let place = {
                let mut state = self.state();
                let place = state.place(now);
                if matches!(place, Place::Now) {
                    state.kept += 1;
                    let queue = Arc::clone(self);
                    return Slot { queue, kept: true };
                }
                place
            };
            match place {
                Place::At(time) => {
                    tokio::select! {
                        () = self.clock.sleep(time.saturating_duration_since(now)) => {}
                        () = given_back => {}
                    }
                }
                Place::Now | Place::Unknown => given_back.await,
            }
        }
    }

    /// Lets nothing out for `period` from now.
    pub(super) fn block(&self, period: Duration) {
        let until = self.clock.instant().checked_add(period);
        let mut state = self.state();
        state.blocked_until = state.blocked_until.max(until);
    }
}

/// One place, to be spent on a request or given back by being dropped.
pub(super) struct Slot {
    queue: Arc<Queue>,
    kept: bool,
}

impl Slot {
    pub(super) fn is_of(&self, queue: &Arc<Queue>) -> bool {
        Arc::ptr_eq(&self.queue, queue)
    }

    /// Counts a request as sent now. Returns whether it may be: not during a block.
    pub(super) fn spend(mut self) -> bool {
        let now = self.queue.clock.instant();
        let mut state = self.queue.state();
        if state.blocked_until.is_some_and(|until| now < until) {
            return false;
        }
        state.kept = state.kept.saturating_sub(1);
        state.sent.push_back(now);
        drop(state);
        self.kept = false;
        // Whoever waited for a place to be given back can now wait for a time.
        self.queue.given_back.notify_one();
        true
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.kept {
            let mut state = self.queue.state();
            state.kept = state.kept.saturating_sub(1);
            drop(state);
            self.queue.given_back.notify_one();
        }
    }
}
