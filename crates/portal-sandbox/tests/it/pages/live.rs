//! The stream that keeps open pages up to date.

use std::time::Duration;

use http::{Method, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, sleep, timeout};

use super::{Browser, JOBS, open};
use crate::jobs::Draft;

const PATIENCE: Duration = Duration::from_secs(10);

impl Browser {
    async fn events(&self) -> (StatusCode, Incoming) {
        let response = self.send(Method::GET, "/events", "", &[]).await;
        (response.status(), response.into_body())
    }
}

/// Waits for an event.
async fn told(stream: &mut Incoming) {
    let frame = timeout(PATIENCE, stream.frame()).await.unwrap();
    let data = frame.unwrap().unwrap().into_data().unwrap();
    assert_eq!(data, "event: changed\ndata: page\n\n");
}

/// Waits long enough to see that there is no event.
async fn silent(stream: &mut Incoming) {
    assert!(
        timeout(Duration::from_millis(200), stream.frame())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn calls_acts_and_the_clock_are_told_and_nothing_else() {
    let (sandbox, mut client, browser) = open().await;
    let (status, mut stream) = browser.events().await;
    assert_eq!(status, StatusCode::OK);
    silent(&mut stream).await;
    Draft::one().create(&sandbox, &mut client).await;
    told(&mut stream).await;
    sandbox.job(1).sign(0).unwrap();
    told(&mut stream).await;
    sandbox.clock().advance(Duration::from_secs(1));
    told(&mut stream).await;
    // Looking at pages changes nothing.
    browser.get("/").await;
    browser.get("/jobs/1").await;
    silent(&mut stream).await;
    // Many changes at once are few events.
    for _ in 0..5 {
        client.get(JOBS).await;
    }
    told(&mut stream).await;
    browser.post("/reset", "").await;
    told(&mut stream).await;
}

#[tokio::test]
async fn streams_are_few_and_end_with_the_sandbox() {
    let (sandbox, _client, browser) = open().await;
    let mut streams = Vec::new();
    for _ in 0..64 {
        let (status, stream) = browser.events().await;
        assert_eq!(status, StatusCode::OK);
        streams.push(stream);
    }
    assert_eq!(browser.events().await.0, StatusCode::SERVICE_UNAVAILABLE);
    // A page that is closed makes room.
    drop(streams.pop());
    let start = Instant::now();
    while browser.events().await.0 != StatusCode::OK {
        assert!(start.elapsed() < PATIENCE);
        sleep(Duration::from_millis(20)).await;
    }
    drop(sandbox);
    for mut stream in streams {
        let end = timeout(PATIENCE, stream.frame()).await.unwrap();
        assert!(end.is_none_or(|frame| frame.is_err()));
    }
}
