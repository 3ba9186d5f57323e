//! Mutual TLS: who we are, whom we trust, and how both are checked.

mod client_config;
mod handshake;
mod signing_key;
mod verifier;

pub(crate) use client_config::client_config;
pub(crate) use handshake::Handshake;
pub(crate) use verifier::Refusal;

use std::fmt;

use portal_certificate::EnterpriseCertificate;
use portal_model::OrganizationNumber;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::ConfigError;

/// Posten Bring AS, which runs the service. Source: the service's documentation.
const POSTEN: &str = "984661185";

/// Both halves of mutual TLS: the sender's own identity, and what the server must show.
///
/// Neither has a default and there is no switch to leave one out. A test brings trust anchors and
/// an organisation number of its own.
#[derive(Debug, Clone)]
pub struct TlsSettings {
    pub(crate) identity: EnterpriseCertificate,
    pub(crate) trust: ServerTrust,
}

impl TlsSettings {
    /// Proves who we are with `identity`, and accepts servers that `trust` allows.
    #[must_use]
    pub fn new(identity: EnterpriseCertificate, trust: ServerTrust) -> Self {
        Self { identity, trust }
    }
}

/// Whom to take for the service: a server whose certificate leads to one of the trust anchors
/// **and** belongs to the expected organisation.
///
/// The name of the host is not checked, as the service's certificate does not have one: it is an
/// enterprise certificate, and the organisation number is what identifies its holder. The number
/// must match exactly. The validity dates and the key's usage are checked as well; revocation is
/// not, as in the service's own clients.
///
/// Root and intermediate certificates can both be anchors.
#[derive(Clone)]
pub struct ServerTrust {
    pub(crate) anchors: RootCertStore,
    pub(crate) organization_number: OrganizationNumber,
}

impl ServerTrust {
    /// Trusts certificates of Posten (organisation number 984661185) under `anchors`, each one an
    /// X.509 certificate in DER.
    ///
    /// # Errors
    /// When there are none, or one is not a certificate.
    pub fn new<A>(anchors: A) -> Result<Self, ConfigError>
    where
        A: IntoIterator,
        A::Item: AsRef<[u8]>,
    {
        let mut store = RootCertStore::empty();
        for (index, anchor) in anchors.into_iter().enumerate() {
            let der = CertificateDer::from(anchor.as_ref().to_vec());
            store.add(der).map_err(|cause| ConfigError::TrustAnchor {
                number: index + 1,
                source: cause.into(),
            })?;
        }
        if store.is_empty() {
            return Err(ConfigError::NoTrustAnchors);
        }
        Ok(Self {
            anchors: store,
            organization_number: OrganizationNumber::unchecked(POSTEN),
        })
    }

    /// The same with the certificates of a PEM file; what else is in the file is passed over.
    ///
    /// # Errors
    /// When there are no certificates in it, or one is not readable.
    pub fn from_pem(pem: &[u8]) -> Result<Self, ConfigError> {
        let mut anchors = Vec::new();
        for (index, section) in CertificateDer::pem_slice_iter(pem).enumerate() {
            anchors.push(section.map_err(|cause| ConfigError::TrustAnchor {
                number: index + 1,
                source: cause.into(),
            })?);
        }
        Self::new(anchors)
    }

    /// Demands another organisation number than Posten's: that of a stand-in for the service.
    #[must_use]
    pub fn with_organization_number(mut self, number: OrganizationNumber) -> Self {
        self.organization_number = number;
        self
    }

    /// The organisation number that the server's certificate must have.
    #[must_use]
    pub fn organization_number(&self) -> &OrganizationNumber {
        &self.organization_number
    }
}

impl fmt::Debug for ServerTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTrust")
            .field("anchors", &self.anchors.len())
            .field("organization_number", &self.organization_number.as_str())
            .finish()
    }
}
