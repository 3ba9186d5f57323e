//! Writes PKCS#12 files in forms that `openssl` doesn't: BER at every depth, keys and
//! certificates in any order and number, nothing that says which belong together.

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::pbkdf2;

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

    /// The algorithm's name and parameters, and the ciphertext.
    fn encrypt(self, plain: &[u8], password: &str) -> (Vec<u8>, Vec<u8>) {
        let rounds = std::num::NonZeroU32::new(3).unwrap();
        let mut key = [0; 32];
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
        pbkdf2::derive(algorithm, rounds, &SALT, password.as_bytes(), &mut key);
        let key = UnboundCipherKey::new(&AES_256, &key).unwrap();
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).unwrap();
        let context = EncryptionContext::Iv128(FixedLength::from(&SALT));
        let mut encrypted = plain.to_vec();
        key.less_safe_encrypt(&mut encrypted, context).unwrap();
        let prf = self.sequence(&[primitive(6, HMAC_SHA256), vec![5, 0]]);
        let derivation = self.sequence(&[self.octets(4, &SALT), primitive(2, &[3]), prf]);
        let algorithm = self.sequence(&[
            primitive(6, PBES2),
            self.sequence(&[
                self.sequence(&[primitive(6, PBKDF2), derivation]),
                self.sequence(&[primitive(6, AES_256_CBC), self.octets(4, &SALT)]),
            ]),
        ]);
        (algorithm, encrypted)
    }

    /// A file without MAC that holds these certificates, then these keys, all encrypted.
    pub(crate) fn file(self, certificates: &[&[u8]], keys: &[&[u8]], password: &str) -> Vec<u8> {
        let certificates: Vec<Vec<u8>> = certificates
            .iter()
            .map(|der| {
                let value = self.constructed(0xa0, &[self.octets(4, der)]);
                let value = self.sequence(&[primitive(6, X509), value]);
                self.sequence(&[bag(3), self.constructed(0xa0, &[value])])
            })
            .collect();
        let (algorithm, encrypted) = self.encrypt(&self.sequence(&certificates), password);
        let encrypted =
            self.sequence(&[primitive(6, DATA), algorithm, self.octets(0x80, &encrypted)]);
        let encrypted = self.sequence(&[primitive(2, &[0]), encrypted]);
        let keys: Vec<Vec<u8>> = keys
            .iter()
            .map(|key| {
                let (algorithm, encrypted) = self.encrypt(key, password);
                let value = self.sequence(&[algorithm, self.octets(4, &encrypted)]);
                self.sequence(&[bag(2), self.constructed(0xa0, &[value])])
            })
            .collect();
        let keys = self.octets(4, &self.sequence(&keys));
        let safe = self.sequence(&[
            self.content_info(ENCRYPTED, encrypted),
            self.content_info(DATA, keys),
        ]);
        let safe = self.content_info(DATA, self.octets(4, &safe));
        self.sequence(&[primitive(2, &[3]), safe])
    }
}

/// Writes the outermost structure of a file in DER anew in BER. The MAC stays right: it is over
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
