//! The poll loop, waited for.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::ops::Deref;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;

use super::runtime::Runtime;
use crate::{Confirmation, Delivery, Error, JobRecord, PollTimes, StopHandle, WatchEvent};

/// Queues to be watched for changes; [`crate::Watch`] says what it promises.
#[derive(Debug)]
#[must_use = "a watch does nothing until it is given a handler or made an iterator"]
pub struct Watch {
    watch: crate::Watch,
    runtime: Arc<Runtime>,
}

impl Watch {
    pub(super) fn new(watch: crate::Watch, runtime: Arc<Runtime>) -> Self {
        Self { watch, runtime }
    }

    fn with(mut self, set: impl FnOnce(crate::Watch) -> crate::Watch) -> Self {
        self.watch = set(self.watch);
        self
    }

    /// How many changes may be in hand; see [`max_in_flight`](crate::Watch::max_in_flight).
    pub fn max_in_flight(self, most: usize) -> Self {
        self.with(|watch| watch.max_in_flight(most))
    }

    /// Up to how much later than permitted to poll; see [`jitter`](crate::Watch::jitter).
    pub fn jitter(self, most: Duration) -> Self {
        self.with(|watch| watch.jitter(most))
    }

    /// How long to wait after failures; see [`back_off`](crate::Watch::back_off).
    pub fn back_off(self, first: Duration, longest: Duration) -> Self {
        self.with(|watch| watch.back_off(first, longest))
    }

    /// How long a stopped watch waits for what is under way; see [`grace`](crate::Watch::shutdown_timeout). A
    /// handler that takes longer runs on, and its change is not confirmed.
    pub fn shutdown_timeout(self, longest: Duration) -> Self {
        self.with(|watch| watch.shutdown_timeout(longest))
    }

    /// Makes jitter and back-off the same every time; see [`seed`](crate::Watch::seed).
    pub fn seed(self, seed: u64) -> Self {
        self.with(|watch| watch.seed(seed))
    }

    /// Where to keep permitted poll times; see [`poll_times`](crate::Watch::poll_times).
    pub fn poll_times(self, times: impl PollTimes + 'static) -> Self {
        self.with(|watch| watch.poll_times(times))
    }

    /// Tells `observer` of everything that happens; see [`observe`](crate::Watch::observe).
    pub fn observe(self, observer: impl Fn(WatchEvent<'_>) + Send + Sync + 'static) -> Self {
        self.with(|watch| watch.observe(observer))
    }

    /// Stops this watch from another thread; see [`stop_handle`](crate::Watch::stop_handle).
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        self.watch.stop_handle()
    }

    /// Watches until stopped; every change is given to `handler` and confirmed once it has returned
    /// `Ok`, as [`handle`](crate::Watch::handle) does. Handlers run on threads of their own, where they
    /// may make calls with this client.
    ///
    /// ```no_run
    /// # fn example(client: portal_client::blocking::PortalClient) -> Result<(), portal_client::Error> {
    /// let downloads = client.clone();
    /// client.watch([]).handle(move |change| {
    ///     if change.record().has_pades() {
    ///         let file = format!("signed/{}.pdf", change.job_id());
    ///         downloads.pades(&change)?.save_over(file)?;
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
        H: Fn(Delivery) -> Result<(), E> + Send + Sync + 'static,
        E: Into<Box<dyn StdError + Send + Sync>> + 'static,
    {
        let handler = Arc::new(handler);
        self.runtime.wait(self.watch.handle(move |delivery| {
            let handler = Arc::clone(&handler);
            let work = spawn_blocking(move || handler(delivery).map_err(Into::into));
            async move {
                match work.await {
                    Ok(handled) => handled,
                    Err(cut_short) if cut_short.is_panic() => resume_unwind(cut_short.into_panic()),
                    Err(cut_short) => Err(io::Error::from(cut_short).into()),
                }
            }
        }))
    }

    /// Watches as an iterator, whose changes the caller confirms one by one: what
    /// [`stream`](crate::Watch::stream) is to async programs.
    ///
    /// ```no_run
    /// # fn example(client: portal_client::blocking::PortalClient) -> Result<(), portal_client::Error> {
    /// for change in client.watch([]).changes()? {
    ///     let change = change?;
    ///     println!("job {} is now {}", change.job_id(), change.status());
    ///     change.confirm()?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`stream`](crate::Watch::stream).
    pub fn changes(self) -> Result<Changes, Error> {
        let Self { watch, runtime } = self;
        let changes = runtime.wait(async { watch.stream() })?;
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

/// A change in hand, to be confirmed when it has been dealt with; see [`crate::PendingChange`].
#[must_use = "a change that is not confirmed comes back after ten minutes"]
pub struct PendingChange {
    change: crate::PendingChange,
    runtime: Arc<Runtime>,
}

impl PendingChange {
    /// The change itself, to keep or to hand on.
    #[must_use]
    pub fn delivery(&self) -> &Delivery {
        self.change.delivery()
    }

    /// Confirms the change, which says that it was handled: call it last.
    ///
    /// # Errors
    /// As for [`confirm`](crate::PendingChange::confirm), which may wait ten minutes.
    pub fn confirm(self) -> Result<Confirmation, Error> {
        self.runtime.wait(self.change.confirm())
    }
}

impl Deref for PendingChange {
    type Target = Delivery;

    fn deref(&self) -> &Delivery {
        &self.change
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
