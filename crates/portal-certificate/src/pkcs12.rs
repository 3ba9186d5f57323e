//! The structure of PKCS#12 files (RFC 7292): bags of keys and certificates.
//!
//! Read here and not by a crate, since those that exist refuse BER, which real files of Norwegian
//! issuers are written in, at every depth; and bring a second set of ciphers and digests with them.
//! The cryptography is in `pbe` and `mac`, writing in `export`.

use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::error::LoadError;
use crate::file_format::FileFormat;
use crate::mac;
use crate::oid;
use crate::pbe::{PasswordDecryptor, PbeError};
use crate::tlv::{Children, Malformed, Octets, Tlv, tag};

/// What errors call such a file.
pub(crate) const FILE: &str = "PKCS#12 file";

/// How deep bags may lie in bags.
const MAX_NESTING: usize = 4;

/// Everything of use in a PKCS#12 file, in the file's order.
#[derive(Default)]
pub(crate) struct Contents {
    pub(crate) keys: Vec<FoundKey>,
    pub(crate) certificates: Vec<FoundCertificate>,
    /// Bytes after the end of the outermost structure.
    pub(crate) trailing_bytes: usize,
}

pub(crate) struct FoundKey {
    pub(crate) pkcs8: Zeroizing<Vec<u8>>,
    /// The attribute that ties a key to its certificate.
    pub(crate) local_key_id: Option<Vec<u8>>,
}

pub(crate) struct FoundCertificate {
    pub(crate) der: Vec<u8>,
    pub(crate) local_key_id: Option<Vec<u8>>,
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
        return Err(LoadError::Empty { file: FILE });
    }
    let pfx = Pfx::read(file).map_err(|error| match error {
        OpenError::Unsupported(what) => LoadError::unsupported_pkcs12(what),
        _ => match FileFormat::of(file) {
            Some(found) if found != FileFormat::Pkcs12 => {
                LoadError::WrongFormat { file: FILE, found }
            }
            _ => LoadError::NotPkcs12 {
                problem: "it does not begin as such files do",
            },
        },
    })?;
    let mut reader = Reader {
        opener: PasswordDecryptor::new(password),
        contents: Contents::default(),
        decrypted: false,
    };
    if let Some(mac) = pfx.mac
        && !mac::matches(mac, &mut reader.opener, &pfx.safe).map_err(refuse)?
    {
        return Err(LoadError::WrongPassword);
    }
    let authenticated = pfx.mac.is_some();
    reader.contents.trailing_bytes = pfx.trailing_bytes;
    match reader.safe(&pfx.safe) {
        Ok(()) => Ok(reader.contents),
        // Without a MAC, rubbish after decryption is how a wrong password shows itself.
        Err(OpenError::Malformed) if reader.decrypted && !authenticated => {
            Err(LoadError::WrongPassword)
        }
        Err(OpenError::Malformed) => Err(damaged()),
        Err(OpenError::Pbe(error)) => Err(refuse(error)),
        Err(OpenError::Unsupported(what)) => Err(LoadError::unsupported_pkcs12(what)),
    }
}

fn damaged() -> LoadError {
    LoadError::NotPkcs12 {
        problem: "its structure is damaged",
    }
}

fn refuse(error: PbeError) -> LoadError {
    match error {
        PbeError::Malformed => damaged(),
        PbeError::WrongPassword => LoadError::WrongPassword,
        PbeError::Unsupported(what) => LoadError::unsupported_pkcs12(what),
    }
}

/// The outermost structure.
struct Pfx<'a> {
    safe: Octets<'a>,
    mac: Option<Tlv<'a>>,
    trailing_bytes: usize,
}

impl<'a> Pfx<'a> {
    fn read(file: &'a [u8]) -> Result<Self, OpenError> {
        // Downloads and databases pad files: what follows the structure means nothing.
        let (value, trailing) = Tlv::read(file)?;
        let mut fields = value.expect(tag::SEQUENCE)?.children();
        if fields.any()?.small_integer()? != 3 {
            return Err(OpenError::Malformed);
        }
        let (kind, content) = content_info(fields.expect(tag::SEQUENCE)?)?;
        if kind != oid::DATA {
            return Err(OpenError::Unsupported(format!(
                "a public-key signature ({kind})"
            )));
        }
        Ok(Self {
            safe: content.octets()?,
            mac: fields.next()?,
            trailing_bytes: trailing.len(),
        })
    }
}

struct Reader {
    opener: PasswordDecryptor,
    contents: Contents,
    decrypted: bool,
}

impl Reader {
    /// Reads `AuthenticatedSafe`: a list of plain or encrypted lists of bags.
    fn safe(&mut self, bytes: &[u8]) -> Result<(), OpenError> {
        let mut infos = Tlv::read_all(bytes)?.expect(tag::SEQUENCE)?.children();
        while let Some(info) = infos.next()? {
            let (kind, content) = content_info(info)?;
            match kind {
                oid::DATA => self.bags(&content.octets()?, 0)?,
                oid::ENCRYPTED_DATA => {
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
        self.decrypt(algorithm, &content.octets()?, is_safe_contents)
    }

    fn decrypt(
        &mut self,
        algorithm: Tlv<'_>,
        encrypted: &[u8],
        is_right: fn(&[u8]) -> bool,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let plain = self.opener.decrypt(algorithm, encrypted, is_right)?;
        self.decrypted = true;
        Ok(plain)
    }

    /// Reads `SafeContents`: a list of bags. Kinds that are of no use here are skipped.
    fn bags(&mut self, bytes: &[u8], nesting: usize) -> Result<(), OpenError> {
        // BER writers end decrypted contents with bytes that are not part of them; so whatever
        // follows the list is ignored.
        let mut bags = Tlv::read(bytes)?.0.expect(tag::SEQUENCE)?.children();
        while let Some(bag) = bags.next()? {
            let mut fields = bag.expect(tag::SEQUENCE)?.children();
            let kind = fields.object_identifier()?;
            let value = inner(fields.expect(tag::CONTEXT_0)?)?;
            match kind {
                oid::KEY_BAG => {
                    let local_key_id = local_key_id(&mut fields);
                    self.contents.keys.push(FoundKey {
                        pkcs8: Zeroizing::new(value.whole.to_vec()),
                        local_key_id,
                    });
                }
                oid::SHROUDED_KEY_BAG => {
                    let mut parts = value.expect(tag::SEQUENCE)?.children();
                    let algorithm = parts.expect(tag::SEQUENCE)?;
                    let encrypted = parts.any()?.octets()?;
                    let pkcs8 = self.decrypt(algorithm, &encrypted, is_private_key)?;
                    let local_key_id = local_key_id(&mut fields);
                    self.contents.keys.push(FoundKey {
                        pkcs8,
                        local_key_id,
                    });
                }
                oid::CERTIFICATE_BAG => {
                    let mut parts = value.expect(tag::SEQUENCE)?.children();
                    if parts.object_identifier()? == oid::X509_CERTIFICATE {
                        let certificate = inner(parts.expect(tag::CONTEXT_0)?)?.octets()?;
                        self.contents.certificates.push(FoundCertificate {
                            der: certificate.to_vec(),
                            local_key_id: local_key_id(&mut fields),
                        });
                    }
                }
                oid::NESTED_BAGS if nesting < MAX_NESTING => {
                    self.bags(value.whole, nesting + 1)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Reads a bag's attributes. They only help to choose, so that unreadable ones count as none.
fn local_key_id(fields: &mut Children<'_>) -> Option<Vec<u8>> {
    let mut attributes = fields.next().ok()??.children();
    while let Some(attribute) = attributes.next().ok()? {
        let mut parts = attribute.expect(tag::SEQUENCE).ok()?.children();
        if parts.object_identifier().ok()? == oid::LOCAL_KEY_ID {
            let value = parts.any().ok()?.children().any().ok()?;
            return value.octets().ok().map(|id| id.to_vec());
        }
    }
    None
}

/// Whether decrypted bytes are a list of bags, as far as their beginning shows.
fn is_safe_contents(plain: &[u8]) -> bool {
    let first_bag = || -> Result<(), Malformed> {
        let mut bags = Tlv::read(plain)?.0.expect(tag::SEQUENCE)?.children();
        if let Some(bag) = bags.next()? {
            bag.expect(tag::SEQUENCE)?.children().object_identifier()?;
        }
        Ok(())
    };
    first_bag().is_ok()
}

/// Whether decrypted bytes are `PrivateKeyInfo`, as far as their beginning shows.
pub(crate) fn is_private_key(plain: &[u8]) -> bool {
    let beginning = || -> Result<ObjectIdentifier, Malformed> {
        let mut fields = Tlv::read_all(plain)?.expect(tag::SEQUENCE)?.children();
        fields.expect(tag::INTEGER)?;
        fields.expect(tag::SEQUENCE)?.children().object_identifier()
    };
    beginning().is_ok()
}

/// Reads `ContentInfo ::= SEQUENCE { contentType, [0] EXPLICIT content }`.
fn content_info(info: Tlv<'_>) -> Result<(ObjectIdentifier, Tlv<'_>), Malformed> {
    let mut fields = info.expect(tag::SEQUENCE)?.children();
    let kind = fields.object_identifier()?;
    Ok((kind, inner(fields.expect(tag::CONTEXT_0)?)?))
}

/// The one value inside an explicit tag.
fn inner(tagged: Tlv<'_>) -> Result<Tlv<'_>, Malformed> {
    Tlv::read_all(tagged.content)
}
