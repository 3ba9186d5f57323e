//! The server's private key as rustls signs with it: the one that its certificate was made with.

use portal_certificate::{PrivateKey, RsaScheme};
use rustls::sign::{Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};

/// The schemes in the order in which rustls prefers them.
const SCHEMES: [(SignatureScheme, RsaScheme); 6] = [
    (SignatureScheme::RSA_PSS_SHA512, RsaScheme::PssSha512),
    (SignatureScheme::RSA_PSS_SHA384, RsaScheme::PssSha384),
    (SignatureScheme::RSA_PSS_SHA256, RsaScheme::PssSha256),
    (SignatureScheme::RSA_PKCS1_SHA512, RsaScheme::Pkcs1Sha512),
    (SignatureScheme::RSA_PKCS1_SHA384, RsaScheme::Pkcs1Sha384),
    (SignatureScheme::RSA_PKCS1_SHA256, RsaScheme::Pkcs1Sha256),
];

/// A private key that was parsed once.
#[derive(Debug)]
pub(super) struct SharedKey(PrivateKey);

impl SharedKey {
    pub(super) fn new(key: &PrivateKey) -> Self {
        Self(key.clone())
    }
}

impl SigningKey for SharedKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let (scheme, rsa) = SCHEMES
            .into_iter()
            .find(|(scheme, _)| offered.contains(scheme))?;
        Some(Box::new(SchemeSigner {
            key: self.0.clone(),
            scheme,
            rsa,
        }))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

#[derive(Debug)]
struct SchemeSigner {
    key: PrivateKey,
    scheme: SignatureScheme,
    rsa: RsaScheme,
}

impl Signer for SchemeSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.key
            .sign(self.rsa, message)
            .map_err(|_| Error::General("the private key could not sign".to_owned()))
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}
