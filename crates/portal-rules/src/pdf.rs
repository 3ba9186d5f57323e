//! The frame of a PDF: header, end marker, and the cross-reference sections between which a reader
//! finds its way. Enough to tell whether a file is whole, and whether it is encrypted, without
//! reading any page.
//!
//! A file that was updated incrementally has one section for each revision; a linearised one has two.
//! The last line before the end marker leads to the first section to read, and each leads to the
//! next. Whichever of them names an encryption dictionary, the file is encrypted.
//!
//! Source: ISO 32000-1, sections 7.5 (file structure) and 7.6 (encryption), annex F (linearisation).

use std::io;

pub(crate) mod source;
pub(crate) mod syntax;

use source::ByteSource;
use syntax::Trailer;

/// How much of the beginning is read: the first line, `%PDF-1.7`, and its end.
const HEADER: usize = 9;
/// How far from the end the end marker may stand; readers look at 1024 bytes, we are kinder.
const TAIL: u64 = 2048;
/// How much of a dictionary is read. Real ones take a few hundred bytes.
const DICTIONARY: usize = 65_536;
/// How much of a cross-reference table is read at a time, looking for its trailer.
const STEP: usize = 16_384;
/// How many times: the table of about 200,000 objects.
const STEPS: usize = 256;
/// How many sections are followed.
const SECTIONS: usize = 32;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Begins as a PDF of this major and minor version.
    Pdf { version: (u8, u8), body: Body },
    /// Begins otherwise.
    Other,
    /// The beginning was not at hand.
    Unseen,
}

/// What the end of a PDF tells of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Whole and open to everyone.
    Open,
    /// Has an encryption dictionary, be it with an empty password.
    Encrypted,
    /// Ends without end marker.
    Truncated,
    /// Has an end marker, but does not lead to a cross-reference section.
    Astray,
    /// The part that would tell was not at hand.
    Unseen,
}

/// Why a section could not be read.
enum Failure {
    Malformed,
    Unseen,
    Io(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Looks at the frame of a document.
pub(crate) fn inspect(source: &mut impl ByteSource) -> io::Result<Format> {
    let Some(head) = source.read(0, HEADER)? else {
        return Ok(Format::Unseen);
    };
    let Some(version) = syntax::header(&head) else {
        return Ok(Format::Other);
    };
    let body = match body(source) {
        Ok(body) => body,
        Err(Failure::Malformed) => Body::Astray,
        Err(Failure::Unseen) => Body::Unseen,
        Err(Failure::Io(error)) => return Err(error),
    };
    Ok(Format::Pdf { version, body })
}

fn body(source: &mut impl ByteSource) -> Result<Body, Failure> {
    let start = source.length().saturating_sub(TAIL);
    let tail = read(source, start, TAIL as usize)?;
    let Some(end) = syntax::end(&tail) else {
        return Ok(Body::Truncated);
    };
    let first = section(source, end.first_section.ok_or(Failure::Malformed)?)?;
    let mut encrypted = first.encrypted;
    let mut next = first.previous;
    // Sections that can't be read beyond the first are left to the reader's own repair.
    for _ in 1..SECTIONS {
        let Some(offset) = next else { break };
        match section(source, offset) {
            Ok(earlier) => {
                encrypted |= earlier.encrypted;
                next = earlier.previous;
            }
            Err(Failure::Io(error)) => return Err(error.into()),
            Err(Failure::Malformed | Failure::Unseen) => break,
        }
    }
    Ok(if encrypted {
        Body::Encrypted
    } else {
        Body::Open
    })
}

fn read(source: &mut impl ByteSource, offset: u64, want: usize) -> Result<Vec<u8>, Failure> {
    source.read(offset, want)?.ok_or(Failure::Unseen)
}

/// Reads what the cross-reference section at an offset says of the file.
fn section(source: &mut impl ByteSource, offset: u64) -> Result<Trailer, Failure> {
    let start = read(source, offset, 64)?;
    match syntax::section_start(&start).ok_or(Failure::Malformed)? {
        syntax::SectionStart::Table => {
            let trailer = find_trailer(source, offset)?;
            let bytes = read(source, trailer, DICTIONARY)?;
            syntax::dictionary(&bytes).ok_or(Failure::Malformed)
        }
        syntax::SectionStart::Stream { dictionary } => {
            let bytes = read(source, offset + dictionary as u64, DICTIONARY)?;
            syntax::dictionary(&bytes)
                .filter(|trailer| trailer.is_cross_reference)
                .ok_or(Failure::Malformed)
        }
    }
}

/// The offset right after the keyword `trailer` that follows a table.
fn find_trailer(source: &mut impl ByteSource, table: u64) -> Result<u64, Failure> {
    const KEYWORD: &[u8] = b"trailer";
    for offset in (table..).step_by(STEP).take(STEPS) {
        // A little more than a step, as the keyword may lie across the border.
        let bytes = read(source, offset, STEP + KEYWORD.len())?;
        if let Some(position) = syntax::find(&bytes, KEYWORD) {
            return Ok(offset + (position + KEYWORD.len()) as u64);
        }
    }
    Err(Failure::Malformed)
}

#[cfg(test)]
mod tests;
