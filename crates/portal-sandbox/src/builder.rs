//! How a sandbox is set up before it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portal_asice::Verifier;
use portal_model::EnvironmentKind;
use portal_model::OrganizationNumber;
use tokio::net::TcpListener;

use crate::certificates::{Authority, Enterprise, MakingError, Validity, make_key};
use crate::change_signal::ChangeSignal;
use crate::clock::SandboxClock;
use crate::error::StartError;
use crate::faults::Faults;
use crate::http::{self, ResponseStyle};
use crate::journal::Journal;
use crate::links::SignerLinks;
use crate::management;
use crate::observer::{RequestEvent, RequestObserver};
use crate::organization::{Organization, Register};
use crate::sandbox::{Management, Sandbox};
use crate::service::{Ledger, Terms};
use crate::shared::Shared;

/// The organisation number of the real service, which its clients demand of the server's
/// certificate by default.
const SERVICE: &str = "984661185";
/// The sender of the documentation's examples.
const SENDER: &str = "123456789";
/// The service permits 5 s at the least in its test environments, and 10 minutes in production.
const TEST_WAIT: Duration = Duration::from_secs(5);
const PRODUCTION_WAIT: Duration = Duration::from_secs(600);

pub(crate) const SERVER_KEY: usize = 0;
pub(crate) const SENDER_KEY: usize = 1;
pub(crate) const FIRST_SPARE_KEY: usize = 3;

/// Sets up a [`Sandbox`]; every setting has a default.
#[derive(Debug, Clone)]
#[must_use]
pub struct SandboxBuilder {
    address: SocketAddr,
    management: Option<SocketAddr>,
    clock: Option<SandboxClock>,
    environment: EnvironmentKind,
    poll_wait: Option<Duration>,
    server_organization: OrganizationNumber,
    server_validity: Option<Validity>,
    sender: Organization,
    sender_validity: Option<Validity>,
    others: Vec<Organization>,
    signing_time_tolerance: Duration,
    limits_rate: Option<bool>,
    archives: bool,
    mailboxes: bool,
    response_style: ResponseStyle,
    observer: RequestObserver,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            management: None,
            clock: None,
            environment: EnvironmentKind::Test,
            poll_wait: None,
            server_organization: OrganizationNumber::unchecked(SERVICE),
            server_validity: None,
            sender: Organization::new(OrganizationNumber::unchecked(SENDER)),
            sender_validity: None,
            others: Vec::new(),
            signing_time_tolerance: Duration::from_secs(5),
            limits_rate: None,
            archives: false,
            mailboxes: true,
            response_style: ResponseStyle::Plain,
            observer: RequestObserver::default(),
        }
    }
}

impl SandboxBuilder {
    /// Where to listen. Defaults to 127.0.0.1, any free port.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Opens the page and the management API on a second port: plain HTTP without any check of
    /// who calls, so leave it on the loopback address. Port 0 takes any free one. Defaults to closed.
    pub fn management(mut self, address: SocketAddr) -> Self {
        self.management = Some(address);
        self
    }

    /// The clock. Defaults to a controlled one that shows the whole second of the start.
    pub fn clock(mut self, clock: SandboxClock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Which environment's waiting times and rules apply. Defaults to the test environment's.
    pub fn environment(mut self, environment: EnvironmentKind) -> Self {
        self.environment = environment;
        self
    }

    /// How long to stay away from an empty queue. Defaults to 5 s in the test environment, which says
    /// 5 to 30, and 10 minutes in production.
    pub fn poll_wait(mut self, wait: Duration) -> Self {
        self.poll_wait = Some(wait);
        self
    }

    /// The organisation number in the server's certificate. Defaults to the real service's, 984661185.
    pub fn server_organization(mut self, number: OrganizationNumber) -> Self {
        self.server_organization = number;
        self
    }

    /// How long the server's certificate holds. Defaults to three years around now.
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

    /// How long the sender's certificate holds. Defaults to three years around now.
    pub fn sender_validity(mut self, validity: Validity) -> Self {
        self.sender_validity = Some(validity);
        self
    }

    /// One more organisation with access to the API; see
    /// [`Sandbox::issue`](crate::Sandbox::issue) for its certificate.
    pub fn organization(mut self, organization: Organization) -> Self {
        self.others.push(organization);
        self
    }

    /// How far the signing time of a package may be from the sandbox's clock, either way.
    /// Defaults to 5 s.
    pub fn signing_time_tolerance(mut self, tolerance: Duration) -> Self {
        self.signing_time_tolerance = tolerance;
        self
    }

    /// Whether more than ten calls in a second block an organisation for 30 s. Defaults to only with a
    /// real clock, since on a clock that stands still all calls fall in one second.
    pub fn limit_call_rate(mut self, limit: bool) -> Self {
        self.limits_rate = Some(limit);
        self
    }

    /// Whether the senders have bought long-term storage: completed jobs go to the archive when
    /// they are confirmed. Defaults to no.
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

    /// How the XML of responses looks. Defaults to plain.
    pub fn response_style(mut self, style: ResponseStyle) -> Self {
        self.response_style = style;
        self
    }

    /// Calls `observer` when a call has arrived and again when it was handled, so that a test can check
    /// what a client had done by then. The call waits for it. Defaults to nobody looks on.
    pub fn observe(mut self, observer: impl Fn(RequestEvent<'_>) + Send + Sync + 'static) -> Self {
        self.observer = RequestObserver::new(observer);
        self
    }

    /// Makes the certificates and starts to listen, on the Tokio runtime that this is called on.
    ///
    /// # Errors
    /// [`StartError`] when the address is taken, or the certificates asked for can't be made.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let clock = self.clock.clone().unwrap_or_else(|| {
            let now = Timestamp::now();
            let whole = Timestamp::from_second(now.as_second()).unwrap_or(now);
            SandboxClock::controlled(whole)
        });
        let usual = Validity::around(clock.now()).spanning(Validity::around(Timestamp::now()));
        let certified = certify(&self, usual)
            .await
            .map_err(|source| StartError::Certificates { source })?;
        let Certified {
            authority,
            server,
            sender,
        } = certified;
        let tls = http::tls(&server, authority.root_der(), &clock)
            .map_err(|source| StartError::Tls { source })?;

        // With its own intermediate as an anchor too, as the service has: the C# client puts only
        // the end certificate into a package.
        let anchors = server.chain().iter().skip(1).cloned();
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
            EnvironmentKind::Test => TEST_WAIT,
        });
        let terms = Terms {
            poll_wait: SignedDuration::try_from(poll_wait).unwrap_or(SignedDuration::MAX),
            limits_rate: self.limits_rate.unwrap_or(!clock.is_controlled()),
            archives: self.archives,
            mailboxes: self.mailboxes,
        };
        let shared = Arc::new(Shared {
            clock,
            register,
            journal: Journal::default(),
            faults: Faults::default(),
            change_signal: ChangeSignal::default(),
            response_style: self.response_style,
            observer: self.observer,
            environment: self.environment,
            root_url: format!("https://{address}/api"),
            page_url: management
                .as_ref()
                .map(|(_, address)| format!("http://{address}/")),
            links,
            server_organization: self.server_organization,
            sender: sender_number,
            signing,
            verifier,
            ledger: Mutex::new(Ledger::new(terms)),
        });
        let router = http::router(Arc::clone(&shared));
        let server = tokio::spawn(http::serve(listener, tls, router));
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
    let authority = Authority::new(usual)?;
    let server = authority.issue(&Enterprise {
        organization: &settings.server_organization,
        name: "Portal Sandbox Service",
        validity: settings.server_validity.unwrap_or(usual),
        key_slot: SERVER_KEY,
    })?;
    let sender = authority.issue(&Enterprise {
        organization: settings.sender.number(),
        name: "Portal Sandbox Sender",
        validity: settings.sender_validity.unwrap_or(usual),
        key_slot: SENDER_KEY,
    })?;
    Ok(Certified {
        authority,
        server,
        sender,
    })
}
