use std::io::Read;
use std::path::Path;
use std::time::Duration;

use portal_model::XmlDocument;
use portal_rules::{Code, Sector};

use super::*;
use crate::EnvironmentKind;
use crate::fixtures::{PDF, build, least, pdf, profile};
use crate::{SignatureType, SigningOnBehalfOf};

fn manifest(builder: JobBuilder) -> String {
    indent(&build(builder).manifest().to_xml().unwrap())
}

/// One element a line, for reading: the text is otherwise as it was.
fn indent(xml: &str) -> String {
    xml.replace("><", ">\n<")
}

/// What a change to the least job adds to its manifest, and what it takes away.
fn difference(change: impl FnOnce(JobBuilder) -> JobBuilder) -> String {
    let (before, after) = (manifest(least()), manifest(change(least())));
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.lines().collect(), after.lines().collect());
    let same_head = before
        .iter()
        .zip(&after)
        .take_while(|(a, b)| a == b)
        .count();
    let same_tail = before[same_head..]
        .iter()
        .rev()
        .zip(after[same_head..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let gone = before[same_head..before.len() - same_tail]
        .iter()
        .map(|line| format!("-{line}"));
    let new = after[same_head..after.len() - same_tail]
        .iter()
        .map(|line| format!("+{line}"));
    gone.chain(new).collect::<Vec<_>>().join("\n")
}

#[test]
fn only_what_is_set_goes_on_the_wire() {
    insta::assert_snapshot!(manifest(least()));
    insta::assert_snapshot!(build(least()).request().to_xml().unwrap());
}

#[test]
fn each_manifest_field_has_its_place() {
    let activation: DateTime = "2016-02-10T12:00:00+01:00".parse().unwrap();
    let by_number = |notify| Signer::by_personal_number("12345678910", notify);
    let signer = |signer: Signer| difference(|job| job.signer(signer));
    let fields = [
        (
            "nonsensitive title",
            difference(|job| job.nonsensitive_title("Non-sensitive title")),
        ),
        (
            "description",
            difference(|job| job.description("Message to the signers")),
        ),
        (
            "required authentication 3",
            difference(|job| job.require_authentication(AuthenticationLevel::Level3)),
        ),
        (
            "required authentication 4",
            difference(|job| job.require_authentication(AuthenticationLevel::Level4)),
        ),
        (
            "activation only",
            difference(|job| job.activate_at(activation)),
        ),
        (
            "available for only",
            difference(|job| job.available_for(Duration::from_millis(864_000_900))),
        ),
        (
            "activation and available for",
            difference(|job| {
                job.available_for(Duration::from_secs(90_061))
                    .activate_at(activation)
            }),
        ),
        (
            "identifier: name",
            difference(|job| job.identifier_in_signed_documents(IdentifierInSignedDocuments::Name)),
        ),
        (
            "identifier: date of birth",
            difference(|job| {
                job.identifier_in_signed_documents(IdentifierInSignedDocuments::DateOfBirthAndName)
            }),
        ),
        (
            "sender",
            difference(|job| job.sender(Sender::new("984661185").unwrap().with_queue("q"))),
        ),
        (
            "document",
            difference(|job| job.document(pdf("Ærlig & redelig"))),
        ),
        (
            "document with a name",
            difference(|job| job.document(pdf("Second").name("contract.pdf"))),
        ),
        (
            "document of plain text",
            difference(|job| job.document(Document::plain_text("Terms", b"Terms.".to_vec()))),
        ),
        ("signer by mobile", signer(Signer::by_mobile("00000000"))),
        (
            "signer by e-mail and mobile",
            signer(Signer::by_email_and_mobile(
                "email3@example.com",
                "77777777",
            )),
        ),
        (
            "signer by number, lookup",
            signer(by_number(Notification::lookup())),
        ),
        (
            "signer by number, lookup with sms",
            signer(by_number(Notification::lookup_with_sms())),
        ),
        (
            "signer by number, e-mail",
            signer(by_number(Notification::email("email1@example.com"))),
        ),
        (
            "signer by number, mobile",
            signer(by_number(Notification::mobile("99999999"))),
        ),
        (
            "signer by number, both",
            signer(by_number(Notification::email_and_mobile(
                "email1@example.com",
                "99999999",
            ))),
        ),
        (
            "signer with order",
            signer(Signer::by_mobile("00000000").order(9)),
        ),
        (
            "signer advanced",
            signer(
                Signer::by_mobile("00000000")
                    .signature_type(SignatureType::AdvancedElectronicSignature),
            ),
        ),
        (
            "signer authenticated",
            signer(
                Signer::by_mobile("00000000")
                    .signature_type(SignatureType::AuthenticatedElectronicSignature),
            ),
        ),
        (
            "signer for oneself",
            signer(Signer::by_mobile("00000000").on_behalf_of(SigningOnBehalfOf::Oneself)),
        ),
        (
            "signer for another",
            signer(Signer::by_mobile("00000000").on_behalf_of(SigningOnBehalfOf::Other)),
        ),
    ];
    let text: Vec<String> = fields
        .iter()
        .map(|(field, xml)| format!("# {field}\n{xml}"))
        .collect();
    insta::assert_snapshot!(text.join("\n\n"));
}

#[test]
fn the_request_has_reference_and_queue() {
    let sender = Sender::new("123456789").unwrap().with_queue("custom-queue");
    let job = build(least().reference("123-ABC").sender(sender));
    insta::assert_snapshot!(job.request().to_xml().unwrap());
}

/// The documentation's manifest with four signers in three groups.
#[test]
fn the_documentations_manifest() {
    let job = profile(Sector::Unknown)
        .job("Required job title")
        .nonsensitive_title("Optional non-sensitive job title")
        .description("Optional description of the job.")
        .document(pdf("First document").name("document.pdf"))
        .document(pdf("Second document").name("document2.pdf"))
        .signer(
            Signer::by_personal_number(
                "12345678910",
                Notification::email_and_mobile("signer1@example.com", "00000000"),
            )
            .order(1),
        )
        .signer(
            Signer::by_personal_number("10987654321", Notification::email("signer2@example.com"))
                .order(2),
        )
        .signer(Signer::by_personal_number("01013300001", Notification::lookup_with_sms()).order(2))
        .signer(Signer::by_personal_number("02038412546", Notification::lookup()).order(3))
        .activate_at("2016-02-10T12:00:00+01:00".parse().unwrap())
        .available_for(Duration::from_secs(864_000))
        .identifier_in_signed_documents(
            IdentifierInSignedDocuments::PersonalIdentificationNumberAndName,
        )
        .build_blocking()
        .unwrap();
    insta::assert_snapshot!(indent(&job.manifest().to_xml().unwrap()));
}

#[test]
fn the_jobs_own_sender_wins() {
    let other = Sender::new("984661185").unwrap().with_queue("q");
    assert_eq!(build(least().sender(other.clone())).sender(), &other);
    assert_eq!(
        build(least()).sender().organization_number().as_str(),
        "123456789"
    );
}

#[test]
fn a_job_without_a_sender_is_not_built() {
    let profile = Profile::new(Sector::Unknown, EnvironmentKind::Test);
    let error = profile.job("Job title").build_blocking().unwrap_err();
    assert!(matches!(error, JobError::NoSender));
    assert!(matches!(Error::from(error), Error::NoSender));
}

#[test]
fn every_violation_comes_at_once() {
    let signer = || Signer::by_personal_number("123", Notification::email("")).order(11);
    let error = profile(Sector::Private)
        .job("")
        .document(Document::pdf("x".repeat(81), b"PK\x03\x04".to_vec()).name("a"))
        .signers((0..11).map(|_| signer()))
        .reference("r".repeat(51))
        .available_for(Duration::from_secs(7_776_001))
        .build_blocking()
        .unwrap_err();
    let JobError::Rules(report) = error else {
        panic!("{error}");
    };
    let codes: std::collections::BTreeSet<Code> = report.errors().map(|found| found.code).collect();
    for code in [
        Code::ReferenceLength,
        Code::SignersCount,
        Code::SignersOrderRange,
        Code::SignerPinFormat,
        Code::TitleLength,
        Code::DocumentTitleLength,
        Code::DocumentsPdf,
        Code::DocumentsName,
        Code::AvailabilityMaximum,
    ] {
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
}

#[test]
fn a_document_that_cannot_be_read_is_named_by_its_number() {
    let error = least()
        .document(Document::pdf("Missing", Path::new("no-such-file.pdf")))
        .build_blocking()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "document number 2 could not be read; check that it exists and may be read"
    );
}

#[test]
fn a_document_may_come_from_anywhere_that_opens_again() {
    let stream = |length: u64| {
        Content::reopen(move || {
            let padding = io::repeat(b' ').take(length - 2 * PDF.len() as u64);
            Ok(Box::new(PDF.chain(padding).chain(PDF)) as Box<dyn Read + Send>)
        })
    };
    let built = |length| {
        least()
            .document(Document::pdf("From a stream", stream(length)))
            .build_blocking()
    };
    assert!(built(10_000).is_ok());
    let Err(JobError::Rules(report)) = built(10 * 1024 * 1024) else {
        panic!("the documents together are too large");
    };
    let codes: Vec<Code> = report.errors().map(|found| found.code).collect();
    assert_eq!(codes, [Code::DocumentsSize]);

    let broken = Content::reopen(|| Err(io::ErrorKind::ConnectionReset.into()));
    let error = least()
        .document(Document::pdf("Broken", broken))
        .build_blocking()
        .unwrap_err();
    assert!(matches!(error, JobError::Document { number: 2, .. }));
}

#[test]
fn manifest_and_signature_name_the_same_media_type() {
    let job = build(least().document(Document::plain_text("Terms", b"In plain words.".to_vec())));
    let manifest = job.manifest().to_xml().unwrap();
    let package = crate::fixtures::package(&job).into_bytes().unwrap();
    // Everything in a package is stored, so that the signature stands in it as text.
    let package = String::from_utf8_lossy(&package);
    for (text, name, number) in [
        ("application/pdf", "01_document.pdf", 0),
        ("text/plain", "02_document.txt", 1),
    ] {
        let of_manifest = format!("href=\"{name}\" mime=\"{text}\"");
        assert!(manifest.contains(&of_manifest), "{of_manifest}");
        let of_signature = format!("ObjectReference=\"#ID_{number}\"><MimeType>{text}</MimeType>");
        assert!(package.contains(&of_signature), "{of_signature}");
    }
}

#[test]
fn a_name_that_is_no_file_name_is_refused() {
    for name in ["../../a.pdf", "kontrakt på norsk.pdf", "a", "manifest.xml"] {
        let error = least()
            .document(pdf("Second").name(name))
            .build_blocking()
            .unwrap_err();
        assert!(!error.to_string().contains("norsk"), "{error}");
        assert!(matches!(
            error,
            JobError::Rules(_) | JobError::DocumentName { number: 2, .. }
        ));
    }
}

#[test]
fn nothing_personal_shows_in_debug() {
    let builder = least()
        .description("secret message")
        .signer(Signer::by_personal_number(
            "12345678910",
            Notification::mobile("99999999"),
        ));
    let shown = format!("{builder:?}{:?}", build(least()));
    for secret in [
        "Job title",
        "Document title",
        "secret",
        "12345678910",
        "99999999",
        "example.com",
        "endobj",
        "[37, 80",
    ] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
