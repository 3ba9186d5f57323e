//! A watch with a handler: only what the handler returned `Ok` for is confirmed.

use std::error::Error as StdError;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::task::JoinSet;

use super::changes::{Changes, PendingChange};
use super::event::WatchEvent;
use super::queue;
use super::shared::Shared;
use crate::error::Error;
use crate::{PortalClient, StatusChange};

/// Gives every change to the handler until the watch ends.
pub(super) async fn run<H, F, E>(
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
