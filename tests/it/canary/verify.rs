//! Reports on signed documents: names of files and subjects of signers.

use std::fs;
use std::path::Path;

use portal_verify::{
    FindingCode, Fingerprint, FingerprintError, KnownSeals, PadesReport, Place, Received, Sent,
    XadesReport, job, pades, xades,
};

use super::shown::Shown;
use super::{ADDRESS, FILE, NUMBER, VALID_NUMBER};

/// What the fixtures call the file that is attached or signed, of the same length as `replaced`.
fn renamed(bytes: &[u8], name: &str) -> Vec<u8> {
    let replaced = &FILE.as_bytes()[..name.len()];
    let mut bytes = bytes.to_vec();
    let mut count = 0;
    for place in 0..bytes.len() - name.len() {
        if bytes[place..].starts_with(name.as_bytes()) {
            bytes[place..place + name.len()].copy_from_slice(replaced);
            count += 1;
        }
    }
    assert!(count > 0, "{name}");
    bytes
}

fn fixture(name: &str) -> Vec<u8> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/portal-verify/tests/fixtures");
    fs::read(folder.join(name)).unwrap()
}

pub(super) fn show(shown: &mut Shown) {
    let name = "document-0.pdf";
    let document = renamed(&fixture("sound-sandbox.xml"), name);
    let report: XadesReport = xades(&document);
    let signature = &report.signatures[0];
    let reference = &signature.references[0];
    assert!(reference.reveal_name().starts_with("canary"));
    let signer = signature.certificate.as_ref().unwrap();
    assert!(signer.reveal_subject().contains("Sandbox signer"));
    let shows = format!("{signer:?} {signer} {report:?} {report}");
    assert!(!shows.contains("Sandbox signer"), "{shows}");
    shown
        .both("portal_verify::XadesReport", &report)
        .json("portal_verify::XadesReport", &report)
        .debug("portal_verify::XadesSignature", signature)
        .json("portal_verify::XadesSignature", signature)
        .debug("portal_verify::ExternalReference", reference)
        .json("portal_verify::ExternalReference", reference)
        .both("portal_verify::SignerCertificate", signer)
        .json("portal_verify::SignerCertificate", signer);

    let sent = Sent::new()
        .document(FILE, "application/pdf", Fingerprint::of(b"%PDF"))
        .document(NUMBER, "text/plain", Fingerprint::of(b"text"));
    let documents = sealed(shown);
    let mut received = Received::new().signed(2).xades_report(report);
    for report in documents {
        received = received.pades_report(report);
    }
    let compared = job(&sent, &received);
    assert!(compared.is_broken());
    shown
        .debug("portal_verify::Sent", &sent)
        .json("portal_verify::Sent", &sent)
        .debug("portal_verify::SentDocument", &sent.documents[0])
        .json("portal_verify::SentDocument", &sent.documents[0])
        .debug("portal_verify::Received", &received)
        .json("portal_verify::Received", &received)
        .both("portal_verify::JobReport", &compared)
        .json("portal_verify::JobReport", &compared);
    findings(shown, &compared.findings[0]);
    seals(shown);
}

/// The reports on a sealed document and on one with time stamps.
fn sealed(shown: &mut Shown) -> Vec<PadesReport> {
    let reports = ["sound-two-time-stamps.pdf", "sound-sandbox.pdf"];
    let reports = reports.map(|name| pades(&fixture(name)));
    for report in &reports {
        shown
            .both("portal_verify::PadesReport", report)
            .json("portal_verify::PadesReport", report);
        let seal = report.seal.as_ref().unwrap();
        let certificate = seal.certificate.as_ref().unwrap();
        shown
            .debug("portal_verify::Seal", seal)
            .json("portal_verify::Seal", seal)
            .both("portal_verify::CertificateFacts", certificate)
            .json("portal_verify::CertificateFacts", certificate);
        for stamp in &report.time_stamps {
            shown
                .debug("portal_verify::TimeStampFacts", stamp)
                .json("portal_verify::TimeStampFacts", stamp)
                .debug("portal_verify::Stamped", &stamp.over)
                .json("portal_verify::Stamped", &stamp.over);
        }
        for attachment in &report.attachments {
            let shows = format!("{attachment:?} {report:?} {report}");
            assert!(!attachment.reveal_name().is_empty());
            assert!(!shows.contains(attachment.reveal_name()), "{shows}");
            shown
                .debug("portal_verify::AttachmentFacts", attachment)
                .json("portal_verify::AttachmentFacts", attachment);
        }
    }
    reports.into()
}

fn findings(shown: &mut Shown, finding: &portal_verify::DocumentFinding) {
    shown
        .both("portal_verify::DocumentFinding", finding)
        .json("portal_verify::DocumentFinding", finding)
        .both("portal_verify::FindingSeverity", &finding.severity)
        .json("portal_verify::FindingSeverity", &finding.severity);
    for code in FindingCode::ALL {
        shown.both("portal_verify::FindingCode", code);
    }
    shown.json("portal_verify::FindingCode", &FindingCode::NotAPdf);
    for place in [Place::Job, Place::Offset(7), Place::Attachment(1)] {
        shown
            .both("portal_verify::Place", &place)
            .json("portal_verify::Place", &place);
    }
}

fn seals(shown: &mut Shown) {
    let seal = Fingerprint::of(ADDRESS.as_bytes());
    let known: KnownSeals = [seal].into_iter().collect();
    let wrong: FingerprintError = Fingerprint::try_from(VALID_NUMBER.to_owned()).unwrap_err();
    shown
        .both("portal_verify::Fingerprint", &seal)
        .json("portal_verify::Fingerprint", &seal)
        .debug("portal_verify::KnownSeals", &known)
        .json("portal_verify::KnownSeals", &known)
        .error("portal_verify::FingerprintError", &wrong);
}
