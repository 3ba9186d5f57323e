//! Forms in which files reach their users.

use portal_certificate::{
    Certificate, CertificateError, EnterpriseCertificate, FileFormat, LoadError, LoadNotice,
};
use proptest::prelude::*;
use rcgen::date_time_ymd;

use crate::authority::{COMMON_NAME, der, enterprise, issue, params, pem, some_key};
use crate::openssl::{self, PASSWORD};
use crate::pfx::Encoding;

/// Certificates and key in one text.
fn text() -> String {
    let issued = enterprise();
    let certificates = [&issued.leaf, &issued.intermediate, &issued.root];
    let certificates: String = certificates.map(|der| pem("CERTIFICATE", der)).concat();
    certificates + &issued.key_pem
}

fn load(text: &[u8]) -> Result<EnterpriseCertificate, LoadError> {
    EnterpriseCertificate::from_pem(text, text)
}

#[test]
fn pem_in_every_form_loads() {
    let text = text();
    let with_blanks: String = text.lines().map(|line| format!("  {line}\t\n")).collect();
    for form in [
        text.clone(),
        format!("\u{feff}{text}"),
        text.replace('\n', "\r\n"),
        text.replace('\n', "\r"),
        text.replace('\n', "\\n"),
        text.replace('\n', "\\r\\n"),
        format!("\"{}\"", text.replace('\n', "\\n")),
        text.replace('\n', " "),
        text.trim_end().to_owned(),
        with_blanks,
        format!("0 s:CN=Example AS\n{text}"),
    ] {
        let loaded = load(form.as_bytes()).unwrap_or_else(|error| panic!("{error}: {form}"));
        assert_eq!(loaded.chain().len(), 3);
        assert_eq!(Certificate::all_from_pem(form.as_bytes()).unwrap().len(), 3);
        assert_eq!(Certificate::read_all(form.as_bytes()).unwrap().0.len(), 3);
    }
}

#[test]
fn utf_16_is_named() {
    let text = text();
    let units = |mark: &str| -> Vec<u16> { format!("{mark}{text}").encode_utf16().collect() };
    for mark in ["\u{feff}", "", "Bag Attributes\r\n"] {
        let little: Vec<u8> = units(mark).into_iter().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units(mark).into_iter().flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big] {
            let error = load(&bytes).unwrap_err();
            assert!(matches!(
                error,
                LoadError::WrongFormat {
                    found: FileFormat::Utf16,
                    ..
                }
            ));
            let error = Certificate::from_pem(&bytes).unwrap_err();
            assert!(error.to_string().contains("UTF-8"), "{error}");
        }
    }
}

#[test]
fn other_formats_are_named() {
    let issued = enterprise();
    let signed_data = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    let p7b = der(
        0x30,
        &[der(6, &signed_data), der(0xa0, &der(0x30, &[]))].concat(),
    );
    let p12 = Encoding::Ber.file(&[&issued.leaf], &[&issued.pkcs8], PASSWORD);
    for (file, format) in [
        (p7b.clone(), FileFormat::Pkcs7),
        (pem("PKCS7", &p7b).into_bytes(), FileFormat::Pkcs7),
        (b"\xfe\xed\xfe\xed\0\0\0\x02".to_vec(), FileFormat::Jks),
        (b"\xce\xce\xce\xce\0\0\0\x02".to_vec(), FileFormat::Jceks),
        (p12.clone(), FileFormat::Pkcs12),
        (
            pem("TRUSTED CERTIFICATE", &issued.leaf).into_bytes(),
            FileFormat::TrustedCertificate,
        ),
        (
            pem("CERTIFICATE REQUEST", &issued.leaf).into_bytes(),
            FileFormat::CertificateRequest,
        ),
        (issued.leaf.clone(), FileFormat::Certificate),
        (text().into_bytes(), FileFormat::Pem),
    ] {
        assert_eq!(FileFormat::of(&file), Some(format));
        let named = |error: LoadError| match error {
            LoadError::WrongFormat { found, .. } => assert_eq!(found, format),
            other => panic!("{format}: {other}"),
        };
        if format != FileFormat::Pem {
            let key = issued.key_pem.as_bytes();
            named(EnterpriseCertificate::from_pem(&file, key).unwrap_err());
        }
        if format != FileFormat::Pkcs12 {
            named(EnterpriseCertificate::from_pkcs12(&file, PASSWORD).unwrap_err());
        }
        if !matches!(format, FileFormat::Pem | FileFormat::Certificate) {
            for error in [Certificate::from_pem(&file), Certificate::from_der(&*file)] {
                match error.unwrap_err() {
                    CertificateError::WrongFormat { found, .. } => assert_eq!(found, format),
                    other => panic!("{format}: {other}"),
                }
            }
            assert!(Certificate::read_all(&file).is_err());
        }
    }
    // As Windows exports it: the label of one certificate around many.
    let mislabelled = pem("CERTIFICATE", &p7b);
    let error = Certificate::from_pem(mislabelled.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("PKCS#7"), "{error}");
}

#[test]
fn a_file_of_certificates_is_read_without_the_ones_that_cannot_be() {
    let issued = enterprise();
    let file = pem("CERTIFICATE", b"nothing") + &pem("CERTIFICATE", &issued.root);
    let (certificates, notices) = Certificate::read_all(file.as_bytes()).unwrap();
    assert_eq!(certificates[0].der(), issued.root);
    assert!(matches!(
        notices[..],
        [LoadNotice::UnreadableCertificate { position: 1, .. }]
    ));
    assert!(Certificate::all_from_pem(file.as_bytes()).is_err());
    let (single, _) = Certificate::read_all(&issued.root).unwrap();
    assert_eq!(single, certificates);
    for bad in [
        &b""[..],
        b"nothing",
        pem("CERTIFICATE", b"nothing").as_bytes(),
    ] {
        assert!(Certificate::read_all(bad).is_err());
    }
}

#[test]
fn a_certificate_that_never_expires_loads() {
    let mut endless = params(&[(COMMON_NAME, "Example AS")]);
    endless.not_after = date_time_ymd(9999, 12, 31) + std::time::Duration::from_secs(86_399);
    let issued = issue(&endless, some_key());
    let in_text = issued
        .leaf
        .windows(15)
        .any(|bytes| bytes == b"99991231235959Z");
    assert!(in_text);
    let loaded = EnterpriseCertificate::from_der([issued.leaf], issued.pkcs8).unwrap();
    let leaf = loaded.leaf();
    assert_eq!(leaf.not_after().to_string(), "9999-12-30T22:00:00Z");
    assert!(leaf.is_valid_at("9000-01-01T00:00:00Z".parse().unwrap()));
    let inspection = loaded.inspect(leaf.not_before());
    assert!(inspection.days_left > 2_900_000, "{}", inspection.days_left);
}

#[test]
fn openssl_writes_what_is_named_here() {
    if !openssl::is_installed() {
        return;
    }
    let trusted = openssl::convert(&enterprise().leaf, &["x509", "-trustout"]);
    assert_eq!(
        FileFormat::of(&trusted),
        Some(FileFormat::TrustedCertificate)
    );
    let p7b = openssl::convert(&enterprise().leaf, &["crl2pkcs7", "-nocrl"]);
    assert_eq!(FileFormat::of(&p7b), Some(FileFormat::Pkcs7));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(-----BEGIN |-----END |CERTIFICATE|PRIVATE KEY|-----|\\\\|n|\n|AAAA|:|0){0,24}") {
        let _ = load(text.as_bytes());
        let _ = Certificate::read_all(text.as_bytes());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        let _ = FileFormat::of(&bytes);
        let _ = load(&bytes);
    }
}
