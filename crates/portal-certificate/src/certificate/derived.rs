//! What follows from a certificate's bytes and is needed for each package: worked out when it is first asked for.

use std::sync::OnceLock;

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use num_bigint::BigInt;

use super::Certificate;
use crate::name;

#[derive(Default)]
pub(super) struct Derived {
    sha1: OnceLock<[u8; 20]>,
    issuer_rfc2253: OnceLock<String>,
    serial_decimal: OnceLock<String>,
    /// None if the key is no RSA key that can be read.
    rsa_key: OnceLock<Option<ParsedPublicKey>>,
}

impl Certificate {
    /// Returns the issuer in the form of RFC 2253 (a form that RFC 4514 allows), which XAdES uses:
    /// the last part first, no blanks, types without a short name as number and hexadecimal DER.
    #[must_use]
    pub fn issuer_rfc2253(&self) -> String {
        let text = || name::rfc_2253(self.parsed().issuer());
        let issuer = &self.inner.derived.issuer_rfc2253;
        issuer.get_or_init(text).clone()
    }

    /// Returns the serial number in decimal, of any length, as XAdES uses it.
    #[must_use]
    pub fn serial_decimal(&self) -> String {
        let number = || {
            let serial = self.parsed().serial_number();
            BigInt::from_signed_bytes_be(serial.as_bytes()).to_string()
        };
        let serial = &self.inner.derived.serial_decimal;
        serial.get_or_init(number).clone()
    }

    /// Returns the SHA-1 of the DER. Only for XAdES' `CertDigest`, where the service's documentation
    /// demands it; SHA-1 is not secure.
    #[must_use]
    pub fn sha1(&self) -> [u8; 20] {
        *self.inner.derived.sha1.get_or_init(|| {
            let mut sha1 = [0; 20];
            let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, self.der());
            sha1.copy_from_slice(digest.as_ref());
            sha1
        })
    }

    /// Returns whether the certificate's key made a signature of a SHA-256 digest, by RSA PKCS#1 v1.5 with at
    /// least 2048 bits. The key is parsed once.
    #[must_use]
    pub fn verifies_sha256_digest(&self, sha256: &[u8; 32], signature: &[u8]) -> bool {
        let key = self.inner.derived.rsa_key.get_or_init(|| {
            ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.public_key()).ok()
        });
        let digest = Digest::import_less_safe(sha256, &digest::SHA256);
        let (Some(key), Ok(digest)) = (key, digest) else {
            return false;
        };
        key.verify_digest_sig(&digest, signature).is_ok()
    }
}
