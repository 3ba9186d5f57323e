//! What a job holds besides its course: documents, and who its signers are.

use std::fmt;

use bytes::Bytes;
use portal_model::{
    Description, IdentifierInSignedDocuments, NonsensitiveTitle, SignatureIdentifier,
    SignatureJobReference, SignerNotify, Title,
};

/// What was sent with a job and stays as it is.
#[derive(Debug)]
pub(crate) struct JobContent {
    pub(crate) reference: Option<SignatureJobReference>,
    pub(crate) title: Title,
    pub(crate) nonsensitive_title: Option<NonsensitiveTitle>,
    pub(crate) description: Option<Description>,
    pub(crate) identifier_in_signed_documents: IdentifierInSignedDocuments,
    pub(crate) signers: Vec<SignerContent>,
    pub(crate) documents: Vec<StoredDocument>,
}

impl JobContent {
    /// Nothing but a title.
    #[cfg(test)]
    pub(crate) fn titled(title: &str) -> Self {
        Self {
            reference: None,
            title: Title::unchecked(title),
            nonsensitive_title: None,
            description: None,
            identifier_in_signed_documents: IdentifierInSignedDocuments::Name,
            signers: Vec::new(),
            documents: Vec::new(),
        }
    }

    /// The same without the documents, once they are deleted.
    pub(crate) fn without_documents(&self) -> Self {
        Self {
            reference: self.reference.clone(),
            title: self.title.clone(),
            nonsensitive_title: self.nonsensitive_title.clone(),
            description: self.description.clone(),
            identifier_in_signed_documents: self.identifier_in_signed_documents,
            signers: self.signers.clone(),
            documents: Vec::new(),
        }
    }
}

/// Who a signer is, and how the signer is notified.
#[derive(Debug, Clone)]
pub(crate) struct SignerContent {
    /// As responses name the signer.
    pub(crate) identifier: SignatureIdentifier,
    pub(crate) notify: SignerNotify,
}

/// A document as it was sent.
pub(crate) struct StoredDocument {
    /// Its name in the package.
    pub(crate) name: String,
    pub(crate) title: Title,
    pub(crate) mime: String,
    pub(crate) bytes: Bytes,
}

impl fmt::Debug for StoredDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredDocument")
            .field("mime", &self.mime)
            .field("length", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
