//! Which servers are taken for the service: under which issuers, and of which organisation.

use std::fmt;

use jiff::Timestamp;
use portal_certificate::{Certificate, CertificateError, KNOWN_ANCHORS, KnownAnchor};
use portal_model::{EnvironmentKind, OrganizationNumber};
use rustls::pki_types::{CertificateDer, Der, TrustAnchor};

use crate::error::shown;
use crate::{ConfigError, ServiceRoot};

/// Posten Bring AS, which runs the service. Source: the service's documentation.
const POSTEN: &str = "984661185";

/// Which servers to take for the service: those whose certificate leads to one of the trust anchors
/// **and** belongs to the expected organisation.
///
/// [`of_environment`](Self::of_environment) trusts the issuers that are known for production or
/// for test, never both. Custom anchors can be added to these
/// ([`with_anchors`](Self::with_anchors)) or be used instead ([`new`](Self::new)).
///
/// The host's name is not checked, as the service's certificate need not have one: it is an
/// enterprise certificate, and the organisation number is what identifies its holder. The number
/// must match exactly. The validity dates and the usage of every key on the way are checked as
/// well; revocation is not, as in the service's own clients. A person's certificate (with a given
/// name or a surname) is refused. DNS names without the host are reported, see
/// [`TlsSettings::with_server_observer`](crate::TlsSettings::with_server_observer).
///
/// Root and intermediate certificates can both be anchors; under an intermediate one, a server may
/// leave out its chain. Only an authority's certificate can be an anchor: whoever has the key of
/// an anchor can pass for the service. An anchor counts only within its dates, by the clock of
/// each handshake.
#[derive(Clone)]
pub struct ServerTrust {
    pub(super) anchors: Vec<ServerAnchor>,
    /// The anchors of the other environment, to recognise its servers.
    pub(super) of_other_environment: Vec<ServerAnchor>,
    organization_number: OrganizationNumber,
}

/// A trust anchor for servers.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerAnchor {
    /// The holder's distinguished name.
    pub subject: String,
    /// The SHA-256 of the certificate's DER.
    pub sha256: [u8; 32],
    /// The first second of its validity.
    pub not_before: Timestamp,
    /// The last second of its validity.
    pub not_after: Timestamp,
    /// The environment that it is known to belong to; `None` for one that is not known.
    pub environment: Option<EnvironmentKind>,
    pub(super) anchor: TrustAnchor<'static>,
}

impl ServerAnchor {
    fn known(row: &KnownAnchor) -> Self {
        let owned = |content: &[u8]| Der::from(content.to_vec());
        Self {
            subject: row.subject.clone().into_owned(),
            sha256: row.sha256,
            not_before: row.not_before,
            not_after: row.not_after,
            environment: Some(row.environment),
            anchor: TrustAnchor {
                subject: owned(row.subject_content()),
                subject_public_key_info: owned(row.public_key_info_content()),
                name_constraints: row.name_constraints_content().map(owned),
            },
        }
    }

    /// Returns whether it is within its dates at a time.
    #[must_use]
    pub fn is_valid_at(&self, time: Timestamp) -> bool {
        self.not_before <= time && time <= self.not_after
    }
}

impl fmt::Debug for ServerAnchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerAnchor")
            .field("subject", &self.subject)
            .field("not_after", &self.not_after)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

impl ServerTrust {
    /// Trusts certificates of Posten (organisation number 984661185) under the issuers known for
    /// an environment: those of [`KNOWN_ANCHORS`] that are for servers.
    #[must_use]
    pub fn of_environment(environment: EnvironmentKind) -> Self {
        let mut trust = Self::empty();
        trust.add_table(KNOWN_ANCHORS, environment);
        trust
    }

    /// Trusts like [`of_environment`](Self::of_environment), for the environment that `root`
    /// belongs to.
    ///
    /// # Errors
    /// [`ConfigError::NoTrustForRoot`] if `root` is a custom one, for which no issuers are known.
    pub fn of_root(root: &ServiceRoot) -> Result<Self, ConfigError> {
        let environment = root.environment_kind();
        let environment = environment.ok_or_else(|| ConfigError::NoTrustForRoot {
            root: root.to_string(),
        })?;
        Ok(Self::of_environment(environment))
    }

    /// Trusts like [`of_environment`](Self::of_environment), with a custom table of issuers, such
    /// as a test's.
    ///
    /// # Errors
    /// [`ConfigError::NoTrustAnchors`] if none in the table is of the environment and for servers.
    pub fn of_table(
        table: &[KnownAnchor],
        environment: EnvironmentKind,
    ) -> Result<Self, ConfigError> {
        let mut trust = Self::empty();
        trust.add_table(table, environment);
        trust.non_empty()
    }

    /// Trusts certificates of Posten (organisation number 984661185) under `anchors` instead of the
    /// known ones, each one an X.509 certificate in DER.
    ///
    /// # Errors
    /// [`ConfigError::NoTrustAnchors`] if there are none, and as for
    /// [`with_anchors`](Self::with_anchors).
    pub fn new<A>(anchors: A) -> Result<Self, ConfigError>
    where
        A: IntoIterator,
        A::Item: AsRef<[u8]>,
    {
        Self::empty().with_anchors(anchors)?.non_empty()
    }

    /// Trusts the certificates of a file like [`new`](Self::new); the file is one certificate in
    /// DER, or PEM with any number. What else is in a PEM file is ignored; certificates in it that
    /// can't be read are left out with a warning in the log. [`TrustAnchors`](crate::TrustAnchors)
    /// checks custom files more closely.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn from_pem(pem: &[u8]) -> Result<Self, ConfigError> {
        let (certificates, notices) = Certificate::read_all(pem).map_err(|cause| match cause {
            CertificateError::NoPem => ConfigError::NoTrustAnchors,
            cause => ConfigError::TrustAnchor {
                number: 1,
                source: cause.into(),
            },
        })?;
        for notice in notices {
            tracing::warn!(%notice, "reading trust anchors");
        }
        Self::new(certificates.iter().map(Certificate::der))
    }

    /// Adds anchors, each one an X.509 certificate in DER.
    ///
    /// # Errors
    /// [`ConfigError::TrustAnchor`] if one is not a certificate, [`ConfigError::NotAnAuthority`] if
    /// one is not an authority's, [`ConfigError::AnchorNotForServers`] if one is known not to be
    /// for servers, [`ConfigError::MixedEnvironments`] if one is known to be of another environment
    /// than the others.
    pub fn with_anchors<A>(self, anchors: A) -> Result<Self, ConfigError>
    where
        A: IntoIterator,
        A::Item: AsRef<[u8]>,
    {
        let certificates = anchors.into_iter().enumerate().map(|(index, anchor)| {
            Certificate::from_der(anchor.as_ref()).map_err(|cause| ConfigError::TrustAnchor {
                number: index + 1,
                source: cause.into(),
            })
        });
        let certificates: Result<Vec<_>, _> = certificates.collect();
        self.with_certificates(&certificates?, KNOWN_ANCHORS)
    }

    pub(crate) fn with_certificates(
        mut self,
        certificates: &[Certificate],
        table: &[KnownAnchor],
    ) -> Result<Self, ConfigError> {
        for (index, certificate) in certificates.iter().enumerate() {
            let number = index + 1;
            let subject = || shown(&certificate.subject());
            if !certificate.is_authority() {
                let subject = subject();
                return Err(ConfigError::NotAnAuthority { number, subject });
            }
            let known = KnownAnchor::find(table, certificate);
            if known.is_some_and(|known| !known.for_servers) {
                let subject = subject();
                return Err(ConfigError::AnchorNotForServers { number, subject });
            }
            let der = CertificateDer::from(certificate.der());
            let anchor = webpki::anchor_from_trusted_cert(&der).map_err(|cause| {
                let source = cause.into();
                ConfigError::TrustAnchor { number, source }
            })?;
            let environment = known.map(|known| known.environment);
            let anchor = ServerAnchor {
                subject: subject(),
                sha256: certificate.sha256(),
                not_before: certificate.not_before(),
                not_after: certificate.not_after(),
                environment,
                anchor: anchor.to_owned(),
            };
            match (self.environment(), environment) {
                (Some(have), Some(other)) if have != other => {
                    let subject = subject();
                    return Err(ConfigError::MixedEnvironments { number, subject });
                }
                (None, Some(kind)) => self.recognise_other(table, kind),
                _ => {}
            }
            if !self.anchors.contains(&anchor) {
                self.anchors.push(anchor);
            }
        }
        Ok(self)
    }

    /// Trust in nobody yet.
    pub(crate) fn empty() -> Self {
        Self {
            anchors: Vec::new(),
            of_other_environment: Vec::new(),
            organization_number: OrganizationNumber::unchecked(POSTEN),
        }
    }

    pub(crate) fn add_table(&mut self, table: &[KnownAnchor], environment: EnvironmentKind) {
        let rows = table.iter().filter(|row| row.for_servers);
        let ours = rows.filter(|row| row.environment == environment);
        self.anchors.extend(ours.map(ServerAnchor::known));
        self.recognise_other(table, environment);
    }

    fn recognise_other(&mut self, table: &[KnownAnchor], ours: EnvironmentKind) {
        let rows = table.iter().filter(|row| row.environment != ours);
        self.of_other_environment = rows.map(ServerAnchor::known).collect();
    }

    pub(crate) fn non_empty(self) -> Result<Self, ConfigError> {
        if self.anchors.is_empty() {
            return Err(ConfigError::NoTrustAnchors);
        }
        Ok(self)
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

    /// Returns the trust anchors, those outside their dates included.
    #[must_use]
    pub fn anchors(&self) -> &[ServerAnchor] {
        &self.anchors
    }

    /// Returns the environment that the anchors belong to; `None` if that is known of none of them.
    #[must_use]
    pub fn environment(&self) -> Option<EnvironmentKind> {
        self.anchors.iter().find_map(|anchor| anchor.environment)
    }
}

impl fmt::Debug for ServerTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTrust")
            .field("anchors", &self.anchors.len())
            .field("environment", &self.environment())
            .field("organization_number", &self.organization_number.as_str())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
