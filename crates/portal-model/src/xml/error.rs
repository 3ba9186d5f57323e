//! Why a document cannot be read or written, and where.

use std::fmt;

use crate::date_time::DateTimeError;
use crate::facet::FacetError;

/// Why a document cannot be read or written: a path such as
/// `/portal-signature-job-manifest/signers/signer[2]/notifications`, when reading also line and column,
/// and the problem with its fix. No text of the document is shown, except names of elements and
/// attributes and code words.
#[derive(Clone, PartialEq, Eq)]
pub struct XmlError(Box<Parts>);

#[derive(Clone, PartialEq, Eq)]
struct Parts {
    path: String,
    position: Option<Position>,
    problem: XmlProblem,
}

/// A place in a document. Both numbers count from 1; columns are Unicode characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character within the line.
    pub column: usize,
}

impl Position {
    /// The place of a byte offset, which is moved back to the start of its character.
    pub(super) fn of(source: &str, offset: usize) -> Self {
        let before = &source[..source.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

impl XmlError {
    #[cold]
    pub(super) fn new(path: String, position: Option<Position>, problem: XmlProblem) -> Self {
        Self(Box::new(Parts {
            path,
            position,
            problem,
        }))
    }

    pub(super) fn into_parts(self) -> (String, Option<Position>, XmlProblem) {
        let Parts {
            path,
            position,
            problem,
        } = *self.0;
        (path, position, problem)
    }

    /// Returns the element, or the attribute (`@name` at the end), in which the problem lies. Elements that may
    /// stand several times carry their number, from 1. `/` is the document itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Returns where in the text the problem was seen; `None` when writing.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.0.position
    }

    /// Returns what is wrong.
    #[must_use]
    pub fn problem(&self) -> &XmlProblem {
        &self.0.problem
    }
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.path)?;
        if let Some(position) = self.0.position {
            write!(f, " ({position})")?;
        }
        write!(f, ": {}", self.0.problem)
    }
}

impl fmt::Debug for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XmlError")
            .field("path", &self.0.path)
            .field("position", &self.0.position)
            .field("problem", &self.0.problem)
            .finish()
    }
}

impl std::error::Error for XmlError {}

/// What is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlProblem {
    /// The document is larger than [`limits::DOCUMENT`](crate::limits::DOCUMENT) bytes.
    #[error("the document has {actual} bytes, at most {limit} are read; send a smaller one")]
    #[non_exhaustive]
    DocumentTooLarge {
        /// The greatest size read.
        limit: usize,
        /// The size found.
        actual: usize,
    },
    /// Elements are nested deeper than [`limits::DEPTH`](crate::limits::DEPTH).
    #[error("elements are nested deeper than {limit}; flatten the document")]
    #[non_exhaustive]
    TooDeep {
        /// The greatest depth read.
        limit: usize,
    },
    /// One element has more attributes than [`limits::ATTRIBUTES`](crate::limits::ATTRIBUTES).
    #[error("the element has more than {limit} attributes; remove some")]
    #[non_exhaustive]
    TooManyAttributes {
        /// The greatest number read.
        limit: usize,
    },
    /// More namespaces are declared here than [`limits::NAMESPACES`](crate::limits::NAMESPACES).
    #[error("more than {limit} namespaces are declared here; remove the unused ones")]
    #[non_exhaustive]
    TooManyNamespaces {
        /// The greatest number read.
        limit: usize,
    },
    /// A namespace's name is longer than [`limits::NAMESPACE`](crate::limits::NAMESPACE) bytes.
    #[error("the name of a namespace is longer than {limit} bytes; use a shorter one")]
    #[non_exhaustive]
    NamespaceTooLong {
        /// The greatest length read.
        limit: usize,
    },
    /// A text is longer than [`limits::TEXT`](crate::limits::TEXT) bytes.
    #[error("the text is longer than {limit} bytes; shorten it")]
    #[non_exhaustive]
    TextTooLong {
        /// The greatest length read and written.
        limit: usize,
    },
    /// The bytes are not UTF-8.
    #[error("the bytes here are not UTF-8; write the document in UTF-8")]
    NotUtf8,
    /// The XML declaration is not at the very beginning, or says other than version 1.0 and UTF-8.
    #[error(
        "the XML declaration is misplaced or not understood; \
         begin with <?xml version=\"1.0\" encoding=\"UTF-8\"?> or leave it out"
    )]
    Declaration,
    /// There is a document type declaration. None is ever read, since its entities can swell without end.
    #[error("document type declarations are refused; remove <!DOCTYPE ...>")]
    Doctype,
    /// A reference to an entity other than the five that XML itself defines, or a malformed reference.
    #[error("this is no reference that XML itself defines; write & as &amp;")]
    Reference,
    /// A character that no XML 1.0 document can hold, written plainly or as a character reference.
    #[error("the character U+{code_point:04X} cannot be in an XML 1.0 document; remove it")]
    #[non_exhaustive]
    ForbiddenCharacter {
        /// The character's code point.
        code_point: u32,
    },
    /// Something is not written as XML demands.
    #[error("this is not well-formed XML: {0}")]
    IllFormed(IllFormed),
    /// The document ends before its root element does, or holds none.
    #[error("the document ends too early; it may have been cut off")]
    UnexpectedEnd,
    /// The root element is another one, or stands in another namespace.
    #[error(
        "the root element is {found}; expected `{expected}` in namespace {}",
        crate::NAMESPACE
    )]
    #[non_exhaustive]
    Root {
        /// The root element's name in the schema.
        expected: &'static str,
        /// The element found.
        found: FoundElement,
    },
    /// Another element, or the end of the parent, stands where the schema expects something else. So
    /// missing, repeated, misplaced and unknown elements are reported.
    #[error("expected {}, found {found}", Alternatives(expected))]
    #[non_exhaustive]
    Unexpected {
        /// Every element that could stand here; `None` is the end of the parent.
        expected: Vec<Option<&'static str>>,
        /// What stands here instead.
        found: FoundElement,
    },
    /// Text where only elements can stand.
    #[error("there is text between the elements; remove it")]
    UnexpectedText,
    /// An element within a plain value.
    #[error("there is the element {found} within a plain value; remove it")]
    #[non_exhaustive]
    UnexpectedElement {
        /// The element found.
        found: FoundElement,
    },
    /// An attribute that the schema does not know here.
    #[error("the attribute `{name}` is unknown here; remove it")]
    #[non_exhaustive]
    UnknownAttribute {
        /// The attribute's name, shortened when long.
        name: String,
    },
    /// An attribute is missing.
    #[error("the attribute `{name}` is missing; add it")]
    #[non_exhaustive]
    MissingAttribute {
        /// The attribute's name.
        name: &'static str,
    },
    /// The text is no whole number, or one beyond the base type.
    #[error("{type_name} is no whole number from {least} to {greatest}; write digits only")]
    #[non_exhaustive]
    Number {
        /// Name of the type in the schema.
        type_name: &'static str,
        /// The least number that its base type holds.
        least: i64,
        /// The greatest number that its base type holds.
        greatest: i64,
    },
    /// The text is no time.
    #[error("{0}")]
    DateTime(DateTimeError),
    /// The value breaks a limit of the schema.
    #[error("{0}")]
    Facet(FacetError),
}

impl XmlProblem {
    /// Whether only the value is affected in which the problem lies: what follows can be read.
    pub(super) const fn is_local(&self) -> bool {
        match self {
            Self::TextTooLong { .. }
            | Self::Unexpected { .. }
            | Self::UnexpectedText
            | Self::UnexpectedElement { .. }
            | Self::UnknownAttribute { .. }
            | Self::MissingAttribute { .. }
            | Self::Number { .. }
            | Self::DateTime(_)
            | Self::Facet(_) => true,
            Self::DocumentTooLarge { .. }
            | Self::TooDeep { .. }
            | Self::TooManyAttributes { .. }
            | Self::TooManyNamespaces { .. }
            | Self::NamespaceTooLong { .. }
            | Self::NotUtf8
            | Self::Declaration
            | Self::Doctype
            | Self::Reference
            | Self::ForbiddenCharacter { .. }
            | Self::IllFormed(_)
            | Self::UnexpectedEnd
            | Self::Root { .. } => false,
        }
    }
}

/// A rule of XML that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IllFormed {
    /// An element's or an attribute's name has characters that names cannot have.
    #[error("a name is empty or has characters that names cannot have")]
    Name,
    /// A tag's attributes are not of the form `name="value"`, with white space before each.
    #[error("attributes must be name=\"value\", with white space before each and no < in them")]
    Attribute,
    /// An attribute stands twice in one tag.
    #[error("an attribute stands twice in one tag")]
    DuplicateAttribute,
    /// An end tag does not match the start tag.
    #[error("the end tag does not match the start tag")]
    EndTag,
    /// A prefix is not bound to a namespace, or bound in a forbidden way.
    #[error("a prefix is not bound to a namespace, or bound in a forbidden way")]
    Prefix,
    /// Text or a further element outside the root element.
    #[error("there is content outside the root element")]
    OutsideRoot,
    /// `]]>` in plain text.
    #[error("]]> cannot stand in plain text; write ]]&gt;")]
    SectionEnd,
    /// `--` within a comment.
    #[error("-- cannot stand within a comment")]
    Comment,
    /// A processing instruction has no valid name.
    #[error("a processing instruction has no valid name")]
    Instruction,
    /// A tag, comment, section or reference that is not written as XML demands.
    #[error("a tag, comment or section is not written as XML demands")]
    Markup,
}

/// An element, or its absence, as an error shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FoundElement {
    /// An element of the schema's namespace.
    Element(String),
    /// An element of another namespace, or of none.
    Foreign(String),
    /// No further element: the parent ends.
    End,
}

impl fmt::Display for FoundElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element(name) => write!(f, "`{name}`"),
            Self::Foreign(name) => write!(f, "`{name}` of another namespace or none"),
            Self::End => f.write_str("the end of the element"),
        }
    }
}

/// Lists what could stand in a place.
struct Alternatives<'a>(&'a [Option<&'static str>]);

impl fmt::Display for Alternatives<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, alternative) in self.0.iter().enumerate() {
            match number {
                0 => {}
                _ if number + 1 == self.0.len() => f.write_str(" or ")?,
                _ => f.write_str(", ")?,
            }
            match alternative {
                Some(name) => write!(f, "`{name}`")?,
                None => f.write_str("the end of the element")?,
            }
        }
        Ok(())
    }
}

/// A name from a document, short enough to be shown.
pub(super) fn shown_name(name: &str) -> String {
    const LONGEST: usize = 60;
    if name.chars().nth(LONGEST).is_none() {
        name.to_owned()
    } else {
        name.chars().take(LONGEST).chain(['…']).collect()
    }
}
