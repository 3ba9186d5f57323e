//! Why a client could not be built.

use portal_asice::SignError;
use portal_model::EnvironmentKind;
use portal_transport::{AnchorError, ConfigError};

/// Why a client could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A custom root URL, for which it is not known whose servers to trust.
    #[error(
        "no trust anchors are known for {root}: set those of its server with ClientBuilder::trust, or use Environment::production or Environment::difitest, whose anchors are built in"
    )]
    #[non_exhaustive]
    NoTrust {
        /// The root URL.
        root: String,
    },
    /// The trust anchors are those of the other environment.
    #[error(
        "the trust anchors are of the {given} environment, and the service is of {wanted}: leave them out, as those of {wanted} are built in"
    )]
    #[non_exhaustive]
    TrustOfOtherEnvironment {
        /// The environment of the service.
        wanted: EnvironmentKind,
        /// The environment of the anchors.
        given: EnvironmentKind,
    },
    /// The trust anchors can't be used.
    #[error("the trust anchors can't be used: {source}")]
    #[non_exhaustive]
    Trust {
        /// What is wrong.
        source: AnchorError,
    },
    /// The transport can't be made of the certificate, the trust anchors or the other settings.
    #[error("the connection to the service can't be set up: {source}")]
    #[non_exhaustive]
    Transport {
        /// What is wrong.
        source: ConfigError,
    },
    /// The certificate's key can't sign packages.
    #[error("the certificate can't sign document packages: {source}")]
    #[non_exhaustive]
    Signer {
        /// What is wrong.
        source: SignError,
    },
}

impl From<ConfigError> for BuildError {
    fn from(source: ConfigError) -> Self {
        Self::Transport { source }
    }
}

impl From<AnchorError> for BuildError {
    fn from(source: AnchorError) -> Self {
        Self::Trust { source }
    }
}
