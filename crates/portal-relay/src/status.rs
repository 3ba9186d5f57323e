//! How a relay is, for whoever watches over it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portal_client::jiff::Timestamp;
use portal_client::{Clock, QueueStatus, Sender, SharedClock, StatusHandle, WatchEvent};

use crate::activity::Activity;
use crate::lease::{LeaseGate, Shared};
use crate::{OutboxDepth, SinkStatus};

/// A queue that was not polled for so long after its time is overdue.
const OVERDUE_AFTER: Duration = Duration::from_mins(5);

/// The loop of a relay wakes every ten seconds at the latest. One that has not for so long is stuck.
const STUCK_AFTER: Duration = Duration::from_secs(30);

/// What a relay is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RelayRole {
    /// It does not run: [`Relay::run`](crate::Relay::run) was not called, or has ended.
    Stopped,
    /// Another relay holds the lease, or the store can't be reached.
    StandingBy,
    /// It holds the lease: it polls, confirms, delivers and deletes.
    Active,
}

/// What a relay has done since the process began. Each number only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayCounts {
    /// Changes taken in, redelivered ones included.
    pub received: u64,
    /// Changes whose event was stored before.
    pub redelivered: u64,
    /// Changes that could not be taken in, and are redelivered.
    pub failed: u64,
    /// Jobs confirmed at the service.
    pub confirmed: u64,
    /// Documents downloaded and stored.
    pub documents: u64,
    /// Changes whose documents could not be verified.
    pub unverified: u64,
    /// Changes with a document that is broken, also when downloaded again.
    pub broken: u64,
    /// Jobs whose documents were deleted at the service.
    pub deleted_at_service: u64,
    /// Jobs that were deleted in the store.
    pub deleted_in_store: u64,
    /// How often this relay has taken the lease.
    pub takeovers: u64,
}

/// How a relay is at one moment, from [`Relay::status`](crate::Relay::status). It holds no personal data; the name of
/// a queue is in [`QueueStatus::queue`] only.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RelayStatus {
    /// What it is doing.
    pub role: RelayRole,
    /// How long the lease is held without another renewal; none while it is not held. `Duration::MAX` where it is
    /// held until the process ends.
    pub lease_left: Option<Duration>,
    /// When each queue is polled next; empty while another relay polls.
    pub queues: Vec<QueueStatus>,
    /// Whether a queue was not polled for five minutes after its time.
    pub is_poll_overdue: bool,
    /// When a poll last succeeded in this process.
    pub last_poll: Option<Timestamp>,
    /// How many polls of a queue have failed in a row, at the most.
    pub failures: u32,
    /// Whether the store did what was last asked of it.
    pub is_store_available: bool,
    /// The sinks in this process.
    pub sinks: Vec<SinkStatus>,
    /// What waits for each sink, and the dead letters; none when the store can't be listed.
    pub outbox: Option<Vec<OutboxDepth>>,
    /// How many creates have an unknown outcome, those in flight included; none when the store can't be listed.
    pub unknown_creates: Option<u64>,
    /// The last second of the certificate's validity.
    pub certificate_ends: Option<Timestamp>,
    /// How many whole days are left of it; negative when it has ended.
    pub certificate_days_left: Option<i64>,
    /// Whether documents are deleted at the service by this relay. Otherwise the service deletes them after 40 days.
    pub deletes_at_service: bool,
    /// How many changes are being taken in now.
    pub in_flight: u64,
    /// What it has done so far.
    pub counts: RelayCounts,
    /// How long ago the relay's loop last woke; none before it began.
    pub since_wake: Option<Duration>,
}

impl RelayStatus {
    /// Returns whether the relay does its work: it holds the lease and polls in time, or stands by, and the store is
    /// available. For `/readyz`.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let works = match self.role {
            RelayRole::Active => !self.is_poll_overdue,
            RelayRole::StandingBy => true,
            RelayRole::Stopped => false,
        };
        works && self.is_store_available
    }

    /// Returns whether the relay's loop wakes as it should. Otherwise only a restart helps. For `/livez` and the
    /// watchdog of systemd.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.since_wake.is_some_and(|since| since < STUCK_AFTER)
    }
}

/// What the parts of a relay report.
#[derive(Debug)]
pub(crate) struct Board {
    clock: SharedClock,
    pub(crate) activity: Arc<Activity>,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    role: RelayRole,
    lease: Option<Arc<Shared>>,
    watch: Option<StatusHandle>,
    last_poll: Option<Timestamp>,
    failures: HashMap<Sender, u32>,
    due: HashMap<Sender, Instant>,
    is_lease_failing: bool,
    woken: Option<Instant>,
}

impl Board {
    pub(crate) fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            activity: Arc::default(),
            known: Mutex::new(Known {
                role: RelayRole::Stopped,
                lease: None,
                watch: None,
                last_poll: None,
                failures: HashMap::new(),
                due: HashMap::new(),
                is_lease_failing: false,
                woken: None,
            }),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The relay's loop is awake.
    pub(crate) fn wake(&self) {
        self.known().woken = Some(self.clock.instant());
    }

    pub(crate) fn stands_by(&self, is_lease_failing: bool) {
        let mut known = self.known();
        known.role = RelayRole::StandingBy;
        known.is_lease_failing = is_lease_failing;
    }

    pub(crate) fn begins(&self, lease: Arc<Shared>, watch: StatusHandle) {
        self.activity.takeovers.add(1);
        let mut known = self.known();
        known.role = RelayRole::Active;
        known.is_lease_failing = false;
        known.lease = Some(lease);
        known.watch = Some(watch);
        known.due.clear();
        known.failures.clear();
    }

    pub(crate) fn ends(&self) {
        let mut known = self.known();
        known.role = RelayRole::Stopped;
        known.lease = None;
        known.watch = None;
        known.due.clear();
        known.failures.clear();
    }

    /// Takes an event of the watch into account.
    pub(crate) fn saw(&self, event: WatchEvent<'_>) {
        let mut known = self.known();
        match event {
            WatchEvent::Polled { queue, .. } => {
                known.last_poll = Some(self.clock.now());
                known.failures.remove(queue);
            }
            WatchEvent::Waiting { queue, wait, .. } => {
                let due = self.clock.instant().checked_add(wait);
                if let Some(due) = due {
                    known.due.insert(queue.clone(), due);
                }
            }
            WatchEvent::Outage {
                queue, failures, ..
            } => {
                known.failures.insert(queue.clone(), failures);
            }
            WatchEvent::Confirmed { .. } => self.activity.confirmed.add(1),
            _ => {}
        }
    }

    /// Everything that is known without asking the store.
    pub(crate) fn status(&self, certificate_ends: Option<Timestamp>) -> RelayStatus {
        let known = self.known();
        let now = self.clock.instant();
        let is_overdue = |due: &Instant| now.saturating_duration_since(*due) > OVERDUE_AFTER;
        let days = |ends: Timestamp| {
            ends.duration_since(self.clock.now())
                .as_hours()
                .div_euclid(24)
        };
        let lease = known.lease.as_ref();
        RelayStatus {
            role: known.role,
            lease_left: lease.and_then(|lease| lease.left()),
            queues: known
                .watch
                .as_ref()
                .map(StatusHandle::queues)
                .unwrap_or_default(),
            is_poll_overdue: known.due.values().any(is_overdue),
            last_poll: known.last_poll,
            failures: known.failures.values().copied().max().unwrap_or_default(),
            is_store_available: !known.is_lease_failing
                && !lease.is_some_and(|lease| lease.is_failing()),
            sinks: Vec::new(),
            outbox: None,
            unknown_creates: None,
            certificate_ends,
            certificate_days_left: certificate_ends.map(days),
            deletes_at_service: false,
            in_flight: self.activity.in_flight.get(),
            counts: self.counts(),
            since_wake: known
                .woken
                .map(|woken| now.saturating_duration_since(woken)),
        }
    }

    fn counts(&self) -> RelayCounts {
        let activity = &self.activity;
        RelayCounts {
            received: activity.received.get(),
            redelivered: activity.redelivered.get(),
            failed: activity.failed.get(),
            confirmed: activity.confirmed.get(),
            documents: activity.documents.get(),
            unverified: activity.unverified.get(),
            broken: activity.broken.get(),
            deleted_at_service: activity.deleted_at_service.get(),
            deleted_in_store: activity.deleted_here.get(),
            takeovers: activity.takeovers.get(),
        }
    }
}

/// Closes the gate and says so, however the relay's time with the lease ends.
pub(crate) struct Holding<'a> {
    pub(crate) board: &'a Board,
    pub(crate) gate: &'a LeaseGate,
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.gate.close();
        self.board.ends();
    }
}
