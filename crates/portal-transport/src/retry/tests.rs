use std::io::Cursor;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::test_util::{ScriptedTransport, TestClock};

const URL: &str = "https://example.com/api/123456789/portal/signature-jobs";

fn clock() -> TestClock {
    TestClock::new("2026-01-15T12:00:00Z".parse::<Timestamp>().unwrap())
}

fn layer(script: &ScriptedTransport, clock: &TestClock) -> Retrying {
    let policy = RetryPolicy::default().with_seed(1);
    Retrying::new(script.clone(), policy, SharedClock::new(clock.clone()))
}

fn create(body: Body) -> Request<Body> {
    Request::post(URL).body(body).unwrap()
}

fn download() -> Request<Body> {
    Request::get(URL).body(Body::empty()).unwrap()
}

fn confirm() -> Request<Body> {
    let request = Request::post(URL).extension(Idempotency::Idempotent);
    request.body(Body::empty()).unwrap()
}

fn run<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

fn no_connection() -> ErrorKind {
    let to = "example.com".to_owned();
    ErrorKind::Connect { to }
}

#[test]
fn a_download_is_tried_until_it_succeeds() {
    let script = ScriptedTransport::new()
        .fail(ErrorKind::NoResponse, true)
        .response(503, "")
        .response(200, "pdf");
    let clock = clock();
    let response = run(layer(&script, &clock).send(download())).unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.extensions().get(), Some(&Attempt(3)));
    let waits = clock.sleeps();
    assert_eq!(waits.len(), 2);
    assert!(waits[0] <= Duration::from_millis(500) && waits[1] <= Duration::from_secs(1));
}

#[test]
fn confirming_counts_as_harmless_when_it_says_so() {
    let script = ScriptedTransport::new()
        .fail(ErrorKind::Timeout(TimeoutKind::ResponseHead), true)
        .response(200, "");
    assert!(run(layer(&script, &clock()).send(confirm())).is_ok());
}

#[test]
fn creating_is_tried_again_only_if_nothing_went_out() {
    let script = ScriptedTransport::new()
        .fail(no_connection(), false)
        .fail(ErrorKind::NoResponse, true)
        .response(200, "");
    let error = run(layer(&script, &clock()).send(create(Body::from("job")))).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NoResponse);
    assert_eq!((error.attempts(), script.remaining()), (2, 1));
    assert!(
        error.to_string().contains("after 2 attempts in "),
        "{error}"
    );
}

#[test]
fn creating_is_not_tried_again_after_a_response() {
    for status in [502, 503, 504, 429, 500] {
        let script = ScriptedTransport::new()
            .response(status, "")
            .response(200, "");
        let response = run(layer(&script, &clock()).send(create(Body::from("job")))).unwrap();
        assert_eq!(
            (response.status().as_u16(), script.remaining()),
            (status, 1)
        );
    }
}

#[test]
fn a_body_that_can_be_read_once_is_sent_once() {
    let failing = || {
        ScriptedTransport::new()
            .fail(no_connection(), false)
            .response(200, "")
    };
    let script = failing();
    let once = Body::from_reader(Cursor::new("job"), 3);
    assert!(run(layer(&script, &clock()).send(create(once))).is_err());

    let script = failing();
    let often = Body::replayable(|| Body::from_reader(Cursor::new("job"), 3));
    assert!(run(layer(&script, &clock()).send(create(often))).is_ok());
    assert!(
        script
            .requests()
            .iter()
            .all(|request| request.body == "job")
    );
}

#[test]
fn what_does_not_pass_is_not_tried_again() {
    let kinds = [
        ErrorKind::Tls(TlsFailure::NotTls),
        ErrorKind::InvalidResponse,
        ErrorKind::Timeout(TimeoutKind::Total),
        ErrorKind::Request,
    ];
    for kind in kinds {
        let script = ScriptedTransport::new()
            .fail(kind.clone(), false)
            .response(200, "");
        let error = run(layer(&script, &clock()).send(download())).unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (&kind, 1));
    }
}

fn with_retry_after(status: u16, text: &str) -> Response<Body> {
    let response = Response::builder()
        .status(status)
        .header("retry-after", text);
    response.body(Body::empty()).unwrap()
}

#[test]
fn retry_after_is_honoured_up_to_a_limit() {
    let script = ScriptedTransport::new()
        .response_with(with_retry_after(503, "20"))
        .response(200, "");
    let clock = clock();
    assert_eq!(
        run(layer(&script, &clock).send(download()))
            .unwrap()
            .status(),
        200
    );
    assert_eq!(clock.sleeps(), [Duration::from_secs(20)]);

    let script = ScriptedTransport::new()
        .response_with(with_retry_after(503, "3600"))
        .response(200, "");
    let response = run(layer(&script, &clock).send(download())).unwrap();
    assert_eq!(response.status(), 503);
}

#[test]
fn a_rate_block_is_waited_out_where_that_is_harmless() {
    let block = || {
        let response = Response::builder().status(429).header("dosfilter", "yes");
        response.body(Body::empty()).unwrap()
    };
    let script = ScriptedTransport::new()
        .response_with(block())
        .response(200, "pdf");
    assert_eq!(
        run(layer(&script, &clock()).send(download()))
            .unwrap()
            .status(),
        200
    );
    // Without the mark it says that a poll came too early, and there is a time to wait for.
    let script = ScriptedTransport::new().response(429, "").response(200, "");
    assert_eq!(
        run(layer(&script, &clock()).send(download()))
            .unwrap()
            .status(),
        429
    );
}

#[test]
fn attempts_come_to_an_end() {
    let script = (0..9).fold(ScriptedTransport::new(), |script, _| {
        script.fail(ErrorKind::NoResponse, true)
    });
    let error = run(layer(&script, &clock()).send(download())).unwrap_err();
    assert_eq!((error.attempts(), script.requests().len()), (4, 4));
}

#[test]
fn a_service_in_trouble_gets_a_fifth_more_calls() {
    let script = (0..2_000).fold(ScriptedTransport::new(), |script, _| {
        script.fail(ErrorKind::NoResponse, true)
    });
    let layer = layer(&script, &clock());
    for _ in 0..1_000 {
        drop(run(layer.clone().send(download())));
    }
    let sent = script.requests().len();
    assert!((1_200..=1_211).contains(&sent), "{sent}");
}

proptest! {
    /// Whatever happens, a job is never created a second time.
    #[test]
    fn nothing_is_created_twice(
        failures in prop::collection::vec((any::<bool>(), 0_usize..6), 0..6),
        seed: u64,
    ) {
        let mut script = ScriptedTransport::new();
        for (reached, kind) in &failures {
            let kind = match kind {
                0 => no_connection(),
                1 => ErrorKind::NoResponse,
                2 => ErrorKind::Timeout(TimeoutKind::Upload),
                3 => ErrorKind::Timeout(TimeoutKind::ResponseHead),
                4 => ErrorKind::Tls(TlsFailure::Handshake),
                _ => ErrorKind::InvalidResponse,
            };
            script = script.fail(kind, *reached);
        }
        script = script.response(503, "").response(200, "");
        let policy = RetryPolicy::default().with_attempts(100).with_seed(seed);
        let layer = Retrying::new(script.clone(), policy, SharedClock::new(clock()));
        drop(run(layer.send(create(Body::from("job")))));
        let sent = script.requests().len();
        // Every request before the last one is known not to have arrived.
        prop_assert!(failures.iter().take(sent - 1).all(|(reached, _)| !reached));
        prop_assert!(sent <= failures.len() + 1);
    }
}
