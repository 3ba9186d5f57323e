//! `/livez`, `/readyz` and `/metrics` over plain HTTP.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use portal_relay::Relay;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::metrics;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Responds as long as it is held.
pub(super) struct Listener(JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Binds the address and responds from then on.
pub(super) async fn bind(
    address: SocketAddr,
    relay: Relay,
    output: &Output,
) -> Result<Listener, Failure> {
    let failed = |error: &std::io::Error| {
        let message = format!("nobody can listen at {address}");
        Failure::new(Exit::Computer, "listen", message)
            .because(error)
            .fix("give a free address with --listen")
    };
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| failed(&error))?;
    let bound = listener.local_addr().map_err(|error| failed(&error))?;
    output.note(&format!("listening at http://{bound}"));
    let router = Router::new()
        .route("/livez", get(live))
        .route("/readyz", get(ready))
        .route("/metrics", get(measured))
        .with_state(relay);
    let serving = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the listener has ended");
        }
    });
    Ok(Listener(serving))
}

fn verdict(good: bool) -> (StatusCode, &'static str) {
    if good {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ok\n")
    }
}

async fn live(State(relay): State<Relay>) -> (StatusCode, &'static str) {
    verdict(relay.quick_status().is_live())
}

async fn ready(State(relay): State<Relay>) -> (StatusCode, &'static str) {
    verdict(relay.status().await.is_ready())
}

async fn measured(State(relay): State<Relay>) -> ([(&'static str, &'static str); 1], String) {
    let kind = [("content-type", "text/plain; version=0.0.4; charset=utf-8")];
    (kind, metrics::text(&relay.status().await))
}
