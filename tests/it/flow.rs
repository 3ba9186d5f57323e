//! The main job: created, signed group by group, polled, downloaded, confirmed.

use std::time::Duration;

use portal_asice::Verifier;
use portal_client::{
    Error, Job, Notification, PortalClient, PortalSignatureJobStatus, Signer, SignerStatus,
    StatusChange, UnexpectedResponse,
};
use portal_sandbox::{Sandbox, SandboxClock};

use crate::sandbox_clients::{BOTH, Over, bare_client, client, small_job, two_documents};

/// The documentation's sample signers, in the order 1, 2, 2, 3.
fn chained_job(client: &PortalClient) -> Job {
    two_documents(client)
        .signer(
            Signer::by_personal_number("12345678910", Notification::email("signer1@example.com"))
                .order(1),
        )
        .signer(Signer::by_email("signer2@example.com").order(2))
        .signer(Signer::by_personal_number("01013300001", Notification::lookup_with_sms()).order(2))
        .signer(Signer::by_mobile("99999999").order(3))
        .available_for(Duration::from_secs(864_000))
        .build_blocking()
        .unwrap()
}

fn statuses(change: &StatusChange) -> Vec<String> {
    change
        .signatures()
        .iter()
        .map(|signature| signature.status().to_string())
        .collect()
}

async fn next_change(sandbox: &Sandbox, client: &PortalClient) -> StatusChange {
    let polled = client.status_change(None).await.unwrap();
    let wait = polled.next_poll.wait();
    if !wait.is_zero() {
        sandbox.clock().advance(wait);
    }
    polled.change.expect("a change is on the queue")
}

/// A 204, after which the clock stands where the next poll is permitted.
async fn expect_no_change(sandbox: &Sandbox, client: &PortalClient) {
    let polled = client.status_change(None).await.unwrap();
    assert!(polled.change.is_none());
    let wait = polled.next_poll.wait();
    assert!(
        !wait.is_zero(),
        "an empty queue has a next permitted time in the future"
    );
    sandbox.clock().advance(wait);
}

#[tokio::test]
async fn a_chained_job_goes_all_the_way_over_both_transports() {
    for over in BOTH {
        let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
        let client = client(&sandbox, over);
        let created = client.create(&chained_job(&client)).await.unwrap();
        let at_service = sandbox.job(created.job_id());

        expect_no_change(&sandbox, &client).await;

        let expected = [
            ["SIGNED", "WAITING", "WAITING", "WAITING"],
            ["SIGNED", "SIGNED", "WAITING", "WAITING"],
            ["SIGNED", "SIGNED", "SIGNED", "WAITING"],
            ["SIGNED", "SIGNED", "SIGNED", "SIGNED"],
        ];
        for (signer, expected) in expected.iter().enumerate() {
            at_service.sign(signer).unwrap();
            let change = next_change(&sandbox, &client).await;
            assert_eq!(statuses(&change), expected, "{over:?}");
            assert_eq!(
                change
                    .reference()
                    .map(portal_client::SignatureJobReference::reveal),
                Some("123-ABC")
            );
            if signer < 3 {
                assert_eq!(change.status(), PortalSignatureJobStatus::InProgress);
            } else {
                assert_eq!(
                    change.status(),
                    PortalSignatureJobStatus::CompletedSuccessfully
                );
                downloads_are_whole(&client, &change).await;
            }
            client.confirm(&change).await.unwrap();
            expect_no_change(&sandbox, &client).await;
        }
    }
}

async fn downloads_are_whole(client: &PortalClient, change: &StatusChange) {
    let folder = tempfile::tempdir().unwrap();
    let pades = folder.path().join("signed.pdf");
    let length = client
        .pades(change)
        .await
        .unwrap()
        .save_to(&pades)
        .await
        .unwrap();
    let bytes = std::fs::read(&pades).unwrap();
    assert_eq!(length, bytes.len() as u64);
    assert!(bytes.starts_with(b"%PDF-"));
    for signer in change.record().signers_with_xades() {
        let xades = folder.path().join(format!("{signer}.xml"));
        client
            .xades(change, signer)
            .await
            .unwrap()
            .save_to(&xades)
            .await
            .unwrap();
        assert!(
            std::fs::read_to_string(&xades)
                .unwrap()
                .contains("XAdESSignatures")
        );
    }
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(
        files,
        1 + change.signatures().len(),
        "no temporary file is left"
    );
}

#[tokio::test]
async fn polling_before_the_permitted_time_says_when() {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    let client = client(&sandbox, Over::Reqwest);
    let first = client.status_change(None).await.unwrap();
    match client.status_change(None).await {
        Err(Error::TooEarly { next_poll, .. }) => {
            assert!(next_poll.permitted_at >= first.next_poll.permitted_at);
        }
        other => panic!("expected too early, got {other:?}"),
    }
}

#[tokio::test]
async fn cancelling_ends_a_job_and_is_refused_when_it_has_ended() {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    let client = client(&sandbox, Over::Hyper);
    let job = small_job(&client).build_blocking().unwrap();
    let created = client.create(&job).await.unwrap();
    client.cancel(&created).await.unwrap();
    let change = next_change(&sandbox, &client).await;
    assert_eq!(change.status(), PortalSignatureJobStatus::Failed);
    assert_eq!(*change.signatures()[0].status(), SignerStatus::CANCELLED);
    assert!(matches!(
        client.cancel(&created).await,
        Err(Error::CannotBeCancelled { .. })
    ));
    client.confirm(&change).await.unwrap();
}

#[tokio::test]
async fn a_named_queue_with_a_space_and_an_ae_is_found_again() {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    let client = client(&sandbox, Over::Reqwest);
    let sender = portal_client::Sender::from(sandbox.sender().clone()).with_queue("kø & æ+1");
    let job = small_job(&client)
        .sender(sender.clone())
        .build_blocking()
        .unwrap();
    let created = client.create(&job).await.unwrap();
    sandbox.job(created.job_id()).sign(0).unwrap();
    assert!(
        client.status_change(None).await.unwrap().change.is_none(),
        "not on the default queue"
    );
    let change = client.status_change(&sender).await.unwrap().change.unwrap();
    assert_eq!(change.job_id(), created.job_id());
}

#[tokio::test]
async fn the_package_that_would_be_sent_verifies_under_the_sandboxs_root() {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    let client = client(&sandbox, Over::Reqwest);
    let package = client.package(&chained_job(&client)).await.unwrap();
    let announced = package.len();
    let bytes = package.into_bytes().unwrap();
    assert_eq!(announced, bytes.len() as u64);
    let anchor = portal_certificate::Certificate::from_der(sandbox.trust_anchor_der()).unwrap();
    let verifier = Verifier::new([anchor]).organization(sandbox.sender().clone());
    let verified = verifier.verify(&bytes, client.now()).unwrap();
    assert_eq!(verified.documents().len(), 2);
}

#[tokio::test]
async fn a_built_client_keeps_to_ten_calls_a_second() {
    let sandbox = Sandbox::builder()
        .clock(SandboxClock::real())
        .limit_call_rate(true)
        .start()
        .await
        .unwrap();
    let client = client(&sandbox, Over::Reqwest);
    for _ in 0..12 {
        client.who_am_i(None).await.unwrap();
    }
}

/// The service's Java client runs out of connections at the tenth download that is not read.
#[tokio::test]
async fn downloads_that_nobody_reads_keep_no_other_call_waiting() {
    for over in BOTH {
        let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
        let client = bare_client(&sandbox, over);
        let job = small_job(&client).build_blocking().unwrap();
        let created = client.create(&job).await.unwrap();
        sandbox.job(created.job_id()).sign(0).unwrap();
        let change = client.status_change(None).await.unwrap().change.unwrap();
        let mut unread = Vec::new();
        for _ in 0..25 {
            unread.push(client.pades(&change).await.unwrap());
        }
        client.confirm(&change).await.unwrap();
        for download in unread {
            let pdf = download.bytes(1_000_000).await.unwrap();
            assert!(pdf.starts_with(b"%PDF-"));
        }
    }
}

#[tokio::test]
async fn an_archived_document_is_fetched_by_its_id() {
    let sandbox = Sandbox::builder()
        .long_term_storage(true)
        .start()
        .await
        .unwrap();
    let client = client(&sandbox, Over::Hyper);
    let job = small_job(&client).build_blocking().unwrap();
    let created = client.create(&job).await.unwrap();
    sandbox.job(created.job_id()).sign(0).unwrap();
    let id = sandbox.job(created.job_id()).archive_id().unwrap().unwrap();
    let change = client.status_change(None).await.unwrap().change.unwrap();
    client.confirm(&change).await.unwrap();

    let archived = client.archived_pades(None, &id).await.unwrap();
    let pdf = archived.bytes(1_000_000).await.unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let unknown = client.archived_pades(None, "0").await.unwrap_err();
    let code = unknown.response().and_then(UnexpectedResponse::error_code);
    assert_eq!(code, Some("ARCHIVED_DOCUMENT_NOT_FOUND"), "{unknown:?}");
}
