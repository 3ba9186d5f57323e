//! A PDF file as it stands at its end: objects by number.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use memchr::memmem;

use super::allowance::Allowance;
use super::object::{Dictionary, Id, Object};
use super::parser::{Parser, is_white};
use super::table::{self, Place, Section};
use super::{Problem, stream};

/// How far a reference may lead to another one.
const MAX_HOPS: usize = 8;
/// How far from the start the header may stand.
const HEAD: usize = 1024;

/// A file, or the part of one up to the end of a revision.
#[derive(Debug)]
pub(crate) struct File<'a> {
    bytes: &'a [u8],
    sections: Vec<Section>,
    allowance: Allowance,
    /// The object stream that was read last: many of its objects are asked for in turn.
    unpacked: RefCell<Option<Rc<ObjectStream>>>,
}

/// An object that was read.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) object: Object,
    /// The bytes of its stream as they stand in the file, if it is a stream.
    pub(crate) stream: Option<Range<usize>>,
    /// Whether it stands in the file itself, so that spans in it are offsets of the file.
    pub(crate) is_in_file: bool,
}

#[derive(Debug)]
struct ObjectStream {
    number: u32,
    content: Vec<u8>,
    /// Number and offset of each object.
    objects: Vec<(u32, usize)>,
}

impl<'a> File<'a> {
    /// Reads the cross-reference tables of a file.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Problem> {
        let head = &bytes[..bytes.len().min(HEAD)];
        if memmem::find(head, b"%PDF-").is_none() {
            return Err(Problem::NoHeader);
        }
        let allowance = Allowance::of(bytes.len());
        let sections = table::read(bytes, &allowance)?;
        Ok(Self {
            bytes,
            sections,
            allowance,
            unpacked: RefCell::new(None),
        })
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The cross-reference tables, the newest first.
    pub(crate) fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Where the newest cross-reference table stands.
    pub(crate) fn head(&self) -> Option<usize> {
        self.sections.first().map(|section| section.at)
    }

    /// The newest trailer.
    pub(crate) fn trailer(&self) -> &Dictionary {
        // A file has a section, or it would not have been opened.
        static NONE: Dictionary = Dictionary::EMPTY;
        self.sections
            .first()
            .map_or(&NONE, |section| &section.trailer)
    }

    /// Whether an object is nowhere.
    pub(crate) fn is_free(&self, number: u32) -> bool {
        self.entry(number) == (Place::Free, 0)
    }

    /// Where an object stands, and its generation there; a free one has none.
    pub(crate) fn entry(&self, number: u32) -> (Place, u16) {
        match table::find(&self.sections, number) {
            None | Some((Place::Free, _)) => (Place::Free, 0),
            Some(entry) => entry,
        }
    }

    /// Reads an object; null for one that is nowhere.
    pub(crate) fn load(&self, id: Id) -> Result<Loaded, Problem> {
        let null = Loaded {
            object: Object::Null,
            stream: None,
            is_in_file: false,
        };
        match table::find(&self.sections, id.number) {
            None | Some((Place::Free, _)) => Ok(null),
            Some((Place::Offset(offset), generation)) => {
                if generation != id.generation {
                    return Ok(null);
                }
                self.at_offset(usize::try_from(offset).unwrap_or(usize::MAX), id)
            }
            Some((Place::InStream { stream, index }, _)) => {
                let object = self.in_stream(id.number, stream, index)?;
                Ok(Loaded { object, ..null })
            }
        }
    }

    fn at_offset(&self, offset: usize, id: Id) -> Result<Loaded, Problem> {
        let mut parser = Parser::new(self.bytes, offset);
        if parser.object_header() != Some(id) {
            return Err(Problem::at(
                offset,
                "an object does not stand where the cross-reference table has it",
            ));
        }
        let object = parser.value();
        self.allowance.spend(parser.at().saturating_sub(offset))?;
        let object = object?;
        let stream = match &object {
            Object::Dictionary(dictionary) => self.stream_of(dictionary, &parser)?,
            _ => None,
        };
        Ok(Loaded {
            object,
            stream,
            is_in_file: true,
        })
    }

    fn stream_of(
        &self,
        dictionary: &Dictionary,
        parser: &Parser<'_>,
    ) -> Result<Option<Range<usize>>, Problem> {
        let mut ahead = Parser::new(self.bytes, parser.at());
        if !ahead.take_word(b"stream") {
            return Ok(None);
        }
        let length = match dictionary.get(b"Length") {
            // The length of a stream is a number in the file: no further stream is read for it.
            Some(Object::Reference(id)) => match table::find(&self.sections, id.number) {
                Some((Place::Offset(offset), _)) => {
                    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
                    let mut parser = Parser::new(self.bytes, offset);
                    if parser.object_header() == Some(*id) {
                        Some(parser.value()?)
                    } else {
                        None
                    }
                }
                _ => None,
            },
            other => other.cloned(),
        };
        let range = stream_range(self.bytes, parser.at(), length.as_ref());
        range.map(Some).ok_or(Problem::at(
            parser.at(),
            "a stream has not the length that it states",
        ))
    }

    fn in_stream(&self, number: u32, stream: u32, index: u32) -> Result<Object, Problem> {
        let known = self.unpacked.borrow().clone();
        let unpacked = match known.filter(|known| known.number == stream) {
            Some(known) => known,
            None => {
                let read = Rc::new(self.object_stream(stream)?);
                *self.unpacked.borrow_mut() = Some(Rc::clone(&read));
                read
            }
        };
        let wrong = Problem::at(0, "an object stream has another object than it should");
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let offset = match unpacked.objects.get(index) {
            Some(&(found, offset)) if found == number => offset,
            _ => return Err(wrong),
        };
        let mut parser = Parser::new(&unpacked.content, offset);
        let object = parser.value();
        self.allowance.spend(parser.at().saturating_sub(offset))?;
        object
    }

    fn object_stream(&self, number: u32) -> Result<ObjectStream, Problem> {
        let broken = Problem::at(0, "an object stream can't be read");
        // A stream stands in the file itself and never in another one.
        let Some((Place::Offset(offset), generation)) = table::find(&self.sections, number) else {
            return Err(broken);
        };
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let loaded = self.at_offset(offset, Id { number, generation })?;
        let (Some(dictionary), Some(range)) = (loaded.object.dictionary(), loaded.stream) else {
            return Err(broken);
        };
        if dictionary.get(b"Type").and_then(Object::name) != Some(b"ObjStm") {
            return Err(broken);
        }
        let integer = |key: &[u8]| {
            let value = dictionary.get(key)?.integer()?;
            usize::try_from(value).ok()
        };
        let (count, first) = (integer(b"N"), integer(b"First"));
        let (count, first) = (count.ok_or(broken)?, first.ok_or(broken)?);
        let content = stream::unpack(dictionary, &self.bytes[range], &self.allowance)?;
        // Each object has two numbers and two blanks in front.
        if count > content.len() / 4 + 1 {
            return Err(broken);
        }
        let mut objects = Vec::with_capacity(count);
        let mut parser = Parser::new(&content, 0);
        for _ in 0..count {
            let number = parser
                .number()
                .and_then(|number| u32::try_from(number).ok());
            let offset = parser
                .number()
                .and_then(|offset| usize::try_from(offset).ok());
            let offset = offset.and_then(|offset| offset.checked_add(first));
            objects.push((number.ok_or(broken)?, offset.ok_or(broken)?));
        }
        Ok(ObjectStream {
            number,
            content,
            objects,
        })
    }

    /// The value itself, or what its reference leads to.
    pub(crate) fn resolve(&self, object: &Object) -> Result<Object, Problem> {
        let mut object = object.clone();
        for _ in 0..MAX_HOPS {
            match object {
                Object::Reference(id) => object = self.load(id)?.object,
                other => return Ok(other),
            }
        }
        Err(Problem::TooMuch)
    }

    /// What a key of a dictionary stands for; null where there is none.
    pub(crate) fn get(&self, dictionary: &Dictionary, key: &[u8]) -> Result<Object, Problem> {
        dictionary
            .get(key)
            .map_or(Ok(Object::Null), |value| self.resolve(value))
    }

    /// The unpacked content of the stream that a reference leads to; none if it leads to no stream.
    pub(crate) fn content(&self, object: &Object) -> Result<Option<Vec<u8>>, Problem> {
        let Some(id) = object.reference() else {
            return Ok(None);
        };
        let loaded = self.load(id)?;
        let (Some(dictionary), Some(range)) = (loaded.object.dictionary(), loaded.stream) else {
            return Ok(None);
        };
        stream::unpack(dictionary, &self.bytes[range], &self.allowance).map(Some)
    }

    /// The document's catalog.
    pub(crate) fn catalog(&self) -> Result<Dictionary, Problem> {
        match self.get(self.trailer(), b"Root")? {
            Object::Dictionary(catalog) => Ok(catalog),
            _ => Err(Problem::at(0, "the document catalog is missing")),
        }
    }
}

/// The bytes of a stream whose dictionary ends before `at`; none if they are not followed by their
/// end. A length that is missing is one that can't be trusted.
pub(super) fn stream_range(
    bytes: &[u8],
    at: usize,
    length: Option<&Object>,
) -> Option<Range<usize>> {
    let mut parser = Parser::new(bytes, at);
    parser.skip_white();
    let start = parser.at() + b"stream".len();
    if !bytes[parser.at()..].starts_with(b"stream") {
        return None;
    }
    let start = match bytes.get(start..)? {
        [b'\r', b'\n', ..] => start + 2,
        [b'\n' | b'\r', ..] => start + 1,
        _ => return None,
    };
    let end = start.checked_add(usize::try_from(length?.integer()?).ok()?)?;
    let behind = bytes.get(end..)?;
    let white = behind.iter().take(2).take_while(|&&byte| is_white(byte));
    behind[white.count()..]
        .starts_with(b"endstream")
        .then_some(start..end)
}
