//! Which format a file has, to say so when it is not the one that was asked for.

use std::fmt;

use der::Decode as _;

use crate::oid;
use crate::tlv::{Malformed, Tlv, tag};

/// Format of a file that holds certificates or keys.
///
/// `Display` gives its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFormat {
    /// PKCS#12 (`.p12`, `.pfx`).
    Pkcs12,
    /// PKCS#7, certificates without a key (`.p7b`, `.p7c`).
    Pkcs7,
    /// Java's own key store (`.jks`).
    Jks,
    /// Java's other own key store (`.jceks`).
    Jceks,
    /// PEM text.
    Pem,
    /// Text in UTF-16, as some Windows tools write.
    Utf16,
    /// OpenSSL's form of a certificate with trust settings, PEM.
    TrustedCertificate,
    /// A request for a certificate, PEM.
    CertificateRequest,
    /// A single certificate, DER (`.cer`, `.crt`, `.der`).
    Certificate,
}

impl FileFormat {
    /// Recognises the format of a file by its first bytes.
    ///
    /// `None` if it is none of those that are known here.
    #[must_use]
    pub fn of(file: &[u8]) -> Option<Self> {
        match file {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Some(Self::Utf16),
            // Without a byte order mark: every other byte of such text is zero.
            [first, 0, second, 0, ..] | [0, first, 0, second, ..]
                if first.is_ascii_graphic() && second.is_ascii_graphic() && *first != 0x30 =>
            {
                return Some(Self::Utf16);
            }
            [0xfe, 0xed, 0xfe, 0xed, ..] => return Some(Self::Jks),
            [0xce, 0xce, 0xce, 0xce, ..] => return Some(Self::Jceks),
            // Text may begin so too: the byte is the digit 0.
            [0x30, ..] => {
                if let Ok(Some(format)) = Self::of_der(file) {
                    return Some(format);
                }
            }
            _ => {}
        }
        Self::of_label(file)
    }

    /// By the first block of a PEM text.
    fn of_label(text: &[u8]) -> Option<Self> {
        const BEGIN: &[u8] = b"-----BEGIN ";
        let labels = [
            ("PKCS7-----", Self::Pkcs7),
            ("CMS-----", Self::Pkcs7),
            ("TRUSTED CERTIFICATE-----", Self::TrustedCertificate),
            ("CERTIFICATE REQUEST-----", Self::CertificateRequest),
            ("NEW CERTIFICATE REQUEST-----", Self::CertificateRequest),
        ];
        let at = text.windows(BEGIN.len()).position(|part| part == BEGIN)?;
        let label = &text[at + BEGIN.len()..];
        let known = labels
            .into_iter()
            .find(|(known, _)| label.starts_with(known.as_bytes()));
        Some(known.map_or(Self::Pem, |(_, format)| format))
    }

    fn of_der(file: &[u8]) -> Result<Option<Self>, Malformed> {
        let mut fields = Tlv::read(file)?.0.expect(tag::SEQUENCE)?.children();
        let first = fields.any()?;
        if first.tag == tag::OBJECT_IDENTIFIER {
            let signed = first.content == oid::SIGNED_DATA.as_bytes();
            return Ok(signed.then_some(Self::Pkcs7));
        }
        if first.small_integer() == Ok(3) {
            return Ok(Some(Self::Pkcs12));
        }
        Ok(x509_cert::Certificate::from_der(file)
            .ok()
            .map(|_| Self::Certificate))
    }

    /// Whether a file has PEM blocks of any kind.
    pub(crate) fn is_pem(file: &[u8]) -> bool {
        Self::of_label(file).is_some()
    }

    /// Returns what to do with a file of this format.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::Pkcs12 => "load it with from_pkcs12 and its password",
            Self::Pkcs7 => {
                "it holds certificates without a key; take them out with \
                 `openssl pkcs7 -print_certs -in FILE -out certificates.pem` \
                 (with `-inform der` if it is not text)"
            }
            Self::Jks | Self::Jceks => {
                "convert it with `keytool -importkeystore -srckeystore FILE \
                 -destkeystore new.p12 -deststoretype pkcs12`"
            }
            Self::Pem => "load it with from_pem, or from_encrypted_pem if the key has a password",
            Self::Utf16 => "save it as UTF-8",
            Self::TrustedCertificate => {
                "convert it with `openssl x509 -in FILE -out certificate.pem`"
            }
            Self::CertificateRequest => {
                "send it to the issuer and use the certificate that comes back"
            }
            Self::Certificate => {
                "it has no private key; export the certificate together with its key"
            }
        }
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pkcs12 => "a PKCS#12 file",
            Self::Pkcs7 => "a PKCS#7 file (.p7b)",
            Self::Jks => "a Java key store (JKS)",
            Self::Jceks => "a Java key store (JCEKS)",
            Self::Pem => "a PEM file",
            Self::Utf16 => "text in UTF-16",
            Self::TrustedCertificate => "a certificate in OpenSSL's trusted form",
            Self::CertificateRequest => "a certificate request",
            Self::Certificate => "a single certificate in DER",
        })
    }
}
