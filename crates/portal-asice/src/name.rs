//! Names of the documents in a package.

use std::fmt;

use portal_model::document_name::{self, NameProblem};
use portal_model::{Href, MediaType};

use crate::error::NameError;

/// Limits of the schema's `href`, in characters.
const MIN_LENGTH: usize = 4;
const MAX_LENGTH: usize = 100;

/// The name of a document in a package, which the manifest gives as the document's `href`.
///
/// It consists of `A-Z a-z 0-9 . _ -` only. Such a name needs no escaping in a URI, where verifiers
/// disagree on `+` and `%20`, and is a file name in every file system.
///
/// A name that the caller chose may hold a title or a person's name. It is handled as personal data:
/// it has no `Display`, and `Debug` doesn't show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DocumentName(String);

impl DocumentName {
    /// Creates a name from a text.
    ///
    /// # Errors
    /// [`NameError`] if the name is shorter than 4 or longer than 100 characters (the schema's
    /// limits on `href`), has characters other than `A-Z a-z 0-9 . _ -`, begins or ends with a dot, or
    /// is reserved (`manifest.xml`, `mimetype`, or a Windows device such as `con.pdf`).
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if let Some(index) = name.chars().position(|c| !allowed(c)) {
            let position = index + 1;
            return Err(NameError::Character { position });
        }
        // From here on the name is ASCII: its length in bytes is that in characters.
        if !(MIN_LENGTH..=MAX_LENGTH).contains(&name.len()) {
            return Err(NameError::Length { length: name.len() });
        }
        match document_name::problem(&name) {
            None => Ok(Self(name)),
            Some(NameProblem::LeadingDot | NameProblem::TrailingDotOrSpace) => Err(NameError::Dot),
            Some(_) => Err(NameError::Reserved),
        }
    }

    /// Returns the name. Handle it as personal data: it may hold a document's title.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns whether some file system takes two names for the same file.
    pub(crate) fn clashes_with(&self, other: &Self) -> bool {
        document_name::comparison_key(&self.0) == document_name::comparison_key(&other.0)
    }
}

impl fmt::Debug for DocumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DocumentName(..)")
    }
}

/// The manifest's form of the name.
impl From<DocumentName> for Href {
    fn from(name: DocumentName) -> Self {
        // Every name is within what the schema says of an href, so nothing goes unchecked.
        Self::unchecked(name.0)
    }
}

impl TryFrom<&Href> for DocumentName {
    type Error = NameError;

    fn try_from(href: &Href) -> Result<Self, NameError> {
        Self::new(href.reveal())
    }
}

/// Creates names for a job's documents, in their order: number and type, as in `01_document.pdf`.
///
/// Titles are left out on purpose: names are shown in e-mails and logs, where a title, and with it
/// personal data, must not appear.
///
/// ```
/// use portal_asice::document_names;
/// use portal_model::MediaType;
///
/// let names = document_names([MediaType::Pdf, MediaType::PlainText]);
/// let names: Vec<&str> = names.iter().map(|name| name.reveal()).collect();
/// assert_eq!(names, ["01_document.pdf", "02_document.txt"]);
/// ```
pub fn document_names(media_types: impl IntoIterator<Item = MediaType>) -> Vec<DocumentName> {
    media_types
        .into_iter()
        .zip(1_usize..)
        .map(|(media_type, number)| {
            DocumentName(format!("{number:02}_document.{}", media_type.extension()))
        })
        .collect()
}
