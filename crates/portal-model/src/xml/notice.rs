//! What a lenient reading passed over.

use std::fmt;

use crate::facet::FacetError;

use super::error::{FoundElement, Position, XmlProblem};

/// A document read leniently: the value, and what was passed over to get it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parsed<T> {
    /// The document.
    pub value: T,
    /// What the schema does not allow but was passed over, in document order; at most
    /// [`limits::NOTICES`](crate::limits::NOTICES).
    pub notices: Vec<ParseNotice>,
    /// How many further notices there would be.
    pub notices_left_out: usize,
}

/// One thing that the schema does not allow and a lenient reading passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseNotice {
    /// The element or attribute it is about, such as `/error/error-code`.
    pub path: String,
    /// Where it stands.
    pub position: Position,
    /// What was passed over.
    pub kind: ParseNoticeKind,
}

/// What a lenient reading passed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseNoticeKind {
    /// An element that the schema does not know here; it was skipped with all its content.
    #[error("skipped the unknown element {0}")]
    UnknownElement(FoundElement),
    /// An attribute that the schema does not know here; it was skipped.
    #[error("skipped the unknown attribute `{0}`")]
    UnknownAttribute(String),
    /// An attribute that the schema requires is missing; the value is `None`.
    #[error("the attribute `{0}` is missing")]
    MissingAttribute(&'static str),
    /// A value breaks a limit of the schema; it was kept as it is.
    #[error("kept a value beyond its limits: {0}")]
    Facet(FacetError),
    /// White space around a code word was ignored.
    #[error("ignored white space around the value")]
    WhiteSpace,
    /// A time has no offset from UTC; it was kept as it is, and its instant is unknown.
    #[error("kept a time without an offset from UTC; its instant is unknown")]
    NoOffset,
    /// An element that the schema requires is missing, and so is what it would say.
    #[error("the element `{0}` is missing")]
    MissingElement(&'static str),
    /// An element stands twice; the first one was kept and this one skipped.
    #[error("skipped a second `{0}`")]
    RepeatedElement(&'static str),
    /// An element stands elsewhere among its siblings than the schema says.
    #[error("the element `{0}` is out of order")]
    OutOfOrder(&'static str),
    /// There is text between elements; it was ignored.
    #[error("ignored text between the elements")]
    Text,
    /// A value that is not needed can't be read; it was left out.
    #[error("left out a value that can't be read: {0}")]
    Unreadable(XmlProblem),
}

impl fmt::Display for ParseNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.path, self.position, self.kind)
    }
}
