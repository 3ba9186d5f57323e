//! Wrong things tried: each is refused with an error that says what and how to fix it, and leaves
//! no job at the service and no file half-written.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use portal_client::{Document, Error, JobError, PortalClient, Signer};
use portal_model::OrganizationNumber;
use portal_sandbox::{Sandbox, Validity};
use portal_transport::{Body, BoxFuture, ReqwestTransport, ServerTrust, Transport, TransportError};

use crate::sandbox_clients::{
    BOTH, Over, account, client, client_over, client_with, settings, small_job, trust_in,
};

/// A job can't be created, nothing reached the sandbox, and the error says so.
async fn refused_before_any_call(sandbox: &Sandbox, client: &PortalClient) -> String {
    let job = small_job(client).build_blocking().unwrap();
    let error = client.create(&job).await.unwrap_err();
    let Error::Transport { source, .. } = &error else {
        panic!("expected an error of the transport, got {error:?}");
    };
    assert!(!source.request_may_have_reached_service(), "{error:?}");
    assert!(sandbox.jobs().is_empty());
    assert!(sandbox.journal().iter().all(|call| call.status == 0));
    masked(&account(&error))
}

/// Ports, serial numbers and dates differ from run to run.
pub(crate) fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for word in text.split_inclusive([' ', '\n']) {
        let (head, end) = word.split_at(word.trim_end().len());
        let core = head.trim_end_matches([',', ';', ')', ':']);
        let is_date = core.len() >= 10 && core.as_bytes()[4] == b'-' && core.starts_with('2');
        let is_serial = core.len() >= 12 && core.bytes().all(|b| b.is_ascii_hexdigit());
        if is_date {
            masked.push_str("[date]");
            masked.push_str(&head[core.len()..]);
        } else if is_serial {
            masked.push_str("[serial]");
            masked.push_str(&head[core.len()..]);
        } else {
            masked.push_str(head);
        }
        masked.push_str(end);
    }
    masked
}

#[tokio::test]
async fn a_server_of_another_organization() {
    let other = OrganizationNumber::new("988015814").unwrap();
    let sandbox = Sandbox::builder()
        .server_organization(other)
        .start()
        .await
        .unwrap();
    for over in BOTH {
        let trust = ServerTrust::new([sandbox.trust_anchor_der()]).unwrap();
        let client = client_with(&sandbox, over, sandbox.sender_certificate(), trust);
        let account = refused_before_any_call(&sandbox, &client).await;
        insta::assert_snapshot!("a_server_of_another_organization", account);
    }
}

#[tokio::test]
async fn a_server_of_another_authority() {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    let other = Sandbox::builder().standing_clock().start().await.unwrap();
    for over in BOTH {
        let certificate = sandbox.sender_certificate();
        let client = client_with(&sandbox, over, certificate, trust_in(&other));
        let account = refused_before_any_call(&sandbox, &client).await;
        insta::assert_snapshot!("a_server_of_another_authority", account);
    }
}

#[tokio::test]
async fn a_server_whose_certificate_has_expired() {
    let expired = Validity::expired_at(jiff::Timestamp::now());
    let sandbox = Sandbox::builder()
        .server_validity(expired)
        .start()
        .await
        .unwrap();
    for over in BOTH {
        let client = client(&sandbox, over);
        let account = refused_before_any_call(&sandbox, &client).await;
        insta::assert_snapshot!("a_server_whose_certificate_has_expired", account);
    }
}

#[tokio::test]
async fn a_client_with_a_certificate_of_another_authority() {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    let other = Sandbox::builder().standing_clock().start().await.unwrap();
    for over in BOTH {
        let certificate = other.sender_certificate();
        let client = client_with(&sandbox, over, certificate, trust_in(&sandbox));
        let error = client.who_am_i(None).await.unwrap_err();
        assert!(sandbox.journal().iter().all(|call| call.status == 0));
        // What comes after these is the HTTP library's own, and depends on when the alert arrives.
        let ours: Vec<String> = account(&error).lines().take(2).map(masked).collect();
        let name = "a_client_with_a_certificate_of_another_authority";
        insta::assert_snapshot!(name, ours.join("\n"));
    }
}

/// Changes one byte of each request's body, counted from its end.
#[derive(Debug)]
struct Tampering {
    inner: ReqwestTransport,
    from_end: usize,
}

impl Transport for Tampering {
    fn send(
        &self,
        request: Request<Body>,
    ) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let mut bytes = body.collect(10_000_000).await.unwrap().to_vec();
            let position = bytes.len() - self.from_end;
            bytes[position] ^= 1;
            let body = Body::from(Bytes::from(bytes));
            self.inner.send(Request::from_parts(head, body)).await
        })
    }
}

#[tokio::test]
async fn a_package_with_one_byte_changed_on_its_way() {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    let honest = client(&sandbox, Over::Reqwest);
    let job = small_job(&honest).build_blocking().unwrap();
    let package = honest.package(&job).await.unwrap().into_bytes().unwrap();
    // The closing boundary comes after the package, so that all of these lie within the package.
    let positions = (80..package.len()).step_by(package.len() / 7);
    for from_end in positions {
        let certificate = sandbox.sender_certificate();
        let settings = settings(&sandbox, certificate, trust_in(&sandbox));
        let tampering = Tampering {
            inner: ReqwestTransport::new(settings).unwrap(),
            from_end,
        };
        let client = client_over(&sandbox, certificate, Arc::new(tampering));
        let job = small_job(&client).build_blocking().unwrap();
        match client.create(&job).await {
            Err(Error::Unexpected { source, .. }) => {
                assert_eq!(source.status(), 400);
                assert_eq!(
                    source.error_code(),
                    Some("ASICE_VALIDATION_FAILED"),
                    "{from_end}"
                );
            }
            other => panic!("byte {from_end} from the end: {other:?}"),
        }
    }
    assert!(sandbox.jobs().is_empty());
}

fn violations(error: JobError) -> String {
    match error {
        JobError::Rules(report) => report.to_string(),
        other => panic!("expected a report, got {other:?}"),
    }
}

#[tokio::test]
async fn a_job_with_eleven_signers_and_documents_that_are_no_pdf() {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    let client = client(&sandbox, Over::Reqwest);
    let signers = (2..=11).map(|n| Signer::by_email(format!("signer{n}@example.com")));
    let error = small_job(&client)
        .document(Document::pdf("A text", b"not a PDF at all".to_vec()))
        .document(Document::pdf("Nothing", Vec::new()))
        .signers(signers)
        .build_blocking()
        .unwrap_err();
    insta::assert_snapshot!(violations(error));
    assert!(sandbox.journal().iter().all(|call| call.status == 0));
}

#[tokio::test]
async fn a_download_to_a_folder_that_is_none() {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    let client = client(&sandbox, Over::Reqwest);
    let job = small_job(&client).build_blocking().unwrap();
    let created = client.create(&job).await.unwrap();
    sandbox.job(created.job_id()).sign(0).unwrap();
    let change = client.status_change(None).await.unwrap().change.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "in the way").unwrap();
    let download = client.pades(&change).await.unwrap();
    let error = download.save_to(file.join("signed.pdf")).await.unwrap_err();
    // The cause names the temporary file, which is named again each time.
    let text = error
        .to_string()
        .replace(&folder.path().display().to_string(), "[folder]");
    insta::assert_snapshot!(text);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    // The change was not confirmed, so that the document can still be fetched.
    let download = client.pades(&change).await.unwrap();
    download
        .save_to(folder.path().join("signed.pdf"))
        .await
        .unwrap();
}
