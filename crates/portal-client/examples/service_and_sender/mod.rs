//! What the examples need of the outside world: a service, and who calls it.
//!
//! By default that is a sandbox inside the example. These variables of the environment name
//! a real one (or a `portal sandbox` that runs elsewhere):
//!
//! | variable | |
//! |---|---|
//! | `PORTAL_CERTIFICATE` | the sender's enterprise certificate with its key, a PKCS#12 file |
//! | `PORTAL_PASSWORD` | that file's password |
//! | `PORTAL_SENDER` | the sender's organisation number |
//! | `PORTAL_SIGNER` | the personal number of somebody who will sign |
//! | `PORTAL_ROOT` | the environment or its root URL; defaults to `difitest` |
//! | `PORTAL_CLIENT_ID`, `PORTAL_BROKER_ID` | for access tokens in place of the certificate |
//! | `PORTAL_ANCHORS` | for a custom root URL: the issuers of its server's certificate, a PEM file |
//! | `PORTAL_TOKEN_ENDPOINT` | for a custom root URL with access tokens: the URL of its token endpoint |
//! | `PORTAL_TOKEN_ANCHORS` | the root of that endpoint's certificate, a PEM file, where the system does not trust it |
//! | `PORTAL_TOKENS` | without `PORTAL_CERTIFICATE`: set to anything, access tokens in the sandbox, too |
//! | `PORTAL_SERVER` | the organisation number in the server's certificate, if not the service's own |
//! | `PORTAL_ON_BEHALF_OF` | for the example of a broker: the organisation it sends for |

#![allow(dead_code, reason = "each example uses a part of it")]

use std::env;
use std::error::Error;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use portal_client::{
    Authentication, BoxFuture, Document, EnterpriseCertificate, Environment, OrganizationNumber,
    PackageSigner, PermittedPoll, PollTimes, PortalClient, QueueKey, Sector, Sender, ServerTrust,
    TlsSettings, Transport, TransportSettings,
};
use portal_sandbox::{Certificate, Organization, Sandbox, SandboxClock, sample_pdf};

/// What any of this may fail with.
pub(crate) type AnyError = Box<dyn Error + Send + Sync>;

/// Two organisations of the documentation's samples.
const SENDER: &str = "123456789";
const OTHER: &str = "988015814";

/// A service, and who calls it.
pub(crate) struct ServiceAndSender {
    pub(crate) environment: Environment,
    pub(crate) certificate: EnterpriseCertificate,
    pub(crate) trust: ServerTrust,
    pub(crate) authentication: Authentication,
    token_endpoint: Option<String>,
    token_roots: Vec<Certificate>,
    pub(crate) sender: Sender,
    pub(crate) on_behalf_of: Sender,
    pub(crate) signer: String,
    sandbox: Option<Sandbox>,
}

impl ServiceAndSender {
    /// Reads the environment, or starts a sandbox.
    pub(crate) async fn from_environment() -> Result<Self, AnyError> {
        match env::var("PORTAL_CERTIFICATE") {
            Ok(certificate) => Self::real(&certificate),
            Err(_) => Self::sandbox().await,
        }
    }

    fn real(certificate: &str) -> Result<Self, AnyError> {
        let of = |name: &str| env::var(name).map_err(|error| format!("{name}: {error}"));
        let environment: Environment = env::var("PORTAL_ROOT")
            .as_deref()
            .unwrap_or("difitest")
            .parse()?;
        let mut trust = match env::var("PORTAL_ANCHORS") {
            Ok(file) => ServerTrust::from_pem(&fs::read(file)?)?,
            Err(_) => ServerTrust::of_root(environment.root())?,
        };
        if let Ok(number) = env::var("PORTAL_SERVER") {
            trust = trust.with_organization_number(OrganizationNumber::new(number)?);
        }
        let authentication = match env::var("PORTAL_CLIENT_ID") {
            Ok(client_id) => Authentication::token(client_id, of("PORTAL_BROKER_ID")?),
            Err(_) => Authentication::Certificate,
        };
        Ok(Self {
            environment,
            authentication,
            token_endpoint: env::var("PORTAL_TOKEN_ENDPOINT").ok(),
            token_roots: match env::var("PORTAL_TOKEN_ANCHORS") {
                Ok(file) => Certificate::all_from_pem(&fs::read(file)?)?,
                Err(_) => Vec::new(),
            },
            certificate: EnterpriseCertificate::from_pkcs12(
                &fs::read(certificate)?,
                &of("PORTAL_PASSWORD")?,
            )?,
            trust,
            on_behalf_of: Sender::new(of("PORTAL_ON_BEHALF_OF").or(of("PORTAL_SENDER"))?)?,
            sender: Sender::new(of("PORTAL_SENDER")?)?,
            signer: of("PORTAL_SIGNER")?,
            sandbox: None,
        })
    }

    async fn sandbox() -> Result<Self, AnyError> {
        let (number, other) = (SENDER.parse()?, OTHER.parse()?);
        let mut builder = Sandbox::builder()
            .clock(SandboxClock::real())
            .sender(Organization::new(number).with_broker_rights_for(other));
        let with_tokens = env::var_os("PORTAL_TOKENS").is_some();
        if with_tokens {
            builder = builder.token_endpoint(([127, 0, 0, 1], 0).into());
        }
        let sandbox = builder.start().await?;
        let registrations = sandbox.access_tokens().registrations();
        let authentication = match registrations.first() {
            Some(registered) if with_tokens => {
                Authentication::token(registered.client_id(), registered.broker_id())
            }
            _ => Authentication::Certificate,
        };
        println!(
            "No PORTAL_CERTIFICATE is set: running against a sandbox, {}",
            sandbox.root_url()
        );
        Ok(Self {
            environment: sandbox.root_url().parse()?,
            certificate: sandbox.sender_certificate().clone(),
            trust: ServerTrust::new([sandbox.trust_anchor_der()])?
                .with_organization_number(sandbox.server_organization().clone()),
            authentication,
            token_endpoint: sandbox.token_endpoint().map(str::to_owned),
            token_roots: vec![Certificate::from_der(sandbox.token_trust_anchor_der())?],
            sender: Sender::new(SENDER)?,
            on_behalf_of: Sender::new(OTHER)?,
            signer: "12345678910".to_owned(),
            sandbox: Some(sandbox),
        })
    }

    /// What a transport is made of.
    pub(crate) fn transport_settings(&self) -> TransportSettings {
        let tls = TlsSettings::new(self.certificate.clone(), self.trust.clone());
        TransportSettings::new(self.environment.root().clone(), tls)
    }

    /// A client with everything in place.
    pub(crate) fn client(&self) -> Result<PortalClient, AnyError> {
        let (environment, certificate) = (self.environment.clone(), self.certificate.clone());
        let mut builder = PortalClient::builder(environment, certificate, Sector::Unknown)
            .trust(self.trust.clone())
            .authentication(self.authentication.clone())
            .sender(self.sender.clone());
        if let Some(endpoint) = &self.token_endpoint {
            builder = builder
                .token_endpoint(endpoint)
                .token_endpoint_roots(self.token_roots.clone());
        }
        if self.sandbox.is_some() {
            builder = builder.poll_times(NewQueues);
        }
        Ok(builder.build()?)
    }

    /// A client over the example's own transport and signer.
    pub(crate) fn client_with(
        &self,
        transport: impl Transport,
        signer: impl PackageSigner + 'static,
    ) -> PortalClient {
        PortalClient::new(
            self.environment.clone(),
            Sector::Unknown,
            Arc::new(transport),
            Arc::new(signer),
        )
        .with_sender(self.sender.clone())
    }

    /// Lets everybody sign whose turn it is. Real people do so by themselves.
    pub(crate) fn let_sign(&self) -> Result<(), AnyError> {
        match &self.sandbox {
            None => println!("Waiting for the signers, who have to sign by themselves ..."),
            Some(sandbox) => {
                for job in sandbox.jobs() {
                    job.sign_current_group()?;
                }
            }
        }
        Ok(())
    }

    /// When there is nothing left to do: at Ctrl-C, or when the sandbox's last job is confirmed.
    pub(crate) async fn done(&self) {
        let Some(sandbox) = &self.sandbox else {
            let _ = tokio::signal::ctrl_c().await;
            return;
        };
        while !sandbox.jobs().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }
}

/// A small PDF to sign.
pub(crate) fn agreement() -> Document {
    let title = "Tenancy agreement";
    Document::pdf(
        title,
        sample_pdf(title, &["The rent is due on the first of each month."]),
    )
}

/// A folder for what is stored, in the system's folder for temporary files.
pub(crate) fn folder() -> Result<PathBuf, AnyError> {
    let folder = env::temp_dir().join("portal-examples");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The queues of a sandbox that has just been started: nobody has polled them before. A program that runs again
/// keeps its poll times, for example in a `PollTimeFolder`.
struct NewQueues;

impl PollTimes for NewQueues {
    fn load<'a>(&'a self, _: QueueKey<'a>) -> BoxFuture<'a, io::Result<Option<PermittedPoll>>> {
        Box::pin(async { Ok(Some(PermittedPoll::never_polled())) })
    }

    fn save<'a>(&'a self, _: QueueKey<'a>, _: PermittedPoll) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
