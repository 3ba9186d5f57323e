//! What is signed.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use portal_asice::{DocumentName, DocumentSource, Reopen, document_names};
use portal_model::{Href, MediaType, PortalDocument, Title};
use portal_rules::DocumentFacts;

use super::JobError;

/// A document to be signed: its title, its media type and where its bytes are.
///
/// A document is read when the job is checked and again when it is sent.
///
/// ```no_run
/// use std::path::Path;
///
/// use portal_client::Document;
///
/// let from_memory = Document::pdf("First document", b"%PDF-1.7 ...");
/// let from_file = Document::pdf("Second document", Path::new("contract.pdf"));
/// ```
#[derive(Clone, Debug)]
#[must_use = "a document is added to a job with JobBuilder::document"]
pub struct Document {
    title: Title,
    media_type: MediaType,
    name: Option<Href>,
    content: Content,
}

impl Document {
    /// Creates a PDF document, version 1.1 to 1.7, without password. The title has 1 to 80 characters.
    pub fn pdf(title: impl Into<String>, content: impl Into<Content>) -> Self {
        Self::of_type(MediaType::Pdf, title, content)
    }

    /// Creates a plain text document. The service's clients send it, while parts of its documentation say
    /// that it takes PDF only; the job's report has a warning for that, `documents.mime`. The title has 1 to 80 characters.
    pub fn plain_text(title: impl Into<String>, content: impl Into<Content>) -> Self {
        Self::of_type(MediaType::PlainText, title, content)
    }

    fn of_type(
        media_type: MediaType,
        title: impl Into<String>,
        content: impl Into<Content>,
    ) -> Self {
        Self {
            title: Title::unchecked(title),
            media_type,
            name: None,
            content: content.into(),
        }
    }

    /// Returns whether the bytes are in memory, so that looking at them reads no file.
    pub(super) fn is_in_memory(&self) -> bool {
        matches!(self.content.0, Place::Memory(_))
    }

    /// Sets the file name within the package, in place of one such as `01_document.pdf`: 4 to 100 letters from A
    /// to Z, digits, dots, hyphens and underscores.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(Href::unchecked(name));
        self
    }
}

/// Where a document's bytes are. Made from bytes in memory, from a path, or by [`Content::reopen`].
#[derive(Clone)]
pub struct Content(Place);

#[derive(Clone)]
enum Place {
    Memory(Bytes),
    File(PathBuf),
    Elsewhere(Arc<dyn Reopen>),
}

impl Content {
    /// Creates content from anything that can be opened again and then gives the same bytes again, such as an
    /// object in a store, or a closure that opens one.
    pub fn reopen(source: impl Reopen + 'static) -> Self {
        Self(Place::Elsewhere(Arc::new(source)))
    }

    fn facts(&self) -> io::Result<DocumentFacts> {
        match &self.0 {
            Place::Memory(bytes) => Ok(DocumentFacts::from_bytes(bytes)),
            Place::File(path) => DocumentFacts::from_reader(File::open(path)?),
            Place::Elsewhere(source) => facts_of_stream(source.open()?),
        }
    }

    fn into_source(self) -> DocumentSource {
        match self.0 {
            Place::Memory(bytes) => DocumentSource::bytes(bytes),
            Place::File(path) => DocumentSource::file(path),
            Place::Elsewhere(source) => DocumentSource::reopen(move || source.open()),
        }
    }
}

/// Facts need the end of a document, and a stream has to be read to come there. What is larger than a
/// whole job may be is counted and not kept.
fn facts_of_stream(mut stream: impl Read) -> io::Result<DocumentFacts> {
    const KEPT: u64 = 10 * 1024 * 1024;
    let mut bytes = Vec::new();
    stream.by_ref().take(KEPT).read_to_end(&mut bytes)?;
    let rest = io::copy(&mut stream, &mut io::sink())?;
    if rest == 0 {
        return Ok(DocumentFacts::from_bytes(&bytes));
    }
    Ok(DocumentFacts::from_ends(
        bytes.len() as u64 + rest,
        &bytes,
        &[],
    ))
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither bytes nor file names, which are often titles.
        match &self.0 {
            Place::Memory(bytes) => write!(f, "Content({} bytes)", bytes.len()),
            Place::File(_) => f.write_str("Content(file)"),
            Place::Elsewhere(_) => f.write_str("Content(reopened)"),
        }
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self(Place::Memory(bytes))
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<&'static [u8]> for Content {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

/// What `include_bytes!` gives.
impl<const N: usize> From<&'static [u8; N]> for Content {
    fn from(bytes: &'static [u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

/// The text's bytes, for [`Document::plain_text`].
impl From<String> for Content {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

/// A file.
impl From<PathBuf> for Content {
    fn from(path: PathBuf) -> Self {
        Self(Place::File(path))
    }
}

/// A file.
impl From<&Path> for Content {
    fn from(path: &Path) -> Self {
        path.to_owned().into()
    }
}

/// Looks into each document.
pub(super) fn facts(documents: &[Document]) -> Result<Vec<DocumentFacts>, JobError> {
    documents
        .iter()
        .zip(1..)
        .map(|(document, number)| {
            document
                .content
                .facts()
                .map_err(|source| JobError::Document { number, source })
        })
        .collect()
}

/// The manifest's entries, and the bytes that belong to each.
pub(super) fn entries(documents: Vec<Document>) -> (Vec<PortalDocument>, Vec<Content>) {
    let names = document_names(documents.iter().map(|document| document.media_type));
    documents
        .into_iter()
        .zip(names)
        .map(|(document, made)| {
            let href = document.name.unwrap_or_else(|| made.into());
            let entry = PortalDocument::new(href, document.media_type.into(), document.title);
            (entry, document.content)
        })
        .unzip()
}

/// The package's documents, under the names of the manifest.
pub(super) fn packed(
    entries: &[PortalDocument],
    contents: Vec<Content>,
) -> Result<Vec<portal_asice::PackageDocument>, JobError> {
    entries
        .iter()
        .zip(contents)
        .zip(1..)
        .map(|((entry, content), number)| {
            let name = DocumentName::try_from(&entry.href)
                .map_err(|source| JobError::DocumentName { number, source })?;
            let media_type = MediaType::try_from(&entry.mime)
                .map_err(|source| JobError::MediaType { number, source })?;
            Ok(portal_asice::PackageDocument::new(
                name,
                media_type,
                content.into_source(),
            ))
        })
        .collect()
}
