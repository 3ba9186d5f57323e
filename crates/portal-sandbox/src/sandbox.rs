//! A running sandbox.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use portal_certificate::EnterpriseCertificate;
use portal_model::OrganizationNumber;
use tokio::task::JoinHandle;

use crate::builder::SandboxBuilder;
use crate::certificates::{Authority, Enterprise, Validity};
use crate::clock::SandboxClock;
use crate::error::{IssueError, StartError};
use crate::faults::Faults;
use crate::job::SandboxJob;
use crate::journal::JournalEntry;
use crate::service::{Event, JobId};
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

    /// Sets up a sandbox that differs from the default.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// The root of the API, such as `https://127.0.0.1:41234/api`; an organisation number follows.
    #[must_use]
    pub fn root_url(&self) -> &str {
        &self.shared.root_url
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The clock that all its rules follow; clones share its time.
    #[must_use]
    pub fn clock(&self) -> &SandboxClock {
        &self.shared.clock
    }

    /// The root certificate that a client has to trust, DER.
    #[must_use]
    pub fn trust_anchor_der(&self) -> &[u8] {
        self.authority.root_der()
    }

    /// The root certificate that a client has to trust, PEM.
    #[must_use]
    pub fn trust_anchor_pem(&self) -> &str {
        self.authority.root_pem()
    }

    /// The intermediate certificate, DER: for clients that pin a list of all certificates of a chain.
    #[must_use]
    pub fn intermediate_der(&self) -> &[u8] {
        self.authority.intermediate_der()
    }

    /// The intermediate certificate, PEM.
    #[must_use]
    pub fn intermediate_pem(&self) -> &str {
        self.authority.intermediate_pem()
    }

    /// The organisation number in the server's certificate, which a client has to demand.
    #[must_use]
    pub fn server_organization(&self) -> &OrganizationNumber {
        &self.shared.server_organization
    }

    /// The organisation that sends.
    #[must_use]
    pub fn sender(&self) -> &OrganizationNumber {
        &self.shared.sender
    }

    /// The sender's enterprise certificate with its key, for TLS and for signing packages.
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

    /// A job by its number. There need be none: the handle's calls say so.
    #[must_use]
    pub fn job(&self, id: impl Into<JobId>) -> SandboxJob {
        SandboxJob::new(id.into(), Arc::clone(&self.shared))
    }

    /// All jobs that have not both ended and been confirmed, oldest first.
    #[must_use]
    pub fn jobs(&self) -> Vec<SandboxJob> {
        let open = self.shared.ledger().open_jobs(self.clock().now());
        open.into_iter().map(|id| self.job(id)).collect()
    }

    /// The next thing that time will do by itself, and when.
    #[must_use]
    pub fn next_event(&self) -> Option<(Timestamp, Event)> {
        self.shared.next_event()
    }

    /// Moves the clock to the next thing that time will do, and says what it was; `None` when
    /// there is nothing to wait for, and the clock stays.
    pub fn advance_to_next_event(&self) -> Option<(Timestamp, Event)> {
        self.shared.advance_to_next_event()
    }

    /// The calls so far, in order; of more than 100,000 the last ones. What they
    /// said is kept for the last 32 MiB.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.shared.journal.entries()
    }

    /// Forgets the calls so far.
    pub fn clear_journal(&self) {
        self.shared.journal.clear();
        self.shared.change_signal.send();
    }

    /// What goes wrong on purpose; nothing at first.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Forgets all jobs, queues, calls and faults to come, for the next test on the same sandbox. Certificates stay,
    /// the clock stays where it is, and job numbers go on.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// The root of the management API, such as `http://127.0.0.1:41235/management`; `None` unless
    /// the builder was told to [open it](SandboxBuilder::management).
    #[must_use]
    pub fn management_url(&self) -> Option<String> {
        let management = self.management.as_ref()?;
        Some(format!("http://{}/management", management.address))
    }

    /// The page for people, such as `http://127.0.0.1:41235/`, on the management port; `None` unless
    /// the builder was told to [open it](SandboxBuilder::management).
    #[must_use]
    pub fn page_url(&self) -> Option<&str> {
        self.shared.page_url.as_deref()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
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
