//! Mutual TLS: who we are, which servers we trust, and how both are checked.

mod certificate;
mod client_config;
mod handshake;
mod signing_key;
mod verifier;

pub(crate) use client_config::client_config;
pub(crate) use handshake::Handshake;
pub(crate) use verifier::Refusal;

use std::fmt;
use std::sync::Arc;

use portal_certificate::{Certificate, EnterpriseCertificate};
use portal_model::OrganizationNumber;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::shown;
use crate::{ConfigError, SeenCertificate};

/// Whether a certificate can be a trust anchor.
pub(crate) fn is_authority(certificate: &Certificate) -> bool {
    certificate::may_issue(certificate.der())
}

/// Posten Bring AS, which runs the service. Source: the service's documentation.
const POSTEN: &str = "984661185";

/// Both halves of mutual TLS: the sender's own identity, and what the server must show.
///
/// Neither has a default and there is no switch to leave one out. A test brings its own trust
/// anchors and organisation number.
#[derive(Clone)]
pub struct TlsSettings {
    pub(crate) identity: EnterpriseCertificate,
    pub(crate) trust: ServerTrust,
    observer: Option<ServerObserver>,
}

type ServerObserver = Arc<dyn Fn(&SeenServer) + Send + Sync>;

impl TlsSettings {
    /// Creates settings that show `identity` to servers that `trust` accepts.
    #[must_use]
    pub fn new(identity: EnterpriseCertificate, trust: ServerTrust) -> Self {
        Self {
            identity,
            trust,
            observer: None,
        }
    }

    /// Sets a function that is called in each handshake once the server's certificate has been
    /// accepted. It must not block.
    #[must_use]
    pub fn with_server_observer(
        mut self,
        observer: impl Fn(&SeenServer) + Send + Sync + 'static,
    ) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }
}

impl fmt::Debug for TlsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsSettings")
            .field("identity", &self.identity)
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

/// A server whose certificate was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenServer {
    /// The certificate.
    pub certificate: SeenCertificate,
    /// The DNS names in the certificate.
    pub dns_names: Vec<String>,
    /// The certificate has DNS names, and the host of the service's root URL is not among them.
    ///
    /// This is no reason to refuse the server, as its identity is the organisation number. But it
    /// can be a sign that another server of the same organisation has responded.
    pub is_for_another_host: bool,
}

/// Which servers to take for the service: those whose certificate leads to one of the trust anchors
/// **and** belongs to the expected organisation.
///
/// The host's name is not checked, as the service's certificate need not have one: it is an
/// enterprise certificate, and the organisation number is what identifies its holder. The number
/// must match exactly. The validity dates and the usage of every key on the way are checked as
/// well; revocation is not, as in the service's own clients. A person's certificate (with a given
/// name or a surname) is refused. DNS names without the host are reported, see
/// [`TlsSettings::with_server_observer`].
///
/// Root and intermediate certificates can both be anchors. Only an authority's certificate can:
/// whoever has the key of an anchor can pass for the service.
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
    /// [`ConfigError::NoTrustAnchors`] if there are none, [`ConfigError::TrustAnchor`] if one is
    /// not a certificate, [`ConfigError::NotAnAuthority`] if one is not an authority's.
    pub fn new<A>(anchors: A) -> Result<Self, ConfigError>
    where
        A: IntoIterator,
        A::Item: AsRef<[u8]>,
    {
        let mut store = RootCertStore::empty();
        for (index, anchor) in anchors.into_iter().enumerate() {
            let number = index + 1;
            let der = anchor.as_ref();
            let refused = |source| ConfigError::TrustAnchor { number, source };
            let certificate = Certificate::from_der(der).map_err(|cause| refused(cause.into()))?;
            if !is_authority(&certificate) {
                return Err(ConfigError::NotAnAuthority {
                    number,
                    subject: shown(&certificate.subject()),
                });
            }
            let der = CertificateDer::from(der.to_vec());
            store.add(der).map_err(|cause| refused(cause.into()))?;
        }
        if store.is_empty() {
            return Err(ConfigError::NoTrustAnchors);
        }
        Ok(Self {
            anchors: store,
            organization_number: OrganizationNumber::unchecked(POSTEN),
        })
    }

    /// Trusts the certificates of a PEM file like [`new`](Self::new); what else is in the file is
    /// ignored.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
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

    /// Demands another organisation number than Posten's, for a stand-in for the service.
    #[must_use]
    pub fn with_organization_number(mut self, number: OrganizationNumber) -> Self {
        self.organization_number = number;
        self
    }

    /// Returns the organisation number that the server's certificate must have.
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
