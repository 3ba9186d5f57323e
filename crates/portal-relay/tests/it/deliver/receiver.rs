//! A receiver that notes when it was sent what.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portal_client::BoxFuture;
use portal_relay::{DeliveryOutcome, EventBody, Sink, SinkName};

use super::clock::PausedClock;

type Behaviour = dyn Fn(u64, &EventBody) -> DeliveryOutcome + Send + Sync;

#[derive(Clone)]
pub(crate) struct Fake {
    name: SinkName,
    clock: PausedClock,
    takes: Duration,
    behaviour: Arc<Behaviour>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// Job, sequence and the second of each attempt, in their order.
    attempts: Vec<(i64, u64, u64)>,
    taken: Vec<(i64, u64)>,
    at_once: usize,
    most_at_once: usize,
}

impl Fake {
    /// A receiver that responds as the second since the test's beginning and the event say.
    pub(crate) fn new(
        name: &str,
        clock: PausedClock,
        behaviour: impl Fn(u64, &EventBody) -> DeliveryOutcome + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.parse().unwrap(),
            clock,
            takes: Duration::ZERO,
            behaviour: Arc::new(behaviour),
            seen: Arc::default(),
        }
    }

    /// A receiver that takes events after so long.
    pub(crate) fn slow(name: &str, clock: PausedClock, takes: Duration) -> Self {
        Self {
            takes,
            ..Self::new(name, clock, |_, _| DeliveryOutcome::Taken)
        }
    }

    /// Responds in another way.
    pub(crate) fn responding(
        self,
        behaviour: impl Fn(u64, &EventBody) -> DeliveryOutcome + Send + Sync + 'static,
    ) -> Self {
        Self {
            behaviour: Arc::new(behaviour),
            ..self
        }
    }

    /// The seconds of the attempts at an event.
    pub(crate) fn attempts_of(&self, job: i64, sequence: u64) -> Vec<u64> {
        let seen = self.seen.lock().unwrap();
        let attempts = seen.attempts.iter();
        let of_event = attempts.filter(|attempt| (attempt.0, attempt.1) == (job, sequence));
        of_event.map(|attempt| attempt.2).collect()
    }

    /// Job and sequence of what was taken, in the order of the attempts.
    pub(crate) fn taken(&self) -> Vec<(i64, u64)> {
        self.seen.lock().unwrap().taken.clone()
    }

    pub(crate) fn most_at_once(&self) -> usize {
        self.seen.lock().unwrap().most_at_once
    }

    /// Lets go of what was noted.
    pub(crate) fn forget(&self) {
        *self.seen.lock().unwrap() = Seen::default();
    }
}

/// Counts down also when the delivery is dropped.
struct AtOnce<'a>(&'a Mutex<Seen>);

impl Drop for AtOnce<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap().at_once -= 1;
    }
}

impl Sink for Fake {
    fn name(&self) -> &SinkName {
        &self.name
    }

    fn deliver<'a>(&'a self, event: &'a EventBody) -> BoxFuture<'a, DeliveryOutcome> {
        Box::pin(async move {
            let (job, sequence) = (event.job_id().get(), event.sequence());
            {
                let mut seen = self.seen.lock().unwrap();
                seen.attempts.push((job, sequence, self.clock.seconds()));
                seen.at_once += 1;
                seen.most_at_once = seen.most_at_once.max(seen.at_once);
            }
            let _at_once = AtOnce(&self.seen);
            tokio::time::sleep(self.takes).await;
            let outcome = (self.behaviour)(self.clock.seconds(), event);
            if outcome == DeliveryOutcome::Taken {
                self.seen.lock().unwrap().taken.push((job, sequence));
            }
            outcome
        })
    }
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fake").field(&self.name).finish()
    }
}
