//! Why there is no access token.

use super::ErrorKind;

/// Why the token endpoint gave no access token. The request that needed it was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenFailure {
    /// The endpoint does not know the client, or not with this certificate.
    #[error(
        "the client is not accepted (invalid_client): check the client id, that it is registered \
         for this environment, and that the certificate is the one registered for it; a renewed \
         certificate needs a new registration and client id"
    )]
    InvalidClient,
    /// The endpoint refused the request for another reason.
    #[error(
        "the request was refused with status {status} ({code}): check the token endpoint's \
         address, the broker id and the service's root URL",
        code = code.as_deref().unwrap_or("no error code")
    )]
    #[non_exhaustive]
    Refused {
        /// The status of the response.
        status: u16,
        /// The code of the error in the response, such as `invalid_scope`.
        code: Option<String>,
    },
    /// The endpoint can't give tokens at the moment.
    #[error("the endpoint responded with status {status}: retry later")]
    #[non_exhaustive]
    Unavailable {
        /// The status of the response.
        status: u16,
    },
    /// There was no whole response.
    #[error("the endpoint could not be reached or did not respond: {cause}")]
    #[non_exhaustive]
    Unreachable {
        /// What happened to the request for a token.
        cause: Box<ErrorKind>,
    },
    /// The response is not one of a token endpoint.
    #[error("the response makes no sense, as {problem}: check the token endpoint's address")]
    #[non_exhaustive]
    InvalidResponse {
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl TokenFailure {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::InvalidClient => "token.invalid_client",
            Self::Refused { .. } => "token.refused",
            Self::Unavailable { .. } => "token.unavailable",
            Self::Unreachable { .. } => "token.unreachable",
            Self::InvalidResponse { .. } => "token.invalid_response",
        }
    }
}
