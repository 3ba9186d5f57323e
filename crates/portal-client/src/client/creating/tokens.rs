//! A create whose access token the service did not take.

use std::sync::Mutex;

use http::{Response, StatusCode};
use portal_rules::Sector;
use portal_transport::Body;
use portal_transport::test_util::{ScriptedTransport, TestClock};

use super::*;
use crate::fixtures::{build, created_xml, environment, least, now, package_signer, sender};

/// The response of a transport that has dropped the token.
fn rejected() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response.extensions_mut().insert(TokenRejected);
    response
}

/// Creates with a processor that lets a second pass; returns the signing times of the packages, too.
fn create(script: ScriptedTransport) -> (Result<CreatedJob, Error>, Vec<i64>) {
    let clock = TestClock::new(now());
    let times = Arc::new(Mutex::new(Vec::new()));
    let (noted, moving) = (Arc::clone(&times), clock.clone());
    let client = PortalClient::new(
        environment(),
        Sector::Unknown,
        Arc::new(script),
        package_signer(),
    );
    let client = client
        .with_clock(clock)
        .with_sender(sender())
        .with_package_processor(move |package: SignedPackage| {
            let age = package.signed_at().duration_since(now());
            noted.lock().unwrap().push(age.as_secs());
            moving.advance(Duration::from_secs(1));
            async { Ok(()) }
        });
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().build().unwrap();
    let created = runtime.block_on(client.create(&build(least())));
    let times = times.lock().unwrap().clone();
    (created, times)
}

#[test]
fn the_package_is_signed_again_and_sent_once_more() {
    let script = ScriptedTransport::new()
        .response_with(rejected())
        .response(200, created_xml());
    let (created, times) = create(script.clone());
    assert_eq!(created.unwrap().job_id().get(), 1);
    assert_eq!(times, [0, 1]);
    let requests = script.requests();
    assert_eq!(requests.len(), 2);
    assert_ne!(requests[0].body, requests[1].body);
}

#[test]
fn a_second_rejection_is_returned_as_a_refusal() {
    let script = ScriptedTransport::new()
        .response_with(rejected())
        .response_with(rejected());
    let (created, times) = create(script.clone());
    let error = created.unwrap_err();
    assert!(matches!(error, Error::Unexpected { .. }), "{error}");
    assert!(!error.is_retryable());
    assert_eq!((times.len(), script.requests().len()), (2, 2));
}

/// Of a certificate, as a rule: another attempt would end in the same way.
#[test]
fn another_401_is_returned_at_once() {
    let script = ScriptedTransport::new().response(401, "");
    let (created, times) = create(script.clone());
    let error = created.unwrap_err();
    assert_eq!(error.response().unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!((times.len(), script.requests().len()), (1, 1));
}
