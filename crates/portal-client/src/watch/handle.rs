//! A watch with a handler: confirmed is only what the handler returned `Ok` for.

use std::error::Error as StdError;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use portal_transport::Clock;
use tokio::task::JoinSet;

use super::changes::Changes;
use super::delivery::{Delivery, PendingChange};
use super::event::WatchEvent;
use super::shared::Shared;
use crate::error::Error;

/// Gives every change to the handler until the watch ends.
pub(super) async fn run<H, F, E>(shared: Arc<Shared>, handler: H) -> Result<(), Error>
where
    H: Fn(Delivery) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Into<Box<dyn StdError + Send + Sync>> + 'static,
{
    let handler = Arc::new(handler);
    let mut changes = Changes::start(Arc::clone(&shared));
    let mut handlers = JoinSet::new();
    let mut ended = Ok(());
    let shutdown_timeout = async {
        shared.stop.stopped().await;
        shared.clock.sleep(shared.settings.shutdown_timeout).await;
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
            Some(_) = handlers.join_next(), if !handlers.is_empty() => {}
            () = &mut shutdown_timeout => break,
        }
    }
    // What had come when the grace was over: a change comes back, an error would not.
    while let Some(Some(change)) = changes.next().now_or_never() {
        ended = ended.and(change.map(drop));
    }
    // Handlers that are not done by now are dropped, and their changes left to come back.
    handlers.shutdown().await;
    ended
}

async fn handle<H, F, E>(shared: Arc<Shared>, handler: Arc<H>, change: PendingChange)
where
    H: Fn(Delivery) -> F,
    F: Future<Output = Result<(), E>>,
    E: Into<Box<dyn StdError + Send + Sync>> + 'static,
{
    let delivery = change.delivery().clone();
    // What the handler leaves behind when it panics is the handler's own.
    let work = AssertUnwindSafe(async { handler(delivery).await.map_err(Into::into) });
    let outcome = work.catch_unwind().await;
    let id = &change.id().clone();
    let queue = change.queue_index();
    match outcome {
        Ok(Ok(())) => {
            // A failure has been told as an event, and the change comes back.
            let _confirmed = change.confirm().await;
        }
        Ok(Err(error)) => {
            let error: Box<dyn StdError + Send + Sync> = error;
            let error = &*error;
            shared.emit(queue, WatchEvent::HandlerFailed { id, error });
        }
        Err(_) => shared.emit(queue, WatchEvent::HandlerPanicked { id }),
    }
}
