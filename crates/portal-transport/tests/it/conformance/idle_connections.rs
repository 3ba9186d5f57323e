//! Servers that close what is idle. The times are a hundredth of the real ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use portal_transport::Body;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::{Stage, get, post};
use crate::factory::Factory;
use crate::server::{Server, TlsStream, hello};

/// What a transport keeps a connection, and what a server commonly does.
const KEPT: Duration = Duration::from_millis(200);
const COMMON: Duration = Duration::from_millis(300);

/// Responds to requests without a body until nothing comes for `idle`.
async fn serve(mut stream: TlsStream, idle: Duration) {
    let mut buffer = [0; 4096];
    while let Ok(Ok(1..)) = timeout(idle, stream.read(&mut buffer)).await {
        let response = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        if stream.write_all(response).await.is_err() {
            return;
        }
    }
    let _ = stream.shutdown().await;
}

/// How many connections ten requests take, each `gap` after the one before. None may fail, though
/// they are of the kind that is never retried.
async fn connections(factory: Factory, idle: Duration, gap: Duration) -> usize {
    let stage = Stage::new();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let server = Server::raw(stage.tls(), move |stream| {
        counted.fetch_add(1, Ordering::SeqCst);
        serve(stream, idle)
    })
    .await;
    let client = factory(stage.settings(&server).with_idle_time(KEPT)).unwrap();
    for _ in 0..10 {
        let response = post(&*client, &server, Body::empty()).await.unwrap();
        response.into_body().collect(0).await.unwrap();
        sleep(gap).await;
    }
    count.load(Ordering::SeqCst)
}

/// The client gives a connection up before the server does it.
pub(super) async fn server_that_closes_later(factory: Factory) {
    assert!(connections(factory, COMMON, KEPT / 10).await < 10);
    assert_eq!(connections(factory, COMMON, (KEPT + COMMON) / 2).await, 10);
    assert_eq!(connections(factory, COMMON, COMMON + KEPT / 10).await, 10);
}

/// The client sees that the server has closed, as long as the two do not happen at once.
pub(super) async fn server_that_closes_earlier(factory: Factory) {
    assert_eq!(connections(factory, KEPT / 4, KEPT * 3 / 4).await, 10);
}

/// How many connections so many callers open who make five requests each, all at the same time.
async fn connections_of(factory: Factory, callers: usize, kept: Option<usize>) -> usize {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), hello).await;
    let mut settings = stage.settings(&server);
    if let Some(kept) = kept {
        settings = settings.with_idle_connections(kept);
    }
    let (client, server) = (factory(settings).unwrap(), Arc::new(server));
    for _ in 0..5 {
        let mut round = JoinSet::new();
        for _ in 0..callers {
            let (client, server) = (client.clone(), server.clone());
            round.spawn(async move {
                let response = get(&*client, &server).await.unwrap();
                response.into_body().collect(5).await.unwrap();
            });
        }
        round.join_all().await;
    }
    assert_eq!(server.requests(), 5 * callers);
    server.connections()
}

/// A caller may ask just before another one's connection is free again, hence the factor.
pub(super) async fn many_callers_reuse_connections(factory: Factory) {
    for callers in [16, 32] {
        let opened = connections_of(factory, callers, None).await;
        assert!(opened <= 2 * callers, "{callers} callers opened {opened}");
    }
}

pub(super) async fn no_more_connections_are_kept_than_set(factory: Factory) {
    let opened = connections_of(factory, 16, Some(2)).await;
    assert!(opened >= 16 + 4 * 8, "16 callers opened {opened}");
}
