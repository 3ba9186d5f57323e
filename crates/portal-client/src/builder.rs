//! A client with everything in place: TLS and authentication, rate limit, retries, signing.

use std::fmt;
use std::sync::Arc;

use portal_asice::SignError;
use portal_certificate::{Certificate, EnterpriseCertificate};
use portal_model::EnvironmentKind;
use portal_rules::{Sector, SenderProfile};
use portal_transport::{
    AnchorError, Clock, ConfigError, OperationClass, Proxy, RateLimit, RetryPolicy, ServerTrust,
    SharedClock, Timeouts, Transport, TransportSettings,
};

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

/// Why a client could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A custom root URL, for which it is not known whose servers to trust.
    #[error(
        "no trust anchors are known for {root}: set those of its server with ClientBuilder::trust, or use Environment::production or Environment::difitest, whose anchors are built in"
    )]
    #[non_exhaustive]
    NoTrust {
        /// The root URL.
        root: String,
    },
    /// The trust anchors are those of the other environment.
    #[error(
        "the trust anchors are of the {given} environment, and the service is of {wanted}: leave them out, as those of {wanted} are built in"
    )]
    #[non_exhaustive]
    TrustOfOtherEnvironment {
        /// The environment of the service.
        wanted: EnvironmentKind,
        /// The environment of the anchors.
        given: EnvironmentKind,
    },
    /// The trust anchors can't be used.
    #[error("the trust anchors can't be used: {source}")]
    #[non_exhaustive]
    Trust {
        /// What is wrong.
        source: AnchorError,
    },
    /// The transport can't be made of the certificate, the trust anchors or the other settings.
    #[error("the connection to the service can't be set up: {source}")]
    #[non_exhaustive]
    Transport {
        /// What is wrong.
        source: ConfigError,
    },
    /// The certificate's key can't sign packages.
    #[error("the certificate can't sign document packages: {source}")]
    #[non_exhaustive]
    Signer {
        /// What is wrong.
        source: SignError,
    },
}

impl From<ConfigError> for BuildError {
    fn from(source: ConfigError) -> Self {
        Self::Transport { source }
    }
}

impl From<AnchorError> for BuildError {
    fn from(source: AnchorError) -> Self {
        Self::Trust { source }
    }
}

#[cfg(test)]
mod tests {
    use portal_transport::test_util::{ScriptedTransport, TestClock};

    use super::*;
    use crate::Error;
    use crate::fixtures::{build, enterprise, environment, least, now, sender};

    fn authority() -> Vec<u8> {
        let mut wanted = rcgen::CertificateParams::default();
        wanted.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        wanted.self_signed(&key).unwrap().der().to_vec()
    }

    /// A client that the builder has composed, over `transport` in place of the wire.
    fn client(transport: &ScriptedTransport, clock: &TestClock) -> PortalClient {
        let certificate = enterprise();
        let trust = ServerTrust::new([authority()]).unwrap();
        PortalClient::builder(environment(), certificate.clone(), Sector::Unknown)
            .trust(trust)
            .sender(sender())
            .clock(SharedClock::new(clock.clone()))
            .build_over({
                let transport = transport.clone();
                move |_| Ok(transport.clone())
            })
            .unwrap()
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread();
        { runtime }.build().unwrap().block_on(future)
    }

    #[test]
    fn a_custom_root_has_no_default_trust() {
        let custom = Environment::custom("https://127.0.0.1:8443/api").unwrap();
        let builder = PortalClient::builder(custom, enterprise().clone(), Sector::Public);
        let built = builder.build_over(|_| Ok(ScriptedTransport::new()));
        insta::assert_snapshot!(built.unwrap_err());
    }

    fn build_at(
        environment: Environment,
        change: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<PortalClient, BuildError> {
        let builder = PortalClient::builder(environment, enterprise().clone(), Sector::Public);
        change(builder.without_proxy()).build_over(|_| Ok(ScriptedTransport::new()))
    }

    #[test]
    fn the_environment_chooses_its_trust() {
        for (environment, kind) in [
            (Environment::production(), EnvironmentKind::Production),
            (Environment::difitest(), EnvironmentKind::Test),
            (Environment::difiqa(), EnvironmentKind::Test),
        ] {
            let client = build_at(environment.clone(), |builder| builder).unwrap();
            let connection = client.connection();
            let trust = &connection.setup.as_ref().unwrap().trust;
            assert_eq!(trust.environment(), Some(kind));
            for given in [EnvironmentKind::Production, EnvironmentKind::Test] {
                let trust = ServerTrust::of_environment(given);
                let built = build_at(environment.clone(), |builder| builder.trust(trust));
                assert_eq!(built.is_ok(), given == kind, "{built:?}");
            }
        }
        let trust = ServerTrust::of_environment(EnvironmentKind::Test);
        let mixed = build_at(Environment::production(), |builder| builder.trust(trust));
        insta::assert_snapshot!(mixed.unwrap_err(), @"the trust anchors are of the test environment, and the service is of production: leave them out, as those of production are built in");
    }

    #[test]
    fn the_environment_knows_its_token_endpoint() {
        let authentication = || Authentication::Token {
            client_id: "client-id".to_owned(),
            broker_id: "broker-id".to_owned(),
        };
        for (environment, endpoint) in [
            (Environment::production(), "midp.digipost.no:443"),
            (Environment::difitest(), "midp.difitest.digipost.no:443"),
            (Environment::difiqa(), "midp.qa.digipost.no:443"),
        ] {
            let built = build_at(environment, |builder| {
                builder.authentication(authentication())
            });
            let connection = built.unwrap().connection();
            assert_eq!(connection.tokens.as_ref().unwrap().endpoint(), endpoint);
        }
        let custom = || Environment::custom("https://127.0.0.1:8443/api").unwrap();
        let trust = || ServerTrust::new([authority()]).unwrap();
        let missing = build_at(custom(), |builder| {
            builder.trust(trust()).authentication(authentication())
        });
        insta::assert_snapshot!(missing.unwrap_err(), @"the connection to the service can't be set up: access tokens: no token endpoint is known for a custom root: give its URL, or authenticate with the certificate");
        let given = build_at(custom(), |builder| {
            let builder = builder.trust(trust()).authentication(authentication());
            builder.token_endpoint("https://127.0.0.1:8444/token")
        });
        given.unwrap();
    }

    #[test]
    fn a_user_agent_that_no_header_can_hold_is_refused() {
        let certificate = enterprise();
        let trust = ServerTrust::new([authority()]).unwrap();
        let built = PortalClient::builder(environment(), certificate.clone(), Sector::Public)
            .trust(trust)
            .user_agent_part("name\r\nx: y")
            .build_over(|_| Ok(ScriptedTransport::new()));
        assert!(
            matches!(built, Err(BuildError::Transport { .. })),
            "{built:?}"
        );
    }

    #[test]
    fn idempotent_requests_are_retried() {
        let transport = ScriptedTransport::new()
            .response(503, "")
            .response(503, "")
            .response(200, "You are 123456789");
        let clock = TestClock::new(now());
        let response = block_on(client(&transport, &clock).who_am_i(None));
        assert_eq!(response.unwrap(), "You are 123456789");
        assert_eq!(clock.sleeps().len(), 2);
    }

    #[test]
    fn a_create_and_a_poll_that_may_have_arrived_are_not_repeated() {
        let transport = ScriptedTransport::new().response(503, "").response(503, "");
        let client = client(&transport, &TestClock::new(now()));
        let created = block_on(client.create(&build(least()))).unwrap_err();
        assert!(!created.is_retryable(), "{created}");
        let polled = block_on(client.status_change(None)).unwrap_err();
        assert!(matches!(polled, Error::Unexpected { .. }), "{polled}");
        assert_eq!(transport.requests().len(), 2);
    }

    #[test]
    fn eleven_calls_take_more_than_a_second() {
        let mut transport = ScriptedTransport::new();
        for _ in 0..11 {
            transport = transport.response(200, "You are 123456789");
        }
        let clock = TestClock::new(now());
        let client = client(&transport, &clock);
        for _ in 0..11 {
            block_on(client.who_am_i(None)).unwrap();
        }
        assert!(clock.now().duration_since(now()).as_millis() > 1_000);
    }
}
