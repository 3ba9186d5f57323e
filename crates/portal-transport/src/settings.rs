//! Everything a transport needs to know, whichever HTTP library it uses.

use std::time::Duration;

use http::HeaderValue;

use crate::proxy::ProxyChoice;
use crate::timeouts::TimeoutTable;
use crate::{ConfigError, OperationClass, Proxy, ServiceRoot, Timeouts, TlsSettings};

/// The settings of a transport: where the service is and how to prove oneself to it are
/// required, the rest has defaults.
#[derive(Debug, Clone)]
pub struct TransportSettings {
    pub(crate) root: ServiceRoot,
    pub(crate) tls: TlsSettings,
    pub(crate) timeouts: TimeoutTable,
    pub(crate) user_agent: HeaderValue,
    proxy: ProxyChoice,
}

/// For how long a connection is kept for the next call: shorter than servers usually do, so that
/// few requests meet one that is just being closed.
pub(crate) const IDLE_TIME: Duration = Duration::from_secs(30);
/// How many connections are kept. Source: the pool of the service's own Java client.
pub(crate) const IDLE_CONNECTIONS: usize = 10;

/// Names this client to the service.
const USER_AGENT: &str = concat!("portal-client-rs/", env!("CARGO_PKG_VERSION"), " (rust)");

impl TransportSettings {
    /// Calls the service at `root` over TLS as `tls` says.
    #[must_use]
    pub fn new(root: ServiceRoot, tls: TlsSettings) -> Self {
        Self {
            root,
            tls,
            timeouts: TimeoutTable::default(),
            user_agent: HeaderValue::from_static(USER_AGENT),
            proxy: ProxyChoice::Environment,
        }
    }

    /// Replaces the time limits of one class of call.
    #[must_use]
    pub fn with_timeouts(mut self, class: OperationClass, timeouts: Timeouts) -> Self {
        match class {
            OperationClass::Ordinary => self.timeouts.ordinary = timeouts,
            OperationClass::Download => self.timeouts.download = timeouts,
        }
        self
    }

    /// Adds ` (part)` to the User-Agent `portal-client-rs/<version> (rust)`, to name the program
    /// that uses this crate.
    ///
    /// # Errors
    /// [`ConfigError::UserAgent`] when `part` is empty, has brackets, or characters other than
    /// printable ASCII.
    pub fn with_user_agent_part(mut self, part: &str) -> Result<Self, ConfigError> {
        let printable =
            |byte: u8| (byte.is_ascii_graphic() || byte == b' ') && !b"()".contains(&byte);
        if part.is_empty() || !part.bytes().all(printable) {
            return Err(ConfigError::UserAgent);
        }
        self.user_agent = HeaderValue::from_str(&format!("{USER_AGENT} ({part})"))
            .map_err(|_| ConfigError::UserAgent)?;
        Ok(self)
    }

    /// Reaches the service through `proxy`, whatever the environment says.
    ///
    /// Without this call and [`TransportSettings::without_proxy`], the environment's
    /// `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` count, except for a service on this computer.
    #[must_use]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = ProxyChoice::Through(proxy);
        self
    }

    /// Reaches the service without a proxy, whatever the environment says.
    #[must_use]
    pub fn without_proxy(mut self) -> Self {
        self.proxy = ProxyChoice::Direct;
        self
    }

    /// The choice of a proxy; the environment's is not for this computer itself.
    pub(crate) fn effective_proxy(&self) -> &ProxyChoice {
        match &self.proxy {
            ProxyChoice::Environment if self.root.is_on_this_computer() => &ProxyChoice::Direct,
            choice => choice,
        }
    }

    /// Where the service is.
    #[must_use]
    pub fn root(&self) -> &ServiceRoot {
        &self.root
    }
}
