//! Uploads over lines that are slow but move.
//!
//! `PORTAL_SLOW_UPLOADS=5000000 cargo test -p portal-transport slow_lines` runs the largest case in
//! real time, which takes about two minutes.

use std::num::NonZeroU32;
use std::time::Duration;

use futures_util::future::join_all;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use portal_transport::{Body, OperationClass, Timeouts, Transport};
use tokio::time::Instant;

use super::Stage;
use crate::factory::Factory;
use crate::relay::{self, Relay, Throttle};
use crate::server::{Server, ServerResponse, text};

/// Takes the whole body, and says how much it was.
async fn take(request: Request<Incoming>) -> ServerResponse {
    match request.into_body().collect().await {
        Ok(body) => {
            let mut response = text("taken");
            let length = body.to_bytes().len();
            response.headers_mut().insert("x-length", length.into());
            response
        }
        Err(_) => Response::builder()
            .status(400)
            .body(text("").into_body())
            .unwrap(),
    }
}

async fn upload(client: &dyn Transport, url: String, length: usize) {
    let request = Request::post(url)
        .body(Body::from(vec![7; length]))
        .unwrap();
    let response = client.send(request).await.unwrap();
    assert_eq!(response.headers()["x-length"], length.to_string());
    response.into_body().collect(100).await.unwrap();
}

/// Sixteen uploads at once over a line; gives how long they took.
async fn sixteen(factory: Factory, line: Throttle, length: usize, limits: Timeouts) -> Duration {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), take).await;
    let line = relay::start(server.address, Relay::Slow(line)).await;
    let behind = Server::at(line);
    let settings = stage.settings(&behind);
    let client = factory(settings.with_timeouts(OperationClass::Ordinary, limits)).unwrap();
    let started = Instant::now();
    let uploads = (0..16).map(|_| upload(&*client, behind.url("/x"), length));
    join_all(uploads).await;
    assert_eq!(server.requests(), 16);
    started.elapsed()
}

/// 40 kB a second, with the limits that there are by default.
pub(super) async fn sixteen_over_slow_lines(factory: Factory) {
    let length = std::env::var("PORTAL_SLOW_UPLOADS").ok();
    let length = length.map_or(300_000, |length| length.parse().unwrap());
    let line = Throttle::of_each(40_000);
    let took = sixteen(factory, line, length, Timeouts::ordinary()).await;
    assert!(took.as_secs() >= length as u64 / 40_000);
}

/// Limits and speed of the line as by default, but so many times as fast.
fn scaled(by: u32) -> Timeouts {
    let slowest = Timeouts::ordinary().slowest_upload().get() * by;
    let limits = Timeouts::ordinary();
    limits
        .with_stall(limits.stall() / by)
        .unwrap()
        .with_response_head(limits.response_head() / by)
        .unwrap()
        .with_response(limits.response().unwrap() / by)
        .unwrap()
        .with_slowest_upload(NonZeroU32::new(slowest).unwrap())
}

/// 2 MB at 400 kB a second: a tenth of what 2 MB take at 40 kB a second.
pub(super) async fn sixteen_over_scaled_lines(factory: Factory) {
    let line = Throttle::of_each(400_000);
    let took = sixteen(factory, line, 2_000_000, scaled(10)).await;
    assert!(took > Duration::from_millis(4_500));
}

/// All of them share one line.
pub(super) async fn sixteen_over_one_line(factory: Factory) {
    let line = Throttle::of_all(400_000);
    let took = sixteen(factory, line, 100_000, scaled(10)).await;
    assert!(took > Duration::from_millis(3_500));
}
