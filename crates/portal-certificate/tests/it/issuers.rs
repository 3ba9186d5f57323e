//! The table of issuers against the certificates themselves, where the reference data is there.

use std::fs;
use std::path::Path;

use portal_certificate::{Certificate, EnvironmentKind, KNOWN_ANCHORS, KnownAnchor, verify_chain};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};

use crate::authority::{self, COMMON_NAME, params, some_key};

/// The certificates of an environment, where the reference data is there; otherwise none.
pub(crate) fn certificates(folder: &str) -> Vec<Certificate> {
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
            assert_eq!(*known.subject_der, certificate.subject_der());
            assert_eq!(*known.public_key_info, certificate.public_key_info());
            let constraints = known.name_constraints.as_deref();
            assert_eq!(constraints, certificate.name_constraints());
            assert!(certificate.is_authority());
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

#[test]
fn every_row_is_sound() {
    for (index, known) in KNOWN_ANCHORS.iter().enumerate() {
        assert!(known.not_before < known.not_after);
        assert!(known.subject_content().len() > 20 && known.public_key_info_content().len() > 270);
        assert_eq!(known.name_constraints_content(), None);
        assert_eq!(known.for_servers, !known.subject.contains("Digipost"));
        let others = &KNOWN_ANCHORS[..index];
        assert!(
            others.iter().all(|other| other.sha256 != known.sha256
                && other.public_key_info != known.public_key_info)
        );
    }
    let lines: Vec<String> = KNOWN_ANCHORS.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// An issuer may issue its certificate again, with other dates.
#[test]
fn a_reissued_certificate_is_found_by_subject_and_key() {
    let mut params = params(&[(COMMON_NAME, "Example Root CA")]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = |params: &CertificateParams, key: &KeyPair| {
        Certificate::from_der(params.self_signed(key).unwrap().der().to_vec()).unwrap()
    };
    let original = certificate(&params, some_key());
    let table = [KnownAnchor::new(EnvironmentKind::Test, &original)];
    params.not_after = date_time_ymd(2090, 1, 1);
    let reissued = certificate(&params, some_key());
    assert_ne!(reissued.sha256(), original.sha256());
    assert_eq!(KnownAnchor::find(&table, &original), Some(&table[0]));
    assert_eq!(KnownAnchor::find(&table, &reissued), Some(&table[0]));
    // The same name with another key, and the same key with another name.
    let other_key = KeyPair::generate().unwrap();
    assert_eq!(
        KnownAnchor::find(&table, &certificate(&params, &other_key)),
        None
    );
    params.distinguished_name = authority::params(&[(COMMON_NAME, "Other")]).distinguished_name;
    assert_eq!(
        KnownAnchor::find(&table, &certificate(&params, some_key())),
        None
    );
}
