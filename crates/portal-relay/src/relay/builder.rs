//! Setting up a relay.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portal_client::{PortalClient, Sender, SharedClock};
use tokio::sync::watch;

use super::{Inner, Relay, Settings};
use crate::deliver::DelivererBuilder;
use crate::lease::{self, Lease, LeaseGate, LeaseSettings};
use crate::status::Board;
use crate::{
    Creator, Deleter, DeletionPolicy, Deliverer, DocumentVerifier, DuplicateSink, Outbox,
    PortalVerifier, Receiver, RetrySchedule, Scope, Sink, SinkName, Store,
};

/// Sets up a [`Relay`].
#[must_use = "a relay is made of its builder by RelayBuilder::build"]
pub struct RelayBuilder {
    client: PortalClient,
    store: Store,
    queues: Vec<Sender>,
    sinks: DelivererBuilder,
    other_sinks: Vec<SinkName>,
    verifier: Option<Arc<dyn DocumentVerifier>>,
    lease: Option<Arc<dyn Lease>>,
    lease_settings: LeaseSettings,
    gate: Option<LeaseGate>,
    deletion: DeletionPolicy,
    clock: SharedClock,
    max_in_flight: usize,
    jitter: Option<Duration>,
    shutdown_timeout: Duration,
}

/// Why a relay was not set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayBuildError {
    /// The store belongs to another environment than the client's.
    #[error(
        "the store belongs to {store}, and the client is for {client}; open the store of the client's environment"
    )]
    #[non_exhaustive]
    OtherEnvironment {
        /// Whose store it is.
        store: Scope,
        /// The client's environment.
        client: String,
    },
    /// The store belongs to another organisation than the client's certificate.
    #[error(
        "the store belongs to {store}, and the certificate to organisation {certificate}; a broker's store has the broker's number"
    )]
    #[non_exhaustive]
    OtherOrganization {
        /// Whose store it is.
        store: Scope,
        /// The number in the certificate.
        certificate: String,
    },
    /// Neither a queue nor the client's sender is given.
    #[error("no queue is given, and the client has no sender; add a queue")]
    NoQueue,
    /// The lease can end while the process lives, and nothing keeps requests back then.
    #[error(
        "the lease of an object store can end while a request waits; put a LeaseGate on the client's transport, \
         and give it to RelayBuilder::gate"
    )]
    NoGate,
    /// Two sinks have the same name.
    #[error(transparent)]
    DuplicateSink(#[from] DuplicateSink),
}

impl RelayBuilder {
    pub(super) fn new(client: PortalClient, store: Store) -> Self {
        Self {
            sinks: Deliverer::builder(Outbox::new(store.clone())),
            client,
            store,
            other_sinks: Vec::new(),
            queues: Vec::new(),
            verifier: Some(Arc::new(PortalVerifier)),
            lease: None,
            lease_settings: LeaseSettings::default(),
            gate: None,
            deletion: DeletionPolicy::default(),
            clock: SharedClock::default(),
            max_in_flight: 16,
            jitter: None,
            shutdown_timeout: Duration::from_secs(30),
        }
    }

    /// Adds a queue to poll. Defaults to the queue of the client's sender.
    pub fn queue(mut self, queue: Sender) -> Self {
        if !self.queues.contains(&queue) {
            self.queues.push(queue);
        }
        self
    }

    /// Adds queues to poll.
    pub fn queues(self, queues: impl IntoIterator<Item = Sender>) -> Self {
        queues.into_iter().fold(self, Self::queue)
    }

    /// Adds a receiver of events. Without any, events are only stored.
    pub fn sink(mut self, sink: impl Sink + 'static) -> Self {
        self.sinks = self.sinks.sink(sink);
        self
    }

    /// Adds a receiver that is shared with other parts of the program, such as one that replaces its secrets.
    pub fn shared_sink(mut self, sink: Arc<dyn Sink>) -> Self {
        self.sinks = self.sinks.shared_sink(sink);
        self
    }

    /// Adds a receiver that another process delivers to: its events wait in the outbox.
    pub fn other_sink(mut self, name: SinkName) -> Self {
        self.other_sinks.push(name);
        self
    }

    /// Sets when failed deliveries are retried. Defaults to [`RetrySchedule::standard`].
    pub fn retry_schedule(mut self, schedule: RetrySchedule) -> Self {
        self.sinks = self.sinks.with_schedule(schedule);
        self
    }

    /// Sets what assesses documents. Defaults to [`PortalVerifier`].
    pub fn verifier(mut self, verifier: impl DocumentVerifier + 'static) -> Self {
        self.verifier = Some(Arc::new(verifier));
        self
    }

    /// Delivers events without findings.
    pub fn without_verification(mut self) -> Self {
        self.verifier = None;
        self
    }

    /// Sets a custom lease. Defaults to the store's: a file lock for a folder, an object for an object store.
    pub fn lease(mut self, lease: impl Lease + 'static) -> Self {
        self.lease = Some(Arc::new(lease));
        self
    }

    /// Sets the times of the lease. All relays of an organisation should have the same.
    pub fn lease_settings(mut self, settings: LeaseSettings) -> Self {
        self.lease_settings = settings;
        self
    }

    /// Sets the gate that the client's transport is behind. Required with an object store or a custom lease, which
    /// another relay may take over while this process is stopped; the lease of a folder ends with the process.
    pub fn gate(mut self, gate: LeaseGate) -> Self {
        self.gate = Some(gate);
        self
    }

    /// Deletes the documents of a job at the service that long after its end, as soon as the service allows it. Off
    /// by default: the service deletes them after 40 days. See [`DeletionPolicy`].
    pub fn delete_after(mut self, time: Duration) -> Self {
        self.deletion.delete_after = Some(time);
        self
    }

    /// Deletes everything about a job in the store that long after its end. Off by default. See [`DeletionPolicy`].
    pub fn retention(mut self, time: Duration) -> Self {
        self.deletion.retention = Some(time);
        self
    }

    /// Sets the clock of deliveries and of the status, for tests. Defaults to the computer's.
    pub fn clock(mut self, clock: SharedClock) -> Self {
        self.sinks = self.sinks.with_clock(clock.clone());
        self.clock = clock;
        self
    }

    /// Sets how many changes are unconfirmed at a time. Defaults to 16; see
    /// [`Watch::max_in_flight`](portal_client::Watch::max_in_flight).
    pub fn max_in_flight(mut self, most: usize) -> Self {
        self.max_in_flight = most;
        self
    }

    /// Sets the maximum random delay of polls. Defaults to 2 seconds; see
    /// [`Watch::jitter`](portal_client::Watch::jitter).
    pub fn jitter(mut self, most: Duration) -> Self {
        self.jitter = Some(most);
        self
    }

    /// Sets how long a stopped relay waits for what is in flight. Defaults to 30 seconds.
    pub fn shutdown_timeout(mut self, longest: Duration) -> Self {
        self.shutdown_timeout = longest;
        self
    }

    /// Sets up the relay. Nothing runs yet.
    ///
    /// # Errors
    /// See [`RelayBuildError`].
    pub fn build(self) -> Result<Relay, RelayBuildError> {
        let (client, store) = (self.client, self.store);
        let scope = store.scope();
        if client.environment() != scope.environment() {
            return Err(RelayBuildError::OtherEnvironment {
                store: scope.clone(),
                client: client.environment().to_string(),
            });
        }
        let certificate = client.certificate();
        let number = certificate.and_then(|certificate| certificate.organization_number());
        if let Some(number) = number
            && number != *scope.organization()
        {
            return Err(RelayBuildError::OtherOrganization {
                store: scope.clone(),
                certificate: number.as_str().to_owned(),
            });
        }
        let mut queues = self.queues;
        if queues.is_empty() {
            queues.extend(client.profile().sender().cloned());
        }
        if queues.is_empty() {
            return Err(RelayBuildError::NoQueue);
        }
        let ends_with_process = self.lease.is_none() && store.local_folder().is_some();
        let gate = match self.gate {
            Some(gate) => gate,
            None if ends_with_process => LeaseGate::new(),
            None => return Err(RelayBuildError::NoGate),
        };
        let lease = match self.lease {
            Some(lease) => lease,
            None => lease::of_store(&store, &self.lease_settings),
        };
        let deliverer = self.sinks.build()?;
        let board = Arc::new(Board::new(self.clock.clone()));
        let mut names: Vec<SinkName> = deliverer.sink_names().cloned().collect();
        for other in self.other_sinks {
            if !names.contains(&other) {
                names.push(other);
            }
        }
        let receiver = Receiver::new(store.clone())
            .with_sinks(names)
            .with_verifier(self.verifier)
            .with_activity(Arc::clone(&board.activity));
        Ok(Relay {
            inner: Arc::new(Inner {
                creator: Creator::new(client.clone(), store.clone()),
                deleter: Deleter::new(store.clone(), self.deletion),
                outbox: Outbox::new(store),
                client,
                queues,
                settings: Settings {
                    lease: self.lease_settings,
                    clock: self.clock,
                    max_in_flight: self.max_in_flight,
                    jitter: self.jitter,
                    shutdown_timeout: self.shutdown_timeout,
                    deletes_at_service: self.deletion.delete_after.is_some(),
                },
                lease,
                gate,
                receiver,
                deliverer,
                board,
                stop: watch::Sender::new(false),
            }),
        })
    }
}

impl fmt::Debug for RelayBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayBuilder")
            .field("client", &self.client)
            .field("store", &self.store)
            .field("queues", &self.queues.len())
            .field("deletion", &self.deletion)
            .finish_non_exhaustive()
    }
}
