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

/// A document of a job to be: its title, its type and where its bytes are.
///
/// A document is read when the job is checked and again when it is sent.
///
/// ```no_run
/// use std::path::Path;
///
/// use portal_client::Document;
///
/// let from_memory = Document::pdf("First document", b"%PDF-1.7 ...".to_vec());
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
    /// A PDF, version 1.1 to 1.7, without password. The title has 1 to 80 characters.
    pub fn pdf(title: impl Into<String>, content: impl Into<Content>) -> Self {
        Self::of_type(MediaType::Pdf, title, content)
    }

    /// Plain text. The service's clients send it, while parts of its documentation say that it takes PDF
    /// only; the job's report has a warning for that, `documents.mime`. The title has 1 to 80 characters.
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

    /// The file name within the package, in place of one such as `01_document.pdf`: 4 to 100 letters from A
    /// to Z, digits, dots, hyphens and underscores.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(Href::unchecked(name));
        self
    }
}

/// Where a document's bytes are. Made from bytes in memory or from a path; or [`Content::reopen`].
#[derive(Clone)]
pub struct Content(Place);

#[derive(Clone)]
enum Place {
    Memory(Bytes),
    File(PathBuf),
    Elsewhere(Arc<dyn Reopen>),
}

impl Content {
    /// Anything that can be opened again and then gives the same bytes again, such as an object in a
    /// store. Closures that open are such.
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
) -> Result<Vec<portal_asice::Document>, JobError> {
    entries
        .iter()
        .zip(contents)
        .zip(1..)
        .map(|((entry, content), number)| {
            let name = DocumentName::try_from(&entry.href)
                .map_err(|source| JobError::DocumentName { number, source })?;
            let media_type = MediaType::try_from(&entry.mime)
                .map_err(|source| JobError::MediaType { number, source })?;
            Ok(portal_asice::Document::new(
                name,
                media_type,
                content.into_source(),
            ))
        })
        .collect()
}
