//! Writing PKCS#12 files, in the one form that today's readers prefer: PBES2 with AES-256, and an
//! HMAC-SHA-256 over it all.

use aws_lc_rs::cipher::{AES_256, DecryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{digest, pbkdf2, rand};
use const_oid::ObjectIdentifier;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

use crate::pbe;
use crate::pkcs8::header;
use crate::pkcs12;
use crate::tlv::tag;

const FRIENDLY_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.20");
const LOCAL_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.21");

/// Rounds of key derivation. As Java's `keytool` writes.
const ITERATIONS: u32 = 10_000;
const SALT_LENGTH: usize = 16;

const SET: u8 = 0x31;
const BMP_STRING: u8 = 0x1e;
/// `[0]`, holding bytes in place of the octet string that it stands for.
const CONTEXT_0_BYTES: u8 = 0x80;
const NULL: &[u8] = &[0x05, 0x00];

/// Writes the key and its chain, end certificate first, under a name that readers show.
pub(crate) fn write(
    chain: &[&[u8]],
    pkcs8: &[u8],
    password: &str,
    alias: &str,
) -> Result<Vec<u8>, Unspecified> {
    // Ties the key to its certificate; any bytes do.
    let key_id = octets(&[1]);
    let alias: Vec<u8> = alias.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let attributes = set(&[
        &attribute(FRIENDLY_NAME, &value(BMP_STRING, &[&alias])),
        &attribute(LOCAL_KEY_ID, &key_id),
    ]);

    let (algorithm, encrypted) = encrypt(pkcs8, password)?;
    let shrouded = sequence(&[&algorithm, &octets(&encrypted)]);
    let key_bag = bag(pkcs12::SHROUDED_KEY_BAG, &shrouded, &attributes);
    let certificate_bags: Vec<Vec<u8>> = chain
        .iter()
        .enumerate()
        .map(|(index, der)| {
            let certificate = sequence(&[
                &identifier(pkcs12::X509_CERTIFICATE),
                &value(tag::CONTEXT_0, &[&octets(der)]),
            ]);
            let attributes: &[u8] = if index == 0 { &attributes } else { &[] };
            bag(pkcs12::CERTIFICATE_BAG, &certificate, attributes)
        })
        .collect();

    let keys = content_info(pkcs12::DATA, &octets(&sequence(&[&key_bag])));
    let bags: Vec<&[u8]> = certificate_bags.iter().map(Vec::as_slice).collect();
    let (algorithm, encrypted) = encrypt(&sequence(&bags), password)?;
    let encrypted = sequence(&[
        &integer(0),
        &sequence(&[
            &identifier(pkcs12::DATA),
            &algorithm,
            &value(CONTEXT_0_BYTES, &[&encrypted]),
        ]),
    ]);
    let certificates = content_info(pkcs12::ENCRYPTED_DATA, &encrypted);

    let safe = sequence(&[&keys, &certificates]);
    let salt = random::<SALT_LENGTH>()?;
    let mac = sequence(&[
        &sequence(&[
            &sequence(&[&identifier(pbe::SHA256), NULL]),
            &octets(&pbe::mac_sha256(password, &salt, ITERATIONS, &safe)),
        ]),
        &octets(&salt),
        &integer(ITERATIONS),
    ]);
    let content = content_info(pkcs12::DATA, &octets(&safe));
    Ok(sequence(&[&integer(3), &content, &mac]))
}

/// Encrypts under a key of its own, and gives the `AlgorithmIdentifier` that says how.
fn encrypt(plain: &[u8], password: &str) -> Result<(Vec<u8>, Vec<u8>), Unspecified> {
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
    let mut buffer = Zeroizing::new(plain.to_vec());
    let DecryptionContext::Iv128(iv) = cipher.encrypt(&mut *buffer)? else {
        return Err(Unspecified);
    };
    let iv: &[u8; 16] = iv.as_ref();
    let derivation = sequence(&[
        &identifier(pbe::PBKDF2),
        &sequence(&[
            &octets(&salt),
            &integer(ITERATIONS),
            &sequence(&[&identifier(pbe::HMAC_SHA256), NULL]),
        ]),
    ]);
    let scheme = sequence(&[&identifier(pbe::AES_256_CBC), &octets(iv)]);
    let algorithm = sequence(&[&identifier(pbe::PBES2), &sequence(&[&derivation, &scheme])]);
    Ok((algorithm, buffer.to_vec()))
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Unspecified> {
    let mut bytes = [0; LENGTH];
    rand::fill(&mut bytes)?;
    Ok(bytes)
}

fn content_info(kind: ObjectIdentifier, content: &[u8]) -> Vec<u8> {
    sequence(&[&identifier(kind), &value(tag::CONTEXT_0, &[content])])
}

fn bag(kind: ObjectIdentifier, content: &[u8], attributes: &[u8]) -> Vec<u8> {
    let content = value(tag::CONTEXT_0, &[content]);
    sequence(&[&identifier(kind), &content, attributes])
}

fn attribute(kind: ObjectIdentifier, content: &[u8]) -> Vec<u8> {
    sequence(&[&identifier(kind), &set(&[content])])
}

fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut value = header(tag, content.len());
    value.extend_from_slice(&content);
    value
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(tag::SEQUENCE, parts)
}

/// DER wants the parts of a set in the order of their bytes.
fn set(parts: &[&[u8]]) -> Vec<u8> {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    value(SET, &parts)
}

fn octets(bytes: &[u8]) -> Vec<u8> {
    value(tag::OCTET_STRING, &[bytes])
}

fn identifier(identifier: ObjectIdentifier) -> Vec<u8> {
    value(tag::OBJECT_IDENTIFIER, &[identifier.as_bytes()])
}

fn integer(number: u32) -> Vec<u8> {
    // A leading zero keeps the number from reading as negative.
    let digits = [&[0], &number.to_be_bytes()[..]].concat();
    let needed = |pair: &[u8]| pair[0] != 0 || pair[1] >= 0x80;
    let first = digits.windows(2).position(needed).unwrap_or(4);
    value(tag::INTEGER, &[&digits[first..]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_as_short_as_they_can_be_and_never_negative() {
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(3), [2, 1, 3]);
        assert_eq!(integer(127), [2, 1, 127]);
        assert_eq!(integer(128), [2, 2, 0, 128]);
        assert_eq!(integer(10_000), [2, 2, 0x27, 0x10]);
        assert_eq!(integer(u32::MAX), [2, 5, 0, 255, 255, 255, 255]);
    }
}
