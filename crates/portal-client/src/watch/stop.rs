//! Looking at a watch and stopping it from elsewhere.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portal_transport::{Clock, SharedClock};
use tokio::sync::watch;

use super::event::WaitReason;
use super::shared::lock;
use crate::Sender;

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
    pub(super) fn new() -> Self {
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
    pub(super) async fn stopped(&self) {
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

/// When each queue of a watch is polled next, and why then.
///
/// Clones look at the same watch.
#[derive(Clone)]
pub struct StatusHandle {
    clock: SharedClock,
    queues: Arc<Mutex<Vec<(Sender, Option<(Instant, WaitReason)>)>>>,
}

/// When a queue is polled next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueStatus {
    /// The queue.
    pub queue: Sender,
    /// How long until the next poll, at the least: zero when it is due. It may still wait for a change that is in
    /// flight, or for somebody to ask for the next change. None before the watch begins.
    pub wait: Option<Duration>,
    /// Why it is not polled earlier; none before the watch begins.
    pub reason: Option<WaitReason>,
}

impl StatusHandle {
    pub(super) fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            queues: Arc::default(),
        }
    }

    /// Returns the status of each queue, in the order in which they were added.
    #[must_use]
    pub fn queues(&self) -> Vec<QueueStatus> {
        let now = self.clock.instant();
        let queues = lock(&self.queues);
        let status = |(queue, wait): &(Sender, Option<(Instant, WaitReason)>)| QueueStatus {
            queue: queue.clone(),
            wait: wait.map(|(due, _)| due.saturating_duration_since(now)),
            reason: wait.map(|(_, reason)| reason),
        };
        queues.iter().map(status).collect()
    }

    pub(super) fn begin(&self, queues: &[Sender]) {
        let queues = queues.iter().cloned();
        *lock(&self.queues) = queues.map(|queue| (queue, None)).collect();
    }

    pub(super) fn set(&self, queue: usize, due: Instant, reason: WaitReason) {
        if let Some((_, wait)) = lock(&self.queues).get_mut(queue) {
            *wait = Some((due, reason));
        }
    }
}

impl fmt::Debug for StatusHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StatusHandle").field(&self.queues()).finish()
    }
}
