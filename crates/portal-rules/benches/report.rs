//! How long a report takes, by the number of signers. Each job has 20 documents.
//!
//! `cargo bench -p portal-rules` prints the fastest of many rounds, in microseconds.

#![allow(
    clippy::unwrap_used,
    reason = "a measurement has nobody to report errors to"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use portal_model::{
    Bounded, EmailAddress, Href, ManifestDocuments, ManifestSender, Mime, MobileNumber,
    Notifications, OrganizationNumber, PersonalIdentificationNumber, PortalDocument,
    PortalSignatureJobManifest, PortalSignatureJobRequest, PortalSigner, SignatureJobReference,
    SignerOrder, Title,
};
use portal_rules::personal_number::check_digits;
use portal_rules::{DocumentFacts, EnvironmentKind, Sector, SenderProfile, check};

fn main() {
    let profile = SenderProfile::new(Sector::Private, EnvironmentKind::Test);
    let files = vec![DocumentFacts::from_bytes(PDF); 20];
    let now = "2026-11-24T08:00:00Z".parse().unwrap();
    let request = PortalSignatureJobRequest::new()
        .with_reference(SignatureJobReference::new("case-4711").unwrap());
    println!("signers  violations  microseconds");
    for count in [1, 2, 5, 10] {
        let manifest = manifest(count);
        let violations = check(&manifest, &request, &files, &profile, now)
            .violations()
            .len();
        let fastest = (0..200).map(|_| {
            let start = Instant::now();
            for _ in 0..100 {
                _ = black_box(check(black_box(&manifest), &request, &files, &profile, now));
            }
            start.elapsed() / 100
        });
        let fastest: Duration = fastest.min().unwrap_or_default();
        println!(
            "{count:7}  {violations:10}  {:12.2}",
            fastest.as_secs_f64() * 1e6
        );
    }
}

const PDF: &[u8] = b"%PDF-1.7\n7 0 obj\n<</Type/XRef>>\nendobj\nstartxref\n9\n%%EOF\n";

/// A job of `signers` signers, one after another, and 20 documents.
fn manifest(signers: i32) -> PortalSignatureJobManifest {
    let signers = numbers().zip(0..signers).map(|(number, index)| {
        let notifications = Notifications::email_and_sms(
            EmailAddress::new(format!("signer{index}@example.com")).unwrap(),
            MobileNumber::new(format!("9{index:07}")).unwrap(),
        );
        PortalSigner::by_personal_number(number, notifications)
            .with_order(SignerOrder::new(index).unwrap())
    });
    let documents = (0..20).map(|index| {
        PortalDocument::new(
            Href::new(format!("{index:04}_document.pdf")).unwrap(),
            Mime::new("application/pdf").unwrap(),
            Title::new(format!("Appendix {index}: what was agreed on")).unwrap(),
        )
    });
    let documents = Bounded::new(documents.collect()).unwrap();
    PortalSignatureJobManifest::new(
        Bounded::new(signers.collect()).unwrap(),
        ManifestSender::new(OrganizationNumber::new("984661185").unwrap()),
        ManifestDocuments::new(Title::new("Lease").unwrap(), documents).into(),
    )
}

/// Synthetic personal numbers.
fn numbers() -> impl Iterator<Item = PersonalIdentificationNumber> {
    (0..1000).filter_map(|individual| {
        let first = format!("018190{individual:03}");
        let digits: Vec<u8> = first.bytes().map(|byte| byte - b'0').collect();
        let [tenth, eleventh] = check_digits(digits.try_into().ok()?)?;
        PersonalIdentificationNumber::new(format!("{first}{tenth}{eleventh}")).ok()
    })
}
