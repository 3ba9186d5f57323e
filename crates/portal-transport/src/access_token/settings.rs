//! What a sender has to get access tokens with.

use std::fmt;
use std::time::Duration;

use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portal_certificate::{Certificate, EnterpriseCertificate};
use zeroize::Zeroizing;

use crate::{ConfigError, OperationClass, ServiceRoot, Timeouts, TlsSettings, TransportSettings};

/// Settings for access tokens: who asks for them, and where.
///
/// Client id and broker id come from the service's self-service portal, where the certificate is
/// registered. A registration holds one certificate: a renewed one has a new client id. The broker
/// id is not an organisation number.
///
/// ```
/// use portal_certificate::EnterpriseCertificate;
/// use portal_transport::{
///     BearerAuth, HyperTransport, RateLimit, RetryPolicy, Retrying, ServerTrust, ServiceRoot,
///     SharedClock, TlsSettings, TokenSettings, TokenSource, TransportSettings,
/// };
///
/// # fn example(certificate: EnterpriseCertificate) -> Result<(), Box<dyn std::error::Error>> {
/// let root = ServiceRoot::test();
/// let tls = TlsSettings::without_client_certificate(ServerTrust::of_root(&root)?);
/// let settings = TransportSettings::new(root, tls);
///
/// let clock = SharedClock::default();
/// let tokens = TokenSettings::new(certificate, "client-id", "broker-id")?;
/// let tokens = TokenSource::new(&tokens, &settings, clock.clone())?;
/// let transport = RateLimit::new(HyperTransport::new(settings)?, clock.clone());
/// let transport = BearerAuth::new(transport, tokens);
/// let transport = Retrying::new(transport, RetryPolicy::default(), clock);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TokenSettings {
    identity: EnterpriseCertificate,
    client_id: Zeroizing<String>,
    broker_id: String,
    endpoint: Option<(Uri, ServiceRoot)>,
    resource: Option<String>,
    extra_roots: Vec<Certificate>,
    timeouts: Timeouts,
}

/// What stands for itself in a form, besides letters and digits.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl TokenSettings {
    /// Creates settings for the client that `identity` is registered for.
    ///
    /// # Errors
    /// [`ConfigError::Tokens`] if one of the two ids is empty, or has white space or control
    /// characters.
    pub fn new(
        identity: EnterpriseCertificate,
        client_id: &str,
        broker_id: &str,
    ) -> Result<Self, ConfigError> {
        check_id(
            client_id,
            "the client id is empty or has white space: take it from the self-service portal",
        )?;
        check_id(
            broker_id,
            "the broker id is empty or has white space: take it from the self-service portal",
        )?;
        Ok(Self {
            identity,
            client_id: Zeroizing::new(client_id.to_owned()),
            broker_id: broker_id.to_owned(),
            endpoint: None,
            resource: None,
            extra_roots: Vec::new(),
            timeouts: default_timeouts(),
        })
    }

    /// Sets the URL of the token endpoint. Required with a custom root; defaults to
    /// [`ServiceRoot::token_endpoint`].
    ///
    /// # Errors
    /// [`ConfigError::Tokens`] if `url` is not an absolute `https` URL without user name and query.
    pub fn with_endpoint(mut self, url: &str) -> Result<Self, ConfigError> {
        let problem = "the token endpoint is not an absolute https URL without user name and query";
        let refused = || ConfigError::Tokens { problem };
        let uri: Uri = url.parse().map_err(|_| refused())?;
        let root = ServiceRoot::new(url).map_err(|_| refused())?;
        self.endpoint = Some((uri, root));
        Ok(self)
    }

    /// Sets the resource that tokens are for, which the endpoint compares as a text. Defaults to
    /// scheme, host and port of the service's root.
    #[must_use]
    pub fn with_resource(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// Adds roots under which the token endpoint's certificate is accepted, besides the system's.
    #[must_use]
    pub fn with_extra_roots(mut self, roots: impl IntoIterator<Item = Certificate>) -> Self {
        self.extra_roots.extend(roots);
        self
    }

    /// Sets the time limits of a request for a token. Defaults to 5 s for the connection and for
    /// a line that stands still, and 10 s in all.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// The endpoint's URL.
    pub(super) fn endpoint(&self, root: &ServiceRoot) -> Result<(Uri, ServiceRoot), ConfigError> {
        if let Some(endpoint) = &self.endpoint {
            return Ok(endpoint.clone());
        }
        let known = root.token_endpoint().ok_or(ConfigError::Tokens {
            problem: "no token endpoint is known for a custom root: give its URL, or authenticate \
                      with the certificate",
        })?;
        let endpoint = ServiceRoot::new(known)?;
        Ok((endpoint.uri()?, endpoint))
    }

    /// How the endpoint is reached: through the same proxy as the service.
    pub(super) fn transport(
        &self,
        endpoint: ServiceRoot,
        service: &TransportSettings,
    ) -> TransportSettings {
        let extra_roots = self.extra_roots.clone();
        let tls = TlsSettings::of_web(self.identity.clone(), extra_roots);
        let tls = tls.with_clock(service.tls.clock.clone());
        let mut settings = TransportSettings::new(endpoint, tls);
        settings.proxy = service.proxy.clone();
        settings.user_agent = service.user_agent.clone();
        settings.with_timeouts(OperationClass::Ordinary, self.timeouts)
    }

    /// The body of a request for a token.
    pub(super) fn form(&self, root: &ServiceRoot) -> Zeroizing<String> {
        let origin = root.origin();
        let resource = self.resource.as_deref().unwrap_or(&origin);
        let encode = |text| utf8_percent_encode(text, FORM);
        Zeroizing::new(format!(
            "grant_type=client_credentials&client_id={}&scope={}&resource={}",
            encode(&self.client_id),
            encode(&format!("signering:{}", self.broker_id)),
            encode(resource),
        ))
    }
}

/// Source: the service's own Java client.
fn default_timeouts() -> Timeouts {
    let (short, long) = (Duration::from_secs(5), Duration::from_secs(10));
    let limits = Timeouts::ordinary();
    let limits = limits.with_connect(short).unwrap_or(limits);
    let limits = limits.with_stall(short).unwrap_or(limits);
    let limits = limits.with_response_head(long).unwrap_or(limits);
    limits.with_total(long).unwrap_or(limits)
}

fn check_id(id: &str, problem: &'static str) -> Result<(), ConfigError> {
    let is_text = |character: char| !character.is_whitespace() && !character.is_control();
    if id.is_empty() || !id.chars().all(is_text) {
        return Err(ConfigError::Tokens { problem });
    }
    Ok(())
}

impl fmt::Debug for TokenSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSettings")
            .field("endpoint", &self.endpoint.as_ref().map(|(_, root)| root))
            .field("extra_roots", &self.extra_roots.len())
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}
