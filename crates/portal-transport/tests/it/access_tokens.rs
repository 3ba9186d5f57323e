//! Access tokens: one fetch for all, kept until they are stale, dropped when they are refused.

mod failures;
mod secrecy;
mod stage;

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use http::Request;
use portal_transport::{
    Body, ErrorKind, OperationClass, RateLimit, RetryPolicy, Retrying, SendBy, SharedClock,
    SystemClock, TokenRejected, Transport,
};

use stage::Stage;
pub(crate) use stage::web;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_tasks_share_one_fetch() {
    let stage = Stage::start().await;
    let client = stage.client();
    stage.tokens.hold();
    let calls = (0..16).map(|_| {
        let (client, request) = (client.clone(), stage.get());
        tokio::spawn(async move { client.send(request).await.unwrap().status() })
    });
    let calls: Vec<_> = calls.collect();
    stage.tokens.asked(1).await;
    stage.tokens.release();
    for status in join_all(calls).await {
        assert_eq!(status.unwrap(), 200);
    }
    assert_eq!((stage.tokens.requests(), stage.api.requests()), (1, 16));
}

#[tokio::test]
async fn the_request_for_a_token_is_the_documented_one() {
    let stage = Stage::start().await;
    stage.client().send(stage.get()).await.unwrap();
    let origin = stage.api.server.root().origin();
    let resource = origin.replace(':', "%3A").replace('/', "%2F");
    let seen = stage.tokens.seen();
    let form = "grant_type=client_credentials&client_id=canary-client&scope=signering%3Abroker-1";
    assert_eq!(seen.body, format!("{form}&resource={resource}"));
    assert_eq!(
        (seen.method.as_str(), seen.path.as_str()),
        ("POST", "/oauth2/token")
    );
    let header = |name: &str| seen.headers[name].to_str().unwrap();
    assert_eq!(header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(header("accept"), "application/json");
    assert!(!seen.headers.contains_key("authorization"));
    assert_eq!(
        stage.api.seen().headers["authorization"],
        "Bearer canary-token-1"
    );
}

#[tokio::test]
async fn a_token_is_stale_thirty_seconds_before_its_end() {
    let stage = Stage::start().await;
    let client = stage.client();
    for (life, used) in [(100, 70), (33, 5), (20, 5), (3, 3)] {
        stage.tokens.set_life(life);
        stage.source.forget();
        let before = stage.tokens.requests();
        client.send(stage.get()).await.unwrap();
        assert_eq!(stage.source.ensure().await.unwrap(), seconds(used));
        stage
            .clock
            .advance(seconds(used) - Duration::from_millis(1));
        client.send(stage.get()).await.unwrap();
        assert_eq!(stage.tokens.requests(), before + 1, "{life}");
        stage.clock.advance(Duration::from_millis(1));
        client.send(stage.get()).await.unwrap();
        assert_eq!(stage.tokens.requests(), before + 2, "{life}");
    }
}

/// Each operation of the portal flow by its method and its body.
fn requests(stage: &Stage) -> Vec<Request<Body>> {
    let url = stage.api.server.url("/x");
    let from = |method: &str, body: Body| {
        let request = Request::builder().method(method).uri(&url);
        request.body(body).unwrap()
    };
    let mut download = from("GET", Body::empty());
    download.extensions_mut().insert(OperationClass::Download);
    let reader = || Body::from_reader(Cursor::new("package"), 7);
    vec![
        from("GET", Body::empty()),
        download,
        from("POST", Body::empty()),
        from("POST", Body::from("package")),
        from("POST", Body::replayable(reader)),
        from("DELETE", Body::empty()),
    ]
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let stage = Stage::start().await;
    for client in stage.clients() {
        for request in requests(&stage) {
            client.send(stage.get()).await.unwrap();
            let before = (stage.tokens.requests(), stage.api.requests());
            stage.api.refuse(1);
            let response = client.send(request).await.unwrap();
            assert_eq!(response.status(), 200);
            assert!(response.extensions().get::<TokenRejected>().is_none());
            let after = (stage.tokens.requests(), stage.api.requests());
            assert_eq!(after, (before.0 + 1, before.1 + 2));
            let newest = format!("Bearer canary-token-{}", after.0);
            assert_eq!(stage.api.seen().headers["authorization"], newest);
        }
    }
}

#[tokio::test]
async fn a_second_refusal_is_returned() {
    let stage = Stage::start().await;
    for client in stage.clients() {
        for request in requests(&stage) {
            client.send(stage.get()).await.unwrap();
            let before = (stage.tokens.requests(), stage.api.requests());
            stage.api.refuse(2);
            let refused = client.send(request).await.unwrap();
            assert_eq!(refused.status(), 401);
            let rejected = refused.extensions().get::<TokenRejected>();
            assert_eq!(rejected, Some(&TokenRejected::Twice));
            let after = (stage.tokens.requests(), stage.api.requests());
            assert_eq!(after, (before.0 + 1, before.1 + 2));
        }
    }
}

/// A create has to be made again by whoever made it, and is refused a second time then.
#[tokio::test]
async fn what_cannot_be_repeated_returns_the_refusal_and_drops_the_token() {
    let stage = Stage::start().await;
    let post = |body| {
        Request::post(stage.api.server.url("/x"))
            .body(body)
            .unwrap()
    };
    let clock = SharedClock::new(SystemClock);
    let ages = || {
        let mut request = post(Body::from("package"));
        let send_by = SendBy::within(seconds(60), &clock);
        request.extensions_mut().insert(send_by);
        request
    };
    let once = || post(Body::from_reader(Cursor::new("package"), 7));
    for client in stage.clients() {
        for make in [&ages, &once] as [&dyn Fn() -> Request<Body>; 2] {
            client.send(stage.get()).await.unwrap();
            let before = (stage.tokens.requests(), stage.api.requests());
            stage.api.refuse(2);
            for attempt in 1..=2 {
                // As reserving a place does: what ages waits for no token.
                stage.source.ensure().await.unwrap();
                let refused = client.send(make()).await.unwrap();
                assert_eq!(refused.status(), 401);
                let rejected = refused.extensions().get::<TokenRejected>();
                assert_eq!(rejected, Some(&TokenRejected::Once));
                let requests = (stage.tokens.requests(), stage.api.requests());
                assert_eq!(requests, (before.0 + attempt - 1, before.1 + attempt));
            }
            stage.source.ensure().await.unwrap();
            assert_eq!(client.send(make()).await.unwrap().status(), 200);
            assert_eq!(stage.tokens.requests(), before.0 + 2);
        }
    }
}

/// Sixteen requests with a token that was revoked: the first refusal drops it, and the others'
/// refusals are of a token that is no longer kept.
#[tokio::test]
async fn a_revoked_token_is_replaced_once_for_all() {
    let stage = Stage::start().await;
    let client = stage.client();
    client.send(stage.get()).await.unwrap();
    stage.api.revoke("Bearer canary-token-1");
    stage.tokens.hold();
    let calls = (0..16).map(|_| client.send(stage.get()));
    let released = async {
        stage.tokens.asked(2).await;
        while stage.api.requests() < 17 {
            tokio::task::yield_now().await;
        }
        stage.tokens.release();
    };
    let (responses, ()) = tokio::join!(join_all(calls), released);
    for response in responses {
        assert_eq!(response.unwrap().status(), 200);
    }
    assert_eq!(stage.tokens.requests(), 2);
}

#[tokio::test]
async fn a_place_is_reserved_with_a_token_at_hand() {
    let stage = Stage::start().await;
    let client = stage.client();
    let reservation = client.reserve().await.unwrap();
    assert_eq!((stage.tokens.requests(), stage.api.requests()), (1, 0));
    let mut request = stage.get();
    request.extensions_mut().insert(reservation);
    client.send(request).await.unwrap();
    assert_eq!((stage.tokens.requests(), stage.api.requests()), (1, 1));
}

#[tokio::test]
async fn a_thousand_dropped_calls_lose_nothing() {
    let stage = Stage::start().await;
    let client = stage.client();
    stage.tokens.hold();
    for _ in 0..1_000 {
        let mut call = client.send(stage.get());
        assert!((&mut call).now_or_never().is_none());
    }
    stage.tokens.asked(1).await;
    stage.tokens.release();
    assert_eq!(client.send(stage.get()).await.unwrap().status(), 200);
    assert_eq!((stage.tokens.requests(), stage.api.requests()), (1, 1));
    let shown = format!("{:?}", stage.source);
    assert!(
        shown.contains("has_token: true, is_fetching: false"),
        "{shown}"
    );
}

/// The token ends while a large response is read.
#[tokio::test]
async fn a_download_goes_on_when_its_token_ends() {
    let stage = Stage::start().await;
    stage.tokens.set_life(60);
    let response = stage.client().send(stage.get()).await.unwrap();
    stage.clock.advance(seconds(3_600));
    assert_eq!(response.into_body().collect(100).await.unwrap(), "hello");
    stage.client().send(stage.get()).await.unwrap();
    assert_eq!(stage.tokens.requests(), 2);
}

/// The whole stack, in the order that is documented.
#[tokio::test]
async fn a_transient_failure_of_the_endpoint_is_retried() {
    let stage = Stage::start().await;
    let clock = SharedClock::new(stage.clock.clone());
    let limited = RateLimit::new(stage.bare(), clock.clone());
    let client = portal_transport::BearerAuth::new(limited, stage.source.clone());
    assert!(client.is_rate_limited());
    let client: Arc<dyn Transport> = Arc::new(Retrying::new(client, RetryPolicy::default(), clock));
    stage.tokens.fail(503, 2);
    assert_eq!(client.send(stage.get()).await.unwrap().status(), 200);
    assert_eq!((stage.tokens.requests(), stage.api.requests()), (3, 1));
    let waits = stage.clock.sleeps();
    assert!(waits.iter().all(|wait| *wait >= seconds(5)), "{waits:?}");
}

#[tokio::test]
async fn tokens_go_to_the_service_only() {
    let stage = Stage::start().await;
    for url in ["https://example.com/api/x", "https://localhost/api/x"] {
        let request = Request::get(url).body(Body::empty()).unwrap();
        let error = stage.client().send(request).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ForeignUrl { .. }));
    }
    let plain = stage.api.server.url("/x").replace("https:", "http:");
    let request = Request::get(plain).body(Body::empty()).unwrap();
    let error = stage.client().send(request).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ForeignUrl { .. }));
    assert_eq!((stage.tokens.requests(), stage.api.requests()), (0, 0));
}

/// A request every second of a minute: the endpoint is asked every five seconds, and the first
/// request after the outage that may ask it gets through.
#[tokio::test]
async fn an_outage_of_the_endpoint_is_asked_about_every_five_seconds() {
    let stage = Stage::start().await;
    let client = stage.client();
    stage.tokens.fail(503, 12);
    for _ in 0..60 {
        assert!(client.send(stage.get()).await.is_err());
        stage.clock.advance(seconds(1));
    }
    assert_eq!((stage.tokens.requests(), stage.api.requests()), (12, 0));
    assert_eq!(client.send(stage.get()).await.unwrap().status(), 200);
    assert_eq!((stage.tokens.requests(), stage.api.requests()), (13, 1));
}

/// The program shut down the runtime on which the fetch ran, and goes on with another.
#[test]
fn a_fetch_that_ended_with_its_runtime_is_begun_again() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).enable_all().build().unwrap()
    };
    let (servers, first, second) = (runtime(), runtime(), runtime());
    let stage = servers.block_on(Stage::start());
    let client = stage.client();
    stage.tokens.hold();
    first.block_on(async {
        assert!(client.send(stage.get()).now_or_never().is_none());
        stage.tokens.asked(1).await;
    });
    drop(first);
    stage.tokens.release();
    let response = second.block_on(client.send(stage.get()));
    assert_eq!(response.unwrap().status(), 200);
    assert_eq!(stage.tokens.requests(), 2);
}
