//! Polling an empty queue, too early, too often.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Method, StatusCode};
use portal_model::EnvironmentKind;
use portal_sandbox::{EarlyPoll, Sandbox, SandboxClock, UpcomingEvent};

use crate::client::{Client, standing};

const JOBS: &str = "/api/123456789/portal/signature-jobs";
const NEXT_POLL: &str = "x-next-permitted-poll-time";

async fn fixed(environment: EnvironmentKind) -> Sandbox {
    let clock = SandboxClock::controlled("2026-03-01T08:00:00Z".parse().unwrap());
    let sandbox = standing().clock(clock).environment(environment);
    sandbox.start().await.unwrap()
}

#[tokio::test]
async fn an_empty_queue_says_when_to_come_back() {
    for (environment, next) in [
        (EnvironmentKind::Test, "2026-03-01T08:00:05Z"),
        (EnvironmentKind::Production, "2026-03-01T08:10:00Z"),
    ] {
        let sandbox = fixed(environment).await;
        let mut client = Client::sender(&sandbox).await;
        let reply = client.get(JOBS).await;
        assert_eq!(reply.status, StatusCode::NO_CONTENT);
        assert_eq!(reply.header(NEXT_POLL), Some(next));
        assert!(reply.body.is_empty());
    }
}

#[tokio::test]
async fn an_early_poll_gets_429_and_the_time_that_stands_or_a_new_one() {
    for (early_poll, next) in [
        (EarlyPoll::KeepsTime, "2026-03-01T08:00:05Z"),
        (EarlyPoll::MovesTime, "2026-03-01T08:00:08Z"),
    ] {
        let clock = SandboxClock::controlled("2026-03-01T08:00:00Z".parse().unwrap());
        let sandbox = standing().clock(clock).early_poll(early_poll);
        let sandbox = sandbox.start().await.unwrap();
        let mut client = Client::sender(&sandbox).await;
        client.get(JOBS).await;
        sandbox.clock().advance(Duration::from_secs(3));
        let reply = client.get(JOBS).await;
        assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(reply.header(NEXT_POLL), Some(next));
        assert!(reply.header("dosfilter").is_none());

        let (at, event) = sandbox.advance_to_next_event().unwrap();
        assert_eq!(
            (at, event),
            (sandbox.clock().now(), UpcomingEvent::PollPermitted)
        );
        assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn the_default_queue_has_several_spellings_and_others_wait_for_themselves() {
    let sandbox = fixed(EnvironmentKind::Test).await;
    let mut client = Client::sender(&sandbox).await;
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);
    for same in ["?polling_queue", "?polling_queue="] {
        let reply = client.get(&format!("{JOBS}{same}")).await;
        assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{same}");
    }
    let other = client.get(&format!("{JOBS}?polling_queue=other")).await;
    assert_eq!(other.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn the_eleventh_call_in_a_second_blocks_for_thirty_seconds() {
    let clock = SandboxClock::controlled("2026-03-01T08:00:00Z".parse().unwrap());
    let sandbox = standing().clock(clock).limit_call_rate(true);
    let sandbox = sandbox.start().await.unwrap();
    let mut client = Client::sender(&sandbox).await;
    for _ in 0..10 {
        assert_eq!(client.get("/api/123456789").await.status, StatusCode::OK);
    }
    sandbox.clock().advance(Duration::from_millis(999));
    let reply = client.get(JOBS).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(reply.header("dosfilter").is_some());
    assert!(reply.header(NEXT_POLL).is_none());
    assert!(reply.body.is_empty());

    sandbox.clock().advance(Duration::from_millis(29_999));
    let reply = client.get(JOBS).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        sandbox.advance_to_next_event().unwrap().1,
        UpcomingEvent::BlockEnds
    );
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn what_the_api_does_not_have() {
    let sandbox = fixed(EnvironmentKind::Test).await;
    let mut client = Client::sender(&sandbox).await;
    let reply = client.get("/elsewhere").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    insta::assert_snapshot!("no_such_resource", reply.text());
    let reply = client.call(Method::PUT, JOBS).await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    insta::assert_snapshot!("no_such_method", reply.text());
    let reply = client.call(Method::HEAD, JOBS).await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(reply.body.is_empty());
    let allowed = reply.header("allow").unwrap_or_default().to_owned();
    assert!(
        allowed.contains("GET") && allowed.contains("POST"),
        "{allowed}"
    );
    for job in ["7", "x", "99999999999999999999"] {
        for (method, what) in [
            (Method::POST, "complete"),
            (Method::POST, "cancel"),
            (Method::GET, "pades"),
            (Method::GET, "xades/1"),
            (Method::DELETE, "documents"),
        ] {
            let reply = client.call(method, &format!("{JOBS}/{job}/{what}")).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{job} {what}");
            assert!(reply.text().contains("SANDBOX_NO_SUCH_JOB"));
        }
    }
    let archived = client.get("/api/123456789/archive/documents/7/pades").await;
    assert_eq!(archived.status, StatusCode::NOT_FOUND);
    insta::assert_snapshot!("not_archived", archived.text());
}

#[tokio::test]
async fn the_journal_holds_every_call_with_its_path_and_status() {
    let sandbox = fixed(EnvironmentKind::Test).await;
    let mut client = Client::sender(&sandbox).await;
    client.get(&format!("{JOBS}?polling_queue=name")).await;
    client.get("/elsewhere").await;
    let calls: Vec<_> = sandbox
        .journal()
        .into_iter()
        .map(|entry| (entry.method, entry.path, entry.status))
        .collect();
    assert_eq!(
        calls,
        [
            (Method::GET, JOBS.to_owned(), 204),
            (Method::GET, "/elsewhere".to_owned(), 404),
        ]
    );
    sandbox.clear_journal();
    assert_eq!(sandbox.journal(), []);
}

#[tokio::test]
async fn responses_are_dated_by_the_sandboxs_clock() {
    let clock = SandboxClock::controlled("2016-02-10T10:00:00Z".parse().unwrap());
    let sandbox = standing().clock(clock).start().await.unwrap();
    let mut client = Client::sender(&sandbox).await;
    let reply = client.get("/api/123456789/portal/signature-jobs").await;
    assert_eq!(reply.header("date"), Some("Wed, 10 Feb 2016 10:00:00 GMT"));
    sandbox.clock().advance(Duration::from_secs(3600));
    let reply = client.get("/api/123456789").await;
    assert_eq!(reply.header("date"), Some("Wed, 10 Feb 2016 11:00:00 GMT"));
}

#[tokio::test]
async fn an_observer_sees_a_call_before_and_after_it_is_handled() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    let sandbox = standing().observe(move |moment| {
        notes.lock().unwrap().push(format!("{moment:?}"));
    });
    let sandbox = sandbox.start().await.unwrap();
    let mut client = Client::sender(&sandbox).await;
    client.get("/api/123456789?a=b").await;
    assert_eq!(
        *seen.lock().unwrap(),
        [
            r#"Arrived { method: GET, path: "/api/123456789" }"#,
            r#"Handled { method: GET, path: "/api/123456789", status: 200 }"#,
        ]
    );
}
