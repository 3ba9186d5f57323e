//! A test authority and the certificates that it issues.

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

/// A certificate of an enterprise.
pub(crate) fn enterprise() -> Issued {
    issue(&usual_params(), some_key())
}

/// An enterprise's name, with the key usage that Buypass gives.
pub(crate) fn usual_params() -> CertificateParams {
    let mut params = params(&[
        (COMMON_NAME, "Example AS"),
        (ORGANIZATION_IDENTIFIER, "NTRNO-123456789"),
    ]);
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    params
}

/// A value of a subject's attribute.
pub(crate) enum Value {
    Utf8(String),
    /// A tag and any bytes.
    Raw(u8, Vec<u8>),
}

/// A certificate with a subject that no tool would make. Its signature is of other bytes.
pub(crate) fn with_subject(attributes: &[(&[u64], Value)]) -> Vec<u8> {
    let attribute = |(kind, value): &(&[u64], Value)| {
        let (tag, bytes) = match value {
            Value::Utf8(text) => (12, text.as_bytes()),
            Value::Raw(tag, bytes) => (*tag, &bytes[..]),
        };
        // The identifiers used here are 2.5.4.x.
        let kind = [0x55, 4, u8::try_from(kind[3]).unwrap()];
        let pair = der(0x30, &[der(6, &kind), der(tag, bytes)].concat());
        der(0x31, &pair)
    };
    let subject: Vec<u8> = attributes.iter().flat_map(attribute).collect();
    let whole = enterprise().leaf;
    let mut parts = children(&whole);
    let mut inner = children(&parts[0]);
    // version, serial number, algorithm, issuer, validity, subject
    inner[5] = der(0x30, &subject);
    parts[0] = der(0x30, &inner.concat());
    der(0x30, &parts.concat())
}

/// A DER value with a tag of one byte.
pub(crate) fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let mut value = match length {
        0..0x80 => vec![tag, length.to_be_bytes()[1]],
        _ => [vec![tag, 0x82], length.to_be_bytes().to_vec()].concat(),
    };
    value.extend_from_slice(content);
    value
}

/// The values inside of a DER value.
pub(crate) fn children(value: &[u8]) -> Vec<Vec<u8>> {
    let split = |value: &[u8]| -> (usize, usize) {
        match value[1] {
            short @ 0..0x80 => (2, usize::from(short)),
            long => {
                let digits = &value[2..2 + usize::from(long & 0x7f)];
                let length = digits
                    .iter()
                    .fold(0, |length, digit| length << 8 | usize::from(*digit));
                (2 + digits.len(), length)
            }
        }
    };
    let mut rest = &value[split(value).0..];
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (header, length) = split(rest);
        found.push(rest[..header + length].to_vec());
        rest = &rest[header + length..];
    }
    found
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
