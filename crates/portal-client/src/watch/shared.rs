//! What the queues, the changes in flight and the handlers of a watch share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portal_transport::{Clock, SharedClock};
use tokio::sync::{OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard};
use tokio::sync::{OwnedSemaphorePermit, RwLock, Semaphore, watch};

use super::StopHandle;
use super::changes::PendingChange;
use super::event::{StatusHandle, StoppedClock, WaitReason, WatchEvent};
use super::job::{Given, Ticket};
use super::ledger::Ledger;
use super::restart::Noted;
use crate::poll_time::later;
use crate::{PollTimes, PortalClient, Sender};

/// No wait goes on for longer without a look at the time.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// How often it is looked at where it stands still.
const STANDSTILL: Duration = Duration::from_secs(1);

/// When this computer's clock runs ahead of a wait by so much, it was set, or the machine slept.
const JUMP: Duration = Duration::from_secs(20);

/// How long the service is waited for that knows which of the two it was.
const ASKED: Duration = Duration::from_secs(20);

/// The longest that a rate block is believed to last.
const LONGEST_BLOCK: Duration = Duration::from_hours(1);

pub(super) type Observer = Arc<dyn Fn(WatchEvent<'_>) + Send + Sync>;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) max_in_flight: usize,
    pub(super) jitter: Duration,
    /// The least wait after an empty queue.
    pub(super) interval: Duration,
    pub(super) until_empty: bool,
    pub(super) one_poll_at_a_time: bool,
    pub(super) back_off: (Duration, Duration),
    pub(super) shutdown_timeout: Duration,
    pub(super) seed: Option<u64>,
    pub(super) times: Option<Arc<dyn PollTimes>>,
    pub(super) observer: Option<Observer>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_in_flight: 16,
            jitter: Duration::from_secs(2),
            interval: Duration::ZERO,
            until_empty: false,
            one_poll_at_a_time: false,
            back_off: (Duration::from_secs(1), Duration::from_mins(5)),
            shutdown_timeout: Duration::from_secs(30),
            seed: None,
            times: None,
            observer: None,
        }
    }
}

/// A queue that is polled.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) sender: Sender,
    /// Held alone by a poll and together by confirmations.
    turn: Arc<RwLock<()>>,
    /// What this watch has stored of it last, for the next process.
    pub(super) noted: Mutex<Option<Noted>>,
}

impl Queue {
    pub(super) fn new(sender: Sender) -> Self {
        Self {
            sender,
            turn: Arc::default(),
            noted: Mutex::default(),
        }
    }

    /// Waits until no poll is in flight, and keeps it so.
    pub(super) async fn no_poll(&self) -> OwnedRwLockReadGuard<()> {
        Arc::clone(&self.turn).read_owned().await
    }

    /// Waits until no confirmation is in flight, nor a poll, and keeps it so.
    pub(super) async fn alone(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.turn).write_owned().await
    }
}

/// The right to poll now: a place for the change that may come, and the queue's turn.
pub(super) struct Turn {
    pub(super) permit: OwnedSemaphorePermit,
    pub(super) alone: OwnedRwLockWriteGuard<()>,
    /// Where one queue at a time is polled: held until the note of the response is stored.
    pub(super) only: Option<OwnedMutexGuard<()>>,
}

/// What a queue waits for before its next poll.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    pub(super) due: Instant,
    pub(super) reason: WaitReason,
    /// What the service's clock showed at a moment, where it told.
    pub(super) service_time: Option<(Timestamp, Instant)>,
}

pub(super) struct Shared {
    pub(super) client: PortalClient,
    pub(super) queues: Vec<Queue>,
    pub(super) settings: Settings,
    pub(super) stop: StopHandle,
    pub(super) status: StatusHandle,
    pub(super) ledger: Mutex<Ledger>,
    pub(super) random: Mutex<fastrand::Rng>,
    /// Whether somebody waits for a change.
    pub(super) wanted: watch::Sender<bool>,
    pub(super) places: Arc<Semaphore>,
    /// Held by the queue that is polled, where one at a time is.
    pub(super) only: Arc<tokio::sync::Mutex<()>>,
    pub(super) blocked_until: Mutex<Option<Instant>>,
}

/// Nothing is left half-done under any of these locks.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An instant and a duration later; a century where the sum has no place on the clock.
pub(super) fn later_instant(instant: Instant, duration: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_hours(24 * 365 * 100);
    let sum = instant.checked_add(duration);
    sum.or_else(|| instant.checked_add(CENTURY))
        .unwrap_or(instant)
}

impl Shared {
    pub(super) fn emit(&self, queue: usize, event: WatchEvent<'_>) {
        event.trace(queue);
        if let Some(observer) = &self.settings.observer {
            observer(event);
        }
    }

    pub(super) fn clock(&self) -> &SharedClock {
        self.client.clock()
    }

    pub(super) fn now(&self) -> Instant {
        self.clock().instant()
    }

    /// What this computer's clock shows at an instant.
    pub(super) fn shown_at(&self, instant: Instant) -> Timestamp {
        let ahead = instant.saturating_duration_since(self.now());
        later(self.clock().now(), ahead)
    }

    /// Waits until a queue may be polled: its time has come, no rate block holds, somebody wants a change,
    /// there is a place for it, and no confirmation is in flight. None when the watch is stopped first.
    pub(super) async fn turn(&self, index: usize, queue: &Queue, wait: Wait) -> Option<Turn> {
        loop {
            let mut wait = wait;
            if let Some(until) = self.blocked_until().filter(|until| *until > wait.due) {
                (wait.due, wait.reason) = (until, WaitReason::RateBlock);
            }
            self.status.set(index, wait.due, wait.reason);
            if !self.sleep_until(index, queue, wait).await {
                return None;
            }
            let ready = async {
                let mut wanted = self.wanted.subscribe();
                wanted.wait_for(|wanted| *wanted).await.ok()?;
                let permit = Arc::clone(&self.places).acquire_owned().await.ok()?;
                // Before the queue's turn, which keeps the queue's confirmations waiting.
                let only = match self.settings.one_poll_at_a_time {
                    true => Some(Arc::clone(&self.only).lock_owned().await),
                    false => None,
                };
                let alone = queue.alone().await;
                Some(Turn {
                    permit,
                    alone,
                    only,
                })
            };
            let turn = tokio::select! {
                turn = ready => turn?,
                () = self.stop.stopped() => return None,
            };
            // A block may have begun meanwhile.
            if self.blocked_until().is_none() {
                return (!self.stop.is_stopped()).then_some(turn);
            }
        }
    }

    /// Waits; `false` when the watch was stopped first.
    ///
    /// The end is on a clock that never jumps, and looked at again and again: no clock that is set, and no sleep
    /// that ends too soon, makes it come before its time. That clock stands still while the machine sleeps; when
    /// the other clock has gone on, the service says how long it was.
    async fn sleep_until(&self, index: usize, queue: &Queue, wait: Wait) -> bool {
        let clock = self.clock();
        let mut due = wait.due;
        let mut seen = (clock.instant(), clock.now());
        let mut stands_still = false;
        loop {
            let now = clock.instant();
            let left = due.saturating_duration_since(now);
            if self.stop.is_stopped() || left.is_zero() {
                return !self.stop.is_stopped();
            }
            tokio::select! {
                () = clock.sleep(left.min(LOOK_AGAIN)) => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                () = self.stop.stopped() => continue,
            }
            if clock.instant() <= now {
                if !std::mem::replace(&mut stands_still, true) {
                    let (queue, clock) = (&queue.sender, StoppedClock::Client);
                    self.emit(index, WatchEvent::TimeStandsStill { queue, clock });
                }
                tokio::select! {
                    () = tokio::time::sleep(STANDSTILL) => {}
                    () = self.stop.stopped() => continue,
                }
            }
            let Some(told) = wait.service_time.filter(|_| self.has_jumped(seen)) else {
                continue;
            };
            if let Some(slept) = self.slept(queue, told).await {
                seen = (clock.instant(), clock.now());
                let earlier = wait.due.checked_sub(slept);
                due = earlier.map_or(now, |earlier| earlier.min(due));
            }
        }
    }

    /// Whether this computer's clock has gone on by much more than the one that never jumps.
    fn has_jumped(&self, (instant, shown): (Instant, Timestamp)) -> bool {
        let passed = self.now().saturating_duration_since(instant);
        let shown = self.clock().now().duration_since(shown);
        Duration::try_from(shown).is_ok_and(|shown| shown.saturating_sub(passed) > JUMP)
    }

    /// For how long the clock that never jumps stood still since the service told its time, at the least; none
    /// when the service can't be reached.
    async fn slept(
        &self,
        queue: &Queue,
        (then, received): (Timestamp, Instant),
    ) -> Option<Duration> {
        let asked = tokio::time::timeout(ASKED, self.client.service_time(&queue.sender));
        let told = tokio::select! {
            told = asked => told.ok()??,
            () = self.stop.stopped() => return None,
        };
        let passed = self.now().saturating_duration_since(received);
        let by_service = Duration::try_from(told.duration_since(then)).unwrap_or_default();
        // Both times were cut to the second.
        let least = by_service.saturating_sub(passed + Duration::from_secs(1));
        Some(least)
    }

    /// Until when the service blocks the organisation.
    pub(super) fn blocked_until(&self) -> Option<Instant> {
        let blocked = *lock(&self.blocked_until);
        blocked.filter(|until| self.now() < *until)
    }

    /// Takes note of a rate block, and says when it is over.
    pub(super) fn blocked(&self, queue: usize, until: Timestamp) -> Instant {
        let period = Duration::try_from(until.duration_since(self.clock().now()));
        let wait = period.unwrap_or_default().min(LONGEST_BLOCK);
        let until = later_instant(self.now(), wait);
        let mut blocked = lock(&self.blocked_until);
        *blocked = (*blocked).max(Some(until));
        drop(blocked);
        self.emit(queue, WatchEvent::RateBlocked { wait });
        until
    }

    /// Gives a change out.
    pub(super) fn give(self: &Arc<Self>, given: Given) {
        let pending = PendingChange {
            shared: Arc::clone(self),
            ticket: given.ticket,
            change: given.change,
        };
        // Before it is given, or the wish for the next one could be taken for the one that is met now.
        self.wanted.send_replace(false);
        // What nobody takes any more is dropped, and so left to return.
        let _taken = given.out.send(Ok(pending));
    }

    pub(super) fn handled(self: &Arc<Self>, ticket: Ticket) {
        let next = lock(&self.ledger).handled(ticket);
        if let Some(given) = next {
            self.give(given);
        }
    }

    /// How long to wait after so many failures in a row: doubled each time up to the longest, of which at
    /// least a half.
    pub(super) fn back_off(&self, failures: u32) -> Duration {
        let (first, longest) = self.settings.back_off;
        let doubled = 1_u32
            .checked_shl(failures.saturating_sub(1))
            .unwrap_or(u32::MAX);
        let most = first.saturating_mul(doubled).min(longest);
        most.mul_f64(1.0 - lock(&self.random).f64() / 2.0)
    }

    /// A part of the jitter that is left when a wait is already longer by up to `margin` than it has to be.
    pub(super) fn jitter(&self, margin: Duration) -> Duration {
        let left = self.settings.jitter.saturating_sub(margin);
        left.mul_f64(lock(&self.random).f64())
    }
}
