//! The authentication of a PKCS#12 file by its password: `MacData` (RFC 7292) and PBMAC1
//! (RFC 9579).

use aws_lc_rs::{digest, hmac};

use crate::derivation::{Effort, Pbkdf2, Pkcs12Kdf, Purpose, iterations};
use crate::oid;
use crate::password;
use crate::pbe::{PasswordDecryptor, PbeError};
use crate::tlv::{Tlv, tag};

/// The shortest key of PBMAC1, as RFC 9579 recommends.
const MIN_PBMAC1_KEY: usize = 20;

/// Whether `MacData` over `data` is the password's. The form of the password that it matched is
/// the one that the rest of the file is opened with.
pub(crate) fn matches(
    mac: Tlv<'_>,
    opener: &mut PasswordDecryptor,
    data: &[u8],
) -> Result<bool, PbeError> {
    let mut fields = mac.expect(tag::SEQUENCE)?.children();
    let mut info = fields.expect(tag::SEQUENCE)?.children();
    let mut algorithm = info.expect(tag::SEQUENCE)?.children();
    let kind = algorithm.object_identifier()?;
    let expected = info.any()?.octets()?;
    let PasswordDecryptor { password, effort } = opener;
    if kind == oid::PBMAC1 {
        // The salt and rounds of `MacData` have no meaning here.
        let mut parameters = algorithm.expect(tag::SEQUENCE)?.children();
        let derivation = Pbkdf2::read(parameters.any()?)?;
        let scheme = parameters
            .expect(tag::SEQUENCE)?
            .children()
            .object_identifier()?;
        let algorithm = match scheme {
            oid::HMAC_SHA1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            oid::HMAC_SHA256 => hmac::HMAC_SHA256,
            oid::HMAC_SHA384 => hmac::HMAC_SHA384,
            oid::HMAC_SHA512 => hmac::HMAC_SHA512,
            other => return Err(unsupported(other)),
        };
        // A short key could be guessed, and the file forged.
        let length = match derivation.length {
            Some(length) if length >= MIN_PBMAC1_KEY => length,
            _ => return Err(PbeError::Malformed),
        };
        for index in 0..password.narrow().len() {
            let key = derivation.key(&password.narrow()[index], length, effort)?;
            if hmac::verify(&hmac::Key::new(algorithm, &key), data, &expected).is_ok() {
                password.keep_narrow(index);
                return Ok(true);
            }
        }
        return Ok(false);
    }
    let salt = fields.any()?.octets()?;
    let iterations = match fields.next()? {
        Some(value) => iterations(value)?,
        None => 1,
    };
    let (digest, algorithm) = match kind {
        oid::SHA1 => (
            &digest::SHA1_FOR_LEGACY_USE_ONLY,
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        ),
        oid::SHA256 => (&digest::SHA256, hmac::HMAC_SHA256),
        oid::SHA384 => (&digest::SHA384, hmac::HMAC_SHA384),
        oid::SHA512 => (&digest::SHA512, hmac::HMAC_SHA512),
        other => return Err(unsupported(other)),
    };
    let kdf = Pkcs12Kdf {
        algorithm: digest,
        salt: &salt,
        iterations,
    };
    for index in 0..password.wide().len() {
        let form = &password.wide()[index];
        let key = kdf.derive(Purpose::Mac, form, digest.output_len(), effort)?;
        if hmac::verify(&hmac::Key::new(algorithm, &key), data, &expected).is_ok() {
            password.keep_wide(index);
            return Ok(true);
        }
    }
    Ok(false)
}

fn unsupported(kind: const_oid::ObjectIdentifier) -> PbeError {
    PbeError::Unsupported(format!("a MAC of the kind {}", oid::described(kind)))
}

/// The HMAC-SHA-256 that stands in `MacData` over `data`.
pub(crate) fn sha256(
    password: &str,
    salt: &[u8],
    iterations: u32,
    data: &[u8],
) -> Result<Vec<u8>, PbeError> {
    let kdf = Pkcs12Kdf {
        algorithm: &digest::SHA256,
        salt,
        iterations,
    };
    let form = password::utf_16(password);
    let length = digest::SHA256_OUTPUT_LEN;
    let key = kdf.derive(Purpose::Mac, &form, length, &mut Effort::new())?;
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), data);
    Ok(tag.as_ref().to_vec())
}
