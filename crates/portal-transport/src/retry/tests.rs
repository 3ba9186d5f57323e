use std::io::Cursor;

use futures_util::FutureExt;
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::test_util::{ScriptedTransport, TestClock};
use crate::{ErrorKind, TimeoutKind, TlsFailure};

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

fn cancel() -> Request<Body> {
    let request = Request::post(URL).extension(Idempotency::Idempotent);
    request.body(Body::empty()).unwrap()
}

fn attempt(response: &Response<Body>) -> Attempt {
    *response.extensions().get().unwrap()
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
        .fail(TransportError::may_have_arrived(ErrorKind::NoResponse))
        .response(503, "")
        .response(200, "pdf");
    let clock = clock();
    let response = run(layer(&script, &clock).send(download())).unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(attempt(&response).number(), 3);
    let waits = clock.sleeps();
    assert_eq!(waits.len(), 2);
    assert!(waits[0] <= Duration::from_millis(500) && waits[1] <= Duration::from_secs(1));
}

#[test]
fn a_request_counts_as_idempotent_when_it_says_so() {
    let script = ScriptedTransport::new()
        .fail(TransportError::may_have_arrived(ErrorKind::Timeout(
            TimeoutKind::ResponseHead,
        )))
        .response(200, "");
    assert!(run(layer(&script, &clock()).send(cancel())).is_ok());
}

#[test]
fn creating_is_tried_again_only_if_nothing_went_out() {
    let script = ScriptedTransport::new()
        .fail(TransportError::unsent(no_connection()))
        .fail(TransportError::may_have_arrived(ErrorKind::NoResponse))
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
    for status in [502, 503, 504, 429, 500, 408] {
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
            .fail(TransportError::unsent(no_connection()))
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
            .fail(TransportError::unsent(kind.clone()))
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
    let clock_of_block = clock();
    let response = run(layer(&script, &clock_of_block).send(download())).unwrap();
    assert_eq!(response.status(), 200);
    let slept = clock_of_block.sleeps();
    assert_eq!(slept, [Duration::from_secs(30)]);
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
fn what_an_earlier_attempt_may_have_done_is_not_forgotten() {
    let lost = || TransportError::may_have_arrived(ErrorKind::NoResponse);
    let unsent = || TransportError::unsent(no_connection());
    let send = |script: &ScriptedTransport| {
        let policy = RetryPolicy::default().with_attempts(2).with_seed(1);
        let clock = SharedClock::new(clock());
        run(Retrying::new(script.clone(), policy, clock).send(cancel()))
    };
    for (first, second, reached) in [
        (lost(), unsent(), true),
        (unsent(), lost(), true),
        (unsent(), unsent(), false),
    ] {
        let script = ScriptedTransport::new().fail(first).fail(second);
        let error = send(&script).unwrap_err();
        assert_eq!(error.attempts(), 2);
        assert_eq!(error.request_may_have_reached_service(), reached);
    }
    // A 409 after an attempt that never arrived is no sign that it was done.
    for (first, may_be_done) in [(lost(), true), (unsent(), false)] {
        let script = ScriptedTransport::new().fail(first).response(409, "");
        let attempt = attempt(&send(&script).unwrap());
        assert_eq!(attempt.number(), 2);
        assert_eq!(attempt.earlier_may_have_arrived(), may_be_done);
    }
    let script = ScriptedTransport::new().response(503, "").response(409, "");
    assert!(attempt(&send(&script).unwrap()).earlier_may_have_arrived());
}

#[test]
fn a_wait_that_does_not_fit_into_the_total_ends_the_operation() {
    let waits = |asked: &[&str]| {
        let script = asked.iter().fold(ScriptedTransport::new(), |script, text| {
            script.response_with(with_retry_after(503, text))
        });
        let clock = clock();
        let policy = RetryPolicy::default().with_attempts(9).with_seed(1);
        let layer = Retrying::new(script.clone(), policy, SharedClock::new(clock.clone()));
        let response = run(layer.send(download())).unwrap();
        assert_eq!(response.status(), 503);
        clock
            .sleeps()
            .iter()
            .map(Duration::as_secs)
            .collect::<Vec<_>>()
    };
    assert_eq!(waits(&["121"]), [0_u64; 0]);
    assert_eq!(waits(&["100", "30"]), [100]);
    assert_eq!(waits(&["60", "60", "1"]), [60, 60]);
    assert_eq!(waits(&["99999999999999999999999"]), [0_u64; 0]);
}

#[test]
fn retry_after_as_a_date_is_measured_against_the_response() {
    let response = Response::builder()
        .status(503)
        .header("date", "Thu, 15 Jan 2026 13:00:00 GMT")
        .header("retry-after", "Thu, 15 Jan 2026 13:00:20 GMT");
    let script = ScriptedTransport::new()
        .response_with(response.body(Body::empty()).unwrap())
        .response(200, "");
    let clock = clock();
    run(layer(&script, &clock).send(download())).unwrap();
    assert_eq!(clock.sleeps(), [Duration::from_secs(20)]);
}

#[test]
fn a_request_that_ages_is_not_kept_waiting() {
    let script = ScriptedTransport::new()
        .fail(TransportError::unsent(no_connection()))
        .response(200, "");
    let clock = clock();
    let mut request = create(Body::from("job"));
    let shared = SharedClock::new(clock.clone());
    let send_by = SendBy::within(Duration::from_millis(10), &shared);
    request.extensions_mut().insert(send_by);
    let error = run(layer(&script, &clock).send(request)).unwrap_err();
    assert_eq!((error.attempts(), clock.sleeps().len()), (1, 0));
}

/// Sleeps for ever.
#[derive(Debug)]
struct Endless;

impl Clock for Endless {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

#[test]
fn a_dropped_request_gives_its_attempt_back() {
    let script = (0..1_001).fold(ScriptedTransport::new(), |script, _| {
        script.fail(TransportError::unsent(no_connection()))
    });
    let policy = RetryPolicy::default().with_seed(1);
    let layer = Retrying::new(script.clone(), policy, SharedClock::new(Endless));
    run(async {
        for _ in 0..1_000 {
            // Fails once, waits for its next attempt, and is dropped.
            assert!(layer.send(download()).now_or_never().is_none());
        }
        assert!(layer.send(download()).now_or_never().is_none());
    });
    assert_eq!(script.requests().len(), 1_001);
}

#[test]
fn attempts_come_to_an_end() {
    let script = (0..9).fold(ScriptedTransport::new(), |script, _| {
        script.fail(TransportError::may_have_arrived(ErrorKind::NoResponse))
    });
    let error = run(layer(&script, &clock()).send(download())).unwrap_err();
    assert_eq!((error.attempts(), script.requests().len()), (4, 4));
}

#[test]
fn a_service_in_trouble_gets_a_fifth_more_calls() {
    let script = (0..2_000).fold(ScriptedTransport::new(), |script, _| {
        script.fail(TransportError::may_have_arrived(ErrorKind::NoResponse))
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
            script = script.fail(TransportError::new(kind, *reached));
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
