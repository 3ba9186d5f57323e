//! The outside of a PKCS#8 private key: which kind of key it holds.

use zeroize::Zeroizing;

use crate::error::LoadError;
use crate::tlv::{Malformed, Tlv, tag};

/// `SEQUENCE { OBJECT IDENTIFIER rsaEncryption, NULL }` after version 0.
const VERSION_AND_RSA: [u8; 18] = [
    0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
    0x05, 0x00,
];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

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
        .expect(tag::OBJECT_IDENTIFIER)?;
    Ok(algorithm.content == RSA)
}

/// The length of an RSA key's modulus.
pub(crate) fn rsa_bits(pkcs8: &[u8]) -> Option<u32> {
    let mut fields = Tlv::read_all(pkcs8).ok()?.children();
    fields.expect(tag::INTEGER).ok()?;
    fields.expect(tag::SEQUENCE).ok()?;
    let key = fields.expect(tag::OCTET_STRING).ok()?;
    let mut numbers = Tlv::read_all(key.content).ok()?.children();
    numbers.expect(tag::INTEGER).ok()?;
    let modulus = numbers.expect(tag::INTEGER).ok()?.content;
    let first = modulus.iter().position(|byte| *byte != 0)?;
    let bytes = u32::try_from(modulus.len() - first).ok()?;
    Some(bytes * 8 - modulus[first].leading_zeros())
}

/// Puts PKCS#1's `RSAPrivateKey` into PKCS#8.
pub(crate) fn wrap_rsa(pkcs1: &[u8]) -> Zeroizing<Vec<u8>> {
    let key_header = header(tag::OCTET_STRING, pkcs1.len());
    let length = VERSION_AND_RSA.len() + key_header.len() + pkcs1.len();
    let mut pkcs8 = Zeroizing::new(Vec::with_capacity(length + 5));
    pkcs8.extend_from_slice(&header(tag::SEQUENCE, length));
    pkcs8.extend_from_slice(&VERSION_AND_RSA);
    pkcs8.extend_from_slice(&key_header);
    pkcs8.extend_from_slice(pkcs1);
    pkcs8
}

/// The tag and length of a DER value.
pub(crate) fn header(tag: u8, length: usize) -> Vec<u8> {
    if length < 0x80 {
        return vec![tag, length.to_le_bytes()[0]];
    }
    let digits = length.to_be_bytes();
    let first = digits.iter().position(|digit| *digit != 0).unwrap_or(0);
    let digits = &digits[first..];
    let mut header = vec![tag, 0x80 | digits.len().to_le_bytes()[0]];
    header.extend_from_slice(digits);
    header
}
