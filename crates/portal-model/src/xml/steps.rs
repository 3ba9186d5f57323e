//! The steps along the schema that the generated code takes. Each leaves the cursor behind the element
//! that it read.

use super::error::{FoundElement, IllFormed, XmlError, XmlProblem, shown_name};
use super::lexical::is_nc_name;
use super::namespaces::Uri;
use super::notice::ParseNoticeKind;
use super::reader::{Reader, Upcoming};
use super::scan::Token;
use super::value::{Mode, Tolerance, Value};
use super::{Element, Group};
use crate::bounded::Bounded;
use crate::bytes::same;
use crate::facet::FacetError;

const SCHEMA_INSTANCE_NAMESPACE: &str = "http://www.w3.org/2001/XMLSchema-instance";

impl Reader<'_> {
    // Attributes. They are asked for before the children.

    /// An attribute that the schema requires.
    pub(crate) fn attribute<T: Value>(&mut self, name: &'static str) -> Result<T, XmlError> {
        match self.find_attribute(name)? {
            Some(value) => Ok(value),
            None => Err(self.error(XmlProblem::MissingAttribute { name }, self.here())),
        }
    }

    /// An attribute that the schema requires, but that a response may lack.
    pub(crate) fn tolerated_attribute<T: Value>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, XmlError> {
        let Some(index) = self.place_of_attribute(name) else {
            if self.mode == Mode::Lenient {
                self.notice(ParseNoticeKind::MissingAttribute(name), self.here());
                return Ok(None);
            }
            return Err(self.error(XmlProblem::MissingAttribute { name }, self.here()));
        };
        let value = self.take_attribute(index, name).map(Some);
        self.tolerated(value)
    }

    /// An attribute that may be missing. A lenient reading leaves out one that can't be read.
    pub(crate) fn optional_attribute<T: Value>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, XmlError> {
        let value = self.find_attribute(name);
        self.tolerated(value)
    }

    /// Leaves out what can't be read, with a notice, in a lenient reading.
    fn tolerated<T>(&mut self, value: Result<Option<T>, XmlError>) -> Result<Option<T>, XmlError> {
        match value {
            Err(error) if self.mode == Mode::Lenient => {
                self.notice_error(error);
                Ok(None)
            }
            value => value,
        }
    }

    fn find_attribute<T: Value>(&mut self, name: &'static str) -> Result<Option<T>, XmlError> {
        match self.place_of_attribute(name) {
            Some(index) => self.take_attribute(index, name).map(Some),
            None => Ok(None),
        }
    }

    fn take_attribute<T: Value>(
        &mut self,
        index: usize,
        name: &'static str,
    ) -> Result<T, XmlError> {
        let attribute = self.scanner.attributes.remove(index);
        let mut tolerance = Tolerance::new(self.mode);
        let value = T::parse(attribute.value, &mut tolerance);
        let value = value.map_err(|problem| self.attribute_error(*problem, name, attribute.at))?;
        if let Some(kind) = tolerance.notice {
            self.notice_within(kind, Some(name), attribute.at);
        }
        Ok(value)
    }

    fn place_of_attribute(&self, name: &str) -> Option<usize> {
        let mut attributes = self.scanner.attributes.iter();
        attributes.position(|a| a.namespace.is_none() && same(a.name, name))
    }

    /// Refuses or notes the attributes that nothing asked for.
    #[inline]
    fn end_attributes(&mut self) -> Result<(), XmlError> {
        if self.scanner.attributes.is_empty() {
            return Ok(());
        }
        self.remaining_attributes()
    }

    #[cold]
    fn remaining_attributes(&mut self) -> Result<(), XmlError> {
        for attribute in std::mem::take(&mut self.scanner.attributes) {
            // The schema language allows these everywhere; they say where a schema is to be found.
            let hint = attribute.namespace.as_ref().map(Uri::as_str)
                == Some(SCHEMA_INSTANCE_NAMESPACE)
                && matches!(
                    attribute.name,
                    "schemaLocation" | "noNamespaceSchemaLocation"
                );
            if hint {
                continue;
            }
            if !is_nc_name(attribute.name) {
                return Err(self.error(XmlProblem::IllFormed(IllFormed::Name), attribute.at));
            }
            let name = shown_name(attribute.name);
            if self.mode == Mode::Lenient {
                self.notice(ParseNoticeKind::UnknownAttribute(name), attribute.at);
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

    /// Which of the elements stands next; another one, or the end, is an error.
    pub(crate) fn choose(&mut self, names: &[&'static str]) -> Result<usize, XmlError> {
        for (index, name) in names.iter().enumerate() {
            if self.is_next(name)? {
                return Ok(index);
            }
        }
        self.expected.extend(names.iter().copied().map(Some));
        Err(self.unexpected())
    }

    /// A child that the schema requires.
    pub(crate) fn required<T: Element>(&mut self, name: &'static str) -> Result<T, XmlError> {
        match self.optional(name)? {
            Some(value) => Ok(value),
            None => Err(self.unexpected()),
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
            Err(self.unexpected())
        }
    }

    /// An empty child that may be missing: whether it is there.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, XmlError> {
        if !self.enter(name, 0)? {
            return Ok(false);
        }
        self.end_empty()?;
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
            None => Err(self.unexpected()),
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
        self.end_empty()?;
        Ok(Some(value))
    }

    /// Children of one name, as many as there are.
    pub(crate) fn list<T: Element, const MIN: usize, const MAX: usize>(
        &mut self,
        name: &'static str,
    ) -> Result<Bounded<T, MIN, MAX>, XmlError> {
        let mut items = Vec::with_capacity(MAX.min(4));
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
            return Err(self.unexpected());
        }
        let list = Bounded::unchecked(items);
        if let Err(error) = list.check()
            && self.mode == Mode::Lenient
        {
            self.notice(ParseNoticeKind::Facet(error), self.here());
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
            return Err(self.unexpected());
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

    /// Leaves an element that must be empty: not even white space may stand in it.
    fn end_empty(&mut self) -> Result<(), XmlError> {
        self.children(&[])?;
        if self.mode != Mode::Lenient {
            match self.token()? {
                Token::Text if self.scanner.text.is_empty() => {}
                Token::Text | Token::Character(_) => {
                    return Err(self.error(XmlProblem::UnexpectedText, self.scanner.at));
                }
                Token::Start => self.upcoming = Upcoming::Start,
                Token::End | Token::EndOfDocument => self.upcoming = Upcoming::End,
            }
        }
        self.end()
    }

    /// Ends the children and leaves the element.
    pub(crate) fn end(&mut self) -> Result<(), XmlError> {
        if self.is_end()? {
            self.leave();
            Ok(())
        } else {
            self.expected.push(None);
            Err(self.unexpected())
        }
    }

    /// The error for a place where nothing of what was asked for stands.
    #[cold]
    fn unexpected(&mut self) -> XmlError {
        let expected = std::mem::take(&mut self.expected);
        let found = match self.upcoming {
            Upcoming::Start => self.found(),
            Upcoming::Unknown | Upcoming::End => FoundElement::End,
        };
        let at = self.scanner.at;
        self.error(XmlProblem::Unexpected { expected, found }, at)
    }

    /// The element's text as a value; leaves the element.
    pub(crate) fn value<T: Value>(&mut self) -> Result<T, XmlError> {
        self.end_attributes()?;
        let text = self.text()?;
        let mut tolerance = Tolerance::new(self.mode);
        let value =
            T::parse(text, &mut tolerance).map_err(|problem| self.error(*problem, self.here()))?;
        if let Some(kind) = tolerance.notice {
            self.notice(kind, self.here());
        }
        self.leave();
        Ok(value)
    }
}
