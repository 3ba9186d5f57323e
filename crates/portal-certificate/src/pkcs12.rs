//! The structure of PKCS#12 files (RFC 7292): bags of keys and certificates.
//!
//! Read here and not by a crate, since those that exist refuse BER, which real files of Norwegian
//! issuers are written in, at every depth; and bring a second set of ciphers and digests with them.
//! The cryptography is next door in `pbe`, writing in `export`.

use std::borrow::Cow;

use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::error::LoadError;
use crate::pbe::{self, PbeError};
use crate::tlv::{Children, Malformed, Tlv, tag};

pub(crate) const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
pub(crate) const ENCRYPTED_DATA: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
pub(crate) const SHROUDED_KEY_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
pub(crate) const CERTIFICATE_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
const NESTED_BAGS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.6");
pub(crate) const X509_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");

/// How deep bags may lie in bags.
const MAX_NESTING: usize = 4;

/// Everything of use in a PKCS#12 file, in the file's order.
pub(crate) struct Contents {
    /// Private keys, PKCS#8.
    pub(crate) keys: Vec<Zeroizing<Vec<u8>>>,
    /// Certificates, DER.
    pub(crate) certificates: Vec<Vec<u8>>,
}

/// Why a file can't be opened; becomes a [`LoadError`].
enum OpenError {
    Malformed,
    Pbe(PbeError),
    Unsupported(String),
}

impl From<Malformed> for OpenError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<PbeError> for OpenError {
    fn from(error: PbeError) -> Self {
        Self::Pbe(error)
    }
}

/// Opens a file.
pub(crate) fn open(file: &[u8], password: &str) -> Result<Contents, LoadError> {
    if file.is_empty() {
        return Err(LoadError::Empty {
            file: "PKCS#12 file",
        });
    }
    let damaged = LoadError::NotPkcs12 {
        problem: "its structure is damaged",
    };
    let pfx = Pfx::read(file).map_err(|error| match error {
        OpenError::Unsupported(what) => LoadError::UnsupportedPkcs12 { what },
        _ => LoadError::NotPkcs12 {
            problem: "it does not begin as such files do",
        },
    })?;
    if let Some(mac) = pfx.mac {
        let matches = pbe::mac_matches(mac, password, &pfx.safe).map_err(refuse)?;
        if !matches {
            return Err(LoadError::WrongPassword);
        }
    }
    let authenticated = pfx.mac.is_some();
    let mut reader = Reader {
        password,
        contents: Contents {
            keys: Vec::new(),
            certificates: Vec::new(),
        },
        decrypted: false,
    };
    match reader.safe(&pfx.safe) {
        Ok(()) => Ok(reader.contents),
        // Without a MAC, rubbish after decryption is how a wrong password shows itself.
        Err(OpenError::Malformed) if reader.decrypted && !authenticated => {
            Err(LoadError::WrongPassword)
        }
        Err(OpenError::Malformed) => Err(damaged),
        Err(OpenError::Pbe(error)) => Err(refuse(error)),
        Err(OpenError::Unsupported(what)) => Err(LoadError::UnsupportedPkcs12 { what }),
    }
}

/// Decrypts `EncryptedPrivateKeyInfo`, which PEM files have too.
pub(crate) fn decrypt_key(
    encrypted: &[u8],
    password: &str,
) -> Result<Zeroizing<Vec<u8>>, LoadError> {
    let mut fields = Tlv::read_all(encrypted)?.expect(tag::SEQUENCE)?.children();
    let algorithm = fields.expect(tag::SEQUENCE)?;
    let encrypted = fields.any()?.octets()?;
    let key = pbe::decrypt(algorithm, password, &encrypted).map_err(refuse)?;
    // One wrong password in 256 gives padding that is right, but hardly ever a structure.
    match Tlv::read_all(&key).and_then(|key| key.expect(tag::SEQUENCE)) {
        Ok(_) => Ok(key),
        Err(Malformed) => Err(LoadError::WrongPassword),
    }
}

fn refuse(error: PbeError) -> LoadError {
    match error {
        PbeError::Malformed => LoadError::NotPkcs12 {
            problem: "its structure is damaged",
        },
        PbeError::WrongPassword => LoadError::WrongPassword,
        PbeError::Unsupported(what) => LoadError::UnsupportedPkcs12 { what },
    }
}

/// The outermost structure.
struct Pfx<'a> {
    safe: Cow<'a, [u8]>,
    mac: Option<Tlv<'a>>,
}

impl<'a> Pfx<'a> {
    fn read(file: &'a [u8]) -> Result<Self, OpenError> {
        let mut fields = Tlv::read_all(file)?.expect(tag::SEQUENCE)?.children();
        if fields.any()?.small_integer()? != 3 {
            return Err(OpenError::Malformed);
        }
        let (kind, content) = content_info(fields.expect(tag::SEQUENCE)?)?;
        if kind != DATA {
            return Err(OpenError::Unsupported(format!(
                "a public-key signature ({kind})"
            )));
        }
        Ok(Self {
            safe: content.octets()?,
            mac: fields.next()?,
        })
    }
}

struct Reader<'a> {
    password: &'a str,
    contents: Contents,
    decrypted: bool,
}

impl Reader<'_> {
    /// Reads `AuthenticatedSafe`: a list of plain or encrypted lists of bags.
    fn safe(&mut self, bytes: &[u8]) -> Result<(), OpenError> {
        let mut infos = Tlv::read_all(bytes)?.expect(tag::SEQUENCE)?.children();
        while let Some(info) = infos.next()? {
            let (kind, content) = content_info(info)?;
            match kind {
                DATA => self.bags(&content.octets()?, 0)?,
                ENCRYPTED_DATA => {
                    let plain = self.encrypted_data(content)?;
                    self.bags(&plain, 0)?;
                }
                other => {
                    return Err(OpenError::Unsupported(format!(
                        "contents of the kind {other}"
                    )));
                }
            }
        }
        Ok(())
    }

    fn encrypted_data(&mut self, content: Tlv<'_>) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let mut fields = content.expect(tag::SEQUENCE)?.children();
        fields.expect(tag::INTEGER)?;
        let mut encrypted = fields.expect(tag::SEQUENCE)?.children();
        encrypted.expect(tag::OBJECT_IDENTIFIER)?;
        let algorithm = encrypted.expect(tag::SEQUENCE)?;
        let content = encrypted.any()?;
        if content.tag & !tag::CONSTRUCTED != tag::CONTEXT_0 & !tag::CONSTRUCTED {
            return Err(OpenError::Malformed);
        }
        self.decrypt(algorithm, &content.octets()?)
    }

    fn decrypt(
        &mut self,
        algorithm: Tlv<'_>,
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let plain = pbe::decrypt(algorithm, self.password, encrypted)?;
        self.decrypted = true;
        Ok(plain)
    }

    /// Reads `SafeContents`: a list of bags. Kinds that are of no use here are skipped.
    fn bags(&mut self, bytes: &[u8], nesting: usize) -> Result<(), OpenError> {
        // BER writers end decrypted contents with bytes that are not part of them; so whatever
        // follows the list is let be.
        let mut bags = Tlv::read(bytes)?.0.expect(tag::SEQUENCE)?.children();
        while let Some(bag) = bags.next()? {
            let mut fields = bag.expect(tag::SEQUENCE)?.children();
            let kind = object_identifier(&mut fields)?;
            let value = inner(fields.expect(tag::CONTEXT_0)?)?;
            match kind {
                KEY_BAG => self
                    .contents
                    .keys
                    .push(Zeroizing::new(value.whole.to_vec())),
                SHROUDED_KEY_BAG => {
                    let mut fields = value.expect(tag::SEQUENCE)?.children();
                    let algorithm = fields.expect(tag::SEQUENCE)?;
                    let encrypted = fields.any()?.octets()?;
                    let key = self.decrypt(algorithm, &encrypted)?;
                    Tlv::read_all(&key)?.expect(tag::SEQUENCE)?;
                    self.contents.keys.push(key);
                }
                CERTIFICATE_BAG => {
                    let mut fields = value.expect(tag::SEQUENCE)?.children();
                    if object_identifier(&mut fields)? == X509_CERTIFICATE {
                        let certificate = inner(fields.expect(tag::CONTEXT_0)?)?.octets()?;
                        self.contents.certificates.push(certificate.into_owned());
                    }
                }
                NESTED_BAGS if nesting < MAX_NESTING => self.bags(value.whole, nesting + 1)?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// Reads `ContentInfo ::= SEQUENCE { contentType, [0] EXPLICIT content }`.
fn content_info(info: Tlv<'_>) -> Result<(ObjectIdentifier, Tlv<'_>), Malformed> {
    let mut fields = info.expect(tag::SEQUENCE)?.children();
    let kind = object_identifier(&mut fields)?;
    Ok((kind, inner(fields.expect(tag::CONTEXT_0)?)?))
}

/// The one value inside an explicit tag.
fn inner(tagged: Tlv<'_>) -> Result<Tlv<'_>, Malformed> {
    Tlv::read_all(tagged.content)
}

pub(crate) fn object_identifier(fields: &mut Children<'_>) -> Result<ObjectIdentifier, Malformed> {
    let value = fields.expect(tag::OBJECT_IDENTIFIER)?;
    ObjectIdentifier::from_bytes(value.content).map_err(|_| Malformed)
}
