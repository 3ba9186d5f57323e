//! What the rules need to know about a document's file.

use std::io::{self, Read, Seek};

use crate::pdf::source::{Ends, Reader, Whole};
use crate::pdf::{self, Format};

/// What is known about one document's file: its length and, if it is a PDF, what its frame tells.
///
/// Made once for each document, from at most a few hundred kilobytes of it, however long it is; the
/// bytes themselves are not kept.
///
/// ```
/// use portal_rules::DocumentFacts;
///
/// let facts = DocumentFacts::from_bytes(b"Hello");
/// assert_eq!(facts.length(), 5);
/// assert!(!facts.is_pdf());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentFacts {
    length: u64,
    format: Format,
}

impl DocumentFacts {
    /// From the whole document.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        // A slice can always be read, so the fallback is only a way to say so without a panic.
        Self::from_source(&mut Whole(bytes)).unwrap_or(Self {
            length: bytes.len() as u64,
            format: Format::Unseen,
        })
    }

    /// From an open file or another reader; the position is left anywhere.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    pub fn from_reader<R: Read + Seek>(reader: R) -> io::Result<Self> {
        Self::from_source(&mut Reader::new(reader)?)
    }

    /// From the length in bytes and as much of the beginning and end as is at hand, 2 kB each or
    /// more. What lies between stays unknown, and no rule complains of what it could not see: use
    /// [`from_reader`](Self::from_reader) where it is possible.
    #[must_use]
    pub fn from_ends(length: u64, head: &[u8], tail: &[u8]) -> Self {
        Self::from_source(&mut Ends { length, head, tail }).unwrap_or(Self {
            length,
            format: Format::Unseen,
        })
    }

    fn from_source(source: &mut impl pdf::source::ByteSource) -> io::Result<Self> {
        Ok(Self {
            length: source.length(),
            format: pdf::inspect(source)?,
        })
    }

    /// Length of the file in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Whether the file is known to begin as a PDF does, whatever its version.
    #[must_use]
    pub fn is_pdf(&self) -> bool {
        self.pdf_version().is_some()
    }

    /// Major and minor version in the PDF's first line.
    #[must_use]
    pub fn pdf_version(&self) -> Option<(u8, u8)> {
        match self.format {
            Format::Pdf(frame) => Some(frame.version),
            Format::Other | Format::Unseen => None,
        }
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }
}
