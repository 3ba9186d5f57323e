//! Who issued a certificate: by name, and by signature.

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use const_oid::ObjectIdentifier;

use super::Certificate;
use crate::tlv::{Tlv, tag};

const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const SHA384_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const SHA512_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");

impl Certificate {
    /// Returns whether issuer and subject are the same name, as in a root certificate.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.names_issuer(self)
    }

    /// Returns whether the other certificate bears the name that this one gives for its issuer.
    #[must_use]
    pub(crate) fn names_issuer(&self, other: &Self) -> bool {
        self.inner.parsed.tbs_certificate().issuer()
            == other.inner.parsed.tbs_certificate().subject()
    }

    /// Returns whether the other certificate bears the issuer's name, may issue certificates, and its key
    /// made this one's signature.
    #[must_use]
    pub fn is_issued_by(&self, other: &Self) -> bool {
        self.names_issuer(other) && other.is_authority() && self.is_signed_by(other)
    }

    /// Checks the signature over the certificate's own bytes (not over a new encoding of what was
    /// read from them).
    pub(crate) fn is_signed_by(&self, issuer: &Self) -> bool {
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
