//! Why a certificate can't be read, an enterprise certificate can't be loaded, or a chain is not
//! trusted.

use std::error::Error;

use crate::file_format::FileFormat;

/// Why bytes are not a certificate that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The bytes are not the DER of an X.509 certificate, or other bytes follow it.
    #[error(
        "the bytes are not the DER of one X.509 certificate; convert with `openssl x509 -outform der`"
    )]
    #[non_exhaustive]
    Unreadable {
        /// What the reader said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The bytes are of another format.
    #[error("expected a certificate, found {found}: {}", found.help())]
    #[non_exhaustive]
    WrongFormat {
        /// The format.
        found: FileFormat,
    },
    /// A PEM text has no certificate.
    #[error("there is no undamaged PEM block -----BEGIN CERTIFICATE----- in the text")]
    NoPem,
}

impl LoadError {
    pub(crate) fn unsupported_pkcs12(what: String) -> Self {
        // The file's own tools can't read these either.
        let help = if what.contains("-GCM") || what.contains("-CCM") || what.contains("ChaCha20") {
            "export it again with AES-256-CBC from the program that wrote it, since openssl and \
             keytool can't convert it"
        } else {
            "convert it with `openssl pkcs12 -legacy -in old.p12 -out all.pem` and \
             `openssl pkcs12 -export -in all.pem -out new.p12`"
        };
        Self::UnsupportedPkcs12 { what, help }
    }
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
    #[non_exhaustive]
    Empty {
        /// Which file it is.
        file: &'static str,
    },
    /// The file is of another format than the one that was asked for.
    #[error("expected a {file}, found {found}: {}", found.help())]
    #[non_exhaustive]
    WrongFormat {
        /// Which file it is.
        file: &'static str,
        /// The format that it has.
        found: FileFormat,
    },
    /// The file is not PKCS#12.
    #[error("the file is not PKCS#12 (.p12, .pfx): {problem}; PEM files are loaded by from_pem")]
    #[non_exhaustive]
    NotPkcs12 {
        /// What is wrong with its structure.
        problem: &'static str,
    },
    /// The password does not open the file or the key.
    #[error(
        "the password does not open the file, or the file is damaged; use the password that came \
         with it"
    )]
    WrongPassword,
    /// The file is encrypted or authenticated by a method that is not supported.
    #[error("the PKCS#12 file uses {what}, which is not supported; {help}")]
    #[non_exhaustive]
    UnsupportedPkcs12 {
        /// The method, with its object identifier where it has one.
        what: String,
        /// How to get a file that can be read.
        help: &'static str,
    },
    /// The file holds more than a real one does; loading it would take too long.
    #[error("the file holds more than {limit} {what}; export only the certificate that is needed")]
    #[non_exhaustive]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How many are accepted.
        limit: usize,
    },
    /// No private key was found.
    #[error("the {file} holds no private key; export the certificate together with its key")]
    #[non_exhaustive]
    NoPrivateKey {
        /// Which file it is.
        file: &'static str,
    },
    /// No certificate was found.
    #[error("the {file} holds no certificate; export the certificate together with its key")]
    #[non_exhaustive]
    NoCertificate {
        /// Which file it is.
        file: &'static str,
    },
    /// Certificates and keys were found, but none belongs to the other.
    #[error(
        "no certificate belongs to the private key; certificate and key are of different pairs"
    )]
    NoCertificateForKey,
    /// The certificate can't be used for mutual TLS and signed packages.
    #[error(
        "the certificate {subject} can't be used, since its usage doesn't allow {missing}; of the \
         files that the issuer sent, load the one for authentication (Commfides: \"auth\", not \
         \"sign\" or \"enc\"; Buypass: authentication and encryption)"
    )]
    #[non_exhaustive]
    WrongUsage {
        /// The holder's distinguished name.
        subject: String,
        /// The usage that is missing, in X.509's words.
        missing: &'static str,
    },
    /// More than one key could be meant.
    #[error(
        "the file holds {count} keys that may sign; \
         load them with all_from_pkcs12 (or all_from_pem) and choose one by its certificate"
    )]
    #[non_exhaustive]
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// The key is encrypted and no password was given, or in a way that is not supported.
    #[error(
        "the private key is encrypted; give its password to from_encrypted_pem, or, if it begins \
         with Proc-Type, convert it with `openssl pkcs8 -topk8 -in key.pem -out new.pem`"
    )]
    EncryptedKey,
    /// The key is encrypted by a method that is not supported.
    #[error(
        "the private key is encrypted with {what}, which is not supported; convert it with \
         `openssl pkcs8 -topk8 -v2 aes-256-cbc -in key.pem -out new.pem` and load it with \
         from_encrypted_pem"
    )]
    #[non_exhaustive]
    UnsupportedKeyEncryption {
        /// The method, with its object identifier.
        what: String,
    },
    /// The key is of another kind than the service accepts.
    #[error("the private key is not RSA; the service accepts RSA certificates only")]
    NotRsa,
    /// The key is too short or too long.
    #[error("the RSA key has {bits} bits; keys of 2048 to 4096 bits are accepted")]
    #[non_exhaustive]
    KeyLength {
        /// Length of its modulus.
        bits: u32,
    },
    /// The key can't be read or is inconsistent.
    #[error("the private key is not a well-formed PKCS#8 key; export the file again")]
    MalformedKey,
    /// No readable certificate belongs to the key, and this one can't be read.
    #[error("certificate {position} can't be read")]
    #[non_exhaustive]
    Certificate {
        /// Which one, counted from 1.
        position: usize,
        /// Why.
        source: CertificateError,
    },
    /// The text between two lines of a PEM file is not base64.
    #[error("block {position} of the PEM file is damaged; copy the file again as it was issued")]
    #[non_exhaustive]
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
    #[error("the private key could not be encrypted: the system has no random bytes; retry")]
    Encryption,
    /// A value has no form in DER: the alias has characters beyond U+FFFF.
    #[error("the file could not be encoded; use an alias of letters and digits")]
    Encoding,
}

/// Why a private key can't sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The cryptographic library failed, for lack of random bytes.
    #[error("the private key could not sign: the system has no random bytes; retry")]
    Sign,
}

/// Why a certificate does not lead to a trust anchor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The end certificate is not yet or no longer valid.
    #[error("the certificate is valid from {not_before} to {not_after}, but not at {at}")]
    #[non_exhaustive]
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
    /// A path leads to an anchor, but over an authority that may issue for certain names only.
    #[error(
        "an authority in the chain may issue certificates for certain names only (name \
         constraints), which enterprise certificates' authorities don't; use the issuer's chain"
    )]
    NameConstraints,
    /// A path leads to an anchor, but over a certificate that may not issue others.
    #[error(
        "a certificate in the chain was issued by one that is not an authority's (basic \
         constraints or key usage don't allow it)"
    )]
    NotAnAuthority,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts that users see.
    #[test]
    fn errors_say_what_to_do() {
        let file = "PKCS#12 file";
        let what = "the cipher AES-256-GCM (2.16.840.1.101.3.4.1.46)".to_owned();
        let errors = [
            LoadError::Empty { file },
            LoadError::NotPkcs12 {
                problem: "its structure is damaged",
            },
            LoadError::WrongPassword,
            LoadError::unsupported_pkcs12(what.clone()),
            LoadError::unsupported_pkcs12("the cipher RC2 (1.2.840.113549.3.2)".to_owned()),
            LoadError::TooMuch {
                what: "private keys",
                limit: 32,
            },
            LoadError::NoPrivateKey { file },
            LoadError::NoCertificate { file },
            LoadError::NoCertificateForKey,
            LoadError::WrongUsage {
                subject: "CN=Example AS".to_owned(),
                missing: "digitalSignature",
            },
            LoadError::SeveralKeys { count: 2 },
            LoadError::EncryptedKey,
            LoadError::UnsupportedKeyEncryption { what },
            LoadError::NotRsa,
            LoadError::KeyLength { bits: 1024 },
            LoadError::MalformedKey,
            LoadError::Certificate {
                position: 1,
                source: CertificateError::NoPem,
            },
            LoadError::DamagedPem { position: 1 },
        ];
        let formats = [
            FileFormat::Pkcs12,
            FileFormat::Pkcs7,
            FileFormat::Jks,
            FileFormat::Jceks,
            FileFormat::Pem,
            FileFormat::Utf16,
            FileFormat::TrustedCertificate,
            FileFormat::CertificateRequest,
            FileFormat::Certificate,
        ];
        let formats = formats.map(|found| LoadError::WrongFormat { file, found });
        let mut texts: Vec<String> = errors
            .iter()
            .chain(&formats)
            .map(ToString::to_string)
            .collect();
        texts.push(CertificateError::NoPem.to_string());
        texts.push(CertificateError::unreadable(LoadError::NotRsa).to_string());
        let chain = [
            ChainError::AuthorityOutsideDates,
            ChainError::NameConstraints,
            ChainError::NotAnAuthority,
            ChainError::NoPath,
            ChainError::UnknownCriticalExtension,
        ];
        texts.extend(chain.iter().map(ToString::to_string));
        insta::assert_snapshot!(texts.join("\n"));
    }
}
