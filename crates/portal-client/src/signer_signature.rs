//! One signer's status in a status change.

use std::fmt;

use portal_model::{DateTime, Signature, SignatureIdentifier, SignerStatus};

/// One signer's status, and whether there is a signature to fetch.
#[derive(Clone, Debug, PartialEq)]
pub struct SignerSignature {
    index: SignerIndex,
    signature: Signature,
}

impl SignerSignature {
    pub(crate) fn new(position: u32, signature: Signature) -> Self {
        Self {
            index: SignerIndex(position),
            signature,
        }
    }

    /// Returns what [`PortalClient::xades`](crate::PortalClient::xades) takes to fetch this signature.
    #[must_use]
    pub fn index(&self) -> SignerIndex {
        self.index
    }

    /// Returns the signer's status. The service may add further values.
    #[must_use]
    pub fn status(&self) -> &SignerStatus {
        &self.signature.status.value
    }

    /// Returns since when the signer has the status.
    #[must_use]
    pub fn since(&self) -> Option<&DateTime> {
        self.signature.status.since.as_ref()
    }

    /// Returns how the sender addressed the signer: personal data. None where the service says it in a way that
    /// this version does not know.
    #[must_use]
    pub fn signer(&self) -> Option<&SignatureIdentifier> {
        self.signature.identifier.as_ref()
    }

    /// Returns whether there is a XAdES to fetch.
    #[must_use]
    pub fn has_xades(&self) -> bool {
        self.signature.xades_url.is_some()
    }
}

/// Which signer of a job a XAdES is fetched of, taken from a [`SignerSignature`] or a stored
/// [`JobRecord`](crate::JobRecord). It belongs to the change or record that it was taken from.
///
/// Its text is a number from 1, fit for file names. A later change may give the same signer another number:
/// save the XAdES of all signers again with each change, over the earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct SignerIndex(u32);

impl SignerIndex {
    pub(crate) fn new(position: u32) -> Self {
        Self(position)
    }

    /// Returns its number, from 1, which is also its text.
    #[must_use]
    pub fn number(self) -> u64 {
        u64::from(self.0) + 1
    }

    pub(crate) fn position(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for SignerIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}
