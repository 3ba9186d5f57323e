//! Plain values as the text of an element or an attribute.

use std::borrow::Cow;

use super::error::XmlProblem;
use super::lexical::trim;
use super::notice::ParseNoticeKind;
use crate::date_time::DateTime;
use crate::enumeration::Enumeration;
use crate::facet::{FacetError, check_characters, showable};
use crate::number::Number;
use crate::signer_status::SignerStatus;
use crate::text::Text;

/// How far a document may stray from the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Not at all.
    Strict,
    /// Values may break their facets, to be examined later.
    Draft,
    /// Unknown things are skipped and values may break their facets; all is noted.
    Lenient,
}

/// What a value's reading may pass over, and the note of it.
#[derive(Debug)]
pub(crate) struct Tolerance {
    mode: Mode,
    pub(super) notice: Option<ParseNoticeKind>,
}

impl Tolerance {
    pub(super) const fn new(mode: Mode) -> Self {
        Self { mode, notice: None }
    }

    /// Passes over a broken facet, or does not.
    fn facet(&mut self, result: Result<(), FacetError>) -> Result<(), ValueProblem> {
        match (result, self.mode) {
            (Ok(()), _) | (Err(_), Mode::Draft) => Ok(()),
            (Err(error), Mode::Strict) => Err(XmlProblem::Facet(error).into()),
            (Err(error), Mode::Lenient) => {
                self.notice = Some(ParseNoticeKind::Facet(error));
                Ok(())
            }
        }
    }
}

/// Why a text is no such value. Small, so that a value that was read is not moved about with room for
/// the largest problem.
pub(crate) type ValueProblem = Box<XmlProblem>;

/// A plain value.
pub(crate) trait Value: Sized {
    /// Reads the value from its text.
    fn parse(text: Cow<'_, str>, tolerance: &mut Tolerance) -> Result<Self, ValueProblem>;
    /// The value's text, when it keeps its limits.
    fn text(&self) -> Result<Cow<'_, str>, FacetError>;
}

pub(crate) fn parse_text<T: Text>(
    text: Cow<'_, str>,
    tolerance: &mut Tolerance,
) -> Result<T, ValueProblem> {
    let value = T::wrap(text.into_owned());
    tolerance.facet(value.check_facets())?;
    Ok(value)
}

pub(crate) fn parse_number<T: Number>(
    text: &str,
    tolerance: &mut Tolerance,
) -> Result<T, ValueProblem> {
    let (least, greatest) = T::RANGE;
    let number = trim(text)
        .parse()
        .ok()
        .filter(|number| (least..=greatest).contains(number));
    let value = number.and_then(T::wrap).ok_or(XmlProblem::Number {
        type_name: T::NAME,
        least,
        greatest,
    })?;
    tolerance.facet(value.check_facets())?;
    Ok(value)
}

pub(crate) fn parse_enumeration<T: Enumeration>(
    text: &str,
    tolerance: &mut Tolerance,
) -> Result<T, ValueProblem> {
    if let Some(value) = T::from_value(text) {
        return Ok(value);
    }
    let error = unknown_value::<T>(text);
    if tolerance.mode == Mode::Lenient {
        if let Some(value) = T::from_value(trim(text)) {
            tolerance.notice = Some(ParseNoticeKind::WhiteSpace);
            return Ok(value);
        }
        if let Some(value) = T::unknown(text) {
            tolerance.notice = Some(ParseNoticeKind::Facet(error));
            return Ok(value);
        }
    }
    Err(XmlProblem::Facet(error).into())
}

/// The error for a text that is none of an enumeration's values.
pub(crate) fn unknown_value<T: Enumeration>(text: &str) -> FacetError {
    FacetError::Enumeration {
        type_name: T::NAME,
        allowed: T::VALUES,
        value: showable(text),
    }
}

/// Makes a plain value the content of an element.
macro_rules! value_element {
    ($type:ty) => {
        impl $crate::xml::Element for $type {
            fn read(reader: &mut $crate::xml::Reader<'_>) -> Result<Self, $crate::XmlError> {
                reader.value()
            }

            fn write(&self, writer: &mut $crate::xml::Writer) -> Result<(), $crate::XmlError> {
                writer.value(self)
            }
        }
    };
}
pub(crate) use value_element;

value_element!(String);
value_element!(DateTime);
value_element!(SignerStatus);

impl Value for String {
    fn parse(text: Cow<'_, str>, _: &mut Tolerance) -> Result<Self, ValueProblem> {
        Ok(text.into_owned())
    }

    fn text(&self) -> Result<Cow<'_, str>, FacetError> {
        check_characters("the text", self)?;
        Ok(Cow::Borrowed(self))
    }
}

impl Value for SignerStatus {
    fn parse(text: Cow<'_, str>, _: &mut Tolerance) -> Result<Self, ValueProblem> {
        Ok(Self::known_or_new(text))
    }

    fn text(&self) -> Result<Cow<'_, str>, FacetError> {
        self.check()?;
        Ok(Cow::Borrowed(self.as_str()))
    }
}

impl Value for DateTime {
    fn parse(text: Cow<'_, str>, tolerance: &mut Tolerance) -> Result<Self, ValueProblem> {
        let time: Self = trim(&text).parse().map_err(XmlProblem::DateTime)?;
        if tolerance.mode == Mode::Lenient && time.timestamp().is_none() {
            tolerance.notice = Some(ParseNoticeKind::NoOffset);
        }
        Ok(time)
    }

    fn text(&self) -> Result<Cow<'_, str>, FacetError> {
        Ok(Cow::Owned(self.to_string()))
    }
}
