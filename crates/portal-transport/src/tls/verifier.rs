//! The check of the server's certificate.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use portal_certificate::Certificate;

use super::ServerTrust;
use super::handshake::note_tls13;
use crate::{SeenCertificate, TlsFailure};

/// Accepts a certificate that leads to a trust anchor, is within its dates, may be used by a TLS
/// server, and belongs to the expected organisation. The host's name plays no part.
#[derive(Debug)]
pub(super) struct OrganizationVerifier {
    trust: ServerTrust,
    algorithms: WebPkiSupportedAlgorithms,
}

/// The verdict on its way through rustls and the HTTP library.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Refusal(pub(crate) TlsFailure);

impl OrganizationVerifier {
    pub(super) fn new(trust: &ServerTrust, provider: &CryptoProvider) -> Self {
        Self {
            trust: trust.clone(),
            algorithms: provider.signature_verification_algorithms,
        }
    }

    fn check(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), TlsFailure> {
        let certificate = Certificate::from_der(end_entity.as_ref())
            .map_err(|_| TlsFailure::UnsoundCertificate)?;
        let seen = || Box::new(describe(&certificate));

        ParsedCertificate::try_from(end_entity)
            .and_then(|end_entity| {
                verify_server_cert_signed_by_trust_anchor(
                    &end_entity,
                    &self.trust.anchors,
                    intermediates,
                    now,
                    self.algorithms.all,
                )
            })
            .map_err(|error| match error {
                Error::InvalidCertificate(error) => self.explain(&error, seen()),
                _ => TlsFailure::UnsoundCertificate,
            })?;
        // Every handshake of today has the server sign something.
        if !certificate.allows_digital_signature() {
            return Err(TlsFailure::WrongUsage { seen: seen() });
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
        Ok(())
    }

    fn explain(&self, error: &CertificateError, seen: Box<SeenCertificate>) -> TlsFailure {
        match error {
            // The latter two: an anchor has the issuer's name, but not its key.
            CertificateError::UnknownIssuer
            | CertificateError::BadSignature
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                TlsFailure::UnknownIssuer {
                    anchors: self.trust.anchors.len(),
                    seen,
                }
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                TlsFailure::Expired { seen }
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsFailure::NotYetValid { seen }
            }
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                TlsFailure::WrongUsage { seen }
            }
            _ => TlsFailure::UnsoundCertificate,
        }
    }
}

fn describe(certificate: &Certificate) -> SeenCertificate {
    SeenCertificate {
        subject: certificate.subject(),
        issuer: certificate.issuer(),
        serial: certificate.serial_hex(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
    }
}

impl ServerCertVerifier for OrganizationVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.check(end_entity, intermediates, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
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
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        note_tls13();
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
