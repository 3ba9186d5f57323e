//! An enterprise certificate: the chain and the private key.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use portal_model::OrganizationNumber;
use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::error::{ExportError, LoadError};
use crate::export;
use crate::file_format::FileFormat;
use crate::identity::{self, Material};
use crate::load_notice::LoadNotice;
use crate::pem::{self, Block, PemError};
use crate::pkcs8;
use crate::pkcs12::{self, FoundCertificate, FoundKey};
use crate::private_key::PrivateKey;

/// A sender's enterprise certificate with its private key, as issued by Buypass or Commfides.
///
/// It signs document packages and identifies the sender in mutual TLS. Loading proves that key and
/// certificate belong together, puts the chain in order (end certificate first, each followed by
/// its issuer) and drops certificates that are not part of it. Dates and trust are not checked:
/// see [`inspect`](Self::inspect).
///
/// # Several certificates or keys
/// A file may hold several certificates for one key, or several keys. `from_pkcs12`, `from_pem`,
/// `from_encrypted_pem` and `from_der` choose one. A certificate that an issuer signed goes before
/// a self-signed one, then count in this order: key usage for signing and TLS clients, validity by
/// the system's clock, an organisation number, the file's own link (`localKeyID`), and the later
/// end. What was not chosen is in [`notices`](Self::notices). A certificate whose usage doesn't
/// allow signing and TLS clients is refused. The loaders that begin with `all` return every pair
/// of key and certificate, whatever its usage; [`choose`](Self::choose) takes one by another clock.
///
/// Of several certificates of one issuer, the one that is valid now goes into the chain, then the
/// one with the later end.
///
/// # Secrets
/// Cheap to clone: the key is parsed once and shared. The key's bytes, the password's encoded
/// forms and the buffers in between are wiped from memory. The file's bytes, the password that the
/// caller passes, and copies made of [`private_key_pkcs8`](Self::private_key_pkcs8) belong to the
/// caller and are not. Neither are copies in registers, on the stack, or in memory that the
/// system has swapped out.
/// The key never appears in `Debug`.
#[derive(Clone)]
pub struct EnterpriseCertificate {
    chain: Vec<Certificate>,
    key: PrivateKey,
    notices: Arc<[LoadNotice]>,
    /// Whether the file ties the key to this certificate.
    tied: bool,
}

impl EnterpriseCertificate {
    /// Opens a PKCS#12 file (`.p12`, `.pfx`) and chooses one identity; see
    /// [above](Self#several-certificates-or-keys).
    ///
    /// # Errors
    /// [`LoadError`], which distinguishes a wrong password from a damaged file.
    pub fn from_pkcs12(file: &[u8], password: &str) -> Result<Self, LoadError> {
        one(pkcs12_material(file, password)?)
    }

    /// Opens a PKCS#12 file and returns every RSA key with each of its certificates.
    ///
    /// Keys are in the file's order, and of each key the preferred certificate comes first. On
    /// success the list is never empty.
    ///
    /// # Errors
    /// [`LoadError`] if the file can't be read or no certificate belongs to a key.
    pub fn all_from_pkcs12(file: &[u8], password: &str) -> Result<Vec<Self>, LoadError> {
        all(pkcs12_material(file, password)?)
    }

    /// Reads certificates and an unencrypted private key (PKCS#8 or PKCS#1) from PEM, and chooses
    /// one identity; see [above](Self#several-certificates-or-keys).
    ///
    /// Both may be the same file. Text around the blocks is skipped, and the certificates may come
    /// in any order. Line ends may be missing or written out as `\n`, as in environment variables.
    ///
    /// # Errors
    /// [`LoadError`] if a block is damaged, something is missing, or key and certificate differ.
    pub fn from_pem(chain_pem: &[u8], key_pem: &[u8]) -> Result<Self, LoadError> {
        one(pem_material(chain_pem, key_pem, None)?)
    }

    /// Reads PEM like [`from_pem`](Self::from_pem), with a private key that may be encrypted
    /// (`ENCRYPTED PRIVATE KEY`).
    ///
    /// # Errors
    /// [`LoadError`], which distinguishes a wrong password from a damaged file.
    pub fn from_encrypted_pem(
        chain_pem: &[u8],
        key_pem: &[u8],
        password: &str,
    ) -> Result<Self, LoadError> {
        one(pem_material(chain_pem, key_pem, Some(password))?)
    }

    /// Reads PEM and returns every RSA key with each of its certificates, in the order of
    /// [`all_from_pkcs12`](Self::all_from_pkcs12).
    ///
    /// `password` is for encrypted keys.
    ///
    /// # Errors
    /// [`LoadError`] if a block is damaged or no certificate belongs to a key.
    pub fn all_from_pem(
        chain_pem: &[u8],
        key_pem: &[u8],
        password: Option<&str>,
    ) -> Result<Vec<Self>, LoadError> {
        all(pem_material(chain_pem, key_pem, password)?)
    }

    /// Takes certificates (in any order) and a PKCS#8 private key in DER, and chooses one
    /// identity; see [above](Self#several-certificates-or-keys).
    ///
    /// # Errors
    /// [`LoadError`] if the key can't be read, or if no certificate belongs to it.
    pub fn from_der<C>(
        chain: impl IntoIterator<Item = C>,
        pkcs8: impl Into<Vec<u8>>,
    ) -> Result<Self, LoadError>
    where
        C: Into<Vec<u8>>,
    {
        one(der_material(chain, pkcs8.into())?)
    }

    /// Takes certificates and a PKCS#8 private key in DER, and returns the key with each of its
    /// certificates, the preferred one first.
    ///
    /// # Errors
    /// [`LoadError`] if the key can't be read, or if no certificate belongs to it.
    pub fn all_from_der<C>(
        chain: impl IntoIterator<Item = C>,
        pkcs8: impl Into<Vec<u8>>,
    ) -> Result<Vec<Self>, LoadError>
    where
        C: Into<Vec<u8>>,
    {
        all(der_material(chain, pkcs8.into())?)
    }

    /// Chooses one of several identities as of a time, the way that the loaders of one do by the
    /// system's clock; see [above](Self#several-certificates-or-keys). What was not chosen is
    /// added to its [`notices`](Self::notices).
    ///
    /// # Errors
    /// [`LoadError::WrongUsage`] or [`LoadError::SeveralKeys`], or
    /// [`LoadError::NoCertificateForKey`] if there are none.
    pub fn choose(identities: &[Self], at: Timestamp) -> Result<Self, LoadError> {
        identity::choose(identities, at)
    }

    /// Puts together what was proven to belong together; the chain is never empty.
    pub(crate) fn new(chain: Vec<Certificate>, key: PrivateKey, tied: bool) -> Self {
        Self {
            chain,
            key,
            notices: Arc::default(),
            tied,
        }
    }

    pub(crate) fn with_notices(mut self, more: &[LoadNotice]) -> Self {
        if !more.is_empty() {
            self.notices = self.notices.iter().chain(more).cloned().collect();
        }
        self
    }

    pub(crate) fn is_tied(&self) -> bool {
        self.tied
    }

    /// Returns the chain: the end certificate first, then each one's issuer as far as they were
    /// given.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Returns the end certificate.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        // `new` is never given an empty chain.
        &self.chain[0]
    }

    /// Returns the end certificate's DER.
    #[must_use]
    pub fn leaf_der(&self) -> &[u8] {
        self.leaf().der()
    }

    /// Returns the chain's certificates in DER, end certificate first.
    pub fn chain_der(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.chain.iter().map(Certificate::der)
    }

    /// Returns the private key, parsed. Cheap to clone.
    #[must_use]
    pub fn private_key(&self) -> &PrivateKey {
        &self.key
    }

    /// Returns the private key as PKCS#8 in DER. Handle with care: copies of these bytes are the
    /// caller's to wipe.
    #[must_use]
    pub fn private_key_pkcs8(&self) -> &[u8] {
        self.key.pkcs8()
    }

    /// Returns what was ignored when the certificate was loaded: unreadable certificates, and
    /// others that could have been meant.
    #[must_use]
    pub fn notices(&self) -> &[LoadNotice] {
        &self.notices
    }

    /// Writes certificate, chain and key to a PKCS#12 file (`.p12`) that opens with `password`.
    ///
    /// In the form that OpenSSL 3 and Java 8u301 or later write themselves: AES-256 under a key by
    /// PBKDF2, authenticated by HMAC-SHA-256. `alias` is the name that key stores show. Readers do
    /// not agree how to encode letters outside ASCII in a password, so avoid them.
    ///
    /// # Errors
    /// [`ExportError`] if the system has no random bytes, or `alias` is too long.
    pub fn to_pkcs12(&self, password: &str, alias: &str) -> Result<Vec<u8>, ExportError> {
        let chain: Vec<&[u8]> = self.chain_der().collect();
        export::write(&chain, self.key.pkcs8(), password, alias)
    }

    /// Returns the organisation number in the end certificate; see
    /// [`organization_number`](crate::organization_number).
    #[must_use]
    pub fn organization_number(&self) -> Option<OrganizationNumber> {
        self.leaf().organization_number()
    }
}

/// Loads by the system's clock.
fn all(material: Material) -> Result<Vec<EnterpriseCertificate>, LoadError> {
    material.identities(Timestamp::now())
}

fn one(material: Material) -> Result<EnterpriseCertificate, LoadError> {
    let now = Timestamp::now();
    identity::choose(&material.identities(now)?, now)
}

fn pkcs12_material(file: &[u8], password: &str) -> Result<Material, LoadError> {
    let contents = pkcs12::open(file, password)?;
    if contents.keys.is_empty() {
        return Err(LoadError::NoPrivateKey { file: pkcs12::FILE });
    }
    if contents.certificates.is_empty() {
        return Err(LoadError::NoCertificate { file: pkcs12::FILE });
    }
    let count = contents.trailing_bytes;
    let mut material = Material::new(contents.keys, contents.certificates);
    if count > 0 {
        material.notice(LoadNotice::TrailingBytes { count });
    }
    Ok(material)
}

fn pem_material(
    chain_pem: &[u8],
    key_pem: &[u8],
    password: Option<&str>,
) -> Result<Material, LoadError> {
    const CHAIN: &str = "PEM file with the certificates";
    const KEY: &str = "PEM file with the private key";
    let blocks = |bytes: &[u8], file| {
        if bytes.is_empty() {
            return Err(LoadError::Empty { file });
        }
        pem::blocks(bytes).map_err(|error| match error {
            PemError::Format(found) => LoadError::WrongFormat { file, found },
            PemError::Damaged { position } => LoadError::DamagedPem { position },
        })
    };
    let chain = blocks(chain_pem, CHAIN)?;
    let keys = blocks(key_pem, KEY)?;
    let mut certificates = Vec::new();
    for block in chain.iter().filter(|block| block.is_certificate()) {
        certificates.push(found(block.der.to_vec()));
    }
    if certificates.is_empty() {
        return Err(lacking(
            chain_pem,
            &chain,
            CHAIN,
            LoadError::NoCertificate { file: CHAIN },
        ));
    }
    let mut read = Vec::new();
    let mut refused = Vec::new();
    for (index, block) in keys.into_iter().filter(Block::is_private_key).enumerate() {
        match unwrapped(block, password) {
            Ok(pkcs8) => read.push(FoundKey {
                pkcs8,
                local_key_id: None,
            }),
            Err(error) => refused.push((index + 1, error)),
        }
    }
    if read.is_empty() {
        return Err(match refused.into_iter().next() {
            Some((_, error)) => error,
            None => lacking(key_pem, &[], KEY, LoadError::NoPrivateKey { file: KEY }),
        });
    }
    let mut material = Material::new(read, certificates);
    for (position, error) in refused {
        material.notice(LoadNotice::UnusableKey {
            position,
            problem: error.to_string(),
        });
    }
    Ok(material)
}

/// Names the format of a file that lacks what it should hold, where that explains it.
fn lacking(bytes: &[u8], blocks: &[Block], file: &'static str, otherwise: LoadError) -> LoadError {
    match FileFormat::of(bytes) {
        // A key comes first in many files: what else there is says nothing then.
        Some(found @ (FileFormat::Pkcs7 | FileFormat::TrustedCertificate)) => {
            LoadError::WrongFormat { file, found }
        }
        Some(found @ FileFormat::CertificateRequest) if blocks.len() <= 1 => {
            LoadError::WrongFormat { file, found }
        }
        _ => otherwise,
    }
}

/// The key of a block as PKCS#8.
fn unwrapped(block: Block, password: Option<&str>) -> Result<Zeroizing<Vec<u8>>, LoadError> {
    match &*block.label {
        _ if block.encrypted => Err(LoadError::EncryptedKey),
        "PRIVATE KEY" => Ok(block.der),
        "RSA PRIVATE KEY" => pkcs8::wrap_rsa(&block.der),
        "ENCRYPTED PRIVATE KEY" => pkcs8::decrypt(&block.der, password),
        _ => Err(LoadError::NotRsa),
    }
}

fn der_material<C: Into<Vec<u8>>>(
    chain: impl IntoIterator<Item = C>,
    pkcs8: Vec<u8>,
) -> Result<Material, LoadError> {
    let key = FoundKey {
        pkcs8: Zeroizing::new(pkcs8),
        local_key_id: None,
    };
    let certificates: Vec<FoundCertificate> =
        chain.into_iter().map(|der| found(der.into())).collect();
    if certificates.is_empty() {
        return Err(LoadError::NoCertificate {
            file: "list of certificates",
        });
    }
    Ok(Material::new(vec![key], certificates))
}

fn found(der: Vec<u8>) -> FoundCertificate {
    FoundCertificate {
        der,
        local_key_id: None,
    }
}

impl fmt::Debug for EnterpriseCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnterpriseCertificate")
            .field("chain", &self.chain)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
