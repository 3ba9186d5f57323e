//! Where a webhook goes, and which addresses it may connect to.

use std::fmt;
use std::net::IpAddr;

use http::Uri;
use http::uri::Scheme;

use super::WebhookError;

/// The URL of a receiver.
#[derive(Clone)]
pub(super) struct Target(Uri);

impl Target {
    pub(super) fn new(url: &str) -> Result<Self, WebhookError> {
        // A fragment is never sent, so that one is a mistake.
        let uri: Uri = url.trim().parse().map_err(|_| WebhookError::Url)?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(WebhookError::Url);
        };
        if authority.as_str().contains('@') {
            return Err(WebhookError::Credentials);
        }
        if authority.host().is_empty() || url.contains('#') {
            return Err(WebhookError::Url);
        }
        let https = *scheme == Scheme::HTTPS;
        if !https && *scheme != Scheme::HTTP {
            return Err(WebhookError::Url);
        }
        let target = Self(uri);
        match target.address() {
            Some(address) if !https && !is_private(address) => Err(WebhookError::NotPrivate),
            _ => Ok(target),
        }
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.0
    }

    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == Some(&Scheme::HTTPS)
    }

    /// The host, where it is an address and no name.
    pub(super) fn address(&self) -> Option<IpAddr> {
        let host = self.0.host()?;
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        host.parse().ok()
    }
}

/// The scheme, host and port: the rest may hold a token.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.0.scheme_str().unwrap_or_default();
        let authority = self
            .0
            .authority()
            .map_or("", |authority| authority.as_str());
        write!(f, "{scheme}://{authority}/..")
    }
}

/// Whether an address is of this computer or of a private network.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_for_loopback_and_private_addresses() {
        for url in [
            "http://127.0.0.1:8080/events",
            "http://127.9.9.9",
            "http://[::1]:8080/",
            "http://[::ffff:10.0.0.1]/",
            "http://10.1.2.3/",
            "http://172.16.0.1/",
            "http://192.168.0.1/",
            "http://[fd00::1]/",
            // Looked up when it is connected to.
            "http://localhost/",
            "https://203.0.113.1/",
            "https://example.com/events?token=1",
        ] {
            assert!(Target::new(url).is_ok(), "{url}");
        }
        for url in [
            "http://203.0.113.1/",
            "http://172.32.0.1/",
            "http://169.254.169.254/",
            "http://0.0.0.0/",
            "http://[::]/",
            "http://[2001:db8::1]/",
            "http://[::ffff:203.0.113.1]/",
            "http://[fe80::1]/",
        ] {
            let refused = Target::new(url).err();
            assert!(matches!(refused, Some(WebhookError::NotPrivate)), "{url}");
        }
    }

    #[test]
    fn what_is_no_url_of_a_receiver_is_refused() {
        for url in [
            "",
            "/events",
            "ftp://10.0.0.1/",
            "example.com",
            "http:///x",
            "https://a/#b",
        ] {
            assert!(matches!(Target::new(url), Err(WebhookError::Url)), "{url}");
        }
        let named = Target::new("https://user:password@example.com/");
        assert!(matches!(named, Err(WebhookError::Credentials)));
    }

    #[test]
    fn only_scheme_and_host_are_shown() {
        let target = Target::new("https://example.com:8443/hooks/secret?token=secret").unwrap();
        assert_eq!(format!("{target:?}"), "https://example.com:8443/..");
    }
}
