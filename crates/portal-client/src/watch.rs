//! The poll loop: queues are watched for changes, and each change is confirmed once it was handled.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

pub use changes::{Changes, PendingChange};
pub use confirm::Confirmation;
pub use event::{QueueStatus, StatusHandle, StoppedClock, WaitReason, WatchEvent};

use crate::error::Error;
use crate::{PollTimes, PortalClient, Sender, StatusChange};
use ledger::Ledger;
use portal_transport::Clock;
use shared::{Queue, Settings, Shared};

mod changes;
mod confirm;
mod event;
mod job;
mod ledger;
mod queue;
mod restart;
mod schedule;
mod shared;
#[cfg(test)]
mod tests;

/// A poll loop over queues; [`handle`](Self::handle) and [`stream`](Self::stream) begin it.
///
/// See [the crate's page](crate#the-poll-loop) for what it promises.
#[must_use = "a watch does nothing until it is given a handler or made a stream"]
pub struct Watch {
    client: PortalClient,
    queues: Vec<Sender>,
    settings: Settings,
    stop: StopHandle,
    status: StatusHandle,
}

impl Watch {
    pub(crate) fn new(client: PortalClient) -> Self {
        let settings = Settings {
            times: client.poll_times().cloned(),
            ..Settings::default()
        };
        Self {
            status: StatusHandle::new(client.clock().clone()),
            client,
            queues: Vec::new(),
            settings,
            stop: StopHandle::new(),
        }
    }

    /// Adds a queue. Without any, the queue of the client's sender is polled.
    pub fn queue(mut self, queue: Sender) -> Self {
        if !self.queues.contains(&queue) {
            self.queues.push(queue);
        }
        self
    }

    /// Adds queues.
    pub fn queues(self, queues: impl IntoIterator<Item = Sender>) -> Self {
        queues.into_iter().fold(self, Self::queue)
    }

    /// Sets how many changes may be unconfirmed at a time before polling pauses, and so how many handlers run
    /// at most. Defaults to 16, and is never less than 1.
    ///
    /// A change that a handler failed on is not in flight any more: it is back at the service.
    pub fn max_in_flight(mut self, most: usize) -> Self {
        self.settings.max_in_flight = most.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// Sets how long to wait at least after an empty queue before it is polled again. Defaults to zero: the
    /// queue is polled when the service permits it.
    ///
    /// For programs that need changes a few times a day. Once there is a change, the queue is polled as soon
    /// as permitted until it is empty. The permitted time is kept in any case.
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.settings.interval = interval;
        self
    }

    /// Ends the watch when every queue has been found empty, and what is in flight has been handled. For
    /// programs that a scheduler starts. Give it [`poll_times`](Self::poll_times): the first poll then waits for
    /// its permitted time, and jobs in progress can be confirmed within a short run.
    ///
    /// A change whose handler failed is redelivered after ten minutes, to the next run. A job's next change may
    /// be on the queue only once the earlier one is confirmed, after the last poll: it too is for the next run.
    pub fn until_empty(mut self) -> Self {
        self.settings.until_empty = true;
        self
    }

    /// Polls one queue at a time: the next one only when the response is there and its permitted time is stored, so
    /// that a process that is killed leaves at most one queue whose time nobody knows. Off by default. For programs
    /// with many queues and [`poll_times`](Self::poll_times) that another process takes over; handlers and
    /// confirmations are not held up.
    pub fn one_poll_at_a_time(mut self) -> Self {
        self.settings.one_poll_at_a_time = true;
        self
    }

    /// Sets the maximum random delay added before an empty queue is polled again, so that many clients don't
    /// poll in step. Defaults to 2 seconds. Nothing is ever polled earlier than permitted.
    pub fn jitter(mut self, most: Duration) -> Self {
        self.settings.jitter = most;
        self
    }

    /// Sets the backoff after a poll or a confirmation that failed: the first wait, and the longest. The wait
    /// doubles with each failure in a row, and a random part of up to a half is taken off. Defaults to 1
    /// second and 5 minutes.
    ///
    /// A poll that may have reached the service without its response arriving counts as one of an empty
    /// queue: the wait is then 10 minutes at the least in production, and 30 seconds elsewhere.
    pub fn back_off(mut self, first: Duration, longest: Duration) -> Self {
        self.settings.back_off = (first, longest.max(first));
        self
    }

    /// Sets how long a stopped watch waits for handlers, confirmations and polls in flight before it drops
    /// them, and for changes that wait for an earlier one of their job. Defaults to 30 seconds of real time,
    /// whatever the client's clock shows. A [stream](Self::stream) waits only for the last of these.
    pub fn shutdown_timeout(mut self, longest: Duration) -> Self {
        self.settings.shutdown_timeout = longest;
        self
    }

    /// Makes jitter and backoff the same every time, for tests.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// Sets where to store when each queue may be polled next, so that a restarted program does not poll too
    /// early. Polling early restarts the wait. Defaults to what the client was given by
    /// [`ClientBuilder::poll_times`](crate::ClientBuilder::poll_times). Without either every start polls at once.
    ///
    /// It also tells a start whether an earlier process may have left changes unconfirmed; see
    /// [`Shutdown`](crate::Shutdown). After a clean stop there is nothing to wait for. Otherwise, and without a
    /// storage, changes of jobs in progress are handled at once, but confirmed only when a queue was empty 20
    /// minutes after the last poll of the earlier process: by then all of them have been redelivered.
    ///
    /// A storage that takes longer than five seconds is given up with an event.
    pub fn poll_times(mut self, times: impl PollTimes + 'static) -> Self {
        self.settings.times = Some(Arc::new(times));
        self
    }

    /// Sets an observer of everything that happens, for metrics and alarms. It is called between polls, and must
    /// not block.
    pub fn observe(mut self, observer: impl Fn(WatchEvent<'_>) + Send + Sync + 'static) -> Self {
        self.settings.observer = Some(Arc::new(observer));
        self
    }

    /// Returns a handle that stops this watch from elsewhere.
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Returns a handle that says when each queue is polled next, and why then.
    #[must_use]
    pub fn status_handle(&self) -> StatusHandle {
        self.status.clone()
    }

    /// Watches until stopped: gives every change to `handler`, with the client, and confirms it once the
    /// handler has returned `Ok`.
    ///
    /// A handler that returns an error, panics or is dropped leaves its change unconfirmed, to be redelivered
    /// after ten minutes; the error is emitted to the [observer](Self::observe). Handlers run concurrently on
    /// tasks of their own, up to [`max_in_flight`](Self::max_in_flight) of them, but those of one job one after
    /// another.
    ///
    /// When the watch is stopped, running handlers are waited for, at most for the
    /// [shutdown timeout](Self::shutdown_timeout). Dropping the future drops them at once.
    ///
    /// ```no_run
    /// use portal_client::PortalSignatureJobStatus;
    /// # async fn example(client: portal_client::PortalClient) -> Result<(), portal_client::Error> {
    /// client
    ///     .watch()
    ///     .handle(|client, change| async move {
    ///         // A completed job without a PDF is an error: it is not confirmed.
    ///         if change.status() == PortalSignatureJobStatus::CompletedSuccessfully {
    ///             let file = format!("signed/{}.pdf", change.job_id());
    ///             client.pades(&change).await?.save_over(file).await?;
    ///         }
    ///         Ok::<(), portal_client::Error>(())
    ///     })
    ///     .await
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns the first permanent error, such as [`Error::NotAuthorized`] or a certificate that is not
    /// accepted; outages are retried. With several queues it ends the watch of all of them: a broker whose
    /// senders come and go has a watch for each.
    pub async fn handle<H, F, E>(self, handler: H) -> Result<(), Error>
    where
        H: Fn(PortalClient, StatusChange) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>> + 'static,
    {
        let client = self.client.clone();
        changes::handle_all(self.share()?, client, handler).await
    }

    /// Watches as a stream, whose changes the caller confirms one by one.
    ///
    /// ```no_run
    /// # async fn example(client: portal_client::PortalClient) -> Result<(), portal_client::Error> {
    /// let mut changes = client.watch().stream()?;
    /// while let Some(pending) = changes.next().await {
    ///     let pending = pending?;
    ///     let change = pending.change();
    ///     println!("job {} is now {}", change.job_id(), change.status());
    ///     pending.confirm().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NoSender`] when no queue is given and the client has no sender. The stream itself gives the
    /// first permanent error, and ends.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn stream(self) -> Result<Changes, Error> {
        let patience = self.settings.shutdown_timeout;
        let shared = self.share()?;
        Ok(Changes::start(shared, Some(patience)))
    }

    fn share(mut self) -> Result<Arc<Shared>, Error> {
        if self.queues.is_empty() {
            self.queues.extend(self.client.profile().sender().cloned());
        }
        if self.queues.is_empty() {
            return Err(Error::NoSender);
        }
        let seed = self.settings.seed;
        let random = seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        self.status.begin(&self.queues);
        let ledger = Ledger::new(self.queues.len(), self.client.clock().instant());
        Ok(Arc::new(Shared {
            client: self.client.rate_limited(),
            queues: self.queues.into_iter().map(Queue::new).collect(),
            places: Arc::new(Semaphore::new(self.settings.max_in_flight)),
            only: Arc::default(),
            settings: self.settings,
            stop: self.stop,
            status: self.status,
            ledger: Mutex::new(ledger),
            random: Mutex::new(random),
            wanted: watch::Sender::new(false),
            blocked_until: Mutex::default(),
        }))
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("client", &self.client)
            .field("queues", &self.queues.len())
            .field("max_in_flight", &self.settings.max_in_flight)
            .field("stop", &self.stop)
            .finish_non_exhaustive()
    }
}

/// Stops a watch: no poll begins any more, and what is in flight is finished.
///
/// Clones stop the same watch. Dropping it stops nothing.
///
/// ```no_run
/// # async fn example(client: portal_client::PortalClient) -> Result<(), portal_client::Error> {
/// let watch = client.watch();
/// let stop = watch.stop_handle();
/// std::thread::spawn(move || {
///     let mut line = String::new();
///     if std::io::stdin().read_line(&mut line).is_ok() {
///         stop.stop();
///     }
/// });
/// watch
///     .handle(|_, change| async move {
///         println!("job {}", change.job_id());
///         Ok::<(), std::io::Error>(())
///     })
///     .await
/// # }
/// ```
#[derive(Clone)]
pub struct StopHandle(Arc<watch::Sender<bool>>);

impl StopHandle {
    fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Stops the watch. Calling it twice is the same as once.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Returns whether the watch was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves when the watch is stopped.
    async fn stopped(&self) {
        let mut stop = self.0.subscribe();
        // The sender is held by `self`, so that the wait can't fail.
        let _stopped = stop.wait_for(|stopped| *stopped).await;
    }
}

impl fmt::Debug for StopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StopHandle")
            .field(&self.is_stopped())
            .finish()
    }
}
