//! A client with everything in place: TLS and authentication, rate limit, retries, signing.

mod error;

use std::fmt;
use std::sync::Arc;

use portal_certificate::{Certificate, EnterpriseCertificate};
use portal_rules::{Sector, SenderProfile};
use portal_transport::{
    Clock, ConfigError, OperationClass, Proxy, RateLimit, RetryPolicy, ServerTrust, SharedClock,
    Timeouts, Transport, TransportSettings,
};

pub use self::error::BuildError;
use crate::authentication::{Authentication, TokenEndpoint};
use crate::connection::Setup;
use crate::package_processor::PackageProcessor;
use crate::{Environment, PollTimes, PortalClient, Profile, Sender};

/// Builds a [`PortalClient`] for one enterprise certificate, which identifies the sender to the service and
/// signs the document packages.
///
/// ```no_run
/// use portal_client::{EnterpriseCertificate, Environment, PortalClient, Sector, Sender};
///
/// fn client() -> Result<PortalClient, Box<dyn std::error::Error>> {
///     let file = std::fs::read("certificate.p12")?;
///     let certificate = EnterpriseCertificate::from_pkcs12(&file, "password")?;
///     let client = PortalClient::builder(Environment::difitest(), certificate, Sector::Public)
///         .sender(Sender::new("123456789")?)
///         .build()?;
///     Ok(client)
/// }
/// ```
///
/// The certificate is the only file that is needed: which servers to trust is known for the service's own
/// environments. For a custom root URL it is set with [`trust`](Self::trust).
///
/// What it composes, from the wire up:
/// 1. a transport over TLS, which goes to the environment's root URL and nowhere else. It shows the certificate
///    there, unless access tokens are used: see [`authentication`](Self::authentication);
/// 2. a [`RateLimit`], which keeps to the service's ten requests a second. The limit is the sender
///    organisation's: all programs of one organisation share it, so clone one client within a program;
/// 3. [`Retrying`](portal_transport::Retrying), which retries idempotent requests, and never a create or a poll that may have reached the
///    service. With access tokens there is a layer in between that sends them, and gets a new one after a 401.
///
/// For anything else compose a transport by hand, and give it to [`PortalClient::new`].
#[must_use]
pub struct ClientBuilder {
    environment: Environment,
    certificate: EnterpriseCertificate,
    trust: Option<ServerTrust>,
    authentication: Authentication,
    token_endpoint: TokenEndpoint,
    configure: Vec<Configure>,
    user_agent_part: Option<String>,
    profile: Profile,
    retry_policy: RetryPolicy,
    calls_per_second: u32,
    clock: SharedClock,
    processor: Option<Arc<dyn PackageProcessor>>,
    poll_times: Option<Arc<dyn PollTimes>>,
}

type Configure = Box<dyn FnOnce(TransportSettings) -> TransportSettings + Send>;

impl ClientBuilder {
    pub(crate) fn new(
        environment: Environment,
        certificate: EnterpriseCertificate,
        sector: Sector,
    ) -> Self {
        Self {
            profile: Profile::new(sector, environment.kind()),
            environment,
            certificate,
            trust: None,
            authentication: Authentication::default(),
            token_endpoint: TokenEndpoint::default(),
            configure: Vec::new(),
            user_agent_part: None,
            retry_policy: RetryPolicy::default(),
            calls_per_second: RateLimit::MOST_CALLS_PER_SECOND,
            clock: SharedClock::default(),
            processor: None,
            poll_times: None,
        }
    }

    /// Sets which servers are taken for the service. Required with a custom root URL.
    ///
    /// Defaults to [`ServerTrust::of_environment`] of the environment: the issuers known for production or
    /// those for test, never both.
    pub fn trust(mut self, trust: ServerTrust) -> Self {
        self.trust = Some(trust);
        self
    }

    /// Sets how the client proves to the service who it is. Defaults to the certificate.
    ///
    /// With [`Authentication::Token`] the certificate goes to the token endpoint only. It need not hold an
    /// organisation number then; [`sender`](Self::sender) sets the organisation that the client sends for.
    pub fn authentication(mut self, authentication: Authentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// Sets the URL of the token endpoint. Required where access tokens are used with a custom root URL;
    /// defaults to the environment's.
    pub fn token_endpoint(mut self, url: impl Into<String>) -> Self {
        self.token_endpoint.url = Some(url.into());
        self
    }

    /// Adds roots under which the token endpoint's certificate is accepted, besides those that the system
    /// trusts for web servers.
    pub fn token_endpoint_roots(mut self, roots: impl IntoIterator<Item = Certificate>) -> Self {
        self.token_endpoint.extra_roots.extend(roots);
        self
    }

    /// Sets the sender for jobs and requests that name none.
    pub fn sender(mut self, sender: Sender) -> Self {
        self.profile = self.profile.with_sender(sender);
        self
    }

    /// Changes the rules that jobs are checked against, for example to count a warning as an error or to
    /// silence it.
    pub fn rules(mut self, change: impl FnOnce(SenderProfile) -> SenderProfile) -> Self {
        self.profile = self.profile.with_rules(change);
        self
    }

    /// Sets the time limits for one class of operations. The defaults are those of [`Timeouts::ordinary`] and
    /// [`Timeouts::download`].
    pub fn timeouts(self, class: OperationClass, timeouts: Timeouts) -> Self {
        self.configure(move |settings| settings.with_timeouts(class, timeouts))
    }

    /// Names the program that uses this library, at the end of the User-Agent: printable ASCII without
    /// brackets. [`build`](Self::build) refuses anything else.
    pub fn user_agent_part(mut self, part: impl Into<String>) -> Self {
        self.user_agent_part = Some(part.into());
        self
    }

    /// Connects through `proxy`, whatever the environment variables say.
    pub fn proxy(self, proxy: Proxy) -> Self {
        self.configure(move |settings| settings.with_proxy(proxy))
    }

    /// Connects without a proxy, whatever the environment variables say.
    pub fn without_proxy(self) -> Self {
        self.configure(TransportSettings::without_proxy)
    }

    /// Sets how often and how fast idempotent requests are retried. Defaults to [`RetryPolicy::default`]; one
    /// attempt means never.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// Sets the most requests per second, 1 to 10, for programs that share the organisation's limit with others.
    /// Defaults to 10, the service's limit. [`build`](Self::build) refuses anything else.
    pub fn calls_per_second(mut self, calls: u32) -> Self {
        self.calls_per_second = calls;
        self
    }

    /// Sets a custom clock: its time is used for signing packages and checking jobs, its
    /// [instant](portal_transport::Clock::instant) for all waiting.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = SharedClock::new(clock);
        self
    }

    /// Sets a processor that receives every document package before it is sent.
    pub fn package_processor(mut self, processor: impl PackageProcessor + 'static) -> Self {
        self.processor = Some(Arc::new(processor));
        self
    }

    /// Sets where watches of the client store when each queue may be polled next, and how they ended, unless a watch
    /// is given its own place by [`Watch::poll_times`](crate::Watch::poll_times), which says what it is for. Without
    /// either nothing is stored: every start polls at once, and confirms jobs in progress 20 minutes later.
    pub fn poll_times(mut self, times: impl PollTimes + 'static) -> Self {
        self.poll_times = Some(Arc::new(times));
        self
    }

    fn configure(
        mut self,
        change: impl FnOnce(TransportSettings) -> TransportSettings + Send + 'static,
    ) -> Self {
        self.configure.push(Box::new(change));
        self
    }

    /// Builds the client, over [`ReqwestTransport`](portal_transport::ReqwestTransport).
    ///
    /// # Errors
    /// [`BuildError`] when a custom root URL has no trust or no token endpoint, or the certificate or the
    /// settings can't be used.
    #[cfg(feature = "reqwest")]
    pub fn build(self) -> Result<PortalClient, BuildError> {
        self.build_over(portal_transport::ReqwestTransport::new)
    }

    /// Builds the client over a chosen transport, such as
    /// [`HyperTransport::new`](portal_transport::HyperTransport::new). `transport` makes one for each
    /// certificate, so once more when it is [replaced](PortalClient::replace_certificate), and one for
    /// each [check](PortalClient::check).
    ///
    /// # Errors
    /// As for `build`.
    pub fn build_over<T: Transport>(
        self,
        transport: impl Fn(TransportSettings) -> Result<T, ConfigError> + Send + Sync + 'static,
    ) -> Result<PortalClient, BuildError> {
        let trust = match self.trust {
            Some(trust) => trust,
            None => ServerTrust::of_root(self.environment.root()).map_err(|error| match error {
                ConfigError::NoTrustForRoot { root, .. } => BuildError::NoTrust { root },
                source => BuildError::Transport { source },
            })?,
        };
        let (authentication, certificate) = (self.authentication, self.certificate);
        let tls = Setup::tls(&authentication, &certificate, &trust, &self.clock);
        let mut settings = TransportSettings::new(self.environment.root().clone(), tls);
        for change in self.configure {
            settings = change(settings);
        }
        if let Some(part) = self.user_agent_part {
            settings = settings.with_user_agent_part(&part)?;
        }
        let setup = Setup {
            environment: self.environment.clone(),
            certificate,
            trust,
            authentication,
            token_endpoint: self.token_endpoint,
            settings,
            make_transport: Arc::new(move |settings| Ok(Arc::new(transport(settings)?) as _)),
            rate_limit: None,
            calls_per_second: self.calls_per_second,
            retry_policy: self.retry_policy,
            clock: self.clock.clone(),
        };
        Ok(PortalClient::of_connection(
            self.environment,
            setup.connect(None)?,
            self.profile.with_clock(self.clock),
            self.processor,
            self.poll_times,
        ))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("environment", &self.environment)
            .field("certificate", &self.certificate)
            .field("trust", &self.trust)
            .field("authentication", &self.authentication)
            .field("profile", &self.profile)
            .field("retry_policy", &self.retry_policy)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
