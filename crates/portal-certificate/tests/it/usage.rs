//! What extensions allow, and who is an authority.

use jiff::Timestamp;
use portal_certificate::{Certificate, ChainError, EnterpriseCertificate, Finding, verify_chain};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, GeneralSubtree, IsCa,
    KeyPair, KeyUsagePurpose, NameConstraints,
};

use crate::authority::{
    self, COMMON_NAME, ORGANIZATION_IDENTIFIER, authority, issue, params, some_key,
};

const KEY_USAGE: &[u64] = &[2, 5, 29, 15];

/// Contents of the extension that are no bit string, or none that DER allows.
const UNREADABLE: [&[u8]; 6] = [
    b"",
    &[3],
    &[3, 2, 9, 0x80],
    &[4, 2, 7, 0x80],
    &[3, 2, 7],
    &[0x30, 0],
];

fn leaf_params() -> CertificateParams {
    params(&[
        (COMMON_NAME, "Example AS"),
        (ORGANIZATION_IDENTIFIER, "NTRNO-123456789"),
    ])
}

fn with_key_usage(mut params: CertificateParams, content: &[u8]) -> CertificateParams {
    let extension = CustomExtension::from_oid_content(KEY_USAGE, content.to_vec());
    params.custom_extensions.push(extension);
    params
}

fn read(der: &[u8]) -> Certificate {
    Certificate::from_der(der).unwrap()
}

#[test]
fn an_unreadable_key_usage_allows_nothing() {
    for content in UNREADABLE {
        let issued = issue(&with_key_usage(leaf_params(), content), some_key());
        let leaf = read(&issued.leaf);
        assert!(!leaf.allows_digital_signature(), "{content:?}");
        assert_eq!(leaf.key_usages(), ["unreadable"]);
        let loaded = EnterpriseCertificate::all_from_der([issued.leaf], issued.pkcs8).unwrap();
        let inspection = loaded[0].inspect(Timestamp::now());
        assert!(inspection.findings.contains(&Finding::NotForSigning));
        assert!(!inspection.usable_for_tls && !inspection.usable_for_signing);
        assert!(!inspection.to_string().contains("not restricted"));
    }
    // Twice: which one counts?
    let mut twice = with_key_usage(leaf_params(), &[3, 2, 7, 0x80]);
    twice.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    assert!(!read(&issue(&twice, some_key()).leaf).allows_digital_signature());
    // Sound, by the same way.
    let sound = with_key_usage(leaf_params(), &[3, 2, 7, 0x80]);
    assert!(read(&issue(&sound, some_key()).leaf).allows_digital_signature());
}

fn authority_params() -> CertificateParams {
    let mut params = params(&[(COMMON_NAME, "Example Other CA")]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// The error of a chain over an intermediate that is made like this.
fn chain_over(intermediate: CertificateParams) -> Result<(), ChainError> {
    let key = KeyPair::generate().unwrap();
    let root = &authority().root;
    let intermediate = CertifiedIssuer::signed_by(intermediate, key, root).unwrap();
    let leaf = leaf_params().signed_by(some_key(), &intermediate).unwrap();
    let others = [read(intermediate.der())];
    let at = "2026-03-01T12:00:00Z".parse().unwrap();
    verify_chain(&read(leaf.der()), &others, &[read(root.der())], at).map(|_| ())
}

#[test]
fn only_authorities_issue() {
    assert_eq!(chain_over(authority_params()), Ok(()));
    let mut allowed = authority_params();
    allowed.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    assert_eq!(chain_over(allowed), Ok(()));

    let mut other_usage = authority_params();
    other_usage.key_usages = vec![KeyUsagePurpose::CrlSign];
    let mut end_entity = authority_params();
    end_entity.is_ca = IsCa::ExplicitNoCa;
    let mut silent = authority_params();
    silent.is_ca = IsCa::NoCa;
    let mut wrong = vec![other_usage, end_entity, silent];
    wrong.extend(UNREADABLE.map(|content| with_key_usage(authority_params(), content)));
    for params in wrong {
        assert_eq!(chain_over(params), Err(ChainError::NotAnAuthority));
    }
    let mut constrained = authority_params();
    constrained.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("example.com".to_owned())],
        excluded_subtrees: vec![],
    });
    assert_eq!(chain_over(constrained), Err(ChainError::NameConstraints));
}

#[test]
fn an_anchor_must_be_an_authority() {
    let at: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let issued = authority::enterprise();
    assert!(read(&issued.root).is_authority());
    assert!(read(&issued.intermediate).is_authority());
    assert!(!read(&issued.leaf).is_authority());
    // The sender's own certificate as an anchor lets nobody else in.
    let mut forged = leaf_params();
    forged.distinguished_name = params(&[(COMMON_NAME, "Forged")]).distinguished_name;
    let holder = rcgen::Issuer::new(leaf_params(), some_key());
    let forged = forged
        .signed_by(&KeyPair::generate().unwrap(), &holder)
        .unwrap();
    let mut own = leaf_params();
    own.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let own = read(own.self_signed(some_key()).unwrap().der());
    assert!(!own.is_authority());
    assert_eq!(
        verify_chain(&read(forged.der()), &[], &[own], at),
        Err(ChainError::NotAnAuthority)
    );
    // Self-issued and without extensions, but of version 3.
    let bare = params(&[(COMMON_NAME, "Example")])
        .self_signed(some_key())
        .unwrap();
    assert!(!read(bare.der()).is_authority());
}
