//! A watch as a stream.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinSet;

use super::pending::PendingChange;
use super::queue;
use super::shared::{Item, Shared, lock};
use super::stop::StopHandle;
use crate::error::Error;

/// The changes of a watch, one after another, each to be [confirmed](PendingChange::confirm).
///
/// It ends when the watch is stopped, and after the first permanent error. Queues are polled only while
/// somebody waits for the next change.
///
/// Dropping it stops the watch. A poll in flight is then still finished in the background, and its time kept;
/// a change that it brings is redelivered after ten minutes.
#[must_use = "a stream does nothing until it is polled"]
pub struct Changes {
    shared: Arc<Shared>,
    given: UnboundedReceiver<Item>,
}

impl Changes {
    /// Starts to poll, on tasks of the runtime.
    pub(super) fn start(shared: Arc<Shared>) -> Self {
        let (out, given) = mpsc::unbounded_channel();
        *lock(&shared.out) = Some(out);
        tokio::spawn(poll_all(Arc::clone(&shared)));
        Self { shared, given }
    }

    /// Returns the next change; none when the watch has ended. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<PendingChange, Error>> {
        poll_fn(|context| self.poll_given(context)).await
    }

    /// Returns a handle that stops the watch from elsewhere.
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        self.shared.stop.clone()
    }

    fn poll_given(&mut self, context: &mut Context<'_>) -> Poll<Option<Item>> {
        let given = self.given.poll_recv(context);
        if given.is_pending() {
            self.shared.wanted.send_replace(true);
        }
        given
    }
}

impl Stream for Changes {
    type Item = Result<PendingChange, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>> {
        self.poll_given(context)
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        self.shared.stop.stop();
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes")
            .field("queues", &self.shared.queues.len())
            .field("stop", &self.shared.stop)
            .finish_non_exhaustive()
    }
}

/// Polls all queues until the watch is stopped or one of them can't go on, and ends the stream.
async fn poll_all(shared: Arc<Shared>) {
    let mut queues = JoinSet::new();
    for index in 0..shared.queues.len() {
        queues.spawn(queue::run(Arc::clone(&shared), index));
    }
    let mut failed = false;
    while let Some(ended) = queues.join_next().await {
        let ended = ended.unwrap_or_else(|cut_short| {
            Err(Error::PollingStopped {
                source: io::Error::from(cut_short),
            })
        });
        if let Err(error) = ended {
            let out = lock(&shared.out).clone();
            // The first error is the one to act on; the others are of the same moment.
            if let Some(out) = out.filter(|_| !failed) {
                let _heard = out.send(Err(error));
                failed = true;
            }
            // Only now: whoever hears of the stop is to find the error that it came by.
            shared.stop.stop();
        }
    }
    shared.close();
}
