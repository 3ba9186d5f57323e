//! Documents, and where their bytes come from.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use portal_model::MediaType;

use crate::name::DocumentName;

/// One document of a package: its name, its media type and the source of its bytes.
///
/// The three travel together, so that the signature names the media type that the document has.
/// The manifest must name the same one: make its `mime` from [`media_type`](Self::media_type).
#[derive(Debug, Clone)]
pub struct PackageDocument {
    pub(crate) name: DocumentName,
    pub(crate) media_type: MediaType,
    pub(crate) source: DocumentSource,
}

impl PackageDocument {
    /// Creates a document.
    #[must_use]
    pub const fn new(name: DocumentName, media_type: MediaType, source: DocumentSource) -> Self {
        Self {
            name,
            media_type,
            source,
        }
    }

    /// Creates a PDF document.
    #[must_use]
    pub const fn pdf(name: DocumentName, source: DocumentSource) -> Self {
        Self::new(name, MediaType::Pdf, source)
    }

    /// Creates a document of plain text.
    #[must_use]
    pub const fn plain_text(name: DocumentName, source: DocumentSource) -> Self {
        Self::new(name, MediaType::PlainText, source)
    }

    /// Returns the document's name in the package.
    #[must_use]
    pub const fn name(&self) -> &DocumentName {
        &self.name
    }

    /// Returns the document's media type.
    #[must_use]
    pub const fn media_type(&self) -> MediaType {
        self.media_type
    }

    /// Returns the document's length in bytes if it is in memory; `None` if it has to be read from elsewhere.
    #[must_use]
    pub fn length_in_memory(&self) -> Option<usize> {
        match &self.source.0 {
            Source::Memory(bytes) => Some((**bytes).as_ref().len()),
            Source::Reopen(_) => None,
        }
    }

    /// Reads the document into memory, if it is not there already.
    ///
    /// # Errors
    /// Whatever keeps it from being read.
    pub fn load(&self) -> io::Result<Self> {
        let source = self.source.load()?;
        Ok(Self {
            source,
            ..self.clone()
        })
    }
}

/// Where a document's bytes come from. Cheap to clone.
///
/// A document is read twice: when the package is built, for its digest and length, and when the
/// package is written. In between nothing of it is kept but what the source itself keeps.
#[derive(Clone)]
pub struct DocumentSource(pub(crate) Source);

#[derive(Clone)]
pub(crate) enum Source {
    Memory(Arc<dyn AsRef<[u8]> + Send + Sync>),
    Reopen(Arc<dyn Reopen>),
}

impl DocumentSource {
    /// Creates a source from bytes in memory: a `Vec<u8>`, a `&'static [u8]`, an `Arc<[u8]>`, a `Bytes`. They are not
    /// copied.
    #[must_use]
    pub fn bytes(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self(Source::Memory(Arc::new(bytes)))
    }

    /// Creates a source from a file, which is opened again for each reading.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self::reopen(move || Ok(Box::new(File::open(&path)?) as Box<dyn Read + Send>))
    }

    /// Creates a source from anything that can be opened again and then gives the same bytes again.
    #[must_use]
    pub fn reopen(source: impl Reopen + 'static) -> Self {
        Self(Source::Reopen(Arc::new(source)))
    }
}

impl DocumentSource {
    fn load(&self) -> io::Result<Self> {
        match &self.0 {
            Source::Memory(_) => Ok(self.clone()),
            Source::Reopen(source) => {
                let mut bytes = Vec::new();
                // No file of a package is larger.
                source
                    .open()?
                    .take(u64::from(u32::MAX))
                    .read_to_end(&mut bytes)?;
                Ok(Self::bytes(bytes))
            }
        }
    }
}

impl fmt::Debug for DocumentSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Memory(_) => "DocumentSource(in memory)",
            Source::Reopen(_) => "DocumentSource(reopened)",
        })
    }
}

/// A source that can be read from its start as often as needed. Closures that open one implement it.
pub trait Reopen: Send + Sync {
    /// Opens the source at its first byte.
    ///
    /// # Errors
    /// Whatever keeps it from being opened.
    fn open(&self) -> io::Result<Box<dyn Read + Send>>;
}

impl<F> Reopen for F
where
    F: Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync,
{
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        self()
    }
}
