//! Delivers what waits in the outbox: in order for each job, by a schedule, while the lease is held.

mod gate;
mod job;
mod queue;
mod schedule;
mod sink_loop;
mod status;

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use portal_client::{Clock, SharedClock};

pub use gate::DeliveryGate;
pub use schedule::RetrySchedule;
use sink_loop::SinkLoop;
use status::StatusCell;
pub use status::{SinkState, SinkStatus};

use crate::{EventBody, Outbox, Sink, SinkName, StoreError};

/// Default number of attempts in flight for each sink.
const MAX_IN_FLIGHT: NonZeroUsize = NonZeroUsize::new(8).unwrap();
/// Default limit on an attempt, for sinks that have no limit themselves.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(300);

/// Delivers the events of an [`Outbox`] to sinks.
///
/// - **Order.** A job's events go to a sink one after the other, in the order of their sequence. Different jobs
///   go at the same time, at most [`with_max_in_flight`](DelivererBuilder::with_max_in_flight) for each
///   sink.
/// - **Independence.** Each sink has its own schedule: a slow or dead receiver holds up no other.
/// - **Restarts.** Attempts and schedule are stored beside the event, and go on after a crash or a takeover.
/// - **At least once.** An event is removed once the sink has taken it. A crash in between delivers it again,
///   with the same id.
/// - **Only the holder.** [`run`](Self::run) ends when the gate closes, and an attempt begins only while it is open.
///
/// Memory is bounded by the first waiting event of each job, some 500 bytes for a job, and the events in flight.
///
/// Cheap to clone; clones share their state.
#[derive(Clone)]
pub struct Deliverer {
    inner: Arc<Inner>,
}

struct Inner {
    outbox: Outbox,
    sinks: Vec<SinkSlot>,
    settings: Settings,
}

/// A sink and what is known of it.
struct SinkSlot {
    sink: Arc<dyn Sink>,
    status: StatusCell,
}

#[derive(Clone, Debug)]
struct Settings {
    clock: SharedClock,
    schedule: RetrySchedule,
    max_in_flight: NonZeroUsize,
    attempt_limit: Duration,
}

/// Sets up a [`Deliverer`].
#[derive(Clone, Debug)]
#[must_use]
pub struct DelivererBuilder {
    outbox: Outbox,
    sinks: Vec<Arc<dyn Sink>>,
    settings: Settings,
}

/// Two sinks have the same name, under which the events of each are stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two sinks have the name {name}; give each its own, since their events are stored by it")]
#[non_exhaustive]
pub struct DuplicateSink {
    /// The name.
    pub name: SinkName,
}

impl DelivererBuilder {
    /// Adds a sink.
    pub fn sink(mut self, sink: impl Sink + 'static) -> Self {
        self.sinks.push(Arc::new(sink));
        self
    }

    /// Adds a sink that is shared with other parts of the program.
    pub fn shared_sink(mut self, sink: Arc<dyn Sink>) -> Self {
        self.sinks.push(sink);
        self
    }

    /// Sets when attempts are repeated. Defaults to [`RetrySchedule::standard`].
    pub fn with_schedule(mut self, schedule: RetrySchedule) -> Self {
        self.settings.schedule = schedule;
        self
    }

    /// Sets how many attempts are in flight for each sink. Defaults to 8.
    pub fn with_max_in_flight(mut self, max: NonZeroUsize) -> Self {
        self.settings.max_in_flight = max;
        self
    }

    /// Sets how long an attempt may take, whatever the limit of the sink. Defaults to 5 minutes.
    pub fn with_attempt_limit(mut self, limit: Duration) -> Self {
        self.settings.attempt_limit = limit;
        self
    }

    /// Takes the time from another clock. Defaults to the computer's.
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.settings.clock = SharedClock::new(clock);
        self
    }

    /// Creates the deliverer.
    ///
    /// # Errors
    /// [`DuplicateSink`].
    pub fn build(self) -> Result<Deliverer, DuplicateSink> {
        let mut names = BTreeSet::new();
        if let Some(twice) = self.sinks.iter().find(|sink| !names.insert(sink.name())) {
            let name = twice.name().clone();
            return Err(DuplicateSink { name });
        }
        let sinks = self.sinks.iter().map(|sink| SinkSlot {
            sink: Arc::clone(sink),
            status: StatusCell::default(),
        });
        Ok(Deliverer {
            inner: Arc::new(Inner {
                outbox: self.outbox,
                sinks: sinks.collect(),
                settings: self.settings,
            }),
        })
    }
}

impl Deliverer {
    /// Returns a builder of a deliverer of what is in `outbox`.
    pub fn builder(outbox: Outbox) -> DelivererBuilder {
        DelivererBuilder {
            outbox,
            sinks: Vec::new(),
            settings: Settings {
                clock: SharedClock::default(),
                schedule: RetrySchedule::standard(),
                max_in_flight: MAX_IN_FLIGHT,
                attempt_limit: ATTEMPT_LIMIT,
            },
        }
    }

    /// Returns the names of the sinks, for [`Outbox::put`].
    pub fn sink_names(&self) -> impl Iterator<Item = &SinkName> {
        self.inner.sinks.iter().map(|slot| slot.sink.name())
    }

    /// Delivers until the gate is closed. Can be dropped at any time, and run again.
    ///
    /// Errors of the store are retried and show in [`status`](Self::status). One run at a time delivers; with
    /// several at once, events are delivered more than once and out of order.
    pub async fn run(&self, gate: &(impl DeliveryGate + ?Sized)) {
        let loops =
            self.inner.sinks.iter().map(|slot| {
                SinkLoop::new(&self.inner.outbox, slot, &self.inner.settings, gate).run()
            });
        join_all(loops).await;
    }

    /// Says that an event was put in the outbox, so that it is delivered at once. Without this it is found within
    /// a minute.
    pub fn notify(&self, event: &EventBody) {
        for slot in &self.inner.sinks {
            slot.status.notify(event.job_id().get());
        }
    }

    /// Returns what is known of each sink.
    #[must_use]
    pub fn status(&self) -> Vec<SinkStatus> {
        let sinks = self.inner.sinks.iter();
        sinks
            .map(|slot| slot.status.get(slot.sink.name()))
            .collect()
    }

    /// Delivers again to a sink whose receiver wanted no more, at once, and for every process. Returns whether it was
    /// stopped.
    ///
    /// # Errors
    /// When the store can't be read or written. Delivery goes on in this process then, until it is started again.
    pub async fn resume(&self, sink: &SinkName) -> Result<bool, StoreError> {
        let mut slots = self.inner.sinks.iter();
        let slot = slots.find(|slot| slot.sink.name() == sink);
        let was_stopped = slot.is_some_and(|slot| slot.status.resume());
        Ok(self.inner.outbox.resume(sink).await? || was_stopped)
    }
}

impl fmt::Debug for Deliverer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sinks: Vec<&Arc<dyn Sink>> = self.inner.sinks.iter().map(|slot| &slot.sink).collect();
        f.debug_struct("Deliverer")
            .field("outbox", &self.inner.outbox)
            .field("sinks", &sinks)
            .field("settings", &self.inner.settings)
            .finish()
    }
}
