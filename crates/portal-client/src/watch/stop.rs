//! Stopping a watch from elsewhere.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

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
