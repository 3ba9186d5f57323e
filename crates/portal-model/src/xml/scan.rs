//! The tokens of a document, with every rule of XML and its namespaces that quick-xml leaves to the
//! caller: references, limits, one root; names, attributes and prefixes in [`start_tag`].

use std::borrow::Cow;

use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::Event;

use super::error::{IllFormed, XmlProblem};
use super::lexical::{is_declaration, is_nc_name, is_whitespace, resolve_reference, split_tag};
use super::namespaces::Namespaces;
use super::source::Source;

mod start_tag;

use start_tag::Attribute;
pub(super) use start_tag::Awaited;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// A start tag; the scanner holds its name, its attributes and whether it is foreign.
    Start,
    /// An end tag, or the end of an empty element.
    End,
    /// A piece of text; the scanner holds it. A text may come in several pieces.
    Text,
    /// A character that was written as a reference.
    Character(char),
    /// The end of the document, after its root element.
    EndOfDocument,
}

/// Reads a document token by token.
pub(super) struct Scanner<'x> {
    pub(super) source: Source<'x>,
    events: quick_xml::Reader<&'x [u8]>,
    /// Byte offset of the token last given.
    pub(super) at: usize,
    depth: usize,
    root_seen: bool,
    /// An empty element was given as a start; its end is due.
    end_due: bool,
    namespaces: Namespaces<'x>,
    /// The piece of text last given, with the line ends as written.
    pub(super) text: &'x str,
    /// The name of the start tag last given, without prefix.
    pub(super) name: &'x str,
    /// Whether that stands in another namespace than the schema's.
    pub(super) foreign: bool,
    /// The place of that name among those that were awaited.
    pub(super) awaited: Option<usize>,
    /// The attributes of the start tag last given.
    pub(super) attributes: Vec<Attribute<'x>>,
}

impl<'x> Scanner<'x> {
    pub(super) fn new(source: Source<'x>) -> Self {
        let mut events = quick_xml::Reader::from_str(source.text());
        events.config_mut().check_comments = true;
        Self {
            source,
            events,
            at: 0,
            depth: 0,
            root_seen: false,
            end_due: false,
            namespaces: Namespaces::new(),
            text: "",
            name: "",
            foreign: true,
            awaited: None,
            attributes: Vec::with_capacity(4),
        }
    }

    /// How many elements are open, the one of the start tag last given included.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    fn offset(&self) -> usize {
        usize::try_from(self.events.buffer_position()).unwrap_or(usize::MAX)
    }

    /// The event last read, without so many bytes at its start and at its end.
    #[inline]
    fn part(&self, first: usize, last: usize) -> &'x str {
        let end = self.offset().saturating_sub(last);
        self.source
            .text()
            .get(self.at + first..end)
            .unwrap_or_default()
    }

    /// The next token. An element that is `awaited` is found among those names.
    ///
    /// Inlined, so that the processor learns for each caller what comes next there.
    #[inline(always)]
    pub(super) fn next(&mut self, awaited: Awaited) -> Result<Token, Fault> {
        if self.end_due {
            self.end_due = false;
            self.close();
            return Ok(Token::End);
        }
        loop {
            self.at = self.offset();
            // Parts of the source live longer than the event, and slicing it costs less than taking them
            // out of the event.
            match self.events.read_event() {
                Ok(Event::Start(tag)) => {
                    self.open(tag.name().as_ref().len(), 1, awaited)?;
                    return Ok(Token::Start);
                }
                Ok(Event::End(_)) => {
                    self.close();
                    return Ok(Token::End);
                }
                Ok(Event::Text(text)) if self.depth > 0 => {
                    self.text = match text.into_inner() {
                        Cow::Borrowed(text) => text,
                        Cow::Owned(_) => self.part(0, 0),
                    };
                    if let Some(at) = self.source.section_end(self.text) {
                        return Err(Fault::ill_formed(IllFormed::SectionEnd, self.at + at));
                    }
                    return Ok(Token::Text);
                }
                other => {
                    if let Some(token) = self.seldom(other, awaited)? {
                        return Ok(token);
                    }
                }
            }
        }
    }

    /// The token of an event that few documents have, if it is one.
    #[inline(never)]
    fn seldom(
        &mut self,
        event: Result<Event<'_>, Error>,
        awaited: Awaited,
    ) -> Result<Option<Token>, Fault> {
        match event {
            Ok(Event::Empty(tag)) => {
                self.end_due = true;
                self.open(tag.name().as_ref().len(), 2, awaited)?;
                Ok(Some(Token::Start))
            }
            Ok(Event::Text(_)) if is_whitespace(self.part(0, 0)) => Ok(None),
            Ok(Event::CData(_)) if self.depth > 0 => {
                self.text = self.part(9, 3);
                Ok(Some(Token::Text))
            }
            Ok(Event::GeneralRef(_)) if self.depth > 0 => resolve_reference(self.part(1, 1))
                .map(|character| Some(Token::Character(character)))
                .map_err(|problem| Fault::new(problem, self.at)),
            Ok(Event::Text(_) | Event::CData(_) | Event::GeneralRef(_)) => {
                Err(Fault::ill_formed(IllFormed::OutsideRoot, self.at))
            }
            Ok(Event::Decl(_)) if self.at == 0 && is_declaration(self.part(5, 2)) => Ok(None),
            Ok(Event::Decl(_)) => Err(Fault::new(XmlProblem::Declaration, self.at)),
            Ok(Event::PI(_)) => self.instruction(self.part(2, 2)).map(|()| None),
            Ok(Event::DocType(_)) => Err(Fault::new(XmlProblem::Doctype, self.at)),
            Ok(Event::Comment(_)) => Ok(None),
            Ok(Event::Eof) if self.depth == 0 && self.root_seen => Ok(Some(Token::EndOfDocument)),
            Ok(Event::Eof | Event::Start(_) | Event::End(_)) => {
                Err(Fault::new(XmlProblem::UnexpectedEnd, self.at))
            }
            Err(error) => Err(self.fault(&error)),
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

    #[inline]
    fn close(&mut self) {
        self.namespaces.leave(self.depth);
        self.depth = self.depth.saturating_sub(1);
    }
}
