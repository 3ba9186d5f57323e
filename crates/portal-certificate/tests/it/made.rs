//! Certificates and keys made on the spot.

use std::sync::OnceLock;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd,
};

/// The parts of a subject: type as an object identifier, and value.
pub(crate) type Subject<'a> = &'a [(&'a [u64], &'a str)];

pub(crate) const COMMON_NAME: &[u64] = &[2, 5, 4, 3];
pub(crate) const SERIAL_NUMBER: &[u64] = &[2, 5, 4, 5];
pub(crate) const ORGANIZATION_IDENTIFIER: &[u64] = &[2, 5, 4, 97];

/// An authority of our own: root, intermediate.
pub(crate) struct Authority {
    pub(crate) root: CertifiedIssuer<'static, KeyPair>,
    pub(crate) intermediate: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate, its issuers and its key, as DER.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) leaf: Vec<u8>,
    pub(crate) intermediate: Vec<u8>,
    pub(crate) root: Vec<u8>,
    pub(crate) pkcs8: Vec<u8>,
    pub(crate) key_pem: String,
}

pub(crate) fn params(subject: Subject<'_>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    for (kind, value) in subject {
        params
            .distinguished_name
            .push(DnType::CustomDnType(kind.to_vec()), *value);
    }
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params
}

pub(crate) fn authority() -> &'static Authority {
    static MADE: OnceLock<Authority> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut root = params(&[(COMMON_NAME, "Example Root"), (&[2, 5, 4, 6], "NO")]);
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let root = CertifiedIssuer::self_signed(root, rsa(RsaKeySize::_2048)).unwrap();
        let mut intermediate = params(&[
            (COMMON_NAME, "Example Business CA"),
            (ORGANIZATION_IDENTIFIER, "NTRNO-988015814"),
        ]);
        intermediate.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        intermediate.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let intermediate =
            CertifiedIssuer::signed_by(intermediate, rsa(RsaKeySize::_2048), &root).unwrap();
        Authority { root, intermediate }
    })
}

pub(crate) fn rsa(size: RsaKeySize) -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, size).unwrap()
}

/// A key used wherever it doesn't matter which.
pub(crate) fn some_key() -> &'static KeyPair {
    static MADE: OnceLock<KeyPair> = OnceLock::new();
    MADE.get_or_init(|| rsa(RsaKeySize::_2048))
}

/// Has the intermediate issue a certificate.
pub(crate) fn issue(params: &CertificateParams, key: &KeyPair) -> Issued {
    let authority = authority();
    let leaf = params.signed_by(key, &authority.intermediate).unwrap();
    Issued {
        leaf: leaf.der().to_vec(),
        intermediate: authority.intermediate.der().to_vec(),
        root: authority.root.der().to_vec(),
        pkcs8: key.serialize_der(),
        key_pem: key.serialize_pem(),
    }
}

/// A certificate of an enterprise, with the key usage that Buypass gives.
pub(crate) fn enterprise() -> Issued {
    let mut params = params(&[
        (COMMON_NAME, "Example AS"),
        (ORGANIZATION_IDENTIFIER, "NTRNO-123456789"),
    ]);
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    issue(&params, some_key())
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
