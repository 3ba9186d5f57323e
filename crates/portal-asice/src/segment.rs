//! The parts that a package is laid out in.

use std::io::{self, Read};
use std::sync::Arc;

use crate::error::WriteError;
use crate::measure::{Facts, Gauge};
use crate::source::{DocumentSource, Reopen, Source};

/// A part of a package.
pub(crate) enum Segment {
    /// Headers, manifest, signature.
    Bytes(Vec<u8>),
    /// A document: its position counted from 1, where it comes from, what it must be.
    Document {
        position: usize,
        source: DocumentSource,
        facts: Facts,
    },
}

impl Segment {
    /// Returns the segment's bytes, or the document that has to be read for them.
    pub(crate) fn in_memory(&self) -> Result<&[u8], Outside<'_>> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Document {
                position,
                source,
                facts,
            } => match &source.0 {
                Source::Memory(bytes) => Ok((**bytes).as_ref()),
                Source::Reopen(source) => Err(Outside {
                    position: *position,
                    source: &**source,
                    facts: *facts,
                }),
            },
        }
    }
}

/// The bytes of a segment that is in memory, held together with its package.
pub(crate) struct SegmentBytes {
    pub(crate) segments: Arc<[Segment]>,
    pub(crate) index: usize,
}

impl AsRef<[u8]> for SegmentBytes {
    fn as_ref(&self) -> &[u8] {
        let segment = self.segments.get(self.index);
        let bytes = segment.and_then(|segment| segment.in_memory().ok());
        bytes.unwrap_or_default()
    }
}

/// A document that is not in memory.
pub(crate) struct Outside<'a> {
    pub(crate) position: usize,
    pub(crate) source: &'a dyn Reopen,
    pub(crate) facts: Facts,
}

impl Outside<'_> {
    /// Opens the document for its second reading.
    pub(crate) fn open(&self) -> Result<DocumentReader, WriteError> {
        let position = self.position;
        let reader = self
            .source
            .open()
            .map_err(|source| WriteError::Read { position, source })?;
        Ok(DocumentReader {
            position,
            facts: self.facts,
            reader,
            gauge: Some(Gauge::new()),
        })
    }
}

/// A document at its second reading, which must give what the first one gave.
pub(crate) struct DocumentReader {
    position: usize,
    facts: Facts,
    reader: Box<dyn Read + Send>,
    /// Gone when the document has ended.
    gauge: Option<Gauge>,
}

impl DocumentReader {
    /// Reads on; gives 0 only after all that was signed.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, WriteError> {
        let position = self.position;
        let Some(gauge) = &mut self.gauge else {
            return Ok(0);
        };
        let count = loop {
            match self.reader.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(WriteError::Read { position, source }),
                Ok(count) => break count,
            }
        };
        gauge.update(&buffer[..count]);
        let changed = match count {
            0 => self
                .gauge
                .take()
                .is_some_and(|gauge| gauge.finish() != self.facts),
            _ => gauge.length() > self.facts.length,
        };
        if changed {
            Err(WriteError::Changed { position })
        } else {
            Ok(count)
        }
    }
}
