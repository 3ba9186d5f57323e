//! The check of the server's certificate.

use std::fmt;
use std::sync::{Arc, Once};

use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use portal_certificate::Certificate;
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};

use super::handshake::{note_server, note_tls13, take_server};
use super::{SeenServer, ServerAnchor, ServerObserver, ServerTrust, TlsSettings, TlsVersion};
use crate::error::shown;
use crate::{SeenCertificate, TlsFailure};

/// Accepts a certificate that leads to a trust anchor, is within its dates, may be used by a TLS
/// server, and belongs to the expected organisation. The host's name plays no part.
pub(super) struct OrganizationVerifier {
    trust: ServerTrust,
    algorithms: WebPkiSupportedAlgorithms,
    observer: Option<ServerObserver>,
    mismatch_logged: Once,
}

/// The verdict on its way through rustls and the HTTP library.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Refusal(pub(crate) TlsFailure);

impl OrganizationVerifier {
    pub(super) fn new(trust: &ServerTrust, tls: &TlsSettings, provider: &CryptoProvider) -> Self {
        Self {
            trust: trust.clone(),
            algorithms: provider.signature_verification_algorithms,
            observer: tls.observer.clone(),
            mismatch_logged: Once::new(),
        }
    }

    fn check(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<SeenServer, TlsFailure> {
        let certificate = Certificate::from_der(end_entity.as_ref())
            .map_err(|_| TlsFailure::UnsoundCertificate)?;
        let seen = || Box::new(describe(&certificate));

        let chain =
            EndEntityCert::try_from(end_entity).map_err(|error| self.explain(&error, seen()))?;
        let moment = timestamp(now);
        let (live, ended): (Vec<_>, Vec<_>) = self
            .trust
            .anchors
            .iter()
            .partition(|anchor| anchor.is_valid_at(moment));
        let leads_to = |anchors: &[&ServerAnchor]| {
            self.leads_to(&chain, anchors, intermediates, now)
                .map(|index| anchors[index].clone())
        };
        if let Err(error) = leads_to(&live) {
            let failure = self.explain(&error, seen());
            let TlsFailure::UnknownIssuer { .. } = failure else {
                return Err(failure);
            };
            if let Ok(anchor) = leads_to(&ended) {
                return Err(TlsFailure::AnchorOutsideDates {
                    anchor: anchor.subject,
                    not_before: anchor.not_before,
                    not_after: anchor.not_after,
                    seen: seen(),
                });
            }
            let others: Vec<_> = self.trust.of_other_environment.iter().collect();
            if let (
                Some(trusted),
                Ok(ServerAnchor {
                    environment: Some(found),
                    ..
                }),
            ) = (self.trust.environment(), leads_to(&others))
            {
                let seen = seen();
                return Err(TlsFailure::OtherEnvironment {
                    trusted,
                    found,
                    seen,
                });
            }
            return Err(failure);
        }
        // Every handshake of today has the server sign something.
        if !certificate.allows_digital_signature() {
            return Err(TlsFailure::WrongUsage { seen: seen() });
        }
        if certificate.is_personal() {
            return Err(TlsFailure::PersonalCertificate { seen: seen() });
        }
        let expected = self.trust.organization_number();
        let found = certificate.organization_number();
        if found.as_ref() != Some(expected) {
            return Err(TlsFailure::OtherOrganization {
                expected: expected.as_str().to_owned(),
                found: found.map(|number| number.as_str().to_owned()),
                seen: seen(),
            });
        }
        let dns_names: Vec<String> = chain.valid_dns_names().map(shown).collect();
        let names_host = chain.verify_is_valid_for_subject_name(server_name).is_ok();
        Ok(SeenServer {
            certificate: *seen(),
            is_for_another_host: !dns_names.is_empty() && !names_host,
            dns_names,
            tls_version: TlsVersion::Tls12,
        })
    }

    /// Which of `anchors` the certificate leads to.
    fn leads_to(
        &self,
        chain: &EndEntityCert<'_>,
        anchors: &[&ServerAnchor],
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<usize, webpki::Error> {
        let trusted: Vec<TrustAnchor<'_>> =
            anchors.iter().map(|anchor| anchor.anchor.clone()).collect();
        let path = chain.verify_for_usage(
            self.algorithms.all,
            &trusted,
            intermediates,
            now,
            KeyUsage::server_auth(),
            None,
            Some(&may_issue),
        )?;
        let found = trusted.iter().position(|anchor| anchor == path.anchor());
        found.ok_or(webpki::Error::UnknownIssuer)
    }

    fn explain(&self, error: &webpki::Error, seen: Box<SeenCertificate>) -> TlsFailure {
        use webpki::Error as E;
        match error {
            // The latter two: an anchor has the issuer's name, but not its key.
            E::UnknownIssuer
            | E::InvalidSignatureForPublicKey
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => TlsFailure::UnknownIssuer {
                anchors: self.trust.anchors.len(),
                seen,
            },
            E::CertExpired { .. } | E::InvalidCertValidity => TlsFailure::Expired { seen },
            E::CertNotValidYet { .. } => TlsFailure::NotYetValid { seen },
            E::RequiredEkuNotFoundContext(_) => TlsFailure::WrongUsage { seen },
            E::CaUsedAsEndEntity => TlsFailure::AuthorityAsServer { seen },
            E::EndEntityUsedAsCa => TlsFailure::IssuerMayNotIssue { seen },
            E::NameConstraintViolation => TlsFailure::NameConstraints { seen },
            _ => TlsFailure::UnsoundCertificate,
        }
    }

    /// Passes on what is known of the server, once it has proven that it has the certificate's key.
    /// Once for each transport, a mismatch is logged.
    fn report(&self, tls_version: TlsVersion) {
        let Some(server) = take_server() else {
            return;
        };
        let server = SeenServer {
            tls_version,
            ..server
        };
        if server.is_for_another_host {
            self.mismatch_logged.call_once(|| {
                tracing::warn!(
                    "the server's certificate has DNS names, and the host of the service's root \
                     URL is not among them: the organisation number is right, but check the root"
                );
            });
        }
        if let Some(observer) = &self.observer {
            observer(&server);
        }
    }
}

impl fmt::Debug for OrganizationVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrganizationVerifier")
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

/// webpki does not look at the key usage of those who issue.
fn may_issue(path: &VerifiedPath<'_>) -> Result<(), webpki::Error> {
    let mut issuers = path.intermediate_certificates();
    let all = issuers.all(|issuer| {
        Certificate::from_der(issuer.der().as_ref()).is_ok_and(|issuer| issuer.is_authority())
    });
    if all {
        Ok(())
    } else {
        Err(webpki::Error::EndEntityUsedAsCa)
    }
}

fn timestamp(time: UnixTime) -> Timestamp {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

pub(super) fn describe(certificate: &Certificate) -> SeenCertificate {
    SeenCertificate {
        subject: shown(&certificate.subject()),
        issuer: shown(&certificate.issuer()),
        serial: shown(&certificate.serial_hex()),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
    }
}

impl ServerCertVerifier for OrganizationVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.check(end_entity, intermediates, server_name, now) {
            Ok(server) => {
                note_server(server);
                Ok(ServerCertVerified::assertion())
            }
            Err(failure) => Err(Error::InvalidCertificate(CertificateError::Other(
                OtherError(Arc::new(Refusal(failure))),
            ))),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let valid = verify_tls12_signature(message, cert, dss, &self.algorithms)?;
        self.report(TlsVersion::Tls12);
        Ok(valid)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        note_tls13();
        let valid = verify_tls13_signature(message, cert, dss, &self.algorithms)?;
        self.report(TlsVersion::Tls13);
        Ok(valid)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests;
