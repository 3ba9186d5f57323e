//! A job as the checks see it.

use jiff::Timestamp;
use portal_model::{
    Href, ManifestContent, Mime, PortalSignatureJobManifest, PortalSignatureJobRequest,
    PortalSigner, Title,
};

use crate::place::{DocumentPart, Place};
use crate::{DocumentFacts, Needs, Sector, SenderProfile};

/// Everything that a check may look at.
#[derive(Clone, Copy)]
pub(crate) struct Job<'a> {
    pub(crate) manifest: &'a PortalSignatureJobManifest,
    pub(crate) request: Option<&'a PortalSignatureJobRequest>,
    pub(crate) files: Option<&'a [DocumentFacts]>,
    pub(crate) profile: &'a SenderProfile,
    pub(crate) now: Timestamp,
}

/// A document of either form of manifest.
#[derive(Clone, Copy)]
pub(crate) struct Document<'a> {
    index: Option<usize>,
    pub(crate) href: &'a Href,
    pub(crate) mime: &'a Mime,
    /// The document's own title; the old form has only that of the job.
    pub(crate) title: Option<&'a Title>,
}

impl Document<'_> {
    pub(crate) fn place(&self, part: DocumentPart) -> Place {
        Place::Document(self.index, part)
    }
}

/// A text of the job's own, with its place.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'a> {
    pub(crate) place: Place,
    pub(crate) text: &'a str,
}

impl<'a> Job<'a> {
    /// Whether there is what a rule needs.
    pub(crate) fn has(&self, needs: Needs) -> bool {
        match needs {
            Needs::Manifest => true,
            Needs::Sector => self.profile.sector != Sector::Unknown,
            Needs::Files => self.files.is_some(),
            Needs::Request => self.request.is_some(),
        }
    }

    /// The signers with their indexes.
    pub(crate) fn signers(&self) -> impl Iterator<Item = (usize, &'a PortalSigner)> + use<'a> {
        self.manifest.signers.iter().enumerate()
    }

    pub(crate) fn document_count(&self) -> usize {
        match &self.manifest.content {
            ManifestContent::Documents(content) => content.documents.len(),
            ManifestContent::Document(_) => 1,
        }
    }

    pub(crate) fn documents(&self) -> impl Iterator<Item = Document<'a>> + use<'a> {
        let (listed, single) = match &self.manifest.content {
            ManifestContent::Documents(content) => (&content.documents[..], None),
            ManifestContent::Document(document) => (&[][..], Some(document)),
        };
        let listed = listed.iter().enumerate().map(|(index, document)| Document {
            index: Some(index),
            href: &document.href,
            mime: &document.mime,
            title: Some(&document.title),
        });
        let single = single.into_iter().map(|document| Document {
            index: None,
            href: &document.href,
            mime: &document.mime,
            title: None,
        });
        listed.chain(single)
    }

    /// The documents with their files, as far as there are both.
    pub(crate) fn files(&self) -> impl Iterator<Item = (Document<'a>, &'a DocumentFacts)> {
        self.documents().zip(self.files.unwrap_or_default())
    }

    pub(crate) fn title(&self) -> Placed<'a> {
        match &self.manifest.content {
            ManifestContent::Documents(content) => Placed {
                place: Place::Title,
                text: content.title.reveal(),
            },
            ManifestContent::Document(document) => Placed {
                place: Place::Document(None, DocumentPart::Title),
                text: document.title.reveal(),
            },
        }
    }

    pub(crate) fn nonsensitive_title(&self) -> Option<Placed<'a>> {
        let (place, title) = match &self.manifest.content {
            ManifestContent::Documents(content) => (
                Place::NonsensitiveTitle,
                content.nonsensitive_title.as_ref(),
            ),
            ManifestContent::Document(document) => (
                Place::Document(None, DocumentPart::NonsensitiveTitle),
                document.nonsensitive_title.as_ref(),
            ),
        };
        title.map(|title| Placed {
            place,
            text: title.reveal(),
        })
    }

    pub(crate) fn description(&self) -> Option<Placed<'a>> {
        let (place, description) = match &self.manifest.content {
            ManifestContent::Documents(content) => {
                (Place::Description, content.description.as_ref())
            }
            ManifestContent::Document(document) => (
                Place::Document(None, DocumentPart::Description),
                document.description.as_ref(),
            ),
        };
        description.map(|description| Placed {
            place,
            text: description.reveal(),
        })
    }

    pub(crate) fn reference(&self) -> Option<Placed<'a>> {
        let reference = self.request?.reference.as_ref()?;
        Some(Placed {
            place: Place::Reference,
            text: reference.reveal(),
        })
    }

    pub(crate) fn queue(&self) -> Option<Placed<'a>> {
        let queue = self.request?.polling_queue.as_ref()?;
        Some(Placed {
            place: Place::PollingQueue,
            text: queue,
        })
    }
}
