//! Where the service is: its environments, and the one place that makes and admits its URLs.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portal_model::EnvironmentKind;
use portal_transport::{ConfigError, ServiceRoot};

use crate::error::{Error, Link};

/// Everything but RFC 3986's unreserved characters, so that a space is `%20` and a plus `%2B`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// An environment of the service, or a custom root URL (a sandbox, a proxy).
///
/// As a text it is `production`, `difitest`, `difiqa` or an `https` URL, so that it can be read from a
/// configuration file.
///
/// ```
/// use portal_client::{Environment, EnvironmentKind};
///
/// let test: Environment = "difitest".parse()?;
/// assert_eq!(test.root().to_string(), "https://api.difitest.signering.posten.no/api");
/// let sandbox: Environment = "https://127.0.0.1:8443/api".parse()?;
/// assert_eq!(sandbox.kind(), EnvironmentKind::Test);
/// # Ok::<(), portal_client::ConfigError>(())
/// ```
///
/// Source: the service's documentation and the constants of its published clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    root: ServiceRoot,
    kind: EnvironmentKind,
}

impl Environment {
    /// Returns the real service: jobs created here reach real people.
    #[must_use]
    pub fn production() -> Self {
        Self {
            root: ServiceRoot::production(),
            kind: EnvironmentKind::Production,
        }
    }

    /// Returns the public test environment.
    #[must_use]
    pub fn difitest() -> Self {
        ServiceRoot::test().into()
    }

    /// Returns the quality-assurance environment. The service's own clients know it, its documentation
    /// does not.
    #[must_use]
    pub fn difiqa() -> Self {
        ServiceRoot::quality_assurance().into()
    }

    /// Creates an environment with a custom root URL, which counts as a test environment. A slash at the
    /// end makes no difference.
    ///
    /// # Errors
    /// When `root` is not an absolute `https` URL, or carries a user name or a query.
    pub fn custom(root: &str) -> Result<Self, ConfigError> {
        ServiceRoot::new(root).map(Self::from)
    }

    /// Gives the same root the stricter rules and longer waits of production.
    #[must_use]
    pub fn as_production(mut self) -> Self {
        self.kind = EnvironmentKind::Production;
        self
    }

    /// Returns whether this is production or a test environment. In production, personal numbers must have
    /// right check digits, and an empty queue means ten minutes' wait.
    #[must_use]
    pub fn kind(&self) -> EnvironmentKind {
        self.kind
    }

    /// Returns the root URL; a custom transport is configured with the same.
    #[must_use]
    pub fn root(&self) -> &ServiceRoot {
        &self.root
    }

    /// The URL of a resource under the root; segments and query value are percent-encoded.
    pub(crate) fn resource(
        &self,
        segments: &[&str],
        query: Option<(&'static str, &str)>,
    ) -> Result<Uri, Error> {
        let mut path = String::new();
        for segment in segments {
            path.push('/');
            path.extend(utf8_percent_encode(segment, ENCODED));
        }
        if let Some((name, value)) = query {
            path.push('?');
            path.push_str(name);
            path.push('=');
            path.extend(utf8_percent_encode(value, ENCODED));
        }
        self.root
            .join(&path)
            .map_err(|source| Error::RequestUrl { source })
    }

    /// Admits a URL that the service gave, if it lies under the root; it is used as given.
    ///
    /// The client certificate goes wherever a request goes, so that a forged or mistaken response must
    /// not be able to send it elsewhere.
    pub(crate) fn follow(&self, link: Link, given: &str) -> Result<Uri, Error> {
        given
            .trim()
            .parse()
            .ok()
            .filter(|url| self.root.contains(url))
            .ok_or_else(|| Error::ForeignUrl {
                link,
                root: self.root.clone(),
            })
    }
}

/// A custom root URL, which counts as a test environment.
impl From<ServiceRoot> for Environment {
    fn from(root: ServiceRoot) -> Self {
        Self {
            root,
            kind: EnvironmentKind::Test,
        }
    }
}

impl FromStr for Environment {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        match text {
            "production" => Ok(Self::production()),
            "difitest" => Ok(Self::difitest()),
            "difiqa" => Ok(Self::difiqa()),
            root => Self::custom(root),
        }
    }
}

/// The name of a predefined environment, or the root URL.
impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = ["production", "difitest", "difiqa"];
        let named = named.into_iter().find(|name| {
            name.parse::<Self>()
                .is_ok_and(|environment| environment == *self)
        });
        match named {
            Some(name) => f.write_str(name),
            None => self.root.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn predefined_environments_have_the_published_roots() {
        let roots = [
            Environment::production(),
            Environment::difitest(),
            Environment::difiqa(),
        ]
        .map(|environment| (environment.root().to_string(), environment.kind()));
        insta::assert_debug_snapshot!(roots);
    }

    #[test]
    fn a_predefined_environment_equals_the_same_root_by_hand() {
        let by_hand = Environment::custom("https://api.signering.posten.no:443/api/").unwrap();
        assert_eq!(by_hand.as_production(), Environment::production());
    }

    #[test]
    fn a_text_names_an_environment() {
        for text in [
            "production",
            "difitest",
            "difiqa",
            "https://127.0.0.1:8443/api",
        ] {
            let environment: Environment = text.parse().unwrap();
            assert_eq!(environment.to_string(), text);
        }
        assert!("Production".parse::<Environment>().is_err());
    }

    #[test]
    fn relative_roots_are_refused() {
        for root in ["/api", "localhost:8080/api", "http://example.com/api"] {
            assert!(Environment::custom(root).is_err(), "{root}");
        }
    }

    #[test]
    fn segments_are_appended_after_the_root_path() {
        let environment = Environment::custom("https://localhost:8443/api").unwrap();
        let url = environment.resource(&["123456789", "portal", "signature-jobs"], None);
        assert_eq!(
            url.unwrap(),
            "https://localhost:8443/api/123456789/portal/signature-jobs"
        );
        let url = environment.resource(&["a/b"], Some(("q", "custom queue&x=æ+")));
        assert_eq!(
            url.unwrap(),
            "https://localhost:8443/api/a%2Fb?q=custom%20queue%26x%3D%C3%A6%2B"
        );
    }

    #[test]
    fn follow_up_urls_under_the_root_are_used_as_given() {
        let environment = Environment::difitest();
        let given = "https://api.difitest.signering.posten.no/api/123456789/portal/signature-jobs/1/xades/1?a=%20b";
        assert_eq!(environment.follow(Link::Xades, given).unwrap(), given);
        let spaced = format!("\n {given} ");
        assert_eq!(environment.follow(Link::Xades, &spaced).unwrap(), given);
    }

    #[test]
    fn follow_up_urls_elsewhere_are_refused() {
        let environment = Environment::custom("https://127.0.0.1:8443/api").unwrap();
        for given in [
            "",
            "/api/1/cancel",
            "http://127.0.0.1:8443/api/1",
            "https://127.0.0.1/api/1",
            "https://127.0.0.1:8443@example.com/api/1",
            "https://example.com:8443/api/1",
            "https://127.0.0.1:8443/apis/1",
            "https://127.0.0.1:8443/api/../web/1",
            "https://127.0.0.1:8443/api/%2e%2e/web/1",
            "mailto:a@example.com",
        ] {
            let error = environment.follow(Link::Cancellation, given).unwrap_err();
            assert!(matches!(error, Error::ForeignUrl { .. }), "{given}");
        }
    }

    proptest! {
        /// Whatever the queue is called, a reader of the query gets the same name back.
        #[test]
        fn queue_names_survive_percent_encoding(name in ".*") {
            let url = Environment::production()
                .resource(&["1"], Some(("polling_queue", &name)))
                .unwrap();
            let encoded = url.query().unwrap().strip_prefix("polling_queue=").unwrap();
            let read = percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap();
            prop_assert_eq!(read, name.as_str());
            prop_assert!(!encoded.contains(['&', '=', '+', '#', ' ']));
        }
    }
}
