//! Writes PKCS#12 files in forms that `openssl` doesn't: BER at every depth, keys and
//! certificates in any order and number, nothing that says which belong together.

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hmac, pbkdf2};

/// How values are written.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Encoding {
    Der,
    /// Indefinite lengths, and octet strings in pieces.
    Ber,
}

const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const ENCRYPTED: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06];
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
const HMAC_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09];
const AES_256_CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];
const AES_256_GCM: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2e];
const PBMAC1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0e];
const LOCAL_KEY_ID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x15];
const X509: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x16, 0x01];
const SALT: [u8; 16] = *b"0123456789abcdef";

fn bag(kind: u8) -> Vec<u8> {
    primitive(
        6,
        &[
            0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, kind,
        ],
    )
}

fn primitive(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut value = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => value.push(short),
        _ => {
            value.push(0x84);
            value.extend(u32::try_from(length).unwrap().to_be_bytes());
        }
    }
    value.extend_from_slice(content);
    value
}

fn integer(number: u32) -> Vec<u8> {
    // A leading zero keeps the number from reading as negative.
    let digits = [&[0], &number.to_be_bytes()[..]].concat();
    let needed = |pair: &[u8]| pair[0] != 0 || pair[1] >= 0x80;
    let first = digits.windows(2).position(needed).unwrap_or(4);
    primitive(2, &digits[first..])
}

impl Encoding {
    fn constructed(self, tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
        match self {
            Self::Der => primitive(tag, &parts.concat()),
            Self::Ber => [vec![tag, 0x80], parts.concat(), vec![0, 0]].concat(),
        }
    }

    fn sequence(self, parts: &[Vec<u8>]) -> Vec<u8> {
        self.constructed(0x30, parts)
    }

    fn octets(self, tag: u8, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Der => primitive(tag, bytes),
            Self::Ber => {
                let pieces: Vec<Vec<u8>> = bytes
                    .chunks(1000)
                    .map(|piece| primitive(4, piece))
                    .collect();
                self.constructed(tag | 0x20, &pieces)
            }
        }
    }

    fn content_info(self, kind: &[u8], content: Vec<u8>) -> Vec<u8> {
        self.sequence(&[primitive(6, kind), self.constructed(0xa0, &[content])])
    }

    /// PBKDF2 with HMAC-SHA-256.
    fn derivation(self, salt: &[u8], rounds: u32, key_length: Option<u8>) -> Vec<u8> {
        let prf = self.sequence(&[primitive(6, HMAC_SHA256), vec![5, 0]]);
        let mut parts = vec![self.octets(4, salt), integer(rounds)];
        parts.extend(key_length.map(|length| primitive(2, &[length])));
        parts.push(prf);
        self.sequence(&[primitive(6, PBKDF2), self.sequence(&parts)])
    }

    /// A file without MAC that holds these certificates, then these keys, all encrypted.
    pub(crate) fn file(self, certificates: &[&[u8]], keys: &[&[u8]], password: &str) -> Vec<u8> {
        let without = |der: &&[u8]| (der.to_vec(), None);
        Pfx {
            encoding: self,
            certificates: certificates.iter().map(without).collect(),
            keys: keys.iter().map(without).collect(),
            ..Pfx::new(password)
        }
        .write()
    }
}

/// The cipher, or what the file says it is.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Cipher {
    AesCbc,
    /// Says that it is AES-256-GCM.
    AesGcm,
}

/// How the file is authenticated.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mac {
    None,
    /// RFC 9579, with a key of a length.
    Pbmac1(u8),
}

/// A DER value and its local key identifier.
pub(crate) type Tied = (Vec<u8>, Option<u8>);

/// What a file holds and how it is written.
pub(crate) struct Pfx {
    pub(crate) encoding: Encoding,
    pub(crate) certificates: Vec<Tied>,
    pub(crate) keys: Vec<Tied>,
    /// The password as bytes, in whichever encoding.
    pub(crate) password: Vec<u8>,
    pub(crate) cipher: Cipher,
    pub(crate) mac: Mac,
    /// Rounds of key derivation that the file names; it is made with three at most.
    pub(crate) rounds: u32,
    /// Of the key derivation; the initial vector too.
    pub(crate) salt: [u8; 16],
}

impl Pfx {
    pub(crate) fn new(password: &str) -> Self {
        Self {
            encoding: Encoding::Der,
            certificates: Vec::new(),
            keys: Vec::new(),
            password: password.into(),
            cipher: Cipher::AesCbc,
            mac: Mac::None,
            rounds: 3,
            salt: SALT,
        }
    }

    fn derived<const LENGTH: usize>(&self) -> [u8; LENGTH] {
        let rounds = std::num::NonZeroU32::new(self.rounds.min(3)).unwrap();
        let mut key = [0; LENGTH];
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
        pbkdf2::derive(algorithm, rounds, &self.salt, &self.password, &mut key);
        key
    }

    /// The algorithm's name and parameters, and the ciphertext.
    fn encrypt(&self, plain: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let encoding = self.encoding;
        let key = UnboundCipherKey::new(&AES_256, &self.derived::<32>()).unwrap();
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).unwrap();
        let context = EncryptionContext::Iv128(FixedLength::from(&self.salt));
        let mut encrypted = plain.to_vec();
        key.less_safe_encrypt(&mut encrypted, context).unwrap();
        let cipher = match self.cipher {
            Cipher::AesCbc => vec![primitive(6, AES_256_CBC), encoding.octets(4, &self.salt)],
            Cipher::AesGcm => {
                let nonce = encoding.octets(4, &self.salt[..12]);
                let parameters = encoding.sequence(&[nonce, primitive(2, &[16])]);
                vec![primitive(6, AES_256_GCM), parameters]
            }
        };
        let algorithm = encoding.sequence(&[
            primitive(6, PBES2),
            encoding.sequence(&[
                encoding.derivation(&self.salt, self.rounds, None),
                encoding.sequence(&cipher),
            ]),
        ]);
        (algorithm, encrypted)
    }

    fn bag(&self, kind: u8, value: Vec<u8>, key_id: Option<u8>) -> Vec<u8> {
        let encoding = self.encoding;
        let mut parts = vec![bag(kind), encoding.constructed(0xa0, &[value])];
        if let Some(id) = key_id {
            let value = encoding.constructed(0x31, &[encoding.octets(4, &[id])]);
            let attribute = encoding.sequence(&[primitive(6, LOCAL_KEY_ID), value]);
            parts.push(encoding.constructed(0x31, &[attribute]));
        }
        encoding.sequence(&parts)
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let encoding = self.encoding;
        let certificates: Vec<Vec<u8>> = self
            .certificates
            .iter()
            .map(|(der, id)| {
                let value = encoding.constructed(0xa0, &[encoding.octets(4, der)]);
                self.bag(3, encoding.sequence(&[primitive(6, X509), value]), *id)
            })
            .collect();
        let (algorithm, encrypted) = self.encrypt(&encoding.sequence(&certificates));
        let encrypted = encoding.sequence(&[
            primitive(6, DATA),
            algorithm,
            encoding.octets(0x80, &encrypted),
        ]);
        let encrypted = encoding.sequence(&[primitive(2, &[0]), encrypted]);
        let keys: Vec<Vec<u8>> = self
            .keys
            .iter()
            .map(|(key, id)| {
                let (algorithm, encrypted) = self.encrypt(key);
                let value = encoding.sequence(&[algorithm, encoding.octets(4, &encrypted)]);
                self.bag(2, value, *id)
            })
            .collect();
        let keys = encoding.octets(4, &encoding.sequence(&keys));
        let safe = encoding.sequence(&[
            encoding.content_info(ENCRYPTED, encrypted),
            encoding.content_info(DATA, keys),
        ]);
        let mut parts = vec![
            primitive(2, &[3]),
            encoding.content_info(DATA, encoding.octets(4, &safe)),
        ];
        if let Mac::Pbmac1(length) = self.mac {
            let key = self.derived::<64>();
            let key = hmac::Key::new(hmac::HMAC_SHA256, &key[..usize::from(length)]);
            let tag = hmac::sign(&key, &safe);
            let scheme = encoding.sequence(&[primitive(6, HMAC_SHA256), vec![5, 0]]);
            let derivation = encoding.derivation(&self.salt, self.rounds, Some(length));
            let algorithm = encoding.sequence(&[
                primitive(6, PBMAC1),
                encoding.sequence(&[derivation, scheme]),
            ]);
            let info = encoding.sequence(&[algorithm, encoding.octets(4, tag.as_ref())]);
            parts.push(encoding.sequence(&[
                info,
                encoding.octets(4, b"NOT USED"),
                primitive(2, &[1]),
            ]));
        }
        encoding.sequence(&parts)
    }
}

/// Rewrites the outermost structure of a file from DER to BER. The MAC stays right: it is over
/// the bytes inside.
pub(crate) fn outside_in_ber(file: &[u8]) -> Vec<u8> {
    let ber = Encoding::Ber;
    let parts = children(file);
    let info = children(parts[1]);
    let octets = children(info[1]);
    let content = &octets[0][octets[0].len() - length(octets[0])..];
    let info = ber.sequence(&[
        info[0].to_vec(),
        ber.constructed(0xa0, &[ber.octets(4, content)]),
    ]);
    let rest: Vec<Vec<u8>> = parts[2..].iter().map(|part| part.to_vec()).collect();
    ber.sequence(&[vec![parts[0].to_vec(), info], rest].concat())
}

fn length(value: &[u8]) -> usize {
    match value[1] {
        short if short < 0x80 => usize::from(short),
        long => value[2..2 + usize::from(long & 0x7f)]
            .iter()
            .fold(0, |length, byte| length << 8 | usize::from(*byte)),
    }
}

fn children(value: &[u8]) -> Vec<&[u8]> {
    let mut rest = &value[value.len() - length(value)..];
    let mut found = Vec::new();
    while !rest.is_empty() {
        let header = if rest[1] < 0x80 {
            2
        } else {
            2 + usize::from(rest[1] & 0x7f)
        };
        let (child, after) = rest.split_at(header + length(rest));
        found.push(child);
        rest = after;
    }
    found
}
