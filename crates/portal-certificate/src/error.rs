//! Why a certificate can't be read, an enterprise certificate can't be loaded, or a chain is not
//! trusted.

use std::error::Error;

/// Why bytes are not a certificate that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Not the DER of an X.509 certificate, or followed by other bytes.
    #[error(
        "the bytes are not the DER of one X.509 certificate; convert with `openssl x509 -outform der`"
    )]
    Unreadable {
        /// What the reader said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// There is no certificate in a PEM text.
    #[error("there is no undamaged PEM block -----BEGIN CERTIFICATE----- in the text")]
    NoPem,
    /// A date that lies outside the years that can be calculated with.
    #[error("the certificate's dates lie outside the years 1 to 9999")]
    DateOutOfRange,
}

impl CertificateError {
    pub(crate) fn unreadable(source: impl Error + Send + Sync + 'static) -> Self {
        Self::Unreadable {
            source: Box::new(source),
        }
    }
}

/// Why an enterprise certificate and its key can't be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// There are no bytes at all.
    #[error("the {file} is empty; check the path, and that the download of the file was complete")]
    Empty {
        /// Which file it is.
        file: &'static str,
    },
    /// The file is not PKCS#12.
    #[error("the file is not PKCS#12 (.p12, .pfx): {problem}; PEM files are loaded by from_pem")]
    NotPkcs12 {
        /// What is wrong with its structure.
        problem: &'static str,
    },
    /// The password does not open the file or the key.
    #[error(
        "the password does not open the file, or the file is damaged; give the password that came \
         with it"
    )]
    WrongPassword,
    /// The file is encrypted or authenticated by a method that is not supported.
    #[error(
        "the PKCS#12 file uses {what}, which is not supported; \
         write it anew with `openssl pkcs12 -in old.p12 -out all.pem` and \
         `openssl pkcs12 -export -in all.pem -out new.p12`"
    )]
    UnsupportedPkcs12 {
        /// The method, with its object identifier where it has one.
        what: String,
    },
    /// No private key was found.
    #[error("the {file} holds no private key; export the certificate together with its key")]
    NoPrivateKey {
        /// Which file it is.
        file: &'static str,
    },
    /// No certificate was found.
    #[error("the {file} holds no certificate; export the certificate together with its key")]
    NoCertificate {
        /// Which file it is.
        file: &'static str,
    },
    /// Certificates and keys were found, but none belongs to the other.
    #[error(
        "no certificate belongs to the private key; certificate and key are of different pairs"
    )]
    NoCertificateForKey,
    /// More than one key could be meant.
    #[error(
        "the file holds {count} keys that may sign; \
         load them with all_from_pkcs12 and choose one by its certificate"
    )]
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// The key is encrypted and no password was given, or in a way that is not supported.
    #[error(
        "the private key is encrypted; give its password to from_encrypted_pem, or, if it begins \
         with Proc-Type, write it anew with `openssl pkcs8 -topk8 -in key.pem -out new.pem`"
    )]
    EncryptedKey,
    /// The key is of another kind than the service takes.
    #[error("the private key is not RSA; the service takes RSA certificates only")]
    NotRsa,
    /// The key is too short or too long.
    #[error("the RSA key has {bits} bits; keys of 2048 to 4096 bits are accepted")]
    KeyLength {
        /// Length of its modulus.
        bits: u32,
    },
    /// The key can't be read or is inconsistent.
    #[error("the private key is not a well-formed PKCS#8 key; export the file anew")]
    MalformedKey,
    /// A certificate among several can't be read.
    #[error("certificate {position} can't be read")]
    Certificate {
        /// Which one, counted from 1.
        position: usize,
        /// Why.
        source: CertificateError,
    },
    /// The text between two lines of a PEM file is not base64.
    #[error("block {position} of the PEM file is damaged; copy the file again as it was issued")]
    DamagedPem {
        /// Which block, counted from 1.
        position: usize,
    },
}

/// Why an enterprise certificate can't be written to a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The system gave no random bytes, or encryption failed.
    #[error("the private key could not be encrypted: the system gives no random bytes; try again")]
    Encryption,
}

/// Why a certificate does not lead to a trust anchor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The end certificate is not yet or no longer valid.
    #[error("the certificate was valid from {not_before} to {not_after}, which does not hold {at}")]
    OutsideDates {
        /// First second of validity.
        not_before: jiff::Timestamp,
        /// Last second of validity.
        not_after: jiff::Timestamp,
        /// The time that was asked about.
        at: jiff::Timestamp,
    },
    /// A path leads to an anchor, but over a certificate outside its dates.
    #[error("an authority's certificate in the chain is outside its dates")]
    AuthorityOutsideDates,
    /// No issuer that is known signed it.
    #[error(
        "no chain of issuers leads to a trust anchor; \
         give the missing intermediate certificates, or use the anchors of the right environment"
    )]
    NoPath,
    /// The end certificate demands something that is not understood.
    #[error("the certificate holds a critical extension that is not known")]
    UnknownCriticalExtension,
}
