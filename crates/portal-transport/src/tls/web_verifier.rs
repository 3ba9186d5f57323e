//! The check of the token endpoint's certificate: that of a web server.

use std::sync::Arc;

use portal_certificate::Certificate;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::handshake::note_tls13;
use super::verifier::{Refusal, describe};
use crate::{ConfigError, TlsFailure};

/// Accepts what the system accepts for the host's name.
#[derive(Debug)]
pub(super) struct WebVerifier(Verifier);

impl WebVerifier {
    pub(super) fn new(
        extra_roots: &[Certificate],
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, ConfigError> {
        let roots = extra_roots.iter();
        let roots = roots.map(|root| CertificateDer::from(root.der().to_vec()));
        let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(provider));
        let verifier = verifier.map_err(|cause| ConfigError::Client {
            source: cause.into(),
        })?;
        Ok(Self(verifier))
    }
}

fn explain(error: &CertificateError, certificate: &Certificate) -> TlsFailure {
    use CertificateError as E;
    let problem = match error {
        E::UnknownIssuer => "its issuer is not among the system's roots",
        E::NotValidForName | E::NotValidForNameContext { .. } => "it is not for this host's name",
        E::Expired | E::ExpiredContext { .. } => "it has expired",
        E::NotValidYet | E::NotValidYetContext { .. } => "it is not valid yet",
        E::Revoked => "it has been revoked",
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => "it is not for servers",
        // Also of another root with the name of one of the system's.
        E::BadSignature => "none of the system's roots has signed it or its issuer",
        E::BadEncoding => return TlsFailure::UnsoundCertificate,
        _ => "the system does not accept it",
    };
    TlsFailure::NotAcceptedBySystem {
        problem,
        seen: Box::new(describe(certificate)),
    }
}

impl ServerCertVerifier for WebVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified =
            self.0
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        verified.map_err(|error| {
            let Error::InvalidCertificate(reason) = &error else {
                return error;
            };
            let Ok(certificate) = Certificate::from_der(end_entity.as_ref()) else {
                return error;
            };
            let refusal = Refusal(explain(reason, &certificate));
            Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refusal))))
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        note_tls13();
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests;
