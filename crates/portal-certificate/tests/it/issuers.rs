//! The table of issuers against the certificates themselves, where the reference data is at hand.

use std::fs;
use std::path::Path;

use portal_certificate::{Certificate, EnvironmentKind, KNOWN_ANCHORS, verify_chain};

fn certificates(folder: &str) -> Vec<Certificate> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/reference/certificates")
        .join(folder);
    let Ok(files) = fs::read_dir(folder) else {
        println!("no reference data here: the table of issuers is not compared");
        return Vec::new();
    };
    files
        .map(|file| {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            match std::str::from_utf8(&bytes)
                .ok()
                .and_then(|text| text.find("-----BEGIN"))
            {
                None => Certificate::from_der(bytes).unwrap(),
                Some(_) => Certificate::from_pem(&bytes).unwrap(),
            }
        })
        .collect()
}

#[test]
fn the_table_is_what_the_certificates_say() {
    for (folder, environment) in [
        ("prod", EnvironmentKind::Production),
        ("test", EnvironmentKind::Test),
    ] {
        let certificates = certificates(folder);
        for certificate in &certificates {
            let known = KNOWN_ANCHORS
                .iter()
                .find(|known| known.sha256 == certificate.sha256());
            let known = known.unwrap_or_else(|| panic!("{certificate:?}"));
            assert_eq!(known.environment, environment);
            assert_eq!(known.subject, certificate.subject());
            assert_eq!(known.is_root, certificate.is_self_issued());
            assert_eq!(known.not_before, certificate.not_before());
            assert_eq!(known.not_after, certificate.not_after());
        }
        let rows = KNOWN_ANCHORS
            .iter()
            .filter(|known| known.environment == environment)
            .count();
        assert!(certificates.is_empty() || certificates.len() == rows);
    }
    assert_eq!(KNOWN_ANCHORS.len(), 22);
}

#[test]
fn every_intermediate_leads_to_its_root() {
    for folder in ["prod", "test"] {
        let certificates = certificates(folder);
        let roots: Vec<Certificate> = certificates
            .iter()
            .filter(|certificate| certificate.is_self_issued())
            .cloned()
            .collect();
        for certificate in &certificates {
            let path = verify_chain(certificate, &[], &roots, certificate.not_after()).unwrap();
            assert_eq!(path.len(), if certificate.is_self_issued() { 1 } else { 2 });
        }
    }
}
