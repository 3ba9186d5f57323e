//! What clients of other languages do, and tests of hanging up.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use jiff::Timestamp;
use portal_certificate::EnterpriseCertificate;
use portal_model::OrganizationNumber;
use portal_model::XmlDocument;
use portal_sandbox::{
    CancelStatus, Organization, RequestEvent, Sandbox, SandboxClock, SubjectProfile, Validity,
};

use crate::client::{Client, standing};
use crate::flow::{fixed, with};
use crate::jobs::{Draft, by_email, by_number, change, csharp, java};

const JOBS: &str = "/api/123456789/portal/signature-jobs";

/// The certificate without its issuers, as .NET, curl and PHP send it.
pub(crate) fn leaf_alone(identity: &EnterpriseCertificate) -> EnterpriseCertificate {
    let leaf = identity.leaf_der().to_vec();
    EnterpriseCertificate::from_der(vec![leaf], identity.private_key_pkcs8().to_vec()).unwrap()
}

#[tokio::test]
async fn a_client_that_sends_its_own_certificate_alone_gets_in() {
    let (sandbox, _) = fixed().await;
    let alone = leaf_alone(sandbox.sender_certificate());
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let client = Client::connect(&sandbox, Some(&alone), &[version]).await;
        let reply = client.unwrap().get("/api/123456789").await;
        assert_eq!(reply.text(), "You are 123456789");
    }
}

#[tokio::test]
async fn signing_times_are_right_by_the_real_time_or_the_sandboxs() {
    let sandbox = standing()
        .clock(SandboxClock::real())
        .start()
        .await
        .unwrap();
    let mut client = Client::sender(&sandbox).await;
    sandbox.clock().advance(Duration::from_secs(60));
    let draft = Draft::one();
    let request = draft.request.to_xml().unwrap();
    let minute_ago = Timestamp::now() - Duration::from_secs(60);
    for (at, status) in [
        (Timestamp::now(), StatusCode::OK),
        (sandbox.clock().now(), StatusCode::OK),
        (minute_ago, StatusCode::BAD_REQUEST),
    ] {
        let identity = sandbox.sender_certificate();
        let package = draft.package(&draft.manifest_xml(), identity, at);
        let (content_type, chunks) = csharp(&request, &package);
        let reply = client.create("123456789", &content_type, chunks).await;
        assert_eq!(reply.status, status, "{}", reply.text());
    }
}

#[tokio::test]
async fn a_clock_moved_by_years_locks_nobody_out() {
    let sandbox = Sandbox::start().await.unwrap();
    for _ in 0..40 {
        sandbox
            .clock()
            .advance(Duration::from_secs(180 * 24 * 3600));
        sandbox.reset();
    }
    let mut client = Client::sender(&sandbox).await;
    let reply = Draft::one().send(&sandbox, &mut client).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn cancelling_gives_204_or_200() {
    for (status, code) in [
        (CancelStatus::NoContent, StatusCode::NO_CONTENT),
        (CancelStatus::Ok, StatusCode::OK),
    ] {
        let (sandbox, mut client) = with(standing().cancel_status(status)).await;
        Draft::one().create(&sandbox, &mut client).await;
        let reply = client.post(&format!("{JOBS}/1/cancel")).await;
        assert_eq!(reply.status, code);
        assert!(reply.body.is_empty());
    }
}

#[tokio::test]
async fn signers_sign_by_the_test_environments_own_call() {
    let other = OrganizationNumber::new("988015814").unwrap();
    let settings = standing().organization(Organization::new(other.clone()));
    let (sandbox, mut client) = with(settings).await;
    let signers = vec![
        by_number("01013300001", 1),
        by_email("signer@example.com", 2),
    ];
    let job = Draft::of(signers).create(&sandbox, &mut client).await;
    let url = "/web/portal/signature-jobs/1/devmodesign";
    let signing = format!("{url}?signer=01013300001");

    // Neither another organisation nor another number.
    let validity = Validity::around(sandbox.clock().now());
    let stranger = sandbox.issue(&other, validity).unwrap();
    let mut stranger = Client::as_owner_of(&sandbox, &stranger).await;
    assert_eq!(stranger.post(&signing).await.status, StatusCode::NOT_FOUND);
    let unknown = client.post(&format!("{url}?signer=12345678910")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(!unknown.text().contains("12345678910"));
    assert_eq!(client.post(url).await.status, StatusCode::BAD_REQUEST);

    assert_eq!(client.post(&signing).await.status, StatusCode::OK);
    assert_eq!(job.waiting_in_turn().unwrap(), [1]);
    let again = client.post(&signing).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);

    let journal = format!("{:?}", sandbox.journal());
    assert!(!journal.contains("01013300001") && !journal.contains("12345678910"));
    let queries: Vec<_> = sandbox
        .journal()
        .into_iter()
        .filter_map(|c| c.reveal_query().map(ToOwned::to_owned))
        .collect();
    assert_eq!(
        queries.first().map(String::as_str),
        Some("signer=***********")
    );
}

#[tokio::test]
async fn certificates_are_like_real_ones() {
    let settings = standing()
        .subject_profile(SubjectProfile::SerialNumber)
        .host_name("sandbox.example.com")
        .host_name("127.0.0.1");
    let (sandbox, mut client) = with(settings).await;
    let leaf = sandbox.sender_certificate().leaf();
    assert!(leaf.subject().contains("123456789") && !leaf.subject().contains("NTRNO"));
    assert_eq!(
        client.get("/api/123456789").await.text(),
        "You are 123456789"
    );

    for identity in [&sandbox, &Sandbox::start().await.unwrap()] {
        for certificate in identity.sender_certificate().chain() {
            assert!(
                certificate.serial_hex().len() <= 20,
                "{}",
                certificate.serial_hex()
            );
            let serial: u128 = certificate.serial_decimal().parse().unwrap();
            assert!(serial < 1 << 79);
            // id-ce-subjectKeyIdentifier
            let identifier = [0x06, 0x03, 0x55, 0x1d, 0x0e];
            let der = certificate.der();
            assert!(der.windows(5).any(|window| window == identifier));
        }
    }
}

#[tokio::test]
async fn the_host_name_stands_in_the_servers_certificate_only_on_request() {
    use rustls::pki_types::{CertificateDer, ServerName};
    for (names, fits) in [(&["sandbox.example.com"][..], true), (&[], false)] {
        let settings = names.iter().fold(standing(), |s, name| s.host_name(*name));
        let (sandbox, client) = with(settings).await;
        let der = CertificateDer::from(client.server_certificate.clone());
        let certificate = rustls::server::ParsedCertificate::try_from(&der).unwrap();
        let name = ServerName::try_from("sandbox.example.com").unwrap();
        let checked = rustls::client::verify_server_name(&certificate, &name);
        assert_eq!(checked.is_ok(), fits);
        drop(sandbox);
    }
}

#[tokio::test]
async fn a_broker_signs_by_its_own_certificate_or_by_that_of_the_organisation_it_acts_for() {
    let owner = OrganizationNumber::new("123456789").unwrap();
    let broker = OrganizationNumber::new("988015814").unwrap();
    let settings = standing()
        .organization(Organization::new(broker.clone()).with_broker_rights_for(owner.clone()));
    let (sandbox, _) = with(settings).await;
    let now = sandbox.clock().now();
    let brokers = sandbox.issue(&broker, Validity::around(now)).unwrap();
    let mut client = Client::as_owner_of(&sandbox, &brokers).await;
    let draft = Draft::one();
    let request = draft.request.to_xml().unwrap();
    for identity in [&brokers, sandbox.sender_certificate()] {
        let package = draft.package(&draft.manifest_xml(), identity, now);
        let (content_type, chunks) = java(&request, &package);
        let reply = client.create("123456789", &content_type, chunks).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    }
}

#[tokio::test]
async fn packages_and_connections_of_other_issuers_are_let_in_on_request() {
    let (other, _) = fixed().await;
    let foreign = other.sender_certificate();
    let anchors = foreign.chain()[1..].to_vec();
    let settings = standing().trust_also(anchors);
    let (sandbox, _) = with(settings).await;
    let mut client = Client::as_owner_of(&sandbox, &leaf_alone(foreign)).await;
    let draft = Draft::one();
    let now = sandbox.clock().now();
    let package = draft.package(&draft.manifest_xml(), foreign, now);
    let (content_type, chunks) = java(&draft.request.to_xml().unwrap(), &package);
    let reply = client.create("123456789", &content_type, chunks).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn a_root_with_a_trailing_slash_serves_too() {
    let (sandbox, mut client) = fixed().await;
    for path in ["/api//123456789", "/api/123456789/"] {
        assert_eq!(client.get(path).await.text(), "You are 123456789", "{path}");
    }
    let jobs = "/api//123456789/portal/signature-jobs?polling_queue";
    assert_eq!(client.get(jobs).await.status, StatusCode::NO_CONTENT);
    drop(sandbox);
}

#[tokio::test]
async fn a_poll_with_a_body_is_refused() {
    let (_sandbox, mut client) = fixed().await;
    let body = http_body_util::Full::new(Bytes::from_static(b"<a/>"));
    let request = Request::get(JOBS).body(BodyExt::boxed(body)).unwrap();
    let reply = client.try_send(request).await.unwrap();
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(reply.text().contains("A poll has no body"));
}

#[tokio::test]
async fn job_numbers_are_beyond_32_bits() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut client = Client::sender(&sandbox).await;
    let job = Draft::one().create(&sandbox, &mut client).await;
    assert!(job.id().0 > i64::from(u32::MAX));
    job.sign(0).unwrap();
    let change = change(&client.get(JOBS).await);
    assert_eq!(change.signature_job_id.get(), job.id().0);
}

#[tokio::test]
async fn a_rate_block_is_told_once() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observed = Arc::clone(&seen);
    let settings = standing().limit_call_rate(true).observe(move |event| {
        if let RequestEvent::RateBlocked { organization, .. } = event {
            observed.lock().unwrap().push(organization.to_owned());
        }
    });
    let (sandbox, mut client) = with(settings).await;
    for _ in 0..14 {
        client.get("/api/123456789").await;
    }
    assert_eq!(*seen.lock().unwrap(), ["123456789"]);
    let remarks: Vec<_> = sandbox
        .journal()
        .into_iter()
        .filter_map(|c| c.remark)
        .collect();
    assert_eq!(remarks.len(), 1);
    assert!(remarks[0].contains("--no-call-limit"), "{}", remarks[0]);
}

/// Creates whose clients close the connection after the last byte.
#[tokio::test]
async fn a_call_whose_client_hangs_up_runs_to_its_end_and_is_noted() {
    let (sandbox, _) = fixed().await;
    let draft = Draft::one();
    let now = sandbox.clock().now();
    let package = draft.package(&draft.manifest_xml(), sandbox.sender_certificate(), now);
    let (content_type, chunks) = csharp(&draft.request.to_xml().unwrap(), &package);
    for _ in 0..30 {
        Client::send_and_hang_up(&sandbox, JOBS, &content_type, &chunks[0]).await;
    }
    let done = || sandbox.journal().len() == 30;
    for _ in 0..500 {
        if done() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(sandbox.journal().len(), 30);
    assert_eq!(sandbox.jobs().len(), 30);
    assert!(sandbox.journal().iter().any(|call| call.client_gone));
}

#[tokio::test]
async fn a_fault_can_carry_headers() {
    use portal_sandbox::{Endpoint, Fault, StatusWithHeaders};
    let (sandbox, mut client) = fixed().await;
    let busy = StatusWithHeaders::new(503).with_header("Retry-After", "7");
    sandbox
        .faults()
        .next(1, Endpoint::Poll, Fault::StatusWith(busy));
    let reply = client.call(Method::GET, JOBS).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.header("retry-after"), Some("7"));
}

#[tokio::test]
async fn by_default_time_runs_and_an_empty_queue_may_be_polled_again_soon() {
    let sandbox = Sandbox::start().await.unwrap();
    assert!(!sandbox.clock().is_controlled());
    let mut client = Client::sender(&sandbox).await;
    let reply = client.get(JOBS).await;
    let next: Timestamp = reply
        .header("x-next-permitted-poll-time")
        .unwrap()
        .parse()
        .unwrap();
    let ahead = next.duration_since(sandbox.clock().now());
    assert!(ahead <= jiff::SignedDuration::from_millis(51), "{ahead}");
    sandbox.clock().sleep_until(next).await;
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn advancing_wakes_every_sleeper() {
    for clock in [
        SandboxClock::real(),
        SandboxClock::controlled(Timestamp::UNIX_EPOCH),
    ] {
        let far = clock.now() + Duration::from_secs(3600);
        let sleepers: Vec<_> = (0..3)
            .map(|_| {
                let clock = clock.clone();
                tokio::spawn(async move { clock.sleep_until(far).await })
            })
            .collect();
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(1800));
        tokio::task::yield_now().await;
        assert!(sleepers.iter().all(|sleeper| !sleeper.is_finished()));
        clock.advance(Duration::from_secs(1801));
        for sleeper in sleepers {
            sleeper.await.unwrap();
        }
    }
}

/// As the C# client writes a DateTime that has no kind.
#[tokio::test]
async fn a_time_without_an_offset_is_norwegian() {
    let (sandbox, mut client) = fixed().await;
    let draft = Draft::one();
    for (number, (written, activation)) in (1..).zip([
        ("2026-12-01T08:00:00", "2026-12-01T07:00:00Z"),
        (
            "2026-07-01T08:00:00.1234567",
            "2026-07-01T06:00:00.1234567Z",
        ),
        ("2026-07-01T08:00:00+01:00", "2026-07-01T07:00:00Z"),
    ]) {
        let manifest = draft.manifest_xml().replace(
            "</documents>",
            &format!(
                "</documents><availability><activation-time>{written}</activation-time></availability>"
            ),
        );
        let now = sandbox.clock().now();
        let package = draft.package(&manifest, sandbox.sender_certificate(), now);
        let (content_type, chunks) = csharp(&draft.request.to_xml().unwrap(), &package);
        let reply = client.create("123456789", &content_type, chunks).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let job = sandbox.job(number);
        assert_eq!(job.activation().unwrap().to_string(), activation);
        let remark = sandbox.journal().pop().unwrap().remark;
        assert_eq!(remark.is_some(), !written.contains('+'), "{remark:?}");
    }
}
