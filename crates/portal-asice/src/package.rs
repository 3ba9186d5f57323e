//! Builds packages.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;
use portal_model::MediaType;

use crate::archive_writer::{self as archive, DosTime, Entry};
use crate::error::{PackageError, WriteError};
use crate::measure::{CHUNK, Facts, measure, measure_bytes};
use crate::name::DocumentName;
use crate::reader::PackageReader;
use crate::segment::{Segment, SegmentBytes};
use crate::signer::PackageSigner;
use crate::source::{DocumentSource, PackageDocument};
use crate::xades::{self, SignedFile};

/// The manifest's name in the package.
pub(crate) const MANIFEST: &str = "manifest.xml";
/// The name of the file that states the container's type, which other writers put first.
pub(crate) const MIMETYPE: &str = "mimetype";
/// The signature document's name.
pub(crate) const SIGNATURES: &str = "META-INF/signatures.xml";

/// Builds a package of documents and a manifest, and has it signed.
#[derive(Clone)]
#[must_use = "a builder makes nothing until `build` is called"]
pub struct PackageBuilder<'a> {
    signer: &'a dyn PackageSigner,
    documents: Vec<PackageDocument>,
    manifest: Option<Vec<u8>>,
}

impl<'a> PackageBuilder<'a> {
    /// Creates a builder of packages that the signer signs.
    pub fn new(signer: &'a dyn PackageSigner) -> Self {
        Self {
            signer,
            documents: Vec::new(),
            manifest: None,
        }
    }

    /// Adds a document. Order is kept.
    pub fn document(mut self, document: PackageDocument) -> Self {
        self.documents.push(document);
        self
    }

    /// Sets the manifest, the XML of `portal-signature-job-manifest`. It is packed unchanged.
    pub fn manifest(mut self, manifest: impl Into<Vec<u8>>) -> Self {
        self.manifest = Some(manifest.into());
        self
    }

    /// Builds the package: reads every document once and signs.
    ///
    /// The signing time must be right: the service refuses a package whose time is more than five
    /// seconds off its own. Where documents are slow to read, [`measure`](Self::measure) first and sign
    /// then. The result is the same for the same input, byte for byte.
    ///
    /// # Errors
    /// [`PackageError`] if a document can't be read, something is missing or there twice, or
    /// signing fails.
    pub fn build(self, signing_time: Timestamp) -> Result<Package, PackageError> {
        let signer = self.signer;
        self.measure()?.sign(signer, signing_time)
    }

    /// Reads every document once, for digest, checksum and length, and leaves the signing for later.
    ///
    /// # Errors
    /// [`PackageError`] if a document can't be read, or something is missing or there twice.
    pub fn measure(self) -> Result<MeasuredPackage, PackageError> {
        let manifest = self.manifest.ok_or(PackageError::NoManifest)?;
        if self.documents.is_empty() {
            return Err(PackageError::NoDocument);
        }
        for (second, document) in self.documents.iter().enumerate() {
            let clash = self.documents[..second]
                .iter()
                .position(|other| other.name.clashes_with(&document.name));
            if let Some(first) = clash {
                return Err(PackageError::SameName {
                    first: first + 1,
                    second: second + 1,
                });
            }
        }

        let mut buffer = Vec::new();
        let mut documents = Vec::with_capacity(self.documents.len());
        for (index, document) in self.documents.into_iter().enumerate() {
            let facts =
                measure(&document.source, &mut buffer).map_err(|source| PackageError::Read {
                    position: index + 1,
                    source,
                })?;
            documents.push((document, facts));
        }
        let manifest_facts = measure_bytes(&manifest);
        Ok(MeasuredPackage {
            documents,
            manifest,
            manifest_facts,
        })
    }
}

/// A package whose documents have been read for their digests, ready to be signed. Can be signed again for a
/// new signing time, without reading the documents again.
///
/// ```
/// use portal_asice::{PackageDocument, DocumentName, DocumentSource, PackageBuilder, PackageError, PackageSigner};
///
/// fn package(signer: &dyn PackageSigner, pdf: Vec<u8>) -> Result<u64, PackageError> {
///     # let name = DocumentName::new("01_document.pdf").map_err(|_| PackageError::NoDocument)?;
///     let measured = PackageBuilder::new(signer)
///         .document(PackageDocument::pdf(name, DocumentSource::bytes(pdf)))
///         .manifest("<portal-signature-job-manifest/>")
///         .measure()?;
///     // Whatever has to be waited for comes here.
///     Ok(measured.sign(signer, jiff::Timestamp::now())?.len())
/// }
/// ```
#[derive(Clone)]
pub struct MeasuredPackage {
    documents: Vec<(PackageDocument, Facts)>,
    manifest: Vec<u8>,
    manifest_facts: Facts,
}

impl MeasuredPackage {
    /// Returns name, media type and SHA-256 of each document, in the order of the package: what is to
    /// be found again in what comes back signed.
    pub fn documents(
        &self,
    ) -> impl ExactSizeIterator<Item = (&DocumentName, MediaType, &[u8; 32])> {
        let documents = self.documents.iter();
        documents.map(|(document, facts)| (&document.name, document.media_type, &facts.sha256))
    }

    /// Returns the SHA-256 of the manifest.
    #[must_use]
    pub fn manifest_sha256(&self) -> [u8; 32] {
        self.manifest_facts.sha256
    }

    /// Signs the package.
    ///
    /// # Errors
    /// [`PackageError`] if signing fails.
    pub fn sign(
        &self,
        signer: &dyn PackageSigner,
        signing_time: Timestamp,
    ) -> Result<Package, PackageError> {
        let documents = self.documents.iter();
        let files: Vec<SignedFile<'_>> = documents
            .map(|(document, facts)| SignedFile {
                name: document.name.reveal(),
                mime: document.media_type.as_str(),
                sha256: facts.sha256,
            })
            .chain([SignedFile {
                name: MANIFEST,
                mime: "application/xml",
                sha256: self.manifest_facts.sha256,
            }])
            .collect();
        let signatures = xades::signatures_xml(signer, &files, signing_time)?.into_bytes();
        // No digest states this file, as it holds them.
        let checksum = crc32fast::hash(&signatures);

        let mut layout = Layout::new(DosTime::new(signing_time));
        for (document, facts) in &self.documents {
            let content = Content::Document(document.source.clone(), *facts);
            layout.add(document.name.reveal(), facts.crc32, content)?;
        }
        let manifest = Content::Bytes(self.manifest.clone());
        layout.add(MANIFEST, self.manifest_facts.crc32, manifest)?;
        layout.add(SIGNATURES, checksum, Content::Bytes(signatures))?;
        layout.finish()
    }
}

/// Without the manifest, which has the signers in it.
impl fmt::Debug for MeasuredPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeasuredPackage")
            .field("documents", &self.documents.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PackageBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackageBuilder")
            .field("documents", &self.documents)
            .finish_non_exhaustive()
    }
}

/// A signed package, ready to be written or sent, as often as needed. Cheap to clone.
///
/// Its length is exact and known; its documents are read from their sources while it is written.
#[derive(Clone)]
pub struct Package {
    segments: Arc<[Segment]>,
    length: u64,
}

impl Package {
    /// Returns the package's exact length in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no package is empty")]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Returns a reader of the package from its start: for the body of a request, once for each attempt.
    ///
    /// Reading fails with [`WriteError`] inside the `io::Error` if a document can't be read
    /// again or has changed; the end of the package never comes then, however often it is read.
    #[must_use]
    pub fn reader(&self) -> PackageReader {
        PackageReader::new(Arc::clone(&self.segments))
    }

    /// Turns the package into a reader, as [`reader`](Self::reader) does.
    #[must_use]
    pub fn into_reader(self) -> PackageReader {
        PackageReader::new(self.segments)
    }

    /// Returns the package's bytes in several pieces, in their order, if all documents are in memory;
    /// nothing is copied. Returns `None` if a document has to be read from elsewhere.
    ///
    /// ```
    /// # use portal_asice::Package;
    /// fn whole(package: &Package) -> Option<Vec<u8>> {
    ///     let pieces = package.in_memory()?;
    ///     Some(pieces.flat_map(|piece| piece.as_ref().to_vec()).collect())
    /// }
    /// ```
    #[must_use]
    pub fn in_memory(
        &self,
    ) -> Option<impl Iterator<Item = impl AsRef<[u8]> + Send + Sync + use<>> + use<>> {
        let segments = Arc::clone(&self.segments);
        let all = segments.iter().all(|segment| segment.in_memory().is_ok());
        all.then(|| {
            (0..segments.len()).map(move |index| SegmentBytes {
                segments: Arc::clone(&segments),
                index,
            })
        })
    }

    /// Writes the package and returns its length.
    ///
    /// # Errors
    /// [`WriteError`] if a document can't be read again, has changed, or writing fails. What has
    /// been written up to there is no package.
    pub fn write_to(&self, sink: &mut (impl Write + ?Sized)) -> Result<u64, WriteError> {
        let mut buffer = Vec::new();
        let mut write = |bytes: &[u8]| {
            sink.write_all(bytes)
                .map_err(|source| WriteError::Write { source })
        };
        for segment in &*self.segments {
            match segment.in_memory() {
                Ok(bytes) => write(bytes)?,
                Err(outside) => {
                    let mut document = outside.open()?;
                    buffer.resize(CHUNK, 0);
                    loop {
                        match document.read(&mut buffer)? {
                            0 => break,
                            count => write(&buffer[..count])?,
                        }
                    }
                }
            }
        }
        Ok(self.length)
    }

    /// Returns the package's bytes, in memory.
    ///
    /// # Errors
    /// [`WriteError`] if a document can't be read again or has changed.
    pub fn into_bytes(self) -> Result<Vec<u8>, WriteError> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.length).unwrap_or(0));
        self.write_to(&mut bytes)?;
        Ok(bytes)
    }
}

impl fmt::Debug for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Package")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

enum Content {
    Bytes(Vec<u8>),
    Document(DocumentSource, Facts),
}

/// Collects the package's stretches.
struct Layout {
    time: DosTime,
    segments: Vec<Segment>,
    directory: Vec<(String, u32, u32, u32)>,
    length: u64,
}

impl Layout {
    fn new(time: DosTime) -> Self {
        Self {
            time,
            segments: Vec::new(),
            directory: Vec::new(),
            length: 0,
        }
    }

    fn add(&mut self, name: &str, crc32: u32, content: Content) -> Result<(), PackageError> {
        let content_length = match &content {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::Document(_, facts) => facts.length,
        };
        let length = u32::try_from(content_length).map_err(|_| PackageError::TooLarge)?;
        let offset = u32::try_from(self.length).map_err(|_| PackageError::TooLarge)?;
        let entry = Entry {
            name,
            length,
            crc32,
        };
        let header = archive::local_header(&entry, self.time);
        self.length += header.len() as u64 + content_length;
        self.segments.push(Segment::Bytes(header));
        self.segments.push(match content {
            Content::Bytes(bytes) => Segment::Bytes(bytes),
            Content::Document(source, facts) => Segment::Document {
                position: self.directory.len() + 1,
                source,
                facts,
            },
        });
        self.directory
            .push((name.to_owned(), length, crc32, offset));
        Ok(())
    }

    fn finish(mut self) -> Result<Package, PackageError> {
        let start = u32::try_from(self.length).map_err(|_| PackageError::TooLarge)?;
        let entries: Vec<(Entry<'_>, u32)> = self
            .directory
            .iter()
            .map(|(name, length, crc32, offset)| {
                (
                    Entry {
                        name,
                        length: *length,
                        crc32: *crc32,
                    },
                    *offset,
                )
            })
            .collect();
        let directory =
            archive::directory(&entries, self.time, start).ok_or(PackageError::TooLarge)?;
        let length = self.length + directory.len() as u64;
        self.segments.push(Segment::Bytes(directory));
        Ok(Package {
            segments: self.segments.into(),
            length,
        })
    }
}
