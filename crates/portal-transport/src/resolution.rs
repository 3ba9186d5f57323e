//! Which addresses the service's host has, for a check of the way there.

use std::io;
use std::net::IpAddr;

use tokio::net::lookup_host;

use crate::{ErrorKind, TransportError, TransportSettings};

/// What is known of the addresses of the service's host.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resolution {
    /// The addresses, in the order in which they are tried.
    Addresses(Vec<IpAddr>),
    /// The proxy resolves the name; this computer need not be able to.
    LeftToProxy,
}

impl TransportSettings {
    /// Resolves the service's host name as a transport with these settings does, without connecting.
    ///
    /// # Errors
    /// [`ErrorKind::Connect`] if the name has no address, or its resolution takes longer than the
    /// time limit for connecting.
    pub async fn resolve(&self) -> Result<Resolution, TransportError> {
        let failed = |source: io::Error| {
            let to = self.root.host_and_port();
            TransportError::unsent(ErrorKind::Connect { to }).with_source(source)
        };
        let tunnel = self
            .tunnel()
            .map_err(|error| failed(io::Error::other(error)))?;
        if tunnel.is_some() {
            return Ok(Resolution::LeftToProxy);
        }
        let lookup = lookup_host(self.root.host_and_port());
        let limit = self.timeouts.ordinary.connect();
        let found = tokio::time::timeout(limit, lookup).await;
        let found = found.map_err(|_| failed(io::ErrorKind::TimedOut.into()))?;
        let mut addresses: Vec<IpAddr> = Vec::new();
        for address in found.map_err(failed)? {
            if !addresses.contains(&address.ip()) {
                addresses.push(address.ip());
            }
        }
        if addresses.is_empty() {
            return Err(failed(io::ErrorKind::NotFound.into()));
        }
        Ok(Resolution::Addresses(addresses))
    }
}

#[cfg(test)]
mod tests {
    use portal_model::EnvironmentKind;

    use super::*;
    use crate::{Proxy, ServerTrust, ServiceRoot, TlsSettings};

    fn settings(root: &str) -> TransportSettings {
        let trust = ServerTrust::of_environment(EnvironmentKind::Test);
        let tls = TlsSettings::without_client_certificate(trust);
        TransportSettings::new(ServiceRoot::new(root).unwrap(), tls)
    }

    #[tokio::test]
    async fn addresses_are_found_without_a_server() {
        for (root, expected) in [
            ("https://127.0.0.1:1/api", "127.0.0.1"),
            ("https://[::1]:1/api", "::1"),
        ] {
            let found = settings(root).resolve().await.unwrap();
            let expected = vec![expected.parse().unwrap()];
            assert_eq!(found, Resolution::Addresses(expected));
        }
    }

    #[tokio::test]
    async fn a_name_without_address_cannot_be_connected_to() {
        // A label of 64 characters is one too long for a name server to be asked.
        let root = format!("https://{}.example.com/api", "a".repeat(64));
        let settings = settings(&root).without_proxy();
        let error = settings.resolve().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Connect { .. }), "{error}");
        assert!(error.kind().is_transient());
        assert!(std::error::Error::source(&error).is_some());
    }

    #[tokio::test]
    async fn a_name_is_left_to_the_proxy() {
        let proxy = Proxy::new("127.0.0.1", 3128).unwrap();
        let settings = settings("https://api.example.com/api").with_proxy(proxy);
        assert_eq!(settings.resolve().await.unwrap(), Resolution::LeftToProxy);
    }
}
