//! One X.509 certificate, read.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use const_oid::ObjectIdentifier;
use der::Decode as _;
use jiff::Timestamp;
use num_bigint::BigInt;
use portal_model::OrganizationNumber;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use x509_cert::time::Time;

use crate::error::CertificateError;
use crate::name;
use crate::pem;
use crate::tlv::{Tlv, tag};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const SHA384_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const SHA512_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const CLIENT_AUTHENTICATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
const ANY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// Extensions that may be critical in a chain, since they are either obeyed or of no consequence
/// to what this crate decides.
const UNDERSTOOD_EXTENSIONS: [&str; 6] = [
    "2.5.29.14", // subject key identifier
    "2.5.29.15", // key usage
    "2.5.29.17", // subject alternative name
    "2.5.29.19", // basic constraints
    "2.5.29.32", // certificate policies
    "2.5.29.37", // extended key usage
];

/// What a certificate's key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA, with the length of its modulus in bits.
    Rsa {
        /// Length of the modulus.
        bits: u32,
    },
    /// Anything else, which the service does not take.
    Other,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::Other => f.write_str("not RSA"),
        }
    }
}

/// An X.509 certificate. Cheap to clone.
#[derive(Clone)]
pub struct Certificate {
    inner: Arc<Inner>,
}

struct Inner {
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
    not_before: Timestamp,
    not_after: Timestamp,
    sha256: [u8; 32],
}

impl Certificate {
    /// Reads a certificate from its DER.
    ///
    /// # Errors
    /// [`CertificateError`] if the bytes are not one X.509 certificate and nothing more.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Result<Self, CertificateError> {
        let der = der.into();
        let parsed =
            x509_cert::Certificate::from_der(&der).map_err(CertificateError::unreadable)?;
        let validity = parsed.tbs_certificate().validity();
        let not_before = timestamp(validity.not_before)?;
        let not_after = timestamp(validity.not_after)?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest::digest(&digest::SHA256, &der).as_ref());
        let inner = Arc::new(Inner {
            der,
            parsed,
            not_before,
            not_after,
            sha256,
        });
        Ok(Self { inner })
    }

    /// Reads the first certificate of a PEM file.
    ///
    /// # Errors
    /// [`CertificateError`] if there is none or it can't be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, CertificateError> {
        Self::all_from_pem(pem)?
            .into_iter()
            .next()
            .ok_or(CertificateError::NoPem)
    }

    /// Reads all certificates of a PEM file in their order; text between them is skipped.
    ///
    /// # Errors
    /// [`CertificateError`] if there is none, or one can't be read.
    pub fn all_from_pem(pem: &[u8]) -> Result<Vec<Self>, CertificateError> {
        let blocks = pem::blocks(pem).map_err(|_| CertificateError::NoPem)?;
        let certificates: Result<Vec<Self>, _> = blocks
            .iter()
            .filter(|block| block.is_certificate())
            .map(|block| Self::from_der(block.der.to_vec()))
            .collect();
        certificates.and_then(|found| {
            if found.is_empty() {
                Err(CertificateError::NoPem)
            } else {
                Ok(found)
            }
        })
    }

    /// The certificate's DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.inner.der
    }

    /// The subject for people to read, such as `CN=Example,organizationIdentifier=NTRNO-123456789,C=NO`.
    #[must_use]
    pub fn subject(&self) -> String {
        name::readable(self.inner.parsed.tbs_certificate().subject())
    }

    /// The issuer for people to read.
    #[must_use]
    pub fn issuer(&self) -> String {
        name::readable(self.inner.parsed.tbs_certificate().issuer())
    }

    /// The subject's common name, where it has one.
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        name::common_name(self.inner.parsed.tbs_certificate().subject())
    }

    /// The issuer in the form of RFC 2253 (a form that RFC 4514 allows), as XAdES asks for it:
    /// the last part first, no blanks, types without a short name as number and hexadecimal DER.
    #[must_use]
    pub fn issuer_rfc2253(&self) -> String {
        name::rfc_2253(self.inner.parsed.tbs_certificate().issuer())
    }

    /// The serial number in decimal, of any length, as XAdES asks for it.
    #[must_use]
    pub fn serial_decimal(&self) -> String {
        let serial = self.inner.parsed.tbs_certificate().serial_number();
        BigInt::from_signed_bytes_be(serial.as_bytes()).to_string()
    }

    /// The serial number in hexadecimal, two digits for each byte, as most tools show it.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        let serial = self.inner.parsed.tbs_certificate().serial_number();
        let bytes = serial.as_bytes();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The first second of validity.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.inner.not_before
    }

    /// The last second of validity.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.inner.not_after
    }

    /// Whether the certificate is within its dates at a time.
    #[must_use]
    pub fn is_valid_at(&self, time: Timestamp) -> bool {
        self.not_before() <= time && time <= self.not_after()
    }

    /// The SHA-256 of the DER, by which certificates are told apart.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.inner.sha256
    }

    /// The SHA-1 of the DER. Only for XAdES' `CertDigest`, where the service's documentation
    /// demands it; nothing's security may rest on it.
    #[must_use]
    pub fn sha1(&self) -> [u8; 20] {
        let mut sha1 = [0; 20];
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, self.der());
        sha1.copy_from_slice(digest.as_ref());
        sha1
    }

    /// The organisation number in the subject; see [`organization_number`](crate::organization_number).
    #[must_use]
    pub fn organization_number(&self) -> Option<OrganizationNumber> {
        name::organization_number(self.inner.parsed.tbs_certificate().subject())
    }

    /// What kind of key is certified.
    #[must_use]
    pub fn key_kind(&self) -> KeyKind {
        let info = self
            .inner
            .parsed
            .tbs_certificate()
            .subject_public_key_info();
        if info.algorithm.oid != RSA_ENCRYPTION {
            return KeyKind::Other;
        }
        rsa_bits(self.public_key()).map_or(KeyKind::Other, |bits| KeyKind::Rsa { bits })
    }

    /// The public key's bits: for RSA the DER of PKCS#1's `RSAPublicKey`.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        let info = self
            .inner
            .parsed
            .tbs_certificate()
            .subject_public_key_info();
        info.subject_public_key.as_bytes().unwrap_or_default()
    }

    /// Whether the certificate's key usage allows signing data. No such extension allows all.
    #[must_use]
    pub fn allows_digital_signature(&self) -> bool {
        self.key_usage()
            .is_none_or(|usage| usage.digital_signature())
    }

    /// Whether the certificate's extended key usage allows clients of TLS. No such extension
    /// allows all, as in real enterprise certificates.
    #[must_use]
    pub fn allows_client_authentication(&self) -> bool {
        let tbs = self.inner.parsed.tbs_certificate();
        match tbs.get_extension::<ExtendedKeyUsage>() {
            Ok(Some((_, ExtendedKeyUsage(usages)))) => {
                usages.contains(&CLIENT_AUTHENTICATION) || usages.contains(&ANY_USAGE)
            }
            Ok(None) => true,
            Err(_) => false,
        }
    }

    /// The key usages that the certificate names, in X.509's words; empty if it names none.
    #[must_use]
    pub fn key_usages(&self) -> Vec<&'static str> {
        let Some(usage) = self.key_usage() else {
            return Vec::new();
        };
        [
            (usage.digital_signature(), "digitalSignature"),
            (usage.non_repudiation(), "nonRepudiation"),
            (usage.key_encipherment(), "keyEncipherment"),
            (usage.data_encipherment(), "dataEncipherment"),
            (usage.key_agreement(), "keyAgreement"),
            (usage.key_cert_sign(), "keyCertSign"),
            (usage.crl_sign(), "cRLSign"),
        ]
        .into_iter()
        .filter_map(|(set, name)| set.then_some(name))
        .collect()
    }

    /// Whether issuer and subject are the same name, as in a root certificate.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.names_issuer(self)
    }

    /// Whether the other certificate bears the name that this one gives for its issuer.
    #[must_use]
    pub fn names_issuer(&self, other: &Self) -> bool {
        self.inner.parsed.tbs_certificate().issuer()
            == other.inner.parsed.tbs_certificate().subject()
    }

    /// Whether the other certificate bears the issuer's name, may issue certificates, and its key
    /// made this one's signature.
    #[must_use]
    pub fn is_issued_by(&self, other: &Self) -> bool {
        self.names_issuer(other) && other.is_authority() && self.is_signed_by(other)
    }

    /// Whether this is an authority's certificate. Those of version 1 have no extensions that
    /// could say so; only self-issued ones are taken for authorities.
    pub(crate) fn is_authority(&self) -> bool {
        let tbs = self.inner.parsed.tbs_certificate();
        let constraints = match tbs.get_extension::<BasicConstraints>() {
            Ok(found) => found.map(|(_, constraints)| constraints),
            Err(_) => return false,
        };
        match constraints {
            Some(constraints) => {
                constraints.ca && self.key_usage().is_none_or(|usage| usage.key_cert_sign())
            }
            None => tbs.extensions().is_none() && self.is_self_issued(),
        }
    }

    /// How many authorities may stand between this one and the end certificate, where limited.
    pub(crate) fn path_length_limit(&self) -> Option<usize> {
        let tbs = self.inner.parsed.tbs_certificate();
        let (_, constraints) = tbs.get_extension::<BasicConstraints>().ok()??;
        constraints.path_len_constraint.map(usize::from)
    }

    /// Whether there is an extension marked critical that this crate does not know.
    pub(crate) fn has_unknown_critical_extension(&self) -> bool {
        let extensions = self.inner.parsed.tbs_certificate().extensions();
        extensions.into_iter().flatten().any(|extension| {
            extension.critical
                && !UNDERSTOOD_EXTENSIONS
                    .iter()
                    .any(|known| extension.extn_id.to_string() == *known)
        })
    }

    fn key_usage(&self) -> Option<KeyUsage> {
        let tbs = self.inner.parsed.tbs_certificate();
        tbs.get_extension::<KeyUsage>()
            .ok()
            .flatten()
            .map(|(_, usage)| usage)
    }

    /// Checks the signature over the certificate's own bytes (not over a new encoding of what was
    /// read from them).
    fn is_signed_by(&self, issuer: &Self) -> bool {
        let algorithm = self.inner.parsed.signature_algorithm();
        if *algorithm != *self.inner.parsed.tbs_certificate().signature() {
            return false;
        }
        let verifier: &'static dyn VerificationAlgorithm = match algorithm.oid {
            SHA256_WITH_RSA => &signature::RSA_PKCS1_2048_8192_SHA256,
            SHA384_WITH_RSA => &signature::RSA_PKCS1_2048_8192_SHA384,
            SHA512_WITH_RSA => &signature::RSA_PKCS1_2048_8192_SHA512,
            ECDSA_WITH_SHA256 => &signature::ECDSA_P256_SHA256_ASN1,
            ECDSA_WITH_SHA384 => &signature::ECDSA_P384_SHA384_ASN1,
            _ => return false,
        };
        let signed = Tlv::read_all(self.der())
            .and_then(|certificate| certificate.children().expect(tag::SEQUENCE));
        match (signed, self.inner.parsed.signature().as_bytes()) {
            (Ok(signed), Some(value)) => UnparsedPublicKey::new(verifier, issuer.public_key())
                .verify(signed.whole, value)
                .is_ok(),
            _ => false,
        }
    }
}

/// Two are the same if their bytes are.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject())
            .field("issuer", &self.issuer())
            .field("serial", &self.serial_decimal())
            .finish_non_exhaustive()
    }
}

fn timestamp(time: Time) -> Result<Timestamp, CertificateError> {
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or(CertificateError::DateOutOfRange)
}

/// The length of the modulus in PKCS#1's `RSAPublicKey ::= SEQUENCE { modulus, publicExponent }`.
fn rsa_bits(public_key: &[u8]) -> Option<u32> {
    let key = Tlv::read_all(public_key)
        .and_then(|key| key.expect(tag::SEQUENCE))
        .ok()?;
    let modulus = key.children().expect(tag::INTEGER).ok()?.content;
    let first = modulus.iter().position(|byte| *byte != 0)?;
    let bytes = u32::try_from(modulus.len() - first).ok()?;
    Some(bytes * 8 - modulus[first].leading_zeros())
}
