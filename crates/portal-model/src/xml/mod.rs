//! XML in and out.

pub(crate) mod error;
mod lenient;
mod lexical;
pub mod limits;
mod namespaces;
pub(crate) mod notice;
mod reader;
mod scan;
mod source;
mod steps;
pub(crate) mod value;
mod writer;

pub(crate) use reader::Reader;
pub(crate) use writer::Writer;

use error::{Position, XmlError, XmlProblem};
use notice::Parsed;
use source::Source;
use value::Mode;

/// An element with its attributes and content.
pub(crate) trait Element: Sized {
    /// Reads the element that was just entered, and leaves it.
    fn read(reader: &mut Reader<'_>) -> Result<Self, XmlError>;
    /// Writes the attributes and the content of the element that was just started.
    fn write(&self, writer: &mut Writer) -> Result<(), XmlError>;
}

/// Several elements that stand for a value together, without an element of their own.
pub(crate) trait Group: Sized {
    /// Reads the elements from the cursor on.
    fn read_group(reader: &mut Reader<'_>) -> Result<Self, XmlError>;
    /// Writes the elements.
    fn write_group(&self, writer: &mut Writer) -> Result<(), XmlError>;
}

/// A value that stands for the absence of what the schema requires, in a lenient reading.
pub(crate) trait Absent {
    /// The value.
    fn absent() -> Self;
}

impl Absent for String {
    fn absent() -> Self {
        Self::new()
    }
}

/// An element that can be a document by itself.
pub(crate) trait Root: Element {
    /// The element's name.
    const NAME: &'static str;
}

mod sealed {
    /// Keeps [`XmlDocument`](super::XmlDocument) to the schema's documents.
    pub trait Sealed {}
    impl<T: super::Root> Sealed for T {}
}

/// The five documents of the portal flow: how they are read from and written to XML.
///
/// Three ways of reading differ in how far a document may stray from the schema. All of them refuse
/// what is not well-formed, a document type declaration, another encoding than UTF-8, a wrong root
/// element or namespace, and whatever goes beyond the bounds in [`limits`].
///
/// | | [`from_xml`](Self::from_xml) | [`from_draft`](Self::from_draft) | [`from_response`](Self::from_response) |
/// |---|---|---|---|
/// | for | what a sender sends | a job to be examined | what the service responds |
/// | unknown elements and attributes | refused | refused | skipped and listed |
/// | values beyond their limits | refused | kept | kept and listed |
/// | elements in another order, or twice | refused | refused | read, the first one kept, and listed |
/// | missing elements and attributes | refused | refused | left out and listed, unless demanded |
/// | values that can't be read | refused | refused | left out and listed, unless demanded |
/// | an unknown status of a job | refused | refused | kept as text and listed |
/// | a time without an offset | kept | kept | kept and listed |
///
/// A response demands what is needed to act on it, and demands it once: the job's number, status and
/// confirmation URL of a status change; number and cancellation URL of a created job; the code of an
/// error.
pub trait XmlDocument: Sized + sealed::Sealed {
    /// Reads a document that must be just as the schema says.
    ///
    /// # Errors
    /// [`XmlError`] with path, line and column.
    fn from_xml(xml: &[u8]) -> Result<Self, XmlError>;

    /// Reads a document that must have the schema's form, but whose values may be beyond their limits,
    /// so that all of them can be examined at once.
    ///
    /// # Errors
    /// [`XmlError`] with path, line and column.
    fn from_draft(xml: &[u8]) -> Result<Self, XmlError>;

    /// Reads a document of the service, whose newer versions may hold more than this crate knows.
    ///
    /// # Errors
    /// [`XmlError`] with path, line and column.
    fn from_response(xml: &[u8]) -> Result<Parsed<Self>, XmlError>;

    /// Writes the document: UTF-8, the schema's namespace as default, elements in the schema's order,
    /// without line breaks.
    ///
    /// # Errors
    /// [`XmlError`] with the path of the first value that is beyond its limits.
    fn to_xml(&self) -> Result<String, XmlError>;
}

impl<T: Root> XmlDocument for T {
    fn from_xml(xml: &[u8]) -> Result<Self, XmlError> {
        Reader::new(decode(xml)?, Mode::Strict).document(T::NAME)
    }

    fn from_draft(xml: &[u8]) -> Result<Self, XmlError> {
        Reader::new(decode(xml)?, Mode::Draft).document(T::NAME)
    }

    fn from_response(xml: &[u8]) -> Result<Parsed<Self>, XmlError> {
        let mut reader = Reader::new(decode(xml)?, Mode::Lenient);
        let value = reader.document(T::NAME)?;
        let (notices, notices_left_out) = reader.into_notices();
        Ok(Parsed {
            value,
            notices,
            notices_left_out,
        })
    }

    fn to_xml(&self) -> Result<String, XmlError> {
        Writer::document(T::NAME, self)
    }
}

/// The document's text, without a byte order mark: of bounded size, UTF-8, and with no character that
/// XML forbids.
fn decode(xml: &[u8]) -> Result<Source<'_>, XmlError> {
    let refuse = |text: &str, problem| {
        XmlError::new(
            "/".to_owned(),
            Some(Position::of(text, text.len())),
            problem,
        )
    };
    if xml.len() > limits::DOCUMENT {
        let problem = XmlProblem::DocumentTooLarge {
            limit: limits::DOCUMENT,
            actual: xml.len(),
        };
        return Err(refuse("", problem));
    }
    let text = std::str::from_utf8(xml).map_err(|error| {
        let valid = xml.get(..error.valid_up_to()).unwrap_or_default();
        refuse(
            std::str::from_utf8(valid).unwrap_or_default(),
            XmlProblem::NotUtf8,
        )
    })?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    Source::new(text).map_err(|(at, c)| {
        refuse(
            &text[..at],
            XmlProblem::ForbiddenCharacter {
                code_point: c.into(),
            },
        )
    })
}
