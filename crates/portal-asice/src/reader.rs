//! Reads a package as a stream of bytes.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use crate::error::WriteError;
use crate::segment::{DocumentReader, Segment};

/// A package's bytes from first to last; see [`Package::reader`](crate::Package::reader).
///
/// Documents that are not in memory are digested again as they pass, and the reader fails at the
/// end of one that is not the one that was signed.
pub struct PackageReader {
    segments: Arc<[Segment]>,
    /// The stretch that is being read.
    current: usize,
    /// How much of it has been given, if it is in memory.
    given: usize,
    /// The document that is being read, if it is not.
    document: Option<DocumentReader>,
    /// Why reading failed. A reader that went on would come to an end that looks like a package's.
    failure: Option<Failure>,
}

/// What has to be said again whenever a reader that failed is read.
#[derive(Debug, Clone, Copy)]
enum Failure {
    Changed {
        position: usize,
    },
    Read {
        position: usize,
        kind: io::ErrorKind,
    },
}

impl Failure {
    fn of(error: &WriteError) -> Self {
        match error {
            WriteError::Changed { position } => Self::Changed {
                position: *position,
            },
            WriteError::Read { position, source } => Self::Read {
                position: *position,
                kind: source.kind(),
            },
            // Not of reading.
            WriteError::Write { source } => Self::Read {
                position: 0,
                kind: source.kind(),
            },
        }
    }

    fn error(self) -> WriteError {
        match self {
            Self::Changed { position } => WriteError::Changed { position },
            Self::Read { position, kind } => WriteError::Read {
                position,
                source: kind.into(),
            },
        }
    }
}

impl PackageReader {
    pub(crate) fn new(segments: Arc<[Segment]>) -> Self {
        Self {
            segments,
            current: 0,
            given: 0,
            document: None,
            failure: None,
        }
    }

    fn next_segment(&mut self) {
        self.current += 1;
        self.given = 0;
        self.document = None;
    }
}

impl Read for PackageReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if let Some(failure) = self.failure {
            return Err(io::Error::other(failure.error()));
        }
        self.read_on(buffer).map_err(|error| {
            self.failure = Some(Failure::of(&error));
            io::Error::other(error)
        })
    }
}

impl PackageReader {
    fn read_on(&mut self, buffer: &mut [u8]) -> Result<usize, WriteError> {
        while let Some(segment) = self.segments.get(self.current) {
            let count = match segment.in_memory() {
                Ok(bytes) => {
                    let rest = bytes.get(self.given..).unwrap_or_default();
                    let count = rest.len().min(buffer.len());
                    buffer[..count].copy_from_slice(&rest[..count]);
                    self.given += count;
                    count
                }
                Err(outside) => {
                    let document = match &mut self.document {
                        Some(document) => document,
                        None => self.document.insert(outside.open()?),
                    };
                    document.read(buffer)?
                }
            };
            if count > 0 {
                return Ok(count);
            }
            self.next_segment();
        }
        Ok(0)
    }
}

impl fmt::Debug for PackageReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackageReader")
            .field("segment", &self.current)
            .field("of", &self.segments.len())
            .finish_non_exhaustive()
    }
}
