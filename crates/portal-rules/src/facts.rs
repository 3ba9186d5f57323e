//! The facts of a document's file that the rules need.

use std::io::{self, Read, Seek};

use crate::pdf::source::{Ends, Reader, Whole};
use crate::pdf::{self, Format};

/// Length of one document's file and, if it is a PDF, what its frame shows.
///
/// Create it once for each document. It reads at most a few hundred kilobytes of a usual file, however
/// long that is, and keeps none of the bytes.
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
    /// Creates the facts from the whole document.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        // Reading a slice never fails; the fallback avoids a panic.
        Self::from_source(&mut Whole(bytes)).unwrap_or(Self {
            length: bytes.len() as u64,
            format: Format::Unseen,
        })
    }

    /// Creates the facts from an open file or another reader.
    ///
    /// The reader's position afterwards is unspecified.
    ///
    /// # Errors
    ///
    /// Returns the errors of the reader.
    pub fn from_reader<R: Read + Seek>(reader: R) -> io::Result<Self> {
        Self::from_source(&mut Reader::new(reader)?)
    }

    /// Creates the facts from the length in bytes, and as much of the beginning and end as is
    /// available.
    ///
    /// Give 2 kB or more of each. What lies between stays unknown, and rules report nothing that they
    /// could not see. Prefer [`from_reader`](Self::from_reader) where it is possible.
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

    /// Returns the length of the file in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Returns whether the file is known to be a PDF, of any version.
    #[must_use]
    pub fn is_pdf(&self) -> bool {
        self.pdf_version().is_some()
    }

    /// Returns the PDF's major and minor version: the later of header and catalog.
    ///
    /// The catalog counts where it is found uncompressed by one look at the cross-reference table.
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
