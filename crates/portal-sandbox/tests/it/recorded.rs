//! The official C# client's requests as they were recorded, byte for byte, head and body, sent by a TLS
//! client that presents its own certificate alone.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use portal_asice::Verifier;
use portal_certificate::Certificate;
use portal_model::OrganizationNumber;
use portal_sandbox::{JobState, Organization, Sandbox, SandboxClock};

use crate::client::{Client, standing};
use crate::clients::leaf_alone;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recorded/csharp")
}

fn recorded(name: &str) -> Vec<u8> {
    fs::read(folder().join(format!("{name}.http"))).unwrap()
}

fn certificate(name: &str) -> Certificate {
    let pem = fs::read(folder().join(format!("certificates/{name}.pem"))).unwrap();
    Certificate::from_pem(&pem).unwrap()
}

fn position(bytes: &[u8], text: &[u8]) -> usize {
    bytes
        .windows(text.len())
        .position(|window| window == text)
        .unwrap()
}

/// The package in a create call: from the first local header of the ZIP to the closing boundary.
fn package(request: &[u8]) -> &[u8] {
    let start = position(request, b"PK\x03\x04");
    let end = request
        .windows(4)
        .rposition(|window| window == b"\r\n--")
        .unwrap();
    &request[start..end]
}

/// When a package was signed; it verifies by the recorded issuers.
fn signed_at(request: &[u8]) -> Timestamp {
    let verifier = Verifier::new([certificate("root"), certificate("enterprise")]);
    let by_sender = OrganizationNumber::new("988015814").unwrap();
    let verifier = verifier.any_signing_time().organization(by_sender);
    let verified = verifier.verify(package(request), Timestamp::now()).unwrap();
    verified.signing_time()
}

struct Service {
    sandbox: Sandbox,
}

impl Service {
    /// A sandbox whose clock stands at a time and that trusts the recorded issuers.
    async fn at(time: Timestamp) -> Self {
        let sandbox = standing()
            .clock(SandboxClock::controlled(time))
            .sender(Organization::new(
                OrganizationNumber::new("988015814").unwrap(),
            ))
            .trust_also([certificate("root"), certificate("enterprise")]);
        Self {
            sandbox: sandbox.start().await.unwrap(),
        }
    }

    async fn send(&self, request: &[u8]) -> (u16, String) {
        let alone = leaf_alone(self.sandbox.sender_certificate());
        Client::send_as_recorded(&self.sandbox, &alone, request).await
    }

    async fn replay(&self, name: &str) -> (u16, String) {
        self.send(&recorded(name)).await
    }
}

#[tokio::test]
async fn every_recorded_request_is_responded_to_as_documented() {
    let (full, plain) = (recorded("create"), recorded("create-plain"));
    let service = Service::at(signed_at(&full).min(signed_at(&plain))).await;
    assert_eq!(
        service.replay("root").await,
        (200, "You are 988015814".to_owned())
    );
    let (status, archived) = service.replay("archive").await;
    assert_eq!(status, 404);
    assert!(archived.contains("ARCHIVED_DOCUMENT_NOT_FOUND"));

    let mut creates = [full, plain];
    creates.sort_by_key(|request| signed_at(request));
    for (number, request) in (1..).zip(&creates) {
        service.sandbox.clock().set(signed_at(request)).unwrap();
        let (status, created) = service.send(request).await;
        assert_eq!(status, 200, "{created}");
        assert!(
            created.contains(&format!("<signature-job-id>{number}<")),
            "{created}"
        );
    }
    // The follow-up calls are about the jobs 1 and 2.
    let (status, body) = service.replay("cancel").await;
    assert_eq!((status, body.as_str()), (204, ""));
    let job = service.sandbox.job(1);
    let activation = job.activation().unwrap();
    if activation > service.sandbox.clock().now() {
        service.sandbox.clock().set(activation).unwrap();
    }
    while !job.sign_current_group().unwrap().is_empty() {}
    assert_eq!(job.state(), Ok(JobState::CompletedSuccessfully));
    let (status, pades) = service.replay("pades").await;
    assert_eq!(status, 200);
    assert!(pades.starts_with("%PDF-1.7"));
    let (status, xades) = service.replay("xades").await;
    assert_eq!(status, 200);
    assert!(xades.contains("<SigningTime>"));

    // One of the jobs is in the default queue and one in its own.
    let mut changes = 0;
    for name in ["poll", "poll-queue"] {
        loop {
            let (status, change) = service.replay(name).await;
            if status == 204 {
                break;
            }
            assert_eq!(status, 200, "{change}");
            changes += 1;
            if change.contains("<signature-job-id>1<") {
                assert_eq!(service.replay("confirm").await.0, 200);
            } else {
                let confirmed = recorded("confirm");
                let text = String::from_utf8(confirmed).unwrap();
                let other = text.replace("signature-jobs/1/", "signature-jobs/2/");
                assert_eq!(service.send(other.as_bytes()).await.0, 200);
            }
        }
    }
    assert!(changes >= 2);
    assert_eq!(service.sandbox.jobs().len(), 0);
}
