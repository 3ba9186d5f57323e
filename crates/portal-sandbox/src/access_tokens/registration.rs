//! Who is registered for tokens.

use std::fmt;

use jiff::Timestamp;
use portal_certificate::Certificate;
use portal_model::OrganizationNumber;

/// A client that may have access tokens: a client id and a broker id, for one certificate by its
/// thumbprint.
///
/// A renewed certificate needs a new registration, as at the service. The certificate need not name an
/// organisation.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRegistration {
    client_id: String,
    broker_id: String,
    organization: OrganizationNumber,
    thumbprint: [u8; 32],
    certificate_ends: Timestamp,
}

/// Why a client can't be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The client id or the broker id is empty or has white space or control characters.
    #[error("the {which} is empty, or has white space or control characters")]
    #[non_exhaustive]
    Id {
        /// Which of the two.
        which: &'static str,
    },
    /// The broker id is an organisation number.
    #[error(
        "the broker id is an organisation number: a broker id is a name of its own, and the \
         organisation is set apart from it"
    )]
    OrganizationNumber,
    /// The client id or the broker id is registered already.
    #[error("the client id or the broker id is registered already: give each client its own")]
    Taken,
}

impl TokenRegistration {
    /// Creates the registration of a client that calls for `organization`.
    ///
    /// # Errors
    /// [`RegistrationError`] if one of the two ids is blank or has white space, or the broker id is an
    /// organisation number.
    pub fn new(
        client_id: impl Into<String>,
        broker_id: impl Into<String>,
        organization: OrganizationNumber,
        certificate: &Certificate,
    ) -> Result<Self, RegistrationError> {
        let (client_id, broker_id) = (client_id.into(), broker_id.into());
        for (which, id) in [("client id", &client_id), ("broker id", &broker_id)] {
            let unusable = |letter: char| letter.is_whitespace() || letter.is_control();
            if id.is_empty() || id.contains(unusable) {
                return Err(RegistrationError::Id { which });
            }
        }
        if OrganizationNumber::new(broker_id.as_str()).is_ok() {
            return Err(RegistrationError::OrganizationNumber);
        }
        Ok(Self {
            client_id,
            broker_id,
            organization,
            thumbprint: certificate.sha256(),
            certificate_ends: certificate.not_after(),
        })
    }

    /// Returns the client id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the broker id, which stands in the scope.
    #[must_use]
    pub fn broker_id(&self) -> &str {
        &self.broker_id
    }

    /// Returns the organisation that a caller with a token of this client is.
    #[must_use]
    pub fn organization(&self) -> &OrganizationNumber {
        &self.organization
    }

    /// Returns the SHA-256 thumbprint of the registered certificate.
    #[must_use]
    pub fn thumbprint(&self) -> [u8; 32] {
        self.thumbprint
    }

    pub(crate) fn certificate_ends(&self) -> Timestamp {
        self.certificate_ends
    }

    /// The thumbprint in hexadecimal.
    pub(crate) fn thumbprint_hex(&self) -> String {
        self.thumbprint
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl fmt::Debug for TokenRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRegistration")
            .field("organization", &self.organization)
            .field("thumbprint", &self.thumbprint_hex())
            .finish_non_exhaustive()
    }
}
