//! What the sandbox makes, sound and broken.

use portal_sandbox::DocumentDefect;
use portal_verify::{
    DocumentFinding, FindingCode, FindingSeverity, KnownSeals, Received, job, pades, xades,
};

use crate::making::Maker;

/// The codes of all findings that are more than facts.
fn alarms(findings: &[DocumentFinding]) -> Vec<FindingCode> {
    let alarms = findings
        .iter()
        .filter(|it| it.severity > FindingSeverity::Info);
    alarms.map(|finding| finding.code).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_documents_give_facts_only() {
    let maker = Maker::new().await.unwrap();
    let mut known = KnownSeals::new();
    for (signers, documents) in [(1, 1), (2, 3), (10, 1), (3, 20), (10, 20)] {
        let made = maker.make(signers, &vec![500; documents]).await.unwrap();
        let received = made.received();
        let pdf = received.pades.as_ref().unwrap();
        // The front page takes a second one for many signers.
        assert!(pdf.pages.is_some_and(|pages| pages > documents as u64));
        assert_eq!(pdf.attachments.len(), signers);
        let seal = pdf.seal.as_ref().unwrap();
        known.remember(seal.certificate.as_ref().unwrap().fingerprint);
        assert_eq!(seal.certification, Some(1));
        let report = job(&made.sent, &received.known_seals(&known));
        assert_eq!(report.severity(), Some(FindingSeverity::Info), "{report}");
        let found = report
            .findings
            .iter()
            .filter(|it| it.code == FindingCode::DocumentFound);
        assert_eq!(found.count(), signers * documents);
    }
    assert_eq!(known.iter().count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_defect_of_the_sandbox_is_found_with_its_own_code() {
    let maker = Maker::new().await.unwrap();
    let (sent, change) = maker.signed(2, &[500, 600]).await.unwrap();
    let made = maker.download(sent, &change).await.unwrap();
    let sound = pades(&made.pades);
    let seal = sound.seal.unwrap().certificate.unwrap().fingerprint;
    let known: KnownSeals = [seal].into_iter().collect();
    for (defect, code) in [
        (DocumentDefect::ByteChanged, FindingCode::ContentChanged),
        (
            DocumentDefect::AppendedUpdate,
            FindingCode::ChangedAfterSealing,
        ),
        (
            DocumentDefect::WrongSignerCount,
            FindingCode::AttachmentCount,
        ),
        (DocumentDefect::OtherSeal, FindingCode::NewSeal),
    ] {
        let broken = maker.broken(&change, defect).await.unwrap();
        let received = made
            .xades
            .iter()
            .fold(Received::new(), |it, xml| it.xades(xml));
        let received = received.signed(2).pades(&broken).known_seals(&known);
        let report = job(&made.sent, &received);
        let mut codes = alarms(&report.findings);
        codes.extend(alarms(&report.received.pades.unwrap().findings));
        assert_eq!(codes, [code], "{defect:?}");
    }
    let defect = DocumentDefect::AttachmentExchanged;
    let broken = maker.broken(&change, defect).await.unwrap();
    let received = made
        .xades
        .iter()
        .fold(Received::new(), |it, xml| it.xades(xml));
    let report = job(&made.sent, &received.signed(2).pades(&broken));
    // The attachment is none of those downloaded, and one of those is not attached.
    assert_eq!(
        alarms(&report.findings),
        [FindingCode::AttachmentDiffers; 2]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_of_another_job_are_found_out() {
    let maker = Maker::new().await.unwrap();
    let one = maker.make(2, &[500, 600]).await.unwrap();
    let other = maker.make(1, &[700]).await.unwrap();
    let codes = |report: portal_verify::JobReport| alarms(&report.findings);
    // The XAdES names the documents as these are named, with other digests.
    let report = codes(job(&one.sent, &other.received()));
    assert_eq!(
        report,
        [FindingCode::DocumentDiffers, FindingCode::DocumentMissing]
    );
    let report = codes(job(&other.sent, &one.received()));
    assert_eq!(report, [FindingCode::DocumentDiffers; 2]);
    let report = codes(job(&one.sent, &one.received().signed(3)));
    assert_eq!(
        report,
        [FindingCode::XadesCount, FindingCode::AttachmentCount]
    );
    let mixed = Received::new().pades(&one.pades).xades(&one.xades[0]);
    let report = codes(job(&one.sent, &mixed.xades(&other.xades[0])));
    assert!(report.contains(&FindingCode::AttachmentDiffers));
    // A record of which nothing is found is not assessed.
    let mut renamed = one.sent.clone();
    for document in &mut renamed.documents {
        document.name = "other.pdf".to_owned();
        document.sha256 = portal_verify::Fingerprint::of(b"other");
    }
    let report = codes(job(&renamed, &one.received()));
    assert_eq!(report, [FindingCode::DocumentsNotNamed; 2]);
}

/// The PAdES is made when it is downloaded, and somebody may have signed since the change.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pades_of_a_job_in_progress_may_have_later_signatures() {
    let maker = Maker::new().await.unwrap();
    let made = maker.make(3, &[500]).await.unwrap();
    let other = maker.make(1, &[700]).await.unwrap();
    let received = |signed: usize| {
        let xades = made.xades[..signed].iter();
        let received = Received::new().signed(signed).pades(&made.pades);
        xades.fold(received, |received, xml| received.xades(xml))
    };
    let codes = |received: &Received| alarms(&job(&made.sent, received).findings);
    for signed in 1..3 {
        let of_ended = codes(&received(signed));
        assert!(of_ended.contains(&FindingCode::AttachmentCount));
        assert_eq!(codes(&received(signed).in_progress()), [], "{signed}");
    }
    assert_eq!(codes(&received(3).in_progress()), []);
    // Fewer than have signed, or another's, is as broken as ever.
    let fewer = received(3).signed(4).in_progress();
    assert!(codes(&fewer).contains(&FindingCode::AttachmentCount));
    let anothers = received(1).xades(&other.xades[0]).signed(2).in_progress();
    assert!(codes(&anothers).contains(&FindingCode::AttachmentDiffers));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_changed_in_a_signature_document_is_found() {
    let maker = Maker::new().await.unwrap();
    let made = maker.make(1, &[500]).await.unwrap();
    let text = String::from_utf8(made.xades[0].clone()).unwrap();
    let codes = |text: &str| alarms(&xades(text.as_bytes()).findings);
    assert_eq!(codes(&text), []);
    // The time that is signed.
    let time = text.replace("<SigningTime>2", "<SigningTime>1");
    assert_ne!(time, text);
    assert_eq!(codes(&time), [FindingCode::ReferenceChanged]);
    // What it is over.
    let over = text.replace("document-0.pdf", "document-1.pdf");
    assert_eq!(codes(&over), [FindingCode::SignatureDiffers]);
    // A reference to a part that is there twice.
    let twice = text.replace("<Object>", "<Object Id=\"SignedProperties\">");
    assert!(codes(&twice).contains(&FindingCode::ReferenceChanged));
    assert_eq!(
        codes(&text[..text.len() - 10]),
        [FindingCode::XmlUnreadable]
    );
    // What is not known is not broken.
    for unknown in [
        text.replace("rsa-sha256", "rsa-sha3"),
        "<LTV-SDO xmlns=\"http://example.com\"><SDO>AAAA</SDO></LTV-SDO>".to_owned(),
        format!("<!-- -->{text}"),
    ] {
        assert_eq!(codes(&unknown)[0], FindingCode::NotAssessed);
        assert!(!xades(unknown.as_bytes()).is_broken());
    }
}
