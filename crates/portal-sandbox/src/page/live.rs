//! Signals open pages that something has changed; they then load again.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::{StatusCode, header};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::sleep;

use super::Pages;
use crate::shared::Shared;

/// Changes that come within it are reported as one.
const GATHER: Duration = Duration::from_millis(60);
/// With a clock that runs, what is shown of it gets old.
const STALE: Duration = Duration::from_secs(20);
/// How often a page that has gone away is noticed.
const BREATH: Duration = Duration::from_secs(15);

/// `GET /events`: server-sent events, one named `changed` for each change.
pub(super) async fn events(State(pages): State<Pages>) -> Response {
    let Ok(permit) = pages.streams.clone().try_acquire_owned() else {
        let later = [(header::RETRY_AFTER, "60")];
        return (StatusCode::SERVICE_UNAVAILABLE, later).into_response();
    };
    let follower = Follower {
        changes: pages.shared.change_signal.listen(),
        moves: pages.shared.clock.moves(),
        shared: pages.shared,
        _permit: permit,
    };
    let events = stream::unfold(follower, async |mut follower| {
        follower.change().await;
        // A browser drops events without data.
        let event = Event::default().event("changed").data("page");
        Some((Ok::<_, Infallible>(event), follower))
    });
    let alive = KeepAlive::new().interval(BREATH);
    Sse::new(events).keep_alive(alive).into_response()
}

struct Follower {
    changes: watch::Receiver<()>,
    moves: watch::Receiver<()>,
    shared: std::sync::Arc<Shared>,
    _permit: OwnedSemaphorePermit,
}

impl Follower {
    /// Waits until something has changed, by a call, an act, the clock or time.
    async fn change(&mut self) {
        // A sender that is gone never sends again: the sandbox is about to be.
        tokio::select! {
            changed = self.changes.changed() => if changed.is_err() { std::future::pending().await },
            moved = self.moves.changed() => if moved.is_err() { std::future::pending().await },
            () = due(&self.shared) => {}
        }
        sleep(GATHER).await;
        self.changes.borrow_and_update();
        self.moves.borrow_and_update();
    }
}

/// Waits until a clock that runs has done something by itself.
async fn due(shared: &Shared) {
    if shared.clock.is_controlled() {
        return std::future::pending().await;
    }
    let now = shared.clock.now();
    let next = shared.ledger().next_job_event(now);
    let wait = next.map(|(at, _)| at.duration_since(now).unsigned_abs());
    sleep(wait.map_or(STALE, |wait| wait.min(STALE))).await;
}
