//! Blocks of a PEM file, as certificate shops deliver them: with text between the blocks, several
//! blocks in a file, and any line ends.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::error::LoadError;

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
}

/// All blocks of a file in their order.
pub(crate) fn blocks(pem: &[u8]) -> Result<Vec<Block>, LoadError> {
    let text = Zeroizing::new(String::from_utf8_lossy(pem).into_owned());
    let mut found = Vec::new();
    let mut open: Option<(String, Zeroizing<String>, bool)> = None;
    for line in text.lines().map(str::trim) {
        let damaged = LoadError::DamagedPem {
            position: found.len() + 1,
        };
        if let Some(label) = boundary(line, "-----BEGIN ") {
            if open.is_some() {
                return Err(damaged);
            }
            open = Some((label.to_owned(), Zeroizing::new(String::new()), false));
        } else if let Some(label) = boundary(line, "-----END ") {
            match open.take() {
                Some((begun, base64, encrypted)) if begun == label => {
                    let der = if encrypted {
                        Vec::new()
                    } else {
                        STANDARD.decode(base64.as_bytes()).map_err(|_| damaged)?
                    };
                    found.push(Block {
                        label: begun,
                        der: Zeroizing::new(der),
                        encrypted,
                    });
                }
                _ => return Err(damaged),
            }
        } else if let Some((_, base64, encrypted)) = &mut open {
            if line.contains(':') {
                *encrypted |= line.contains("ENCRYPTED");
            } else {
                base64.push_str(line);
            }
        }
    }
    match open {
        Some(_) => Err(LoadError::DamagedPem {
            position: found.len() + 1,
        }),
        None => Ok(found),
    }
}

fn boundary<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.strip_prefix(start)?.strip_suffix("-----")
}
