//! A client with everything in place: mutual TLS, pace, repetition, signing.

use std::sync::Arc;

use portal_asice::{KeySigner, SignError};
use portal_certificate::EnterpriseCertificate;
use portal_transport::{
    ConfigError, OperationClass, Proxy, RateLimit, RetryPolicy, Retrying, ServerTrust, SharedClock,
    Timeouts, TlsSettings, Transport, TransportSettings,
};

use crate::{Environment, PortalClient};

/// Sets up a [`PortalClient`] of one enterprise certificate, which proves the sender to the service
/// and signs the packages.
///
/// ```no_run
/// use portal_certificate::EnterpriseCertificate;
/// use portal_client::{Environment, PortalClient, Sender};
/// use portal_transport::ServerTrust;
///
/// # fn example() -> Result<PortalClient, Box<dyn std::error::Error>> {
/// let certificate = EnterpriseCertificate::from_pkcs12(&std::fs::read("certificate.p12")?, "password")?;
/// let trust = ServerTrust::from_pem(&std::fs::read("anchors.pem")?)?;
/// let client = PortalClient::builder(Environment::difitest(), certificate, trust)
///     .build()?
///     .with_default_sender(Sender::new("123456789")?);
/// # Ok(client)
/// # }
/// ```
///
/// What it composes, from the wire up:
/// 1. a transport over mutual TLS, which goes to the environment's root URL and nowhere else;
/// 2. [`RateLimit`], which keeps to the service's ten calls a second. The limit is the sender
///    organisation's: let one program that calls for one organisation clone one client;
/// 3. [`Retrying`], which repeats what does no harm, and never a create or a poll that may have
///    reached the service.
///
/// For anything else put a transport together by hand, and give it to [`PortalClient::new`].
#[derive(Debug)]
#[must_use]
pub struct ClientBuilder {
    environment: Environment,
    certificate: EnterpriseCertificate,
    settings: TransportSettings,
    retry_policy: RetryPolicy,
    clock: SharedClock,
}

impl ClientBuilder {
    pub(crate) fn new(
        environment: Environment,
        certificate: EnterpriseCertificate,
        trust: ServerTrust,
    ) -> Self {
        let tls = TlsSettings::new(certificate.clone(), trust);
        Self {
            settings: TransportSettings::new(environment.root().clone(), tls),
            environment,
            certificate,
            retry_policy: RetryPolicy::default(),
            clock: SharedClock::default(),
        }
    }

    /// Other time limits for one class of calls.
    pub fn timeouts(mut self, class: OperationClass, timeouts: Timeouts) -> Self {
        self.settings = self.settings.with_timeouts(class, timeouts);
        self
    }

    /// Names the program that uses this library, at the end of the User-Agent.
    ///
    /// # Errors
    /// [`ConfigError::UserAgent`] when `part` is empty, has brackets, or characters other than
    /// printable ASCII.
    pub fn user_agent_part(mut self, part: &str) -> Result<Self, ConfigError> {
        self.settings = self.settings.with_user_agent_part(part)?;
        Ok(self)
    }

    /// Goes through `proxy`, whatever the environment variables say.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.settings = self.settings.with_proxy(proxy);
        self
    }

    /// Goes without a proxy, whatever the environment variables say.
    pub fn without_proxy(mut self) -> Self {
        self.settings = self.settings.without_proxy();
        self
    }

    /// How often and how fast to repeat what does no harm; one attempt means never.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// A clock of one's own: its time for signing packages, its
    /// [instant](portal_transport::Clock::instant) for all waiting.
    pub fn clock(mut self, clock: SharedClock) -> Self {
        self.clock = clock;
        self
    }

    /// The client, over [`ReqwestTransport`](portal_transport::ReqwestTransport).
    ///
    /// # Errors
    /// [`BuildError`] when the certificate or the settings cannot be used.
    #[cfg(feature = "reqwest")]
    pub fn build(self) -> Result<PortalClient, BuildError> {
        self.build_over(portal_transport::ReqwestTransport::new)
    }

    /// The client over a transport of one's choice, such as
    /// [`HyperTransport::new`](portal_transport::HyperTransport::new).
    ///
    /// # Errors
    /// [`BuildError`] when the certificate or the settings cannot be used.
    pub fn build_over<T: Transport>(
        self,
        transport: impl FnOnce(TransportSettings) -> Result<T, ConfigError>,
    ) -> Result<PortalClient, BuildError> {
        let transport =
            transport(self.settings).map_err(|source| BuildError::Transport { source })?;
        let signer =
            KeySigner::new(&self.certificate).map_err(|source| BuildError::Signer { source })?;
        let rate_limited = RateLimit::new(transport, self.clock.clone());
        let retrying = Retrying::new(rate_limited, self.retry_policy, self.clock.clone());
        Ok(PortalClient::new(
            self.environment,
            Arc::new(retrying),
            Arc::new(signer),
            self.clock,
        ))
    }
}

/// Why a client could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The transport cannot be made of the certificate, the trust anchors or the other settings.
    #[error("the connection to the service cannot be set up")]
    Transport {
        /// What is wrong.
        source: ConfigError,
    },
    /// The certificate's key cannot sign packages.
    #[error("the certificate cannot sign document packages")]
    Signer {
        /// What is wrong.
        source: SignError,
    },
}

#[cfg(test)]
mod tests {
    use portal_transport::Clock;
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
        PortalClient::builder(environment(), certificate.clone(), trust)
            .clock(SharedClock::new(clock.clone()))
            .build_over(|_| Ok(transport.clone()))
            .unwrap()
            .with_default_sender(sender())
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread();
        { runtime }.build().unwrap().block_on(future)
    }

    #[test]
    fn what_does_no_harm_is_repeated() {
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
