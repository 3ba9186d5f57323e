//! Encryption and authentication by password, as PKCS#12 files use them.
//!
//! Mostly opening. The old methods (3DES, RC2, SHA-1) are broken or weak; they are here because
//! certificates are still delivered in them, and protect nothing that this crate makes.

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::digest::{self, Context};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hmac, pbkdf2};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt as _, InnerIvInit as _, KeyInit as _};
use const_oid::ObjectIdentifier;
use des::TdesEde3;
use rc2::Rc2;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

use crate::pkcs12::object_identifier;
use crate::tlv::{Malformed, Tlv, tag};

const PBE_3DES_3: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
const PBE_3DES_2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.4");
const PBE_RC2_128: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.5");
const PBE_RC2_40: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.6");
pub(crate) const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
pub(crate) const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
const HMAC_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.7");
pub(crate) const HMAC_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.9");
const HMAC_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.10");
const HMAC_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.11");
const AES_128_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.2");
const AES_192_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.22");
pub(crate) const AES_256_CBC: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");
const DES_EDE3_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.3.7");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
pub(crate) const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// Rounds of key derivation that are done at most; writers use 1 to 2,000,000. The file names the
/// number, and a hostile one would keep the reader busy for as long as it likes.
const MAX_ITERATIONS: u32 = 5_000_000;

#[derive(Debug)]
pub(crate) enum PbeError {
    Malformed,
    WrongPassword,
    Unsupported(String),
}

impl From<Malformed> for PbeError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// Whether `MacData` over `data` is the password's.
pub(crate) fn mac_matches(mac: Tlv<'_>, password: &str, data: &[u8]) -> Result<bool, PbeError> {
    let mut fields = mac.expect(tag::SEQUENCE)?.children();
    let mut info = fields.expect(tag::SEQUENCE)?.children();
    let hash = object_identifier(&mut info.expect(tag::SEQUENCE)?.children())?;
    let expected = info.any()?.octets()?;
    let salt = fields.any()?.octets()?;
    let iterations = match fields.next()? {
        Some(value) => iterations(value)?,
        None => 1,
    };
    let (digest, algorithm) = match hash {
        SHA1 => (
            &digest::SHA1_FOR_LEGACY_USE_ONLY,
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        ),
        SHA256 => (&digest::SHA256, hmac::HMAC_SHA256),
        SHA384 => (&digest::SHA384, hmac::HMAC_SHA384),
        SHA512 => (&digest::SHA512, hmac::HMAC_SHA512),
        other => return Err(PbeError::Unsupported(format!("a MAC of the kind {other}"))),
    };
    Ok(pkcs12_passwords(password).iter().any(|password| {
        let key = derive(
            digest,
            Purpose::Mac,
            password,
            &salt,
            iterations,
            digest.output_len(),
        );
        hmac::verify(&hmac::Key::new(algorithm, &key), data, &expected).is_ok()
    }))
}

/// The HMAC-SHA-256 that stands in `MacData` over `data`.
pub(crate) fn mac_sha256(password: &str, salt: &[u8], iterations: u32, data: &[u8]) -> Vec<u8> {
    let forms = pkcs12_passwords(password);
    let password = forms.first().map_or(&[][..], |form| form);
    let length = digest::SHA256_OUTPUT_LEN;
    let key = derive(
        &digest::SHA256,
        Purpose::Mac,
        password,
        salt,
        iterations,
        length,
    );
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), data);
    tag.as_ref().to_vec()
}

/// Decrypts what `AlgorithmIdentifier` says how to.
pub(crate) fn decrypt(
    algorithm: Tlv<'_>,
    password: &str,
    encrypted: &[u8],
) -> Result<Zeroizing<Vec<u8>>, PbeError> {
    let mut fields = algorithm.children();
    let scheme = object_identifier(&mut fields)?;
    let parameters = fields.expect(tag::SEQUENCE)?;
    if scheme == PBES2 {
        return decrypt_pbes2(parameters, password, encrypted);
    }
    let mut fields = parameters.children();
    let salt = fields.any()?.octets()?;
    let iterations = iterations(fields.any()?)?;
    let sha1 = &digest::SHA1_FOR_LEGACY_USE_ONLY;
    let mut outcome = Err(PbeError::WrongPassword);
    for password in pkcs12_passwords(password) {
        let key = |length| derive(sha1, Purpose::Key, &password, &salt, iterations, length);
        let iv = derive(sha1, Purpose::Iv, &password, &salt, iterations, 8);
        outcome = match scheme {
            PBE_3DES_3 => triple_des(&key(24), &iv, encrypted),
            PBE_3DES_2 => {
                let mut two = key(16);
                two.extend_from_within(..8);
                triple_des(&two, &iv, encrypted)
            }
            PBE_RC2_128 => cbc(Rc2::new_with_eff_key_len(&key(16), 128), &iv, encrypted),
            PBE_RC2_40 => cbc(Rc2::new_with_eff_key_len(&key(5), 40), &iv, encrypted),
            other => return Err(PbeError::Unsupported(format!("the cipher {other}"))),
        };
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn decrypt_pbes2(
    parameters: Tlv<'_>,
    password: &str,
    encrypted: &[u8],
) -> Result<Zeroizing<Vec<u8>>, PbeError> {
    let mut fields = parameters.children();
    let mut derivation = fields.expect(tag::SEQUENCE)?.children();
    let mut cipher = fields.expect(tag::SEQUENCE)?.children();
    let kind = object_identifier(&mut derivation)?;
    if kind != PBKDF2 {
        return Err(PbeError::Unsupported(format!("the key derivation {kind}")));
    }
    let mut derivation = derivation.expect(tag::SEQUENCE)?.children();
    let salt = derivation.any()?.octets()?;
    let iterations = iterations(derivation.any()?)?;
    let mut algorithm = pbkdf2::PBKDF2_HMAC_SHA1;
    while let Some(field) = derivation.next()? {
        // An integer here is the key's length, which the cipher says too.
        if field.tag == tag::SEQUENCE {
            algorithm = match object_identifier(&mut field.children())? {
                HMAC_SHA1 => pbkdf2::PBKDF2_HMAC_SHA1,
                HMAC_SHA256 => pbkdf2::PBKDF2_HMAC_SHA256,
                HMAC_SHA384 => pbkdf2::PBKDF2_HMAC_SHA384,
                HMAC_SHA512 => pbkdf2::PBKDF2_HMAC_SHA512,
                other => {
                    return Err(PbeError::Unsupported(format!(
                        "key derivation with {other}"
                    )));
                }
            };
        }
    }
    let key = |length: usize| {
        let mut key = Zeroizing::new(vec![0; length]);
        let rounds = NonZeroU32::new(iterations).unwrap_or(NonZeroU32::MIN);
        pbkdf2::derive(algorithm, rounds, &salt, password.as_bytes(), &mut key);
        key
    };
    let kind = object_identifier(&mut cipher)?;
    let iv = cipher.any()?.octets()?;
    let (algorithm, length) = match kind {
        AES_128_CBC => (&AES_128, 16),
        AES_192_CBC => (&AES_192, 24),
        AES_256_CBC => (&AES_256, 32),
        DES_EDE3_CBC => return triple_des(&key(24), &iv, encrypted),
        other => return Err(PbeError::Unsupported(format!("the cipher {other}"))),
    };
    let iv: [u8; 16] = iv.as_ref().try_into().map_err(|_| PbeError::Malformed)?;
    let mut buffer = Zeroizing::new(encrypted.to_vec());
    let length = UnboundCipherKey::new(algorithm, &key(length))
        .and_then(PaddedBlockDecryptingKey::cbc_pkcs7)
        .and_then(|key| {
            let context = DecryptionContext::Iv128(FixedLength::from(&iv));
            key.decrypt(&mut buffer, context).map(|plain| plain.len())
        })
        .map_err(|_| PbeError::WrongPassword)?;
    buffer.truncate(length);
    Ok(buffer)
}

fn iterations(value: Tlv<'_>) -> Result<u32, PbeError> {
    match value.small_integer()? {
        0 => Err(PbeError::Malformed),
        count if count > MAX_ITERATIONS => Err(PbeError::Unsupported(format!(
            "{count} rounds of key derivation (the limit is {MAX_ITERATIONS})"
        ))),
        count => Ok(count),
    }
}

fn triple_des(key: &[u8], iv: &[u8], encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, PbeError> {
    cbc(
        TdesEde3::new_from_slice(key).map_err(|_| PbeError::Malformed)?,
        iv,
        encrypted,
    )
}

fn cbc<C: BlockCipherDecrypt>(
    cipher: C,
    iv: &[u8],
    encrypted: &[u8],
) -> Result<Zeroizing<Vec<u8>>, PbeError> {
    let mut buffer = Zeroizing::new(encrypted.to_vec());
    let length = Decryptor::inner_iv_slice_init(cipher, iv)
        .map_err(|_| PbeError::Malformed)?
        .decrypt_padded::<Pkcs7>(&mut buffer)
        .map_err(|_| PbeError::WrongPassword)?
        .len();
    buffer.truncate(length);
    Ok(buffer)
}

/// The password in the forms that PKCS#12 has for it: UTF-16 with an end mark. Writers don't
/// agree whether an empty password has the mark.
fn pkcs12_passwords(password: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let encoded: Vec<u8> = password
        .encode_utf16()
        .chain([0])
        .flat_map(u16::to_be_bytes)
        .collect();
    let mut forms = vec![Zeroizing::new(encoded)];
    if password.is_empty() {
        forms.push(Zeroizing::new(Vec::new()));
    }
    forms
}

/// What derived bytes are for: the "ID" of RFC 7292, appendix B.3.
#[derive(Clone, Copy)]
enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// Derives bytes from a password as RFC 7292, appendix B.2, says.
fn derive(
    algorithm: &'static digest::Algorithm,
    purpose: Purpose,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let block = algorithm.block_len();
    // Repeats bytes until they fill a whole number of blocks.
    let fill = |bytes: &[u8]| -> Vec<u8> {
        let filled = bytes.len().div_ceil(block) * block;
        bytes.iter().copied().cycle().take(filled).collect()
    };
    let mut input = Zeroizing::new(fill(salt));
    input.extend_from_slice(&Zeroizing::new(fill(password)));
    let mut derived = Zeroizing::new(Vec::with_capacity(length + algorithm.output_len()));
    loop {
        let mut context = Context::new(algorithm);
        context.update(&vec![purpose as u8; block]);
        context.update(&input);
        let mut round = context.finish();
        for _ in 1..iterations {
            round = digest::digest(algorithm, round.as_ref());
        }
        derived.extend_from_slice(round.as_ref());
        if derived.len() >= length {
            derived.truncate(length);
            return derived;
        }
        // Every block of the input becomes itself + this round's output + 1, modulo its size.
        let addend = fill(round.as_ref());
        for chunk in input.chunks_mut(block) {
            let mut carry = 1;
            for (byte, add) in chunk.iter_mut().zip(&addend[..block]).rev() {
                carry += u16::from(*byte) + u16::from(*add);
                *byte = carry.to_le_bytes()[0];
                carry >>= 8;
            }
        }
    }
}
