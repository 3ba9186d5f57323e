//! The steps of a lenient reading: children in any order, and nothing lost but what can't be read.
//!
//! The generated code goes through an element's children with [`Reader::next_child`] and puts each in
//! the place that its name has. Only what is demanded can make the reading fail; the rest is left out
//! with a notice.

use super::error::{FoundElement, XmlError, XmlProblem};
use super::notice::ParseNoticeKind;
use super::reader::{Reader, Step, Upcoming};
use super::scan::Token;
use super::value::{Mode, Value};
use super::{Absent, Element};
use crate::bounded::Bounded;
use crate::facet::FacetError;
use crate::limits;

impl Reader<'_> {
    pub(crate) fn is_lenient(&self) -> bool {
        self.mode == Mode::Lenient
    }

    /// The next child that the schema knows, or none at the end. What it does not know is skipped.
    pub(crate) fn next_child(&mut self) -> Result<Option<&'static str>, XmlError> {
        loop {
            if self.upcoming == Upcoming::Unknown {
                self.advance()?;
            }
            if self.upcoming == Upcoming::End {
                return Ok(None);
            }
            let Some((step, index)) = self.path.last_mut().zip(self.scanner.awaited) else {
                self.skip()?;
                continue;
            };
            let child = step.children[index];
            let late = index < step.reached;
            step.reached = step.reached.max(index);
            if late {
                self.notice(ParseNoticeKind::OutOfOrder(child), self.scanner.at);
            }
            return Ok(Some(child));
        }
    }

    /// Reads a child that must be there, and only once.
    pub(crate) fn demand<T: Element>(
        &mut self,
        place: &mut Option<T>,
        name: &'static str,
    ) -> Result<(), XmlError> {
        if place.is_some() {
            let problem = FacetError::MaxOccurs {
                limit: 1,
                actual: 2,
            };
            return Err(self.error(XmlProblem::Facet(problem), self.scanner.at));
        }
        self.step_into(name, 0);
        *place = Some(T::read(self)?);
        Ok(())
    }

    /// What was demanded.
    pub(crate) fn demanded<T>(
        &mut self,
        place: Option<T>,
        name: &'static str,
    ) -> Result<T, XmlError> {
        place.ok_or_else(|| self.missing(&[name]))
    }

    /// The error for an element in which none of these children was found.
    #[cold]
    pub(crate) fn missing(&mut self, names: &[&'static str]) -> XmlError {
        let expected = names.iter().copied().map(Some).collect();
        let found = FoundElement::End;
        self.error(XmlProblem::Unexpected { expected, found }, self.scanner.at)
    }

    /// Reads a child that may be missing; what can't be read is left out.
    pub(crate) fn keep<T: Element>(
        &mut self,
        place: &mut Option<T>,
        name: &'static str,
    ) -> Result<(), XmlError> {
        self.keep_as(place, name, |value| value)
    }

    /// Reads a child as one of several alternatives.
    pub(crate) fn keep_as<T: Element, U>(
        &mut self,
        place: &mut Option<U>,
        name: &'static str,
        alternative: impl FnOnce(T) -> U,
    ) -> Result<(), XmlError> {
        self.keep_by(place, name, |reader| T::read(reader).map(alternative))
    }

    /// Reads the only attribute of a child.
    pub(crate) fn keep_attribute_of<T: Value>(
        &mut self,
        place: &mut Option<T>,
        name: &'static str,
        attribute: &'static str,
    ) -> Result<(), XmlError> {
        self.keep_by(place, name, |reader| {
            let value = reader.attribute(attribute)?;
            reader.children(&[])?;
            while reader.next_child()?.is_some() {}
            reader.leave();
            Ok(value)
        })
    }

    fn keep_by<T>(
        &mut self,
        place: &mut Option<T>,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, XmlError>,
    ) -> Result<(), XmlError> {
        if place.is_some() {
            self.notice(ParseNoticeKind::RepeatedElement(name), self.scanner.at);
            return self.skip_content();
        }
        self.attempt(name, 0, read, |value| *place = Some(value))
    }

    /// Reads one of several children of a name, of which the schema allows so many. With a second one,
    /// room for all of them at once costs less than growing twice.
    pub(crate) fn keep_item<T: Element>(
        &mut self,
        items: &mut Vec<T>,
        name: &'static str,
        most: usize,
    ) -> Result<(), XmlError> {
        if items.len() == 1 {
            items.reserve_exact(most.saturating_sub(1));
        }
        self.attempt(name, items.len() + 1, T::read, |item| items.push(item))
    }

    /// The children of a name as a list, of whatever length.
    pub(crate) fn kept_list<T, const MIN: usize, const MAX: usize>(
        &mut self,
        items: Vec<T>,
    ) -> Bounded<T, MIN, MAX> {
        let list = Bounded::unchecked(items);
        if let Err(error) = list.check() {
            self.notice(ParseNoticeKind::Facet(error), self.here());
        }
        list
    }

    /// A child that the schema requires, or what stands for its absence.
    pub(crate) fn kept_or_absent<T: Absent>(&mut self, place: Option<T>, name: &'static str) -> T {
        place.unwrap_or_else(|| {
            self.notice(ParseNoticeKind::MissingElement(name), self.here());
            T::absent()
        })
    }

    /// An alternative that the schema requires, or none; `name` is one of the elements it can be.
    pub(crate) fn kept_or_none<T>(&mut self, place: Option<T>, name: &'static str) -> Option<T> {
        if place.is_none() {
            self.notice(ParseNoticeKind::MissingElement(name), self.here());
        }
        place
    }

    fn step_into(&mut self, name: &'static str, number: usize) {
        self.upcoming = Upcoming::Unknown;
        self.expected.clear();
        self.path.push(Step::new(name, number, self.scanner.at));
    }

    /// Reads the child whose start was seen last, and hands it over, which moves it less often than
    /// returning it. If it can't be read, it is skipped and noted, as long as the document is well-formed.
    #[inline]
    fn attempt<T>(
        &mut self,
        name: &'static str,
        number: usize,
        read: impl FnOnce(&mut Self) -> Result<T, XmlError>,
        take: impl FnOnce(T),
    ) -> Result<(), XmlError> {
        let depth = self.scanner.depth();
        let steps = self.path.len();
        // Working out a position takes a look at the whole document. Nobody sees those of errors
        // that are only counted.
        let unseen = self.unseen || self.notices_are_full();
        let unseen = std::mem::replace(&mut self.unseen, unseen);
        self.step_into(name, number);
        let result = read(self);
        self.unseen = unseen;
        match result {
            Ok(value) => {
                take(value);
                Ok(())
            }
            Err(error) => self.recover(error, depth, steps),
        }
    }

    /// Skips the rest of a child that can't be read, at the given depth and below so many steps.
    #[cold]
    fn recover(&mut self, error: XmlError, depth: usize, steps: usize) -> Result<(), XmlError> {
        if !error.problem().is_local() {
            return Err(error);
        }
        self.path.truncate(steps);
        self.notice_error(error);
        while self.scanner.depth() >= depth {
            if let Token::Start = self.token()? {
                self.check_names()?;
            }
        }
        self.upcoming = Upcoming::Unknown;
        self.expected.clear();
        Ok(())
    }

    pub(super) fn notices_are_full(&self) -> bool {
        self.notices.len() == limits::NOTICES
    }
}
