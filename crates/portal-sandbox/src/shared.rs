//! What every connection of a sandbox, and its Rust API, work on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::Method;
use jiff::Timestamp;
use portal_asice::Verifier;
use portal_certificate::EnterpriseCertificate;
use portal_model::{EnvironmentKind, OrganizationNumber, PersonalIdentificationNumber};

use crate::access_tokens::AccessTokens;
use crate::certificates::{DocumentSigning, SubjectProfile};
use crate::change_signal::ChangeSignal;
use crate::client_files::ClientFiles;
use crate::clock::SandboxClock;
use crate::faults::Faults;
use crate::http::{CancelStatus, ResponseStyle};
use crate::journal::{Call, Journal};
use crate::links::SignerLinks;
use crate::observer::{RequestEvent, RequestObserver};
use crate::organization::Register;
use crate::service::{Ledger, SignerAct, UpcomingEvent};

pub(crate) struct Shared {
    pub(crate) clock: SandboxClock,
    pub(crate) register: Register,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) access_tokens: AccessTokens,
    /// Where tokens come from; `None` when there are none.
    pub(crate) token_endpoint: Option<String>,
    /// Sent when a job, a queue or the journal may have changed. The clock has a separate signal.
    pub(crate) change_signal: ChangeSignal,
    pub(crate) response_style: ResponseStyle,
    pub(crate) cancel_status: CancelStatus,
    /// What the contact register says of some people.
    pub(crate) contact_register: Vec<(PersonalIdentificationNumber, SignerAct)>,
    /// Names by which the sandbox may be called beside addresses and local names.
    pub(crate) host_names: Vec<String>,
    pub(crate) subject_profile: SubjectProfile,
    pub(crate) observer: RequestObserver,
    pub(crate) environment: EnvironmentKind,
    pub(crate) root_url: String,
    /// The root of the pages, such as `http://127.0.0.1:8444/`; `None` when there are none.
    pub(crate) page_url: Option<String>,
    pub(crate) links: SignerLinks,
    pub(crate) server_organization: OrganizationNumber,
    pub(crate) sender: OrganizationNumber,
    pub(crate) sender_certificate: EnterpriseCertificate,
    /// Signs the signed documents.
    pub(crate) signing: DocumentSigning,
    /// Verifies packages.
    pub(crate) verifier: Verifier,
    pub(crate) ledger: Mutex<Ledger>,
    /// The certificates that clients trust, PEM: root, intermediate, and the root of the token endpoint.
    pub(crate) trust: [String; 3],
    /// What was written for clients, if anything was.
    pub(crate) client_files: Mutex<Option<ClientFiles>>,
}

impl Shared {
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // No call on the ledger panics half-way with its lists at odds: what they hold is looked up
        // each time, and a missing entry is an ordinary case.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next thing that time will do by itself, and when.
    pub(crate) fn next_event(&self) -> Option<(Timestamp, UpcomingEvent)> {
        self.ledger().next_event(self.clock.now())
    }

    /// Moves the clock to the next thing that time will do to a job.
    pub(crate) fn advance_to_next_job_event(&self) {
        let next = self.ledger().next_job_event(self.clock.now());
        if let Some((at, _)) = next {
            let wait = at.duration_since(self.clock.now());
            self.clock.advance(wait.unsigned_abs());
        }
    }

    /// Moves the clock to the next thing that time will do.
    pub(crate) fn advance_to_next_event(&self) -> Option<(Timestamp, UpcomingEvent)> {
        let (at, event) = self.next_event()?;
        let wait = at.duration_since(self.clock.now());
        self.clock.advance(wait.unsigned_abs());
        Some((at, event))
    }

    /// The resource that tokens are for: scheme, host and port of the API's root.
    pub(crate) fn resource(&self) -> &str {
        self.root_url.strip_suffix("/api").unwrap_or(&self.root_url)
    }

    /// Says that a connection was refused.
    pub(crate) fn report_refused(&self, reason: &str, help: &str) {
        tracing::warn!(reason, help, "a connection was refused");
        self.observer
            .notify(RequestEvent::ConnectionRefused { reason, help });
    }

    /// Notes that a connection was refused.
    pub(crate) fn connection_refused(&self, reason: &str, help: &str) {
        self.report_refused(reason, help);
        let mut call = Call::new(
            self.clock.now(),
            Method::CONNECT,
            "(TLS handshake)".to_owned(),
        );
        call.remark = Some(format!("{reason}; {help}").into());
        self.journal.add(call);
        self.change_signal.send();
    }

    /// Notes that an organisation is blocked, and gives the remark for the journal.
    pub(crate) fn rate_blocked(&self, organization: &str) -> &'static str {
        tracing::warn!(
            organization,
            "more than ten calls in a second: blocked for 30 s"
        );
        self.observer
            .notify(RequestEvent::RateBlocked { organization });
        "more than ten calls in a second: blocked for 30 s; --no-call-limit spares test suites that"
    }

    /// Forgets all jobs, queues, calls and faults to come; tokens hold again that were refused on purpose.
    pub(crate) fn reset(&self) {
        self.ledger().reset();
        self.journal.clear();
        self.faults.clear();
        self.access_tokens.restore();
        self.change_signal.send();
    }
}
