//! The poll loop: queues are watched for changes, and each change is confirmed once it was handled.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

pub use change_id::ChangeId;
pub use changes::Changes;
pub use delivery::{Confirmation, Delivery, PendingChange};
pub use event::WatchEvent;
pub use poll_times::{PermittedPoll, PollTimeFolder, PollTimes};
pub(crate) use service_clock::Date;
pub use stop::StopHandle;

use crate::error::Error;
use crate::{PortalClient, Sender};
use settings::Settings;
use shared::{Queue, Shared};

mod change_id;
mod changes;
mod delivery;
mod event;
mod handle;
mod ledger;
mod poll_times;
mod queue;
mod service_clock;
mod settings;
mod shared;
mod stop;
#[cfg(test)]
mod tests;

/// Queues to be watched for changes; [`handle`](Self::handle) and [`stream`](Self::stream) begin it.
///
/// See [the crate's page](crate#the-poll-loop) for what it promises.
#[must_use = "a watch does nothing until it is given a handler or made a stream"]
pub struct Watch {
    client: PortalClient,
    queues: Vec<Sender>,
    settings: Settings,
    stop: StopHandle,
}

impl Watch {
    pub(crate) fn new(client: PortalClient, queues: impl IntoIterator<Item = Sender>) -> Self {
        let mut distinct: Vec<Sender> = Vec::new();
        for queue in queues {
            if !distinct.contains(&queue) {
                distinct.push(queue);
            }
        }
        if distinct.is_empty() {
            distinct.extend(client.profile().default_sender().cloned());
        }
        Self {
            client,
            queues: distinct,
            settings: Settings::default(),
            stop: StopHandle::new(),
        }
    }

    /// How many changes may be in hand, unconfirmed, before polling pauses; 16 unless told otherwise, and
    /// never less than 1. So many handlers run at once at the most.
    ///
    /// A change that a handler failed on is not in hand any more: it is back at the service.
    pub fn max_in_flight(mut self, most: usize) -> Self {
        self.settings.max_in_flight = most.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// Up to how much later than permitted an empty queue is polled again, at random, so that many clients
    /// don't poll in step; 2 seconds unless told otherwise. Nothing is ever polled earlier. What is waited
    /// longer because the service's clock is known only to a part of a second is taken off it.
    pub fn jitter(mut self, most: Duration) -> Self {
        self.settings.jitter = most;
        self
    }

    /// How long to wait after a poll or a confirmation that failed, and up to how long after many: the wait
    /// doubles with each failure in a row, and a random part of up to a half is taken off. 1 second and
    /// 5 minutes unless told otherwise.
    ///
    /// A poll that may have reached the service without its answer coming back counts as one of an empty
    /// queue: the wait is then 10 minutes at the least in production, and 30 seconds elsewhere.
    pub fn back_off(mut self, first: Duration, longest: Duration) -> Self {
        self.settings.back_off = (first, longest.max(first));
        self
    }

    /// How long a stopped watch waits for handlers, confirmations and polls under way before it drops them;
    /// 30 seconds unless told otherwise. Only [`handle`](Self::handle) waits.
    pub fn shutdown_timeout(mut self, longest: Duration) -> Self {
        self.settings.shutdown_timeout = longest;
        self
    }

    /// Makes jitter and back-off the same every time, for tests.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// Where to keep when each queue may be polled next, so that a program that is started again does not
    /// poll too early: too early a poll costs a whole wait more. Without it every start polls at once.
    pub fn poll_times(mut self, times: impl PollTimes + 'static) -> Self {
        self.settings.times = Some(Arc::new(times));
        self
    }

    /// Tells `observer` of everything that happens, for metrics and alarms. It is called in between polls,
    /// and must not block.
    pub fn observe(mut self, observer: impl Fn(WatchEvent<'_>) + Send + Sync + 'static) -> Self {
        self.settings.observer = Some(Arc::new(observer));
        self
    }

    /// Stops this watch from elsewhere, now or later.
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Watches until stopped: every change is given to `handler`, and confirmed once it has returned `Ok`.
    ///
    /// A handler that returns an error, panics or is dropped leaves its change unconfirmed, to come back
    /// after ten minutes; the error is told to the [observer](Self::observe). Handlers run side by side on
    /// tasks of their own, up to [`max_in_flight`](Self::max_in_flight) of them, but those of one job one after another.
    ///
    /// When the watch is stopped, handlers that run are waited for, at most for the
    /// [grace](Self::shutdown_timeout). Dropping the future drops them at once.
    ///
    /// ```no_run
    /// # async fn example(client: portal_client::PortalClient) -> Result<(), portal_client::Error> {
    /// let downloads = client.clone();
    /// client
    ///     .watch([])
    ///     .handle(move |change| {
    ///         let client = downloads.clone();
    ///         async move {
    ///             if change.record().has_pades() {
    ///                 let file = format!("signed/{}.pdf", change.job_id());
    ///                 client.pades(&change).await?.save_over(file).await?;
    ///             }
    ///             Ok::<(), portal_client::Error>(())
    ///         }
    ///     })
    ///     .await
    /// # }
    /// ```
    ///
    /// # Errors
    /// The first one that waiting does not mend, such as [`Error::NotAuthorized`] or a certificate that is
    /// not accepted; outages are waited out. With several queues it ends the watch of all of them, so that
    /// nothing goes on half-blind: a broker whose senders come and go has a watch for each.
    pub async fn handle<H, F, E>(self, handler: H) -> Result<(), Error>
    where
        H: Fn(Delivery) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>> + 'static,
    {
        handle::run(self.share()?, handler).await
    }

    /// Watches as a stream, whose changes the caller confirms one by one.
    ///
    /// ```no_run
    /// # async fn example(client: portal_client::PortalClient) -> Result<(), portal_client::Error> {
    /// let mut changes = client.watch([]).stream()?;
    /// while let Some(change) = changes.next().await {
    ///     let change = change?;
    ///     println!("job {} is now {}", change.job_id(), change.status());
    ///     change.confirm().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NoSender`] when no queue is given and the client has no default sender. The stream itself
    /// gives the first error that waiting does not mend, and ends.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn stream(self) -> Result<Changes, Error> {
        self.share().map(Changes::start)
    }

    fn share(self) -> Result<Arc<Shared>, Error> {
        if self.queues.is_empty() {
            return Err(Error::NoSender);
        }
        let seed = self.settings.seed;
        let random = seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Ok(Arc::new(Shared {
            clock: self.client.clock().clone(),
            client: self.client.rate_limited(),
            queues: self.queues.into_iter().map(Queue::new).collect(),
            places: Arc::new(Semaphore::new(self.settings.max_in_flight)),
            settings: self.settings,
            stop: self.stop,
            ledger: Mutex::default(),
            service_clock: Mutex::default(),
            random: Mutex::new(random),
            wanted: watch::Sender::new(false),
            blocked_until: Mutex::default(),
            lag: Mutex::default(),
            out: Mutex::default(),
        }))
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("client", &self.client)
            .field("queues", &self.queues.len())
            .field("in_hand", &self.settings.max_in_flight)
            .field("stop", &self.stop)
            .finish_non_exhaustive()
    }
}
