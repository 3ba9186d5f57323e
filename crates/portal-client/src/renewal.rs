//! Replacing the certificate of a running client.

use std::fmt;

use jiff::Timestamp;
use portal_certificate::EnterpriseCertificate;
use portal_model::OrganizationNumber;
use portal_transport::{Clock, ServerTrust};

use crate::connection::Setup;
use crate::{Authentication, BuildError, PortalClient, TokenEndpoint};

/// A renewed enterprise certificate, and what changes with it; see [`PortalClient::replace_certificate`].
#[derive(Clone)]
#[must_use = "a renewal does nothing until it is given to PortalClient::replace_certificate"]
pub struct Renewal {
    certificate: EnterpriseCertificate,
    authentication: Option<Authentication>,
    client_id: Option<String>,
    token_endpoint: Option<TokenEndpoint>,
    trust: Option<ServerTrust>,
}

impl Renewal {
    /// Creates a renewal that changes the certificate only.
    pub fn new(certificate: EnterpriseCertificate) -> Self {
        Self {
            certificate,
            authentication: None,
            client_id: None,
            token_endpoint: None,
            trust: None,
        }
    }

    /// Sets the client id that the certificate is registered with. The broker id stays. Required with access
    /// tokens, as a registration holds one certificate; without effect where they are not used, or where
    /// [`authentication`](Self::authentication) sets both ids.
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Changes how the client proves who it is.
    pub fn authentication(mut self, authentication: Authentication) -> Self {
        self.authentication = Some(authentication);
        self
    }

    /// Changes where access tokens come from. Without effect where they are not used.
    pub fn token_endpoint(mut self, endpoint: TokenEndpoint) -> Self {
        self.token_endpoint = Some(endpoint);
        self
    }

    /// Changes which servers are trusted.
    pub fn trust(mut self, trust: ServerTrust) -> Self {
        self.trust = Some(trust);
        self
    }

    /// What the new connection is made of.
    fn apply(self, setup: &Setup) -> Result<Setup, RenewalError> {
        let (have, given) = (&setup.certificate, &self.certificate);
        let leaf = given.leaf();
        if !leaf.is_valid_at(setup.clock.now()) {
            return Err(RenewalError::OutsideDates {
                not_before: leaf.not_before(),
                not_after: leaf.not_after(),
            });
        }
        let mut authentication = self.authentication;
        if authentication.is_none() {
            authentication = match (&setup.authentication, self.client_id) {
                (Authentication::Token { broker_id, .. }, Some(client_id)) => {
                    Some(Authentication::token(client_id, broker_id))
                }
                (Authentication::Token { .. }, None) if leaf != have.leaf() => {
                    return Err(RenewalError::ClientIdMissing);
                }
                _ => None,
            };
        }
        let authentication = authentication.unwrap_or_else(|| setup.authentication.clone());
        match (have.organization_number(), given.organization_number()) {
            (Some(have), Some(given)) if have != given => {
                return Err(RenewalError::OtherOrganization {
                    have,
                    given: Some(given),
                });
            }
            // With tokens the registration says whose it is: the certificate need not.
            (Some(have), None) if !authentication.uses_tokens() => {
                return Err(RenewalError::OtherOrganization { have, given: None });
            }
            _ => {}
        }
        let token_endpoint = self.token_endpoint;
        Ok(Setup {
            certificate: self.certificate,
            token_endpoint: token_endpoint.unwrap_or_else(|| setup.token_endpoint.clone()),
            trust: self.trust.unwrap_or_else(|| setup.trust.clone()),
            authentication,
            ..setup.clone()
        })
    }
}

/// Without the client id.
impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewal")
            .field("certificate", &self.certificate)
            .field("authentication", &self.authentication)
            .field("token_endpoint", &self.token_endpoint)
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

/// Changes the certificate only.
impl From<EnterpriseCertificate> for Renewal {
    fn from(certificate: EnterpriseCertificate) -> Self {
        Self::new(certificate)
    }
}

impl PortalClient {
    /// Replaces the enterprise certificate of this client and all its clones, for one that is renewed before it
    /// ends.
    ///
    /// Operations that are running finish with the old certificate. Every operation that begins afterwards has
    /// the new one, on connections of its own; the rate limit stays shared. With access tokens the certificate,
    /// the client id and the token change in one step. Nothing changes if there is an error.
    ///
    /// ```no_run
    /// # fn example(client: portal_client::PortalClient) -> Result<(), Box<dyn std::error::Error>> {
    /// use portal_client::{EnterpriseCertificate, Renewal};
    ///
    /// let renewed = EnterpriseCertificate::from_pkcs12(&std::fs::read("renewed.p12")?, "password")?;
    /// client.replace_certificate(renewed.clone())?;
    /// // With access tokens, the client id of the new registration comes with it.
    /// client.replace_certificate(Renewal::new(renewed).client_id("new-client-id"))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`RenewalError::OtherOrganization`], [`RenewalError::OutsideDates`], [`RenewalError::ClientIdMissing`],
    /// [`RenewalError::CustomParts`] for a client that [`PortalClient::new`] made, [`RenewalError::Build`].
    pub fn replace_certificate(&self, renewal: impl Into<Renewal>) -> Result<(), RenewalError> {
        self.replace(|setup| renewal.into().apply(setup))
    }

    /// Replaces which servers this client and all its clones trust, for operations that begin afterwards.
    ///
    /// # Errors
    /// [`RenewalError::CustomParts`], [`RenewalError::Build`].
    pub fn replace_trust(&self, trust: ServerTrust) -> Result<(), RenewalError> {
        self.replace(|setup| {
            Ok(Setup {
                trust,
                ..setup.clone()
            })
        })
    }

    /// Replaces how this client and all its clones prove who they are, for operations that begin afterwards. A
    /// token that is kept is dropped.
    ///
    /// # Errors
    /// [`RenewalError::CustomParts`], [`RenewalError::Build`].
    pub fn replace_authentication(
        &self,
        authentication: Authentication,
    ) -> Result<(), RenewalError> {
        self.replace(|setup| {
            Ok(Setup {
                authentication,
                ..setup.clone()
            })
        })
    }

    /// Replaces where this client and all its clones get access tokens, for operations that begin afterwards. A
    /// token that is kept is dropped. Without effect where tokens are not used.
    ///
    /// ```no_run
    /// # fn example(
    /// #     client: portal_client::PortalClient,
    /// #     root: portal_certificate::Certificate,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// use portal_client::TokenEndpoint;
    ///
    /// let endpoint = TokenEndpoint::new("https://tokens.example.com/oauth2/token");
    /// client.replace_token_endpoint(endpoint.with_extra_roots([root]))?;
    /// // Back to the environment's own.
    /// client.replace_token_endpoint(TokenEndpoint::default())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`RenewalError::CustomParts`]; [`RenewalError::Build`] if the URL can't be used, or the environment has no
    /// endpoint of its own. Nothing changes then.
    pub fn replace_token_endpoint(&self, endpoint: TokenEndpoint) -> Result<(), RenewalError> {
        self.replace(|setup| {
            Ok(Setup {
                token_endpoint: endpoint,
                ..setup.clone()
            })
        })
    }

    fn replace(
        &self,
        change: impl FnOnce(&Setup) -> Result<Setup, RenewalError>,
    ) -> Result<(), RenewalError> {
        let _replacing = self.connections.replacing();
        let current = self.connection();
        let setup = current.setup.as_ref().ok_or(RenewalError::CustomParts)?;
        let connection = change(setup)?.connect(None);
        let connection = connection.map_err(|source| RenewalError::Build { source })?;
        self.connections.replace(connection);
        Ok(())
    }
}

/// Why the certificate was not replaced. The client goes on with the one that it has.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenewalError {
    /// The client's transport and signer are custom.
    #[error(
        "the client has a custom transport and a custom signer: replace the certificate there, or make a new client"
    )]
    CustomParts,
    /// The certificate is another organisation's, or says of none.
    #[error(
        "the certificate is {}, and the one in use is of {have}: make a new client for another organisation",
        given.as_ref().map_or("without an organisation number".to_owned(), |given| format!("of the organisation {given}"))
    )]
    #[non_exhaustive]
    OtherOrganization {
        /// The organisation of the certificate in use.
        have: OrganizationNumber,
        /// The organisation of the certificate that was given.
        given: Option<OrganizationNumber>,
    },
    /// The certificate has ended, or has not begun.
    #[error("the certificate is valid from {not_before} to {not_after} only, and not now")]
    #[non_exhaustive]
    OutsideDates {
        /// The first second of its validity.
        not_before: Timestamp,
        /// The last second of its validity.
        not_after: Timestamp,
    },
    /// With access tokens, a renewed certificate has a client id of its own.
    #[error(
        "a renewed certificate has a new client id: register it in the self-service portal, and give its client id with Renewal::client_id"
    )]
    ClientIdMissing,
    /// No connection can be made of the new parts.
    #[error("{source}")]
    #[non_exhaustive]
    Build {
        /// What is wrong.
        source: BuildError,
    },
}
