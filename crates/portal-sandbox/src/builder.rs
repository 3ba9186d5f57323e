//! How a sandbox is set up before it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use portal_certificate::Certificate;
use portal_model::{EnvironmentKind, OrganizationNumber, PersonalIdentificationNumber};

use crate::access_tokens::DEFAULT_LIFE;
use crate::certificates::{SubjectProfile, Validity};
use crate::clock::SandboxClock;
use crate::http::{CancelStatus, ResponseStyle, ServerChain};
use crate::observer::{RequestEvent, RequestObserver};
use crate::organization::Organization;
use crate::service::{ChangeState, EarlyPoll, JobId, ParallelChanges, QueueModes, SignerAct};

/// The organisation number of the real service, which its clients demand of the server's
/// certificate by default.
const SERVICE: &str = "984661185";
/// The sender of the documentation's examples.
const SENDER: &str = "123456789";
/// Beyond 32 bits, signed or not, so that a client that keeps too small a number fails here.
const FIRST_JOB: i64 = 5_000_000_001;

/// Sets up a [`Sandbox`](crate::Sandbox); every setting has a default.
#[derive(Debug, Clone)]
#[must_use]
pub struct SandboxBuilder {
    pub(crate) address: SocketAddr,
    pub(crate) management: Option<SocketAddr>,
    pub(crate) token_endpoint: Option<SocketAddr>,
    pub(crate) token_life: Duration,
    pub(crate) host_names: Vec<String>,
    pub(crate) clock: Option<SandboxClock>,
    pub(crate) environment: EnvironmentKind,
    pub(crate) poll_wait: Option<Duration>,
    pub(crate) server_organization: OrganizationNumber,
    pub(crate) server_validity: Option<Validity>,
    pub(crate) server_chain: ServerChain,
    pub(crate) sender: Organization,
    pub(crate) sender_validity: Option<Validity>,
    pub(crate) subject_profile: SubjectProfile,
    pub(crate) others: Vec<Organization>,
    pub(crate) trusted: Vec<Certificate>,
    pub(crate) kept_authority: Option<PathBuf>,
    pub(crate) register: Vec<(PersonalIdentificationNumber, SignerAct)>,
    pub(crate) signing_time_tolerance: Duration,
    pub(crate) limits_rate: Option<bool>,
    pub(crate) archives: bool,
    pub(crate) mailboxes: bool,
    pub(crate) modes: QueueModes,
    pub(crate) first_job: JobId,
    pub(crate) cancel_status: CancelStatus,
    pub(crate) response_style: ResponseStyle,
    pub(crate) observer: RequestObserver,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            management: None,
            token_endpoint: None,
            token_life: DEFAULT_LIFE,
            host_names: Vec::new(),
            clock: None,
            environment: EnvironmentKind::Test,
            poll_wait: None,
            server_organization: OrganizationNumber::unchecked(SERVICE),
            server_validity: None,
            server_chain: ServerChain::default(),
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
    /// Sets where to listen. Defaults to 127.0.0.1 and any free port.
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

    /// Opens the token endpoint: mutual TLS on a port of its own. Port 0 takes any free one. Closed by default;
    /// certificates alone then let callers in.
    ///
    /// It proves itself the ordinary way, by a certificate for `localhost`, the loopback addresses, this address
    /// and the [host names](Self::host_name), under a root that nothing else is issued by
    /// ([`Sandbox::token_trust_anchor_pem`](crate::Sandbox::token_trust_anchor_pem)). The sender is registered;
    /// see [`AccessTokens`](crate::AccessTokens) for others.
    pub fn token_endpoint(mut self, address: SocketAddr) -> Self {
        self.token_endpoint = Some(address);
        self
    }

    /// Sets how long access tokens hold: whole seconds, from 1 second to 365 days; anything else is brought
    /// into these bounds. Defaults to an hour.
    pub fn token_life(mut self, life: Duration) -> Self {
        self.token_life = life;
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

    /// Sets the clock. Defaults to one that runs with the system's and can be moved ahead; see
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

    /// Sets which environment's waiting times and rules apply. Defaults to the test environment's.
    pub fn environment(mut self, environment: EnvironmentKind) -> Self {
        self.environment = environment;
        self
    }

    /// Sets how long to stay away from an empty queue. Defaults to 50 ms; with a
    /// [clock that was given](Self::clock) to the documented 5 s of the test environment, and in
    /// production to 10 minutes.
    pub fn poll_wait(mut self, wait: Duration) -> Self {
        self.poll_wait = Some(wait);
        self
    }

    /// Sets the organisation number in the server's certificate. Defaults to the real service's, 984661185.
    pub fn server_organization(mut self, number: OrganizationNumber) -> Self {
        self.server_organization = number;
        self
    }

    /// Sets how long the server's certificate holds. Defaults to decades.
    pub fn server_validity(mut self, validity: Validity) -> Self {
        self.server_validity = Some(validity);
        self
    }

    /// Sets which certificates the API's server sends. Defaults to its own and the intermediate's.
    pub fn server_chain(mut self, sent: ServerChain) -> Self {
        self.server_chain = sent;
        self
    }

    /// Sets the organisation that the client certificate is issued to. Defaults to 123456789, the sender of
    /// the documentation's examples, as a public body.
    pub fn sender(mut self, organization: Organization) -> Self {
        self.sender = organization;
        self
    }

    /// Sets how long the sender's certificate holds. Defaults to decades.
    pub fn sender_validity(mut self, validity: Validity) -> Self {
        self.sender_validity = Some(validity);
        self
    }

    /// Sets where the certificates of server and senders have the organisation number. Defaults to
    /// organizationIdentifier.
    pub fn subject_profile(mut self, profile: SubjectProfile) -> Self {
        self.subject_profile = profile;
        self
    }

    /// Adds an organisation with access to the API; see
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

    /// Sets what the contact register says of a person: whenever a job is created with this signer, to
    /// be notified by lookup, the signer is found [reserved](SignerAct::Reserve) or
    /// [without contact information](SignerAct::MissContactInformation), whichever the order group.
    /// Other acts have no effect.
    pub fn in_register(mut self, number: PersonalIdentificationNumber, found: SignerAct) -> Self {
        self.register.push((number, found));
        self
    }

    /// Sets how far the signing time of a package may be from the present, either way: from the real time
    /// or from the sandbox's, since clients in other processes know nothing of a clock that was
    /// moved. Defaults to 5 s.
    pub fn signing_time_tolerance(mut self, tolerance: Duration) -> Self {
        self.signing_time_tolerance = tolerance;
        self
    }

    /// Sets whether more than ten calls in a second block an organisation for 30 s. Defaults to whether a
    /// [real](SandboxClock::real) clock was given: on a clock that stands still all calls fall in
    /// one second.
    pub fn limit_call_rate(mut self, limit: bool) -> Self {
        self.limits_rate = Some(limit);
        self
    }

    /// Sets whether the senders have bought long-term storage: the documents of completed jobs are
    /// archived and kept until they are deleted. Defaults to no.
    pub fn long_term_storage(mut self, bought: bool) -> Self {
        self.archives = bought;
        self
    }

    /// Sets whether signers have a digital mailbox, to which signed documents are forwarded before they can
    /// be deleted; see [`SandboxJob::set_digital_mailbox`](crate::SandboxJob::set_digital_mailbox)
    /// for one signer. Defaults to yes.
    pub fn digital_mailboxes(mut self, all_have_one: bool) -> Self {
        self.mailboxes = all_have_one;
        self
    }

    /// Sets what happens to a job's next change while one of the job is handed out. Defaults to
    /// [`ParallelChanges::HeldBack`].
    pub fn parallel_changes(mut self, mode: ParallelChanges) -> Self {
        self.modes.parallel = mode;
        self
    }

    /// Sets what a poll before the permitted time does to that time. Defaults to
    /// [`EarlyPoll::KeepsTime`].
    pub fn early_poll(mut self, mode: EarlyPoll) -> Self {
        self.modes.early_poll = mode;
        self
    }

    /// Sets which state of the job a change shows. Defaults to [`ChangeState::AsQueued`].
    pub fn change_state(mut self, mode: ChangeState) -> Self {
        self.modes.shown = mode;
        self
    }

    /// Sets the number of the first job. Defaults to 5,000,000,001, so that a client that keeps job
    /// numbers in 32 bits fails here.
    pub fn first_job(mut self, id: impl Into<JobId>) -> Self {
        self.first_job = id.into();
        self
    }

    /// Sets the status of a cancellation that succeeded. Defaults to 204.
    pub fn cancel_status(mut self, status: CancelStatus) -> Self {
        self.cancel_status = status;
        self
    }

    /// Sets how the XML of responses looks. Defaults to plain.
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
}
