//! Length, CRC and digest of a document, taken in one reading.

use std::io;

use aws_lc_rs::digest::{self, Context};

use crate::source::{DocumentSource, Source};

/// How much of a document is in memory at a time; fits the processor's second cache, so that the
/// CRC finds warm what the digest has read.
pub(crate) const CHUNK: usize = 64 * 1024;

/// What one reading of a file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) length: u64,
    pub(crate) crc32: u32,
    pub(crate) sha256: [u8; 32],
}

/// Takes a file's facts as its bytes go by.
pub(crate) struct Gauge {
    length: u64,
    crc32: crc32fast::Hasher,
    sha256: Context,
}

impl Gauge {
    pub(crate) fn new() -> Self {
        Self {
            length: 0,
            crc32: crc32fast::Hasher::new(),
            sha256: Context::new(&digest::SHA256),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(CHUNK) {
            self.sha256.update(chunk);
            self.crc32.update(chunk);
        }
        self.length += bytes.len() as u64;
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn finish(self) -> Facts {
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(self.sha256.finish().as_ref());
        Facts {
            length: self.length,
            crc32: self.crc32.finalize(),
            sha256,
        }
    }
}

pub(crate) fn measure_bytes(bytes: &[u8]) -> Facts {
    let mut gauge = Gauge::new();
    gauge.update(bytes);
    gauge.finish()
}

pub(crate) fn measure(source: &DocumentSource, buffer: &mut Vec<u8>) -> io::Result<Facts> {
    match &source.0 {
        Source::Memory(bytes) => Ok(measure_bytes((**bytes).as_ref())),
        Source::Reopen(source) => {
            let mut reader = source.open()?;
            let mut gauge = Gauge::new();
            buffer.resize(CHUNK, 0);
            loop {
                match reader.read(buffer) {
                    Ok(0) => return Ok(gauge.finish()),
                    Ok(count) => gauge.update(&buffer[..count]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
}
