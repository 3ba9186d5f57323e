//! Everything a transport needs to know, whichever HTTP library it uses.

use std::time::Duration;

use http::HeaderValue;

use crate::in_flight::Uploads;
use crate::proxy::{ProxyChoice, Tunnel};
use crate::timeouts::TimeoutTable;
use crate::{ConfigError, OperationClass, Proxy, ServiceRoot, Timeouts, TlsSettings};

/// Settings of a transport. Where the service is and how to prove an identity to it are required,
/// the rest has defaults.
#[derive(Debug, Clone)]
pub struct TransportSettings {
    pub(crate) root: ServiceRoot,
    pub(crate) tls: TlsSettings,
    pub(crate) timeouts: TimeoutTable,
    pub(crate) user_agent: HeaderValue,
    pub(crate) proxy: ProxyChoice,
    pub(crate) idle_time: Duration,
    pub(crate) idle_connections: usize,
    pub(crate) uploads: Uploads,
}

/// Shorter than servers usually keep a connection (30 s is common), so that few requests meet one
/// that is just being closed.
const IDLE_TIME: Duration = Duration::from_secs(20);
/// How many idle connections are kept. More than any program has requests in flight that keeps the
/// service's rate limit, so that the pool follows the callers; and an end to what a burst leaves behind.
const IDLE_CONNECTIONS: usize = 64;

/// Names this client to the service.
const USER_AGENT: &str = concat!("portal-client-rs/", env!("CARGO_PKG_VERSION"), " (rust)");

impl TransportSettings {
    /// Creates settings for the service at `root`, over TLS as `tls` says.
    #[must_use]
    pub fn new(root: ServiceRoot, tls: TlsSettings) -> Self {
        Self {
            root,
            tls,
            timeouts: TimeoutTable::default(),
            user_agent: HeaderValue::from_static(USER_AGENT),
            proxy: ProxyChoice::Environment,
            idle_time: IDLE_TIME,
            idle_connections: IDLE_CONNECTIONS,
            uploads: Uploads::default(),
        }
    }

    /// Replaces the settings of TLS, for a sender who changes certificates.
    #[must_use]
    pub fn with_tls(mut self, tls: TlsSettings) -> Self {
        self.tls = tls;
        self
    }

    /// Sets the time limits of one class of operation.
    #[must_use]
    pub fn with_timeouts(mut self, class: OperationClass, timeouts: Timeouts) -> Self {
        match class {
            OperationClass::Ordinary => self.timeouts.ordinary = timeouts,
            OperationClass::Download => self.timeouts.download = timeouts,
        }
        self
    }

    /// Sets for how long an idle connection is kept for the next request. Defaults to 20 s; it
    /// should be a few seconds shorter than what the server and everything on the way keep.
    #[must_use]
    pub fn with_idle_time(mut self, idle_time: Duration) -> Self {
        self.idle_time = idle_time;
        self
    }

    /// Sets how many idle connections are kept for the next requests. Defaults to 64.
    ///
    /// Set it to at least the number of requests that are in flight at once: a request that finds no
    /// connection makes one, which costs a TLS handshake on both sides. 0 keeps none.
    #[must_use]
    pub fn with_idle_connections(mut self, idle_connections: usize) -> Self {
        self.idle_connections = idle_connections;
        self
    }

    /// Adds ` (part)` to the User-Agent `portal-client-rs/<version> (rust)`, to name the program
    /// that uses this crate.
    ///
    /// # Errors
    /// [`ConfigError::UserAgent`] if `part` is empty, has brackets, or characters other than
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
    /// Defaults to what `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say (in capitals or not), except
    /// for a service on this computer. They are read when the transport is made. A proxy in them is
    /// `http://host:port` or `host:port`, with a user name and a password in front if need be; one
    /// that can't be used is a [`ConfigError::EnvironmentProxy`].
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

    /// The tunnel to the service, if there is one.
    pub(crate) fn tunnel(&self) -> Result<Option<Tunnel>, ConfigError> {
        self.proxy.tunnel(&self.root)
    }

    /// Returns where the service is.
    #[must_use]
    pub fn root(&self) -> &ServiceRoot {
        &self.root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The server in front of the service may close what is idle for 30 s.
    #[test]
    fn a_connection_is_given_up_before_the_server_does_it() {
        assert!(IDLE_TIME + Duration::from_secs(5) < Duration::from_secs(30));
    }
}
