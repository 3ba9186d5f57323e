//! What was ignored while an enterprise certificate was loaded.

use jiff::Timestamp;

use crate::certificate::Certificate;

/// Something in a file that was ignored when a certificate was loaded from it.
///
/// See [`EnterpriseCertificate::notices`](crate::EnterpriseCertificate::notices).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadNotice {
    /// A certificate can't be read. It is not the one that belongs to the key.
    #[error("certificate {position} can't be read and was ignored")]
    #[non_exhaustive]
    UnreadableCertificate {
        /// Which one, counted from 1.
        position: usize,
    },
    /// A private key can't be used. Another one in the same file can.
    #[error("private key {position} was ignored: {problem}")]
    #[non_exhaustive]
    UnusableKey {
        /// Which one, counted from 1.
        position: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// Bytes follow the end of a PKCS#12 file.
    #[error("{count} bytes after the end of the PKCS#12 file were ignored")]
    #[non_exhaustive]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// The file has another certificate with a key, which was not chosen.
    #[error(
        "the certificate {subject} with serial number {serial} ({not_before} to {not_after}) in \
         the same file was not used: {reason}"
    )]
    #[non_exhaustive]
    OtherCertificate {
        /// The holder's distinguished name.
        subject: String,
        /// The serial number, decimal.
        serial: String,
        /// First second of validity.
        not_before: Timestamp,
        /// Last second of validity.
        not_after: Timestamp,
        /// Why another one was preferred.
        reason: PassedOver,
    },
}

/// Why another certificate of the same file was preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PassedOver {
    /// It is self-signed, and the other one has an issuer.
    #[error("it is self-signed")]
    SelfSigned,
    /// It may not be used for mutual TLS or for signing packages.
    #[error("its key usage doesn't allow mutual TLS and signed packages")]
    Usage,
    /// It is expired, or not valid yet.
    #[error("it is outside its dates")]
    OutsideDates,
    /// It has no organisation number.
    #[error("it has no organisation number")]
    NoOrganizationNumber,
    /// Both could be used; the file ties the key to the other one, or the other one is valid
    /// for longer.
    #[error("another certificate for the same key was preferred")]
    Preferred,
}

impl LoadNotice {
    pub(crate) fn other(certificate: &Certificate, reason: PassedOver) -> Self {
        Self::OtherCertificate {
            subject: certificate.subject(),
            serial: certificate.serial_decimal(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            reason,
        }
    }
}
