//! Keeps a lease: one task renews it, and writes when queues may be polled next.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portal_client::jiff::{SignedDuration, Timestamp};
use portal_client::{BoxFuture, Clock, PermittedPoll, PollTimes, QueueKey};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use super::{HeldLease, LeaseError, LeaseSettings, LeaseState};

/// What is stored of a queue that is polled is at most so old: a watch counts on a minute.
const STORED_AT_LEAST_EVERY: SignedDuration = SignedDuration::from_secs(40);

/// Why a lease is held no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Another holds it.
    Taken,
    /// It could not be renewed in time.
    Expired,
}

/// Renews a lease until it is dropped or released. Clones of [`Keeper::shared`] look at the same lease.
#[derive(Debug)]
pub(crate) struct Keeper {
    shared: Arc<Shared>,
    writer: AbortHandle,
}

/// What is known of a lease that is held.
#[derive(Debug)]
pub(crate) struct Shared {
    held: Box<dyn HeldLease>,
    settings: LeaseSettings,
    /// The state to write, and how many changes it has had.
    state: Mutex<(LeaseState, u64)>,
    changed: Notify,
    /// How many of those changes are written. Told of every renewal, also where there was none.
    written: watch::Sender<u64>,
    /// The state that was last written.
    stored: Mutex<LeaseState>,
    loss: watch::Sender<Option<Loss>>,
    /// The last of those changes that somebody waits for.
    urgent: AtomicU64,
    /// Whether the last renewal failed.
    is_failing: AtomicBool,
    /// The wall clock's time of the last renewal: it goes on while the machine is suspended.
    renewed_at: Mutex<Timestamp>,
}

impl Keeper {
    /// Starts to renew a lease that was taken just now.
    pub(crate) fn start(held: Box<dyn HeldLease>, settings: LeaseSettings) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::new((held.state(), 0)),
            stored: Mutex::new(held.state()),
            held,
            changed: Notify::new(),
            written: watch::Sender::new(0),
            loss: watch::Sender::new(None),
            urgent: AtomicU64::new(0),
            is_failing: AtomicBool::new(false),
            renewed_at: Mutex::new(settings.clock().now()),
            settings,
        });
        let writer = tokio::spawn(Arc::clone(&shared).renew()).abort_handle();
        Self { shared, writer }
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Resolves when the lease is held no longer.
    pub(crate) async fn lost(&self) -> Loss {
        let mut loss = self.shared.loss.subscribe();
        match loss.wait_for(Option::is_some).await {
            Ok(loss) => loss.clone().unwrap_or(Loss::Expired),
            Err(_) => Loss::Expired,
        }
    }

    /// Stops renewing, and leaves the lease to others at once.
    pub(crate) async fn release(self) -> Result<(), LeaseError> {
        self.writer.abort();
        let state = self.shared.state().0.clone();
        self.shared.held.release(&state).await
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.writer.abort();
        // Whoever still waits for it.
        self.shared.lose(Loss::Expired);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, (LeaseState, u64)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lose(&self, why: Loss) {
        self.loss.send_if_modified(|loss| {
            let first = loss.is_none();
            loss.get_or_insert(why);
            first
        });
    }

    /// Returns how long the lease is certainly held; none once it is lost.
    pub(crate) fn left(&self) -> Option<Duration> {
        if self.loss.borrow().is_some() {
            return None;
        }
        let Some(until) = self.held.held_until() else {
            return Some(Duration::MAX);
        };
        let clock = self.settings.clock();
        let by_instant = until.saturating_duration_since(clock.instant());
        // A suspended machine's clock for waits may have stood still; the other may have been set. The earlier end
        // counts: too early costs a renewal, too late a second poller.
        let renewed_at = *self
            .renewed_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let passed = Duration::try_from(clock.now().duration_since(renewed_at)).unwrap_or_default();
        Some(by_instant.min(self.settings.ttl().saturating_sub(passed)))
    }

    /// Waits until enough time is left for a request and all permitted times are written, at most until the lease
    /// ends.
    ///
    /// # Errors
    /// [`LeaseError::NotHeld`] when the lease is not held, or not renewed in time.
    pub(crate) async fn permit(&self) -> Result<(), LeaseError> {
        let mut written = self.written.subscribe();
        let mut loss = self.loss.subscribe();
        loop {
            let left = self.left().unwrap_or_default();
            // With many queues, the polls of a slow write's time would all be unknown to the next holder.
            let is_noted = *written.borrow_and_update() >= self.urgent.load(Ordering::SeqCst);
            if is_noted && left >= self.settings.required_left() {
                return Ok(());
            }
            if left.is_zero() {
                return Err(LeaseError::NotHeld);
            }
            // Only for as long as a renewal takes: the time limits of the request are not for waiting here.
            let patience = left.min(self.settings.look_every());
            tokio::select! {
                renewed = written.changed() => renewed.map_err(|_| LeaseError::NotHeld)?,
                _ = loss.changed() => return Err(LeaseError::NotHeld),
                () = self.settings.clock().sleep(patience) => return Err(LeaseError::NotHeld),
            }
        }
    }

    async fn renew(self: Arc<Self>) {
        let clock = self.settings.clock().clone();
        let mut wait = self.settings.renew_every();
        loop {
            tokio::select! {
                () = clock.sleep(wait) => {}
                () = self.changed.notified() => {}
            }
            let (state, changes) = self.state().clone();
            let sent_at = clock.now();
            let written = tokio::select! {
                written = self.held.write(&state) => written,
                () = self.expires() => return self.lose(Loss::Expired),
            };
            match written {
                Ok(()) => {
                    *self
                        .renewed_at
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner) = sent_at;
                    *self.stored.lock().unwrap_or_else(PoisonError::into_inner) = state;
                    self.is_failing.store(false, Ordering::Relaxed);
                    self.written.send_replace(changes);
                    wait = self.settings.renew_every();
                }
                Err(LeaseError::Lost | LeaseError::NotHeld) => return self.lose(Loss::Taken),
                Err(error) => {
                    self.is_failing.store(true, Ordering::Relaxed);
                    tracing::warn!(%error, "the lease was not renewed; it is tried again");
                    // Also of what waits to be written.
                    tokio::select! {
                        () = clock.sleep(self.settings.retry_after()) => {}
                        () = self.expires() => return self.lose(Loss::Expired),
                    }
                    wait = Duration::ZERO;
                }
            }
        }
    }

    /// Resolves when the lease has ended.
    async fn expires(&self) {
        loop {
            match self.left() {
                Some(Duration::MAX) => std::future::pending().await,
                Some(left) if !left.is_zero() => self.settings.clock().sleep(left).await,
                _ => return,
            }
        }
    }

    async fn save(&self, queue: QueueKey<'_>, time: PermittedPoll) -> io::Result<()> {
        let mut written = self.written.subscribe();
        let mut loss = self.loss.subscribe();
        let lost = || io::Error::other(LeaseError::NotHeld);
        let stored = self
            .stored
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .of(queue);
        let change = {
            let mut state = self.state();
            state.0.set(queue, time);
            state.1 += 1;
            state.1
        };
        // What may be polled at once by this holder may be polled at once by the next one too: the next renewal is
        // early enough to say so, as long as what is stored does not become old.
        let waits = time.permitted_at > time.noted_at;
        let is_old = time.noted_at.duration_since(stored.noted_at) > STORED_AT_LEAST_EVERY;
        let is_urgent = waits || is_old || stored.shutdown != time.shutdown;
        if !is_urgent {
            return Ok(());
        }
        self.urgent.fetch_max(change, Ordering::SeqCst);
        self.changed.notify_one();
        tokio::select! {
            biased;
            saved = written.wait_for(|written| *written >= change) => {
                saved.map(drop).map_err(|_| lost())
            }
            _ = loss.wait_for(Option::is_some) => Err(lost()),
        }
    }

    /// Returns whether another polled before.
    pub(crate) fn had_holder(&self) -> bool {
        self.held.state() != LeaseState::default()
    }

    /// Returns whether the last renewal failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }
}

/// The permitted poll times of queues, in the lease.
#[derive(Clone, Debug)]
pub(crate) struct LeasePollTimes(pub(crate) Arc<Shared>);

impl PollTimes for LeasePollTimes {
    fn load<'a>(&'a self, queue: QueueKey<'a>) -> BoxFuture<'a, io::Result<Option<PermittedPoll>>> {
        let time = self.0.state().0.of(queue);
        Box::pin(async move { Ok(Some(time)) })
    }

    fn save<'a>(
        &'a self,
        queue: QueueKey<'a>,
        time: PermittedPoll,
    ) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(self.0.save(queue, time))
    }
}

#[cfg(test)]
mod tests;
