//! The two forms of a manifest seen as one.

use std::borrow::Cow;

use crate::{
    Bounded, LegacyPortalDocument, ManifestContent, ManifestDocuments, PortalDocument,
    PortalSignatureJobManifest,
};

impl PortalSignatureJobManifest {
    /// Returns what is to be signed, in the form that new manifests have. The old form, one `document` that
    /// carries the job's titles, is turned into it: the job and its only document get the same title.
    #[must_use]
    pub fn documents(&self) -> Cow<'_, ManifestDocuments> {
        match &self.content {
            ManifestContent::Documents(documents) => Cow::Borrowed(documents),
            ManifestContent::Document(document) => Cow::Owned(document.clone().into()),
        }
    }
}

/// The old form in the new one.
impl From<LegacyPortalDocument> for ManifestDocuments {
    fn from(document: LegacyPortalDocument) -> Self {
        let LegacyPortalDocument {
            href,
            mime,
            title,
            nonsensitive_title,
            description,
        } = document;
        Self {
            title: title.clone(),
            nonsensitive_title,
            description,
            documents: Bounded::from(PortalDocument { href, mime, title }),
        }
    }
}
