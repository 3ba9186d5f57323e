//! Cross-reference sections, and the one object that is looked up in them.

use super::Failure;
use super::source::ByteSource;
use super::syntax::{self, Trailer};

/// How much of a dictionary is read. Real ones take a few hundred bytes.
const DICTIONARY: usize = 65_536;
/// How much of a catalog is read. In a longer one the version is not found.
const CATALOG: usize = 8192;
/// How much of a cross-reference table is read at a time, looking for its trailer.
const STEP: usize = 16_384;
/// How many times: the table of about 200,000 objects.
const STEPS: usize = 256;
/// How many parts of a table are gone through for an object.
const PARTS: usize = 128;
/// Length of an entry of a table.
const ENTRY: u64 = 20;

/// Number of bytes before the header, from which offsets may count.
#[derive(Clone, Copy)]
pub(super) struct Origin(pub(super) u64);

impl Origin {
    /// Where an offset may lead: counted from the header, and from the beginning of the file.
    fn places(self, offset: u64) -> impl Iterator<Item = u64> {
        let from_file = (self.0 > 0).then_some(offset);
        [Some(offset.saturating_add(self.0)), from_file]
            .into_iter()
            .flatten()
    }

    /// Reads the section at an offset. Returns where it stands in the file, and its trailer.
    pub(super) fn section(
        self,
        source: &mut impl ByteSource,
        offset: u64,
    ) -> Result<(u64, Trailer), Failure> {
        let mut failure = Failure::Malformed;
        for place in self.places(offset) {
            match section(source, place) {
                Ok(trailer) => return Ok((place, trailer)),
                Err(Failure::Io(error)) => return Err(error.into()),
                Err(Failure::Unseen) => failure = Failure::Unseen,
                Err(Failure::Malformed) => {}
            }
        }
        Err(failure)
    }

    /// Looks the catalog up in the table at a place in the file. Returns the version that the catalog
    /// gives, if it gives one.
    ///
    /// Fails if the table has no entry for the object, so that an older one counts.
    pub(super) fn catalog_version(
        self,
        source: &mut impl ByteSource,
        table: u64,
        number: u64,
    ) -> Result<Option<(u8, u8)>, Failure> {
        let offset = entry(source, table, number)?;
        for place in self.places(offset) {
            let bytes = read(source, place, CATALOG)?;
            if let Some(dictionary) = syntax::object(&bytes, number) {
                return Ok(syntax::dictionary(dictionary).and_then(|catalog| catalog.version));
            }
        }
        Ok(None)
    }
}

fn read(source: &mut impl ByteSource, offset: u64, want: usize) -> Result<Vec<u8>, Failure> {
    source.read(offset, want)?.ok_or(Failure::Unseen)
}

/// Reads what the cross-reference section at a place in the file says of the file.
fn section(source: &mut impl ByteSource, offset: u64) -> Result<Trailer, Failure> {
    let start = read(source, offset, 64)?;
    match syntax::section_start(&start).ok_or(Failure::Malformed)? {
        syntax::SectionStart::Table => {
            let trailer = find_trailer(source, offset)?;
            let bytes = read(source, trailer, DICTIONARY)?;
            let trailer = syntax::dictionary(&bytes).ok_or(Failure::Malformed)?;
            Ok(Trailer {
                is_cross_reference: false,
                ..trailer
            })
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

/// The offset that a table gives for an object.
fn entry(source: &mut impl ByteSource, table: u64, number: u64) -> Result<u64, Failure> {
    let start = read(source, table, 64)?;
    let keyword = syntax::find(&start, b"xref").ok_or(Failure::Malformed)?;
    let mut part = table + keyword as u64 + 4;
    for _ in 0..PARTS {
        let bytes = read(source, part, 64)?;
        let (first, count, length) = syntax::table_part(&bytes).ok_or(Failure::Malformed)?;
        let entries = part + length as u64;
        if let Some(index) = number.checked_sub(first).filter(|index| *index < count) {
            let offset = entries.saturating_add(index.saturating_mul(ENTRY));
            let bytes = read(source, offset, ENTRY as usize)?;
            return syntax::table_entry(&bytes).ok_or(Failure::Malformed);
        }
        part = entries.saturating_add(count.saturating_mul(ENTRY));
    }
    Err(Failure::Malformed)
}
