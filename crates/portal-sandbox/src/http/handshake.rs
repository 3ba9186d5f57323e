//! Why a TLS handshake was refused, by either side, and what to do about it.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

/// A refusal in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) reason: &'static str,
    pub(super) help: &'static str,
}

/// What a failed handshake means; `None` when the peer went away without saying anything, as a
/// probe for an open port does.
pub(super) fn refused(error: &io::Error) -> Option<Refused> {
    let tls = error.get_ref().and_then(|e| e.downcast_ref::<Error>());
    let (reason, help) = match tls? {
        Error::NoCertificatesPresented => (
            "the client sent no certificate",
            "give it the sender's certificate and key",
        ),
        Error::InvalidCertificate(error) => invalid(error),
        Error::AlertReceived(alert) => alert_received(*alert),
        Error::InvalidMessage(_) => (
            "the client does not speak TLS",
            "call API and token endpoint by https",
        ),
        Error::PeerIncompatible(_) => (
            "the client offers no version of TLS or cipher that the sandbox has",
            "let it speak TLS 1.2 or 1.3",
        ),
        _ => (
            "the TLS handshake failed",
            "run with PORTAL_LOG=debug to see the details",
        ),
    };
    Some(Refused { reason, help })
}

fn invalid(error: &CertificateError) -> (&'static str, &'static str) {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "the client's certificate has expired",
            "use a certificate that is valid by the sandbox's clock",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            "the client's certificate is not valid yet",
            "use a certificate that is valid by the sandbox's clock",
        ),
        CertificateError::UnknownIssuer | CertificateError::BadSignature => (
            "the client's certificate is of an issuer that the sandbox does not trust",
            "use the files of this run, since certificates are new each time, or trust the issuer \
             with --trust or `trust_also`",
        ),
        _ => (
            "the client's certificate is refused",
            "use the sender's certificate that the sandbox has written",
        ),
    }
}

fn alert_received(alert: AlertDescription) -> (&'static str, &'static str) {
    match alert {
        AlertDescription::UnknownCA
        | AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnsupportedCertificate => (
            "the client does not accept the sandbox's certificate",
            "let it trust the root of this run, and the intermediate too where it pins a list; a \
             client that checks host names needs --host-name",
        ),
        AlertDescription::CertificateExpired => (
            "the client holds the sandbox's certificate for expired",
            "compare its clock with the certificate's dates",
        ),
        _ => (
            "the client ended the TLS handshake",
            "most often it does not accept the sandbox's certificate: compare its trust, the organisation \
             number that it demands, and whether it checks the host name",
        ),
    }
}
