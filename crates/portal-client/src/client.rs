//! The client: each operation of the portal flow as a method.

mod creating;
mod exchange;
mod polling;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use portal_asice::PackageSigner;
use portal_certificate::{Certificate, EnterpriseCertificate};
use portal_rules::{Sector, SenderProfile};
use portal_transport::{Clock, RateLimit, SharedClock, Transport};

use self::exchange::beginning;
pub(crate) use self::exchange::whole;
pub(crate) use self::polling::PollResponse;
use crate::connection::{Connection, Connections};
use crate::endpoints::{self, who_am_i};
use crate::error::{Error, Operation};
use crate::package_processor::PackageProcessor;
use crate::{
    ClientBuilder, DocumentKind, Download, Environment, JobBuilder, JobRecord, PollTimes, Profile,
    Sender, SignerIndex, Watch,
};

/// A client of the service for one enterprise certificate. Cheap to clone; requests may run concurrently.
///
/// Methods about a job take whatever knows of it: the [`CreatedJob`](crate::CreatedJob), the
/// [`StatusChange`](crate::StatusChange), or a [`JobRecord`] that was stored. Dropping a future ends its
/// request.
///
/// A Tokio runtime is needed, since packages are made and files are written on its threads for blocking
/// work. A key in memory that took at most 2 ms for each of its last three signatures signs on the thread that
/// creates; any other key never does.
#[derive(Clone)]
pub struct PortalClient {
    environment: Environment,
    pub(crate) connections: Connections,
    profile: Profile,
    processor: Option<Arc<dyn PackageProcessor>>,
    poll_times: Option<Arc<dyn PollTimes>>,
}

impl PortalClient {
    /// Begins a client with everything in place: TLS to the environment's servers, authentication with the
    /// sender's certificate, the service's rate limit, retries of idempotent requests.
    ///
    /// There is no default environment: a test must not reach real people by omission. Nor is there a default
    /// sector: with [`Sector::Unknown`] the rules that depend on it go unchecked.
    pub fn builder(
        environment: Environment,
        certificate: EnterpriseCertificate,
        sector: Sector,
    ) -> ClientBuilder {
        ClientBuilder::new(environment, certificate, sector)
    }

    /// Creates a client from custom parts: an environment, over a transport that is configured with the same
    /// root URL and the sender's certificate; `signer` signs the packages with that certificate too.
    ///
    /// The client itself retries nothing and has no rate limit; [`builder`](Self::builder) puts layers for
    /// that on the transport.
    #[must_use]
    pub fn new(
        environment: Environment,
        sector: Sector,
        transport: Arc<dyn Transport>,
        signer: Arc<dyn PackageSigner>,
    ) -> Self {
        let profile = Profile::new(sector, environment.kind());
        let connection = Connection::of_parts(transport, signer);
        Self::of_connection(environment, connection, profile, None, None)
    }

    pub(crate) fn of_connection(
        environment: Environment,
        connection: Connection,
        profile: Profile,
        processor: Option<Arc<dyn PackageProcessor>>,
        poll_times: Option<Arc<dyn PollTimes>>,
    ) -> Self {
        Self {
            environment,
            connections: Connections::new(connection),
            profile,
            processor,
            poll_times,
        }
    }

    /// Sets the sender for jobs and requests that name none.
    #[must_use]
    pub fn with_sender(mut self, sender: Sender) -> Self {
        self.profile = self.profile.with_sender(sender);
        self
    }

    /// Changes the rules that jobs are checked against, for example to count a warning as an error or to
    /// silence it.
    #[must_use]
    pub fn with_rules(mut self, change: impl FnOnce(SenderProfile) -> SenderProfile) -> Self {
        self.profile = self.profile.with_rules(change);
        self
    }

    /// Sets a custom clock.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.profile = self.profile.with_clock(SharedClock::new(clock));
        self
    }

    /// Sets a processor that receives every document package before it is sent.
    #[must_use]
    pub fn with_package_processor(mut self, processor: impl PackageProcessor + 'static) -> Self {
        self.processor = Some(Arc::new(processor));
        self
    }

    /// Sets where watches of this client store poll times; see
    /// [`ClientBuilder::poll_times`](crate::ClientBuilder::poll_times).
    #[must_use]
    pub fn with_poll_times(mut self, times: impl PollTimes + 'static) -> Self {
        self.poll_times = Some(Arc::new(times));
        self
    }

    /// Returns where the service is.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Returns what jobs are checked against.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Returns the time of the client's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.profile.now()
    }

    /// Begins a job with its title, which signers see when they have logged in: 1 to 80 characters.
    ///
    /// [`JobBuilder::build`] checks it against the rules for this client's environment, sector and sender.
    pub fn job(&self, title: impl Into<String>) -> JobBuilder {
        self.profile.job(title)
    }

    /// Begins a poll loop, which runs as long as the program does. Without [`Watch::queue`] it polls the queue
    /// of the client's sender.
    ///
    /// Nothing happens until the [`Watch`] is made a [stream](Watch::stream) or given a
    /// [handler](Watch::handle).
    pub fn watch(&self) -> Watch {
        Watch::new(self.clone())
    }

    /// Confirms a status change, so that it is not redelivered after ten minutes.
    ///
    /// Store what is to be kept first: a job that has ended becomes unavailable when it is confirmed.
    ///
    /// # Errors
    /// [`Error::NothingToConfirm`] for a job that was only created.
    pub async fn confirm(&self, job: impl AsRef<JobRecord>) -> Result<(), Error> {
        let request = endpoints::confirm::request(&self.environment, job.as_ref())?;
        let response = self.send(Operation::Confirm, request).await?;
        endpoints::read_nothing(Operation::Confirm, &beginning(response).await, self.now())
    }

    /// Cancels a job that has not ended. Its signers then have the status `CANCELLED`, and the
    /// next status change says that it has failed.
    ///
    /// # Errors
    /// [`Error::NotCancellable`] when the service gave no URL for it, [`Error::CannotBeCancelled`] when
    /// the job has ended in the meantime.
    pub async fn cancel(&self, job: impl AsRef<JobRecord>) -> Result<(), Error> {
        let request = endpoints::cancel::request(&self.environment, job.as_ref())?;
        let response = self.send(Operation::Cancel, request).await?;
        endpoints::cancel::read(&beginning(response).await, self.now())
    }

    /// Deletes the job's documents from the service: at the earliest 24 hours after the last signature, and up
    /// to 7 days where a signer has no digital mailbox. Documents that nobody deletes are kept for 40 days
    /// after they were signed. See [`JobRecord::documents_deletable_from`].
    ///
    /// Works with the stored record of the change that ended the job, also after that was confirmed. The
    /// record of the created job has no URL to delete with.
    ///
    /// # Errors
    /// [`Error::NotDeletable`] when the service gave no URL for it, [`Error::CannotBeDeleted`] when it is too
    /// early.
    pub async fn delete_documents(&self, job: impl AsRef<JobRecord>) -> Result<(), Error> {
        let request = endpoints::delete_documents::request(&self.environment, job.as_ref())?;
        let response = self.send(Operation::DeleteDocuments, request).await?;
        endpoints::delete_documents::read(&beginning(response).await, self.now())
    }

    /// Fetches the PDF with every signature so far.
    ///
    /// # Errors
    /// [`Error::NoDocument`] when nobody has signed yet.
    pub async fn pades(&self, job: impl AsRef<JobRecord>) -> Result<Download, Error> {
        let request = endpoints::pades::request(&self.environment, job.as_ref())?;
        self.download(Operation::Pades, DocumentKind::Pdf, request)
            .await
    }

    /// Fetches one signer's signature; `signer` is taken from the change's
    /// [`signatures`](crate::StatusChange::signatures) or from
    /// [`signers_with_xades`](JobRecord::signers_with_xades).
    ///
    /// # Errors
    /// [`Error::NoDocument`] when the signer has none.
    pub async fn xades(
        &self,
        job: impl AsRef<JobRecord>,
        signer: SignerIndex,
    ) -> Result<Download, Error> {
        let request = endpoints::xades::request(&self.environment, job.as_ref(), signer)?;
        self.download(Operation::Xades, DocumentKind::Xml, request)
            .await
    }

    /// Fetches a signed PDF from the long-term archive, by the id that the archive gave it.
    ///
    /// # Errors
    /// [`Error::Unexpected`] with the code `ARCHIVED_DOCUMENT_NOT_FOUND` when there is no such document.
    pub async fn archived_pades(
        &self,
        owner: impl Into<Option<&Sender>>,
        document_id: &str,
    ) -> Result<Download, Error> {
        let owner = self.sender(owner.into())?;
        let request = endpoints::archived_pades::request(&self.environment, owner, document_id)?;
        self.download(Operation::ArchivedPades, DocumentKind::Pdf, request)
            .await
    }

    /// Returns how the service identifies the caller, in the service's own sentence. Tests certificates, access
    /// and network in one.
    ///
    /// # Errors
    /// [`Error::NotAuthorized`] without access to the API, [`Error::BrokerNotAuthorized`] when the
    /// certificate's organisation may not send on behalf of the sender, [`Error::Transport`] when the
    /// certificate is not accepted.
    pub async fn who_am_i(&self, sender: impl Into<Option<&Sender>>) -> Result<String, Error> {
        let sender = self.sender(sender.into())?;
        let request = who_am_i::request(&self.environment, sender)?;
        let response = self.exchange(Operation::WhoAmI, request).await?;
        who_am_i::read(&response, self.now())
    }

    /// Adds the service's rate limit to the transport.
    pub(crate) fn rate_limited(&self) -> Self {
        let connection = self.connection();
        // One that can be replaced has the limit already.
        if connection.transport.is_rate_limited() {
            return self.clone();
        }
        let transport = RateLimit::new(Arc::clone(&connection.transport), self.clock().clone());
        let signer = Arc::clone(&connection.signer);
        Self {
            connections: Connections::new(Connection::of_parts(Arc::new(transport), signer)),
            ..self.clone()
        }
    }

    /// The way to the service, for an operation that begins now.
    pub(crate) fn connection(&self) -> Arc<Connection> {
        self.connections.current()
    }

    pub(crate) fn poll_times(&self) -> Option<&Arc<dyn PollTimes>> {
        self.poll_times.as_ref()
    }

    pub(crate) fn clock(&self) -> &SharedClock {
        self.profile.clock()
    }

    /// The last second of the certificate's validity.
    pub(crate) fn certificate_ends(&self) -> Option<Timestamp> {
        self.certificate()
            .map(|certificate| certificate.not_after())
    }

    /// Returns the certificate that signs document packages, which is the enterprise certificate unless a custom
    /// signer has another; none where that has none. After
    /// [`replace_certificate`](Self::replace_certificate) it is the new one.
    #[must_use]
    pub fn certificate(&self) -> Option<Certificate> {
        self.connection().signer.chain().first().cloned()
    }

    fn sender<'a>(&'a self, given: Option<&'a Sender>) -> Result<&'a Sender, Error> {
        given.or(self.profile.sender()).ok_or(Error::NoSender)
    }
}

impl fmt::Debug for PortalClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortalClient")
            .field("environment", &self.environment)
            .field("transport", &self.connections)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
