//! What holds the certificate: the transport and the signer of packages, replaced together.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use portal_asice::{KeySigner, PackageSigner};
use portal_certificate::EnterpriseCertificate;
use portal_transport::{
    BearerAuth, ConfigError, RateLimit, RetryPolicy, Retrying, SeenServer, ServerTrust,
    SharedClock, TlsSettings, TokenSource, Transport, TransportSettings,
};

use crate::authentication::{Authentication, TokenEndpoint};
use crate::signing_times::SigningTimes;
use crate::{BuildError, Environment};

/// A way to the service. An operation takes it once and keeps it to its end.
pub(crate) struct Connection {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) signer: Arc<dyn PackageSigner>,
    pub(crate) signing_times: SigningTimes,
    pub(crate) tokens: Option<TokenSource>,
    /// None where transport and signer are custom.
    pub(crate) setup: Option<Setup>,
}

impl Connection {
    /// Of custom parts.
    pub(crate) fn of_parts(transport: Arc<dyn Transport>, signer: Arc<dyn PackageSigner>) -> Self {
        Self {
            transport,
            signer,
            signing_times: SigningTimes::default(),
            tokens: None,
            setup: None,
        }
    }
}

/// The connection that operations begin with; clones share it.
#[derive(Clone)]
pub(crate) struct Connections {
    current: Arc<RwLock<Arc<Connection>>>,
    replacing: Arc<Mutex<()>>,
}

impl Connections {
    pub(crate) fn new(connection: Connection) -> Self {
        Self {
            current: Arc::new(RwLock::new(Arc::new(connection))),
            replacing: Arc::default(),
        }
    }

    pub(crate) fn current(&self) -> Arc<Connection> {
        let current = self.current.read();
        Arc::clone(&current.unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps others from replacing until the guard is dropped.
    pub(crate) fn replacing(&self) -> MutexGuard<'_, ()> {
        let guard = self.replacing.lock();
        guard.unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection before goes on until the last operation with it has ended.
    pub(crate) fn replace(&self, connection: Connection) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *current, Arc::new(connection));
        drop(current);
        // Closes its idle connections, outside of the lock.
        drop(before);
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.current().transport.fmt(f)
    }
}

/// Makes a transport of one HTTP library.
pub(crate) type MakeTransport =
    Arc<dyn Fn(TransportSettings) -> Result<Arc<dyn Transport>, ConfigError> + Send + Sync>;

type Observer = Box<dyn Fn(&SeenServer) + Send + Sync>;

/// Everything that a connection is made of.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) environment: Environment,
    pub(crate) certificate: EnterpriseCertificate,
    pub(crate) trust: ServerTrust,
    pub(crate) authentication: Authentication,
    pub(crate) token_endpoint: TokenEndpoint,
    /// All but TLS.
    pub(crate) settings: TransportSettings,
    pub(crate) make_transport: MakeTransport,
    /// The limit of the connections so far, which the next one shares.
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) calls_per_second: u32,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) clock: SharedClock,
}

impl Setup {
    /// TLS towards the service: no client certificate where tokens are used.
    pub(crate) fn tls(
        authentication: &Authentication,
        certificate: &EnterpriseCertificate,
        trust: &ServerTrust,
        clock: &SharedClock,
    ) -> TlsSettings {
        let tls = match authentication {
            Authentication::Certificate => TlsSettings::new(certificate.clone(), trust.clone()),
            Authentication::Token { .. } => TlsSettings::without_client_certificate(trust.clone()),
        };
        tls.with_clock(clock.clone())
    }

    /// Refuses trust in the servers of the other environment.
    fn check_trust(&self) -> Result<(), BuildError> {
        let environment = self.environment.root().environment_kind();
        match (environment, self.trust.environment()) {
            (Some(wanted), Some(given)) if wanted != given => {
                Err(BuildError::TrustOfOtherEnvironment { wanted, given })
            }
            _ => Ok(()),
        }
    }

    /// Sets up a connection; nothing is connected yet. `observer` gets to know the server.
    pub(crate) fn connect(mut self, observer: Option<Observer>) -> Result<Connection, BuildError> {
        self.check_trust()?;
        let mut tls = Self::tls(
            &self.authentication,
            &self.certificate,
            &self.trust,
            &self.clock,
        );
        if let Some(observer) = observer {
            tls = tls.with_server_observer(observer);
        }
        let settings = self.settings.clone().with_tls(tls);
        let tokens = self
            .token_endpoint
            .settings(&self.authentication, &self.certificate)?
            .map(|tokens| TokenSource::new(&tokens, &settings, self.clock.clone()))
            .transpose()?;
        let signer =
            KeySigner::new(&self.certificate).map_err(|source| BuildError::Signer { source })?;
        let transport = (self.make_transport)(settings)?;
        let limited = match &self.rate_limit {
            Some(limit) => limit.with_transport(transport),
            None => RateLimit::new(transport, self.clock.clone())
                .with_calls_per_second(self.calls_per_second)?,
        };
        self.rate_limit = Some(limited.clone());
        let (policy, clock) = (self.retry_policy, self.clock.clone());
        let transport: Arc<dyn Transport> = match &tokens {
            None => Arc::new(Retrying::new(limited, policy, clock)),
            Some(tokens) => {
                let authorized = BearerAuth::new(limited, tokens.clone());
                Arc::new(Retrying::new(authorized, policy, clock))
            }
        };
        Ok(Connection {
            transport,
            signer: Arc::new(signer),
            signing_times: SigningTimes::default(),
            tokens,
            setup: Some(self),
        })
    }
}
