//! How fast XML is read and written, beside two yardsticks over the same bytes: a bare event loop of
//! quick-xml, which is the floor, and quick-xml's serde on hand-derived types, which is the usual choice.
//!
//! `cargo bench -p portal-model` prints the median time of a run and the ratios. The aim is at most 2
//! times the floor and at least 1.5 times as fast as serde. Writing is at half the floor. Reading a status
//! change is at 1.9 to 2.1 times the floor and 1.6 to 1.8 times as fast as serde.
//!
//! `--json FOLDER` writes the documents to a folder, so that others can be measured with them, and prints
//! the medians as JSON.
//!
//! No framework: a few lines of timing are enough for ratios.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a bench ends by panicking, and nothing here is public"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use portal_model::{
    Bounded, ManifestContent, ManifestDocuments, ManifestSender, Notifications,
    PersonalIdentificationNumber, PortalDocument, PortalSignatureJobManifest,
    PortalSignatureJobStatus, PortalSignatureJobStatusChangeResponse, PortalSigner, Signature,
    SignatureJobId, SignatureStatus, Signatures, SignerOrder, SignerStatus, Url, XmlDocument,
};
use quick_xml::events::Event;

mod by_serde;

fn status_change(count: usize) -> PortalSignatureJobStatusChangeResponse {
    let url = |path: &str| -> Url {
        let base = "https://api.example.com/api/123456789/portal/signature-jobs/1/";
        format!("{base}{path}").parse().unwrap()
    };
    let signatures = (1..=count).map(|number| {
        let status = SignatureStatus::new(
            SignerStatus::SIGNED,
            "2017-01-23T12:51:43+01:00".parse().unwrap(),
        );
        let identifier: PersonalIdentificationNumber = "12345678910".parse().unwrap();
        Signature::new(status, identifier.into()).with_xades_url(url(&format!("xades/{number}")))
    });
    let signatures = Bounded::new(signatures.collect()).unwrap();
    PortalSignatureJobStatusChangeResponse::new(
        SignatureJobId::new(1),
        PortalSignatureJobStatus::CompletedSuccessfully,
        url("complete"),
        Signatures::new(signatures).with_pades_url(url("pades")),
    )
}

fn manifest(signers: i32, documents: usize) -> PortalSignatureJobManifest {
    let signers = (0..signers).map(|order| {
        let email = format!("signer{order}@example.com").parse().unwrap();
        let notifications = Notifications::email_and_sms(email, "00000000".parse().unwrap());
        PortalSigner::by_personal_number("12345678910".parse().unwrap(), notifications)
            .with_order(SignerOrder::new(order).unwrap())
    });
    let documents = (0..documents).map(|number| {
        PortalDocument::new(
            format!("{number:04}_document.pdf").parse().unwrap(),
            "application/pdf".parse().unwrap(),
            format!("Document number {number}").parse().unwrap(),
        )
    });
    let documents = Bounded::new(documents.collect()).unwrap();
    let content = ManifestDocuments::new("Job title".parse().unwrap(), documents)
        .with_description("A message to the signers".parse().unwrap());
    PortalSignatureJobManifest::new(
        Bounded::new(signers.collect()).unwrap(),
        ManifestSender::new("123456789".parse().unwrap()),
        ManifestContent::Documents(content),
    )
}

/// The floor: every event of the document, and nothing done with it.
fn event_loop(xml: &str) -> usize {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut events = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return events,
            event => {
                black_box(event);
                events += 1;
            }
        }
    }
}

/// Median time of one run, in microseconds.
fn median<T>(mut run: impl FnMut() -> T) -> f64 {
    // Samples of well under a millisecond, so that most of them are not interrupted by other work.
    const RUNS: usize = 10;
    const SAMPLES: usize = 2001;
    let mut samples: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..RUNS {
                black_box(run());
            }
            start.elapsed().as_secs_f64() * 1e6 / RUNS as f64
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    samples[SAMPLES / 2]
}

fn report(what: &str, bytes: usize, floor: f64, ours: f64, serde: f64) {
    println!(
        "{what:<44} {bytes:>6} B | event loop {floor:>6.2} us | portal-model {ours:>6.2} us | \
         serde {serde:>6.2} us | {:.2} x the floor, {:.2} x as fast as serde",
        ours / floor,
        serde / ours
    );
}

fn read_change(what: &str, count: usize) {
    let xml = status_change(count).to_xml().unwrap();
    // The yardstick reads what is there.
    assert_eq!(
        by_serde::read_change(&xml).signatures.signature.len(),
        count
    );
    report(
        what,
        xml.len(),
        median(|| event_loop(black_box(&xml))),
        median(|| PortalSignatureJobStatusChangeResponse::from_response(black_box(xml.as_bytes()))),
        median(|| by_serde::read_change(black_box(&xml))),
    );
}

fn read_manifest(what: &str, signers: i32, documents: usize) {
    let xml = manifest(signers, documents).to_xml().unwrap();
    report(
        what,
        xml.len(),
        median(|| event_loop(black_box(&xml))),
        median(|| PortalSignatureJobManifest::from_xml(black_box(xml.as_bytes()))),
        median(|| by_serde::read_manifest(black_box(&xml))),
    );
}

fn write_manifest(what: &str, signers: i32, documents: usize) {
    let manifest = manifest(signers, documents);
    let xml = manifest.to_xml().unwrap();
    let same = by_serde::read_manifest(&xml);
    assert_eq!(by_serde::write_manifest(&same).len(), xml.len());
    report(
        what,
        xml.len(),
        median(|| event_loop(black_box(&xml))),
        median(|| black_box(&manifest).to_xml()),
        median(|| by_serde::write_manifest(black_box(&same))),
    );
}

/// For `cargo xtask bench-peers`.
fn as_json(folder: &Path) {
    let change = status_change(10).to_xml().unwrap();
    let manifest = manifest(10, 20);
    let written = manifest.to_xml().unwrap();
    let same = by_serde::read_manifest(&written);
    std::fs::write(folder.join("status-change.xml"), &change).unwrap();
    std::fs::write(folder.join("manifest.xml"), &written).unwrap();
    let read = || PortalSignatureJobStatusChangeResponse::from_response(change.as_bytes());
    let medians = serde_json::json!({
        "read_us": median(read),
        "read_floor_us": median(|| event_loop(black_box(&change))),
        "read_serde_us": median(|| by_serde::read_change(black_box(&change))),
        "write_us": median(|| black_box(&manifest).to_xml()),
        "write_floor_us": median(|| event_loop(black_box(&written))),
        "write_serde_us": median(|| by_serde::write_manifest(black_box(&same))),
    });
    println!("{medians}");
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, option, folder] = arguments.as_slice()
        && option == "--json"
    {
        return as_json(folder.as_ref());
    }
    read_change("read a status change of 1 signature", 1);
    read_change("read a status change of 10 signatures", 10);
    read_manifest("read a manifest, 10 signers, 20 documents", 10, 20);
    write_manifest("write a manifest, 4 signers, 2 documents", 4, 2);
    write_manifest("write a manifest, 10 signers, 20 documents", 10, 20);
}
