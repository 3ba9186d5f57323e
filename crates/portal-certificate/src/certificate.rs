//! One X.509 certificate, read.

mod derived;
mod issuer;
mod usage;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest;
use der::{Decode as _, Encode as _};
use jiff::Timestamp;
use portal_model::OrganizationNumber;
use x509_cert::time::Time;

use derived::Derived;

use crate::error::CertificateError;
use crate::file_format::FileFormat;
use crate::load_notice::LoadNotice;
use crate::name;
use crate::oid;
use crate::pem::{self, Block, PemError};
use crate::pkcs8;
use crate::tlv::{Tlv, tag};

/// Kind of a certificate's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA.
    #[non_exhaustive]
    Rsa {
        /// Length of the modulus in bits.
        bits: u32,
    },
    /// Anything else, which the service does not accept.
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
    derived: Derived,
}

impl Certificate {
    /// Reads a certificate from its DER.
    ///
    /// # Errors
    /// [`CertificateError`] if the bytes are anything but exactly one X.509 certificate.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Result<Self, CertificateError> {
        let der = der.into();
        let parsed =
            x509_cert::Certificate::from_der(&der).map_err(|cause| match FileFormat::of(&der) {
                Some(found) if found != FileFormat::Certificate => {
                    CertificateError::WrongFormat { found }
                }
                _ => CertificateError::unreadable(cause),
            })?;
        let validity = parsed.tbs_certificate().validity();
        let not_before = timestamp(validity.not_before);
        let not_after = timestamp(validity.not_after);
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest::digest(&digest::SHA256, &der).as_ref());
        let inner = Arc::new(Inner {
            der,
            parsed,
            not_before,
            not_after,
            sha256,
            derived: Derived::default(),
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
    /// [`CertificateError`] if there is none, or one can't be read. [`Self::read_all`] ignores
    /// those that can't be read.
    pub fn all_from_pem(pem: &[u8]) -> Result<Vec<Self>, CertificateError> {
        let certificates: Result<Vec<Self>, _> = certificate_blocks(pem)?
            .into_iter()
            .map(|block| Self::from_der(block.der.to_vec()))
            .collect();
        certificates
    }

    /// Reads a file of one certificate in DER or any number in PEM. Certificates that can't be
    /// read are left out, with a notice for each.
    ///
    /// # Errors
    /// [`CertificateError`] if there is no certificate in the file, or none that can be read.
    pub fn read_all(file: &[u8]) -> Result<(Vec<Self>, Vec<LoadNotice>), CertificateError> {
        if !FileFormat::is_pem(file) {
            return Ok((vec![Self::from_der(file)?], Vec::new()));
        }
        let (mut certificates, mut notices, mut refused) = (Vec::new(), Vec::new(), None);
        for (index, block) in certificate_blocks(file)?.into_iter().enumerate() {
            match Self::from_der(block.der.to_vec()) {
                Ok(certificate) => certificates.push(certificate),
                Err(error) => {
                    let position = index + 1;
                    notices.push(LoadNotice::UnreadableCertificate { position });
                    refused.get_or_insert(error);
                }
            }
        }
        match refused {
            Some(error) if certificates.is_empty() => Err(error),
            _ => Ok((certificates, notices)),
        }
    }

    /// Returns the certificate's DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.inner.der
    }

    /// Returns the subject for people to read, such as `CN=Example,organizationIdentifier=NTRNO-123456789,C=NO`.
    #[must_use]
    pub fn subject(&self) -> String {
        name::readable(self.parsed().subject())
    }

    /// Returns the issuer for people to read.
    #[must_use]
    pub fn issuer(&self) -> String {
        name::readable(self.parsed().issuer())
    }

    /// Returns the serial number in hexadecimal, two digits for each byte, as most tools show it.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        let serial = self.parsed().serial_number();
        let bytes = serial.as_bytes();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns the first second of validity.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.inner.not_before
    }

    /// Returns the last second of validity. The last second of 9999, by which issuers say that a
    /// certificate doesn't expire, is given as the last possible `Timestamp`, a day before.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.inner.not_after
    }

    /// Returns whether the certificate is within its dates at a time.
    #[must_use]
    pub fn is_valid_at(&self, time: Timestamp) -> bool {
        self.not_before() <= time && time <= self.not_after()
    }

    /// Returns the SHA-256 of the DER, the certificate's fingerprint.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.inner.sha256
    }

    /// Returns the organisation number in the subject; see [`organization_number`](crate::organization_number).
    #[must_use]
    pub fn organization_number(&self) -> Option<OrganizationNumber> {
        name::organization_number(self.parsed().subject())
    }

    /// Returns whether this is a person's certificate, not an organisation's: the subject has a given name
    /// or a surname.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        name::is_personal(self.parsed().subject())
    }

    /// Returns the kind of key.
    #[must_use]
    pub fn key_kind(&self) -> KeyKind {
        let info = self.parsed().subject_public_key_info();
        if info.algorithm.oid != oid::RSA_ENCRYPTION {
            return KeyKind::Other;
        }
        rsa_bits(self.public_key()).map_or(KeyKind::Other, |bits| KeyKind::Rsa { bits })
    }

    /// Returns the DER of `SubjectPublicKeyInfo`: the key with its algorithm.
    #[must_use]
    pub fn public_key_info(&self) -> Vec<u8> {
        self.parsed()
            .subject_public_key_info()
            .to_der()
            .unwrap_or_default()
    }

    /// Returns the DER of the subject's name.
    #[must_use]
    pub fn subject_der(&self) -> Vec<u8> {
        self.parsed().subject().to_der().unwrap_or_default()
    }

    fn parsed(&self) -> &x509_cert::TbsCertificate {
        self.inner.parsed.tbs_certificate()
    }

    /// Returns the public key's bits: for RSA the DER of PKCS#1's `RSAPublicKey`.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        let info = self.parsed().subject_public_key_info();
        info.subject_public_key.as_bytes().unwrap_or_default()
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

/// The certificates of a PEM text; there is at least one.
fn certificate_blocks(pem: &[u8]) -> Result<Vec<Block>, CertificateError> {
    let mut blocks = pem::blocks(pem).map_err(|error| match error {
        PemError::Format(found) => CertificateError::WrongFormat { found },
        PemError::Damaged { .. } => CertificateError::NoPem,
    })?;
    blocks.retain(Block::is_certificate);
    if !blocks.is_empty() {
        return Ok(blocks);
    }
    Err(match FileFormat::of(pem) {
        Some(found) if found != FileFormat::Pem => CertificateError::WrongFormat { found },
        _ => CertificateError::NoPem,
    })
}

/// Certificates that never expire end in the last second of 9999, which is later than the last
/// `Timestamp` by a day; that one is taken.
fn timestamp(time: Time) -> Timestamp {
    let last = Timestamp::from_second(Timestamp::MAX.as_second()).unwrap_or(Timestamp::MAX);
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(last)
}

/// The length of the modulus in PKCS#1's `RSAPublicKey ::= SEQUENCE { modulus, publicExponent }`.
fn rsa_bits(public_key: &[u8]) -> Option<u32> {
    let key = Tlv::read_all(public_key)
        .and_then(|key| key.expect(tag::SEQUENCE))
        .ok()?;
    pkcs8::bits(key.children().expect(tag::INTEGER).ok()?.content)
}
