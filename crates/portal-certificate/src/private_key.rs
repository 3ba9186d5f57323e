//! The private key of an enterprise certificate, parsed once.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};
use zeroize::Zeroizing;

use crate::error::{KeyError, LoadError};
use crate::pkcs8;

/// Signature scheme of an RSA key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RsaScheme {
    /// PKCS#1 v1.5 with SHA-256.
    Pkcs1Sha256,
    /// PKCS#1 v1.5 with SHA-384.
    Pkcs1Sha384,
    /// PKCS#1 v1.5 with SHA-512.
    Pkcs1Sha512,
    /// PSS with SHA-256.
    PssSha256,
    /// PSS with SHA-384.
    PssSha384,
    /// PSS with SHA-512.
    PssSha512,
}

impl RsaScheme {
    fn encoding(self) -> &'static dyn RsaEncoding {
        match self {
            Self::Pkcs1Sha256 => &RSA_PKCS1_SHA256,
            Self::Pkcs1Sha384 => &RSA_PKCS1_SHA384,
            Self::Pkcs1Sha512 => &RSA_PKCS1_SHA512,
            Self::PssSha256 => &RSA_PSS_SHA256,
            Self::PssSha384 => &RSA_PSS_SHA384,
            Self::PssSha512 => &RSA_PSS_SHA512,
        }
    }
}

/// An RSA private key, parsed and checked once.
///
/// Cheap to clone: package signing and TLS share one key. Its bytes are wiped from memory when the
/// last clone is dropped, and never appear in `Debug`.
#[derive(Clone)]
pub struct PrivateKey {
    inner: Arc<Inner>,
}

struct Inner {
    pkcs8: Zeroizing<Vec<u8>>,
    /// The library wipes its own memory when it frees it.
    pair: KeyPair,
}

impl PrivateKey {
    /// Parses PKCS#8; the buffer is wiped in the end.
    pub(crate) fn from_pkcs8(pkcs8: Zeroizing<Vec<u8>>) -> Result<Self, LoadError> {
        if !pkcs8::is_rsa(&pkcs8)? {
            return Err(LoadError::NotRsa);
        }
        if let Some(bits) = pkcs8::rsa_bits(&pkcs8)
            && !(2048..=4096).contains(&bits)
        {
            return Err(LoadError::KeyLength { bits });
        }
        let pair = KeyPair::from_pkcs8(&pkcs8).map_err(|_| LoadError::MalformedKey)?;
        Ok(Self {
            inner: Arc::new(Inner { pkcs8, pair }),
        })
    }

    /// Signs a message of any length.
    ///
    /// The first signature of a process takes some 20 ms more, for which the cryptographic library
    /// gathers entropy.
    ///
    /// # Errors
    /// [`KeyError`] if the system has no random bytes.
    pub fn sign(&self, scheme: RsaScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.signature(|pair, signature| {
            pair.sign(scheme.encoding(), &SystemRandom::new(), message, signature)
        })
    }

    /// Signs a SHA-256 digest that the caller has made, by PKCS#1 v1.5.
    ///
    /// # Errors
    /// [`KeyError`] if the system has no random bytes.
    pub fn sign_sha256_digest(&self, sha256: &[u8; 32]) -> Result<Vec<u8>, KeyError> {
        self.signature(|pair, signature| {
            let digest = Digest::import_less_safe(sha256, &digest::SHA256)?;
            pair.sign_digest(&RSA_PKCS1_SHA256, &digest, signature)
        })
    }

    fn signature(
        &self,
        sign: impl FnOnce(&KeyPair, &mut [u8]) -> Result<(), Unspecified>,
    ) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.inner.pair.public_modulus_len()];
        sign(&self.inner.pair, &mut signature).map_err(|_| KeyError::Sign)?;
        Ok(signature)
    }

    /// Returns the public key: the DER of PKCS#1's `RSAPublicKey`.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        self.inner.pair.public_key().as_ref()
    }

    /// Returns the key as PKCS#8 in DER. Handle with care: copies of these bytes are the caller's
    /// to wipe.
    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.inner.pkcs8
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(<private>)")
    }
}
