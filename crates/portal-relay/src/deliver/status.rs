//! What is known of a sink, and how other parts wake its loop.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::{DeliveryFailure, SinkName};

/// Whether a sink gets events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SinkState {
    /// Events are delivered as they come, or no process of this one holds the lease.
    Ready,
    /// The receiver has asked not to be sent anything until then.
    Waiting(Timestamp),
    /// The receiver wants no more events, and they wait until [`Deliverer::resume`](crate::Deliverer::resume) or
    /// [`Outbox::resume`](crate::Outbox::resume), or a start with another [address](crate::Sink::address). A restart
    /// alone changes nothing, unless it was this process that can't reach it any more ([`DeliveryOutcome::Closed`](crate::DeliveryOutcome::Closed)).
    Gone,
}

/// What is known of a sink in this process.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkStatus {
    /// The sink.
    pub name: SinkName,
    /// Whether it gets events.
    pub state: SinkState,
    /// How many attempts are in flight.
    pub in_flight: usize,
    /// How many events it has taken since the process began.
    pub taken: u64,
    /// How many attempts have failed since the process began.
    pub failed: u64,
    /// How many events were given up since the process began.
    pub given_up: u64,
    /// When it took an event last.
    pub last_taken: Option<Timestamp>,
    /// Why the last attempt failed; none after one that succeeded.
    pub last_failure: Option<DeliveryFailure>,
    /// Whether the last operation on the store failed. It is retried.
    pub store_failed: bool,
}

/// The status of one sink, shared by its loop and those who ask.
#[derive(Debug, Default)]
pub(super) struct StatusCell {
    known: Mutex<Known>,
    wake: Notify,
}

/// Whether the receiver wants no more events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stop {
    #[default]
    No,
    /// As far as this process knows.
    Here,
    /// As the store says, for every process.
    Stored,
}

#[derive(Debug, Default)]
struct Known {
    stop: Stop,
    waiting_until: Option<Timestamp>,
    in_flight: usize,
    taken: u64,
    failed: u64,
    given_up: u64,
    last_taken: Option<Timestamp>,
    last_failure: Option<DeliveryFailure>,
    store_failed: bool,
    /// Jobs with new events; none while no loop runs, which reads the whole outbox when it starts.
    inbox: Option<BTreeSet<i64>>,
}

impl StatusCell {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, name: &SinkName) -> SinkStatus {
        let known = self.known();
        SinkStatus {
            name: name.clone(),
            state: match known.waiting_until {
                _ if known.stop != Stop::No => SinkState::Gone,
                Some(until) => SinkState::Waiting(until),
                None => SinkState::Ready,
            },
            in_flight: known.in_flight,
            taken: known.taken,
            failed: known.failed,
            given_up: known.given_up,
            last_taken: known.last_taken,
            last_failure: known.last_failure.clone(),
            store_failed: known.store_failed,
        }
    }

    pub(super) fn notify(&self, job: i64) {
        if let Some(inbox) = &mut self.known().inbox {
            inbox.insert(job);
        }
        self.wake.notify_one();
    }

    pub(super) fn resume(&self) -> bool {
        let was_gone = std::mem::take(&mut self.known().stop) != Stop::No;
        self.wake.notify_one();
        was_gone
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    pub(super) fn stopped(&self) -> Stop {
        self.known().stop
    }

    pub(super) fn stop(&self, stop: Stop) {
        self.known().stop = stop;
    }

    /// The stop is in the store. Returns false if the sink was resumed meanwhile.
    pub(super) fn stored_stop(&self) -> bool {
        let mut known = self.known();
        let is_stopped = known.stop != Stop::No;
        if is_stopped {
            known.stop = Stop::Stored;
        }
        is_stopped
    }

    pub(super) fn set_waiting(&self, until: Option<Timestamp>) {
        self.known().waiting_until = until;
    }

    pub(super) fn took(&self, now: Timestamp) {
        let mut known = self.known();
        known.taken += 1;
        known.last_taken = Some(now);
        known.last_failure = None;
    }

    pub(super) fn failed(&self, failure: &DeliveryFailure) {
        let mut known = self.known();
        known.failed += 1;
        known.last_failure = Some(failure.clone());
    }

    pub(super) fn gave_up(&self) {
        self.known().given_up += 1;
    }

    pub(super) fn store_worked(&self, worked: bool) {
        self.known().store_failed = !worked;
    }

    /// Takes the jobs with new events.
    pub(super) fn take_inbox(&self) -> BTreeSet<i64> {
        let mut known = self.known();
        known.inbox.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Collects new events as long as the guard lives.
    pub(super) fn open_inbox(&self) -> OpenInbox<'_> {
        self.known().inbox = Some(BTreeSet::new());
        OpenInbox(self)
    }

    /// Counts an attempt as in flight as long as the guard lives.
    pub(super) fn begin_attempt(&self) -> AttemptInFlight<'_> {
        self.known().in_flight += 1;
        AttemptInFlight(self)
    }
}

pub(super) struct OpenInbox<'a>(&'a StatusCell);

impl Drop for OpenInbox<'_> {
    fn drop(&mut self) {
        let mut known = self.0.known();
        known.inbox = None;
        known.waiting_until = None;
    }
}

pub(super) struct AttemptInFlight<'a>(&'a StatusCell);

impl Drop for AttemptInFlight<'_> {
    fn drop(&mut self) {
        let mut known = self.0.known();
        known.in_flight = known.in_flight.saturating_sub(1);
    }
}
