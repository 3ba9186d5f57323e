//! How a sandbox is set up before it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portal_asice::Verifier;
use portal_certificate::Certificate;
use portal_model::{EnvironmentKind, OrganizationNumber, PersonalIdentificationNumber};
use tokio::net::TcpListener;

use crate::certificates::{Authority, Enterprise, MakingError, SubjectProfile, Validity, make_key};
use crate::change_signal::ChangeSignal;
use crate::clock::SandboxClock;
use crate::error::StartError;
use crate::faults::Faults;
use crate::http::{self, CancelStatus, ResponseStyle};
use crate::journal::Journal;
use crate::links::SignerLinks;
use crate::management;
use crate::observer::{RequestEvent, RequestObserver};
use crate::organization::{Organization, Register};
use crate::sandbox::{Management, Sandbox};
use crate::service::{
    ChangeState, EarlyPoll, JobId, Ledger, ParallelChanges, QueueModes, SignerAct, Terms,
};
use crate::shared::Shared;

/// The organisation number of the real service, which its clients demand of the server's
/// certificate by default.
const SERVICE: &str = "984661185";
/// The sender of the documentation's examples.
const SENDER: &str = "123456789";
/// The service permits 5 s at the least in its test environments, and 10 minutes in production.
const TEST_WAIT: Duration = Duration::from_secs(5);
const PRODUCTION_WAIT: Duration = Duration::from_secs(600);
/// An embedded sandbox spares its tests the wait.
const EMBEDDED_WAIT: Duration = Duration::from_millis(50);
/// Beyond 32 bits, signed or not, so that a client that keeps too small a number fails here.
const FIRST_JOB: i64 = 5_000_000_001;

pub(crate) const SERVER_KEY: usize = 0;
pub(crate) const SENDER_KEY: usize = 1;
pub(crate) const FIRST_SPARE_KEY: usize = 3;

/// Sets up a [`Sandbox`]; every setting has a default.
#[derive(Debug, Clone)]
#[must_use]
pub struct SandboxBuilder {
    address: SocketAddr,
    management: Option<SocketAddr>,
    host_names: Vec<String>,
    clock: Option<SandboxClock>,
    environment: EnvironmentKind,
    poll_wait: Option<Duration>,
    server_organization: OrganizationNumber,
    server_validity: Option<Validity>,
    sender: Organization,
    sender_validity: Option<Validity>,
    subject_profile: SubjectProfile,
    others: Vec<Organization>,
    trusted: Vec<Certificate>,
    kept_authority: Option<PathBuf>,
    register: Vec<(PersonalIdentificationNumber, SignerAct)>,
    signing_time_tolerance: Duration,
    limits_rate: Option<bool>,
    archives: bool,
    mailboxes: bool,
    modes: QueueModes,
    first_job: JobId,
    cancel_status: CancelStatus,
    response_style: ResponseStyle,
    observer: RequestObserver,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            management: None,
            host_names: Vec::new(),
            clock: None,
            environment: EnvironmentKind::Test,
            poll_wait: None,
            server_organization: OrganizationNumber::unchecked(SERVICE),
            server_validity: None,
            sender: Organization::new(OrganizationNumber::unchecked(SENDER)),
            sender_validity: None,
            subject_profile: SubjectProfile::default(),
            others: Vec::new(),
            trusted: Vec::new(),
            kept_authority: None,
            register: Vec::new(),
            signing_time_tolerance: Duration::from_secs(5),
            limits_rate: None,
            archives: false,
            mailboxes: true,
            modes: QueueModes::default(),
            first_job: JobId(FIRST_JOB),
            cancel_status: CancelStatus::default(),
            response_style: ResponseStyle::Plain,
            observer: RequestObserver::default(),
        }
    }
}

impl SandboxBuilder {
    /// Where to listen. Defaults to 127.0.0.1 and any free port.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Opens the page and the management API on a second port: plain HTTP without any check of
    /// who calls, so leave it on the loopback address. Port 0 takes any free one. Closed by default.
    pub fn management(mut self, address: SocketAddr) -> Self {
        self.management = Some(address);
        self
    }

    /// Adds a host name, or an address, to the server's certificate as a subject alternative name,
    /// for clients that can't leave the host name unchecked, and accepts it as `Host` on the
    /// management port. May be called several times.
    ///
    /// None by default: the service's certificate names no host, and a client that needs one here
    /// fails there.
    pub fn host_name(mut self, name: impl Into<String>) -> Self {
        self.host_names.push(name.into());
        self
    }

    /// The clock. Defaults to one that runs with the system's and can be moved ahead; see
    /// [`standing_clock`](Self::standing_clock) for one that stands still.
    ///
    /// With a clock that was given, the wait between polls of an empty queue is the documented one,
    /// and with a [real](SandboxClock::real) one calls per second are limited; see
    /// [`poll_wait`](Self::poll_wait) and [`limit_call_rate`](Self::limit_call_rate).
    pub fn clock(mut self, clock: SandboxClock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Lets the clock stand at the present whole second until it is moved. A client that waits in
    /// real time then waits for ever, unless the test moves the clock.
    pub fn standing_clock(self) -> Self {
        let now = Timestamp::now();
        let whole = Timestamp::from_second(now.as_second()).unwrap_or(now);
        self.clock(SandboxClock::controlled(whole))
    }

    /// Which environment's waiting times and rules apply. Defaults to the test environment's.
    pub fn environment(mut self, environment: EnvironmentKind) -> Self {
        self.environment = environment;
        self
    }

    /// How long to stay away from an empty queue. Defaults to 50 ms; with a
    /// [clock that was given](Self::clock) to the documented 5 s of the test environment, and in
    /// production to 10 minutes.
    pub fn poll_wait(mut self, wait: Duration) -> Self {
        self.poll_wait = Some(wait);
        self
    }

    /// The organisation number in the server's certificate. Defaults to the real service's, 984661185.
    pub fn server_organization(mut self, number: OrganizationNumber) -> Self {
        self.server_organization = number;
        self
    }

    /// How long the server's certificate holds. Defaults to decades.
    pub fn server_validity(mut self, validity: Validity) -> Self {
        self.server_validity = Some(validity);
        self
    }

    /// The organisation that the client certificate is issued to. Defaults to 123456789, the sender of
    /// the documentation's examples, as a public body.
    pub fn sender(mut self, organization: Organization) -> Self {
        self.sender = organization;
        self
    }

    /// How long the sender's certificate holds. Defaults to decades.
    pub fn sender_validity(mut self, validity: Validity) -> Self {
        self.sender_validity = Some(validity);
        self
    }

    /// Where the certificates of server and senders have the organisation number. Defaults to
    /// organizationIdentifier.
    pub fn subject_profile(mut self, profile: SubjectProfile) -> Self {
        self.subject_profile = profile;
        self
    }

    /// One more organisation with access to the API; see
    /// [`Sandbox::issue`](crate::Sandbox::issue) for its certificate.
    pub fn organization(mut self, organization: Organization) -> Self {
        self.others.push(organization);
        self
    }

    /// Lets in connections and packages by certificates of these authorities too, roots or
    /// intermediates: for a sender's own enterprise certificate. May be called several times.
    pub fn trust_also(mut self, anchors: impl IntoIterator<Item = Certificate>) -> Self {
        self.trusted.extend(anchors);
        self
    }

    /// Keeps the authority that issues all certificates in a file, with its keys: clients that trust
    /// it once go on to, and a client certificate of an earlier run is let in. Made if it does not
    /// exist, readable by its owner alone. By default there is a new authority every time.
    pub fn keep_authority(mut self, file: impl Into<PathBuf>) -> Self {
        self.kept_authority = Some(file.into());
        self
    }

    /// What the contact register says of a person: whenever a job is created with this signer, to
    /// be notified by lookup, the signer is found [reserved](SignerAct::Reserve) or
    /// [without contact information](SignerAct::MissContactInformation), whichever the order group.
    /// Other acts have no effect.
    pub fn in_register(mut self, number: PersonalIdentificationNumber, found: SignerAct) -> Self {
        self.register.push((number, found));
        self
    }

    /// How far the signing time of a package may be from the present, either way: from the real time
    /// or from the sandbox's, since clients in other processes know nothing of a clock that was
    /// moved. Defaults to 5 s.
    pub fn signing_time_tolerance(mut self, tolerance: Duration) -> Self {
        self.signing_time_tolerance = tolerance;
        self
    }

    /// Whether more than ten calls in a second block an organisation for 30 s. Defaults to whether a
    /// [real](SandboxClock::real) clock was given: on a clock that stands still all calls fall in
    /// one second.
    pub fn limit_call_rate(mut self, limit: bool) -> Self {
        self.limits_rate = Some(limit);
        self
    }

    /// Whether the senders have bought long-term storage: the documents of completed jobs are
    /// archived and kept until they are deleted. Defaults to no.
    pub fn long_term_storage(mut self, bought: bool) -> Self {
        self.archives = bought;
        self
    }

    /// Whether signers have a digital mailbox, to which signed documents are forwarded before they can
    /// be deleted; see [`SandboxJob::set_digital_mailbox`](crate::SandboxJob::set_digital_mailbox)
    /// for one signer. Defaults to yes.
    pub fn digital_mailboxes(mut self, all_have_one: bool) -> Self {
        self.mailboxes = all_have_one;
        self
    }

    /// What happens to a job's next change while one of the job is handed out. Defaults to
    /// [`ParallelChanges::HeldBack`].
    pub fn parallel_changes(mut self, mode: ParallelChanges) -> Self {
        self.modes.parallel = mode;
        self
    }

    /// What a poll before the permitted time does to that time. Defaults to
    /// [`EarlyPoll::KeepsTime`].
    pub fn early_poll(mut self, mode: EarlyPoll) -> Self {
        self.modes.early_poll = mode;
        self
    }

    /// Which state of the job a change shows. Defaults to [`ChangeState::AsQueued`].
    pub fn change_state(mut self, mode: ChangeState) -> Self {
        self.modes.shown = mode;
        self
    }

    /// The number of the first job. Defaults to 5,000,000,001, so that a client that keeps job
    /// numbers in 32 bits fails here.
    pub fn first_job(mut self, id: impl Into<JobId>) -> Self {
        self.first_job = id.into();
        self
    }

    /// The status of a cancellation that succeeded. Defaults to 204.
    pub fn cancel_status(mut self, status: CancelStatus) -> Self {
        self.cancel_status = status;
        self
    }

    /// How the XML of responses looks. Defaults to plain.
    pub fn response_style(mut self, style: ResponseStyle) -> Self {
        self.response_style = style;
        self
    }

    /// Calls `observer` when a call has arrived and again when it was handled, so that a test can check
    /// what a client had done by then; and when a client is blocked or a connection refused. The
    /// call waits for it. There is none by default.
    pub fn observe(mut self, observer: impl Fn(RequestEvent<'_>) + Send + Sync + 'static) -> Self {
        self.observer = RequestObserver::new(observer);
        self
    }

    /// Makes the certificates and starts to listen, on the Tokio runtime that this is called on.
    ///
    /// # Errors
    /// [`StartError`] when the address is taken, or the certificates asked for can't be made.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let embedded = self.clock.is_none();
        let clock = self.clock.clone().unwrap_or_else(SandboxClock::real);
        let usual = Validity::lasting(clock.now()).spanning(Validity::lasting(Timestamp::now()));
        let certified = certify(&self, usual)
            .await
            .map_err(|source| StartError::Certificates { source })?;
        let Certified {
            authority,
            server,
            sender,
        } = certified;
        // With its own intermediate as an anchor too, as the service has: C# programs and others
        // send their end certificate alone, and the C# client puts no other into a package.
        let mut anchors: Vec<Certificate> = server.chain().iter().skip(1).cloned().collect();
        anchors.extend(self.trusted.iter().cloned());
        let tls =
            http::tls(&server, &anchors, &clock).map_err(|source| StartError::Tls { source })?;
        let tolerance = SignedDuration::try_from(self.signing_time_tolerance);
        let verifier = Verifier::new(anchors).tolerance(tolerance.unwrap_or(SignedDuration::MAX));
        // By the server's key: another one would double the time of the first start.
        let signing = authority
            .document_signing(usual, SERVER_KEY)
            .map_err(|source| StartError::Certificates { source })?;
        let links = SignerLinks::new().map_err(|error| StartError::Certificates {
            source: error.into(),
        })?;
        let (listener, address) = listen(self.address).await?;
        let management = match self.management {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let mut register = Register::default();
        let sender_number = self.sender.number().clone();
        for organization in self.others.into_iter().chain([self.sender]) {
            register.add(organization);
        }
        let poll_wait = self.poll_wait.unwrap_or(match self.environment {
            EnvironmentKind::Production => PRODUCTION_WAIT,
            EnvironmentKind::Test if embedded => EMBEDDED_WAIT,
            EnvironmentKind::Test => TEST_WAIT,
        });
        let limits_rate = self
            .limits_rate
            .unwrap_or(!embedded && !clock.is_controlled());
        let terms = Terms {
            poll_wait: SignedDuration::try_from(poll_wait).unwrap_or(SignedDuration::MAX),
            limits_rate,
            archives: self.archives,
            mailboxes: self.mailboxes,
            modes: self.modes,
            first_job: self.first_job,
        };
        let host_names = self.host_names;
        let root_url = format!("https://{}/api", reachable(address, &host_names));
        let shared = Arc::new(Shared {
            clock,
            register,
            journal: Journal::default(),
            faults: Faults::default(),
            change_signal: ChangeSignal::default(),
            response_style: self.response_style,
            cancel_status: self.cancel_status,
            contact_register: self.register,
            host_names,
            subject_profile: self.subject_profile,
            observer: self.observer,
            environment: self.environment,
            root_url,
            page_url: management
                .as_ref()
                .map(|(_, address)| format!("http://{address}/")),
            links,
            server_organization: self.server_organization,
            sender: sender_number,
            sender_certificate: sender.clone(),
            signing,
            verifier,
            ledger: Mutex::new(Ledger::new(terms)),
        });
        let router = http::router(Arc::clone(&shared));
        let server = tokio::spawn(http::serve(listener, tls, router, Arc::clone(&shared)));
        let management = management.map(|(listener, address)| {
            let router = management::router(Arc::clone(&shared));
            let server = tokio::spawn(http::serve_plainly(listener, router));
            Management { address, server }
        });
        Ok(Sandbox {
            shared,
            address,
            authority,
            sender_certificate: sender,
            next_key: AtomicUsize::new(FIRST_SPARE_KEY),
            server,
            management,
        })
    }
}

/// How clients call an address: by the name that the certificate has, if it has one.
fn reachable(address: SocketAddr, host_names: &[String]) -> String {
    match host_names.first() {
        Some(name) if name.parse::<std::net::Ipv6Addr>().is_ok() => {
            format!("[{name}]:{}", address.port())
        }
        Some(name) => format!("{name}:{}", address.port()),
        None if address.ip().is_unspecified() => format!("127.0.0.1:{}", address.port()),
        None => address.to_string(),
    }
}

async fn listen(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let refused = |source| StartError::Listen {
        address: wanted,
        source,
    };
    let listener = TcpListener::bind(wanted).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok((listener, address))
}

struct Certified {
    authority: Authority,
    server: portal_certificate::EnterpriseCertificate,
    sender: portal_certificate::EnterpriseCertificate,
}

async fn certify(settings: &SandboxBuilder, usual: Validity) -> Result<Certified, MakingError> {
    // The first start in a process makes two RSA keys, which is worth doing at once.
    let server_key = tokio::task::spawn_blocking(|| make_key(SERVER_KEY));
    let sender_key = tokio::task::spawn_blocking(|| make_key(SENDER_KEY));
    server_key.await??;
    sender_key.await??;
    let authority = match &settings.kept_authority {
        Some(file) => Authority::kept(file, usual)?,
        None => Authority::new(usual)?,
    };
    let server = authority.issue(&Enterprise {
        organization: &settings.server_organization,
        name: "Portal Sandbox Service",
        profile: settings.subject_profile,
        host_names: &settings.host_names,
        validity: settings.server_validity.unwrap_or(usual),
        key_slot: SERVER_KEY,
    })?;
    let sender = authority.issue(&Enterprise {
        organization: settings.sender.number(),
        name: "Portal Sandbox Sender",
        profile: settings.subject_profile,
        host_names: &[],
        validity: settings.sender_validity.unwrap_or(usual),
        key_slot: SENDER_KEY,
    })?;
    Ok(Certified {
        authority,
        server,
        sender,
    })
}
