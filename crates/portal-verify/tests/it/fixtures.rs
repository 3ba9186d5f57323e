//! Documents signed by pyHanko and openssl, sound and broken: `cargo xtask pdf-fixtures` makes them.

use std::fs;
use std::path::Path;

use portal_verify::{FindingCode, FindingSeverity, Stamped, pades};

pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    fs::read(folder.join(name)).unwrap()
}

pub(crate) const SOUND: [&str; 12] = [
    "sound-sandbox.pdf",
    "sound-plain.pdf",
    "sound-openssl.pdf",
    "sound-pkcs7.pdf",
    "sound-sha512.pdf",
    "sound-pss.pdf",
    "sound-ecdsa.pdf",
    "sound-signature-time-stamp.pdf",
    "sound-document-time-stamp.pdf",
    "sound-dss.pdf",
    "sound-dss-document-time-stamp.pdf",
    "sound-two-time-stamps.pdf",
];

#[test]
fn sound_documents_of_other_programs_give_facts_only() {
    for name in SOUND {
        let report = pades(&fixture(name));
        assert_eq!(
            report.severity(),
            Some(FindingSeverity::Info),
            "{name}: {report}"
        );
        let pages = if name.contains("sandbox") { 2 } else { 1 };
        assert_eq!(report.pages, Some(pages), "{name}");
        let codes: Vec<FindingCode> = report.findings.iter().map(|finding| finding.code).collect();
        assert!(codes.contains(&FindingCode::SealHolds), "{name}");
        let covers_file =
            !name.contains("dss") && !name.contains("document") && !name.contains("two");
        assert_eq!(
            codes.contains(&FindingCode::CoversFile),
            covers_file,
            "{name}"
        );
        assert_eq!(
            codes.contains(&FindingCode::CoversRevision),
            !covers_file,
            "{name}"
        );
        let stores = name.contains("dss") || name.contains("two");
        assert_eq!(report.has_security_store, stores, "{name}");
    }
}

#[test]
fn time_stamps_are_reported_with_what_they_are_over() {
    for (name, over) in [
        ("sound-signature-time-stamp.pdf", &[Stamped::Seal][..]),
        ("sound-document-time-stamp.pdf", &[Stamped::File]),
        ("sound-two-time-stamps.pdf", &[Stamped::File, Stamped::File]),
    ] {
        let report = pades(&fixture(name));
        let found: Vec<Stamped> = report.time_stamps.iter().map(|stamp| stamp.over).collect();
        assert_eq!(found, over, "{name}");
        for stamp in &report.time_stamps {
            assert!(stamp.time.is_some());
            let issuer = stamp.certificate.as_ref().unwrap();
            assert!(issuer.subject.contains("Example Test Time Stamps"));
        }
    }
}

/// Each kind is found by its own code, and by nothing else.
#[test]
fn every_broken_kind_has_its_own_code() {
    for (name, code) in [
        ("broken-time-stamp.pdf", FindingCode::TimeStampBroken),
        ("broken-dss.pdf", FindingCode::SecurityStoreBroken),
        ("broken-field-added.pdf", FindingCode::FieldAdded),
        ("broken-second-signature.pdf", FindingCode::SecondSignature),
        (
            "broken-signing-certificate.pdf",
            FindingCode::SigningCertificateDiffers,
        ),
        ("broken-sub-filter.pdf", FindingCode::SubFilterUnknown),
        ("broken-byte-range-gap.pdf", FindingCode::ByteRangeGap),
    ] {
        let report = pades(&fixture(name));
        let alarms = report
            .findings
            .iter()
            .filter(|it| it.severity > FindingSeverity::Info);
        let mut codes: Vec<FindingCode> = alarms.map(|finding| finding.code).collect();
        codes.dedup();
        assert_eq!(codes, [code], "{name}: {report}");
    }
}

/// Every fifth byte, which is enough to meet all that stands in the file, and takes seconds.
#[test]
fn no_byte_of_a_sealed_document_can_be_changed_unseen() {
    let sound = fixture("sound-plain.pdf");
    let contents = memchr::memmem::rfind(&sound, b"/Contents <").unwrap();
    let start = contents + b"/Contents <".len();
    let end = start
        + sound[start..]
            .iter()
            .position(|&byte| byte == b'>')
            .unwrap();
    // Inside the signature its unused room protects nothing.
    let sealed = (0..start).chain(end..sound.len());
    for at in sealed.step_by(5) {
        let mut changed = sound.clone();
        changed[at] ^= 1;
        let report = pades(&changed);
        assert!(report.is_broken(), "byte {at} was changed unseen: {report}");
    }
}

#[test]
fn a_document_that_is_cut_short_is_broken() {
    let sound = fixture("sound-two-time-stamps.pdf");
    for length in (0..sound.len()).step_by(97) {
        // Each revision is a whole document: of the last ones only what was added is missing.
        let report = pades(&sound[..length]);
        let is_revision = sound[..length].trim_ascii_end().ends_with(b"%%EOF");
        assert!(report.is_broken() || is_revision, "{length}: {report}");
    }
}

#[test]
fn what_is_appended_is_found() {
    let sound = fixture("sound-plain.pdf");
    let with = |more: &[u8]| {
        let report = pades(&[&sound, more].concat());
        let alarms = report
            .findings
            .into_iter()
            .filter(|it| it.severity > FindingSeverity::Info);
        alarms.map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert_eq!(with(b"\r\n"), [FindingCode::TrailingBlanks]);
    assert_eq!(with(b"% a comment"), [FindingCode::TrailingBytes]);
    let stamped = fixture("sound-document-time-stamp.pdf");
    let report = pades(&[&stamped[..], b"more"].concat());
    assert!(
        report
            .findings
            .iter()
            .any(|it| it.code == FindingCode::TrailingBytes)
    );
}

#[test]
fn reports_read_well() {
    let mask = |text: String| {
        let lines = text.lines().map(|line| match line.split_once("SHA-256 ") {
            Some((before, after)) if after.len() == 64 => format!("{before}SHA-256 [..]"),
            _ => line.to_owned(),
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        let mut masked = String::new();
        for word in text.split_inclusive([' ', '\n']) {
            let end = &word[word.trim_end().len()..];
            let is_time = word.len() > 15 && word.as_bytes()[4] == b'-' && word.contains('T');
            masked.push_str(if is_time { "[time]" } else { word.trim_end() });
            masked.push_str(end);
        }
        masked
    };
    let two = mask(pades(&fixture("sound-dss-document-time-stamp.pdf")).to_string());
    insta::assert_snapshot!("sound", two);
    let broken = mask(pades(&fixture("broken-field-added.pdf")).to_string());
    insta::assert_snapshot!("broken", broken);
}

#[test]
fn reports_survive_json_without_personal_data() {
    let report = pades(&fixture("sound-dss-document-time-stamp.pdf"));
    let json = serde_json::to_string(&report).unwrap();
    let read: portal_verify::PadesReport = serde_json::from_str(&json).unwrap();
    assert_eq!(read, report);
    for code in FindingCode::ALL {
        let json = serde_json::to_string(code).unwrap();
        assert_eq!(json, format!("\"{code}\""));
        assert_eq!(serde_json::from_str::<FindingCode>(&json).unwrap(), *code);
        assert!(!code.meaning().is_empty());
    }
}
