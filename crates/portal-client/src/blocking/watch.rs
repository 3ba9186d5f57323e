//! The poll loop for programs without async.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::PortalClient;
use super::runtime::Runtime;
use crate::{
    Confirmation, Error, JobRecord, PollTimes, Sender, StatusChange, StatusHandle, StopHandle,
    WatchEvent,
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

    /// Returns a handle that says when each queue is polled next; see
    /// [`status_handle`](crate::Watch::status_handle).
    #[must_use]
    pub fn status_handle(&self) -> StatusHandle {
        self.watch.status_handle()
    }

    /// Watches until stopped: gives every change to `handler`, with the client, and confirms it once the
    /// handler has returned `Ok`, as [`handle`](crate::Watch::handle) does. Each handler runs on a thread of
    /// its own.
    ///
    /// ```no_run
    /// use portal_client::PortalSignatureJobStatus;
    /// # fn example(client: portal_client::blocking::PortalClient) -> Result<(), portal_client::Error> {
    /// client.watch().handle(|client, change| {
    ///     // A completed job without a PDF is an error: it is not confirmed.
    ///     if change.status() == PortalSignatureJobStatus::CompletedSuccessfully {
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
            on_a_thread(move || handler(&client, change).map_err(Into::into))
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

/// Runs a handler on a thread of its own. Threads for blocking work are no place for it: handlers wait for
/// such threads when they save documents, and would wait for ever if they held all of them.
async fn on_a_thread(work: impl FnOnce() -> Handled + Send + 'static) -> Handled {
    let (done, result) = oneshot::channel();
    let thread = thread::Builder::new().name("portal-handler".to_owned());
    thread.spawn(move || {
        // The watch may have ended meanwhile; the change is redelivered then.
        let _received = done.send(catch_unwind(AssertUnwindSafe(work)));
    })?;
    match result.await {
        Ok(Ok(handled)) => handled,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(_) => Err(io::Error::other("the thread of a handler ended early").into()),
    }
}

type Handled = Result<(), Box<dyn StdError + Send + Sync>>;

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

    /// Returns a handle that says when each queue is polled next.
    #[must_use]
    pub fn status_handle(&self) -> StatusHandle {
        self.changes.status_handle()
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};

    use tokio::task::JoinSet;

    use super::*;

    /// Handlers that save documents need threads for blocking work, however few there are.
    #[test]
    fn many_handlers_do_not_take_the_threads_that_they_wait_for() {
        const HANDLERS: usize = 20;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(2)
            .build()
            .unwrap();
        let all_begun = Arc::new(Barrier::new(HANDLERS));
        runtime.block_on(async {
            let mut handlers = JoinSet::new();
            for _ in 0..HANDLERS {
                let (all_begun, runtime) = (Arc::clone(&all_begun), runtime.handle().clone());
                handlers.spawn(on_a_thread(move || {
                    all_begun.wait();
                    runtime.block_on(runtime.spawn_blocking(|| ()))?;
                    Ok(())
                }));
            }
            while let Some(handled) = handlers.join_next().await {
                handled.unwrap().unwrap();
            }
        });
    }

    #[test]
    fn a_panic_of_a_handler_comes_through() {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let handled = catch_unwind(AssertUnwindSafe(|| {
            runtime
                .unwrap()
                .block_on(on_a_thread(|| panic!("a handler")))
        }));
        assert!(handled.is_err());
    }
}
