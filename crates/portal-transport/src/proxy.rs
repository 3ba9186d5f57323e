//! The proxy on the way to the service.

mod environment;
mod tunnel;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use zeroize::Zeroizing;

pub(crate) use tunnel::{Tunnel, TunnelRefused};

use crate::{ConfigError, ServiceRoot};

/// An HTTP proxy through which the service is reached; the proxy itself is spoken to in plain HTTP.
///
/// The proxy is asked to open a tunnel (`CONNECT`), and TLS runs through it from end to end: the
/// proxy sees the service's address and nothing else. A proxy that opens TLS can't be used, as
/// it has neither the service's certificate nor the sender's.
///
/// ```
/// use portal_transport::Proxy;
///
/// let proxy = Proxy::new("proxy.example.com", 3128)?.with_credentials("user", "password");
/// assert_eq!(format!("{proxy:?}"), "Proxy { host: \"proxy.example.com\", port: 3128, .. }");
/// # Ok::<(), portal_transport::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Proxy {
    /// `http`, host and port.
    uri: Uri,
    credentials: Option<Credentials>,
}

#[derive(Clone)]
enum Credentials {
    Pair(String, Zeroizing<String>),
    /// As it is shown to the proxy.
    Header(HeaderValue),
}

impl Proxy {
    /// Creates the address of a proxy, of `host` (a name or an address) and `port`.
    ///
    /// # Errors
    /// [`ConfigError::Proxy`] if the two do not make an address.
    pub fn new(host: &str, port: u16) -> Result<Self, ConfigError> {
        let uri = format!("http://{host}:{port}").parse::<Uri>();
        let uri = uri.map_err(|_| ConfigError::Proxy)?;
        // Anything that a URL parser would take for something else than the host.
        if uri.host() != Some(host) || uri.port_u16() != Some(port) {
            return Err(ConfigError::Proxy);
        }
        Ok(Self {
            uri,
            credentials: None,
        })
    }

    /// Returns the proxy that `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` (in capitals or not) name for an `https` URL, as
    /// the transports read them; none if they name none.
    ///
    /// For connections beside those to the service, such as a webhook's. It reads the environment each time.
    ///
    /// # Errors
    /// [`ConfigError::EnvironmentProxy`] if the proxy can't be used.
    pub fn from_environment(url: &Uri) -> Result<Option<Self>, ConfigError> {
        let tunnel = environment::tunnel(url, "")?;
        Ok(tunnel.map(|tunnel| Self {
            uri: tunnel.proxy,
            credentials: tunnel.authorization.map(Credentials::Header),
        }))
    }

    /// Shows a user name and password to the proxy (basic authentication).
    ///
    /// The password is wiped from memory when this value is dropped; the header that the transport
    /// makes of it is not.
    #[must_use]
    pub fn with_credentials(mut self, user: &str, password: &str) -> Self {
        let password = Zeroizing::new(password.to_owned());
        self.credentials = Some(Credentials::Pair(user.to_owned(), password));
        self
    }

    /// Returns the URL of the proxy: `http`, host and port, without credentials.
    #[must_use]
    pub fn url(&self) -> &Uri {
        &self.uri
    }

    /// Returns what the proxy is shown as `Proxy-Authorization`, marked as sensitive; none without credentials.
    #[must_use]
    pub fn authorization(&self) -> Option<HeaderValue> {
        let (user, password) = match self.credentials.as_ref()? {
            Credentials::Pair(user, password) => (user, password),
            Credentials::Header(header) => return Some(header.clone()),
        };
        let pair = Zeroizing::new(format!("{user}:{}", password.as_str()));
        let header = format!("Basic {}", STANDARD.encode(pair.as_bytes()));
        let mut header = HeaderValue::from_str(&header).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("host", &self.uri.host().unwrap_or_default())
            .field("port", &self.uri.port_u16().unwrap_or(80))
            .finish_non_exhaustive()
    }
}

/// Where the choice of a proxy comes from.
#[derive(Debug, Clone)]
pub(crate) enum ProxyChoice {
    /// `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    Environment,
    Direct,
    Through(Proxy),
}

impl ProxyChoice {
    /// The tunnel to the service, if there is one. The environment is read once, here, for every
    /// kind of transport; its proxy is not for a service on this computer.
    pub(crate) fn tunnel(&self, root: &ServiceRoot) -> Result<Option<Tunnel>, ConfigError> {
        match self {
            Self::Direct => Ok(None),
            Self::Environment if root.is_on_this_computer() => Ok(None),
            Self::Environment => environment::tunnel(&root.uri()?, &root.host_and_port()),
            Self::Through(proxy) => Ok(Some(Tunnel {
                proxy: proxy.uri.clone(),
                authorization: proxy.authorization(),
                to: root.host_and_port(),
            })),
        }
    }
}
