//! Each operation of the client, waited for.

use std::io;
use std::sync::Arc;

use portal_asice::Package;

use super::runtime::Runtime;
use super::{Download, Watch};
use crate::{
    Authentication, CheckReport, CreateOptions, CreatedJob, Environment, Error, Job, JobBuilder,
    JobRecord, Polled, Profile, Renewal, RenewalError, Sender, ServerTrust, SignerIndex,
    TokenEndpoint,
};

/// A client whose methods wait until they are done; [`crate::PortalClient`] says what each does and how
/// it fails. Cheap to clone; several threads may use it at once.
#[derive(Clone, Debug)]
pub struct PortalClient {
    client: crate::PortalClient,
    pub(super) runtime: Arc<Runtime>,
}

impl PortalClient {
    /// Wraps an async client, and starts the thread that its requests need.
    ///
    /// # Errors
    /// When the system gives no thread, or no means to watch sockets.
    pub fn new(client: crate::PortalClient) -> io::Result<Self> {
        let runtime = Arc::new(Runtime::new()?);
        Ok(Self { client, runtime })
    }

    /// Returns the async client inside.
    #[must_use]
    pub fn as_async(&self) -> &crate::PortalClient {
        &self.client
    }

    /// Returns where the service is.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        self.client.environment()
    }

    /// Returns what jobs are checked against.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        self.client.profile()
    }

    /// Begins a job with its title; [`JobBuilder::build_blocking`] checks it.
    pub fn job(&self, title: impl Into<String>) -> JobBuilder {
        self.client.job(title)
    }

    /// Creates a job.
    ///
    /// # Errors
    /// As for [`create`](crate::PortalClient::create), [`Error::OutcomeUnknown`] among them.
    pub fn create(&self, job: &Job) -> Result<CreatedJob, Error> {
        self.runtime.wait(self.client.create(job))
    }

    /// Creates a job with options for this one.
    ///
    /// # Errors
    /// As for [`create_with`](crate::PortalClient::create_with).
    pub fn create_with(&self, job: &Job, options: CreateOptions) -> Result<CreatedJob, Error> {
        self.runtime.wait(self.client.create_with(job, options))
    }

    /// Makes the package that [`create`](Self::create) would send.
    ///
    /// # Errors
    /// As for [`package`](crate::PortalClient::package).
    pub fn package(&self, job: &Job) -> Result<Package, Error> {
        self.runtime.wait(self.client.package(job))
    }

    /// Polls for the next job that has changed.
    ///
    /// # Errors
    /// As for [`status_change`](crate::PortalClient::status_change).
    pub fn status_change<'a>(
        &self,
        sender: impl Into<Option<&'a Sender>>,
    ) -> Result<Polled, Error> {
        self.runtime.wait(self.client.status_change(sender.into()))
    }

    /// Begins a poll loop; see [`watch`](crate::PortalClient::watch).
    pub fn watch(&self) -> Watch {
        Watch::new(self.client.watch(), self.clone())
    }

    /// Confirms a status change.
    ///
    /// # Errors
    /// As for [`confirm`](crate::PortalClient::confirm).
    pub fn confirm(&self, job: impl AsRef<JobRecord>) -> Result<(), Error> {
        self.runtime.wait(self.client.confirm(job.as_ref()))
    }

    /// Cancels a job.
    ///
    /// # Errors
    /// As for [`cancel`](crate::PortalClient::cancel).
    pub fn cancel(&self, job: impl AsRef<JobRecord>) -> Result<(), Error> {
        self.runtime.wait(self.client.cancel(job.as_ref()))
    }

    /// Deletes the job's documents from the service.
    ///
    /// # Errors
    /// As for [`delete_documents`](crate::PortalClient::delete_documents).
    pub fn delete_documents(&self, job: impl AsRef<JobRecord>) -> Result<(), Error> {
        self.runtime
            .wait(self.client.delete_documents(job.as_ref()))
    }

    /// Fetches the PDF with every signature so far.
    ///
    /// # Errors
    /// As for [`pades`](crate::PortalClient::pades).
    pub fn pades(&self, job: impl AsRef<JobRecord>) -> Result<Download, Error> {
        self.download(self.client.pades(job.as_ref()))
    }

    /// Fetches one signer's signature.
    ///
    /// # Errors
    /// As for [`xades`](crate::PortalClient::xades).
    pub fn xades(
        &self,
        job: impl AsRef<JobRecord>,
        signer: SignerIndex,
    ) -> Result<Download, Error> {
        self.download(self.client.xades(job.as_ref(), signer))
    }

    /// Fetches a signed PDF from the long-term archive.
    ///
    /// # Errors
    /// As for [`archived_pades`](crate::PortalClient::archived_pades).
    pub fn archived_pades<'a>(
        &self,
        owner: impl Into<Option<&'a Sender>>,
        document_id: &str,
    ) -> Result<Download, Error> {
        self.download(self.client.archived_pades(owner.into(), document_id))
    }

    /// Returns how the service identifies the caller.
    ///
    /// # Errors
    /// As for [`who_am_i`](crate::PortalClient::who_am_i).
    pub fn who_am_i<'a>(&self, sender: impl Into<Option<&'a Sender>>) -> Result<String, Error> {
        self.runtime.wait(self.client.who_am_i(sender.into()))
    }

    /// Checks everything that a job needs, and says what to fix; never polls. See
    /// [`check`](crate::PortalClient::check).
    #[must_use]
    pub fn check(&self) -> CheckReport {
        self.runtime.wait(self.client.check())
    }

    /// Replaces the enterprise certificate of this client and all its clones.
    ///
    /// # Errors
    /// As for [`replace_certificate`](crate::PortalClient::replace_certificate).
    pub fn replace_certificate(&self, renewal: impl Into<Renewal>) -> Result<(), RenewalError> {
        self.client.replace_certificate(renewal)
    }

    /// Replaces which servers this client and all its clones trust.
    ///
    /// # Errors
    /// As for [`replace_trust`](crate::PortalClient::replace_trust).
    pub fn replace_trust(&self, trust: ServerTrust) -> Result<(), RenewalError> {
        self.client.replace_trust(trust)
    }

    /// Replaces how this client and all its clones prove who they are.
    ///
    /// # Errors
    /// As for [`replace_authentication`](crate::PortalClient::replace_authentication).
    pub fn replace_authentication(
        &self,
        authentication: Authentication,
    ) -> Result<(), RenewalError> {
        self.client.replace_authentication(authentication)
    }

    /// Replaces where this client and all its clones get access tokens.
    ///
    /// # Errors
    /// As for [`replace_token_endpoint`](crate::PortalClient::replace_token_endpoint).
    pub fn replace_token_endpoint(&self, endpoint: TokenEndpoint) -> Result<(), RenewalError> {
        self.client.replace_token_endpoint(endpoint)
    }

    fn download(
        &self,
        operation: impl Future<Output = Result<crate::Download, Error>>,
    ) -> Result<Download, Error> {
        let download = self.runtime.wait(operation)?;
        Ok(Download::new(download, Arc::clone(&self.runtime)))
    }
}
