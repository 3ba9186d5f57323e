//! What a verified package holds.

use std::fmt;

use jiff::Timestamp;
use portal_certificate::Certificate;
use portal_model::{MediaType, OrganizationNumber};

/// A package of which everything is verified.
#[derive(Clone)]
#[non_exhaustive]
pub struct VerifiedPackage {
    pub(crate) manifest: Vec<u8>,
    pub(crate) documents: Vec<VerifiedDocument>,
    pub(crate) chain: Vec<Certificate>,
    pub(crate) signing_time: Timestamp,
    pub(crate) organization_number: Option<OrganizationNumber>,
}

/// Without the manifest, which is full of personal data.
impl fmt::Debug for VerifiedPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedPackage")
            .field("documents", &self.documents)
            .field("chain", &self.chain)
            .field("signing_time", &self.signing_time)
            .field("organization_number", &self.organization_number)
            .finish_non_exhaustive()
    }
}

impl VerifiedPackage {
    /// Returns the manifest's bytes. That they are a valid manifest is not part of verifying.
    #[must_use]
    pub fn manifest(&self) -> &[u8] {
        &self.manifest
    }

    /// Returns the documents in the package's order.
    #[must_use]
    pub fn documents(&self) -> &[VerifiedDocument] {
        &self.documents
    }

    /// Turns the package into its documents.
    #[must_use]
    pub fn into_documents(self) -> Vec<VerifiedDocument> {
        self.documents
    }

    /// Returns the signing certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        // `check_certificates` never gives an empty path.
        &self.chain[0]
    }

    /// Returns the path from the signing certificate to the trust anchor.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Returns when the package was signed, as the signer states.
    #[must_use]
    pub fn signing_time(&self) -> Timestamp {
        self.signing_time
    }

    /// Returns the organisation that signed, if the certificate names one.
    #[must_use]
    pub fn organization_number(&self) -> Option<&OrganizationNumber> {
        self.organization_number.as_ref()
    }
}

/// A document of a verified package.
#[derive(Clone)]
pub struct VerifiedDocument {
    pub(crate) name: String,
    pub(crate) mime: String,
    pub(crate) bytes: Vec<u8>,
}

impl VerifiedDocument {
    /// Returns the name in the package. Handle it as personal data: it may hold the document's title.
    #[must_use]
    pub fn reveal_name(&self) -> &str {
        &self.name
    }

    /// Returns the media type that the signature states, as it is written there.
    #[must_use]
    pub fn mime(&self) -> &str {
        &self.mime
    }

    /// Returns the media type that the signature states, or `None` if it is an unknown one.
    #[must_use]
    pub fn media_type(&self) -> Option<MediaType> {
        MediaType::of(&self.mime)
    }

    /// Returns the document's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Turns the document into its bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl fmt::Debug for VerifiedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedDocument")
            .field("mime", &self.mime)
            .field("length", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
