//! Cross-reference tables and streams: where each object stands, revision by revision.
//!
//! Source: ISO 32000-1, 7.5.4, 7.5.6 and 7.5.8.

use memchr::memmem;

use super::allowance::Allowance;
use super::object::{Dictionary, Id, Object};
use super::parser::Parser;
use super::{Problem, stream};

/// How many updates a file may have.
const MAX_SECTIONS: usize = 256;
/// How far from the end the last `startxref` may stand.
const TAIL: usize = 2048;

/// Where an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nowhere: it was deleted, or never was.
    Free,
    /// At this offset.
    Offset(u64),
    /// In an object stream, at this position.
    InStream { stream: u32, index: u32 },
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    number: u32,
    generation: u16,
    place: Place,
}

/// What one update says.
#[derive(Debug)]
pub(crate) struct Section {
    /// Where it stands.
    pub(crate) at: usize,
    /// The number of the stream that holds it, if it is one.
    pub(crate) stream: Option<u32>,
    pub(crate) trailer: Dictionary,
    /// In the order of their numbers.
    slots: Vec<Slot>,
}

impl Section {
    /// Numbers of the objects that it speaks of.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.slots.iter().map(|slot| slot.number)
    }

    /// Numbers of the object streams that it refers to.
    pub(crate) fn containers(&self) -> impl Iterator<Item = u32> {
        self.slots.iter().filter_map(|slot| match slot.place {
            Place::InStream { stream, .. } => Some(stream),
            Place::Free | Place::Offset(_) => None,
        })
    }
}

/// Where `sections`, the newest first, say that an object stands, and its generation there.
pub(super) fn find(sections: &[Section], number: u32) -> Option<(Place, u16)> {
    sections.iter().find_map(|section| {
        let slots = &section.slots;
        let at = slots
            .binary_search_by_key(&number, |slot| slot.number)
            .ok()?;
        Some((slots[at].place, slots[at].generation))
    })
}

/// Reads all sections of a file, the newest first.
pub(super) fn read(bytes: &[u8], allowance: &Allowance) -> Result<Vec<Section>, Problem> {
    let tail = bytes.len().saturating_sub(TAIL);
    let start = memmem::rfind(&bytes[tail..], b"startxref")
        .ok_or(Problem::at(tail, "startxref is missing at the end"))?;
    let mut parser = Parser::new(bytes, tail + start);
    parser.take_word(b"startxref");
    let first = parser.number();
    let mut next = first.ok_or(Problem::at(parser.at(), "startxref has no number"))?;
    let mut sections: Vec<Section> = Vec::new();
    loop {
        let at = usize::try_from(next).unwrap_or(usize::MAX);
        if sections.iter().any(|known| known.at == at) {
            return Err(Problem::at(
                at,
                "cross-reference tables refer to each other",
            ));
        }
        let section = section(bytes, at, allowance)?;
        let number = |key: &[u8]| {
            let value = section.trailer.get(key)?;
            Some(
                value
                    .integer()
                    .and_then(|number| u64::try_from(number).ok()),
            )
        };
        let (hybrid, previous) = (number(b"XRefStm"), number(b"Prev"));
        sections.push(section);
        if let Some(hybrid) = hybrid {
            let at = hybrid.and_then(|at| usize::try_from(at).ok());
            let at = at.ok_or(Problem::at(at_of(&sections), "XRefStm is no offset"))?;
            sections.push(self::section(bytes, at, allowance)?);
        }
        if sections.len() > MAX_SECTIONS {
            return Err(Problem::TooMuch);
        }
        match previous {
            None => return Ok(sections),
            Some(Some(previous)) => next = previous,
            Some(None) => return Err(Problem::at(at_of(&sections), "Prev is no offset")),
        }
    }
}

fn at_of(sections: &[Section]) -> usize {
    sections.last().map_or(0, |section| section.at)
}

fn section(bytes: &[u8], at: usize, allowance: &Allowance) -> Result<Section, Problem> {
    if at >= bytes.len() {
        return Err(Problem::at(
            at,
            "a cross-reference table is outside the file",
        ));
    }
    let mut parser = Parser::new(bytes, at);
    let mut section = if parser.take_word(b"xref") {
        table(&mut parser, at, bytes.len())?
    } else {
        cross_reference_stream(&mut parser, bytes, at, allowance)?
    };
    allowance.spend(parser.at().saturating_sub(at))?;
    // Of two lines for one object the first counts; the sort keeps their order.
    section.slots.sort_by_key(|slot| slot.number);
    section.slots.dedup_by_key(|slot| slot.number);
    Ok(section)
}

/// How many objects a file of this length may have: the shortest takes some bytes, also packed.
fn most_objects(length: usize) -> usize {
    length / 8 + 1024
}

fn table(parser: &mut Parser<'_>, at: usize, length: usize) -> Result<Section, Problem> {
    let mut slots = Vec::new();
    while !parser.take_word(b"trailer") {
        let broken = Problem::at(parser.at(), "a cross-reference table is not well-formed");
        let start = parser.number().ok_or(broken)?;
        let count = parser.number().ok_or(broken)?;
        for number in (start..).take(usize::try_from(count).unwrap_or(usize::MAX)) {
            let broken = Problem::at(parser.at(), "a cross-reference table is not well-formed");
            let offset = parser.number().ok_or(broken)?;
            let generation = parser.number().ok_or(broken)?;
            let place = if parser.take_word(b"n") {
                Place::Offset(offset)
            } else if parser.take_word(b"f") {
                Place::Free
            } else {
                return Err(broken);
            };
            if slots.len() >= most_objects(length) {
                return Err(Problem::TooMuch);
            }
            slots.push(Slot {
                number: u32::try_from(number).map_err(|_| broken)?,
                generation: u16::try_from(generation).map_err(|_| broken)?,
                place,
            });
        }
    }
    Ok(Section {
        at,
        stream: None,
        trailer: parser.dictionary()?,
        slots,
    })
}

fn cross_reference_stream(
    parser: &mut Parser<'_>,
    bytes: &[u8],
    at: usize,
    allowance: &Allowance,
) -> Result<Section, Problem> {
    let broken = |what| Problem::at(at, what);
    let id: Id = parser
        .object_header()
        .ok_or(broken("there is no cross-reference table"))?;
    let trailer = parser.dictionary()?;
    if trailer.get(b"Type").and_then(Object::name) != Some(b"XRef") {
        return Err(broken("there is no cross-reference table"));
    }
    let body = super::file::stream_range(bytes, parser.at(), trailer.get(b"Length"))
        .ok_or(broken("a cross-reference stream has no content"))?;
    let content = stream::unpack(&trailer, &bytes[body], allowance)?;
    let widths: Option<Vec<usize>> = trailer
        .get(b"W")
        .and_then(Object::array)
        .and_then(|widths| {
            let widths = widths
                .iter()
                .map(|width| usize::try_from(width.integer()?).ok());
            widths.collect()
        });
    let Some(&[first, second, third]) = widths.as_deref() else {
        return Err(broken("a cross-reference stream has no widths"));
    };
    let row = match (first, second, third) {
        (0..=8, 0..=8, 0..=8) if first + second + third > 0 => first + second + third,
        _ => return Err(broken("a cross-reference stream has wrong widths")),
    };
    let size = trailer.get(b"Size").and_then(Object::integer).unwrap_or(0);
    let index = match trailer.get(b"Index") {
        None => vec![0, size],
        Some(index) => {
            let numbers = index.array().unwrap_or_default().iter();
            let numbers: Option<Vec<i64>> = numbers.map(Object::integer).collect();
            numbers.ok_or(broken("a cross-reference stream has a wrong index"))?
        }
    };
    let numbers = index.chunks_exact(2).flat_map(|pair| {
        let count = usize::try_from(pair[1]).unwrap_or(0);
        (pair[0]..).take(count)
    });
    if content.len() / row > most_objects(bytes.len()) {
        return Err(Problem::TooMuch);
    }
    let mut slots = Vec::with_capacity(content.len() / row);
    for (number, line) in numbers.zip(content.chunks_exact(row)) {
        let field = |from: usize, width: usize| {
            line[from..from + width]
                .iter()
                .fold(0_u64, |value, &byte| value << 8 | u64::from(byte))
        };
        let kind = if first == 0 { 1 } else { field(0, first) };
        let (two, three) = (field(first, second), field(first + second, third));
        let wrong = broken("a cross-reference stream has a wrong entry");
        let (place, generation) = match kind {
            0 => (Place::Free, 0),
            1 => (Place::Offset(two), u16::try_from(three).map_err(|_| wrong)?),
            2 => {
                let stream = u32::try_from(two).map_err(|_| wrong)?;
                let index = u32::try_from(three).map_err(|_| wrong)?;
                (Place::InStream { stream, index }, 0)
            }
            // Unknown kinds are references to null. Source: 7.5.8.3.
            _ => (Place::Free, 0),
        };
        slots.push(Slot {
            number: u32::try_from(number).map_err(|_| wrong)?,
            generation,
            place,
        });
    }
    Ok(Section {
        at,
        stream: Some(id.number),
        trailer,
        slots,
    })
}
