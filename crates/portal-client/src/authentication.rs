//! How the client proves to the service who it is.

use std::fmt;

use portal_certificate::{Certificate, EnterpriseCertificate};
use portal_transport::{ConfigError, TokenSettings};

/// How the client proves to the service who it is. Document packages are signed with the enterprise
/// certificate's key in either way.
///
/// ```
/// use portal_client::Authentication;
///
/// let authentication =
///     Authentication::token("01234567-89ab-cdef-0123-456789abcdef", "broker-id");
/// // The client id is not shown.
/// assert_eq!(format!("{authentication:?}"), "Token { .. }");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authentication {
    /// Shows the enterprise certificate in the TLS handshake (mutual TLS). The default.
    #[default]
    Certificate,
    /// Shows the enterprise certificate to the environment's token endpoint, and to the service the access
    /// token that it gets there. The service sees no client certificate.
    ///
    /// Both ids come from the service's self-service portal, where the certificate is registered. A
    /// registration holds one certificate: a renewed one has a new client id.
    #[non_exhaustive]
    Token {
        /// The client id of the registration, a UUID as a rule.
        client_id: String,
        /// The broker id of the registration. It is not an organisation number.
        broker_id: String,
    },
}

impl Authentication {
    /// Creates an authentication by access tokens, of the client id and the broker id of a registration. See
    /// [`Token`](Self::Token) for where they come from.
    #[must_use]
    pub fn token(client_id: impl Into<String>, broker_id: impl Into<String>) -> Self {
        Self::Token {
            client_id: client_id.into(),
            broker_id: broker_id.into(),
        }
    }

    /// Returns whether access tokens are used.
    #[must_use]
    pub fn uses_tokens(&self) -> bool {
        matches!(self, Self::Token { .. })
    }
}

/// Without the ids.
impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate => f.write_str("Certificate"),
            Self::Token { .. } => f.debug_struct("Token").finish_non_exhaustive(),
        }
    }
}

/// Where access tokens come from, and who vouches for that server.
///
/// The default is the environment's own endpoint, under the roots that the system trusts for web servers.
///
/// ```
/// use portal_client::TokenEndpoint;
///
/// let endpoint = TokenEndpoint::new("https://tokens.example.com/oauth2/token");
/// assert_ne!(endpoint, TokenEndpoint::default());
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TokenEndpoint {
    pub(crate) url: Option<String>,
    pub(crate) extra_roots: Vec<Certificate>,
}

impl TokenEndpoint {
    /// Creates an endpoint at a custom URL: `https`, absolute, without user name and query. A client that uses
    /// tokens checks it.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: Some(url.into()),
            extra_roots: Vec::new(),
        }
    }

    /// Adds roots under which the endpoint's certificate is accepted, besides those that the system trusts for web
    /// servers.
    #[must_use]
    pub fn with_extra_roots(mut self, roots: impl IntoIterator<Item = Certificate>) -> Self {
        self.extra_roots.extend(roots);
        self
    }

    /// The settings of the transport's token layer; none where tokens are not used.
    pub(crate) fn settings(
        &self,
        authentication: &Authentication,
        certificate: &EnterpriseCertificate,
    ) -> Result<Option<TokenSettings>, ConfigError> {
        let Authentication::Token {
            client_id,
            broker_id,
        } = authentication
        else {
            return Ok(None);
        };
        let settings = TokenSettings::new(certificate.clone(), client_id, broker_id)?;
        let settings = settings.with_extra_roots(self.extra_roots.iter().cloned());
        match &self.url {
            Some(url) => settings.with_endpoint(url).map(Some),
            None => Ok(Some(settings)),
        }
    }
}

/// Without the URL, which may be wrong and hold a password.
impl fmt::Debug for TokenEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenEndpoint")
            .field("is_custom", &self.url.is_some())
            .field("extra_roots", &self.extra_roots)
            .finish_non_exhaustive()
    }
}
