//! `verify_chain` beside rustls-webpki, which checks chains for TLS.
//!
//! Both agree on enterprise certificates. Where they differ, this crate needs its own way: webpki
//! takes issuers whose key usage doesn't allow `keyCertSign`, refuses an authority's certificate at
//! the end of a chain, and always wants an anchor, where loading a file puts a chain in order
//! without one. Its path would have to be led back to the certificates here, and the signature
//! check stays for loading, so that it would add more lines than it saves.

use std::time::Duration;

use jiff::Timestamp;
use portal_certificate::{Certificate, KNOWN_ANCHORS, KnownAnchor, verify_chain};
use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::authority::{COMMON_NAME, params, some_key};
use crate::issuers::certificates;

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

/// Whether webpki finds a path.
fn webpki_accepts(
    leaf: &Certificate,
    others: &[Certificate],
    anchors: &[Certificate],
    at: Timestamp,
) -> Result<(), webpki::Error> {
    let der = |certificate: &Certificate| CertificateDer::from(certificate.der().to_vec());
    let leaf = der(leaf);
    let others: Vec<CertificateDer<'_>> = others.iter().map(der).collect();
    let anchors: Vec<CertificateDer<'_>> = anchors.iter().map(der).collect();
    let anchors: Vec<_> = anchors
        .iter()
        .map(|der| anchor_from_trusted_cert(der).unwrap())
        .collect();
    let seconds = u64::try_from(at.as_second()).unwrap();
    EndEntityCert::try_from(&leaf)?
        .verify_for_usage(
            ALL_VERIFICATION_ALGS,
            &anchors,
            &others,
            UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
            KeyUsage::client_auth(),
            None,
            None,
        )
        .map(|_| ())
}

/// One authority, whole or with flaws.
#[derive(Debug, Clone)]
struct Link {
    is_authority: bool,
    path_length: Option<u8>,
    /// Whether it is within its dates.
    valid: bool,
    /// Whether it is among the certificates that are given.
    given: bool,
    /// Whether another key bears the same name.
    impostor: bool,
}

fn links() -> impl Strategy<Value = Vec<Link>> {
    // Each flaw is rare, so that many chains are whole.
    let often = || prop::bool::weighted(0.9);
    let link = (
        often(),
        prop::option::weighted(0.2, 0..3_u8),
        often(),
        often(),
        often(),
    )
        .prop_map(|(is_authority, path_length, valid, given, genuine)| Link {
            is_authority,
            path_length,
            valid,
            given,
            impostor: !genuine,
        });
    prop::collection::vec(link, 0..4)
}

fn authority(name: &str, link: &Link) -> CertificateParams {
    let mut params = params(&[(COMMON_NAME, name)]);
    params.is_ca = match (link.is_authority, link.path_length) {
        (false, _) => IsCa::ExplicitNoCa,
        (true, None) => IsCa::Ca(BasicConstraints::Unconstrained),
        (true, Some(length)) => IsCa::Ca(BasicConstraints::Constrained(length)),
    };
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    if !link.valid {
        params.not_after = date_time_ymd(2025, 1, 1);
    }
    params
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    /// Root, any number of intermediates, leaf: both find a path, or neither does.
    #[test]
    fn both_agree_on_chains(links in links(), leaf_valid in prop::bool::weighted(0.9), reversed: bool) {
        let whole = Link { is_authority: true, path_length: None, valid: true, given: true, impostor: false };
        let mut issuer_params = authority("Root", &whole);
        let mut issuer_key = KeyPair::generate().unwrap();
        let root = issuer_params.self_signed(&issuer_key).unwrap();
        let mut others = Vec::new();
        for (index, link) in links.iter().enumerate() {
            let name = format!("Intermediate {index}");
            let params = authority(&name, link);
            let key = KeyPair::generate().unwrap();
            let signing = Issuer::new(issuer_params, issuer_key);
            let certificate = params.signed_by(&key, &signing).unwrap();
            if link.given {
                others.push(Certificate::from_der(certificate.der().to_vec()).unwrap());
            }
            (issuer_params, issuer_key) = (params, key);
            if link.impostor {
                issuer_key = KeyPair::generate().unwrap();
            }
        }
        let mut leaf = params(&[(COMMON_NAME, "Example AS")]);
        if !leaf_valid {
            leaf.not_before = date_time_ymd(2027, 1, 1);
        }
        let leaf = leaf.signed_by(some_key(), &Issuer::new(issuer_params, issuer_key)).unwrap();
        let leaf = Certificate::from_der(leaf.der().to_vec()).unwrap();
        if reversed {
            others.reverse();
        }
        let anchors = [Certificate::from_der(root.der().to_vec()).unwrap()];
        let time = at("2026-03-01T12:00:00Z");
        let ours = verify_chain(&leaf, &others, &anchors, time);
        let theirs = webpki_accepts(&leaf, &others, &anchors, time);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?} {:?}", ours, theirs);
    }
}

#[test]
fn webpki_takes_an_issuer_without_key_cert_sign() {
    let root_key = KeyPair::generate().unwrap();
    let mut root = params(&[(COMMON_NAME, "Root")]);
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_certificate = root.self_signed(&root_key).unwrap();
    let mut issuer = params(&[(COMMON_NAME, "Issuer")]);
    issuer.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    issuer.key_usages = vec![KeyUsagePurpose::CrlSign];
    let issuer_key = KeyPair::generate().unwrap();
    let issuer_certificate = issuer
        .signed_by(&issuer_key, &Issuer::new(root, root_key))
        .unwrap();
    let mut leaf = params(&[(COMMON_NAME, "Example AS")]);
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let leaf = leaf
        .signed_by(some_key(), &Issuer::new(issuer, issuer_key))
        .unwrap();
    let read = |certificate: &rcgen::Certificate| {
        Certificate::from_der(certificate.der().to_vec()).unwrap()
    };
    let (leaf, others) = (read(&leaf), [read(&issuer_certificate)]);
    let (anchors, time) = ([read(&root_certificate)], at("2026-03-01T12:00:00Z"));
    assert!(webpki_accepts(&leaf, &others, &anchors, time).is_ok());
    assert!(verify_chain(&leaf, &others, &anchors, time).is_err());
}

/// All of the issuers' certificates are good anchors for both, in the form that the table has of
/// them. webpki refuses each of them at the end of a chain, where this crate leads them to their
/// root.
#[test]
fn issuers_certificates_at_the_end_of_a_chain() {
    for folder in ["prod", "test"] {
        let all = certificates(folder);
        let roots: Vec<Certificate> = all
            .iter()
            .filter(|certificate| certificate.is_self_issued())
            .cloned()
            .collect();
        for certificate in &all {
            let known = KnownAnchor::find(KNOWN_ANCHORS, certificate).unwrap();
            let der = CertificateDer::from(certificate.der().to_vec());
            let anchor = anchor_from_trusted_cert(&der).unwrap();
            assert_eq!(known.subject_content(), &*anchor.subject);
            assert_eq!(
                known.public_key_info_content(),
                &*anchor.subject_public_key_info
            );
            assert_eq!(
                known.name_constraints_content(),
                anchor.name_constraints.as_deref()
            );
            let time = certificate.not_after();
            assert!(verify_chain(certificate, &[], &roots, time).is_ok());
            assert!(matches!(
                webpki_accepts(certificate, &[], &roots, time),
                Err(webpki::Error::CaUsedAsEndEntity)
            ));
        }
    }
}
