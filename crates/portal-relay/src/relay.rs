//! The relay: stand by, hold the lease, and run all stages until it is stopped.

mod builder;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use portal_client::{Clock, Error, Job, PortalClient, Sender, SharedClock};
use tokio::sync::watch;

pub use builder::{RelayBuildError, RelayBuilder};

use crate::lease::{
    HeldLease, Keeper, Lease, LeaseGate, LeasePollTimes, LeaseSettings, Loss, Shared,
};
use crate::status::{Board, Holding};
use crate::{
    CreateError, Creation, Creator, Deleter, Deliverer, Outbox, Receiver, RelayStatus, SettleError,
    Settlement, SinkName, StoreError,
};

/// How often is looked for documents to delete.
const DELETION_EVERY: Duration = Duration::from_hours(1);

/// The time that the service counts an organisation's requests in.
const RATE_PERIOD: Duration = Duration::from_secs(1);

/// Receives, stores, verifies, confirms and delivers the changes of an organisation's queues. Cheap to clone; clones
/// are the same relay.
///
/// See [the crate's page](crate) for what it promises.
#[derive(Clone)]
pub struct Relay {
    inner: Arc<Inner>,
}

struct Inner {
    client: PortalClient,
    queues: Vec<Sender>,
    settings: Settings,
    lease: Arc<dyn Lease>,
    gate: LeaseGate,
    creator: Creator,
    receiver: Receiver,
    outbox: Outbox,
    deliverer: Deliverer,
    deleter: Deleter,
    board: Arc<Board>,
    stop: watch::Sender<bool>,
}

struct Settings {
    lease: LeaseSettings,
    clock: SharedClock,
    max_in_flight: usize,
    jitter: Option<Duration>,
    shutdown_timeout: Duration,
    deletes_at_service: bool,
}

/// Why a relay ended before it was stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// Polling met a permanent error, such as a certificate that the service does not accept.
    #[error(transparent)]
    Client(Box<Error>),
}

/// How a time with the lease ended.
enum Ended {
    Watch(Result<(), Error>),
    Lost(Loss),
    Stopped,
}

impl Relay {
    /// Begins a relay for the client's environment and the store's organisation.
    pub fn builder(client: PortalClient, store: crate::Store) -> RelayBuilder {
        RelayBuilder::new(client, store)
    }

    /// Runs until it is [stopped](Self::stop): stands by while another relay holds the lease, and otherwise polls,
    /// stores, verifies, confirms, delivers and deletes. It may run again afterwards.
    ///
    /// Outages of the service and of the store are waited for. When the future is dropped, what was in flight is
    /// redelivered, and the lease is taken over when its time is over.
    ///
    /// # Errors
    /// When polling meets an error that waiting does not help. The lease is left to others first.
    pub async fn run(&self) -> Result<(), RelayError> {
        let inner = &self.inner;
        let mut stop = inner.stop.subscribe();
        loop {
            let held = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                held = inner.stand_by() => held,
                // A store that takes long to respond does not make the loop look stuck.
                () = inner.wake_regularly() => break,
            };
            match inner.hold(held, &mut stop).await {
                Ended::Watch(Err(error)) => {
                    inner.stop.send_replace(false);
                    return Err(RelayError::Client(Box::new(error)));
                }
                Ended::Watch(Ok(())) | Ended::Stopped => break,
                Ended::Lost(loss) => {
                    tracing::warn!(?loss, "the lease was lost; another relay may hold it");
                }
            }
        }
        inner.board.ends();
        inner.stop.send_replace(false);
        Ok(())
    }

    /// Stops the relay: nothing is polled any more, what is in flight is stored and confirmed within the shutdown
    /// timeout, and the lease is left to others. [`run`](Self::run) then returns.
    pub fn stop(&self) {
        self.inner.stop.send_replace(true);
    }

    /// Creates a job through the store, at most once for its reference; see [`Creator::create`]. It needs no lease.
    ///
    /// # Errors
    /// See [`CreateError`].
    pub async fn create(&self, job: &Job) -> Result<Creation, CreateError> {
        self.inner.creator.create(job).await
    }

    /// Settles a create whose outcome is unknown by what a person has found out; see [`Creator::settle`].
    ///
    /// # Errors
    /// See [`SettleError`].
    pub async fn settle(
        &self,
        sender: &Sender,
        reference: &str,
        settlement: Settlement,
    ) -> Result<(), SettleError> {
        self.inner
            .creator
            .settle(sender, reference, settlement)
            .await
    }

    /// Returns the client, to replace its certificate without a stop:
    /// [`PortalClient::replace_certificate`] takes effect with the next request. The secrets of a webhook are
    /// replaced at the [`Webhook`](crate::Webhook).
    #[must_use]
    pub fn client(&self) -> &PortalClient {
        &self.inner.client
    }

    /// Returns the outbox, to look at dead letters and send them again.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.inner.outbox
    }

    /// Delivers again to a sink whose receiver wanted no more events. Returns whether it was stopped.
    ///
    /// A restart does not: that a receiver wanted no more is stored. Another process resumes by
    /// [`Outbox::resume`].
    ///
    /// # Errors
    /// When the store can't be read or written.
    pub async fn resume(&self, sink: &SinkName) -> Result<bool, StoreError> {
        self.inner.deliverer.resume(sink).await
    }

    /// Returns how the relay is. It lists the outbox and the intents in the store.
    pub async fn status(&self) -> RelayStatus {
        let mut status = self.quick_status();
        let outbox = self.inner.outbox.depths().await;
        let unknown = self.inner.creator.unknown().await;
        status.is_store_available &= outbox.is_ok() && unknown.is_ok();
        status.outbox = outbox.ok();
        status.unknown_creates = unknown.ok();
        status
    }

    /// Returns how the relay is, without what only the store knows. For `/livez` and the watchdog.
    #[must_use]
    pub fn quick_status(&self) -> RelayStatus {
        let inner = &self.inner;
        let ends = inner
            .client
            .certificate()
            .map(|certificate| certificate.not_after());
        let mut status = inner.board.status(ends);
        status.sinks = inner.deliverer.status();
        status.deletes_at_service = inner.settings.deletes_at_service;
        status
    }
}

/// Leaves the lease to others.
async fn release(keeper: Keeper) {
    if let Err(error) = keeper.release().await {
        tracing::warn!(%error, "the lease was not released; it is free when its time is over");
    }
}

impl Inner {
    /// Waits for the lease.
    async fn stand_by(&self) -> Box<dyn HeldLease> {
        let settings = &self.settings.lease;
        self.board.stands_by(false);
        loop {
            match self.lease.try_acquire().await {
                Ok(Some(held)) => return held,
                Ok(None) => self.board.stands_by(false),
                Err(error) => {
                    self.board.stands_by(true);
                    tracing::warn!(%error, "the lease can't be looked at; it is tried again");
                }
            }
            settings.clock().sleep(settings.look_every()).await;
        }
    }

    /// Does everything that the holder of the lease does, until it is stopped or the lease is lost.
    async fn hold(&self, held: Box<dyn HeldLease>, stop: &mut watch::Receiver<bool>) -> Ended {
        let keeper = Keeper::start(held, self.settings.lease.clone());
        let lease = keeper.shared();
        let _holding = Holding {
            board: &self.board,
            gate: &self.gate,
        };
        if lease.had_holder() {
            // The holder before may have made its ten requests in this second.
            let is_stopped = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => true,
                () = self.settings.lease.clock().sleep(RATE_PERIOD) => false,
            };
            if is_stopped {
                release(keeper).await;
                return Ended::Stopped;
            }
        }
        self.gate.open(Arc::clone(&lease));
        let mut poll = self
            .client
            .watch()
            .queues(self.queues.iter().cloned())
            .max_in_flight(self.settings.max_in_flight)
            // A takeover then polls at most one queue early: the one whose response came right before the end.
            .one_poll_at_a_time()
            .shutdown_timeout(self.settings.shutdown_timeout)
            .poll_times(LeasePollTimes(Arc::clone(&lease)))
            .observe({
                let board = Arc::clone(&self.board);
                move |event| board.saw(event)
            });
        if let Some(jitter) = self.settings.jitter {
            poll = poll.jitter(jitter);
        }
        self.board.begins(Arc::clone(&lease), poll.status_handle());
        let stop_polling = poll.stop_handle();
        let (receiver, deliverer) = (self.receiver.clone(), self.deliverer.clone());
        let watching = poll.handle(move |client, change| {
            let (receiver, deliverer) = (receiver.clone(), deliverer.clone());
            async move {
                let event = receiver.receive(&client, &change).await?;
                deliverer.notify(&event);
                Ok::<(), crate::ReceiveError>(())
            }
        });
        let is_stopping = AtomicBool::new(false);
        let may_deliver = || !is_stopping.load(Ordering::Relaxed) && is_held(&lease);
        let background = async {
            tokio::join!(
                self.deliverer.run(&may_deliver),
                self.delete_regularly(),
                self.wake_regularly(),
            );
            std::future::pending::<()>().await;
        };
        tokio::pin!(watching, background);
        let mut ended = tokio::select! {
            ended = &mut watching => Ended::Watch(ended),
            loss = keeper.lost() => Ended::Lost(loss),
            _ = stop.wait_for(|stop| *stop) => Ended::Stopped,
            () = &mut background => Ended::Stopped,
        };
        if matches!(ended, Ended::Stopped) {
            stop_polling.stop();
            ended = tokio::select! {
                // An error now is that of a relay that is stopped anyway.
                _ended = &mut watching => Ended::Stopped,
                loss = keeper.lost() => Ended::Lost(loss),
                () = &mut background => Ended::Stopped,
            };
            is_stopping.store(true, Ordering::Relaxed);
            tokio::select! {
                () = self.deliveries_end() => {}
                () = &mut background => {}
            }
            if matches!(ended, Ended::Lost(_)) {
                return Ended::Stopped;
            }
        }
        if !matches!(ended, Ended::Lost(_)) {
            release(keeper).await;
        }
        ended
    }

    /// Waits for attempts in flight, so that a receiver does not get an event twice at every stop.
    async fn deliveries_end(&self) {
        let in_flight = || {
            self.deliverer
                .status()
                .iter()
                .any(|sink| sink.in_flight > 0)
        };
        let idle = async {
            while in_flight() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let _in_time = tokio::time::timeout(self.settings.shutdown_timeout, idle).await;
    }

    async fn delete_regularly(&self) {
        loop {
            match self.deleter.look(&self.client).await {
                Ok(deletions) => {
                    let activity = &self.board.activity;
                    activity.deleted_at_service.add(deletions.at_service);
                    activity.deleted_here.add(deletions.in_store);
                }
                Err(error) => tracing::warn!(%error, "documents to delete could not be looked for"),
            }
            self.settings.clock.sleep(DELETION_EVERY).await;
        }
    }

    async fn wake_regularly(&self) {
        loop {
            self.board.wake();
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    }
}

fn is_held(lease: &Shared) -> bool {
    lease.left().is_some_and(|left| !left.is_zero())
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("client", &self.inner.client)
            .field("queues", &self.inner.queues.len())
            .field("lease", &self.inner.lease)
            .field("receiver", &self.inner.receiver)
            .finish_non_exhaustive()
    }
}
