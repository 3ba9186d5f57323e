//! Building a job: documents, signers and terms; and the proof that it may be sent.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use portal_asice::{MeasuredPackage, NameError, PackageBuilder, PackageError};
use portal_model::{
    AuthenticationLevel, Availability, AvailableSeconds, Bounded, DateTime, Description,
    IdentifierInSignedDocuments, ManifestDocuments, NonsensitiveTitle, PortalSignatureJobManifest,
    PortalSignatureJobRequest, SignatureJobReference, Title, UnknownMediaType, XmlDocument,
};
use portal_rules::{Report, ValidJob};

pub use self::content_digest::{DocumentDigest, JobDigest};
pub use self::document::{Content, Document};
pub use self::signer::{Notification, Signer};
use crate::error::Error;
use crate::{Profile, Sender};

mod content_digest;
mod document;
mod signer;

/// A job that keeps the service's rules, with its documents: what [`PortalClient::create`] takes.
///
/// Only [`JobBuilder::build`] makes one. It can be created again after an error that allows it, and it
/// can be inspected without being sent. Cheap to clone.
///
/// [`PortalClient::create`]: crate::PortalClient::create
#[derive(Clone, Debug)]
pub struct Job {
    valid: ValidJob,
    sender: Sender,
    documents: Vec<portal_asice::PackageDocument>,
}

impl Job {
    /// Returns the sender: the job's own, or the one of its client or profile.
    #[must_use]
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Returns the manifest that goes into the package.
    #[must_use]
    pub fn manifest(&self) -> &PortalSignatureJobManifest {
        self.valid.manifest()
    }

    /// Returns the request that goes with the package.
    #[must_use]
    pub fn request(&self) -> &PortalSignatureJobRequest {
        self.valid.request()
    }

    /// Returns the warnings of the rules. None of them keeps the job from being sent.
    pub fn report(&self) -> &Report {
        self.valid.report()
    }

    /// Makes and signs the job's package without a client. Documents are read and the package is signed on
    /// the calling thread. The service takes a package only within five seconds of `signing_time`.
    ///
    /// # Errors
    /// When a document can't be read, or `signer` does not sign.
    pub fn package_blocking(
        &self,
        signer: &dyn portal_asice::PackageSigner,
        signing_time: Timestamp,
    ) -> Result<portal_asice::Package, Error> {
        let manifest = self
            .manifest()
            .to_xml()
            .map_err(|source| Error::Xml { source })?;
        let mut builder = PackageBuilder::new(signer).manifest(manifest.into_bytes());
        for document in self.documents.iter().cloned() {
            builder = builder.document(document);
        }
        Ok(builder.build(signing_time)?)
    }

    /// Returns the length of all documents together if they are in memory.
    pub(crate) fn length_in_memory(&self) -> Option<usize> {
        let lengths = self
            .documents
            .iter()
            .map(portal_asice::PackageDocument::length_in_memory);
        lengths.sum()
    }

    /// The work of reading the documents, for a thread that may block. `in_memory` keeps what was read, where
    /// the package is needed as a whole later.
    pub(crate) fn measuring(
        &self,
        signer: Arc<dyn portal_asice::PackageSigner>,
        in_memory: bool,
    ) -> Result<impl FnOnce() -> Result<MeasuredPackage, Error> + Send + use<>, Error> {
        let manifest = self
            .manifest()
            .to_xml()
            .map_err(|source| Error::Xml { source })?;
        let documents = self.documents.clone();
        Ok(move || {
            let mut builder = PackageBuilder::new(&*signer).manifest(manifest.into_bytes());
            for (document, position) in documents.into_iter().zip(1..) {
                builder = builder.document(if in_memory {
                    document
                        .load()
                        .map_err(|source| PackageError::read(position, source))?
                } else {
                    document
                });
            }
            Ok(builder.measure()?)
        })
    }
}

/// A job under construction, from [`PortalClient::job`](crate::PortalClient::job) or [`Profile::job`].
///
/// Nothing is checked before [`build`](Self::build), and what is not set does not go on the wire. A clone
/// begins another job with the same content, such as one letter to many people.
///
/// ```
/// # async fn example(client: portal_client::PortalClient) -> Result<(), portal_client::Error> {
/// use portal_client::{Document, Notification, Signer};
///
/// let pdf = b"%PDF-1.7 ...".to_vec();
/// let job = client
///     .job("Job title")
///     .document(Document::pdf("Document title", pdf))
///     .signer(Signer::by_personal_number("12345678910", Notification::lookup()).order(1))
///     .signer(Signer::by_email("signer2@example.com").order(2))
///     .reference("123-ABC")
///     .build()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a job is made of its builder by JobBuilder::build"]
pub struct JobBuilder {
    profile: Profile,
    title: Title,
    nonsensitive_title: Option<NonsensitiveTitle>,
    description: Option<Description>,
    documents: Vec<Document>,
    signers: Vec<Signer>,
    sender: Option<Sender>,
    reference: Option<SignatureJobReference>,
    required_authentication: Option<AuthenticationLevel>,
    identifier_in_signed_documents: Option<IdentifierInSignedDocuments>,
    availability: Option<Availability>,
}

impl JobBuilder {
    pub(crate) fn new(title: impl Into<String>, profile: Profile) -> Self {
        Self {
            profile,
            title: Title::unchecked(title),
            nonsensitive_title: None,
            description: None,
            documents: Vec::new(),
            signers: Vec::new(),
            sender: None,
            reference: None,
            required_authentication: None,
            identifier_in_signed_documents: None,
            availability: None,
        }
    }

    /// Adds a document; signers see them in this order. 1 to 20, together at most 10 MiB.
    pub fn document(mut self, document: Document) -> Self {
        self.documents.push(document);
        self
    }

    /// Adds documents, in their order.
    pub fn documents(mut self, documents: impl IntoIterator<Item = Document>) -> Self {
        self.documents.extend(documents);
        self
    }

    /// Adds a signer. 1 to 10.
    pub fn signer(mut self, signer: Signer) -> Self {
        self.signers.push(signer);
        self
    }

    /// Adds signers, in their order.
    pub fn signers(mut self, signers: impl IntoIterator<Item = Signer>) -> Self {
        self.signers.extend(signers);
        self
    }

    /// Sets a title for e-mails and wherever else the real one must not be seen: 1 to 80 characters.
    pub fn nonsensitive_title(mut self, title: impl Into<String>) -> Self {
        self.nonsensitive_title = Some(NonsensitiveTitle::unchecked(title));
        self
    }

    /// Sets a message to the signers: at most 220 characters.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(Description::unchecked(description));
        self
    }

    /// Sets the sender's own reference, at most 50 characters, which every response about the job repeats.
    /// It is the only way to find a job whose create had an unknown outcome: give each job its own.
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(SignatureJobReference::unchecked(reference));
        self
    }

    /// Sets the sender, and the queue that the job's changes arrive on, in place of the client's sender.
    pub fn sender(mut self, sender: Sender) -> Self {
        self.sender = Some(sender);
        self
    }

    /// Sets how well signers must prove who they are. The service defaults to level 4.
    pub fn require_authentication(mut self, level: AuthenticationLevel) -> Self {
        self.required_authentication = Some(level);
        self
    }

    /// Sets how signers are named in the signed documents.
    pub fn identifier_in_signed_documents(
        mut self,
        identifier: IdentifierInSignedDocuments,
    ) -> Self {
        self.identifier_in_signed_documents = Some(identifier);
        self
    }

    /// Sets when the job opens to its first signers. Defaults to at once.
    pub fn activate_at(mut self, time: DateTime) -> Self {
        self.availability_mut().activation_time = Some(time);
        self
    }

    /// Sets how long each group of signers with the same order has, from when the job opens to them: at most
    /// 90 days, counted in whole seconds. The service defaults to 30 days.
    pub fn available_for(mut self, duration: Duration) -> Self {
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        self.availability_mut().available_seconds = Some(AvailableSeconds::unchecked(seconds));
        self
    }

    fn availability_mut(&mut self) -> &mut Availability {
        self.availability.get_or_insert_default()
    }

    /// Checks the job against every rule of the service.
    ///
    /// About a hundred kilobytes of each document are read, on a thread for blocking work unless all
    /// documents are in memory. Documents are read in full when the job is sent, and must not change in
    /// between.
    ///
    /// # Errors
    /// [`JobError::Rules`] with every violation at once, [`JobError::NoSender`] when neither the job nor its
    /// client has a sender, [`JobError::Document`] when a document can't be read.
    pub async fn build(self) -> Result<Job, JobError> {
        if self.documents.iter().all(Document::is_in_memory) {
            return self.build_blocking();
        }
        match tokio::task::spawn_blocking(move || self.build_blocking()).await {
            Ok(built) => built,
            Err(cut_short) => Err(JobError::Aborted {
                source: cut_short.into(),
            }),
        }
    }

    /// Checks the job as [`build`](Self::build) does, and reads documents on the calling thread. For programs
    /// without async.
    ///
    /// # Errors
    /// As for [`build`](Self::build).
    pub fn build_blocking(self) -> Result<Job, JobError> {
        let sender = self
            .sender
            .or_else(|| self.profile.sender().cloned())
            .ok_or(JobError::NoSender)?;
        let now = self.profile.now();
        let facts = document::facts(&self.documents)?;
        let (entries, contents) = document::entries(self.documents);
        let mut content = ManifestDocuments::new(self.title, Bounded::unchecked(entries));
        content.nonsensitive_title = self.nonsensitive_title;
        content.description = self.description;
        let signers = self.signers.into_iter().map(Signer::into_model).collect();
        let mut manifest = PortalSignatureJobManifest::new(
            Bounded::unchecked(signers),
            portal_model::ManifestSender::new(sender.organization_number().clone()),
            content.into(),
        );
        manifest.required_authentication = self.required_authentication;
        manifest.availability = self.availability;
        manifest.identifier_in_signed_documents = self.identifier_in_signed_documents;
        let mut request = PortalSignatureJobRequest::new();
        request.reference = self.reference;
        request.polling_queue = sender.queue().map(str::to_owned);
        let valid = portal_rules::validate(manifest, request, &facts, self.profile.rules(), now)?;
        let documents = document::packed(&valid.manifest().documents().documents, contents)?;
        Ok(Job {
            valid,
            sender,
            documents,
        })
    }
}

/// Why a job was not built. Nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// The job breaks rules of the service; the report has every violation.
    #[error(transparent)]
    Rules(#[from] Report),
    /// Neither the job nor its client names a sender.
    #[error("no sender is given: set one on the job or on the client")]
    NoSender,
    /// A document's own name cannot be a file name in the package.
    #[error("the file name given for document number {number} cannot be used")]
    #[non_exhaustive]
    DocumentName {
        /// Counted from 1, in the order given.
        number: usize,
        /// What is wrong with it.
        source: NameError,
    },
    /// The runtime shut down while documents were read, or a custom source of documents panicked.
    #[error(
        "reading the documents was cut short: the runtime is shutting down, or a source of documents panicked"
    )]
    #[non_exhaustive]
    Aborted {
        /// What the runtime says.
        source: io::Error,
    },
    /// The manifest names a media type for a document that a package can't have.
    #[error("document number {number} is of an unknown media type")]
    #[non_exhaustive]
    MediaType {
        /// Counted from 1, in the order given.
        number: usize,
        /// What is wrong with it.
        source: UnknownMediaType,
    },
    /// A document could not be read.
    #[error("document number {number} could not be read; check that it exists and may be read")]
    #[non_exhaustive]
    Document {
        /// Counted from 1, in the order given.
        number: usize,
        /// What the system says.
        source: io::Error,
    },
}

#[cfg(test)]
mod tests;
