//! The body of the create call: `multipart/mixed` with the request's XML and then the package.
//!
//! The XML is in memory, the package is read as it is sent, and the length of the whole is known before
//! the first byte, so that the call carries a `Content-Length`. Both published clients send the parts in
//! this order, unnamed and without transfer encoding.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io::{Cursor, Read};

/// The line that separates the parts.
///
/// [`Boundary::random`] draws 128 bits that nobody who writes a document can foresee, so that no
/// document can hold the boundary. A fixed one makes a request reproducible to the byte, for tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary(String);

impl Boundary {
    /// A boundary nobody can foresee.
    #[must_use]
    pub fn random() -> Self {
        // The standard library seeds these hashers from the system's random numbers.
        let half = |n: u64| RandomState::new().hash_one(n);
        Self(format!("portal-{:016x}{:016x}", half(1), half(2)))
    }

    /// A boundary of one's own, for reproducible requests.
    ///
    /// # Errors
    /// When `text` is not 1 to 70 ASCII letters, digits and hyphens. Source: RFC 2046, 5.1.1, less the
    /// characters that would need quotes.
    pub fn fixed(text: impl Into<String>) -> Result<Self, InvalidBoundary> {
        let text = text.into();
        let allowed = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if allowed && (1..=70).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err(InvalidBoundary)
        }
    }

    /// The value of the `Content-Type` header of the whole body.
    pub(crate) fn content_type(&self) -> String {
        format!("multipart/mixed; boundary={self}")
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that cannot separate the parts of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a boundary is 1 to 70 ASCII letters, digits and hyphens")]
pub struct InvalidBoundary;

/// Frames the two parts: the whole length in bytes, and a reader of the whole.
pub(crate) fn frame<R>(
    boundary: &Boundary,
    xml: &str,
    package: R,
    package_length: u64,
) -> (u64, impl Read + Send + use<R>)
where
    R: Read + Send,
{
    let head = format!(
        "--{boundary}\r\n\
         Content-Type: application/xml\r\n\
         \r\n\
         {xml}\r\n\
         --{boundary}\r\n\
         Content-Type: application/octet-stream\r\n\
         \r\n"
    );
    let tail = format!("\r\n--{boundary}--\r\n");
    let framing = u64::try_from(head.len() + tail.len()).unwrap_or(u64::MAX);
    let reader = Cursor::new(head.into_bytes())
        .chain(package)
        .chain(Cursor::new(tail.into_bytes()));
    (framing.saturating_add(package_length), reader)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_frame_is_exact_and_sized() {
        let boundary = Boundary::fixed("b").unwrap();
        let (length, mut reader) = frame(&boundary, "<a/>", &b"PK\r\n--bytes"[..], 11);
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        assert_eq!(length, bytes.len() as u64);
        insta::assert_snapshot!(
            String::from_utf8(bytes)
                .unwrap()
                .escape_debug()
                .to_string()
                .replace("\\n", "\\n\n")
        );
    }

    #[test]
    fn random_boundaries_differ_and_are_lawful() {
        let drawn: HashSet<String> = (0..1000).map(|_| Boundary::random().to_string()).collect();
        assert_eq!(drawn.len(), 1000);
        for text in drawn {
            assert!(Boundary::fixed(text).is_ok());
        }
    }

    #[test]
    fn unlawful_boundaries_are_refused() {
        for text in ["", "a b", "a\r\n", "æ", "\"", &"x".repeat(71)] {
            assert_eq!(Boundary::fixed(text), Err(InvalidBoundary));
        }
    }
}
