//! What is found in the documents that came back. Nothing here holds up a change.

use std::error::Error as StdError;
use std::fmt;

use bytes::Bytes;
use portal_verify::{JobReport, Received, Sent, job};

/// Assesses the documents of a change before its event is made.
///
/// [`PortalVerifier`] is the default. Whatever it returns, the change is confirmed and delivered: an error leaves
/// the event without findings, and a `broken` finding has the documents downloaded once more.
pub trait DocumentVerifier: fmt::Debug + Send + Sync {
    /// Assesses what came back. It is called on a thread for blocking work, for one change at a time.
    ///
    /// # Errors
    /// When the documents could not be assessed.
    fn verify(
        &self,
        documents: &SignedDocuments,
    ) -> Result<JobReport, Box<dyn StdError + Send + Sync>>;
}

/// The documents of a change, as they came back.
#[derive(Clone)]
#[non_exhaustive]
pub struct SignedDocuments {
    /// What was sent, without the content; empty for a job that was not created through this store.
    pub sent: Sent,
    /// How many signers had signed at the status change.
    pub signed: usize,
    /// Whether others could still sign after it. The PDF has all signatures until it was downloaded, which may be more.
    pub in_progress: bool,
    /// The signed PDF, if there is one.
    pub pades: Option<Bytes>,
    /// The XAdES documents, in the order of the signers.
    pub xades: Vec<Bytes>,
}

impl SignedDocuments {
    pub(crate) fn new(sent: Sent, signed: usize, in_progress: bool) -> Self {
        Self {
            sent,
            signed,
            in_progress,
            pades: None,
            xades: Vec::new(),
        }
    }
}

/// Without the documents.
impl fmt::Debug for SignedDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedDocuments")
            .field("sent", &self.sent)
            .field("signed", &self.signed)
            .field("in_progress", &self.in_progress)
            .field("has_pades", &self.pades.is_some())
            .field("xades", &self.xades.len())
            .finish()
    }
}

/// Reports the findings of the crate `portal-verify`: whether the documents are whole, and of the job that was sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct PortalVerifier;

impl DocumentVerifier for PortalVerifier {
    fn verify(
        &self,
        documents: &SignedDocuments,
    ) -> Result<JobReport, Box<dyn StdError + Send + Sync>> {
        let mut received = Received::new().signed(documents.signed);
        if documents.in_progress {
            received = received.in_progress();
        }
        if let Some(pades) = &documents.pades {
            received = received.pades(pades);
        }
        let received = documents
            .xades
            .iter()
            .fold(received, |received, xades| received.xades(xades));
        Ok(job(&documents.sent, &received))
    }
}
