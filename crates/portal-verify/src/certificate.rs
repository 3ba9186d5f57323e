//! Facts about certificates, and a memory of those that were seen.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use portal_certificate::Certificate;
use serde::Serialize;

/// The SHA-256 of a certificate or a document. In JSON as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct Fingerprint([u8; 32]);

/// A text is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FingerprintError;

impl fmt::Display for FingerprintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fingerprint is 64 hexadecimal digits")
    }
}

impl std::error::Error for FingerprintError {}

impl Fingerprint {
    /// Takes a SHA-256 that was computed elsewhere.
    #[must_use]
    pub const fn from_sha256(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }

    /// Computes the SHA-256 of bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut sha256 = [0; 32];
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
        sha256.copy_from_slice(digest.as_ref());
        Self(sha256)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = FingerprintError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digits = text.as_bytes();
        let mut sha256 = [0; 32];
        if digits.len() != 64 {
            return Err(FingerprintError);
        }
        for (byte, pair) in sha256.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |at: usize| char::from(pair[at]).to_digit(16).ok_or(FingerprintError);
            *byte = u8::try_from(digit(0)? * 16 + digit(1)?).map_err(|_| FingerprintError)?;
        }
        Ok(Self(sha256))
    }
}

/// Facts about the certificate of an organisation: that of a seal or of a time stamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CertificateFacts {
    /// Its subject for people to read.
    pub subject: String,
    /// The Norwegian organisation number in its subject, where there is one.
    pub organization_number: Option<String>,
    /// Its issuer for people to read. Not checked.
    pub issuer: String,
    /// First second of its validity.
    pub not_before: Timestamp,
    /// Last second of its validity.
    pub not_after: Timestamp,
    /// The SHA-256 of the certificate.
    pub fingerprint: Fingerprint,
}

impl CertificateFacts {
    pub(crate) fn of(certificate: &Certificate) -> Self {
        let number = certificate.organization_number();
        Self {
            subject: certificate.subject(),
            organization_number: number.map(|number| number.as_str().to_owned()),
            issuer: certificate.issuer(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            fingerprint: Fingerprint(certificate.sha256()),
        }
    }
}

/// Facts about the certificate of a signature in a XAdES document, which may be a person's.
///
/// Its subject is not shown, logged or serialised: it may hold a name and a personal number.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SignerCertificate {
    #[serde(skip)]
    pub(crate) subject: String,
    /// Its issuer for people to read. Not checked.
    pub issuer: String,
    /// First second of its validity.
    pub not_before: Timestamp,
    /// Last second of its validity.
    pub not_after: Timestamp,
    /// The SHA-256 of the certificate.
    pub fingerprint: Fingerprint,
}

impl SignerCertificate {
    pub(crate) fn of(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject(),
            issuer: certificate.issuer(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            fingerprint: Fingerprint(certificate.sha256()),
        }
    }

    /// The subject for people to read: personal data. Empty after deserialising.
    #[must_use]
    pub fn reveal_subject(&self) -> &str {
        &self.subject
    }
}

impl fmt::Debug for SignerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignerCertificate")
            .field("issuer", &self.issuer)
            .field("not_before", &self.not_before)
            .field("not_after", &self.not_after)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

/// The fingerprints of seals that were seen before. In JSON a list.
///
/// The caller keeps it, and decides when a new seal becomes a known one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct KnownSeals(pub(crate) BTreeSet<Fingerprint>);

impl KnownSeals {
    /// Creates a memory of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers a seal. Returns whether it is new.
    pub fn remember(&mut self, seal: Fingerprint) -> bool {
        self.0.insert(seal)
    }

    /// Whether a seal was seen before.
    #[must_use]
    pub fn knows(&self, seal: &Fingerprint) -> bool {
        self.0.contains(seal)
    }

    /// The fingerprints, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Fingerprint> {
        self.0.iter()
    }
}

impl FromIterator<Fingerprint> for KnownSeals {
    fn from_iter<I: IntoIterator<Item = Fingerprint>>(fingerprints: I) -> Self {
        Self(fingerprints.into_iter().collect())
    }
}
