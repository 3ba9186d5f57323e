//! Building a job: what is signed, by whom, on which terms; and the proof that it may be sent.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use portal_asice::{NameError, Package, PackageBuilder};
use portal_model::{
    AuthenticationLevel, Availability, AvailableSeconds, Bounded, DateTime, Description,
    IdentifierInSignedDocuments, ManifestDocuments, NonsensitiveTitle, PortalSignatureJobManifest,
    PortalSignatureJobRequest, SignatureJobReference, Title, UnknownMediaType, XmlDocument,
};
use portal_rules::{Report, Sector, SenderProfile, ValidJob};

pub use self::document::{Content, Document};
pub use self::signer::{Notification, Signer};
use crate::error::Error;
use crate::{Environment, Sender};

mod document;
mod signer;

/// A job that keeps the service's rules, with its documents: what [`PortalClient::create`] takes.
///
/// Made by [`JobBuilder::build`] only. It can be created again after an error that allows it, and it
/// can be looked into without being sent.
///
/// [`PortalClient::create`]: crate::PortalClient::create
#[derive(Debug)]
pub struct Job {
    valid: ValidJob,
    sender: Sender,
    documents: Vec<portal_asice::Document>,
}

impl Job {
    /// Begins a job with its title, which signers see when they have logged in: 1 to 80 characters.
    pub fn builder(title: impl Into<String>) -> JobBuilder {
        JobBuilder {
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

    /// Whom the job is sent for: the job's own sender, or the client's default.
    #[must_use]
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// The manifest that goes into the package.
    #[must_use]
    pub fn manifest(&self) -> &PortalSignatureJobManifest {
        self.valid.manifest()
    }

    /// The request that goes with the package.
    #[must_use]
    pub fn request(&self) -> &PortalSignatureJobRequest {
        self.valid.request()
    }

    /// The warnings that the rules had, none of which keeps the job from being sent.
    pub fn report(&self) -> &Report {
        self.valid.report()
    }

    /// The work of making the package: it reads the documents and signs, and so is for a thread that may
    /// block.
    pub(crate) fn packing(
        &self,
        signer: Arc<dyn portal_asice::PackageSigner>,
        signing_time: Timestamp,
    ) -> Result<impl FnOnce() -> Result<Package, Error> + Send + use<>, Error> {
        let manifest = self
            .manifest()
            .to_xml()
            .map_err(|source| Error::Xml { source })?;
        let documents = self.documents.clone();
        Ok(move || {
            let builder = documents
                .into_iter()
                .fold(PackageBuilder::new(&*signer), PackageBuilder::document);
            builder
                .manifest(manifest.into_bytes())
                .build(signing_time)
                .map_err(|source| Error::Package { source })
        })
    }
}

/// A job under construction. Nothing is checked before [`build`](Self::build), and what is not set does
/// not go on the wire.
///
/// ```
/// use portal_client::{Document, Environment, Job, Notification, Profile, Sector, Sender, Signer};
///
/// let pdf = b"%PDF-1.7\n%%EOF\n".to_vec();
/// let profile = Profile::new(Sector::Public, &Environment::difitest())
///     .with_default_sender(Sender::new("123456789")?);
/// let job = Job::builder("Job title")
///     .document(Document::pdf("Document title", pdf))
///     .signer(Signer::by_personal_number("12345678910", Notification::lookup()).order(1))
///     .signer(Signer::by_email("signer2@example.com").order(2))
///     .reference("123-ABC")
///     .build(&profile, jiff::Timestamp::now())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a job is made of its builder by JobBuilder::build"]
pub struct JobBuilder {
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

    /// A title for e-mails and wherever else the real one must not be seen: 1 to 80 characters.
    pub fn nonsensitive_title(mut self, title: impl Into<String>) -> Self {
        self.nonsensitive_title = Some(NonsensitiveTitle::unchecked(title));
        self
    }

    /// A message to the signers: at most 220 characters.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(Description::unchecked(description));
        self
    }

    /// The sender's own reference, at most 50 characters, repeated in every answer about the job. It is
    /// the only way to find a job whose creation went unanswered, so that each job should have its own.
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(SignatureJobReference::unchecked(reference));
        self
    }

    /// Whom the job is sent for, and the queue its changes come back on, in place of the client's
    /// default sender.
    pub fn sender(mut self, sender: Sender) -> Self {
        self.sender = Some(sender);
        self
    }

    /// How well signers must prove who they are. Without it the service takes level 4.
    pub fn require_authentication(mut self, level: AuthenticationLevel) -> Self {
        self.required_authentication = Some(level);
        self
    }

    /// How signers are named in the signed documents.
    pub fn identifier_in_signed_documents(
        mut self,
        identifier: IdentifierInSignedDocuments,
    ) -> Self {
        self.identifier_in_signed_documents = Some(identifier);
        self
    }

    /// When the job opens to its first signers. Without it, at once.
    pub fn activate_at(mut self, time: DateTime) -> Self {
        self.availability_mut().activation_time = Some(time);
        self
    }

    /// How long each order of signers has, from when the job opens to them: at most 90 days, counted in
    /// whole seconds. Without it the service takes 30 days.
    pub fn available_for(mut self, duration: Duration) -> Self {
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        self.availability_mut().available_seconds = Some(AvailableSeconds::unchecked(seconds));
        self
    }

    fn availability_mut(&mut self) -> &mut Availability {
        self.availability.get_or_insert_default()
    }

    /// Checks the job against every rule of the service, as of `now`.
    ///
    /// Documents from files are looked into here, which reads some hundred kilobytes of each, and read in
    /// full when the job is sent; they must not change in between.
    ///
    /// # Errors
    /// [`JobError::Rules`] with every violation at once, [`JobError::NoSender`] when neither the job nor
    /// the profile has a sender, [`JobError::Document`] when a document cannot be read.
    pub fn build(self, profile: &Profile, now: Timestamp) -> Result<Job, JobError> {
        let sender = self
            .sender
            .or_else(|| profile.default_sender.clone())
            .ok_or(JobError::NoSender)?;
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
        let valid = portal_rules::validate(manifest, request, &facts, &profile.rules, now)?;
        let documents = document::packed(&valid.manifest().documents().documents, contents)?;
        Ok(Job {
            valid,
            sender,
            documents,
        })
    }
}

/// What a job is checked against: the rules for this kind of sender, and who sends when the job does
/// not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    default_sender: Option<Sender>,
    rules: SenderProfile,
}

impl Profile {
    /// The rules for a sector in an environment, and no default sender.
    #[must_use]
    pub fn new(sector: Sector, environment: &Environment) -> Self {
        let kind = if environment.is_production() {
            portal_model::EnvironmentKind::Production
        } else {
            portal_model::EnvironmentKind::Test
        };
        SenderProfile::new(sector, kind).into()
    }

    /// The same with a sender for jobs that name none.
    #[must_use]
    pub fn with_default_sender(mut self, sender: Sender) -> Self {
        self.default_sender = Some(sender);
        self
    }

    /// The same with other rules.
    #[must_use]
    pub fn with_rules(mut self, rules: SenderProfile) -> Self {
        self.rules = rules;
        self
    }

    /// The sender for jobs and calls that name none.
    #[must_use]
    pub fn default_sender(&self) -> Option<&Sender> {
        self.default_sender.as_ref()
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &SenderProfile {
        &self.rules
    }
}

/// These rules, and no default sender.
impl From<SenderProfile> for Profile {
    fn from(rules: SenderProfile) -> Self {
        Self {
            default_sender: None,
            rules,
        }
    }
}

/// Why a job was not built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// The job breaks rules of the service; the report has every violation.
    #[error(transparent)]
    Rules(#[from] Report),
    /// Neither the job nor the client names a sender.
    #[error("no sender is given: name one in the job, or give the client a default sender")]
    NoSender,
    /// A document's own name cannot be a file name in the package.
    #[error("the file name given for document number {number} cannot be used")]
    DocumentName {
        /// Counted from 1, in the order given.
        number: usize,
        /// What is wrong with it.
        source: NameError,
    },
    /// The manifest names a media type for a document that a package can't have.
    #[error("document number {number} is of an unknown media type")]
    MediaType {
        /// Counted from 1, in the order given.
        number: usize,
        /// What is wrong with it.
        source: UnknownMediaType,
    },
    /// A document could not be read.
    #[error("document number {number} could not be read; check that it exists and may be read")]
    Document {
        /// Counted from 1, in the order given.
        number: usize,
        /// What the system says.
        source: io::Error,
    },
}

#[cfg(test)]
mod tests;
