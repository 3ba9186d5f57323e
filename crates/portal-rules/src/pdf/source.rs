//! Where the bytes of a document come from.

use std::io::{self, Read, Seek, SeekFrom};

/// Random access to a document.
pub(crate) trait ByteSource {
    /// Length of the document in bytes.
    fn length(&self) -> u64;

    /// Reads from an offset: as many bytes as wanted, fewer only at the end of the document, and
    /// nothing if the part is not available.
    fn read(&mut self, offset: u64, want: usize) -> io::Result<Option<Vec<u8>>>;
}

/// A document in memory.
pub(crate) struct Whole<'a>(pub(crate) &'a [u8]);

impl ByteSource for Whole<'_> {
    fn length(&self) -> u64 {
        self.0.len() as u64
    }

    fn read(&mut self, offset: u64, want: usize) -> io::Result<Option<Vec<u8>>> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.0.get(offset..).unwrap_or_default();
        Ok(Some(rest[..want.min(rest.len())].to_vec()))
    }
}

/// A document that is read where it lies.
pub(crate) struct Reader<R> {
    reader: R,
    length: u64,
}

impl<R: Read + Seek> Reader<R> {
    pub(crate) fn new(mut reader: R) -> io::Result<Self> {
        let length = reader.seek(SeekFrom::End(0))?;
        Ok(Self { reader, length })
    }
}

impl<R: Read + Seek> ByteSource for Reader<R> {
    fn length(&self) -> u64 {
        self.length
    }

    fn read(&mut self, offset: u64, want: usize) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        // Not every reader can be sent beyond its end.
        self.reader.seek(SeekFrom::Start(offset.min(self.length)))?;
        self.reader
            .by_ref()
            .take(want as u64)
            .read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }
}

/// The beginning and end of a document; the middle is not available.
pub(crate) struct Ends<'a> {
    pub(crate) length: u64,
    pub(crate) head: &'a [u8],
    pub(crate) tail: &'a [u8],
}

impl ByteSource for Ends<'_> {
    fn length(&self) -> u64 {
        self.length
    }

    fn read(&mut self, offset: u64, want: usize) -> io::Result<Option<Vec<u8>>> {
        if offset >= self.length {
            return Ok(Some(Vec::new()));
        }
        let end = self.length.min(offset.saturating_add(want as u64));
        let within = |part: &[u8], part_start: u64| {
            let from = usize::try_from(offset.checked_sub(part_start)?).ok()?;
            let to = usize::try_from(end.checked_sub(part_start)?).ok()?;
            part.get(from..to).map(<[u8]>::to_vec)
        };
        let tail_start = self.length.saturating_sub(self.tail.len() as u64);
        Ok(within(self.head, 0).or_else(|| within(self.tail, tail_start)))
    }
}
