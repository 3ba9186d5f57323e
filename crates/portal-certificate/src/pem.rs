//! Blocks of a PEM file, as they reach their users: with text between the blocks, several blocks
//! in a file, a byte order mark, any line ends, or all in one line with `\n` written out, as in
//! environment variables.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::file_format::FileFormat;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// One block: what its first line says, and its bytes.
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) der: Zeroizing<Vec<u8>>,
    /// Whether headers say that the contents are encrypted, as OpenSSL used to write keys.
    pub(crate) encrypted: bool,
}

impl Block {
    /// Whether this is a certificate, by its first line.
    pub(crate) fn is_certificate(&self) -> bool {
        matches!(&*self.label, "CERTIFICATE" | "X509 CERTIFICATE")
    }

    /// Whether this is a private key, by its first line.
    pub(crate) fn is_private_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }
}

/// Why a text has no blocks that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PemError {
    /// The file is of another format.
    Format(FileFormat),
    /// A block, counted from 1, is not base64 or has no end.
    Damaged { position: usize },
}

/// All blocks of a file in their order. The file may be no PEM at all: then there are none.
pub(crate) fn blocks(pem: &[u8]) -> Result<Vec<Block>, PemError> {
    if let Some(format) = FileFormat::of(pem)
        && !FileFormat::is_pem(pem)
    {
        return Err(PemError::Format(format));
    }
    let mut found = Vec::new();
    let mut rest = pem;
    while let Some(at) = position(rest, BEGIN) {
        let damaged = PemError::Damaged {
            position: found.len() + 1,
        };
        let after = &rest[at + BEGIN.len()..];
        let dashes = position(after, DASHES).ok_or(damaged)?;
        let label = std::str::from_utf8(&after[..dashes]).map_err(|_| damaged)?;
        let body = &after[dashes + DASHES.len()..];
        let end = position(body, END).ok_or(damaged)?;
        let ending = &body[end + END.len()..];
        rest = ending
            .strip_prefix(label.as_bytes())
            .and_then(|rest| rest.strip_prefix(DASHES))
            .ok_or(damaged)?;
        found.push(read(label, &body[..end]).ok_or(damaged)?);
    }
    Ok(found)
}

fn read(label: &str, body: &[u8]) -> Option<Block> {
    let mut encrypted = false;
    // Neither buffer grows: outgrown memory would not be wiped, and this may be a key.
    let mut base64 = Zeroizing::new(Vec::with_capacity(body.len()));
    for line in lines(body) {
        if line.contains(&b':') {
            encrypted |= position(line, b"ENCRYPTED").is_some();
        } else {
            base64.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
        }
    }
    let mut der = Zeroizing::new(vec![0; base64.len() / 4 * 3 + 3]);
    let length = if encrypted {
        0
    } else {
        STANDARD.decode_slice(&*base64, &mut der).ok()?
    };
    der.truncate(length);
    Some(Block {
        label: label.to_owned(),
        der,
        encrypted,
    })
}

/// The lines of a text whose line ends may be CR, LF or both, as characters or written out as
/// `\r` and `\n`.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text
            .iter()
            .position(|byte| matches!(byte, b'\r' | b'\n' | b'\\'))
        else {
            return rest.take();
        };
        rest = Some(match &text[end..] {
            [b'\\', b'n' | b'r', after @ ..] => after,
            [_, after @ ..] => after,
            [] => &[],
        });
        Some(&text[..end])
    })
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|part| part == wanted)
}
