//! Writing PKCS#12 files, in the one form that today's readers prefer: PBES2 with AES-256, and an
//! HMAC-SHA-256 over it all.

use aws_lc_rs::cipher::{AES_256, DecryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{digest, pbkdf2, rand};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, BmpString, OctetString, OctetStringRef, SetOfVec};
use der::{Encode, EncodeValue, Sequence, Tagged};
use std::num::NonZeroU32;
use x509_cert::attr::Attribute;
use x509_cert::spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use crate::error::ExportError;
use crate::mac;
use crate::oid;

/// Rounds of key derivation. As Java's `keytool` writes.
const ITERATIONS: u32 = 10_000;
const SALT_LENGTH: usize = 16;
const BLOCK_LENGTH: usize = 16;

// The structures of RFC 7292 and RFC 8018 that stand in such a file.

#[derive(Sequence)]
struct Pfx {
    version: u8,
    auth_safe: ContentInfo,
    mac_data: MacData,
}

#[derive(Sequence)]
struct ContentInfo {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: Any,
}

#[derive(Sequence)]
struct MacData {
    mac: DigestInfo,
    salt: OctetString,
    iterations: u32,
}

#[derive(Sequence)]
struct DigestInfo {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

#[derive(Sequence)]
struct EncryptedData {
    version: u8,
    info: EncryptedContentInfo,
}

#[derive(Sequence)]
struct EncryptedContentInfo {
    content_type: ObjectIdentifier,
    algorithm: AlgorithmIdentifierOwned,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    encrypted: OctetString,
}

#[derive(Sequence)]
struct SafeBag {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    value: Any,
    #[asn1(optional = "true")]
    attributes: Option<SetOfVec<Attribute>>,
}

#[derive(Sequence)]
struct EncryptedPrivateKeyInfo {
    algorithm: AlgorithmIdentifierOwned,
    encrypted: OctetString,
}

#[derive(Sequence)]
struct CertificateBag<'a> {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    certificate: &'a OctetStringRef,
}

#[derive(Sequence)]
struct Pbes2 {
    derivation: AlgorithmIdentifierOwned,
    cipher: AlgorithmIdentifierOwned,
}

#[derive(Sequence)]
struct Pbkdf2 {
    salt: OctetString,
    iterations: u32,
    prf: AlgorithmIdentifierOwned,
}

/// What failed, for `?`: conversions from other crates' errors are no part of the public error.
struct Failed(ExportError);

impl From<der::Error> for Failed {
    fn from(_: der::Error) -> Self {
        Self(ExportError::Encoding)
    }
}

impl From<Unspecified> for Failed {
    fn from(_: Unspecified) -> Self {
        Self(ExportError::Encryption)
    }
}

/// Writes the key and its chain, end certificate first, under a name that readers show.
pub(crate) fn write(
    chain: &[&[u8]],
    pkcs8: &[u8],
    password: &str,
    alias: &str,
) -> Result<Vec<u8>, ExportError> {
    write_parts(chain, pkcs8, password, alias).map_err(|Failed(error)| error)
}

fn write_parts(
    chain: &[&[u8]],
    pkcs8: &[u8],
    password: &str,
    alias: &str,
) -> Result<Vec<u8>, Failed> {
    let attributes = SetOfVec::try_from(vec![
        attribute(oid::FRIENDLY_NAME, &BmpString::from_utf8(alias)?)?,
        // Ties the key to its certificate; any bytes do.
        attribute(oid::LOCAL_KEY_ID, &OctetString::new([1])?)?,
    ])?;

    let (algorithm, encrypted) = encrypt(pkcs8, password)?;
    let key_bag = SafeBag {
        kind: oid::SHROUDED_KEY_BAG,
        value: Any::encode_from(&EncryptedPrivateKeyInfo {
            algorithm,
            encrypted,
        })?,
        attributes: Some(attributes.clone()),
    };
    let mut certificate_bags = Vec::new();
    for (index, der) in chain.iter().enumerate() {
        certificate_bags.push(SafeBag {
            kind: oid::CERTIFICATE_BAG,
            value: Any::encode_from(&CertificateBag {
                kind: oid::X509_CERTIFICATE,
                certificate: OctetStringRef::new(der)?,
            })?,
            attributes: (index == 0).then(|| attributes.clone()),
        });
    }
    let (algorithm, encrypted) = encrypt(&certificate_bags.to_der()?, password)?;
    let encrypted = EncryptedData {
        version: 0,
        info: EncryptedContentInfo {
            content_type: oid::DATA,
            algorithm,
            encrypted,
        },
    };
    let safe = vec![
        data(&vec![key_bag])?,
        ContentInfo {
            content_type: oid::ENCRYPTED_DATA,
            content: Any::encode_from(&encrypted)?,
        },
    ];

    let salt = random::<SALT_LENGTH>()?;
    let digest = mac::sha256(password, &salt, ITERATIONS, &safe.to_der()?)
        .map_err(|_| Failed(ExportError::Encryption))?;
    let pfx = Pfx {
        version: 3,
        auth_safe: data(&safe)?,
        mac_data: MacData {
            mac: DigestInfo {
                algorithm: without_parameters(oid::SHA256),
                digest: OctetString::new(digest)?,
            },
            salt: OctetString::new(salt)?,
            iterations: ITERATIONS,
        },
    };
    Ok(pfx.to_der()?)
}

/// Encrypts under a key of its own, and returns the algorithm's identifier too.
fn encrypt(
    plain: &[u8],
    password: &str,
) -> Result<(AlgorithmIdentifierOwned, OctetString), Failed> {
    let salt = random::<SALT_LENGTH>()?;
    let mut key = Zeroizing::new([0; digest::SHA256_OUTPUT_LEN]);
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        NonZeroU32::new(ITERATIONS).unwrap_or(NonZeroU32::MIN),
        &salt,
        password.as_bytes(),
        &mut *key,
    );
    let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &*key)?)?;
    // Room for the padding: a buffer that grew would leave the key behind.
    let mut buffer = Zeroizing::new(Vec::with_capacity(plain.len() + BLOCK_LENGTH));
    buffer.extend_from_slice(plain);
    let DecryptionContext::Iv128(iv) = cipher.encrypt(&mut *buffer)? else {
        return Err(Failed(ExportError::Encryption));
    };
    let iv: &[u8; BLOCK_LENGTH] = iv.as_ref();
    let derivation = Pbkdf2 {
        salt: OctetString::new(salt)?,
        iterations: ITERATIONS,
        prf: without_parameters(oid::HMAC_SHA256),
    };
    let parameters = Pbes2 {
        derivation: algorithm(oid::PBKDF2, &derivation)?,
        cipher: algorithm(oid::AES_256_CBC, &OctetString::new(*iv)?)?,
    };
    let encrypted = OctetString::new(&buffer[..])?;
    Ok((algorithm(oid::PBES2, &parameters)?, encrypted))
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Unspecified> {
    let mut bytes = [0; LENGTH];
    rand::fill(&mut bytes)?;
    Ok(bytes)
}

/// Content that is not encrypted: an octet string that holds a value.
fn data(value: &impl Encode) -> Result<ContentInfo, der::Error> {
    Ok(ContentInfo {
        content_type: oid::DATA,
        content: Any::encode_from(&OctetString::new(value.to_der()?)?)?,
    })
}

fn attribute(
    kind: ObjectIdentifier,
    value: &(impl Tagged + EncodeValue),
) -> Result<Attribute, der::Error> {
    Ok(Attribute {
        oid: kind,
        values: SetOfVec::try_from(vec![Any::encode_from(value)?])?,
    })
}

fn algorithm(
    oid: ObjectIdentifier,
    parameters: &(impl Tagged + EncodeValue),
) -> Result<AlgorithmIdentifierOwned, der::Error> {
    Ok(AlgorithmIdentifierOwned {
        oid,
        parameters: Some(Any::encode_from(parameters)?),
    })
}

fn without_parameters(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid,
        parameters: Some(Any::null()),
    }
}
