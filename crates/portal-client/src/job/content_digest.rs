//! What a job sends, as digests.

use std::fmt::{self, Write};

use aws_lc_rs::digest::{Context, SHA256};
use portal_asice::MeasuredPackage;
use portal_model::MediaType;

use super::Job;

/// What a job sends, without the content itself: a digest of everything, and each document's name, media type and
/// digest. Two jobs with the same [`sha256`](Self::sha256) have the same manifest, sender, queue, reference and
/// documents.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobDigest {
    sha256: String,
    documents: Vec<DocumentDigest>,
}

/// A document of a job, without its content.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentDigest {
    name: String,
    /// The document's media type.
    pub media_type: MediaType,
    /// The SHA-256 of the document.
    pub sha256: [u8; 32],
}

impl JobDigest {
    pub(crate) fn new(job: &Job, measured: &MeasuredPackage) -> Self {
        let documents = measured.documents();
        let documents: Vec<DocumentDigest> = documents
            .map(|(name, media_type, sha256)| DocumentDigest {
                name: name.reveal().to_owned(),
                media_type,
                sha256,
            })
            .collect();
        let mut whole = Context::new(&SHA256);
        let mut part = |bytes: &[u8]| {
            // With its length, so that no two lists of parts are the same bytes.
            whole.update(&(bytes.len() as u64).to_be_bytes());
            whole.update(bytes);
        };
        let (sender, request) = (job.sender(), job.request());
        part(&measured.manifest_sha256());
        part(sender.organization_number().as_str().as_bytes());
        part(sender.queue().unwrap_or_default().as_bytes());
        let reference = request.reference.as_ref();
        part(reference.map_or(&[], |reference| reference.reveal().as_bytes()));
        for document in &documents {
            part(&document.sha256);
        }
        let digest = whole.finish();
        let sha256 = digest.as_ref().iter();
        Self {
            sha256: sha256.fold(String::new(), |mut text, byte| {
                // A text to write to never fails.
                let _written = write!(text, "{byte:02x}");
                text
            }),
            documents,
        }
    }

    /// Returns the SHA-256 of everything, in hexadecimal. The same job has the same in every process of this version.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Returns the documents, in their order.
    #[must_use]
    pub fn documents(&self) -> &[DocumentDigest] {
        &self.documents
    }
}

impl DocumentDigest {
    /// Returns the document's file name in the package. It may be personal data: names are made of titles.
    #[must_use]
    pub fn reveal_name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for JobDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobDigest")
            .field("sha256", &self.sha256)
            .field("documents", &self.documents)
            .finish()
    }
}

/// Without the name.
impl fmt::Debug for DocumentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentDigest")
            .field("media_type", &self.media_type)
            .finish_non_exhaustive()
    }
}
