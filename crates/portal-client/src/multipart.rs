//! The body of the create call: `multipart/mixed` with the request's XML and then the package.
//!
//! The XML is in memory, the package is read as it is sent, and the length of the whole is known before
//! the first byte, so that the call carries a `Content-Length`. Both published clients send the parts in
//! this order, unnamed and without transfer encoding.

use std::convert::Infallible;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io::{Cursor, Read};
use std::iter::{from_fn, once};

use bytes::Bytes;
use futures_util::stream;
use portal_asice::Package;
use portal_transport::Body;

/// The line that separates the parts.
///
/// It has 128 random bits that nobody who writes a document can foresee, so that no document can hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Boundary(String);

impl Boundary {
    /// A boundary nobody can foresee.
    #[must_use]
    pub(crate) fn random() -> Self {
        // The standard library seeds these hashers from the system's random numbers.
        let half = |n: u64| RandomState::new().hash_one(n);
        Self(format!("portal-{:016x}{:016x}", half(1), half(2)))
    }

    /// A fixed boundary, which makes a request reproducible to the byte.
    #[cfg(test)]
    pub(crate) fn fixed(text: &str) -> Self {
        Self(text.to_owned())
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

/// What stands before and after the package.
pub(crate) struct Frame {
    pub(crate) head: String,
    pub(crate) tail: String,
}

impl Frame {
    pub(crate) fn new(boundary: &Boundary, xml: &str) -> Self {
        Self {
            head: format!(
                "--{boundary}\r\n\
                 Content-Type: application/xml\r\n\
                 \r\n\
                 {xml}\r\n\
                 --{boundary}\r\n\
                 Content-Type: application/octet-stream\r\n\
                 \r\n"
            ),
            tail: format!("\r\n--{boundary}--\r\n"),
        }
    }

    /// The whole body around a package, and its length. What is in memory is sent as it is, the rest is
    /// streamed as it is read.
    pub(crate) fn around(self, package: PackageBody) -> (u64, Body) {
        let length = (self.head.len() + self.tail.len()) as u64 + package.len();
        let (head, tail) = (Bytes::from(self.head), Bytes::from(self.tail));
        let body = match package {
            PackageBody::Whole(bytes) => in_memory(once(head).chain([bytes, tail]), length),
            PackageBody::Parts(package) => match package.in_memory() {
                Some(parts) => {
                    let parts = parts.map(Bytes::from_owner);
                    in_memory(once(head).chain(parts).chain(once(tail)), length)
                }
                None => {
                    let whole = Cursor::new(head)
                        .chain(package.into_reader())
                        .chain(Cursor::new(tail));
                    Body::from_reader(whole, length)
                }
            },
        };
        (length, body)
    }
}

/// A package to send: in parts that are put together on the way, or whole in memory.
pub(crate) enum PackageBody {
    Parts(Package),
    Whole(Bytes),
}

impl PackageBody {
    fn len(&self) -> u64 {
        match self {
            Self::Parts(package) => package.len(),
            Self::Whole(bytes) => bytes.len() as u64,
        }
    }
}

impl From<Package> for PackageBody {
    fn from(package: Package) -> Self {
        Self::Parts(package)
    }
}

impl From<Bytes> for PackageBody {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}

fn in_memory(parts: impl Iterator<Item = Bytes> + Send + 'static, length: u64) -> Body {
    // Not one piece: how far a body has got shows, and its time limit is for a piece.
    let pieces = parts.flat_map(pieces).map(Ok::<_, Infallible>);
    Body::from_stream(stream::iter(pieces), Some(length))
}

/// How much is handed to the connection at a time.
const PIECE: usize = 64 * 1024;

fn pieces(mut bytes: Bytes) -> impl Iterator<Item = Bytes> {
    from_fn(move || {
        let piece = bytes.split_to(bytes.len().min(PIECE));
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::Document;
    use crate::fixtures::{PDF, build, least, package};

    #[test]
    fn the_frame_is_exact_and_sized() {
        let boundary = Boundary::fixed("b");
        let frame = Frame::new(&boundary, "<a/>");
        let text = format!("{}PK\r\n--bytes{}", frame.head, frame.tail);
        insta::assert_snapshot!(text.escape_debug().to_string().replace("\\n", "\\n\n"));
    }

    #[test]
    fn documents_in_memory_and_in_files_are_sent_alike() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("document.pdf");
        let pdf = [PDF, &vec![b' '; 200_000], PDF].concat();
        std::fs::write(&file, &pdf).unwrap();
        let body = |document: Document| {
            let job = build(least().document(document));
            let package = package(&job);
            let boundary = Boundary::fixed("b");
            let (length, body) = Frame::new(&boundary, "<a/>").around(package.into());
            assert_eq!(body.size(), Some(length));
            let runtime = tokio::runtime::Builder::new_current_thread();
            let bytes = { runtime }.build().unwrap().block_on(body.collect(length));
            assert_eq!(bytes.as_ref().unwrap().len() as u64, length);
            bytes.unwrap()
        };
        let from_memory = body(Document::pdf("Second", pdf));
        let from_file = body(Document::pdf("Second", file));
        assert!(from_memory == from_file);
    }

    #[test]
    fn random_boundaries_differ_and_are_lawful() {
        let drawn: HashSet<String> = (0..1000).map(|_| Boundary::random().to_string()).collect();
        assert_eq!(drawn.len(), 1000);
        // RFC 2046, 5.1.1, less the characters that would need quotes.
        for text in drawn {
            let lawful = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            assert!(lawful && (1..=70).contains(&text.len()), "{text}");
        }
    }
}
