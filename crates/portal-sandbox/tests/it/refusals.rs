//! Create calls that are refused, each without leaving a job behind.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use portal_model::{
    Availability, AvailableSeconds, ErrorDocument, OrganizationNumber, XmlDocument,
};
use portal_rules::Sector;
use portal_sandbox::{Organization, Sandbox, SandboxClock, Validity};

use crate::client::{Client, Reply, standing};
use crate::jobs::{Draft, by_lookup, by_number, csharp};

async fn fixed() -> (Sandbox, Client) {
    let clock = SandboxClock::controlled("2026-03-01T08:00:00Z".parse().unwrap());
    let sandbox = standing().clock(clock).start().await.unwrap();
    let client = Client::sender(&sandbox).await;
    (sandbox, client)
}

/// Checks that the response refuses, that nothing was made, and gives code and message.
fn refusal(sandbox: &Sandbox, reply: &Reply, status: StatusCode) -> String {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/xml"));
    assert_eq!(sandbox.jobs().len(), 0);
    let error = ErrorDocument::from_response(&reply.body).unwrap().value;
    assert_eq!(error.error_type, "CLIENT");
    format!("{}\n{}", error.error_code, error.error_message)
}

async fn send(sandbox: &Sandbox, client: &mut Client, request: &str, package: &[u8]) -> String {
    let (content_type, chunks) = csharp(request, package);
    let reply = client.create("123456789", &content_type, chunks).await;
    refusal(sandbox, &reply, StatusCode::BAD_REQUEST)
}

/// A package of this draft as the sender signs it now.
fn package(sandbox: &Sandbox, draft: &Draft) -> Vec<u8> {
    let now = sandbox.clock().now();
    draft.package(&draft.manifest_xml(), sandbox.sender_certificate(), now)
}

const REQUEST: &str =
    r#"<portal-signature-job-request xmlns="http://signering.posten.no/schema/v1"/>"#;

#[tokio::test]
async fn a_message_that_is_not_two_parts() {
    let (sandbox, mut client) = fixed().await;
    let body = |text: &str| vec![Bytes::copy_from_slice(text.as_bytes())];
    for (name, content_type, text) in [
        ("not_multipart", "application/xml", "<a/>"),
        ("no_boundary", "multipart/mixed", ""),
        ("other_boundary", "multipart/mixed; boundary=a", "--b--"),
        (
            "one_part",
            "multipart/mixed; boundary=a",
            "--a\r\nContent-Type: application/xml\r\n\r\n<a/>\r\n--a--",
        ),
        (
            "cut_short",
            "multipart/mixed; boundary=a",
            "--a\r\nContent-Type: application/xml\r\n\r\n<a/>\r\n",
        ),
    ] {
        let reply = client.create("123456789", content_type, body(text)).await;
        let refusal = refusal(&sandbox, &reply, StatusCode::BAD_REQUEST);
        insta::assert_snapshot!(format!("message_{name}"), refusal);
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_and_the_connection_lives() {
    let (sandbox, mut client) = fixed().await;
    let megabyte = Bytes::from(vec![b'x'; 1024 * 1024]);
    let content_type = "multipart/mixed; boundary=a";
    // Far beyond the limit too the sender comes to read why.
    let chunks = vec![megabyte.clone(); 90];
    let reply = client.create("123456789", content_type, chunks).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    let reply = client
        .create("123456789", content_type, vec![megabyte; 17])
        .await;
    let refusal = refusal(&sandbox, &reply, StatusCode::PAYLOAD_TOO_LARGE);
    insta::assert_snapshot!("too_large", refusal);
    assert_eq!(client.get("/api/123456789").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_document_against_the_schema() {
    let (sandbox, mut client) = fixed().await;
    let package = package(&sandbox, &Draft::one());
    let long = REQUEST.replace(
        "/>",
        &format!(
            "><reference>{}</reference></portal-signature-job-request>",
            "x".repeat(51)
        ),
    );
    for (name, request) in [
        ("not_xml", "hello"),
        ("doctype", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"),
        (
            "other_root",
            r#"<error xmlns="http://signering.posten.no/schema/v1"/>"#,
        ),
        ("long_reference", &long),
    ] {
        let refusal = send(&sandbox, &mut client, request, &package).await;
        insta::assert_snapshot!(format!("request_{name}"), refusal);
    }
}

#[tokio::test]
async fn a_package_with_one_byte_changed() {
    let (sandbox, mut client) = fixed().await;
    let draft = Draft::one();
    let package = package(&sandbox, &draft);
    let inside = |part: &[u8]| {
        let found = package
            .windows(part.len())
            .position(|window| window == part);
        found.unwrap() + part.len() / 2
    };
    let places = [
        ("document", inside(&draft.files[0].1)),
        ("manifest", inside(draft.manifest_xml().as_bytes())),
        ("digest", inside(b"<DigestValue>") + 10),
        ("signature", inside(b"<SignatureValue>") + 20),
        ("signing time", inside(b"<SigningTime>") + 20),
    ];
    for (what, place) in places {
        let mut changed = package.clone();
        changed[place] ^= 1;
        let refusal = send(&sandbox, &mut client, REQUEST, &changed).await;
        assert!(
            refusal.starts_with("ASICE_VALIDATION_FAILED\n"),
            "{what}: {refusal}"
        );
    }
    let mut places: Vec<_> = (0..package.len()).step_by(package.len() / 40).collect();
    places.push(package.len() - 1);
    for place in places {
        let mut changed = package.clone();
        changed[place] ^= 0x20;
        let (content_type, chunks) = csharp(REQUEST, &changed);
        let reply = client.create("123456789", &content_type, chunks).await;
        // Some bytes of a ZIP file say nothing: dates, for one. What they are in is still whole.
        if reply.status != StatusCode::OK {
            let error = ErrorDocument::from_response(&reply.body).unwrap().value;
            assert_eq!(error.error_code, "ASICE_VALIDATION_FAILED", "at {place}");
        }
    }
}

#[tokio::test]
async fn a_package_that_is_none_or_is_of_somebody_or_some_time_else() {
    let (sandbox, mut client) = fixed().await;
    let draft = Draft::one();
    let manifest = draft.manifest_xml();
    let now = sandbox.clock().now();

    let refusal = send(&sandbox, &mut client, REQUEST, b"PK").await;
    insta::assert_snapshot!("package_not_zip", refusal);

    let stranger = OrganizationNumber::new("988015814").unwrap();
    let stranger = sandbox.issue(&stranger, Validity::around(now)).unwrap();
    let refusal = send(
        &sandbox,
        &mut client,
        REQUEST,
        &draft.package(&manifest, &stranger, now),
    )
    .await;
    insta::assert_snapshot!("package_of_another_organization", refusal);

    let (other, _) = fixed().await;
    let other = draft.package(&manifest, other.sender_certificate(), now);
    let refusal = send(&sandbox, &mut client, REQUEST, &other).await;
    insta::assert_snapshot!("package_of_another_authority", refusal);

    let expired = sandbox
        .issue(sandbox.sender(), Validity::expired_at(now))
        .unwrap();
    let expired = draft.package(&manifest, &expired, now);
    let refusal = send(&sandbox, &mut client, REQUEST, &expired).await;
    assert!(
        refusal.starts_with("ASICE_VALIDATION_FAILED\n"),
        "{refusal}"
    );

    let second = Duration::from_secs(1);
    for (name, at) in [("early", now + 6 * second), ("late", now - 6 * second)] {
        let package = draft.package(&manifest, sandbox.sender_certificate(), at);
        let refusal = send(&sandbox, &mut client, REQUEST, &package).await;
        insta::assert_snapshot!(format!("signing_time_{name}"), refusal);
    }
    for at in [now + 5 * second, now - 5 * second] {
        let package = draft.package(&manifest, sandbox.sender_certificate(), at);
        let (content_type, chunks) = csharp(REQUEST, &package);
        let reply = client.create("123456789", &content_type, chunks).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    }
}

#[tokio::test]
async fn a_manifest_against_the_schema() {
    let (sandbox, mut client) = fixed().await;
    let draft = Draft::one();
    let good = draft.manifest_xml();
    let signer_start = good.find("<signer ").unwrap();
    let signer_end = good.find("</signer>").unwrap() + "</signer>".len();
    let signer = &good[signer_start..signer_end];
    let eleven = good.replace(signer, &signer.repeat(11));
    let no_title = good.replace("<title>Tenancy</title>", "");
    let other_sender = good.replace("123456789</org", "988015814</org");
    for (name, manifest) in [
        ("not_xml", "hello"),
        ("eleven_signers", &eleven),
        ("no_title", &no_title),
        ("another_sender", &other_sender),
        (
            "another_file",
            &good.replace("agreement.pdf", "elsewhere.pdf"),
        ),
    ] {
        let now = sandbox.clock().now();
        let package = draft.package(manifest, sandbox.sender_certificate(), now);
        let refusal = send(&sandbox, &mut client, REQUEST, &package).await;
        insta::assert_snapshot!(format!("manifest_{name}"), refusal);
    }
}

#[tokio::test]
async fn a_manifest_that_names_fewer_files_than_there_are() {
    let (sandbox, mut client) = fixed().await;
    let draft = Draft::one();
    let good = draft.manifest_xml();
    let second = good.find("<document href=\"rules.pdf\"").unwrap();
    let end = good.find("</documents>").unwrap();
    let manifest = format!("{}{}", &good[..second], &good[end..]);
    let now = sandbox.clock().now();
    let package = draft.package(&manifest, sandbox.sender_certificate(), now);
    let refusal = send(&sandbox, &mut client, REQUEST, &package).await;
    insta::assert_snapshot!("manifest_fewer_files", refusal);
}

#[tokio::test]
async fn a_job_against_the_rules() {
    let (sandbox, mut client) = fixed().await;
    let mut twice = Draft::of(vec![
        by_number("12345678910", 1),
        by_number("12345678910", 2),
    ]);
    let day = 24 * 3600_i64;
    let availability = |days| {
        Availability::new().with_available_seconds(AvailableSeconds::new(days * day).unwrap())
    };
    twice.manifest.availability = Some(availability(91));
    twice.files[1].1 = b"Not a PDF".to_vec();
    let refusal = send(&sandbox, &mut client, REQUEST, &package(&sandbox, &twice)).await;
    insta::assert_snapshot!("rules_several", refusal);

    let mut longest = Draft::one();
    longest.manifest.availability = Some(availability(90));
    longest.create(&sandbox, &mut client).await;
}

#[tokio::test]
async fn a_private_sender_may_not_use_the_contact_register() {
    let sender = OrganizationNumber::new("123456789").unwrap();
    let sandbox = standing()
        .sender(Organization::new(sender).with_sector(Sector::Private))
        .start()
        .await
        .unwrap();
    let mut client = Client::sender(&sandbox).await;
    let draft = Draft::of(vec![by_lookup("12345678910", 1)]);
    let refusal = send(&sandbox, &mut client, REQUEST, &package(&sandbox, &draft)).await;
    insta::assert_snapshot!("rules_private_sender", refusal);
}
