//! Decryption by password, as PKCS#12 files and encrypted keys use it.
//!
//! The old methods (3DES, RC2, SHA-1) are broken or weak; they are here because certificates are
//! still delivered in them, and protect nothing that this crate makes.

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::digest;
use aws_lc_rs::iv::FixedLength;
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt as _, InnerIvInit as _, KeyInit as _};
use const_oid::ObjectIdentifier;
use des::TdesEde3;
use rc2::Rc2;
use zeroize::Zeroizing;

use crate::derivation::{Effort, Pbkdf2, Pkcs12Kdf, Purpose, iterations};
use crate::oid;
use crate::password::Password;
use crate::tlv::{Malformed, Tlv, tag};

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

type Plain = Zeroizing<Vec<u8>>;

/// The password and the work that one file may ask for.
pub(crate) struct PasswordDecryptor {
    pub(crate) password: Password,
    pub(crate) effort: Effort,
}

impl PasswordDecryptor {
    pub(crate) fn new(password: &str) -> Self {
        Self {
            password: Password::new(password),
            effort: Effort::new(),
        }
    }

    /// Decrypts as `AlgorithmIdentifier` says, by the first form of the password that gives what
    /// `is_right` knows: one wrong password in 256 gives padding that is right, but hardly ever a
    /// structure.
    pub(crate) fn decrypt(
        &mut self,
        algorithm: Tlv<'_>,
        encrypted: &[u8],
        is_right: fn(&[u8]) -> bool,
    ) -> Result<Plain, PbeError> {
        match Method::read(algorithm)? {
            Method::Pbes2 { derivation, cipher } => {
                for index in 0..self.password.narrow().len() {
                    let form = &self.password.narrow()[index];
                    let key = derivation.key(form, cipher.key_length(), &mut self.effort)?;
                    match cipher.decrypt(&key, encrypted) {
                        Ok(plain) if is_right(&plain) => {
                            self.password.keep_narrow(index);
                            return Ok(plain);
                        }
                        Ok(_) | Err(PbeError::WrongPassword) => {}
                        Err(other) => return Err(other),
                    }
                }
            }
            Method::Old {
                cipher,
                salt,
                iterations,
            } => {
                let kdf = Pkcs12Kdf {
                    algorithm: &digest::SHA1_FOR_LEGACY_USE_ONLY,
                    salt: &salt,
                    iterations,
                };
                for index in 0..self.password.wide().len() {
                    let form = &self.password.wide()[index];
                    let length = cipher.key_length();
                    let key = kdf.derive(Purpose::Key, form, length, &mut self.effort)?;
                    let iv = kdf.derive(Purpose::Iv, form, 8, &mut self.effort)?;
                    match cipher.decrypt(&key, &iv, encrypted) {
                        Ok(plain) if is_right(&plain) => {
                            self.password.keep_wide(index);
                            return Ok(plain);
                        }
                        Ok(_) | Err(PbeError::WrongPassword) => {}
                        Err(other) => return Err(other),
                    }
                }
            }
        }
        Err(PbeError::WrongPassword)
    }
}

/// Reads an `AlgorithmIdentifier` to find out whether it is supported.
pub(crate) fn check_method(algorithm: Tlv<'_>) -> Result<(), PbeError> {
    Method::read(algorithm).map(|_| ())
}

/// How something is encrypted.
enum Method<'a> {
    Pbes2 {
        derivation: Pbkdf2<'a>,
        cipher: Cipher,
    },
    Old {
        cipher: OldCipher,
        salt: crate::tlv::Octets<'a>,
        iterations: u32,
    },
}

impl<'a> Method<'a> {
    fn read(algorithm: Tlv<'a>) -> Result<Self, PbeError> {
        let mut fields = algorithm.expect(tag::SEQUENCE)?.children();
        let scheme = fields.object_identifier()?;
        let cipher = match scheme {
            oid::PBES2 => {
                let mut fields = fields.expect(tag::SEQUENCE)?.children();
                let derivation = fields.expect(tag::SEQUENCE)?;
                // The cipher first: one that is not supported may have parameters of any form.
                let cipher = Cipher::read(fields.expect(tag::SEQUENCE)?)?;
                return Ok(Self::Pbes2 {
                    derivation: Pbkdf2::read(derivation)?,
                    cipher,
                });
            }
            oid::PBE_3DES_3 => OldCipher::TripleDes,
            oid::PBE_3DES_2 => OldCipher::DoubleDes,
            oid::PBE_RC2_128 => OldCipher::Rc2 { bits: 128 },
            oid::PBE_RC2_40 => OldCipher::Rc2 { bits: 40 },
            other => return Err(unsupported_cipher(other)),
        };
        let mut fields = fields.expect(tag::SEQUENCE)?.children();
        Ok(Self::Old {
            cipher,
            salt: fields.any()?.octets()?,
            iterations: iterations(fields.any()?)?,
        })
    }
}

fn unsupported_cipher(cipher: ObjectIdentifier) -> PbeError {
    PbeError::Unsupported(format!("the cipher {}", oid::described(cipher)))
}

/// A cipher of PBES2.
enum Cipher {
    Aes { key_length: usize, iv: [u8; 16] },
    TripleDes { iv: [u8; 8] },
}

impl Cipher {
    fn read(algorithm: Tlv<'_>) -> Result<Self, PbeError> {
        let mut fields = algorithm.children();
        let key_length = match fields.object_identifier()? {
            oid::AES_128_CBC => 16,
            oid::AES_192_CBC => 24,
            oid::AES_256_CBC => 32,
            oid::DES_EDE3_CBC => {
                let iv = fields.any()?.octets()?;
                let iv = iv[..].try_into().map_err(|_| PbeError::Malformed)?;
                return Ok(Self::TripleDes { iv });
            }
            other => return Err(unsupported_cipher(other)),
        };
        let iv = fields.any()?.octets()?;
        let iv = iv[..].try_into().map_err(|_| PbeError::Malformed)?;
        Ok(Self::Aes { key_length, iv })
    }

    fn key_length(&self) -> usize {
        match self {
            Self::Aes { key_length, .. } => *key_length,
            Self::TripleDes { .. } => 24,
        }
    }

    fn decrypt(&self, key: &[u8], encrypted: &[u8]) -> Result<Plain, PbeError> {
        let (algorithm, iv) = match self {
            Self::TripleDes { iv } => return triple_des(key, iv, encrypted),
            Self::Aes { key_length, iv } => match key_length {
                16 => (&AES_128, iv),
                24 => (&AES_192, iv),
                _ => (&AES_256, iv),
            },
        };
        let mut buffer = Zeroizing::new(encrypted.to_vec());
        let length = UnboundCipherKey::new(algorithm, key)
            .and_then(PaddedBlockDecryptingKey::cbc_pkcs7)
            .and_then(|key| {
                let context = DecryptionContext::Iv128(FixedLength::from(iv));
                key.decrypt(&mut buffer, context).map(|plain| plain.len())
            })
            .map_err(|_| PbeError::WrongPassword)?;
        buffer.truncate(length);
        Ok(buffer)
    }
}

/// A cipher of PKCS#12's own schemes.
enum OldCipher {
    TripleDes,
    DoubleDes,
    Rc2 { bits: usize },
}

impl OldCipher {
    fn key_length(&self) -> usize {
        match self {
            Self::TripleDes => 24,
            Self::DoubleDes => 16,
            Self::Rc2 { bits } => bits / 8,
        }
    }

    fn decrypt(&self, key: &[u8], iv: &[u8], encrypted: &[u8]) -> Result<Plain, PbeError> {
        match self {
            Self::TripleDes => triple_des(key, iv, encrypted),
            Self::DoubleDes => {
                let mut thrice = Zeroizing::new(Vec::with_capacity(24));
                thrice.extend_from_slice(key);
                thrice.extend_from_slice(&key[..8]);
                triple_des(&thrice, iv, encrypted)
            }
            Self::Rc2 { bits } => cbc(Rc2::new_with_eff_key_len(key, *bits), iv, encrypted),
        }
    }
}

fn triple_des(key: &[u8], iv: &[u8], encrypted: &[u8]) -> Result<Plain, PbeError> {
    cbc(
        TdesEde3::new_from_slice(key).map_err(|_| PbeError::Malformed)?,
        iv,
        encrypted,
    )
}

fn cbc<C: BlockCipherDecrypt>(cipher: C, iv: &[u8], encrypted: &[u8]) -> Result<Plain, PbeError> {
    let mut buffer = Zeroizing::new(encrypted.to_vec());
    let length = Decryptor::inner_iv_slice_init(cipher, iv)
        .map_err(|_| PbeError::Malformed)?
        .decrypt_padded::<Pkcs7>(&mut buffer)
        .map_err(|_| PbeError::WrongPassword)?
        .len();
    buffer.truncate(length);
    Ok(buffer)
}
