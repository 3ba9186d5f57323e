//! As much of PDF as its signatures need, read without trusting any length or offset in it.
//!
//! Nothing is repaired: where readers would have to guess, two of them guess differently. Every byte
//! that is read or inflated is paid for from an allowance that depends on the length of the file, so
//! that neither time nor memory can exceed a multiple of it.
//!
//! Source: ISO 32000-1, 7.2 to 7.5.

mod allowance;
mod file;
mod object;
mod parser;
mod stream;
mod table;

pub(crate) use file::File;
pub(crate) use object::{Dictionary, Id, Object};

/// Why a PDF, or a part of it, can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The file does not begin as a PDF does.
    NoHeader,
    /// The bytes are not what the format says, near this offset.
    Malformed {
        /// Bytes from the start of the file, or of an inflated stream.
        offset: usize,
        what: &'static str,
    },
    /// The file asks for more work than its length justifies.
    TooMuch,
    /// The format allows it, and it is not supported here.
    Unsupported(&'static str),
}

impl Problem {
    pub(crate) const fn at(offset: usize, what: &'static str) -> Self {
        Self::Malformed { offset, what }
    }
}
