//! The poll loop for programs without async.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;

use super::PortalClient;
use super::runtime::Runtime;
use crate::{
    Confirmation, Error, JobRecord, PollTimes, Sender, StatusChange, StopHandle, WatchEvent,
};

/// A poll loop over queues; [`crate::Watch`] says what it promises.
#[derive(Debug)]
#[must_use = "a watch does nothing until it is given a handler or made an iterator"]
pub struct Watch {
    watch: crate::Watch,
    client: PortalClient,
}

impl Watch {
    pub(super) fn new(watch: crate::Watch, client: PortalClient) -> Self {
        Self { watch, client }
    }

    fn with(mut self, set: impl FnOnce(crate::Watch) -> crate::Watch) -> Self {
        self.watch = set(self.watch);
        self
    }

    /// Adds a queue; see [`queue`](crate::Watch::queue).
    pub fn queue(self, queue: Sender) -> Self {
        self.with(|watch| watch.queue(queue))
    }

    /// Adds queues; see [`queues`](crate::Watch::queues).
    pub fn queues(self, queues: impl IntoIterator<Item = Sender>) -> Self {
        self.with(|watch| watch.queues(queues))
    }

    /// Sets how many changes may be unconfirmed; see [`max_in_flight`](crate::Watch::max_in_flight).
    pub fn max_in_flight(self, most: usize) -> Self {
        self.with(|watch| watch.max_in_flight(most))
    }

    /// Sets how long to wait at least after an empty queue; see [`poll_every`](crate::Watch::poll_every).
    pub fn poll_every(self, interval: Duration) -> Self {
        self.with(|watch| watch.poll_every(interval))
    }

    /// Ends the watch when every queue is empty; see [`until_empty`](crate::Watch::until_empty).
    pub fn until_empty(self) -> Self {
        self.with(crate::Watch::until_empty)
    }

    /// Sets the maximum random delay of polls; see [`jitter`](crate::Watch::jitter).
    pub fn jitter(self, most: Duration) -> Self {
        self.with(|watch| watch.jitter(most))
    }

    /// Sets the backoff after failures; see [`back_off`](crate::Watch::back_off).
    pub fn back_off(self, first: Duration, longest: Duration) -> Self {
        self.with(|watch| watch.back_off(first, longest))
    }

    /// Sets how long a stopped watch waits for what is in flight; see
    /// [`shutdown_timeout`](crate::Watch::shutdown_timeout). A handler that takes longer runs on, and its
    /// change is not confirmed.
    pub fn shutdown_timeout(self, longest: Duration) -> Self {
        self.with(|watch| watch.shutdown_timeout(longest))
    }

    /// Makes jitter and backoff the same every time; see [`seed`](crate::Watch::seed).
    pub fn seed(self, seed: u64) -> Self {
        self.with(|watch| watch.seed(seed))
    }

    /// Sets where to keep permitted poll times; see [`poll_times`](crate::Watch::poll_times).
    pub fn poll_times(self, times: impl PollTimes + 'static) -> Self {
        self.with(|watch| watch.poll_times(times))
    }

    /// Sets an observer of everything that happens; see [`observe`](crate::Watch::observe).
    pub fn observe(self, observer: impl Fn(WatchEvent<'_>) + Send + Sync + 'static) -> Self {
        self.with(|watch| watch.observe(observer))
    }

    /// Returns a handle that stops this watch from another thread.
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        self.watch.stop_handle()
    }

    /// Watches until stopped: gives every change to `handler`, with the client, and confirms it once the
    /// handler has returned `Ok`, as [`handle`](crate::Watch::handle) does. Handlers run on threads for
    /// blocking work.
    ///
    /// ```no_run
    /// # fn example(client: portal_client::blocking::PortalClient) -> Result<(), portal_client::Error> {
    /// client.watch().handle(|client, change| {
    ///     if change.record().has_pades() {
    ///         let file = format!("signed/{}.pdf", change.job_id());
    ///         client.pades(&change)?.save_over(file)?;
    ///     }
    ///     Ok::<(), portal_client::Error>(())
    /// })
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`handle`](crate::Watch::handle).
    pub fn handle<H, E>(self, handler: H) -> Result<(), Error>
    where
        H: Fn(&PortalClient, StatusChange) -> Result<(), E> + Send + Sync + 'static,
        E: Into<Box<dyn StdError + Send + Sync>> + 'static,
    {
        let handler = Arc::new(handler);
        let runtime = Arc::clone(&self.client.runtime);
        let client = self.client;
        runtime.wait(self.watch.handle(move |_, change| {
            let (handler, client) = (Arc::clone(&handler), client.clone());
            let work = spawn_blocking(move || handler(&client, change).map_err(Into::into));
            async move {
                match work.await {
                    Ok(handled) => handled,
                    Err(cut_short) if cut_short.is_panic() => resume_unwind(cut_short.into_panic()),
                    Err(cut_short) => Err(io::Error::from(cut_short).into()),
                }
            }
        }))
    }

    /// Watches as an iterator, whose changes the caller confirms one by one, as
    /// [`stream`](crate::Watch::stream) does for async programs.
    ///
    /// ```no_run
    /// # fn example(client: portal_client::blocking::PortalClient) -> Result<(), portal_client::Error> {
    /// for pending in client.watch().changes()? {
    ///     let pending = pending?;
    ///     let change = pending.change();
    ///     println!("job {} is now {}", change.job_id(), change.status());
    ///     pending.confirm()?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`stream`](crate::Watch::stream).
    pub fn changes(self) -> Result<Changes, Error> {
        let runtime = Arc::clone(&self.client.runtime);
        let changes = runtime.wait(async { self.watch.stream() })?;
        Ok(Changes { changes, runtime })
    }
}

/// The changes of a watch, one after another; see [`crate::Changes`]. Asking for the next one waits
/// until there is one.
#[derive(Debug)]
#[must_use = "an iterator does nothing until it is asked"]
pub struct Changes {
    changes: crate::Changes,
    runtime: Arc<Runtime>,
}

impl Changes {
    /// Stops the watch from another thread.
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        self.changes.stop_handle()
    }
}

impl Iterator for Changes {
    type Item = Result<PendingChange, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let change = self.runtime.wait(self.changes.next())?;
        let runtime = Arc::clone(&self.runtime);
        Some(change.map(|change| PendingChange { change, runtime }))
    }
}

/// A change in flight, to be confirmed when it has been handled; see [`crate::PendingChange`].
#[must_use = "a change that is not confirmed is redelivered after ten minutes"]
pub struct PendingChange {
    change: crate::PendingChange,
    runtime: Arc<Runtime>,
}

impl PendingChange {
    /// Returns the change.
    #[must_use]
    pub fn change(&self) -> &StatusChange {
        self.change.change()
    }

    /// Confirms the change, which says that it was handled: call it last.
    ///
    /// # Errors
    /// As for [`confirm`](crate::PendingChange::confirm), which may wait ten minutes.
    pub fn confirm(self) -> Result<Confirmation, Error> {
        self.runtime.wait(self.change.confirm())
    }
}

impl AsRef<JobRecord> for PendingChange {
    fn as_ref(&self) -> &JobRecord {
        self.change.as_ref()
    }
}

impl fmt::Debug for PendingChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.change.fmt(f)
    }
}
