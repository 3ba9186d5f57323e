//! PKCS#8 private keys: which kind of key one holds, and decryption of encrypted ones.

use der::asn1::{AnyRef, OctetStringRef};
use der::{Encode as _, Sequence};
use x509_cert::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::error::LoadError;
use crate::oid;
use crate::pbe::{self, PasswordDecryptor, PbeError};
use crate::pkcs12::is_private_key;
use crate::tlv::{Malformed, Tlv, tag};

impl From<Malformed> for LoadError {
    fn from(_: Malformed) -> Self {
        Self::MalformedKey
    }
}

/// Whether the key inside is RSA's.
pub(crate) fn is_rsa(pkcs8: &[u8]) -> Result<bool, LoadError> {
    let mut fields = Tlv::read_all(pkcs8)?.expect(tag::SEQUENCE)?.children();
    fields.expect(tag::INTEGER)?;
    let algorithm = fields
        .expect(tag::SEQUENCE)?
        .children()
        .object_identifier()?;
    Ok(algorithm == oid::RSA_ENCRYPTION)
}

/// The length of an RSA key's modulus.
pub(crate) fn rsa_bits(pkcs8: &[u8]) -> Option<u32> {
    let mut fields = Tlv::read_all(pkcs8).ok()?.children();
    fields.expect(tag::INTEGER).ok()?;
    fields.expect(tag::SEQUENCE).ok()?;
    let key = fields.expect(tag::OCTET_STRING).ok()?;
    let mut numbers = Tlv::read_all(key.content).ok()?.children();
    numbers.expect(tag::INTEGER).ok()?;
    bits(numbers.expect(tag::INTEGER).ok()?.content)
}

/// The length of a positive number in bits.
pub(crate) fn bits(number: &[u8]) -> Option<u32> {
    let first = number.iter().position(|byte| *byte != 0)?;
    let bytes = u32::try_from(number.len() - first).ok()?;
    Some(bytes.checked_mul(8)? - number[first].leading_zeros())
}

/// `PrivateKeyInfo` of RFC 5208, without attributes.
#[derive(Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: AlgorithmIdentifierRef<'a>,
    private_key: &'a OctetStringRef,
}

/// Puts PKCS#1's `RSAPrivateKey` into PKCS#8.
pub(crate) fn wrap_rsa(pkcs1: &[u8]) -> Result<Zeroizing<Vec<u8>>, LoadError> {
    let info = PrivateKeyInfo {
        version: 0,
        algorithm: AlgorithmIdentifierRef {
            oid: oid::RSA_ENCRYPTION,
            parameters: Some(AnyRef::NULL),
        },
        private_key: OctetStringRef::new(pkcs1).map_err(|_| LoadError::MalformedKey)?,
    };
    // Written into a buffer of the right length: one that grew would leave copies of the key.
    let length = info
        .encoded_len()
        .ok()
        .and_then(|length| usize::try_from(length).ok());
    let mut pkcs8 = Zeroizing::new(vec![0; length.ok_or(LoadError::MalformedKey)?]);
    info.encode_to_slice(&mut pkcs8)
        .map_err(|_| LoadError::MalformedKey)?;
    Ok(pkcs8)
}

/// Decrypts `EncryptedPrivateKeyInfo`. Without a password, says only why that is needed or of no
/// use.
pub(crate) fn decrypt(
    encrypted: &[u8],
    password: Option<&str>,
) -> Result<Zeroizing<Vec<u8>>, LoadError> {
    let refuse = |error| match error {
        PbeError::Malformed => LoadError::MalformedKey,
        PbeError::WrongPassword => LoadError::WrongPassword,
        PbeError::Unsupported(what) => LoadError::UnsupportedKeyEncryption { what },
    };
    let parts = || -> Result<_, Malformed> {
        let mut fields = Tlv::read_all(encrypted)?.expect(tag::SEQUENCE)?.children();
        Ok((fields.expect(tag::SEQUENCE)?, fields.any()?.octets()?))
    };
    let Some(password) = password else {
        return Err(
            match parts().map(|(algorithm, _)| pbe::check_method(algorithm)) {
                Ok(Err(unsupported @ PbeError::Unsupported(_))) => refuse(unsupported),
                _ => LoadError::EncryptedKey,
            },
        );
    };
    let (algorithm, encrypted) = parts()?;
    PasswordDecryptor::new(password)
        .decrypt(algorithm, &encrypted, is_private_key)
        .map_err(refuse)
}
