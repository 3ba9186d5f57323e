//! A cursor over a document that the generated code moves along the schema.

use std::borrow::Cow;

use super::error::{FoundElement, Position, XmlError, XmlProblem, shown_name};
use super::lexical::is_whitespace;
use super::notice::{Notice, NoticeKind};
use super::scan::{Fault, Scanner, Token};
use super::value::{Mode, Tolerance, Value};
use super::{Element, Group};
use crate::bounded::Bounded;
use crate::facet::FacetError;
use crate::limits;

const SCHEMA_INSTANCE_NAMESPACE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// An element that is being read.
struct Step<'x> {
    name: &'x str,
    /// Its number among equals, from 1; 0 when it can stand only once.
    number: usize,
    at: usize,
    /// The children that the schema knows.
    children: &'static [&'static str],
}

/// What comes next among an element's children.
#[derive(Clone, Copy)]
enum Upcoming<'x> {
    Start {
        name: &'x str,
        foreign: bool,
        at: usize,
    },
    End {
        at: usize,
    },
}

/// A notice whose position is not worked out yet.
struct Noticed {
    path: String,
    at: usize,
    kind: NoticeKind,
}

/// Reads a document as the schema describes it. Every method of the generated code's `read` leaves the
/// cursor behind the element that it read.
pub(crate) struct Reader<'x> {
    scanner: Scanner<'x>,
    mode: Mode,
    path: Vec<Step<'x>>,
    upcoming: Option<Upcoming<'x>>,
    /// What could have stood here but did not.
    expected: Vec<Option<&'static str>>,
    notices: Vec<Noticed>,
    notices_left_out: usize,
}

impl<'x> Reader<'x> {
    pub(super) fn new(source: &'x str, mode: Mode) -> Self {
        Self {
            scanner: Scanner::new(source),
            mode,
            path: Vec::new(),
            upcoming: None,
            expected: Vec::new(),
            notices: Vec::new(),
            notices_left_out: 0,
        }
    }

    /// Reads the whole document, whose root element has the given name.
    pub(super) fn document<T: Element>(&mut self, root: &'static str) -> Result<T, XmlError> {
        let (name, foreign) = loop {
            match self.token()? {
                Token::Start { name, foreign } => break (name, foreign),
                Token::End | Token::Text(_) | Token::Character(_) | Token::EndOfDocument => {}
            }
        };
        if name != root || foreign {
            let problem = XmlProblem::Root {
                expected: root,
                found: found(name, foreign),
            };
            return Err(self.error(problem, self.scanner.at));
        }
        self.path.push(Step {
            name,
            number: 0,
            at: self.scanner.at,
            children: &[],
        });
        let value = T::read(self)?;
        loop {
            if let Token::EndOfDocument = self.token()? {
                return Ok(value);
            }
        }
    }

    pub(super) fn into_notices(self) -> (Vec<Notice>, usize) {
        let mut notices = Vec::with_capacity(self.notices.len());
        for noticed in self.notices {
            notices.push(Notice {
                path: noticed.path,
                position: Position::of(self.scanner.source(), noticed.at),
                kind: noticed.kind,
            });
        }
        (notices, self.notices_left_out)
    }

    // Attributes. They are asked for before the children.

    /// An attribute that the schema requires.
    pub(crate) fn attribute<T: Value>(&mut self, name: &'static str) -> Result<T, XmlError> {
        match self.optional_attribute(name)? {
            Some(value) => Ok(value),
            None => Err(self.error(XmlProblem::MissingAttribute { name }, self.here())),
        }
    }

    /// An attribute that the schema requires, but that answers are known to leave out.
    pub(crate) fn tolerated_attribute<T: Value>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, XmlError> {
        match self.optional_attribute(name)? {
            None if self.mode == Mode::Lenient => {
                self.notice(NoticeKind::MissingAttribute(name), self.here());
                Ok(None)
            }
            None => Err(self.error(XmlProblem::MissingAttribute { name }, self.here())),
            value => Ok(value),
        }
    }

    /// An attribute that may be missing.
    pub(crate) fn optional_attribute<T: Value>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, XmlError> {
        let attributes = &mut self.scanner.attributes;
        let Some(index) = attributes
            .iter()
            .position(|a| a.name == name && a.namespace.is_none())
        else {
            return Ok(None);
        };
        let attribute = attributes.remove(index);
        let mut tolerance = Tolerance::new(self.mode);
        let value = T::parse(attribute.value, &mut tolerance);
        let value = value.map_err(|problem| self.attribute_error(problem, name, attribute.at))?;
        if let Some(kind) = tolerance.notice {
            self.notice_within(kind, Some(name), attribute.at);
        }
        Ok(Some(value))
    }

    /// Refuses or notes the attributes that nothing asked for.
    fn end_attributes(&mut self) -> Result<(), XmlError> {
        for attribute in std::mem::take(&mut self.scanner.attributes) {
            // The schema language allows these everywhere; they say where a schema is to be found.
            let hint = attribute.namespace.as_deref() == Some(SCHEMA_INSTANCE_NAMESPACE)
                && matches!(
                    attribute.name,
                    "schemaLocation" | "noNamespaceSchemaLocation"
                );
            if hint {
                continue;
            }
            let name = shown_name(attribute.name);
            if self.mode == Mode::Lenient {
                self.notice(NoticeKind::UnknownAttribute(name), attribute.at);
            } else {
                let problem = XmlProblem::UnknownAttribute { name };
                return Err(self.error(problem, attribute.at));
            }
        }
        Ok(())
    }

    // Children, in the order of the schema.

    /// Ends the attributes and begins the children; `known` are all that the schema knows here.
    pub(crate) fn children(&mut self, known: &'static [&'static str]) -> Result<(), XmlError> {
        self.end_attributes()?;
        if let Some(step) = self.path.last_mut() {
            step.children = known;
        }
        self.expected.clear();
        Ok(())
    }

    /// The name of the next child, or `None` at the end of the element. A child of another namespace
    /// has the name "", which no element of the schema has.
    pub(crate) fn peek(&mut self) -> Result<Option<&'x str>, XmlError> {
        loop {
            let upcoming = match self.upcoming {
                Some(upcoming) => upcoming,
                None => self.advance()?,
            };
            let Upcoming::Start { name, foreign, at } = upcoming else {
                return Ok(None);
            };
            let known = !foreign
                && (self.mode != Mode::Lenient
                    || self
                        .path
                        .last()
                        .is_some_and(|step| step.children.contains(&name)));
            if known {
                return Ok(Some(name));
            }
            if self.mode != Mode::Lenient {
                return Ok(Some(""));
            }
            self.notice(NoticeKind::UnknownElement(found(name, foreign)), at);
            self.skip()?;
        }
    }

    /// A child that the schema requires.
    pub(crate) fn required<T: Element>(&mut self, name: &'static str) -> Result<T, XmlError> {
        match self.optional(name)? {
            Some(value) => Ok(value),
            None => Err(self.unexpected(&[])),
        }
    }

    /// A child that may be missing.
    pub(crate) fn optional<T: Element>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, XmlError> {
        if !self.enter(name, 0)? {
            return Ok(None);
        }
        T::read(self).map(Some)
    }

    /// An empty child that the schema requires.
    pub(crate) fn empty(&mut self, name: &'static str) -> Result<(), XmlError> {
        if self.flag(name)? {
            Ok(())
        } else {
            Err(self.unexpected(&[]))
        }
    }

    /// An empty child that may be missing: whether it is there.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, XmlError> {
        if !self.enter(name, 0)? {
            return Ok(false);
        }
        self.children(&[])?;
        self.end()?;
        Ok(true)
    }

    /// The only attribute of a child that the schema requires.
    pub(crate) fn attribute_of<T: Value>(
        &mut self,
        name: &'static str,
        attribute: &'static str,
    ) -> Result<T, XmlError> {
        match self.optional_attribute_of(name, attribute)? {
            Some(value) => Ok(value),
            None => Err(self.unexpected(&[])),
        }
    }

    /// The only attribute of a child that may be missing.
    pub(crate) fn optional_attribute_of<T: Value>(
        &mut self,
        name: &'static str,
        attribute: &'static str,
    ) -> Result<Option<T>, XmlError> {
        if !self.enter(name, 0)? {
            return Ok(None);
        }
        let value = self.attribute(attribute)?;
        self.children(&[])?;
        self.end()?;
        Ok(Some(value))
    }

    /// Children of one name, as many as there are.
    pub(crate) fn list<T: Element, const MIN: usize, const MAX: usize>(
        &mut self,
        name: &'static str,
    ) -> Result<Bounded<T, MIN, MAX>, XmlError> {
        let mut items = Vec::new();
        while self.enter(name, items.len() + 1)? {
            if self.mode == Mode::Strict && items.len() == MAX {
                let problem = FacetError::MaxOccurs {
                    limit: MAX,
                    actual: MAX + 1,
                };
                return Err(self.error(XmlProblem::Facet(problem), self.here()));
            }
            items.push(T::read(self)?);
        }
        if self.mode == Mode::Strict && items.len() < MIN {
            return Err(self.unexpected(&[]));
        }
        let list = Bounded::unchecked(items);
        if let Err(error) = list.check()
            && self.mode == Mode::Lenient
        {
            self.notice(NoticeKind::Facet(error), self.here());
        }
        Ok(list)
    }

    /// A child that holds nothing but a list, whose items are all named `item[0]`.
    pub(crate) fn wrapped_list<T: Element, const MIN: usize, const MAX: usize>(
        &mut self,
        name: &'static str,
        item: &'static [&'static str; 1],
    ) -> Result<Bounded<T, MIN, MAX>, XmlError> {
        if !self.enter(name, 0)? {
            return Err(self.unexpected(&[]));
        }
        self.children(item)?;
        let list = self.list(item[0])?;
        self.end()?;
        Ok(list)
    }

    /// Children that stand for a value together.
    pub(crate) fn group<T: Group>(&mut self) -> Result<T, XmlError> {
        T::read_group(self)
    }

    /// Ends the children and leaves the element.
    pub(crate) fn end(&mut self) -> Result<(), XmlError> {
        if self.peek()?.is_some() {
            self.expected.push(None);
            return Err(self.unexpected(&[]));
        }
        self.leave();
        Ok(())
    }

    /// The error for a place where neither what was asked for so far nor any of `names` stands.
    #[cold]
    pub(crate) fn unexpected(&mut self, names: &[&'static str]) -> XmlError {
        let mut expected = std::mem::take(&mut self.expected);
        for name in names {
            if !expected.contains(&Some(name)) {
                expected.push(Some(name));
            }
        }
        let (found, at) = match self.upcoming {
            Some(Upcoming::Start { name, foreign, at }) => (found(name, foreign), at),
            Some(Upcoming::End { at }) => (FoundElement::End, at),
            None => (FoundElement::End, self.scanner.at),
        };
        self.error(XmlProblem::Unexpected { expected, found }, at)
    }

    /// The element's text as a value; leaves the element.
    pub(crate) fn value<T: Value>(&mut self) -> Result<T, XmlError> {
        self.end_attributes()?;
        let text = self.text()?;
        let mut tolerance = Tolerance::new(self.mode);
        let value =
            T::parse(text, &mut tolerance).map_err(|problem| self.error(problem, self.here()))?;
        if let Some(kind) = tolerance.notice {
            self.notice(kind, self.here());
        }
        self.leave();
        Ok(value)
    }

    // The machinery below.

    fn text(&mut self) -> Result<Cow<'x, str>, XmlError> {
        let mut text = Cow::Borrowed("");
        loop {
            match self.token()? {
                Token::Text(piece) if text.is_empty() => text = piece,
                Token::Text(piece) => text.to_mut().push_str(&piece),
                Token::Character(c) => text.to_mut().push(c),
                Token::End => return Ok(text),
                Token::Start { name, foreign } => {
                    let found = found(name, foreign);
                    let at = self.scanner.at;
                    if self.mode != Mode::Lenient {
                        return Err(self.error(XmlProblem::UnexpectedElement { found }, at));
                    }
                    self.notice(NoticeKind::UnknownElement(found), at);
                    self.skip()?;
                }
                Token::EndOfDocument => {}
            }
            if text.len() > limits::TEXT {
                let problem = XmlProblem::TextTooLong {
                    limit: limits::TEXT,
                };
                return Err(self.error(problem, self.here()));
            }
        }
    }

    fn token(&mut self) -> Result<Token<'x>, XmlError> {
        self.scanner.next().map_err(|fault: Fault| {
            let (problem, at) = fault.into_parts();
            self.error(problem, at)
        })
    }

    /// Finds the next start or end tag; nothing but white space may stand before it.
    fn advance(&mut self) -> Result<Upcoming<'x>, XmlError> {
        let upcoming = loop {
            let at = match self.token()? {
                Token::Start { name, foreign } => {
                    break Upcoming::Start {
                        name,
                        foreign,
                        at: self.scanner.at,
                    };
                }
                Token::End => {
                    break Upcoming::End {
                        at: self.scanner.at,
                    };
                }
                Token::Text(text) if !is_whitespace(&text) => self.scanner.at,
                Token::Character(c) if !is_whitespace(c.encode_utf8(&mut [0; 4])) => {
                    self.scanner.at
                }
                Token::Text(_) | Token::Character(_) | Token::EndOfDocument => continue,
            };
            return Err(self.error(XmlProblem::UnexpectedText, at));
        };
        self.upcoming = Some(upcoming);
        Ok(upcoming)
    }

    /// Enters the next child if it has the given name; otherwise remembers that it could have stood here.
    fn enter(&mut self, name: &'static str, number: usize) -> Result<bool, XmlError> {
        if self.peek()? != Some(name) {
            self.expected.push(Some(name));
            return Ok(false);
        }
        if let Some(Upcoming::Start { name, at, .. }) = self.upcoming.take() {
            self.path.push(Step {
                name,
                number,
                at,
                children: &[],
            });
        }
        self.expected.clear();
        Ok(true)
    }

    fn leave(&mut self) {
        self.upcoming = None;
        self.expected.clear();
        self.path.pop();
    }

    /// Skips the rest of the element whose start was seen last, with all its content.
    fn skip(&mut self) -> Result<(), XmlError> {
        self.upcoming = None;
        let mut depth = 1;
        while depth > 0 {
            match self.token()? {
                Token::Start { .. } => depth += 1,
                Token::End => depth -= 1,
                Token::Text(_) | Token::Character(_) | Token::EndOfDocument => {}
            }
        }
        Ok(())
    }

    /// Where the element begins that is being read.
    fn here(&self) -> usize {
        self.path.last().map_or(0, |step| step.at)
    }

    fn notice(&mut self, kind: NoticeKind, at: usize) {
        self.notice_within(kind, None, at);
    }

    fn notice_within(&mut self, kind: NoticeKind, attribute: Option<&str>, at: usize) {
        if self.notices.len() == limits::NOTICES {
            self.notices_left_out += 1;
        } else {
            self.notices.push(Noticed {
                path: self.path_text(attribute),
                at,
                kind,
            });
        }
    }

    #[cold]
    fn error(&self, problem: XmlProblem, at: usize) -> XmlError {
        let position = Position::of(self.scanner.source(), at);
        XmlError::new(self.path_text(None), Some(position), problem)
    }

    #[cold]
    fn attribute_error(&self, problem: XmlProblem, attribute: &str, at: usize) -> XmlError {
        let position = Position::of(self.scanner.source(), at);
        XmlError::new(self.path_text(Some(attribute)), Some(position), problem)
    }

    fn path_text(&self, attribute: Option<&str>) -> String {
        let mut text = String::new();
        for step in &self.path {
            text.push('/');
            text.push_str(step.name);
            if step.number > 0 {
                text.push_str(&format!("[{}]", step.number));
            }
        }
        if let Some(attribute) = attribute {
            text.push_str("/@");
            text.push_str(attribute);
        }
        if text.is_empty() {
            text.push('/');
        }
        text
    }
}

fn found(name: &str, foreign: bool) -> FoundElement {
    let name = shown_name(name);
    if foreign {
        FoundElement::Foreign(name)
    } else {
        FoundElement::Element(name)
    }
}
