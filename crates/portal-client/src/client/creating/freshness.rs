//! A package is signed when it can go out, and not before.

use std::fmt;
use std::io::Read;
use std::sync::Mutex;

use http::{HeaderMap, Request, Response};
use portal_rules::Sector;
use portal_transport::test_util::{ScriptedTransport, TestClock};
use portal_transport::{Body, BoxFuture, RateLimit, SharedClock, Transport};

use super::*;
use crate::fixtures::{PDF, build, created_xml, environment, least, now, package_signer, sender};
use crate::{Content, Document};

/// Two seconds of ours; seconds are all that a signing time has.
const OLDEST: i64 = 2;

/// Notes how old each package is when it arrives, and blocks the requests of some seconds.
#[derive(Clone)]
struct Service {
    clock: SharedClock,
    blocked: Option<(Timestamp, Timestamp)>,
    ages: Arc<Mutex<Vec<i64>>>,
    refused: Arc<Mutex<usize>>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service")
    }
}

fn signing_time(body: &[u8]) -> Timestamp {
    let text = String::from_utf8_lossy(body);
    let (_, after) = text.split_once("SigningTime>").unwrap();
    after.split('<').next().unwrap().parse().unwrap()
}

impl Transport for Service {
    fn send(
        &self,
        request: Request<Body>,
    ) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async move {
            let arrived = self.clock.now();
            let body = request.into_body().collect(1 << 20).await.unwrap();
            let blocked = self.blocked;
            if blocked.is_some_and(|(from, until)| (from..until).contains(&arrived)) {
                *self.refused.lock().unwrap() += 1;
                let mut headers = HeaderMap::new();
                headers.insert("dosfilter", "delayed".parse().unwrap());
                let mut response = Response::new(Body::empty());
                *response.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
                *response.headers_mut() = headers;
                return Ok(response);
            }
            let age = arrived.duration_since(signing_time(&body)).as_secs();
            self.ages.lock().unwrap().push(age);
            Ok(Response::new(Body::from(created_xml())))
        })
    }
}

/// Creates so many jobs at once, in tokio's paused time, over a rate limit.
fn create_at_once(count: usize, block: Option<(i64, i64)>) -> (Vec<i64>, usize, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let started = tokio::time::Instant::now();
        let clock = SharedClock::new(move || now() + started.elapsed());
        let second = |second| now() + Duration::from_secs(u64::try_from(second).unwrap());
        let service = Service {
            clock: clock.clone(),
            blocked: block.map(|(from, until)| (second(from), second(until))),
            ages: Arc::default(),
            refused: Arc::default(),
        };
        let limited = RateLimit::new(service.clone(), clock.clone());
        let (transport, signer) = (Arc::new(limited), package_signer());
        let client = PortalClient::new(environment(), Sector::Unknown, transport, signer)
            .with_clock(clock)
            .with_sender(sender());
        let job = build(least());
        let mut creates = tokio::task::JoinSet::new();
        for _ in 0..count {
            let (client, job) = (client.clone(), job.clone());
            creates.spawn(async move { client.create(&job).await.is_ok() });
        }
        let mut created = 0;
        while let Some(done) = creates.join_next().await {
            created += usize::from(done.unwrap());
        }
        let ages = service.ages.lock().unwrap().clone();
        let refused = *service.refused.lock().unwrap();
        (ages, refused, created)
    })
}

#[test]
fn two_hundred_creates_at_once_are_all_fresh() {
    let (ages, refused, created) = create_at_once(200, None);
    assert_eq!((ages.len(), refused, created), (200, 0, 200));
    assert!(
        ages.iter().all(|age| (0..=OLDEST).contains(age)),
        "{ages:?}"
    );
}

#[test]
fn creates_that_wait_out_a_block_are_fresh() {
    let (ages, refused, created) = create_at_once(60, Some((2, 32)));
    assert!((1..=20).contains(&refused), "{refused}");
    assert_eq!(ages.len() + refused, 60);
    assert_eq!(created, ages.len());
    assert!(
        ages.iter().all(|age| (0..=OLDEST).contains(age)),
        "{ages:?}"
    );
}

fn client(transport: impl Transport, clock: &TestClock) -> PortalClient {
    let (transport, signer) = (Arc::new(transport), package_signer());
    PortalClient::new(environment(), Sector::Unknown, transport, signer)
        .with_clock(clock.clone())
        .with_sender(sender())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(future)
}

/// Twenty documents of a store that takes 300 ms to open each.
#[test]
fn slow_documents_are_read_before_the_package_is_signed() {
    for keeps in [false, true] {
        let clock = TestClock::new(now());
        let service = Service {
            clock: SharedClock::new(clock.clone()),
            blocked: None,
            ages: Arc::default(),
            refused: Arc::default(),
        };
        let slow = |number: usize| {
            let clock = clock.clone();
            let content = Content::reopen(move || {
                clock.advance(Duration::from_millis(300));
                Ok(Box::new(PDF) as Box<dyn Read + Send>)
            });
            Document::pdf(format!("Document {number}"), content)
        };
        let job = build(least().documents((0..19).map(slow)));
        let mut client = client(service.clone(), &clock);
        if keeps {
            client = client.with_package_processor(|_| async { Ok(()) });
        }
        block_on(client.create(&job)).unwrap();
        assert_eq!(*service.ages.lock().unwrap(), [0]);
    }
}

/// A connection that takes too long: nothing was sent, and the next package has a time of its own.
#[test]
fn a_package_that_has_become_old_is_made_again() {
    let clock = TestClock::new(now());
    let late = || TransportError::unsent(ErrorKind::SendDeadline);
    let transport = ScriptedTransport::new()
        .fail(late())
        .fail(late())
        .response(200, created_xml());
    let kept = Arc::new(Mutex::new(Vec::new()));
    let (noted, moving) = (Arc::clone(&kept), clock.clone());
    let client = client(transport, &clock).with_package_processor(move |package| {
        noted.lock().unwrap().push(package);
        moving.advance(Duration::from_secs(1));
        async { Ok(()) }
    });
    let created = block_on(client.create(&build(least()))).unwrap();
    let kept = kept.lock().unwrap();
    let times: Vec<i64> = kept
        .iter()
        .map(|package: &SignedPackage| package.signed_at().duration_since(now()).as_secs())
        .collect();
    assert_eq!(times, [0, 1, 2]);
    assert_eq!(created.record().package_sha256(), Some(kept[2].sha256()));

    // Not for ever.
    let mut always = ScriptedTransport::new();
    for _ in 0..MOST_PACKAGES {
        always = always.fail(late());
    }
    let client = self::client(always.clone(), &clock);
    let error = block_on(client.create(&build(least()))).unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(always.requests().len(), MOST_PACKAGES as usize);
}
