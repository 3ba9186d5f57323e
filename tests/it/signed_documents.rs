//! What the client finds in documents that come back signed, and whether they are of the job that was sent.

use portal_client::portal_verify::{FindingCode, Received, Sent, job};
use portal_client::{DocumentReport, PortalClient, SaveOptions, StatusChange};
use portal_sandbox::{DocumentDefect, Endpoint, Fault, Sandbox};

use crate::sandbox_clients::{BOTH, Over, bare_client, small_job};

/// A sandbox with a job that its signer has signed, and what was sent.
async fn signed(over: Over) -> (Sandbox, PortalClient, StatusChange, Sent) {
    let sandbox = Sandbox::builder().standing_clock().first_job(1);
    let sandbox = sandbox.start().await.unwrap();
    let client = bare_client(&sandbox, over);
    let job = small_job(&client).build().await.unwrap();
    let created = client.create(&job).await.unwrap();
    sandbox.job(1).sign(0).unwrap();
    let change = client.status_change(None).await.unwrap().change.unwrap();
    (sandbox, client, change, created.sent().clone())
}

#[tokio::test]
async fn what_was_sent_is_found_in_what_comes_back() {
    for over in BOTH {
        let (_sandbox, client, change, sent) = signed(over).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signed.pdf");
        let download = client.pades(&change).await.unwrap();
        let saved = download.save_and_verify(&path, SaveOptions::new());
        let pades = saved.await.unwrap();
        assert!(!pades.report.is_broken(), "{}", pades.report);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), pades.bytes);
        let DocumentReport::Pades(pades) = pades.report else {
            panic!("a PDF is a PAdES")
        };

        let signer = change.signatures()[0].index();
        let download = client.xades(&change, signer).await.unwrap();
        let path = folder.path().join("signature.xml");
        let saved = download.save_and_verify(&path, SaveOptions::new());
        let DocumentReport::Xades(xades) = saved.await.unwrap().report else {
            panic!("an XML is a XAdES")
        };

        assert_eq!(sent.documents.len(), 2);
        // Stored and read again, as beside a record.
        let stored = serde_json::to_string(&sent).unwrap();
        let sent: Sent = serde_json::from_str(&stored).unwrap();
        let received = Received::new().signed(1);
        let report = job(&sent, &received.pades_report(pades).xades_report(xades));
        assert!(!report.is_broken(), "{report}");
        let found = report.findings.iter();
        let found = found.filter(|finding| finding.code == FindingCode::DocumentFound);
        assert_eq!(found.count(), 2, "{report}");
    }
}

/// The report says so, and decides nothing: the document is saved.
#[tokio::test]
async fn a_document_that_was_changed_is_saved_with_its_findings() {
    let (sandbox, client, change, _) = signed(BOTH[0]).await;
    let broken = Fault::BrokenSignedDocument(DocumentDefect::ByteChanged);
    sandbox.faults().next(1, Endpoint::Pades, broken);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signed.pdf");
    std::fs::write(&path, "an earlier one").unwrap();
    let download = client.pades(&change).await.unwrap();
    let options = SaveOptions::new().replace_existing();
    let saved = download.save_and_verify(&path, options).await.unwrap();
    assert!(saved.report.is_broken(), "{}", saved.report);
    assert!(!saved.report.findings().is_empty());
    assert_eq!(std::fs::metadata(&path).unwrap().len(), saved.bytes);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
