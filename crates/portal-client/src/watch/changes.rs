//! How changes are given out, to be confirmed: as a stream, and to a handler.

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use futures_util::FutureExt;
use portal_transport::BoxFuture;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::{AbortHandle, JoinSet};

use super::StopHandle;
use super::confirm::Confirmation;
use super::event::{StatusHandle, WatchEvent};
use super::job::Ticket;
use super::queue;
use super::shared::{Shared, lock};
use crate::error::Error;
use crate::{JobRecord, PortalClient, StatusChange};

/// What is given out: a change, or why there are no more.
pub(super) type Item = Result<PendingChange, Error>;

/// The changes of a watch, one after another, each to be [confirmed](PendingChange::confirm).
///
/// It ends when the watch is stopped, and after the first permanent error. Queues are polled only while
/// somebody waits for the next change. A stopped watch still gives the changes that wait for an earlier one of
/// their job, for the [shutdown timeout](crate::Watch::shutdown_timeout) at most.
///
/// Dropping it stops the watch. A poll in flight is then still finished in the background, and its time kept;
/// a change that it brings is redelivered after ten minutes.
#[must_use = "a stream does nothing until it is polled"]
pub struct Changes {
    shared: Arc<Shared>,
    given: UnboundedReceiver<Item>,
    polling: AbortHandle,
    /// Ends when changes that wait for an earlier one are waited for no longer.
    patience: Option<BoxFuture<'static, ()>>,
}

impl Changes {
    /// Starts to poll, on tasks of the runtime. When polling has ended, what waits for an earlier change is waited
    /// for at most so long.
    pub(super) fn start(shared: Arc<Shared>, patience: Option<Duration>) -> Self {
        let (out, given) = mpsc::unbounded_channel();
        let polling = tokio::spawn(poll_all(Arc::clone(&shared), out));
        let abort = polling.abort_handle();
        let patience = patience.map(|patience| -> BoxFuture<'static, ()> {
            Box::pin(async move {
                // However it ended, there will be no more polls.
                let _ended = polling.await;
                tokio::time::sleep(patience).await;
            })
        });
        Self {
            shared,
            given,
            polling: abort,
            patience,
        }
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

    /// Returns a handle that says when each queue is polled next.
    #[must_use]
    pub fn status_handle(&self) -> StatusHandle {
        self.shared.status.clone()
    }

    /// Drops polls and confirmations in flight.
    pub(super) fn abort(&self) {
        self.polling.abort();
    }

    fn poll_given(&mut self, context: &mut Context<'_>) -> Poll<Option<Item>> {
        let given = self.given.poll_recv(context);
        if given.is_ready() {
            return given;
        }
        self.shared.wanted.send_replace(true);
        let patience = self.patience.as_mut();
        if patience.is_some_and(|patience| patience.as_mut().poll(context).is_ready()) {
            self.patience = None;
            lock(&self.shared.ledger).leave_held();
            // The last of those may have kept the stream open.
            return self.given.poll_recv(context);
        }
        Poll::Pending
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
        lock(&self.shared.ledger).leave_held();
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

/// Polls all queues until the watch is stopped or one of them can't go on. The stream ends when nothing is left
/// that may still be given out.
async fn poll_all(shared: Arc<Shared>, out: UnboundedSender<Item>) {
    let mut queues = JoinSet::new();
    for index in 0..shared.queues.len() {
        queues.spawn(queue::run(Arc::clone(&shared), index, out.clone()));
    }
    let mut failed = false;
    while let Some(ended) = queues.join_next().await {
        let ended = ended.map_err(queue::cut_short).flatten();
        if let Err(error) = ended {
            // The first error is the one to act on; the others are of the same moment.
            if !std::mem::replace(&mut failed, true) {
                let _heard = out.send(Err(error));
            }
            // Only now: whoever hears of the stop is to find the error that it came by.
            shared.stop.stop();
        }
    }
}

/// A change in flight, to be confirmed when it has been handled.
///
/// Dropping it without [confirming](Self::confirm) leaves it unconfirmed, so that it is redelivered after ten
/// minutes. Until one of the two is done no other change of the same job is given out, and it counts as in
/// flight.
#[must_use = "a change that is not confirmed is redelivered after ten minutes"]
pub struct PendingChange {
    pub(super) shared: Arc<Shared>,
    pub(super) ticket: Ticket,
    pub(super) change: StatusChange,
}

impl PendingChange {
    /// Returns the change.
    #[must_use]
    pub fn change(&self) -> &StatusChange {
        &self.change
    }

    /// Confirms the change, which says that it was handled: call it last.
    ///
    /// A confirmation that fails for a transient reason is retried with exponential backoff until the ten
    /// minutes are over. Dropping the future gives up earlier. Either way the watch, if it still runs,
    /// confirms the change when it is redelivered.
    ///
    /// # Errors
    /// When the service refuses the confirmation, or could not be reached in time.
    pub async fn confirm(self) -> Result<Confirmation, Error> {
        self.shared.handled(self.ticket);
        self.shared.confirm(self.ticket, &self.change, None).await
    }
}

impl AsRef<JobRecord> for PendingChange {
    fn as_ref(&self) -> &JobRecord {
        self.change.record()
    }
}

impl Drop for PendingChange {
    fn drop(&mut self) {
        lock(&self.shared.ledger).let_go(self.ticket);
    }
}

impl fmt::Debug for PendingChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PendingChange")
            .field(self.change.id())
            .finish()
    }
}

/// Gives every change to the handler until the watch ends.
pub(super) async fn handle_all<H, F, E>(
    shared: Arc<Shared>,
    client: PortalClient,
    handler: H,
) -> Result<(), Error>
where
    H: Fn(PortalClient, StatusChange) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Into<Box<dyn StdError + Send + Sync>> + 'static,
{
    let handler = Arc::new(move |change| handler(client.clone(), change));
    let mut changes = Changes::start(Arc::clone(&shared), None);
    let mut handlers = JoinSet::new();
    let mut ended = Ok(());
    let shutdown_timeout = async {
        shared.stop.stopped().await;
        tokio::time::sleep(shared.settings.shutdown_timeout).await;
    };
    tokio::pin!(shutdown_timeout);
    let mut more = true;
    while more || !handlers.is_empty() {
        tokio::select! {
            change = changes.next(), if more => match change {
                Some(Ok(change)) => {
                    handlers.spawn(handle(Arc::clone(&shared), Arc::clone(&handler), change));
                }
                Some(Err(error)) => ended = ended.and(Err(error)),
                None => more = false,
            },
            Some(handled) = handlers.join_next(), if !handlers.is_empty() => {
                // Only an observer can have panicked: what a handler does is caught.
                if let Err(error) = handled {
                    ended = ended.and(Err(queue::cut_short(error)));
                    shared.stop.stop();
                }
            }
            () = &mut shutdown_timeout => break,
        }
    }
    // What had come when the time was over: a change is redelivered, an error would not be.
    while let Some(Some(change)) = changes.next().now_or_never() {
        ended = ended.and(change.map(drop));
    }
    // Handlers that are not done by now are dropped, and their changes left to be redelivered; so are polls and
    // confirmations.
    changes.abort();
    handlers.shutdown().await;
    shared.note_settled().await;
    ended
}

async fn handle<H, F, E>(shared: Arc<Shared>, handler: Arc<H>, pending: PendingChange)
where
    H: Fn(StatusChange) -> F,
    F: Future<Output = Result<(), E>>,
    E: Into<Box<dyn StdError + Send + Sync>> + 'static,
{
    let change = pending.change().clone();
    let id = change.id().clone();
    let id = &id;
    // What the handler leaves behind when it panics is the handler's own.
    let work = AssertUnwindSafe(async { handler(change).await.map_err(Into::into) });
    let outcome = work.catch_unwind().await;
    let queue = pending.ticket.queue();
    match outcome {
        Ok(Ok(())) => {
            // A failure has been emitted as an event, and the change is redelivered.
            let _confirmed = pending.confirm().await;
        }
        Ok(Err(error)) => {
            let error: Box<dyn StdError + Send + Sync> = error;
            let error = &*error;
            shared.emit(queue, WatchEvent::HandlerFailed { id, error });
        }
        Err(_) => shared.emit(queue, WatchEvent::HandlerPanicked { id }),
    }
}
