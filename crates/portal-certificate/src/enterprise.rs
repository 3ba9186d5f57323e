//! An enterprise certificate: the chain and the private key.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use portal_model::OrganizationNumber;
use zeroize::Zeroizing;

use crate::certificate::{Certificate, KeyKind};
use crate::error::{ExportError, LoadError};
use crate::export;
use crate::pem;
use crate::pkcs8;
use crate::pkcs12;

/// The longest chain that is put together; real ones have three certificates.
const MAX_CHAIN: usize = 8;

/// A sender's enterprise certificate with its private key, as bought from Buypass or Commfides.
///
/// It serves two ends: to sign document packages, and to show who is calling in mutual TLS.
/// Loading proves that key and certificate belong together, puts the chain in order (end
/// certificate first, each followed by its issuer) and drops certificates that are not part of
/// it. It does not look at dates, key usage or trust.
///
/// Cheap to clone. The key's bytes are wiped from memory when the last clone is gone, and never
/// appear in `Debug`.
#[derive(Clone)]
pub struct EnterpriseCertificate {
    chain: Vec<Certificate>,
    key: Arc<Zeroizing<Vec<u8>>>,
}

impl EnterpriseCertificate {
    /// Opens a PKCS#12 file (`.p12`, `.pfx`).
    ///
    /// Of several keys the one is taken whose certificate allows signing data (key usage
    /// `digitalSignature`): Buypass delivers a second key for other ends in the same file.
    ///
    /// # Errors
    /// [`LoadError`], which tells a wrong password from a damaged file.
    pub fn from_pkcs12(file: &[u8], password: &str) -> Result<Self, LoadError> {
        let mut all = Self::all_from_pkcs12(file, password)?;
        if all.len() > 1 {
            all.retain(|candidate| candidate.leaf().allows_digital_signature());
        }
        match (all.len(), all.pop()) {
            (1, Some(only)) => Ok(only),
            (count, _) => Err(LoadError::SeveralKeys { count }),
        }
    }

    /// Opens a PKCS#12 file and gives every RSA key that has a certificate, in the file's order.
    ///
    /// # Errors
    /// [`LoadError`]; there is at least one if there is none.
    pub fn all_from_pkcs12(file: &[u8], password: &str) -> Result<Vec<Self>, LoadError> {
        const FILE: &str = "PKCS#12 file";
        let contents = pkcs12::open(file, password)?;
        if contents.keys.is_empty() {
            return Err(LoadError::NoPrivateKey { file: FILE });
        }
        if contents.certificates.is_empty() {
            return Err(LoadError::NoCertificate { file: FILE });
        }
        let certificates = read_certificates(contents.certificates)?;
        let mut found = Vec::new();
        let mut refused = LoadError::NoCertificateForKey;
        for key in contents.keys {
            match Self::pair(key, &certificates) {
                Ok(pair) => found.push(pair),
                Err(error) => refused = error,
            }
        }
        if found.is_empty() {
            Err(refused)
        } else {
            Ok(found)
        }
    }

    /// Reads certificates and an unencrypted private key (PKCS#8 or PKCS#1) from PEM.
    ///
    /// Both may be the same file; text around the blocks is skipped, and the certificates may
    /// come in any order.
    ///
    /// # Errors
    /// [`LoadError`] if a block is damaged, something is missing, or key and certificate differ.
    pub fn from_pem(chain_pem: &[u8], key_pem: &[u8]) -> Result<Self, LoadError> {
        Self::read_pem(chain_pem, key_pem, None)
    }

    /// As [`from_pem`](Self::from_pem), with a private key that may be encrypted
    /// (`ENCRYPTED PRIVATE KEY`).
    ///
    /// # Errors
    /// [`LoadError`], which tells a wrong password from a damaged file.
    pub fn from_encrypted_pem(
        chain_pem: &[u8],
        key_pem: &[u8],
        password: &str,
    ) -> Result<Self, LoadError> {
        Self::read_pem(chain_pem, key_pem, Some(password))
    }

    fn read_pem(
        chain_pem: &[u8],
        key_pem: &[u8],
        password: Option<&str>,
    ) -> Result<Self, LoadError> {
        const CHAIN: &str = "PEM file with the certificates";
        const KEY: &str = "PEM file with the private key";
        for (bytes, file) in [(chain_pem, CHAIN), (key_pem, KEY)] {
            if bytes.is_empty() {
                return Err(LoadError::Empty { file });
            }
        }
        let certificates: Vec<Vec<u8>> = pem::blocks(chain_pem)?
            .into_iter()
            .filter(pem::Block::is_certificate)
            .map(|block| block.der.to_vec())
            .collect();
        if certificates.is_empty() {
            return Err(LoadError::NoCertificate { file: CHAIN });
        }
        let key = pem::blocks(key_pem)?
            .into_iter()
            .find(|block| block.label.ends_with("PRIVATE KEY"))
            .ok_or(LoadError::NoPrivateKey { file: KEY })?;
        let pkcs8 = match &*key.label {
            _ if key.encrypted => return Err(LoadError::EncryptedKey),
            "PRIVATE KEY" => key.der,
            "RSA PRIVATE KEY" => pkcs8::wrap_rsa(&key.der),
            "ENCRYPTED PRIVATE KEY" => match password {
                Some(password) => pkcs12::decrypt_key(&key.der, password)?,
                None => return Err(LoadError::EncryptedKey),
            },
            _ => return Err(LoadError::NotRsa),
        };
        Self::pair(pkcs8, &read_certificates(certificates)?)
    }

    /// Takes certificates (in any order) and a PKCS#8 private key in DER.
    ///
    /// # Errors
    /// [`LoadError`] if one can't be read, or if no certificate belongs to the key.
    pub fn from_der<C>(
        chain: impl IntoIterator<Item = C>,
        pkcs8: impl Into<Vec<u8>>,
    ) -> Result<Self, LoadError>
    where
        C: Into<Vec<u8>>,
    {
        let certificates = read_certificates(chain)?;
        if certificates.is_empty() {
            return Err(LoadError::NoCertificate {
                file: "list of certificates",
            });
        }
        Self::pair(Zeroizing::new(pkcs8.into()), &certificates)
    }

    /// The chain: the end certificate first, then each one's issuer as far as they were given.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The end certificate.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        // `pair` never makes an empty chain.
        &self.chain[0]
    }

    /// The end certificate's DER.
    #[must_use]
    pub fn leaf_der(&self) -> &[u8] {
        self.leaf().der()
    }

    /// The chain's certificates in DER, end certificate first.
    pub fn chain_der(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.chain.iter().map(Certificate::der)
    }

    /// The private key as PKCS#8 in DER. Handle with care: these bytes are the key.
    #[must_use]
    pub fn private_key_pkcs8(&self) -> &[u8] {
        &self.key
    }

    /// Writes certificate, chain and key to a PKCS#12 file (`.p12`) that opens with `password`.
    ///
    /// In the form that OpenSSL 3 and Java 8u301 or later write themselves: AES-256 under a key by
    /// PBKDF2, authenticated by HMAC-SHA-256. `alias` is the name that key stores show. Readers do
    /// not agree how to encode letters outside ASCII in a password, so it had better have none.
    ///
    /// # Errors
    /// [`ExportError`] when the system has no random bytes to give.
    pub fn to_pkcs12(&self, password: &str, alias: &str) -> Result<Vec<u8>, ExportError> {
        let chain: Vec<&[u8]> = self.chain_der().collect();
        export::write(&chain, &self.key, password, alias).map_err(|_| ExportError::Encryption)
    }

    /// The organisation number in the end certificate; see
    /// [`organization_number`](crate::organization_number).
    #[must_use]
    pub fn organization_number(&self) -> Option<OrganizationNumber> {
        self.leaf().organization_number()
    }

    /// Finds the key's certificate and, from there, its issuers.
    fn pair(pkcs8: Zeroizing<Vec<u8>>, certificates: &[Certificate]) -> Result<Self, LoadError> {
        if !pkcs8::is_rsa(&pkcs8)? {
            return Err(LoadError::NotRsa);
        }
        if let Some(bits) = pkcs8::rsa_bits(&pkcs8)
            && !(2048..=4096).contains(&bits)
        {
            return Err(LoadError::KeyLength { bits });
        }
        let pair = KeyPair::from_pkcs8(&pkcs8).map_err(|_| LoadError::MalformedKey)?;
        let leaf = certificates
            .iter()
            .find(|candidate| {
                matches!(candidate.key_kind(), KeyKind::Rsa { .. })
                    && candidate.public_key() == pair.public_key().as_ref()
            })
            .ok_or(LoadError::NoCertificateForKey)?;
        let mut chain = vec![leaf.clone()];
        while let Some(last) = chain.last()
            && !last.is_self_issued()
            && chain.len() < MAX_CHAIN
        {
            let issuer = certificates.iter().find(|other| last.is_issued_by(other));
            match issuer {
                Some(issuer) if !chain.contains(issuer) => chain.push(issuer.clone()),
                _ => break,
            }
        }
        Ok(Self {
            chain,
            key: Arc::new(pkcs8),
        })
    }
}

impl fmt::Debug for EnterpriseCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnterpriseCertificate")
            .field("chain", &self.chain)
            .field("key", &"<private>")
            .finish()
    }
}

fn read_certificates<C: Into<Vec<u8>>>(
    ders: impl IntoIterator<Item = C>,
) -> Result<Vec<Certificate>, LoadError> {
    ders.into_iter()
        .enumerate()
        .map(|(index, der)| {
            Certificate::from_der(der).map_err(|source| LoadError::Certificate {
                position: index + 1,
                source,
            })
        })
        .collect()
}
