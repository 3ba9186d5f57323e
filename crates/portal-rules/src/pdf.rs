//! The frame of a PDF: header, end marker, and the cross-reference sections between which a reader
//! finds its way. The frame shows the version, whether the file is encrypted, and whether bytes were
//! added or lost at its ends. No page is read.
//!
//! A file that was updated incrementally has one section for each revision; a linearised one has two.
//! The last line before the end marker leads to the first section to read, and each section leads to
//! the next. If any of them names an encryption dictionary, the file is encrypted.
//!
//! Files in the field are looser than the standard: bytes stand before the header, so that offsets
//! count from the file or from the header; the end marker is missing or followed by padding; the
//! offset of the first section is wrong. All readers open such files, so this one finds its way too.
//!
//! Source: ISO 32000-1, sections 7.5 (file structure) and 7.6 (encryption), annex F (linearisation)
//! and annex H.3 (what readers tolerate).

use std::io;

mod section;
pub(crate) mod source;
pub(crate) mod syntax;

use section::Origin;
use source::ByteSource;
use syntax::Trailer;

/// Length of the longest header, `%PDF-1.10`.
const HEADER: usize = 9;
/// Offset up to which the header may begin. Common readers look at the first 1024 bytes.
const LEADING: usize = 1024;
/// How much of the end is read, in steps, until the end marker and the line before it are found.
const TAILS: [u64; 3] = [2048, 32_768, 262_144];
/// How much of the beginning is searched for a trailer if the end leads nowhere. The first section of
/// a linearised file stands there.
const HEAD: usize = 16_384;
/// White space that may follow the end marker without a finding.
const TRAILING: usize = 16;
/// How many sections are followed.
const SECTIONS: usize = 32;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A PDF.
    Pdf(Frame),
    /// Has no PDF header near its beginning.
    Other,
    /// The beginning was not available.
    Unseen,
}

/// What the frame of a PDF shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Major and minor version: the later of header and catalog.
    pub(crate) version: (u8, u8),
    /// Number of bytes before the header.
    pub(crate) leading: u64,
    pub(crate) end: End,
    pub(crate) body: Body,
}

/// How a PDF ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With an end marker, and no more than a line end after it.
    Marked,
    /// `bytes` bytes follow the end marker.
    Followed { bytes: u64 },
    /// The objects of a further revision follow the end marker, and have no end marker themselves.
    Unfinished,
    /// The last `searched` bytes hold no end marker.
    Missing { searched: u64 },
    /// The end was not available.
    Unseen,
}

/// What the cross-reference sections of a PDF show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Open to everyone.
    Open,
    /// Has an encryption dictionary, even if the password is empty.
    Encrypted,
    /// The end does not lead to a cross-reference section, and nothing shows encryption.
    Astray,
    /// The part that shows it was not available.
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

impl Failure {
    /// Keeps only the failure of the source itself.
    fn unless_io<T>(result: Result<T, Self>) -> io::Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Self::Io(error)) => Err(error),
            Err(Self::Malformed | Self::Unseen) => Ok(None),
        }
    }
}

/// Reads the frame of a document.
pub(crate) fn inspect(source: &mut impl ByteSource) -> io::Result<Format> {
    let Some(start) = source.read(0, HEADER)? else {
        return Ok(Format::Unseen);
    };
    let header = match syntax::header(&start) {
        Some(version) => Some((0, version)),
        None => match source.read(0, LEADING + HEADER)? {
            None => return Ok(Format::Unseen),
            Some(start) => displaced_header(&start),
        },
    };
    let Some((leading, version)) = header else {
        return Ok(Format::Other);
    };
    let origin = Origin(leading);
    let Some(tail) = Tail::read(source)? else {
        return Ok(Format::Pdf(Frame {
            version,
            leading,
            end: End::Unseen,
            body: Body::Unseen,
        }));
    };
    let sections = follow(source, origin, tail.first_section)?;
    let (found, body) = match sections.first {
        Found::Section => (sections, Body::Open),
        Found::Unseen => (sections, Body::Unseen),
        Found::Nothing if tail.first_section.is_none() && tail.unseen => (sections, Body::Unseen),
        Found::Nothing => (repair(source, origin)?, Body::Astray),
    };
    Ok(Format::Pdf(Frame {
        version: found.catalog.map_or(version, |later| later.max(version)),
        leading,
        end: tail.end,
        body: if found.encrypted {
            Body::Encrypted
        } else {
            body
        },
    }))
}

/// Number of bytes before a header that is not the very beginning, and the header's version.
fn displaced_header(start: &[u8]) -> Option<(u64, (u8, u8))> {
    // A ZIP file may begin with a PDF that it stores, and is none.
    if start.starts_with(b"PK\x03\x04") {
        return None;
    }
    syntax::positions(start, b"%PDF-")
        .take_while(|position| *position <= LEADING)
        .find_map(|position| {
            let version = syntax::header(&start[position..])?;
            Some((position as u64, version))
        })
}

/// What the last lines of a file show.
struct Tail {
    end: End,
    /// Offset of the cross-reference section to read first, if it is given.
    first_section: Option<u64>,
    /// Whether more was wanted than was available.
    unseen: bool,
}

impl Tail {
    /// Reads ever more of the end until the end marker and the offset before it are found; `None` if
    /// the end is not available.
    fn read(source: &mut impl ByteSource) -> io::Result<Option<Self>> {
        let mut best = None;
        for want in TAILS {
            let want = want.min(source.length());
            let offset = source.length() - want;
            let Some(bytes) = source.read(offset, want as usize)? else {
                if let Some(Self { end, unseen, .. }) = &mut best {
                    *unseen = true;
                    if matches!(end, End::Missing { .. }) {
                        *end = End::Unseen;
                    }
                }
                break;
            };
            let tail = Self::of(&bytes);
            let is_enough =
                !matches!(tail.end, End::Missing { .. }) && tail.first_section.is_some();
            best = Some(tail);
            if is_enough || offset == 0 {
                break;
            }
        }
        Ok(best)
    }

    fn of(tail: &[u8]) -> Self {
        let marker = syntax::split_last(tail, b"%%EOF");
        let (before, end) = match marker {
            None => {
                let searched = tail.len() as u64;
                (tail, End::Missing { searched })
            }
            Some((before, after)) => {
                let end = if syntax::has_object(after) {
                    End::Unfinished
                } else if after.len() <= TRAILING
                    && after.iter().all(|byte| syntax::is_space(*byte))
                {
                    End::Marked
                } else {
                    let bytes = after.len() as u64;
                    End::Followed { bytes }
                };
                (before, end)
            }
        };
        Self {
            end,
            first_section: syntax::first_section(before),
            unseen: false,
        }
    }
}

/// What was found at the offset that the end of a file gives.
#[derive(Clone, Copy)]
enum Found {
    Section,
    Nothing,
    Unseen,
}

/// What the chain of sections shows.
struct Sections {
    first: Found,
    encrypted: bool,
    /// Version in the catalog, where it is found uncompressed.
    catalog: Option<(u8, u8)>,
}

/// Follows the chain of sections from the first one.
fn follow(
    source: &mut impl ByteSource,
    origin: Origin,
    first: Option<u64>,
) -> io::Result<Sections> {
    let mut sections = Sections {
        first: Found::Nothing,
        encrypted: false,
        catalog: None,
    };
    let Some(offset) = first else {
        return Ok(sections);
    };
    match origin.section(source, offset) {
        Ok((offset, trailer)) => {
            sections.first = Found::Section;
            sections.add(source, origin, Some(offset), trailer)?;
        }
        Err(Failure::Malformed) => {}
        Err(Failure::Unseen) => sections.first = Found::Unseen,
        Err(Failure::Io(error)) => return Err(error),
    }
    Ok(sections)
}

/// Reads the last trailer near the end, and the one of a linearised file near its beginning, where
/// the end does not lead to a section.
fn repair(source: &mut impl ByteSource, origin: Origin) -> io::Result<Sections> {
    let mut sections = Sections {
        first: Found::Nothing,
        encrypted: false,
        catalog: None,
    };
    let end = TAILS.map(|tail| source.length().saturating_sub(tail));
    let start = source.read(origin.0, HEAD)?.unwrap_or_default();
    let mut tail = None;
    for offset in end.into_iter().rev() {
        let want = source.length() - offset;
        tail = source.read(offset, want as usize)?;
        if tail.is_some() {
            break;
        }
    }
    let tail = tail.unwrap_or_default();
    for bytes in [&tail[..], &start] {
        if let Some(trailer) = syntax::last_trailer(bytes) {
            sections.add(source, origin, None, trailer)?;
        }
    }
    Ok(sections)
}

impl Sections {
    /// Adds a section, and those of the revisions before it. Those that can't be read are left to the
    /// reader's own repair. `offset` is where the section stands, if it is known.
    fn add(
        &mut self,
        source: &mut impl ByteSource,
        origin: Origin,
        offset: Option<u64>,
        trailer: Trailer,
    ) -> io::Result<()> {
        let mut root = trailer.root;
        let mut next = Some((offset, trailer));
        for _ in 0..SECTIONS {
            let Some((offset, trailer)) = next.take() else {
                break;
            };
            self.encrypted |= trailer.encrypted;
            if trailer.is_cross_reference {
                // Its entries are compressed: they, or older ones, may say where the catalog is.
                root = None;
            }
            if let (Some(number), Some(offset)) = (root, offset) {
                let look = origin.catalog_version(source, offset, number);
                if let Some(entry) = Failure::unless_io(look)? {
                    self.catalog = self.catalog.or(entry);
                    root = None;
                }
            }
            if let Some(offset) = trailer.previous {
                let section = origin.section(source, offset);
                next =
                    Failure::unless_io(section)?.map(|(offset, trailer)| (Some(offset), trailer));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
