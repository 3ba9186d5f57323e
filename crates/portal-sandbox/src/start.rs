//! How a sandbox starts: certificates, listeners, and what its connections share.

use std::net::SocketAddr;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portal_asice::Verifier;
use portal_certificate::{Certificate, EnterpriseCertificate};
use portal_model::EnvironmentKind;
use tokio::net::TcpListener;

use crate::access_tokens::{self, AccessTokens, TokenRegistration};
use crate::builder::SandboxBuilder;
use crate::certificates::{Authority, Enterprise, MakingError, Validity, make_key};
use crate::change_signal::ChangeSignal;
use crate::client_files::pem;
use crate::clock::SandboxClock;
use crate::error::StartError;
use crate::faults::Faults;
use crate::http::{self, Port};
use crate::journal::Journal;
use crate::links::SignerLinks;
use crate::management;
use crate::organization::Register;
use crate::sandbox::{Management, Sandbox};
use crate::service::{Ledger, Terms};
use crate::shared::Shared;

/// The service permits 5 s at the least in its test environments, and 10 minutes in production.
const TEST_WAIT: Duration = Duration::from_secs(5);
const PRODUCTION_WAIT: Duration = Duration::from_secs(600);
/// An embedded sandbox spares its tests the wait.
const EMBEDDED_WAIT: Duration = Duration::from_millis(50);

pub(crate) const SERVER_KEY: usize = 0;
pub(crate) const SENDER_KEY: usize = 1;
pub(crate) const FIRST_SPARE_KEY: usize = 3;

impl SandboxBuilder {
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
        let tls = http::for_api(&server, self.server_chain, &anchors, &clock)
            .map_err(|source| StartError::Tls { source })?;
        let tolerance = SignedDuration::try_from(self.signing_time_tolerance);
        let verifier =
            Verifier::new(anchors.clone()).tolerance(tolerance.unwrap_or(SignedDuration::MAX));
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
        let host_names = self.host_names;
        let tokens = match self.token_endpoint {
            Some(address) => {
                let (listener, address) = listen(address).await?;
                let identity = authority
                    .issue_web(&named(address, &host_names), usual)
                    .map_err(|source| StartError::Certificates { source })?;
                let tls = http::for_tokens(&identity, &anchors, &clock)
                    .map_err(|source| StartError::Tls { source })?;
                let path = access_tokens::PATH;
                let url = format!("https://{}{path}", reachable(address, &host_names));
                Some((listener, tls, url))
            }
            None => None,
        };
        let access_tokens = AccessTokens::new(self.token_life);
        let registration = TokenRegistration::new(
            access_tokens::CLIENT_ID,
            access_tokens::BROKER_ID,
            self.sender.number().clone(),
            sender.leaf(),
        );
        registration
            .and_then(|registration| access_tokens.register(registration))
            .map_err(|error| StartError::Certificates {
                source: error.into(),
            })?;
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
        let root_url = format!("https://{}/api", reachable(address, &host_names));
        let shared = Arc::new(Shared {
            clock,
            register,
            journal: Journal::default(),
            faults: Faults::default(),
            access_tokens,
            token_endpoint: tokens.as_ref().map(|(_, _, url)| url.clone()),
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
            trust: [
                authority.root_pem().to_owned(),
                authority.intermediate_pem().to_owned(),
                pem("CERTIFICATE", authority.web_root_der()),
            ],
            client_files: Mutex::new(None),
        });
        let router = http::router(Arc::clone(&shared));
        let served = http::serve(listener, Port::Api, tls, router, Arc::clone(&shared));
        let server = tokio::spawn(served);
        let token_server = tokens.map(|(listener, tls, _)| {
            let router = http::token_router(Arc::clone(&shared));
            let served = http::serve(listener, Port::Tokens, tls, router, Arc::clone(&shared));
            tokio::spawn(served)
        });
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
            token_server,
            management,
        })
    }
}

/// The names that a server at an address is called by.
fn named(address: SocketAddr, host_names: &[String]) -> Vec<String> {
    let mut names = host_names.to_vec();
    if !address.ip().is_unspecified() {
        names.push(address.ip().to_string());
    }
    names
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
    server: EnterpriseCertificate,
    sender: EnterpriseCertificate,
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
        organization: Some(&settings.server_organization),
        name: "Portal Sandbox Service",
        profile: settings.subject_profile,
        host_names: &settings.host_names,
        validity: settings.server_validity.unwrap_or(usual),
        key_slot: SERVER_KEY,
    })?;
    let sender = authority.issue(&Enterprise {
        organization: Some(settings.sender.number()),
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
