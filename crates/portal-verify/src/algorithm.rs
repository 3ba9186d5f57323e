//! Digests and signatures, by the names that CMS and XML give them.

use aws_lc_rs::digest::{self, Algorithm};
use aws_lc_rs::signature::{
    self, EcdsaVerificationAlgorithm, RsaParameters, RsaPssSaltLength, VerificationAlgorithm,
};
use cms::cert::x509;
use cms::cert::x509::der::asn1::ObjectIdentifier;
use cms::cert::x509::der::{Decode as _, Encode as _};

use crate::tlv;

/// A digest that is supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digest {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    pub(crate) fn by_oid(oid: ObjectIdentifier) -> Option<Self> {
        Some(match oid.to_string().as_str() {
            "1.3.14.3.2.26" => Self::Sha1,
            "2.16.840.1.101.3.4.2.1" => Self::Sha256,
            "2.16.840.1.101.3.4.2.2" => Self::Sha384,
            "2.16.840.1.101.3.4.2.3" => Self::Sha512,
            _ => return None,
        })
    }

    pub(crate) fn by_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://www.w3.org/2000/09/xmldsig#sha1" => Self::Sha1,
            "http://www.w3.org/2001/04/xmlenc#sha256" => Self::Sha256,
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => Self::Sha384,
            "http://www.w3.org/2001/04/xmlenc#sha512" => Self::Sha512,
            _ => return None,
        })
    }

    fn algorithm(self) -> &'static Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    /// The digest of all parts in turn.
    pub(crate) fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        let mut context = digest::Context::new(self.algorithm());
        for part in parts {
            context.update(part);
        }
        context.finish().as_ref().to_vec()
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}

/// How a signature is made, apart from its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    RsaPkcs1,
    /// With a salt of this many bytes.
    RsaPss(u16),
    Ecdsa,
    Ed25519,
}

/// How a signature value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As X.509 has it.
    Der,
    /// As XML signatures have it: both numbers of ECDSA, one after the other.
    Fixed,
}

/// What checking a signature gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Holds,
    Differs,
    /// The algorithm, or the key, is not supported; its name.
    Unsupported(String),
}

/// Scheme and digest of a CMS signature. `digest` is the digest that the signer names apart.
pub(crate) fn of_cms(
    algorithm: &x509::spki::AlgorithmIdentifierOwned,
    digest: Digest,
) -> Result<(Scheme, Digest), String> {
    let oid = algorithm.oid.to_string();
    Ok(match oid.as_str() {
        "1.2.840.113549.1.1.1" => (Scheme::RsaPkcs1, digest),
        "1.2.840.113549.1.1.5" => (Scheme::RsaPkcs1, Digest::Sha1),
        "1.2.840.113549.1.1.11" => (Scheme::RsaPkcs1, Digest::Sha256),
        "1.2.840.113549.1.1.12" => (Scheme::RsaPkcs1, Digest::Sha384),
        "1.2.840.113549.1.1.13" => (Scheme::RsaPkcs1, Digest::Sha512),
        "1.2.840.113549.1.1.10" => {
            let parameters = algorithm.parameters.as_ref();
            let parameters = parameters.and_then(|parameters| parameters.to_der().ok());
            let parameters = parameters.as_deref().and_then(pss_parameters);
            let unsupported = "RSASSA-PSS with these parameters";
            parameters.ok_or(unsupported)?
        }
        "1.2.840.10045.4.1" => (Scheme::Ecdsa, Digest::Sha1),
        "1.2.840.10045.4.3.2" => (Scheme::Ecdsa, Digest::Sha256),
        "1.2.840.10045.4.3.3" => (Scheme::Ecdsa, Digest::Sha384),
        "1.2.840.10045.4.3.4" => (Scheme::Ecdsa, Digest::Sha512),
        "1.3.101.112" => (Scheme::Ed25519, digest),
        _ => return Err(format!("signature algorithm {oid}")),
    })
}

/// Salt and digest of PSS parameters whose mask is of the same digest; none for others.
/// Source: RFC 4055, 3.1.
fn pss_parameters(parameters: &[u8]) -> Option<(Scheme, Digest)> {
    let (sequence, _) = tlv::read(parameters)?;
    let (mut hash, mut mask, mut salt) = (None, None, None);
    for field in tlv::all(sequence.value) {
        match field.tag {
            0xa0 => hash = algorithm_oid(field.value),
            0xa1 => {
                let (mgf, _) = tlv::read(field.value)?;
                let (_, of) = tlv::read(mgf.value)?;
                mask = algorithm_oid(of);
            }
            0xa2 => {
                let (number, _) = tlv::read(field.value)?;
                salt = match number.value {
                    [low] => Some(u16::from(*low)),
                    [high, low] => Some(u16::from_be_bytes([*high, *low])),
                    _ => None,
                };
            }
            _ => {}
        }
    }
    let digest = Digest::by_oid(hash?)?;
    (mask == hash).then_some((Scheme::RsaPss(salt?), digest))
}

fn algorithm_oid(identifier: &[u8]) -> Option<ObjectIdentifier> {
    let (sequence, _) = tlv::read(identifier)?;
    let (oid, _) = tlv::read(sequence.value)?;
    (oid.tag == 6).then(|| ObjectIdentifier::from_bytes(oid.value).ok())?
}

/// Scheme and digest of an XML signature.
pub(crate) fn of_xml(uri: &str) -> Option<(Scheme, Digest)> {
    Some(match uri {
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1" => (Scheme::RsaPkcs1, Digest::Sha1),
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => (Scheme::RsaPkcs1, Digest::Sha256),
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => (Scheme::RsaPkcs1, Digest::Sha384),
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => (Scheme::RsaPkcs1, Digest::Sha512),
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1" => {
            (Scheme::RsaPss(32), Digest::Sha256)
        }
        "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1" => {
            (Scheme::RsaPss(48), Digest::Sha384)
        }
        "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1" => {
            (Scheme::RsaPss(64), Digest::Sha512)
        }
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => (Scheme::Ecdsa, Digest::Sha256),
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => (Scheme::Ecdsa, Digest::Sha384),
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512" => (Scheme::Ecdsa, Digest::Sha512),
        _ => return None,
    })
}

/// Checks a signature with the key of a certificate, DER.
pub(crate) fn verify(
    certificate: &[u8],
    scheme: Scheme,
    digest: Digest,
    form: Form,
    message: &[u8],
    value: &[u8],
) -> Outcome {
    let unsupported = |what: &str| Outcome::Unsupported(what.to_owned());
    let Ok(certificate) = x509::Certificate::from_der(certificate) else {
        return unsupported("the certificate's form");
    };
    let info = certificate.tbs_certificate().subject_public_key_info();
    let kind = info.algorithm.oid.to_string();
    let Some(key) = info.subject_public_key.as_bytes() else {
        return unsupported("the certificate's key");
    };
    let salted;
    let algorithm: &dyn VerificationAlgorithm = match (scheme, kind.as_str()) {
        (Scheme::RsaPkcs1 | Scheme::RsaPss(_), "1.2.840.113549.1.1.1")
        | (Scheme::RsaPss(_), "1.2.840.113549.1.1.10") => {
            match rsa(scheme, digest, rsa_bits(key)) {
                Some(algorithm) => {
                    salted = algorithm;
                    &salted
                }
                None => return unsupported(&format!("RSA with {} and this key", digest.name())),
            }
        }
        (Scheme::Ecdsa, "1.2.840.10045.2.1") => {
            let curve = info.algorithm.parameters.as_ref();
            let curve = curve.and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
            let curve = curve.map(|curve| curve.to_string()).unwrap_or_default();
            match ecdsa(&curve, digest, form) {
                Some(algorithm) => algorithm,
                None => {
                    return unsupported(&format!("ECDSA with {} on curve {curve}", digest.name()));
                }
            }
        }
        (Scheme::Ed25519, "1.3.101.112") => &signature::ED25519,
        (_, kind) => return unsupported(&format!("a key of kind {kind}")),
    };
    match algorithm.verify_sig(key, message, value) {
        Ok(()) => Outcome::Holds,
        Err(_) => Outcome::Differs,
    }
}

/// Bits of an RSA modulus, from the DER of `RSAPublicKey`.
fn rsa_bits(key: &[u8]) -> usize {
    let modulus = tlv::read(key).and_then(|(sequence, _)| tlv::read(sequence.value));
    modulus.map_or(0, |(modulus, _)| {
        let digits = modulus.value;
        let zeros = digits.iter().take_while(|&&byte| byte == 0).count();
        let first = digits.get(zeros).map_or(0, |byte| byte.leading_zeros());
        (digits.len() - zeros) * 8 - usize::try_from(first).unwrap_or(0)
    })
}

fn rsa(scheme: Scheme, digest: Digest, bits: usize) -> Option<RsaParameters> {
    if bits > 8192 {
        return None;
    }
    Some(match (scheme, digest) {
        (Scheme::RsaPss(salt), _) if bits >= 2048 => {
            let parameters = match digest {
                Digest::Sha1 => return None,
                Digest::Sha256 => signature::RSA_PSS_2048_8192_SHA256,
                Digest::Sha384 => signature::RSA_PSS_2048_8192_SHA384,
                Digest::Sha512 => signature::RSA_PSS_2048_8192_SHA512,
            };
            parameters.with_pss_salt_length(RsaPssSaltLength::Custom(salt))
        }
        (Scheme::RsaPkcs1, Digest::Sha1) if bits >= 1024 => {
            signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY
        }
        (Scheme::RsaPkcs1, Digest::Sha256) if bits >= 1024 => {
            signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY
        }
        (Scheme::RsaPkcs1, Digest::Sha384) if bits >= 2048 => signature::RSA_PKCS1_2048_8192_SHA384,
        (Scheme::RsaPkcs1, Digest::Sha512) if bits >= 1024 => {
            signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY
        }
        _ => return None,
    })
}

fn ecdsa(curve: &str, digest: Digest, form: Form) -> Option<&'static dyn VerificationAlgorithm> {
    const P256: &str = "1.2.840.10045.3.1.7";
    const P384: &str = "1.3.132.0.34";
    const P521: &str = "1.3.132.0.35";
    let algorithm: &'static EcdsaVerificationAlgorithm = match (form, curve, digest) {
        (Form::Der, P256, Digest::Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
        (Form::Der, P256, Digest::Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
        (Form::Der, P256, Digest::Sha512) => &signature::ECDSA_P256_SHA512_ASN1,
        (Form::Der, P384, Digest::Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
        (Form::Der, P384, Digest::Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
        (Form::Der, P384, Digest::Sha512) => &signature::ECDSA_P384_SHA512_ASN1,
        (Form::Der, P521, Digest::Sha256) => &signature::ECDSA_P521_SHA256_ASN1,
        (Form::Der, P521, Digest::Sha384) => &signature::ECDSA_P521_SHA384_ASN1,
        (Form::Der, P521, Digest::Sha512) => &signature::ECDSA_P521_SHA512_ASN1,
        (Form::Fixed, P256, Digest::Sha256) => &signature::ECDSA_P256_SHA256_FIXED,
        (Form::Fixed, P384, Digest::Sha384) => &signature::ECDSA_P384_SHA384_FIXED,
        (Form::Fixed, P521, Digest::Sha512) => &signature::ECDSA_P521_SHA512_FIXED,
        _ => return None,
    };
    Some(algorithm)
}
