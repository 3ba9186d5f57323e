//! What was sent, as far as it can be found again in what comes back.

use std::fmt;

use serde::Serialize;

use crate::certificate::Fingerprint;

/// A document that was sent: name, media type and digest.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct SentDocument {
    /// Its file name in the package. Perhaps personal data: names are made from titles.
    pub name: String,
    /// Its media type, such as `application/pdf`.
    pub media_type: String,
    /// The SHA-256 of its bytes.
    pub sha256: Fingerprint,
}

impl fmt::Debug for SentDocument {
    /// Leaves out the name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentDocument")
            .field("media_type", &self.media_type)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

/// What was sent with a job, to be kept beside its record until the signed documents come back.
///
/// ```
/// use portal_verify::{Fingerprint, Sent};
///
/// let sent = Sent::new().document("agreement.pdf", "application/pdf", Fingerprint::of(b"%PDF-1.7"));
/// let stored = serde_json::to_string(&sent)?;
/// assert_eq!(serde_json::from_str::<Sent>(&stored)?, sent);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Sent {
    /// The documents in the order of the job.
    pub documents: Vec<SentDocument>,
}

impl Sent {
    /// Creates what a job without documents has.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a document.
    #[must_use]
    pub fn document(
        mut self,
        name: impl Into<String>,
        media_type: impl Into<String>,
        sha256: Fingerprint,
    ) -> Self {
        self.documents.push(SentDocument {
            name: name.into(),
            media_type: media_type.into(),
            sha256,
        });
        self
    }
}
