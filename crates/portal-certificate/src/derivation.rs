//! Keys derived from passwords, and the bound on the work that a file may ask for.

use aws_lc_rs::digest::{self, Context};
use aws_lc_rs::pbkdf2;
use std::num::NonZeroU32;
use zeroize::{Zeroize as _, Zeroizing};

use crate::oid;
use crate::pbe::PbeError;
use crate::tlv::{Octets, Tlv, tag};

/// Rounds of one key derivation. Writers use 1 to 2,000,000. The file names the number, and a
/// hostile one would keep the reader busy for as long as it likes.
const MAX_ITERATIONS: u32 = 5_000_000;

/// Blocks that may be digested for all keys of one file: some five seconds. Three keys and their
/// certificates at 2,000,000 rounds each need less.
const MAX_BLOCKS: u64 = 25_000_000;

/// The longest key that is derived.
const MAX_KEY: u32 = 128;

/// What is left of the work that one file may ask for.
pub(crate) struct Effort {
    blocks: u64,
}

impl Effort {
    pub(crate) fn new() -> Self {
        Self { blocks: MAX_BLOCKS }
    }

    fn spend(&mut self, iterations: u32, blocks_each: usize) -> Result<(), PbeError> {
        let blocks =
            u64::from(iterations).saturating_mul(u64::try_from(blocks_each).unwrap_or(u64::MAX));
        self.blocks = self.blocks.checked_sub(blocks).ok_or_else(|| {
            PbeError::Unsupported("more rounds of key derivation than a real file needs".to_owned())
        })?;
        Ok(())
    }
}

/// Reads a number of rounds.
pub(crate) fn iterations(value: Tlv<'_>) -> Result<u32, PbeError> {
    match value.small_integer()? {
        0 => Err(PbeError::Malformed),
        count if count > MAX_ITERATIONS => Err(PbeError::Unsupported(format!(
            "{count} rounds of key derivation (the limit is {MAX_ITERATIONS})"
        ))),
        count => Ok(count),
    }
}

/// PBKDF2 with its parameters.
pub(crate) struct Pbkdf2<'a> {
    salt: Octets<'a>,
    iterations: u32,
    /// The key's length, where the file says it.
    pub(crate) length: Option<usize>,
    algorithm: pbkdf2::Algorithm,
    digest_length: usize,
}

impl<'a> Pbkdf2<'a> {
    /// Reads an `AlgorithmIdentifier`, which must be PBKDF2's.
    pub(crate) fn read(algorithm: Tlv<'a>) -> Result<Self, PbeError> {
        let mut fields = algorithm.expect(tag::SEQUENCE)?.children();
        let kind = fields.object_identifier()?;
        if kind != oid::PBKDF2 {
            let name = oid::described(kind);
            return Err(PbeError::Unsupported(format!("the key derivation {name}")));
        }
        let mut fields = fields.expect(tag::SEQUENCE)?.children();
        let salt = fields.any()?.octets()?;
        let iterations = iterations(fields.any()?)?;
        let mut read = Self {
            salt,
            iterations,
            length: None,
            algorithm: pbkdf2::PBKDF2_HMAC_SHA1,
            digest_length: digest::SHA1_OUTPUT_LEN,
        };
        while let Some(field) = fields.next()? {
            if field.tag != tag::SEQUENCE {
                read.length = match field.small_integer()? {
                    length @ 1..=MAX_KEY => usize::try_from(length).ok(),
                    _ => return Err(PbeError::Malformed),
                };
                continue;
            }
            (read.algorithm, read.digest_length) = match field.children().object_identifier()? {
                oid::HMAC_SHA1 => (pbkdf2::PBKDF2_HMAC_SHA1, digest::SHA1_OUTPUT_LEN),
                oid::HMAC_SHA256 => (pbkdf2::PBKDF2_HMAC_SHA256, digest::SHA256_OUTPUT_LEN),
                oid::HMAC_SHA384 => (pbkdf2::PBKDF2_HMAC_SHA384, digest::SHA384_OUTPUT_LEN),
                oid::HMAC_SHA512 => (pbkdf2::PBKDF2_HMAC_SHA512, digest::SHA512_OUTPUT_LEN),
                other => {
                    return Err(PbeError::Unsupported(format!(
                        "key derivation with {}",
                        oid::described(other)
                    )));
                }
            };
        }
        Ok(read)
    }

    pub(crate) fn key(
        &self,
        password: &[u8],
        length: usize,
        effort: &mut Effort,
    ) -> Result<Zeroizing<Vec<u8>>, PbeError> {
        // Two digests make one HMAC.
        effort.spend(self.iterations, 2 * length.div_ceil(self.digest_length))?;
        let mut key = Zeroizing::new(vec![0; length]);
        let rounds = NonZeroU32::new(self.iterations).unwrap_or(NonZeroU32::MIN);
        pbkdf2::derive(self.algorithm, rounds, &self.salt, password, &mut key);
        Ok(key)
    }
}

/// What derived bytes are for: the "ID" of RFC 7292, appendix B.3.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// PKCS#12's own key derivation (RFC 7292, appendix B.2) with its parameters.
pub(crate) struct Pkcs12Kdf<'a> {
    pub(crate) algorithm: &'static digest::Algorithm,
    pub(crate) salt: &'a [u8],
    pub(crate) iterations: u32,
}

impl Pkcs12Kdf<'_> {
    /// Derives bytes from a password in its wide form.
    pub(crate) fn derive(
        &self,
        purpose: Purpose,
        password: &[u8],
        length: usize,
        effort: &mut Effort,
    ) -> Result<Zeroizing<Vec<u8>>, PbeError> {
        let output = self.algorithm.output_len();
        effort.spend(self.iterations, length.div_ceil(output))?;
        let block = self.algorithm.block_len();
        let filled = |bytes: &[u8]| bytes.len().div_ceil(block) * block;
        let salt_length = filled(self.salt);
        // Each repeated until it fills a whole number of blocks, in a buffer that never grows.
        let mut input = Zeroizing::new(Vec::with_capacity(salt_length + filled(password)));
        input.extend(self.salt.iter().cycle().take(salt_length));
        input.extend(password.iter().cycle().take(filled(password)));
        let mut derived = Zeroizing::new(Vec::with_capacity(length + output));
        let mut round = Zeroizing::new([0; digest::SHA512_OUTPUT_LEN]);
        let round = &mut round[..output];
        loop {
            let mut context = Context::new(self.algorithm);
            context.update(&vec![purpose as u8; block]);
            context.update(&input);
            round.copy_from_slice(context.finish().as_ref());
            for _ in 1..self.iterations {
                round.copy_from_slice(digest::digest(self.algorithm, round).as_ref());
            }
            derived.extend_from_slice(round);
            if derived.len() >= length {
                derived[length..].zeroize();
                derived.truncate(length);
                return Ok(derived);
            }
            // Every block of the input becomes itself + this round's output + 1, modulo its size.
            for chunk in input.chunks_mut(block) {
                let mut carry = 1;
                let addend = round.iter().cycle().take(block);
                let addend: Zeroizing<Vec<u8>> = Zeroizing::new(addend.copied().collect());
                for (byte, add) in chunk.iter_mut().zip(addend.iter()).rev() {
                    carry += u16::from(*byte) + u16::from(*add);
                    *byte = carry.to_le_bytes()[0];
                    carry >>= 8;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_of_a_file_draw_on_one_effort() {
        let kdf = Pkcs12Kdf {
            algorithm: &digest::SHA1_FOR_LEGACY_USE_ONLY,
            salt: b"12345678",
            iterations: 10,
        };
        // Two blocks for a key of 24 bytes, one for an initial vector.
        let mut effort = Effort { blocks: 39 };
        assert!(kdf.derive(Purpose::Key, b"", 24, &mut effort).is_ok());
        assert!(kdf.derive(Purpose::Iv, b"", 8, &mut effort).is_ok());
        let error = kdf.derive(Purpose::Iv, b"", 8, &mut effort).unwrap_err();
        assert!(matches!(error, PbeError::Unsupported(_)));

        let kdf = Pbkdf2 {
            salt: Octets::Whole(b"12345678"),
            iterations: 10,
            length: None,
            algorithm: pbkdf2::PBKDF2_HMAC_SHA1,
            digest_length: digest::SHA1_OUTPUT_LEN,
        };
        // Two blocks of two digests each.
        let mut effort = Effort { blocks: 79 };
        assert!(kdf.key(b"", 32, &mut effort).is_ok());
        assert!(matches!(
            kdf.key(b"", 32, &mut effort),
            Err(PbeError::Unsupported(_))
        ));
    }

    /// Twenty bags of five million rounds took a minute. Three keys and their certificates at two
    /// million rounds, with a MAC, are as much as real files ask for.
    #[test]
    fn the_bound_lies_between_real_files_and_hostile_ones() {
        let mut effort = Effort::new();
        for _ in 0..4 {
            effort.spend(2_000_000, 2).unwrap();
        }
        effort.spend(2_000_000, 1).unwrap();
        let mut effort = Effort::new();
        let possible = (0..20).take_while(|_| effort.spend(MAX_ITERATIONS, 2).is_ok());
        assert_eq!(possible.count(), 2);
    }
}
