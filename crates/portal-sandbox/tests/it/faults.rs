//! Faults on purpose, as they look on the wire.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use portal_model::{ErrorDocument, PortalSignatureJobStatusChangeResponse, XmlDocument};
use portal_sandbox::{Endpoint, Fault, FaultRates, Sandbox};

use crate::client::{Client, Reply};
use crate::flow::fixed;
use crate::jobs::{Draft, change};

const ROOT: &str = "/api/123456789";
const JOBS: &str = "/api/123456789/portal/signature-jobs";
const NEXT_POLL: &str = "x-next-permitted-poll-time";

/// A sandbox with a change on its queue, and a fault for the next poll.
async fn to_poll(fault: Fault) -> (Sandbox, Client) {
    let (sandbox, mut client) = fixed().await;
    let job = Draft::four().create(&sandbox, &mut client).await;
    job.sign(0).unwrap();
    sandbox.faults().next(1, Endpoint::Poll, fault);
    (sandbox, client)
}

async fn polled(fault: Fault) -> Reply {
    let (_sandbox, mut client) = to_poll(fault).await;
    client.get(JOBS).await
}

/// What the journal says went wrong, call by call.
fn noted(sandbox: &Sandbox) -> Vec<(u16, Option<Fault>)> {
    let entries = sandbox.journal().into_iter();
    entries.map(|entry| (entry.status, entry.fault)).collect()
}

#[tokio::test]
async fn a_status_comes_instead_of_handling() {
    let (sandbox, mut client) = to_poll(Fault::Status(503)).await;
    let refused = client.get(JOBS).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.body.is_empty());
    // The change was not handed out.
    change(&client.get(JOBS).await);
    assert_eq!(
        noted(&sandbox)[1..],
        [(503, Some(Fault::Status(503))), (200, None)]
    );
}

#[tokio::test]
async fn an_error_document_comes_instead_of_a_job() {
    let (sandbox, mut client) = fixed().await;
    let code = "SCHEMA_VALIDATION_ERROR".to_owned();
    let fault = Fault::error_document(400, code);
    sandbox.faults().next(1, Endpoint::Create, fault);
    let refused = Draft::one().send(&sandbox, &mut client).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.header("content-type"), Some("application/xml"));
    let document = ErrorDocument::from_xml(&refused.body).unwrap();
    assert_eq!(document.error_code, "SCHEMA_VALIDATION_ERROR");
    assert_eq!(sandbox.jobs().len(), 0);
}

#[tokio::test]
async fn a_status_can_hide_that_the_call_was_handled() {
    let (sandbox, mut client) = fixed().await;
    sandbox
        .faults()
        .next(1, Endpoint::Create, Fault::StatusAfter(502));
    let lost = Draft::one().send(&sandbox, &mut client).await;
    assert_eq!(lost.status, StatusCode::BAD_GATEWAY);
    assert_eq!(sandbox.jobs().len(), 1);
}

#[tokio::test]
async fn what_is_no_final_status_becomes_500() {
    for status in [0, 99, 100, 101, 600, u16::MAX] {
        let reply = polled(Fault::Status(status)).await;
        assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{status}");
    }
}

#[tokio::test]
async fn connections_close_before_or_after_handling() {
    for (fault, jobs) in [(Fault::DropBefore, 0), (Fault::DropAfter, 1)] {
        let (sandbox, mut client) = fixed().await;
        sandbox.faults().next(1, Endpoint::Create, fault.clone());
        let lost = Draft::one().try_send(&sandbox, &mut client).await;
        assert!(lost.is_err(), "{fault:?}: {lost:?}");
        assert_eq!(sandbox.jobs().len(), jobs, "{fault:?}");
        // The connection is gone, not only this response.
        assert!(client.try_call(Method::GET, ROOT).await.is_err());
        assert_eq!(noted(&sandbox), [(0, Some(fault))]);
        let mut client = Client::sender(&sandbox).await;
        assert_eq!(client.get(ROOT).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn delays_come_before_or_after_handling() {
    let delay = Duration::from_millis(200);
    for (fault, state) in [
        (Fault::DelayBefore(delay), 0),
        (Fault::DelayAfter(delay), 1),
    ] {
        let (sandbox, mut client) = fixed().await;
        sandbox.faults().next(1, Endpoint::WhoAmI, fault.clone());
        let started = Instant::now();
        let call = tokio::spawn(async move { client.get(ROOT).await });
        while sandbox.journal().len() < state {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(started.elapsed() < delay, "{fault:?} was not handled first");
        assert_eq!(call.await.unwrap().status, StatusCode::OK);
        assert!(started.elapsed() >= delay);
    }
}

#[tokio::test]
async fn a_response_is_cut_at_the_byte_and_announced_in_full() {
    for length in [0, 1, 100] {
        let (sandbox, _) = to_poll(Fault::Truncate(length)).await;
        let response = Client::raw_response(&sandbox, JOBS).await;
        let end = response.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
        let head = String::from_utf8_lossy(&response[..end]).to_lowercase();
        let announced = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .unwrap();
        assert!(announced.parse::<usize>().unwrap() > 500, "{head}");
        assert_eq!(response.len() - end, length);
    }
    let (_sandbox, mut client) = to_poll(Fault::Truncate(100)).await;
    assert!(client.try_call(Method::GET, JOBS).await.is_err());
    assert!(client.try_call(Method::GET, ROOT).await.is_err());
    // There is nothing to cut of a short response.
    change(&polled(Fault::Truncate(1_000_000)).await);
}

#[tokio::test]
async fn a_response_trickles_in_and_is_whole() {
    let pause = Duration::from_millis(1);
    let (_sandbox, mut client) = to_poll(Fault::Trickle(pause)).await;
    let started = Instant::now();
    let reply = client.get(JOBS).await;
    change(&reply);
    assert!(started.elapsed() > pause * u32::try_from(reply.body.len()).unwrap());
}

#[tokio::test]
async fn poll_times_are_missing_or_no_times() {
    let reply = polled(Fault::NoPollTime).await;
    assert_eq!(reply.header(NEXT_POLL), None);
    change(&reply);
    let reply = polled(Fault::MalformedPollTime).await;
    assert_eq!(reply.header(NEXT_POLL), Some("in a while"));
    change(&reply);
}

#[tokio::test]
async fn bodies_are_garbled() {
    let reply = polled(Fault::Garbage).await;
    assert_eq!(reply.header("content-type"), Some("application/xml"));
    assert!(std::str::from_utf8(&reply.body).is_err());

    let reply = polled(Fault::GarbageXml).await;
    assert!(reply.text().starts_with("<html>"));
    assert!(PortalSignatureJobStatusChangeResponse::from_response(&reply.body).is_err());

    let reply = polled(Fault::WrongContentType).await;
    assert_eq!(
        reply.header("content-type"),
        Some("text/html;charset=utf-8")
    );
    assert!(PortalSignatureJobStatusChangeResponse::from_xml(&reply.body).is_ok());
}

#[tokio::test]
async fn responses_hold_what_nobody_knows() {
    let reply = polled(Fault::UnknownElements).await;
    assert!(PortalSignatureJobStatusChangeResponse::from_xml(&reply.body).is_err());
    let response = PortalSignatureJobStatusChangeResponse::from_response(&reply.body).unwrap();
    let notices: Vec<_> = response.notices.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!("unknown_elements", notices.join("\n"));

    let reply = polled(Fault::UnknownSignerStatus).await;
    let response = change(&reply);
    let statuses = response.signatures.signature.iter();
    let statuses: Vec<_> = statuses.map(|s| s.status.value.as_str()).collect();
    assert_eq!(
        statuses,
        ["SANDBOX_UNKNOWN_STATUS", "WAITING", "WAITING", "WAITING"]
    );
}

#[tokio::test]
async fn a_change_is_handed_out_twice() {
    let (sandbox, mut client) = to_poll(Fault::Duplicate).await;
    sandbox.job(1).sign(1).unwrap();
    let first = change(&client.get(JOBS).await);
    let again = change(&client.get(JOBS).await);
    assert_eq!(first, again);
    client.post(again.confirmation_url.as_str()).await;
    let next = change(&client.get(JOBS).await);
    assert_ne!(first, next);
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);
    assert_eq!(noted(&sandbox)[1].1, Some(Fault::Duplicate));
}

#[tokio::test]
async fn an_empty_queue_leaves_nothing_to_garble() {
    for fault in [
        Fault::Garbage,
        Fault::UnknownSignerStatus,
        Fault::WrongContentType,
        Fault::Duplicate,
        Fault::Truncate(1),
    ] {
        let (sandbox, mut client) = fixed().await;
        sandbox.faults().next(1, Endpoint::Poll, fault);
        let reply = client.get(JOBS).await;
        assert_eq!(reply.status, StatusCode::NO_CONTENT);
        assert!(reply.body.is_empty());
    }
}

#[tokio::test]
async fn every_endpoint_is_known_by_its_requests() {
    let (sandbox, mut client) = fixed().await;
    for (endpoint, method, path) in [
        (Endpoint::Create, Method::POST, JOBS),
        (Endpoint::Poll, Method::GET, JOBS),
        (Endpoint::Confirm, Method::POST, "7/complete"),
        (Endpoint::Cancel, Method::POST, "7/cancel"),
        (Endpoint::Pades, Method::GET, "7/pades"),
        (Endpoint::Xades, Method::GET, "7/xades/1"),
        (Endpoint::Delete, Method::DELETE, "7/documents"),
        (Endpoint::WhoAmI, Method::GET, ROOT),
        (
            Endpoint::Archive,
            Method::GET,
            "/api/123456789/archive/documents/7/pades",
        ),
    ] {
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{JOBS}/{path}")
        };
        sandbox.faults().next(1, endpoint, Fault::Status(418));
        let reply = client.call(method, &path).await;
        assert_eq!(reply.status, StatusCode::IM_A_TEAPOT, "{endpoint:?}");
    }
    // What the API does not have meets no fault.
    sandbox.faults().next(1, Endpoint::Any, Fault::Status(418));
    for (method, path) in [(Method::GET, "/elsewhere"), (Method::HEAD, JOBS)] {
        let reply = client.call(method, path).await;
        assert_ne!(reply.status, StatusCode::IM_A_TEAPOT);
    }
    assert_eq!(sandbox.faults().planned().len(), 1);
    sandbox.reset();
    assert_eq!(sandbox.faults().planned().len(), 0);
}

#[tokio::test]
async fn a_seed_gives_the_same_calls_the_same_faults() {
    let rates = FaultRates::new()
        .with(Endpoint::Any, Fault::Status(500), 0.3)
        .with(Endpoint::Poll, Fault::NoPollTime, 0.3);
    let mut runs = Vec::new();
    for _ in 0..2 {
        let (sandbox, mut client) = fixed().await;
        sandbox.faults().seeded(11, rates.clone());
        for _ in 0..20 {
            client.get(JOBS).await;
            client.get(ROOT).await;
        }
        runs.push(noted(&sandbox));
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].iter().any(|(_, fault)| fault.is_none()));
    assert!(runs[0].iter().any(|(_, fault)| fault.is_some()));
}
