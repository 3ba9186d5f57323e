//! Opens the ZIP container of a package, strictly.
//!
//! Written here and not left to the `zip` crate: that crate reads by the central directory and
//! passes over what it doesn't need, so a package could hold bytes that no signature covers, or
//! look different to a reader that goes by local headers. Here every byte must be accounted for:
//! entries follow each other without gaps in the directory's order, local headers say what the
//! directory says, and nothing stands before, between or after.

use std::collections::HashMap;

use portal_model::document_name::{self, NameProblem};

use crate::archive_error::ArchiveError;
use crate::archive_writer::{CENTRAL, END, LOCAL, LOCAL_LENGTH};
use crate::inflate::{InflateError, inflate};
use crate::limits::Limits;
use crate::package::{MANIFEST, MIMETYPE};

const CENTRAL_LENGTH: usize = 46;
const END_LENGTH: usize = 22;
const DESCRIPTOR: u32 = 0x0807_4b50;

const FLAG_DESCRIPTOR: u16 = 1 << 3;
const FLAG_UTF8: u16 = 1 << 11;
/// Flags that change nothing: how hard the deflater tried, data descriptor, UTF-8 name.
const HARMLESS_FLAGS: u16 = 0b110 | FLAG_DESCRIPTOR | FLAG_UTF8;

/// Extra fields that say when a file was changed and who owns it, and nothing about its name, size or
/// contents: NTFS times, Unix times in three forms. Java's tools mark their first entry by the last.
const KNOWN_EXTRA_FIELDS: [u16; 5] = [0x000a, 0x5455, 0x5855, 0x7875, 0xcafe];

/// A file in a package.
pub(crate) struct ArchiveEntry {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Reads all files of a package in their order.
pub(crate) fn read(archive: &[u8], limits: &Limits) -> Result<Vec<ArchiveEntry>, ArchiveError> {
    if archive.len() as u64 > limits.package {
        return Err(ArchiveError::TooLarge {
            limit: limits.package,
        });
    }
    let (start, count) = find_directory(archive)?;
    if count > limits.files {
        return Err(ArchiveError::TooManyFiles {
            limit: limits.files,
        });
    }
    let end = archive.len() - END_LENGTH;
    let headers = directory(&archive[start..end], count)?;
    check_sizes(&headers, limits)?;
    check_names(&headers)?;

    let mut entries = Vec::with_capacity(headers.len());
    let mut at = 0;
    for (index, header) in headers.iter().enumerate() {
        let position = index + 1;
        let next = headers.get(position).map_or(start, |next| next.offset);
        // Nothing may reach into the directory, which begins at `start`.
        let stretch = archive[..start]
            .get(at..next)
            .filter(|_| header.offset == at);
        let stretch = stretch.ok_or(ArchiveError::Layout { position })?;
        let packed = packed_bytes(stretch, header, position)?;
        let bytes = unpack(packed, header, position)?;
        if crc32fast::hash(&bytes) != header.crc32 {
            return Err(ArchiveError::Crc { position });
        }
        entries.push(ArchiveEntry {
            name: header.name.clone(),
            bytes,
        });
        at = next;
    }
    if at != start {
        return Err(ArchiveError::Layout { position: 1 });
    }
    Ok(entries)
}

/// One line of the central directory.
struct Header {
    /// What local and central header have in common, byte for byte.
    common: Common,
    name: String,
    crc32: u32,
    packed: u32,
    length: u32,
    offset: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Common {
    version: u16,
    flags: u16,
    method: u16,
    time: u32,
}

/// Finds the end record, which must be the last bytes, and gives the directory's start and count.
fn find_directory(archive: &[u8]) -> Result<(usize, usize), ArchiveError> {
    if !archive.starts_with(&LOCAL.to_le_bytes()) {
        return Err(ArchiveError::NotZip);
    }
    let signature = END.to_le_bytes();
    let found = archive.windows(4).rposition(|window| window == signature);
    let at = found.ok_or(ArchiveError::Truncated)?;
    let record = Fields(&archive[at..]);
    if record.0.len() < END_LENGTH {
        return Err(ArchiveError::Truncated);
    }
    if record.0.len() > END_LENGTH || record.u16(20)? != 0 {
        return Err(ArchiveError::TrailingBytes);
    }
    let (count, start) = (record.u16(8)?, record.u32(16)?);
    if record.u16(4)? != 0 || record.u16(6)? != 0 || record.u16(10)? != count {
        return Err(ArchiveError::SeveralDisks);
    }
    if count == u16::MAX || start == u32::MAX {
        return Err(ArchiveError::Zip64);
    }
    let start = usize::try_from(start).map_err(|_| ArchiveError::Truncated)?;
    if start.checked_add(record.length(12)?) != Some(at) {
        return Err(ArchiveError::DirectoryPlace);
    }
    Ok((start, usize::from(count)))
}

fn directory(bytes: &[u8], count: usize) -> Result<Vec<Header>, ArchiveError> {
    let mut headers = Vec::new();
    let mut rest = Fields(bytes);
    for position in 1..=count {
        let unsupported = |what| ArchiveError::Unsupported { position, what };
        if rest.u32(0)? != CENTRAL {
            return Err(ArchiveError::DirectoryPlace);
        }
        let common = rest.common(6)?;
        check_common(common, position)?;
        let (host, attributes) = (rest.u16(4)? >> 8, rest.u32(38)?);
        let is_file = match host {
            // MS-DOS and its heirs: neither folder nor volume label.
            0 | 10 | 14 => attributes & 0x18 == 0,
            // Unix and macOS: a regular file, if any kind is given.
            3 | 19 => matches!(attributes >> 28, 0 | 8) && attributes & 0x10 == 0,
            _ => return Err(unsupported("is written by an unknown system")),
        };
        if !is_file {
            return Err(unsupported("is a folder or a link"));
        }
        if rest.u16(34)? != 0 || rest.u16(36)? != 0 {
            return Err(unsupported(
                "lies on another disk or has unknown attributes",
            ));
        }
        let name_length = usize::from(rest.u16(28)?);
        let extra_length = usize::from(rest.u16(30)?);
        if rest.u16(32)? != 0 {
            return Err(unsupported("has a comment"));
        }
        let name = rest.slice(CENTRAL_LENGTH, name_length)?;
        let extra = rest.slice(CENTRAL_LENGTH + name_length, extra_length)?;
        check_extra(extra, position)?;
        headers.push(Header {
            common,
            name: entry_name(name, common.flags, position)?,
            crc32: rest.u32(16)?,
            packed: rest.u32(20)?,
            length: rest.u32(24)?,
            offset: rest.length(42)?,
        });
        rest = Fields(&rest.0[CENTRAL_LENGTH + name_length + extra_length..]);
    }
    if rest.0.is_empty() {
        Ok(headers)
    } else {
        Err(ArchiveError::DirectoryPlace)
    }
}

fn check_common(common: Common, position: usize) -> Result<(), ArchiveError> {
    let unsupported = |what| Err(ArchiveError::Unsupported { position, what });
    match common {
        Common { flags, .. } if flags & 1 != 0 => unsupported("is encrypted"),
        Common { flags, .. } if flags & !HARMLESS_FLAGS != 0 => unsupported("has unknown flags"),
        Common { method, .. } if !matches!(method, 0 | 8) => {
            unsupported("is compressed by another method than deflate")
        }
        // A reader that goes from start to end can't know where such an entry ends; it would have to
        // look for a signature that may stand in the file itself.
        Common { flags, method, .. } if flags & FLAG_DESCRIPTOR != 0 && method == 0 => {
            unsupported("is stored with its length behind it")
        }
        Common { version, .. } if version > 45 => unsupported("needs a newer version of ZIP"),
        _ => Ok(()),
    }
}

/// A name in the form that all readers understand alike.
fn entry_name(name: &[u8], flags: u16, position: usize) -> Result<String, ArchiveError> {
    let unsafe_name = ArchiveError::Name { position };
    if !name.is_ascii() && flags & FLAG_UTF8 == 0 {
        return Err(unsafe_name);
    }
    match std::str::from_utf8(name) {
        Ok(name) if is_safe(name) => Ok(name.to_owned()),
        _ => Err(unsafe_name),
    }
}

/// Whether a name is a plain file's name, or one in META-INF: no path out of the folder that a
/// package is unpacked to, nothing hidden, nothing that a system or a person would misread.
fn is_safe(name: &str) -> bool {
    let file = name.strip_prefix("META-INF/").unwrap_or(name);
    let problem = match document_name::problem(file) {
        // In the very spelling that the package has for them.
        Some(NameProblem::Reserved) if matches!(file, MANIFEST | MIMETYPE) => None,
        problem => problem,
    };
    problem.is_none() && name.len() <= 255
}

fn check_names(headers: &[Header]) -> Result<(), ArchiveError> {
    let mut seen = HashMap::with_capacity(headers.len());
    for (header, position) in headers.iter().zip(1..) {
        let key = document_name::comparison_key(&header.name);
        if let Some(first) = seen.insert(key, position) {
            return Err(ArchiveError::SameName {
                first,
                second: position,
            });
        }
    }
    Ok(())
}

/// Looks at the lengths that are announced, before anything is unpacked.
fn check_sizes(headers: &[Header], limits: &Limits) -> Result<(), ArchiveError> {
    let mut total = 0;
    for header in headers {
        let length = u64::from(header.length);
        if header.length == u32::MAX || header.packed == u32::MAX {
            return Err(ArchiveError::Zip64);
        }
        total += length;
        if total > limits.unpacked {
            return Err(ArchiveError::UnpackedTooLarge {
                limit: limits.unpacked,
            });
        }
    }
    Ok(())
}

fn check_extra(mut extra: &[u8], position: usize) -> Result<(), ArchiveError> {
    while !extra.is_empty() {
        let fields = Fields(extra);
        let (kind, length) = (fields.u16(0)?, usize::from(fields.u16(2)?));
        fields.slice(4, length)?;
        if !KNOWN_EXTRA_FIELDS.contains(&kind) {
            let what = "has an unknown extra field";
            return Err(ArchiveError::Unsupported { position, what });
        }
        extra = &extra[4 + length..];
    }
    Ok(())
}

/// The packed bytes of an entry, `bytes` being all that lies between it and the next one.
fn packed_bytes<'a>(
    bytes: &'a [u8],
    header: &Header,
    position: usize,
) -> Result<&'a [u8], ArchiveError> {
    let differs = |field| ArchiveError::HeadersDiffer { position, field };
    let local = Fields(bytes);
    if local.u32(0)? != LOCAL {
        return Err(ArchiveError::Layout { position });
    }
    if local.common(4)? != header.common {
        return Err(differs("version, flags, method or time"));
    }
    let name_length = usize::from(local.u16(26)?);
    let extra_length = usize::from(local.u16(28)?);
    if local.slice(LOCAL_LENGTH, name_length)? != header.name.as_bytes() {
        return Err(differs("name"));
    }
    check_extra(
        local.slice(LOCAL_LENGTH + name_length, extra_length)?,
        position,
    )?;
    let expected = [header.crc32, header.packed, header.length];
    let found = [local.u32(14)?, local.u32(18)?, local.u32(22)?];
    let streamed = header.common.flags & FLAG_DESCRIPTOR != 0;
    if found != expected && !(streamed && found == [0; 3]) {
        return Err(differs("length or checksum"));
    }
    let from = LOCAL_LENGTH + name_length + extra_length;
    let length = usize::try_from(header.packed).map_err(|_| ArchiveError::Truncated)?;
    let packed = local.slice(from, length)?;
    let after = Fields(&bytes[from + length..]);
    let descriptor = match (streamed, after.0.len()) {
        (false, 0) => return Ok(packed),
        (true, 12) => after,
        (true, 16) if after.u32(0)? == DESCRIPTOR => Fields(&after.0[4..]),
        _ => return Err(ArchiveError::Layout { position }),
    };
    if [descriptor.u32(0)?, descriptor.u32(4)?, descriptor.u32(8)?] != expected {
        return Err(differs("length or checksum"));
    }
    Ok(packed)
}

/// The file's bytes, never more than its header announces.
fn unpack(packed: &[u8], header: &Header, position: usize) -> Result<Vec<u8>, ArchiveError> {
    let length = usize::try_from(header.length).map_err(|_| ArchiveError::Truncated)?;
    if header.common.method == 0 {
        if header.packed != header.length {
            return Err(ArchiveError::Length { position });
        }
        return Ok(packed.to_vec());
    }
    inflate(packed, length).map_err(|error| match error {
        InflateError::Damaged => ArchiveError::Deflate { position },
        InflateError::Length => ArchiveError::Length { position },
        InflateError::TooManyBlocks => ArchiveError::Blocks { position },
    })
}

/// Numbers at places in a header.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn slice(self, at: usize, length: usize) -> Result<&'a [u8], ArchiveError> {
        at.checked_add(length)
            .and_then(|end| self.0.get(at..end))
            .ok_or(ArchiveError::Truncated)
    }

    fn u16(self, at: usize) -> Result<u16, ArchiveError> {
        let bytes = self.slice(at, 2)?;
        Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    fn u32(self, at: usize) -> Result<u32, ArchiveError> {
        let bytes = self.slice(at, 4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn length(self, at: usize) -> Result<usize, ArchiveError> {
        usize::try_from(self.u32(at)?).map_err(|_| ArchiveError::Truncated)
    }

    fn common(self, at: usize) -> Result<Common, ArchiveError> {
        Ok(Common {
            version: self.u16(at)?,
            flags: self.u16(at + 2)?,
            method: self.u16(at + 4)?,
            time: self.u32(at + 6)?,
        })
    }
}
