//! The client: each operation of the portal flow as a method.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http::{Request, Response};
use jiff::Timestamp;
use portal_asice::{MeasuredPackage, Package, PackageSigner};
use portal_certificate::{Certificate, EnterpriseCertificate};
use portal_rules::{Sector, SenderProfile};
use portal_transport::{
    Body, Clock, ErrorKind, RateLimit, SendBy, SharedClock, TokenRejected, Transport,
    TransportError,
};

use crate::connection::{Connection, Connections};
use crate::endpoints::{self, create, refusal, status_change, who_am_i};
use crate::error::{Error, Operation};
use crate::multipart::{Boundary, PackageBody};
use crate::package_processor::{self, PackageProcessor};
use crate::poll_time::date;
use crate::service_date::Date;
use crate::{
    ClientBuilder, CreateOptions, CreatedJob, DocumentKind, Download, Environment, Job, JobBuilder,
    JobDigest, JobRecord, PollTimes, Polled, Profile, Sender, SignedPackage, SignerIndex, Watch,
};

/// The most of a response that is read into memory, documents aside. Status changes are a few kilobytes.
const ANSWER_LIMIT: u64 = 1024 * 1024;

/// The most of a refusal that is read; the rest is not needed to tell what it means.
const REFUSAL_LIMIT: usize = 64 * 1024;

/// A client of the service for one enterprise certificate. Cheap to clone; requests may run concurrently.
///
/// Methods about a job take whatever knows of it: the [`CreatedJob`], the
/// [`StatusChange`](crate::StatusChange), or a [`JobRecord`] that was stored. Dropping a future ends its
/// request.
///
/// A Tokio runtime is needed, since packages are made and files are written on its threads for blocking
/// work.
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

    /// Creates a job: makes and signs its package, and sends it.
    ///
    /// The service takes a package only within five seconds of its own clock. After a 401 for an access token,
    /// which says that nothing was done, the package is signed again and sent once more. Dropping the future once the
    /// request is on its way leaves the outcome as unknown as a lost response does.
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`] when the service may have created the job and the response was lost: see
    /// there how to find out. [`Error::NotAuthorized`], [`Error::BrokerNotAuthorized`],
    /// [`Error::Unexpected`] when the service refuses it.
    pub async fn create(&self, job: &Job) -> Result<CreatedJob, Error> {
        self.create_with(job, CreateOptions::new()).await
    }

    /// Creates a job as [`create`](Self::create) does, with options for this one.
    ///
    /// # Errors
    /// As for [`create`](Self::create); [`Error::PackageProcessor`] when the package could not be processed,
    /// so that nothing was sent.
    pub async fn create_with(
        &self,
        job: &Job,
        options: CreateOptions,
    ) -> Result<CreatedJob, Error> {
        let processor = options.processor.or_else(|| self.processor.clone());
        let connection = self.connection();
        let signer = &connection.signer;
        let measured = measure(job, signer, processor.is_some()).await?;
        let boundary = Boundary::random();
        let mut attempt = 1;
        let mut may_renew_token = true;
        loop {
            // Signed only now that it is this request's turn: the package ages from then on.
            let reservation = connection
                .transport
                .reserve()
                .await
                .map_err(|source| create::no_response(job, source))?;
            let signed = self.sign(&measured, signer, processor.is_some()).await?;
            let sha256 = match (&processor, &signed.body) {
                (Some(processor), PackageBody::Whole(bytes)) => {
                    let package = SignedPackage::new(bytes.clone(), signed.at);
                    let sha256 = package.sha256().to_owned();
                    package_processor::process(&**processor, package, self.clock()).await?;
                    Some(sha256)
                }
                _ => None,
            };
            // A processor's time is not ours.
            let send_by = if sha256.is_some() {
                SendBy::within(LATEST, self.clock())
            } else {
                signed.send_by
            };
            let mut request = create::request(&self.environment, job, signed.body, &boundary)?;
            request.extensions_mut().insert(reservation);
            request.extensions_mut().insert(send_by);
            let response = match connection.transport.send(request).await {
                Err(late) if is_late(&late) && attempt < MOST_PACKAGES => {
                    attempt += 1;
                    continue;
                }
                sent => sent.map_err(|source| create::no_response(job, source))?,
            };
            let token_rejected = response.extensions().get::<TokenRejected>();
            if token_rejected == Some(&TokenRejected::Once) && may_renew_token {
                may_renew_token = false;
                continue;
            }
            let response = whole(Operation::Create, response)
                .await
                .map_err(|error| create::outcome_unknown(job, error))?;
            let created = create::read(&response, job, signed.at, self.now())?;
            let created = created.with_package_sha256(sha256);
            #[cfg(feature = "verify")]
            let created = created.with_sent(crate::signed::sent(&measured));
            return Ok(created);
        }
    }

    /// Makes and signs the package that [`create`](Self::create) would send now, without sending it.
    ///
    /// # Errors
    /// When a document can't be read, or the certificate's key does not sign.
    pub async fn package(&self, job: &Job) -> Result<Package, Error> {
        let signer = Arc::clone(&self.connection().signer);
        let measured = measure(job, &signer, false).await?;
        let clock = self.clock().clone();
        blocking(move || Ok(measured.sign(&*signer, clock.now())?)).await
    }

    /// Reads the documents of a job, and returns digests of everything that [`create`](Self::create) would send. By
    /// them a program knows a job again that it has sent before.
    ///
    /// # Errors
    /// When a document can't be read.
    pub async fn digest(&self, job: &Job) -> Result<JobDigest, Error> {
        let signer = Arc::clone(&self.connection().signer);
        let measured = measure(job, &signer, false).await?;
        Ok(JobDigest::new(job, &measured))
    }

    /// Signs a package for now, on a thread for blocking work.
    async fn sign(
        &self,
        measured: &Arc<MeasuredPackage>,
        signer: &Arc<dyn PackageSigner>,
        whole: bool,
    ) -> Result<Signed, Error> {
        let (signer, clock) = (Arc::clone(signer), self.clock().clone());
        let measured = Arc::clone(measured);
        blocking(move || {
            let at = clock.now();
            let send_by = SendBy::within(LATEST, &clock);
            let package = measured.sign(&*signer, at)?;
            let body = if whole {
                Bytes::from(package.into_bytes()?).into()
            } else {
                package.into()
            };
            Ok(Signed { body, at, send_by })
        })
        .await
    }

    /// Polls for the next job that has changed, on the queue of the given sender or of the client's.
    ///
    /// ```no_run
    /// # async fn example(client: portal_client::PortalClient) -> Result<(), portal_client::Error> {
    /// let polled = client.status_change(None).await?;
    /// if let Some(change) = &polled.change {
    ///     client.confirm(change).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::TooEarly`] before the permitted time, [`Error::RateBlocked`] after too many calls,
    /// [`Error::NoSender`] when there is no sender.
    pub async fn status_change(&self, sender: impl Into<Option<&Sender>>) -> Result<Polled, Error> {
        let sender = self.sender(sender.into())?;
        let request = status_change::request(&self.environment, sender)?;
        let response = self.exchange(Operation::StatusChange, request).await?;
        status_change::read(&response, &self.environment, sender, self.now())
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

    /// A poll for a watch, which also needs to know what time it was, here and at the service.
    pub(crate) async fn poll(&self, sender: &Sender) -> PollResponse {
        let sent = self.clock().instant();
        let mut date = Date::Missing;
        let outcome = async {
            let request = status_change::request(&self.environment, sender)?;
            let response = self.send(Operation::StatusChange, request).await?;
            date = Date::read(response.headers(), self.now());
            let response = whole(Operation::StatusChange, response).await?;
            // Defaults and limits go by the clock that the permitted time is on.
            let now = match date {
                Date::Stated(date) => date,
                _ => self.now(),
            };
            status_change::read(&response, &self.environment, sender, now)
        };
        let outcome = outcome.await;
        PollResponse {
            sent,
            received: self.clock().instant(),
            date,
            outcome,
        }
    }

    /// The service's time, by the `Date` of a response that changes nothing.
    pub(crate) async fn service_time(&self, sender: &Sender) -> Option<Timestamp> {
        let request = who_am_i::request(&self.environment, sender).ok()?;
        let response = self.send(Operation::WhoAmI, request).await.ok()?;
        date(response.headers())
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

    /// A call whose response is read whole.
    async fn exchange(
        &self,
        operation: Operation,
        request: Request<Body>,
    ) -> Result<Response<Bytes>, Error> {
        whole(operation, self.send(operation, request).await?).await
    }

    async fn download(
        &self,
        operation: Operation,
        kind: DocumentKind,
        request: Request<Body>,
    ) -> Result<Download, Error> {
        let response = self.send(operation, request).await?;
        if !response.status().is_success() {
            return Err(refusal(operation, &beginning(response).await, self.now()));
        }
        let announced = response
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let body = response.into_body();
        Ok(Download::new(kind, announced.or(body.size()), body))
    }

    async fn send(
        &self,
        operation: Operation,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, Error> {
        // For a layer of the application's that treats operations differently.
        request.extensions_mut().insert(operation);
        self.connection()
            .transport
            .send(request)
            .await
            .map_err(|source| Error::Transport { operation, source })
    }
}

/// A signed package, as long as it is fresh.
struct Signed {
    body: PackageBody,
    at: Timestamp,
    send_by: SendBy,
}

/// How long after the signing time the first byte of a package goes out at the latest. The service refuses what
/// is more than five seconds off, of which its clock and this one may take a part.
const LATEST: Duration = Duration::from_secs(2);

/// How often a package is made again because the way to the service took too long.
const MOST_PACKAGES: u32 = 5;

fn is_late(error: &TransportError) -> bool {
    matches!(error.kind(), ErrorKind::SendDeadline)
}

async fn measure(
    job: &Job,
    signer: &Arc<dyn PackageSigner>,
    in_memory: bool,
) -> Result<Arc<MeasuredPackage>, Error> {
    let work = job.measuring(Arc::clone(signer), in_memory)?;
    blocking(work).await.map(Arc::new)
}

/// Runs work on packages on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(cut_short) => Err(Error::Aborted {
            source: cut_short.into(),
        }),
    }
}

/// The response to a poll, and when it was.
pub(crate) struct PollResponse {
    /// When the poll was made, and when the response was there.
    pub(crate) sent: Instant,
    pub(crate) received: Instant,
    pub(crate) date: Date,
    pub(crate) outcome: Result<Polled, Error>,
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

/// Reads a successful response whole, and the beginning of any other.
pub(crate) async fn whole(
    operation: Operation,
    response: Response<Body>,
) -> Result<Response<Bytes>, Error> {
    if !response.status().is_success() {
        return Ok(beginning(response).await);
    }
    let (head, body) = response.into_parts();
    let body = body
        .collect(ANSWER_LIMIT)
        .await
        .map_err(|source| Error::Transport { operation, source })?;
    Ok(Response::from_parts(head, body))
}

/// Reads as much of a response as comes and as its meaning needs: the status says the most.
async fn beginning(response: Response<Body>) -> Response<Bytes> {
    let (head, mut body) = response.into_parts();
    let mut read = BytesMut::new();
    while let Ok(Some(piece)) = body.next_piece().await {
        let room = REFUSAL_LIMIT - read.len();
        read.extend_from_slice(piece.get(..room).unwrap_or(&piece));
        if read.len() == REFUSAL_LIMIT {
            break;
        }
    }
    Response::from_parts(head, read.freeze())
}

#[cfg(test)]
mod freshness;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tokens;
