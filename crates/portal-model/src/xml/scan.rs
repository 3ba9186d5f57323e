//! The tokens of a document, with every rule of XML and its namespaces that quick-xml leaves to the
//! caller: names, attributes, references, prefixes, limits, one root.

use std::borrow::Cow;

use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::Event;

use super::error::{IllFormed, XmlProblem};
use super::lexical::{
    is_declaration, is_nc_name, is_whitespace, normalise_attribute, resolve_reference, same,
    split_attribute, split_tag, trim_start,
};
use super::namespaces::{Namespaces, Uri, XML_NAMESPACE};
use crate::limits;

/// A problem and the byte offset where it was seen.
#[derive(Debug)]
pub(super) struct Fault(Box<(XmlProblem, usize)>);

impl Fault {
    #[cold]
    pub(super) fn new(problem: XmlProblem, at: usize) -> Self {
        Self(Box::new((problem, at)))
    }

    #[cold]
    fn ill_formed(rule: IllFormed, at: usize) -> Self {
        Self::new(XmlProblem::IllFormed(rule), at)
    }

    pub(super) fn into_parts(self) -> (XmlProblem, usize) {
        *self.0
    }
}

/// What the document holds next.
#[derive(Debug)]
pub(super) enum Token<'x> {
    /// A start tag; the scanner holds its name, its attributes and whether it is foreign.
    Start,
    /// An end tag, or the end of an empty element.
    End,
    /// A piece of text with the line ends as written; a text may come in several pieces.
    Text(&'x str),
    /// A character that was written as a reference.
    Character(char),
    /// The end of the document, after its root element.
    EndOfDocument,
}

/// An attribute that is no namespace declaration.
#[derive(Debug)]
pub(super) struct Attribute<'x> {
    prefix: &'x str,
    /// The name without prefix.
    pub(super) name: &'x str,
    /// The namespace; `None` without a prefix.
    pub(super) namespace: Option<Uri<'x>>,
    /// The value with references resolved and white space made into spaces.
    pub(super) value: Cow<'x, str>,
    /// Byte offset of the name.
    pub(super) at: usize,
}

/// What kind of event quick-xml gives.
#[derive(Clone, Copy)]
enum Kind {
    /// With the length of the name.
    Start(usize),
    /// With the length of the name.
    Empty(usize),
    End,
    Text,
    Section,
    Reference,
    Declaration,
    Instruction,
    DocumentType,
    Comment,
    EndOfDocument,
}

impl Kind {
    fn of(event: &Event<'_>) -> Self {
        match event {
            Event::Start(tag) => Self::Start(tag.name().as_ref().len()),
            Event::Empty(tag) => Self::Empty(tag.name().as_ref().len()),
            Event::End(_) => Self::End,
            Event::Text(_) => Self::Text,
            Event::CData(_) => Self::Section,
            Event::GeneralRef(_) => Self::Reference,
            Event::Decl(_) => Self::Declaration,
            Event::PI(_) => Self::Instruction,
            Event::DocType(_) => Self::DocumentType,
            Event::Comment(_) => Self::Comment,
            Event::Eof => Self::EndOfDocument,
        }
    }
}

/// Reads a document token by token.
pub(super) struct Scanner<'x> {
    source: &'x str,
    events: quick_xml::Reader<&'x [u8]>,
    /// Byte offset of the token last given.
    pub(super) at: usize,
    depth: usize,
    root_seen: bool,
    /// An empty element was given as a start; its end is due.
    end_due: bool,
    /// Whether the document has any `]`, which few have: else no text need be searched for `]]>`.
    has_bracket: bool,
    /// Whether the document has any carriage return: else no text need be searched for one.
    pub(super) has_carriage_return: bool,
    namespaces: Namespaces<'x>,
    /// The name of the start tag last given, without prefix.
    pub(super) name: &'x str,
    /// Whether that stands in another namespace than the schema's.
    pub(super) foreign: bool,
    /// The attributes of the start tag last given.
    pub(super) attributes: Vec<Attribute<'x>>,
}

impl<'x> Scanner<'x> {
    pub(super) fn new(source: &'x str) -> Self {
        let mut events = quick_xml::Reader::from_str(source);
        events.config_mut().check_comments = true;
        Self {
            source,
            events,
            at: 0,
            depth: 0,
            root_seen: false,
            end_due: false,
            has_bracket: source.as_bytes().contains(&b']'),
            has_carriage_return: source.as_bytes().contains(&b'\r'),
            namespaces: Namespaces::new(),
            name: "",
            foreign: true,
            attributes: Vec::with_capacity(4),
        }
    }

    /// How many elements are open, the one of the start tag last given included.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn source(&self) -> &'x str {
        self.source
    }

    fn offset(&self) -> usize {
        usize::try_from(self.events.buffer_position()).unwrap_or(usize::MAX)
    }

    /// The event last read, without so many bytes at its start and at its end.
    #[inline]
    fn part(&self, first: usize, last: usize) -> &'x str {
        let end = self.offset().saturating_sub(last);
        self.source.get(self.at + first..end).unwrap_or_default()
    }

    pub(super) fn next(&mut self) -> Result<Token<'x>, Fault> {
        if self.end_due {
            self.end_due = false;
            self.close();
            return Ok(Token::End);
        }
        loop {
            self.at = self.offset();
            // The event itself is not kept: moving it costs more than slicing the source again.
            let kind = match self.events.read_event() {
                Ok(event) => Kind::of(&event),
                Err(error) => return Err(self.fault(&error)),
            };
            match kind {
                Kind::Start(length) => return self.open(self.part(1, 1), length),
                Kind::Empty(length) => {
                    self.end_due = true;
                    return self.open(self.part(1, 2), length);
                }
                Kind::End => {
                    self.close();
                    return Ok(Token::End);
                }
                Kind::Text if self.depth > 0 => {
                    let raw = self.part(0, 0);
                    if self.has_bracket
                        && let Some(at) = raw.find("]]>")
                    {
                        return Err(Fault::ill_formed(IllFormed::SectionEnd, self.at + at));
                    }
                    return Ok(Token::Text(raw));
                }
                Kind::Text if is_whitespace(self.part(0, 0)) => {}
                Kind::Section if self.depth > 0 => return Ok(Token::Text(self.part(9, 3))),
                Kind::Reference if self.depth > 0 => {
                    return resolve_reference(self.part(1, 1))
                        .map(Token::Character)
                        .map_err(|problem| Fault::new(problem, self.at));
                }
                Kind::Text | Kind::Section | Kind::Reference => {
                    return Err(Fault::ill_formed(IllFormed::OutsideRoot, self.at));
                }
                Kind::Declaration if self.at == 0 && is_declaration(self.part(5, 2)) => {}
                Kind::Declaration => return Err(Fault::new(XmlProblem::Declaration, self.at)),
                Kind::Instruction => self.instruction(self.part(2, 2))?,
                Kind::DocumentType => return Err(Fault::new(XmlProblem::Doctype, self.at)),
                Kind::Comment => {}
                Kind::EndOfDocument if self.depth == 0 && self.root_seen => {
                    return Ok(Token::EndOfDocument);
                }
                Kind::EndOfDocument => return Err(Fault::new(XmlProblem::UnexpectedEnd, self.at)),
            }
        }
    }

    /// Checks a processing instruction's name: `content` is what stands between `<?` and `?>`.
    fn instruction(&self, content: &str) -> Result<(), Fault> {
        let (target, _) = split_tag(content);
        if is_nc_name(target) && !target.eq_ignore_ascii_case("xml") {
            Ok(())
        } else {
            Err(Fault::ill_formed(IllFormed::Instruction, self.at))
        }
    }

    #[cold]
    fn fault(&self, error: &Error) -> Fault {
        let at = usize::try_from(self.events.error_position()).unwrap_or(usize::MAX);
        let problem = match error {
            Error::Syntax(SyntaxError::InvalidBangMarkup) => {
                XmlProblem::IllFormed(IllFormed::Markup)
            }
            Error::Syntax(SyntaxError::UnclosedDoctype) => XmlProblem::Doctype,
            Error::Syntax(_) => XmlProblem::UnexpectedEnd,
            Error::IllFormed(IllFormedError::UnclosedReference) => XmlProblem::Reference,
            Error::IllFormed(IllFormedError::MissingDoctypeName) => XmlProblem::Doctype,
            Error::IllFormed(IllFormedError::DoubleHyphenInComment) => {
                XmlProblem::IllFormed(IllFormed::Comment)
            }
            Error::IllFormed(
                IllFormedError::MismatchedEndTag { .. } | IllFormedError::UnmatchedEndTag(_),
            ) => XmlProblem::IllFormed(IllFormed::EndTag),
            _ => XmlProblem::IllFormed(IllFormed::Markup),
        };
        Fault::new(problem, at)
    }

    /// Takes in a start tag: `content` is what stands between `<` and `>` or `/>`.
    fn open(&mut self, content: &'x str, name_length: usize) -> Result<Token<'x>, Fault> {
        if self.depth == 0 && self.root_seen {
            return Err(Fault::ill_formed(IllFormed::OutsideRoot, self.at));
        }
        if self.depth == limits::DEPTH {
            return Err(Fault::new(
                XmlProblem::TooDeep {
                    limit: limits::DEPTH,
                },
                self.at,
            ));
        }
        self.root_seen = true;
        self.depth += 1;
        self.attributes.clear();
        let (name, mut rest) = content
            .split_at_checked(name_length)
            .unwrap_or((content, ""));
        let mut count = 0;
        loop {
            let text = trim_start(rest);
            if text.is_empty() {
                break;
            }
            count += 1;
            if count > limits::ATTRIBUTES {
                let problem = XmlProblem::TooManyAttributes {
                    limit: limits::ATTRIBUTES,
                };
                return Err(Fault::new(problem, self.at));
            }
            // `text` is a part of `content`, which begins one byte after the tag's offset.
            let at = self.at + 1 + (content.len() - text.len());
            let parts = if text.len() < rest.len() {
                split_attribute(text)
            } else {
                None
            };
            let (name, value, after) =
                parts.ok_or_else(|| Fault::ill_formed(IllFormed::Attribute, at))?;
            rest = after;
            self.attribute(name, value, at)?;
        }
        self.resolve_attributes()?;
        let (prefix, name) = self.split(name, self.at)?;
        let ours = match self.namespaces.get(prefix) {
            Some(namespace) => namespace.ours,
            None if prefix.is_empty() || prefix == "xml" => false,
            None => return Err(Fault::ill_formed(IllFormed::Prefix, self.at)),
        };
        self.name = name;
        self.foreign = !ours;
        Ok(Token::Start)
    }

    #[inline]
    fn close(&mut self) {
        self.namespaces.leave(self.depth);
        self.depth = self.depth.saturating_sub(1);
    }

    /// Takes in an attribute: a namespace declaration at once, any other for later resolving.
    fn attribute(&mut self, name: &'x str, value: &'x str, at: usize) -> Result<(), Fault> {
        let value = normalise_attribute(value).map_err(|problem| Fault::new(problem, at))?;
        if value.len() > limits::TEXT {
            return Err(Fault::new(
                XmlProblem::TextTooLong {
                    limit: limits::TEXT,
                },
                at,
            ));
        }
        if name == "xmlns" {
            return self.declare("", value, at);
        }
        let (prefix, name) = self.split(name, at)?;
        if prefix == "xmlns" {
            if !is_nc_name(name) {
                return Err(Fault::ill_formed(IllFormed::Name, at));
            }
            return self.declare(name, value, at);
        }
        self.attributes.push(Attribute {
            prefix,
            name,
            namespace: None,
            value,
            at,
        });
        Ok(())
    }

    fn declare(&mut self, prefix: &'x str, uri: Cow<'x, str>, at: usize) -> Result<(), Fault> {
        let declared = self.namespaces.declare(self.depth, prefix, uri);
        declared.map_err(|problem| Fault::new(problem, at))
    }

    /// Prefix and local name. Whether the local name is a name at all is for [`Self::check_names`].
    #[inline]
    fn split(&self, name: &'x str, at: usize) -> Result<(&'x str, &'x str), Fault> {
        match name.bytes().position(|byte| byte == b':') {
            None => Ok(("", name)),
            Some(0) => Err(Fault::ill_formed(IllFormed::Name, at)),
            Some(colon) => Ok((&name[..colon], &name[colon + 1..])),
        }
    }

    /// Checks the names of the start tag last given. Names that are known from the schema need no check.
    pub(super) fn check_names(&self) -> Result<(), Fault> {
        if !is_nc_name(self.name) {
            return Err(Fault::ill_formed(IllFormed::Name, self.at));
        }
        match self
            .attributes
            .iter()
            .find(|attribute| !is_nc_name(attribute.name))
        {
            None => Ok(()),
            Some(attribute) => Err(Fault::ill_formed(IllFormed::Name, attribute.at)),
        }
    }

    /// Resolves the attributes' prefixes and refuses equal attributes.
    fn resolve_attributes(&mut self) -> Result<(), Fault> {
        for index in 0..self.attributes.len() {
            let Attribute {
                prefix, name, at, ..
            } = self.attributes[index];
            if prefix == "xml" {
                self.attributes[index].namespace = Some(Uri::Written(XML_NAMESPACE));
            } else if !prefix.is_empty() {
                let namespace = self.namespaces.get(prefix);
                let namespace =
                    namespace.ok_or_else(|| Fault::ill_formed(IllFormed::Prefix, at))?;
                self.attributes[index].namespace = Some(namespace.uri.clone());
            }
            let (earlier, this) = self.attributes.split_at(index);
            let equals_this = |other: &Attribute<'_>| {
                same(other.name, name)
                    && this
                        .first()
                        .is_some_and(|attribute| attribute.namespace == other.namespace)
            };
            if earlier.iter().any(equals_this) {
                return Err(Fault::ill_formed(IllFormed::DuplicateAttribute, at));
            }
        }
        Ok(())
    }
}
