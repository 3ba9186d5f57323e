//! Where the service is, and which URLs belong to it.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

use crate::{ConfigError, EnvironmentKind, ErrorKind, TransportError};

/// The address under which the service's API lives, such as
/// `https://api.signering.posten.no/api`.
///
/// A transport sends to URLs under its root only. Most URLs of the portal flow come out of the
/// service's responses, and a client certificate must not be offered to whatever host a response
/// happens to name.
///
/// ```
/// use portal_transport::ServiceRoot;
///
/// let root = ServiceRoot::production();
/// let ours = "https://api.signering.posten.no/api/123456789/portal/signature-jobs".parse()?;
/// let other = "https://example.com/api/123456789/portal/signature-jobs".parse()?;
/// assert!(root.contains(&ours));
/// assert!(!root.contains(&other));
/// # Ok::<(), http::uri::InvalidUri>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServiceRoot {
    host: String,
    port: u16,
    /// Without a slash at its end; empty when the root is the whole host.
    path: String,
}

impl ServiceRoot {
    /// Returns the production service, `https://api.signering.posten.no/api`.
    #[must_use]
    pub fn production() -> Self {
        Self::of_host("api.signering.posten.no")
    }

    /// Returns the public test service, `https://api.difitest.signering.posten.no/api`.
    #[must_use]
    pub fn test() -> Self {
        Self::of_host("api.difitest.signering.posten.no")
    }

    /// Returns the service's quality-assurance environment,
    /// `https://api.difiqa.signering.posten.no/api`: known to the service's own clients, not to
    /// its documentation.
    #[must_use]
    pub fn quality_assurance() -> Self {
        Self::of_host("api.difiqa.signering.posten.no")
    }

    fn of_host(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            port: 443,
            path: "/api".to_owned(),
        }
    }

    /// Returns the kind of environment that the root belongs to; `None` for a custom root.
    #[must_use]
    pub fn environment_kind(&self) -> Option<EnvironmentKind> {
        if *self == Self::production() {
            Some(EnvironmentKind::Production)
        } else if [Self::test(), Self::quality_assurance()].contains(self) {
            Some(EnvironmentKind::Test)
        } else {
            None
        }
    }

    /// Returns the URL of the token endpoint; `None` for a custom root.
    #[must_use]
    pub fn token_endpoint(&self) -> Option<&'static str> {
        if *self == Self::production() {
            Some("https://midp.digipost.no/oauth2/token")
        } else if *self == Self::test() {
            Some("https://midp.difitest.digipost.no/oauth2/token")
        } else if *self == Self::quality_assurance() {
            Some("https://midp.qa.digipost.no/oauth2/token")
        } else {
            None
        }
    }

    /// Returns scheme, host and, if it is not 443, port: the root without its path.
    #[must_use]
    pub fn origin(&self) -> String {
        let root = Self {
            path: String::new(),
            ..self.clone()
        };
        root.to_string()
    }

    /// Parses a root; a slash at its end makes no difference.
    ///
    /// # Errors
    /// [`ConfigError::ServiceRoot`] if `url` is not an absolute `https` URL, or has a user
    /// name, a query or `.` and `..` segments.
    pub fn new(url: &str) -> Result<Self, ConfigError> {
        let refused = |problem| ConfigError::ServiceRoot { problem };
        let uri: Uri = url
            .parse()
            .map_err(|_| refused("it is not a URL; write it like https://host/api"))?;
        let Some(origin) = Origin::of(&uri) else {
            return Err(refused(
                "it must be an absolute https URL without user name",
            ));
        };
        if uri.query().is_some() {
            return Err(refused("it must not have a query"));
        }
        if !is_plain_path(uri.path()) {
            return Err(refused(
                "its path must not have `.`, `..` or empty segments",
            ));
        }
        Ok(Self {
            host: origin.host.to_ascii_lowercase(),
            port: origin.port,
            path: uri.path().trim_end_matches('/').to_owned(),
        })
    }

    /// Returns whether `url` is the root or is under it: same scheme, host and port, and a path that
    /// begins with the root's whole path.
    #[must_use]
    pub fn contains(&self, url: &Uri) -> bool {
        let Some(origin) = Origin::of(url) else {
            return false;
        };
        let Some(rest) = url.path().strip_prefix(&self.path) else {
            return false;
        };
        origin.host.eq_ignore_ascii_case(&self.host)
            && origin.port == self.port
            && (rest.is_empty() || rest.starts_with('/'))
            && is_plain_path(url.path())
    }

    /// Returns the URL of `path` (which begins with a slash) under this root.
    ///
    /// # Errors
    /// [`ConfigError::ServiceRoot`] if `path` does not make a URL.
    pub fn join(&self, path: &str) -> Result<Uri, ConfigError> {
        let url: Uri = format!("{self}{path}")
            .parse()
            .map_err(|_| ConfigError::ServiceRoot {
                problem: "the path added to it does not make a URL; percent-encode it first",
            })?;
        if self.contains(&url) {
            Ok(url)
        } else {
            Err(ConfigError::ServiceRoot {
                problem: "the path added to it leads out of it; begin it with a slash",
            })
        }
    }

    pub(crate) fn host_and_port(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub(crate) fn uri(&self) -> Result<Uri, ConfigError> {
        self.to_string()
            .parse()
            .map_err(|_| ConfigError::ServiceRoot {
                problem: "it is not a URL; write it like https://host/api",
            })
    }

    pub(crate) fn is_on_this_computer(&self) -> bool {
        let address = self.host.trim_start_matches('[').trim_end_matches(']');
        let address = address.parse::<IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Refuses a URL that is not under this root.
    pub(crate) fn guard(&self, url: &Uri) -> Result<(), TransportError> {
        if self.contains(url) {
            return Ok(());
        }
        let host = url
            .authority()
            .map_or("a URL without host", |a| a.host())
            .to_owned();
        Err(TransportError::unsent(ErrorKind::ForeignUrl {
            root: self.to_string(),
            host,
        }))
    }
}

impl fmt::Display for ServiceRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.host)?;
        if self.port != 443 {
            write!(f, ":{}", self.port)?;
        }
        f.write_str(&self.path)
    }
}

impl fmt::Debug for ServiceRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceRoot({self})")
    }
}

struct Origin<'a> {
    host: &'a str,
    port: u16,
}

impl<'a> Origin<'a> {
    fn of(url: &'a Uri) -> Option<Self> {
        let authority = url.authority()?;
        let is_https = url.scheme_str() == Some("https");
        let has_user = authority.as_str().contains('@');
        if !is_https || has_user || authority.host().is_empty() {
            return None;
        }
        // A port that is no number makes `port_u16` give nothing, as if there were none.
        let after_host = authority.as_str().strip_prefix(authority.host())?;
        if !after_host.is_empty() && authority.port_u16().is_none() {
            return None;
        }
        Some(Self {
            host: authority.host(),
            port: authority.port_u16().unwrap_or(443),
        })
    }
}

/// No segment that a URL parser further down would resolve away, spelt out or percent-encoded,
/// and no backslash, which some parsers read as a slash.
fn is_plain_path(path: &str) -> bool {
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    if path.contains('\\') {
        return false;
    }
    let mut segments = trimmed.split('/').skip(1);
    segments.all(|segment| !segment.is_empty() && !is_dots(segment))
}

/// Whether it is one dot or two, each spelt out or percent-encoded.
fn is_dots(segment: &str) -> bool {
    let (mut rest, mut dots) = (segment, 0);
    while let Some(after) = without_dot(rest) {
        (rest, dots) = (after, dots + 1);
    }
    rest.is_empty() && (1..=2).contains(&dots)
}

/// What follows a dot.
fn without_dot(text: &str) -> Option<&str> {
    let encoded = || text.split_at_checked(3);
    let encoded = || encoded().filter(|(dot, _)| dot.eq_ignore_ascii_case("%2e"));
    let plain = text.strip_prefix('.');
    plain.or_else(|| encoded().map(|(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    #[test]
    fn urls_under_the_root_belong() {
        let root = ServiceRoot::new("https://api.example.com/api/").unwrap();
        for url in [
            "https://api.example.com/api",
            "https://api.example.com/api/",
            "https://api.example.com:443/api/123456789/portal/signature-jobs?polling_queue=a%2Fb",
            "https://API.example.com/api/x",
        ] {
            assert!(root.contains(&uri(url)), "{url}");
        }
    }

    #[test]
    fn other_urls_do_not() {
        let root = ServiceRoot::new("https://api.example.com/api").unwrap();
        for url in [
            "http://api.example.com/api/x",
            "https://api.example.com:8443/api/x",
            "https://example.com/api/x",
            "https://api.example.com.example.com/api/x",
            "https://api.example.com/apix",
            "https://api.example.com/other",
            "https://api.example.com/api/../other",
            "https://api.example.com/api/%2e%2E/other",
            "https://api.example.com/api/.%2e",
            "https://api.example.com//api/x",
            "https://api.example.com/api//x",
            "https://user@api.example.com/api/x",
            "https://api.example.com@example.com/api/x",
            "/api/x",
        ] {
            assert!(!root.contains(&uri(url)), "{url}");
        }
    }

    #[test]
    fn dots_are_found_however_they_are_written() {
        for dots in [".", "%2e", "%2E", "..", ".%2e", "%2E.", "%2e%2E"] {
            assert!(is_dots(dots), "{dots}");
        }
        for other in [
            "",
            "...",
            "%2e%2e%2e",
            "%2",
            "%2ee",
            ".a",
            "a.",
            "%2%2ee",
            "é",
        ] {
            assert!(!is_dots(other), "{other}");
        }
    }

    #[test]
    fn roots_that_are_refused() {
        for url in [
            "",
            "api.example.com",
            "http://api.example.com/api",
            "https://u:p@api.example.com/api",
            "https://api.example.com/api?x=y",
            "https://api.example.com/a/../b",
            "https://api.example.com:x/api",
        ] {
            assert!(ServiceRoot::new(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_root_is_shown_as_it_was_given() {
        let root = ServiceRoot::new("https://localhost:8443/").unwrap();
        assert_eq!(root.to_string(), "https://localhost:8443");
        let joined = root.join("/123456789/portal/signature-jobs").unwrap();
        assert_eq!(
            joined.to_string(),
            "https://localhost:8443/123456789/portal/signature-jobs"
        );
        assert!(root.join("@example.com/").is_err());
        assert!(ServiceRoot::production().join("x").is_err());
    }

    #[test]
    fn this_computer_is_known() {
        let local = |url| ServiceRoot::new(url).unwrap().is_on_this_computer();
        assert!(local("https://localhost:8443/api"));
        assert!(local("https://127.0.0.1:8443/api") && local("https://[::1]/api"));
        assert!(!local("https://192.0.2.1/api") && !local("https://localhost.example.com"));
    }

    proptest! {
        /// Whatever is appended, what `contains` lets through resolves to under the root
        /// with a parser that resolves dot segments.
        #[test]
        fn nothing_resolves_out_of_the_root(tail in "[a-z0-9./%2eE@:?#\\\\-]{0,24}") {
            let root = ServiceRoot::new("https://api.example.com/api").unwrap();
            if let Ok(url) = format!("https://api.example.com/api{tail}").parse::<Uri>()
                && root.contains(&url)
            {
                let resolved = url::Url::parse(&url.to_string()).unwrap();
                prop_assert_eq!(resolved.host_str(), Some("api.example.com"));
                prop_assert_eq!(resolved.port_or_known_default(), Some(443));
                let path = resolved.path();
                prop_assert!(path == "/api" || path.starts_with("/api/"), "{}", path);
            }
        }
    }
}
