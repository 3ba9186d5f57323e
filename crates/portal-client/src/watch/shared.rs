//! What the queues, the changes in flight and the handlers of a watch share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portal_transport::{Clock, RateBlock};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock, Semaphore, watch};

use super::event::WatchEvent;
use super::ledger::{Confirm, Ledger, Ticket};
use super::pending::{Confirmation, PendingChange};
use super::service_clock::ServiceClock;
use super::settings::Settings;
use super::stop::StopHandle;
use crate::error::{Error, Operation};
use crate::poll_time::later;
use crate::{PortalClient, Sender, StatusChange};

/// No wait goes on for longer without a look at the time.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// How much is waited on top after a poll that came too early for no known reason, and after many.
const LEAST_LAG: Duration = Duration::from_secs(1);
const MOST_LAG: Duration = Duration::from_secs(64);

/// What is given out: a change, or why there are no more.
pub(super) type Item = Result<PendingChange, Error>;

/// A queue that is polled.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) sender: Sender,
    /// Held alone by a poll and together by confirmations. A confirmation settles whatever of its job is
    /// handed out by the time it arrives, so nothing may be on its way then.
    turn: Arc<RwLock<()>>,
}

impl Queue {
    pub(super) fn new(sender: Sender) -> Self {
        Self {
            sender,
            turn: Arc::default(),
        }
    }
}

/// The right to poll now: a place for the change that may come, and the queue's turn.
pub(super) struct Turn {
    pub(super) permit: OwnedSemaphorePermit,
    pub(super) alone: OwnedRwLockWriteGuard<()>,
}

pub(super) struct Shared {
    pub(super) client: PortalClient,
    pub(super) clock: portal_transport::SharedClock,
    pub(super) queues: Vec<Queue>,
    pub(super) settings: Settings,
    pub(super) stop: StopHandle,
    pub(super) ledger: Mutex<Ledger>,
    pub(super) service_clock: Mutex<ServiceClock>,
    pub(super) random: Mutex<fastrand::Rng>,
    /// Whether somebody waits for a change.
    pub(super) wanted: watch::Sender<bool>,
    pub(super) places: Arc<Semaphore>,
    pub(super) blocked_until: Mutex<Option<Instant>>,
    /// How much later than its dates tell the service has turned out to permit polls.
    pub(super) lag: Mutex<Duration>,
    /// Where changes are given out; none once the watch has ended.
    pub(super) out: Mutex<Option<UnboundedSender<Item>>>,
}

/// Nothing is left half-done under any of these locks.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn emit(&self, queue: usize, event: WatchEvent<'_>) {
        event.trace(queue);
        if let Some(observer) = &self.settings.observer {
            observer(event);
        }
    }

    pub(super) fn now(&self) -> Instant {
        self.clock.instant()
    }

    /// What this computer's clock shows at an instant.
    pub(super) fn shown_at(&self, instant: Instant) -> Timestamp {
        let ahead = instant.saturating_duration_since(self.now());
        later(self.clock.now(), ahead)
    }

    /// Waits for an instant; `false` when the watch was stopped first.
    ///
    /// The instant is on a clock that never jumps, and looked at again and again: no clock that is set, and
    /// no sleep that ends too soon, makes it end before its time.
    pub(super) async fn sleep_until(&self, due: Instant) -> bool {
        loop {
            if self.stop.is_stopped() {
                return false;
            }
            let wait = due.saturating_duration_since(self.now());
            if wait.is_zero() {
                return true;
            }
            tokio::select! {
                () = self.clock.sleep(wait.min(LOOK_AGAIN)) => {}
                () = self.stop.stopped() => {}
            }
        }
    }

    /// Waits until a queue may be polled: its time has come, no rate block holds, somebody wants a change,
    /// there is a place for it, and no confirmation is under way. None when the watch is stopped first.
    pub(super) async fn turn(&self, queue: &Queue, due: Instant) -> Option<Turn> {
        loop {
            let due = due.max(lock(&self.blocked_until).unwrap_or(due));
            if !self.sleep_until(due).await {
                return None;
            }
            let ready = async {
                let mut wanted = self.wanted.subscribe();
                wanted.wait_for(|wanted| *wanted).await.ok()?;
                let permit = Arc::clone(&self.places).acquire_owned().await.ok()?;
                let alone = Arc::clone(&queue.turn).write_owned().await;
                Some(Turn { permit, alone })
            };
            let turn = tokio::select! {
                turn = ready => turn?,
                () = self.stop.stopped() => return None,
            };
            // A block may have begun meanwhile.
            let blocked = lock(&self.blocked_until).is_some_and(|until| self.now() < until);
            if !blocked {
                return (!self.stop.is_stopped()).then_some(turn);
            }
        }
    }

    /// Takes note of a rate block, and says when it is over.
    pub(super) fn blocked(&self, queue: usize) -> Instant {
        let until = self.now() + RateBlock::DEFAULT_PERIOD;
        let mut blocked = lock(&self.blocked_until);
        *blocked = (*blocked).max(Some(until));
        drop(blocked);
        let wait = RateBlock::DEFAULT_PERIOD;
        self.emit(queue, WatchEvent::RateBlocked { wait });
        until
    }

    /// Takes note of a poll that came too early though its time was known: the computers of the service
    /// that date its responses and those that keep its queues are not of one mind about the time.
    pub(super) fn learn_lag(&self) {
        let mut lag = lock(&self.lag);
        *lag = (*lag * 2).clamp(LEAST_LAG, MOST_LAG);
    }

    /// Another process may have been the reason, or the clocks have been set since.
    pub(super) fn forget_some_lag(&self) {
        let mut lag = lock(&self.lag);
        *lag = *lag * 255 / 256;
        if *lag < LEAST_LAG / 2 {
            *lag = Duration::ZERO;
        }
    }

    pub(super) fn lag(&self) -> Duration {
        *lock(&self.lag)
    }

    /// Gives a change out.
    pub(super) fn give(self: &Arc<Self>, ticket: Ticket, change: StatusChange) {
        let pending = PendingChange::new(Arc::clone(self), ticket, change);
        let out = lock(&self.out).clone();
        // Before it is given, or the wish for the next one could be taken for the one that is met now.
        self.wanted.send_replace(false);
        // What nobody takes any more is dropped, and so left to come back.
        let _taken = out.map(|out| out.send(Ok(pending)));
    }

    /// Ends the stream of changes.
    pub(super) fn close(&self) {
        lock(&self.ledger).leave_held();
        let out = lock(&self.out).take();
        drop(out);
    }

    pub(super) fn handled(self: &Arc<Self>, ticket: Ticket) {
        let next = lock(&self.ledger).handled(ticket);
        if let Some((ticket, change)) = next {
            self.give(ticket, change);
        }
    }

    pub(super) fn let_go(&self, ticket: Ticket) {
        lock(&self.ledger).let_go(ticket);
    }

    /// Confirms a handled change, again and again until it comes back.
    pub(super) async fn confirm(
        &self,
        ticket: Ticket,
        change: &StatusChange,
    ) -> Result<Confirmation, Error> {
        let id = change.id();
        let index = ticket.queue();
        let mut failures = 0;
        let mut may_have_arrived = false;
        loop {
            let turn = match self.queues.get(index) {
                Some(queue) => Some(queue.turn.read().await),
                None => None,
            };
            let step = lock(&self.ledger).confirm(ticket);
            let changes = match step {
                Confirm::Job(changes) => changes,
                Confirm::Later => return Ok(Confirmation::Deferred),
                Confirm::Settled => return Ok(Confirmation::Done),
            };
            let error = match self.client.confirm(change).await {
                Err(error) if !is_done(&error, may_have_arrived) => error,
                _ => {
                    lock(&self.ledger).confirmed(ticket, &changes);
                    let changes = changes.len();
                    self.emit(index, WatchEvent::Confirmed { id, changes });
                    return Ok(Confirmation::Done);
                }
            };
            drop(turn);
            failures += 1;
            let again_at = match &error {
                Error::RateBlocked { .. } => self.blocked(index),
                _ => self.now() + self.back_off(failures),
            };
            let returns_at = lock(&self.ledger).returns_at(ticket);
            let in_time = returns_at.is_some_and(|until| again_at < until);
            let again = error.is_transient() && in_time;
            let wait = again.then(|| again_at.saturating_duration_since(self.now()));
            self.emit(
                index,
                WatchEvent::ConfirmationFailed {
                    id,
                    error: &error,
                    wait,
                },
            );
            let Some(wait) = wait else {
                return Err(error);
            };
            may_have_arrived |= arrived_perhaps(&error);
            self.clock.sleep(wait).await;
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

    /// A part of the jitter that is left when a wait is already longer by `margin` than it may have to be.
    pub(super) fn jitter(&self, margin: Duration) -> Duration {
        let left = self.settings.jitter.saturating_sub(margin);
        left.mul_f64(lock(&self.random).f64())
    }
}

/// Whether a refused confirmation says that the job is settled, since an earlier attempt has arrived.
fn is_done(error: &Error, may_have_arrived: bool) -> bool {
    let refused = error
        .response()
        .is_some_and(|response| response.status() == 404 || response.status() == 410);
    refused && (may_have_arrived || error.may_be_done_already())
}

fn arrived_perhaps(error: &Error) -> bool {
    match error {
        Error::Transport { source, .. } => source.request_may_have_reached_service(),
        Error::Unexpected { source } => source.operation() == Operation::Confirm,
        _ => false,
    }
}
