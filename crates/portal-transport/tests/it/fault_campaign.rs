//! Many runs of a job's requests over lines that break, each from its seed.
//!
//! Fifty runs by default; `PORTAL_FAULT_RUNS=2000 cargo test -p portal-transport campaign`
//! makes more of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use portal_transport::{
    Body, Idempotency, OperationClass, RetryPolicy, Retrying, SharedClock, Timeouts, Transport,
    TransportError, TransportSettings,
};

use crate::authority::{Authority, POSTEN, Wish};
use crate::factory::{Factory, hyper, reqwest};
use crate::faulty_line;
use crate::server::{Server, ServerResponse, mutual};

/// A job of 40 kB and a document of 150 kB.
const JOB: usize = 40_000;
const DOCUMENT: usize = 150_000;
const LIMIT: Duration = Duration::from_millis(250);
const ATTEMPTS: u32 = 3;

/// How often each job was created, by its seed.
type Created = Arc<Mutex<HashMap<u64, u32>>>;

fn document() -> Vec<u8> {
    (0..DOCUMENT).map(|index| (index % 251) as u8).collect()
}

/// Creates a job only when all of it has arrived, as the service does.
async fn response(request: Request<Incoming>, created: Created) -> ServerResponse {
    let path = request.uri().path().to_owned();
    let mut response = Response::new(Bytes::new());
    if path == "/api/create" {
        match request.into_body().collect().await {
            Ok(body) => {
                let body = body.to_bytes();
                let seed = u64::from_be_bytes(body[..8].try_into().unwrap());
                assert_eq!(body.len(), JOB);
                *created.lock().unwrap().entry(seed).or_default() += 1;
            }
            Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
        }
    } else if path == "/api/document" {
        *response.body_mut() = document().into();
    } else if path == "/api/poll" {
        *response.status_mut() = StatusCode::NO_CONTENT;
    }
    response.map(|body| Full::new(body).map_err(|never| match never {}).boxed())
}

async fn call(
    client: &dyn Transport,
    request: http::request::Builder,
    body: Body,
) -> Result<(StatusCode, Bytes), TransportError> {
    let started = Instant::now();
    let outcome = async {
        let response = client.send(request.body(body).unwrap()).await?;
        let status = response.status();
        Ok((status, response.into_body().collect(1_000_000).await?))
    };
    let outcome = outcome.await;
    // Each attempt: connecting, sending, waiting, and a body in pieces; and room for a machine
    // that has other things to do.
    let longest = LIMIT * 4 * ATTEMPTS + Duration::from_secs(10);
    assert!(started.elapsed() < longest, "{:?}", started.elapsed());
    if let Err(error) = &outcome {
        faulty_line::assert_named(error);
    }
    outcome
}

/// One job's life over one faulty line; gives how many of its calls succeeded.
async fn run(
    factory: Factory,
    authority: &Authority,
    server: &Server,
    seed: u64,
    created: &Created,
) -> usize {
    let line = faulty_line::start(server.address, seed).await;
    let root = server.root();
    let limits = Timeouts::ordinary().with_connect(LIMIT).unwrap();
    let limits = limits
        .with_response_head(LIMIT)
        .unwrap()
        .with_stall(LIMIT)
        .unwrap();
    let settings = TransportSettings::new(root.clone(), authority.settings())
        .with_proxy(line)
        .with_timeouts(OperationClass::Ordinary, limits);
    let waits = Duration::from_millis(10);
    let policy = RetryPolicy::default()
        .with_attempts(ATTEMPTS)
        .with_waits(waits, waits);
    let client = Retrying::new(
        factory(settings).unwrap(),
        policy.with_seed(seed),
        SharedClock::default(),
    );

    let mut job = vec![0; JOB];
    job[..8].copy_from_slice(&seed.to_be_bytes());
    let create = call(
        &client,
        Request::post(format!("{root}/create")),
        Body::from(job),
    )
    .await;
    let times = created
        .lock()
        .unwrap()
        .get(&seed)
        .copied()
        .unwrap_or_default();
    assert!(times <= 1, "seed {seed}: created {times} times");
    match &create {
        Ok((status, _)) => assert_eq!((*status, times), (StatusCode::OK, 1)),
        Err(error) => assert!(times == 0 || error.request_may_have_reached_service()),
    }

    let poll = Request::get(format!("{root}/poll")).extension(Idempotency::NonIdempotent);
    let poll = call(&client, poll, Body::empty()).await;
    let download = Request::get(format!("{root}/document"));
    let download = call(&client, download, Body::empty()).await;
    if let Ok((_, bytes)) = &download {
        assert!(
            bytes == &document(),
            "seed {seed}: part of a document taken for the whole"
        );
    }
    let confirm = Request::post(format!("{root}/confirm")).extension(Idempotency::Idempotent);
    let confirm = call(&client, confirm, Body::empty()).await;
    [create, poll, download, confirm]
        .iter()
        .filter(|outcome| outcome.is_ok())
        .count()
}

async fn campaign(factory: Factory) {
    let runs = std::env::var("PORTAL_FAULT_RUNS").ok();
    let runs: u64 = runs.and_then(|runs| runs.parse().ok()).unwrap_or(50);
    let authority = Authority::new();
    let created = Created::default();
    let log = created.clone();
    let config = mutual(authority.issue(&Wish::of(POSTEN)), &authority);
    let server = Server::start(Some(config), move |request| response(request, log.clone())).await;
    let succeeded: Vec<usize> = stream::iter(0..runs)
        .map(|seed| run(factory, &authority, &server, seed, &created))
        .buffer_unordered(16)
        .collect()
        .await;
    let calls = 4 * succeeded.len();
    let succeeded: usize = succeeded.iter().sum();
    println!("{succeeded} of {calls} calls succeeded");
    // The line is bad, but not so bad that it tests nothing.
    assert!(succeeded > calls / 3 && succeeded < calls);
}

#[tokio::test]
async fn campaign_over_reqwest() {
    campaign(reqwest).await;
}

#[tokio::test]
async fn campaign_over_hyper() {
    campaign(hyper).await;
}
