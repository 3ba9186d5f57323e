//! The golden vector: a signature that another implementation made, taken apart.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portal_certificate::Certificate;

use super::*;

/// SHA-256 in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    digest::digest(&digest::SHA256, bytes)
        .as_ref()
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

fn file<'a>(name: &'a str, mime: &'a str, content: &[u8]) -> SignedFile<'a> {
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest::digest(&digest::SHA256, content).as_ref());
    SignedFile { name, mime, sha256 }
}

/// The certificate printed in the service's own example, where the reference data is at hand.
fn printed_certificate() -> Option<Certificate> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/reference/examples/xades/signatures.xml"
    );
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("no reference data here: the golden vector is not tried");
        return None;
    };
    let (_, rest) = text.split_once("<X509Certificate>").unwrap();
    let (base64, _) = rest.split_once("</X509Certificate>").unwrap();
    let base64: String = base64.split_whitespace().collect();
    Some(Certificate::from_der(STANDARD.decode(base64).unwrap()).unwrap())
}

/// Source: the unit test of the service's Java client that pins one signature.
#[test]
fn the_golden_vector_is_reproduced() {
    const SIGNATURE: &str = "L3HFN44OGUEbK5p9zxbnDZrey+UnQ9fYQX0k7gv8hfxouRfXFvNHXtUJEI00/BOlhcyG\
        Ru8wEIpKYEkDIzjWZyKXjV8Tz6PkHMJedgVGFDPlKwkx7gufntbjH2xqhBOsJzobDQ44rqOlK1YiXNQCPAMFwN/CpOT\
        QTRFuf9/37BN2QG5cmgz+ZNqcKPwQnjrVaQBOrQEc5D2/n05aPsRdc6OUzu2TIftoRLRH1peRDLCAo7MjPNhYo1CCin\
        Ba0FMipG5jtqUPYJJMTt56wIJlwQ95PhGIEYtdRYwxlgSau9Bw+wYmD4NU0K0hw6FgBQ/UDF87T5Zr7HTPWPMwpngkW\
        g==";
    let Some(certificate) = printed_certificate() else {
        return;
    };
    let files = [
        file("dokument.pdf", "application/pdf", b"hoveddokument-innhold"),
        file("manifest.xml", "application/xml", b"manifest-innhold"),
    ];
    let properties = SignedProperties::new(&certificate, &files, "2018-11-29T09:15:00+01:00");
    assert_eq!(properties.canonical().len(), 912);
    assert_eq!(
        sha256(properties.canonical().as_bytes()),
        "9f864e62f93b33a6175abaee9da8bb9551f8f31783243c4447d4e527b73c7ff8"
    );
    let signed_info = SignedInfo::new(&files, &properties).canonical();
    assert_eq!(signed_info.len(), 1039);
    assert_eq!(
        sha256(signed_info.as_bytes()),
        "4e6f38bb5279dfeb4fdef3e6e1ab18ce6120d38aeaecc3f8bf2810d47215e5a4"
    );
    let signature = STANDARD.decode(SIGNATURE).unwrap();
    let digest = crate::signature_document::sha256(signed_info.as_bytes());
    assert!(certificate.verifies_sha256_digest(&digest, &signature));
}

#[test]
fn the_signing_time_is_utc_with_milliseconds() {
    for (given, written) in [
        ("2018-11-29T09:15:00+01:00", "2018-11-29T08:15:00.000Z"),
        ("2026-01-02T03:04:05.6789Z", "2026-01-02T03:04:05.678Z"),
    ] {
        assert_eq!(time_text(given.parse().unwrap()), written);
    }
}

/// Neither rounded nor left out: a time is never after the moment that it is taken at.
#[test]
fn a_signing_time_has_milliseconds_and_is_cut() {
    for (time, text) in [
        ("2026-11-26T19:39:54Z", "2026-11-26T19:39:54.000Z"),
        ("2026-11-26T19:39:59.9999Z", "2026-11-26T19:39:59.999Z"),
        ("2026-11-26T19:39:54.0009Z", "2026-11-26T19:39:54.000Z"),
    ] {
        assert_eq!(time_text(time.parse().unwrap()), text);
    }
}
