//! A running sandbox.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use portal_certificate::EnterpriseCertificate;
use portal_model::OrganizationNumber;
use tokio::task::JoinHandle;

use crate::access_tokens::AccessTokens;
use crate::builder::SandboxBuilder;
use crate::certificates::{Authority, Enterprise, Validity};
use crate::clock::SandboxClock;
use crate::error::{IssueError, StartError};
use crate::faults::Faults;
use crate::job::SandboxJob;
use crate::journal::JournalEntry;
use crate::service::{JobId, UpcomingEvent};
use crate::shared::Shared;

/// A stand-in for the service, listening on its own port until it is dropped.
///
/// It needs the Tokio runtime that it was started on to keep running.
pub struct Sandbox {
    pub(crate) shared: Arc<Shared>,
    pub(crate) address: SocketAddr,
    pub(crate) authority: Authority,
    pub(crate) sender_certificate: EnterpriseCertificate,
    pub(crate) next_key: AtomicUsize,
    pub(crate) server: JoinHandle<()>,
    pub(crate) token_server: Option<JoinHandle<()>>,
    pub(crate) management: Option<Management>,
}

/// The management port of a sandbox.
pub(crate) struct Management {
    pub(crate) address: SocketAddr,
    pub(crate) server: JoinHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox with every setting at its default.
    ///
    /// # Errors
    /// [`StartError`] when there is no free port, or certificates can't be made.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Returns a builder, for a sandbox that differs from the default.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// Returns the root of the API, such as `https://127.0.0.1:41234/api`; an organisation number follows.
    #[must_use]
    pub fn root_url(&self) -> &str {
        &self.shared.root_url
    }

    /// Returns the address that the API listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the clock that all rules follow. Clones share its time.
    #[must_use]
    pub fn clock(&self) -> &SandboxClock {
        &self.shared.clock
    }

    /// Returns the root certificate that a client has to trust, DER.
    #[must_use]
    pub fn trust_anchor_der(&self) -> &[u8] {
        self.authority.root_der()
    }

    /// Returns the root certificate that a client has to trust, PEM.
    #[must_use]
    pub fn trust_anchor_pem(&self) -> &str {
        self.authority.root_pem()
    }

    /// Returns the intermediate certificate, DER: for clients that pin a list of all certificates of a chain.
    #[must_use]
    pub fn intermediate_der(&self) -> &[u8] {
        self.authority.intermediate_der()
    }

    /// Returns the intermediate certificate, PEM.
    #[must_use]
    pub fn intermediate_pem(&self) -> &str {
        self.authority.intermediate_pem()
    }

    /// Returns the URL that access tokens come from, such as `https://127.0.0.1:41236/oauth2/token`; `None`
    /// unless the builder [opens it](SandboxBuilder::token_endpoint).
    #[must_use]
    pub fn token_endpoint(&self) -> Option<&str> {
        self.shared.token_endpoint.as_deref()
    }

    /// Returns the resource that access tokens are for, such as `https://127.0.0.1:41234`: the root of the API
    /// without its path. The endpoint compares it as a text.
    #[must_use]
    pub fn token_resource(&self) -> &str {
        self.shared.resource()
    }

    /// Returns the root certificate of the token endpoint, DER. A client adds it to the system's roots for that
    /// endpoint alone.
    #[must_use]
    pub fn token_trust_anchor_der(&self) -> &[u8] {
        self.authority.web_root_der()
    }

    /// Returns the root certificate of the token endpoint, PEM.
    #[must_use]
    pub fn token_trust_anchor_pem(&self) -> &str {
        &self.shared.trust[2]
    }

    /// Returns the registrations and what ends tokens before their time.
    #[must_use]
    pub fn access_tokens(&self) -> &AccessTokens {
        &self.shared.access_tokens
    }

    /// Returns the organisation number in the server's certificate, which a client has to demand.
    #[must_use]
    pub fn server_organization(&self) -> &OrganizationNumber {
        &self.shared.server_organization
    }

    /// Returns the organisation that sends.
    #[must_use]
    pub fn sender(&self) -> &OrganizationNumber {
        &self.shared.sender
    }

    /// Returns the sender's enterprise certificate with its key, for TLS and for signing packages.
    #[must_use]
    pub fn sender_certificate(&self) -> &EnterpriseCertificate {
        &self.sender_certificate
    }

    /// Issues one more enterprise certificate: for another organisation, or one that has expired.
    /// Takes some 80 ms when the process has no spare RSA key yet.
    ///
    /// # Errors
    /// [`IssueError`] when the validity can't be expressed.
    pub fn issue(
        &self,
        organization: &OrganizationNumber,
        validity: Validity,
    ) -> Result<EnterpriseCertificate, IssueError> {
        self.issue_to(Some(organization), validity)
    }

    /// Issues a certificate that names no organisation, as those that Digipost issues may be: with
    /// [access tokens](AccessTokens::register) it is all that a client needs, and packages may be signed by it.
    ///
    /// # Errors
    /// [`IssueError`] when the validity can't be expressed.
    pub fn issue_without_organization(
        &self,
        validity: Validity,
    ) -> Result<EnterpriseCertificate, IssueError> {
        self.issue_to(None, validity)
    }

    fn issue_to(
        &self,
        organization: Option<&OrganizationNumber>,
        validity: Validity,
    ) -> Result<EnterpriseCertificate, IssueError> {
        let enterprise = Enterprise {
            organization,
            name: "Portal Sandbox Organization",
            profile: self.shared.subject_profile,
            host_names: &[],
            validity,
            key_slot: self.next_key.fetch_add(1, Ordering::Relaxed),
        };
        let issued = self.authority.issue(&enterprise);
        issued.map_err(|source| IssueError { source })
    }

    /// Returns a handle to the job of this number. Its calls fail with
    /// [`ActError::NoSuchJob`](crate::ActError::NoSuchJob) if there is none.
    #[must_use]
    pub fn job(&self, id: impl Into<JobId>) -> SandboxJob {
        SandboxJob::new(id.into(), Arc::clone(&self.shared))
    }

    /// Returns all jobs that have not both ended and been confirmed, oldest first.
    #[must_use]
    pub fn jobs(&self) -> Vec<SandboxJob> {
        let open = self.shared.ledger().open_jobs(self.clock().now());
        open.into_iter().map(|id| self.job(id)).collect()
    }

    /// Returns the next thing that time will do by itself, and when.
    #[must_use]
    pub fn next_event(&self) -> Option<(Timestamp, UpcomingEvent)> {
        self.shared.next_event()
    }

    /// Moves the clock to the next thing that time will do, and returns what it was. Returns `None`
    /// when there is nothing to wait for; the clock then stays.
    pub fn advance_to_next_event(&self) -> Option<(Timestamp, UpcomingEvent)> {
        self.shared.advance_to_next_event()
    }

    /// Returns the calls so far, in order; of more than 100,000 the last ones. Of what they said the
    /// last 32 MiB are kept.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.shared.journal.entries()
    }

    /// Forgets the calls so far.
    pub fn clear_journal(&self) {
        self.shared.journal.clear();
        self.shared.change_signal.send();
    }

    /// Returns the faults that are made on purpose; none at first.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Forgets all jobs, queues, calls and faults to come, for the next test on the same sandbox. Certificates and access tokens
    /// stay, what was [revoked](AccessTokens::revoke) is good again,
    /// the clock stays where it is, and job numbers go on.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Returns the root of the management API, such as `http://127.0.0.1:41235/management`; `None` unless
    /// the builder [opens it](SandboxBuilder::management).
    #[must_use]
    pub fn management_url(&self) -> Option<String> {
        let management = self.management.as_ref()?;
        Some(format!("http://{}/management", management.address))
    }

    /// Returns the address of the page for people, such as `http://127.0.0.1:41235/`, on the management port; `None` unless
    /// the builder [opens it](SandboxBuilder::management).
    #[must_use]
    pub fn page_url(&self) -> Option<&str> {
        self.shared.page_url.as_deref()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
        if let Some(server) = &self.token_server {
            server.abort();
        }
        if let Some(management) = &self.management {
            management.server.abort();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("root_url", &self.root_url())
            .field("clock", self.clock())
            .finish_non_exhaustive()
    }
}
