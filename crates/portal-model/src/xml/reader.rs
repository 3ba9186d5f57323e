//! A cursor over a document that the generated code moves along the schema.

use std::borrow::Cow;

use super::Element;
use super::error::{FoundElement, Position, XmlError, XmlProblem, shown_name};
use super::lexical::{is_whitespace, is_xml_space};
use super::notice::{ParseNotice, ParseNoticeKind};
use super::scan::{Awaited, Fault, Scanner, Token};
use super::source::Source;
use super::value::Mode;
use crate::bytes::same;
use crate::limits;

/// An element that is being read.
pub(super) struct Step {
    name: &'static str,
    /// Its number among equals, from 1; 0 when it can stand only once.
    number: usize,
    pub(super) at: usize,
    /// The children that the schema knows.
    pub(super) children: &'static [&'static str],
    /// The furthest of them that was read, in a lenient reading.
    pub(super) reached: usize,
}

impl Step {
    pub(super) const fn new(name: &'static str, number: usize, at: usize) -> Self {
        Self {
            name,
            number,
            at,
            children: &[],
            reached: 0,
        }
    }
}

/// What comes next among an element's children.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Upcoming {
    /// Not looked at yet.
    Unknown,
    /// The start tag that the scanner holds.
    Start,
    /// The end of the element.
    End,
}

/// Where a reading is in its document. The generated code moves it by the methods in
/// [`steps`](super::steps).
pub(crate) struct Reader<'x> {
    pub(super) scanner: Scanner<'x>,
    pub(super) mode: Mode,
    pub(super) path: Vec<Step>,
    pub(super) upcoming: Upcoming,
    /// What could have stood here but did not.
    pub(super) expected: Vec<Option<&'static str>>,
    pub(super) notices: Vec<ParseNotice>,
    notices_left_out: usize,
    /// Whether errors need no position, since nobody will see it.
    pub(super) unseen: bool,
}

impl<'x> Reader<'x> {
    pub(super) fn new(source: Source<'x>, mode: Mode) -> Self {
        Self {
            scanner: Scanner::new(source),
            mode,
            path: Vec::with_capacity(limits::DEPTH / 4),
            upcoming: Upcoming::Unknown,
            expected: Vec::new(),
            notices: Vec::new(),
            notices_left_out: 0,
            unseen: false,
        }
    }

    /// Reads the whole document, whose root element has the given name.
    pub(super) fn document<T: Element>(&mut self, root: &'static str) -> Result<T, XmlError> {
        while !matches!(self.token()?, Token::Start) {}
        if self.scanner.name != root || self.scanner.foreign {
            let found = self.found();
            let problem = XmlProblem::Root {
                expected: root,
                found,
            };
            return Err(self.error(problem, self.scanner.at));
        }
        self.path.push(Step::new(root, 0, self.scanner.at));
        let value = T::read(self)?;
        loop {
            if let Token::EndOfDocument = self.token()? {
                return Ok(value);
            }
        }
    }

    pub(super) fn into_notices(self) -> (Vec<ParseNotice>, usize) {
        (self.notices, self.notices_left_out)
    }

    /// The text of the element that was just entered, up to its end.
    pub(super) fn text(&mut self) -> Result<Cow<'x, str>, XmlError> {
        // Nearly every text is a single piece.
        let first = self.token_or(Awaited::NOTHING)?;
        if first != Token::Text {
            return self.text_from(first, Cow::Borrowed(""));
        }
        let text = self.scanner.source.normalised(self.scanner.text);
        self.check_length(&text)?;
        let second = self.token_or(Awaited::NOTHING)?;
        if second != Token::End {
            return self.text_from(second, text);
        }
        Ok(text)
    }

    /// A text whose beginning was read, and the token behind that.
    #[inline(never)]
    fn text_from(&mut self, token: Token, text: Cow<'x, str>) -> Result<Cow<'x, str>, XmlError> {
        let (mut token, mut text) = (token, text);
        loop {
            match token {
                Token::Text => {
                    let piece = self.scanner.source.normalised(self.scanner.text);
                    if text.is_empty() {
                        text = piece;
                    } else {
                        text.to_mut().push_str(&piece);
                    }
                }
                Token::Character(c) => text.to_mut().push(c),
                Token::End => return Ok(text),
                Token::Start if self.mode == Mode::Lenient => self.skip()?,
                Token::Start => {
                    let problem = XmlProblem::UnexpectedElement {
                        found: self.found(),
                    };
                    return Err(self.error(problem, self.scanner.at));
                }
                Token::EndOfDocument => {}
            }
            self.check_length(&text)?;
            token = self.token()?;
        }
    }

    #[inline]
    fn check_length(&self, text: &str) -> Result<(), XmlError> {
        if text.len() <= limits::TEXT {
            return Ok(());
        }
        let problem = XmlProblem::TextTooLong {
            limit: limits::TEXT,
        };
        Err(self.error(problem, self.here()))
    }

    #[inline(never)]
    pub(super) fn token(&mut self) -> Result<Token, XmlError> {
        self.token_or(Awaited::NOTHING)
    }

    #[inline(always)]
    fn token_or(&mut self, awaited: Awaited) -> Result<Token, XmlError> {
        match self.scanner.next(awaited) {
            Ok(token) => Ok(token),
            Err(fault) => Err(self.fault(fault)),
        }
    }

    /// Finds the next start or end tag; nothing but white space may stand before it.
    pub(super) fn advance(&mut self) -> Result<(), XmlError> {
        let awaited = self.path.last().map_or(Awaited::NOTHING, |step| Awaited {
            names: step.children,
            last: step.reached,
        });
        loop {
            match self.token_or(awaited)? {
                Token::Start => self.upcoming = Upcoming::Start,
                Token::End => self.upcoming = Upcoming::End,
                Token::Text if is_whitespace(self.scanner.text) => continue,
                Token::Character(c) if is_xml_space(c) => continue,
                Token::Text | Token::Character(_) if self.mode == Mode::Lenient => {
                    self.notice(ParseNoticeKind::Text, self.scanner.at);
                    continue;
                }
                Token::Text | Token::Character(_) | Token::EndOfDocument => {
                    return Err(self.error(XmlProblem::UnexpectedText, self.scanner.at));
                }
            }
            return Ok(());
        }
    }

    /// Whether the next child has the given name. On the way there, elements that the schema does not
    /// know are skipped where that is allowed.
    #[inline]
    pub(super) fn is_next(&mut self, wanted: &str) -> Result<bool, XmlError> {
        loop {
            if self.upcoming == Upcoming::Unknown {
                self.advance()?;
            }
            if self.upcoming == Upcoming::End {
                return Ok(false);
            }
            if same(self.scanner.name, wanted) && !self.scanner.foreign {
                return Ok(true);
            }
            let known = !self.scanner.foreign && self.knows(self.scanner.name);
            if known || self.mode != Mode::Lenient {
                return Ok(false);
            }
            self.skip()?;
        }
    }

    /// Whether the element ends here.
    pub(super) fn is_end(&mut self) -> Result<bool, XmlError> {
        // No element has this name, so this only skips what is unknown.
        self.is_next("")?;
        Ok(self.upcoming == Upcoming::End)
    }

    fn knows(&self, child: &str) -> bool {
        let step = self.path.last();
        step.is_some_and(|step| step.children.iter().any(|known| same(known, child)))
    }

    /// Enters the next child if it has the given name; otherwise remembers that it could have stood here.
    #[inline]
    pub(super) fn enter(&mut self, name: &'static str, number: usize) -> Result<bool, XmlError> {
        if !self.is_next(name)? {
            self.expected.push(Some(name));
            return Ok(false);
        }
        let at = self.scanner.at;
        self.upcoming = Upcoming::Unknown;
        self.path.push(Step::new(name, number, at));
        self.expected.clear();
        Ok(true)
    }

    #[inline]
    pub(crate) fn leave(&mut self) {
        self.upcoming = Upcoming::Unknown;
        self.expected.clear();
        self.path.pop();
    }

    /// Skips the element whose start was seen last, with all its content, and notes it.
    pub(crate) fn skip(&mut self) -> Result<(), XmlError> {
        self.notice(
            ParseNoticeKind::UnknownElement(self.found()),
            self.scanner.at,
        );
        self.skip_content()
    }

    /// Skips the element whose start was seen last, with all its content.
    pub(super) fn skip_content(&mut self) -> Result<(), XmlError> {
        self.upcoming = Upcoming::Unknown;
        self.check_names()?;
        let mut depth = 1;
        while depth > 0 {
            match self.token()? {
                Token::Start => {
                    self.check_names()?;
                    depth += 1;
                }
                Token::End => depth -= 1,
                Token::Text | Token::Character(_) | Token::EndOfDocument => {}
            }
        }
        Ok(())
    }

    pub(super) fn check_names(&self) -> Result<(), XmlError> {
        let checked = self.scanner.check_names();
        checked.map_err(|fault| self.fault(fault))
    }

    /// The element whose start was seen last, as an error or a notice shows it.
    pub(super) fn found(&self) -> FoundElement {
        let name = shown_name(self.scanner.name);
        if self.scanner.foreign {
            FoundElement::Foreign(name)
        } else {
            FoundElement::Element(name)
        }
    }

    /// Where the element begins that is being read.
    pub(super) fn here(&self) -> usize {
        self.path.last().map_or(0, |step| step.at)
    }

    pub(super) fn notice(&mut self, kind: ParseNoticeKind, at: usize) {
        self.notice_within(kind, None, at);
    }

    pub(super) fn notice_within(
        &mut self,
        kind: ParseNoticeKind,
        attribute: Option<&str>,
        at: usize,
    ) {
        if self.notices_are_full() {
            self.notices_left_out += 1;
        } else {
            self.notices.push(ParseNotice {
                path: self.path_text(attribute),
                position: Position::of(self.scanner.source.text(), at),
                kind,
            });
        }
    }

    /// Notes a value that was left out because of an error.
    pub(super) fn notice_error(&mut self, error: XmlError) {
        let (path, position, problem) = error.into_parts();
        match position {
            Some(position) if !self.notices_are_full() => self.notices.push(ParseNotice {
                path,
                position,
                kind: ParseNoticeKind::Unreadable(problem),
            }),
            _ => self.notices_left_out += 1,
        }
    }

    #[cold]
    pub(super) fn fault(&self, fault: Fault) -> XmlError {
        let (problem, at) = fault.into_parts();
        self.error(problem, at)
    }

    #[cold]
    pub(super) fn error(&self, problem: XmlProblem, at: usize) -> XmlError {
        XmlError::new(self.path_text(None), self.position(&problem, at), problem)
    }

    #[cold]
    pub(super) fn attribute_error(
        &self,
        problem: XmlProblem,
        attribute: &str,
        at: usize,
    ) -> XmlError {
        let position = self.position(&problem, at);
        XmlError::new(self.path_text(Some(attribute)), position, problem)
    }

    fn position(&self, problem: &XmlProblem, at: usize) -> Option<Position> {
        let unseen = self.unseen && problem.is_local();
        (!unseen).then(|| Position::of(self.scanner.source.text(), at))
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
