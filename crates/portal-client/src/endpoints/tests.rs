mod polling;

use http::Response;
use std::time::Duration;

use portal_model::{PortalSignatureJobStatus, SignatureIdentifier, SignerStatus};
use portal_transport::TokenRejected;

use super::*;
use crate::fixtures::{
    bare_change_xml, build, change, change_xml, created, created_xml, environment, error_xml, head,
    least, now, response, sender,
};
use crate::{Environment, ErrorChain, NextPoll, PollTimeWarning, Polled, SignerIndex};

const NEXT: &str = "x-next-permitted-poll-time";

#[test]
fn requests_without_a_body() {
    let environment = environment();
    let change = change(&change_xml());
    let queue = sender().with_queue("custom queue&x=æ");
    let requests = [
        status_change::request(&environment, &sender()),
        status_change::request(&environment, &queue),
        confirm::request(&environment, change.record()),
        cancel::request(&environment, created().record()),
        cancel::request(&environment, change.record()),
        pades::request(&environment, change.record()),
        xades::request(&environment, change.record(), SignerIndex::new(0)),
        delete_documents::request(&environment, change.record()),
        who_am_i::request(&environment, &sender()),
        archived_pades::request(&environment, &sender(), "100/../1"),
    ];
    let texts = requests.map(|request| head(&request.unwrap()));
    insta::assert_snapshot!(texts.join("\n\n"));
}

/// Cancelling and deleting may be retried by a transport, polling and confirming may not.
#[test]
fn requests_say_whether_they_may_be_retried() {
    let environment = environment();
    let change = change(&change_xml());
    let of = |request: Result<Request<Body>, Error>| {
        request.unwrap().extensions().get::<Idempotency>().copied()
    };
    for command in [
        cancel::request(&environment, change.record()),
        delete_documents::request(&environment, change.record()),
    ] {
        assert_eq!(of(command), Some(Idempotency::Idempotent));
    }
    for once in [
        status_change::request(&environment, &sender()),
        confirm::request(&environment, change.record()),
    ] {
        assert_eq!(of(once), Some(Idempotency::NonIdempotent));
    }
}

#[test]
fn downloads_have_time_limits_of_their_own() {
    let environment = environment();
    let change = change(&change_xml());
    for (request, class) in [
        (
            pades::request(&environment, change.record()),
            OperationClass::Download,
        ),
        (
            xades::request(&environment, change.record(), SignerIndex::new(0)),
            OperationClass::Download,
        ),
        (
            archived_pades::request(&environment, &sender(), "1"),
            OperationClass::Download,
        ),
        (
            confirm::request(&environment, change.record()),
            OperationClass::Ordinary,
        ),
    ] {
        let request = request.unwrap();
        let given = request.extensions().get::<OperationClass>().copied();
        assert_eq!(given.unwrap_or_default(), class);
    }
}

#[test]
fn what_the_service_gave_no_url_for_cannot_be_asked() {
    let environment = environment();
    let bare = change(&bare_change_xml());
    let both = change(&change_xml());
    let errors = [
        confirm::request(&environment, created().record()),
        cancel::request(&environment, bare.record()),
        delete_documents::request(&environment, bare.record()),
        pades::request(&environment, bare.record()),
        xades::request(&environment, both.record(), SignerIndex::new(1)),
        xades::request(&environment, both.record(), SignerIndex::new(2)),
    ]
    .map(|request| request.unwrap_err());
    assert!(matches!(errors[0], Error::NothingToConfirm));
    assert!(matches!(errors[1], Error::NotCancellable));
    assert!(matches!(errors[2], Error::NotDeletable));
    let texts = errors.map(|error| format!("{error} [{:?}]", error.origin()));
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn follow_up_urls_of_another_service_are_not_followed() {
    let production = Environment::production();
    let change = change(&change_xml());
    for request in [
        confirm::request(&production, change.record()),
        cancel::request(&production, change.record()),
        delete_documents::request(&production, change.record()),
        pades::request(&production, change.record()),
        xades::request(&production, change.record(), SignerIndex::new(0)),
    ] {
        assert!(matches!(request, Err(Error::ForeignUrl { .. })));
    }
}

#[test]
fn a_created_job_is_read() {
    let job = build(least().reference("123-ABC"));
    let created = create::read(&response(200, created_xml()), &job, now(), now()).unwrap();
    assert_eq!(created.job_id().get(), 1);
    assert_eq!(created.reference().unwrap().reveal(), "123-ABC");
    assert_eq!(created.record().sender(), &sender());
    assert!(created.record().can_be_cancelled());
}

#[test]
fn a_create_without_the_services_own_word_has_an_unknown_outcome() {
    let job = build(least().reference("123-ABC"));
    for response in [
        response(200, ""),
        response(201, "<html>Welcome"),
        response(500, ""),
        response(502, "<html>Bad gateway"),
        response(503, ""),
        response(504, "upstream timed out"),
        // The service failed, and may have done so after it had created the job.
        response(500, error_xml("INTERNAL")),
        response(307, ""),
    ] {
        let error = create::read(&response, &job, now(), now()).unwrap_err();
        assert!(!error.is_retryable());
        let Error::OutcomeUnknown { reference, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(reference.unwrap().reveal(), "123-ABC");
    }
}

#[test]
fn a_create_that_the_service_refuses_is_no_unknown_outcome() {
    let job = build(least());
    let read = |status, body: String| create::read(&response(status, body), &job, now(), now());
    for (status, body) in [
        (400, error_xml("SCHEMA_VALIDATION_ERROR")),
        (400, error_xml("ASICE_VALIDATION_FAILED")),
        (500, error_xml("SCHEMA_VALIDATION_ERROR")),
        (503, error_xml("ASICE_VALIDATION_FAILED")),
        (413, String::new()),
    ] {
        let error = read(status, body).unwrap_err();
        assert!(matches!(error, Error::Unexpected { .. }), "{status}");
        assert!(!error.is_retryable());
    }
    let error = read(403, error_xml("BROKER_NOT_AUTHORIZED")).unwrap_err();
    assert!(matches!(error, Error::BrokerNotAuthorized { .. }));
}

fn polled(response: &Response<Bytes>) -> Result<Polled, Error> {
    status_change::read(response, &environment(), &sender(), now())
}

fn with_header(mut response: Response<Bytes>, name: &'static str, value: &str) -> Response<Bytes> {
    response.headers_mut().insert(name, value.parse().unwrap());
    response
}

/// What a create is told whose clock is so far behind the service's.
fn refused_when_behind(seconds: i64) -> Error {
    let service = now() + jiff::SignedDuration::from_secs(seconds);
    let date = service.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let refusal = response(400, error_xml("ASICE_VALIDATION_FAILED"));
    let refusal = with_header(refusal, "date", &date);
    create::read(&refusal, &build(least()), now(), now()).unwrap_err()
}

#[test]
fn a_create_that_a_wrong_clock_spoils_says_by_how_much() {
    let texts = [61, -3600, 5, -5, 6].map(|behind| {
        let error = refused_when_behind(behind);
        format!("{behind}: {error} [{:?}]", error.origin())
    });
    insta::assert_snapshot!(texts.join("\n"));
    let error = refused_when_behind(61);
    let behind = error.response().unwrap().clock_behind().unwrap();
    assert_eq!(behind.as_secs(), 61);
}

#[test]
fn cancelling_too_late_is_told_with_and_without_a_body() {
    for body in [String::new(), error_xml("JOB_COMPLETED")] {
        let error = cancel::read(&response(409, body), now()).unwrap_err();
        assert!(matches!(error, Error::CannotBeCancelled { .. }));
        assert_eq!(error.origin(), crate::ErrorOrigin::JobState);
        assert!(!error.is_retryable());
    }
    assert!(cancel::read(&response(200, ""), now()).is_ok());
    let error = cancel::read(&response(500, ""), now()).unwrap_err();
    assert!(matches!(error, Error::Unexpected { .. }));
}

#[test]
fn deleting_too_early_is_told() {
    let refused = response(409, error_xml("TOO_EARLY"));
    let error = delete_documents::read(&refused, now()).unwrap_err();
    assert!(matches!(error, Error::CannotBeDeleted { .. }));
    assert_eq!(error.origin(), crate::ErrorOrigin::JobState);
    assert!(delete_documents::read(&response(200, ""), now()).is_ok());
}

#[test]
fn any_success_will_do_where_only_success_counts() {
    for status in [200, 202, 204] {
        assert!(read_nothing(Operation::Confirm, &response(status, "ignored"), now()).is_ok());
    }
    let error = read_nothing(Operation::DeleteDocuments, &response(500, ""), now()).unwrap_err();
    assert!(error.is_retryable());
}

#[test]
fn who_am_i_gives_the_services_sentence() {
    let ok = response(200, "You are 984661185\n");
    assert_eq!(who_am_i::read(&ok, now()).unwrap(), "You are 984661185");
    let error = who_am_i::read(&response(403, error_xml("NOT_AUTHORIZED")), now()).unwrap_err();
    assert!(matches!(error, Error::NotAuthorized { .. }));
    assert_eq!(error.origin(), crate::ErrorOrigin::Configuration);
}

/// Every text that a refusal can give, with its cause, and no personal data in any.
#[test]
fn error_texts() {
    let html = Response::builder()
        .status(502)
        .header("content-type", "text/html; charset=utf-8")
        .body(Bytes::from("<html>12345678910"))
        .unwrap();
    let odd_code = response(400, error_xml("First Last"));
    let mut token_rejected = response(401, "");
    token_rejected.extensions_mut().insert(TokenRejected::Twice);
    let refusals = [
        refusal(
            Operation::Create,
            &response(400, error_xml("SCHEMA_VALIDATION_ERROR")),
            now(),
        ),
        refusal(
            Operation::Create,
            &response(403, error_xml("NOT_AUTHORIZED")),
            now(),
        ),
        refusal(
            Operation::Create,
            &response(400, error_xml("BROKER_NOT_AUTHORIZED")),
            now(),
        ),
        refusal(Operation::Confirm, &html, now()),
        refusal(Operation::Confirm, &response(500, ""), now()),
        refusal(Operation::Confirm, &odd_code, now()),
        refusal(Operation::StatusChange, &response(401, ""), now()),
        refusal(Operation::StatusChange, &token_rejected, now()),
        refusal(Operation::Pades, &response(429, ""), now()),
        cancel::read(&response(409, ""), now()).unwrap_err(),
        delete_documents::read(&response(409, ""), now()).unwrap_err(),
        polled(&response(429, "")).unwrap_err(),
        polled(&response(200, "<html>12345678910</html>")).unwrap_err(),
        create::read(&response(504, ""), &build(least()), now(), now()).unwrap_err(),
    ];
    let texts = refusals.map(|error| {
        let text = format!("{} [{:?}]", ErrorChain(&error), error.origin());
        let debug = format!("{error:?}");
        for secret in ["12345678910", "First Last"] {
            assert!(
                !text.contains(secret) && !debug.contains(secret),
                "{text} {debug}"
            );
        }
        text
    });
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn the_services_message_is_there_for_who_asks() {
    let error = refusal(
        Operation::Create,
        &response(400, error_xml("SCHEMA_VALIDATION_ERROR")),
        now(),
    );
    let response = error.response().unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(response.error_code(), Some("SCHEMA_VALIDATION_ERROR"));
    assert_eq!(response.error_document().unwrap().error_type, "CLIENT");
    assert_eq!(response.reveal_message(), "Something about 12345678910");
    assert_eq!(response.redacted_message(), "[…] about […]");
}
