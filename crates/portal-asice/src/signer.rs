//! Who signs: a key in memory, or one that is kept elsewhere.

use std::fmt;
use std::sync::Once;
use std::thread;

use aws_lc_rs::digest;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use portal_certificate::{Certificate, EnterpriseCertificate, KeyKind, PrivateKey};

use crate::error::{SignError, SignerError};

/// Signs packages. [`KeySigner`] does so with a key in memory; implement this for a key that is
/// kept in an HSM or by a key management service.
///
/// ```
/// use portal_asice::{SignatureInput, PackageSigner, SignerError};
/// use portal_certificate::Certificate;
///
/// struct Vault {
///     chain: Vec<Certificate>,
/// }
///
/// impl PackageSigner for Vault {
///     fn chain(&self) -> &[Certificate] {
///         &self.chain
///     }
///
///     fn sign(&self, input: &SignatureInput<'_>) -> Result<Vec<u8>, SignerError> {
///         let _sha256: &[u8; 32] = input.sha256();
///         Err(SignerError::new("send the digest to the vault here"))
///     }
/// }
/// ```
pub trait PackageSigner: Send + Sync {
    /// Returns the signing certificate, then its issuers: all up to and including the root go into the
    /// package.
    fn chain(&self) -> &[Certificate];

    /// Signs the SHA-256 digest by RSA PKCS#1 v1.5. The signature is checked against the
    /// certificate before it is used.
    ///
    /// # Errors
    /// [`SignerError`] with the reason.
    fn sign(&self, input: &SignatureInput<'_>) -> Result<Vec<u8>, SignerError>;

    /// Returns whether signing waits for nothing: no device, no network, no other program. Defaults to
    /// `false`.
    ///
    /// An async caller may then sign on its own thread, once several signatures have been fast. Any
    /// other key signs on a thread that may block.
    fn only_computes(&self) -> bool {
        false
    }
}

/// What is to be signed.
#[derive(Debug)]
pub struct SignatureInput<'a> {
    message: &'a [u8],
    sha256: [u8; 32],
}

impl<'a> SignatureInput<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest::digest(&digest::SHA256, message).as_ref());
        Self { message, sha256 }
    }

    /// The SHA-256 digest of the message, for keys that sign digests.
    #[must_use]
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// The message itself, some kilobytes, for keys that digest it themselves.
    #[must_use]
    pub fn message(&self) -> &'a [u8] {
        self.message
    }
}

/// Signs with an enterprise certificate's private key in memory.
pub struct KeySigner {
    chain: Vec<Certificate>,
    key: PrivateKey,
}

impl KeySigner {
    /// Takes certificate and key.
    ///
    /// The first signature of a process needs random numbers, for which the cryptographic library
    /// gathers entropy from the processor's timing: 20 ms on an idle machine, more on a busy one.
    /// The first signer starts a thread that has this done and ends, so that it is over, as a
    /// rule, when the first package is built. A program for which that is too long sets
    /// `AWS_LC_SYS_NO_JITTER_ENTROPY=1` in the environment of its build: the library is then seeded by
    /// the operating system, with the processor's random numbers added.
    ///
    /// # Errors
    /// [`SignError`] if the key is not RSA of 2048 to 4096 bits.
    pub fn new(certificate: &EnterpriseCertificate) -> Result<Self, SignError> {
        let chain = certificate.chain().to_vec();
        check_key(&chain)?;
        gather_entropy();
        let key = certificate.private_key().clone();
        Ok(Self { chain, key })
    }
}

impl PackageSigner for KeySigner {
    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    fn sign(&self, input: &SignatureInput<'_>) -> Result<Vec<u8>, SignerError> {
        self.key
            .sign_sha256_digest(input.sha256())
            .map_err(SignerError::new)
    }

    fn only_computes(&self) -> bool {
        true
    }
}

impl fmt::Debug for KeySigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySigner")
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}

/// Has the library seed its random numbers, once and beside the caller.
fn gather_entropy() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let name = "portal-asice entropy".to_owned();
        // Without a thread or entropy now, the first signature gathers it.
        let _ = thread::Builder::new()
            .name(name)
            .spawn(|| SystemRandom::new().fill(&mut [0; 32]));
    });
}

/// The signing certificate, if its key is one that the service takes.
pub(crate) fn check_key(chain: &[Certificate]) -> Result<&Certificate, SignError> {
    let leaf = chain.first().ok_or(SignError::NoCertificate)?;
    match leaf.key_kind() {
        KeyKind::Rsa {
            bits: 2048..=4096, ..
        } => Ok(leaf),
        KeyKind::Rsa { bits, .. } => Err(SignError::KeyLength { bits }),
        _ => Err(SignError::NotRsa),
    }
}

/// Has the message signed, and proves the result.
pub(crate) fn sign_and_check(
    signer: &dyn PackageSigner,
    message: &[u8],
) -> Result<Vec<u8>, SignError> {
    let leaf = check_key(signer.chain())?;
    let input = SignatureInput::new(message);
    let signature = signer
        .sign(&input)
        .map_err(|source| SignError::PackageSigner { source })?;
    if leaf.verifies_sha256_digest(input.sha256(), &signature) {
        Ok(signature)
    } else {
        Err(SignError::WrongSignature)
    }
}
