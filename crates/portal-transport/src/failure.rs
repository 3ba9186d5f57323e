//! From the errors of the libraries below to ours.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};

use rustls::{AlertDescription, CertificateError};

use crate::error::BoxError;
use crate::in_flight::InFlight;
use crate::proxy::TunnelRefused;
use crate::tls::{Handshake, Refusal};
use crate::{ErrorKind, TimeoutKind, TlsFailure, TransportError};

/// An error of ours on its way up through a library that wraps it in its own.
pub(crate) struct Carried(Mutex<Option<TransportError>>);

impl Carried {
    pub(crate) fn new(error: TransportError) -> Self {
        Self(Mutex::new(Some(error)))
    }

    fn take(&self) -> Option<TransportError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request failed")
    }
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Carried").field(&self.0).finish()
    }
}

impl Error for Carried {}

/// What it means that no connection came about.
pub(crate) fn while_connecting(cause: BoxError, handshake: &Handshake) -> TransportError {
    if let Some(TunnelRefused { status }) = find(cause.as_ref()) {
        return TransportError::unsent(ErrorKind::ProxyRefused { status: *status });
    }
    let failure = match find::<rustls::Error>(cause.as_ref()) {
        Some(error) => explain_tls(error, handshake),
        None if handshake.client_certificate_asked() => TlsFailure::Handshake,
        None if timed_out(cause.as_ref()) => {
            let kind = ErrorKind::Timeout(TimeoutKind::Connect);
            return TransportError::unsent(kind).with_source(cause);
        }
        // The caller knows the address, which belongs to this kind.
        None => {
            return TransportError::unsent(ErrorKind::Connect { to: String::new() })
                .with_source(cause);
        }
    };
    let says_it_all = failure.seen().is_some();
    let error = TransportError::unsent(ErrorKind::Tls(failure));
    // The cause of our own refusal is that refusal, wrapped.
    if says_it_all {
        error
    } else {
        error.with_source(cause)
    }
}

fn explain_tls(error: &rustls::Error, handshake: &Handshake) -> TlsFailure {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
            match other.0.downcast_ref::<Refusal>() {
                Some(Refusal(failure)) => failure.clone(),
                None => TlsFailure::UnsoundCertificate,
            }
        }
        // What the verifier says of the certificate is a refusal of its own: what is left is the
        // signature over the handshake.
        rustls::Error::InvalidCertificate(CertificateError::BadSignature) => {
            TlsFailure::NoProofOfKey
        }
        rustls::Error::InvalidCertificate(_) => TlsFailure::UnsoundCertificate,
        rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => {
            TlsFailure::NotTls
        }
        rustls::Error::AlertReceived(alert) => match client_certificate_alert(*alert) {
            Some(alert) => TlsFailure::ClientCertificateRefused { alert },
            // TLS 1.2 servers have no better word for a certificate that they miss or dislike.
            None if *alert == AlertDescription::HandshakeFailure
                && handshake.client_certificate_asked() =>
            {
                TlsFailure::ClientCertificateRefused {
                    alert: "handshake_failure",
                }
            }
            None => TlsFailure::Handshake,
        },
        _ => TlsFailure::Handshake,
    }
}

/// The alerts that say something about the client's certificate or key.
fn client_certificate_alert(alert: AlertDescription) -> Option<&'static str> {
    Some(match alert {
        AlertDescription::NoCertificate => "no_certificate",
        AlertDescription::BadCertificate => "bad_certificate",
        AlertDescription::UnsupportedCertificate => "unsupported_certificate",
        AlertDescription::CertificateRevoked => "certificate_revoked",
        AlertDescription::CertificateExpired => "certificate_expired",
        AlertDescription::CertificateUnknown => "certificate_unknown",
        AlertDescription::UnknownCA => "unknown_ca",
        AlertDescription::AccessDenied => "access_denied",
        AlertDescription::DecryptError => "decrypt_error",
        AlertDescription::CertificateRequired => "certificate_required",
        _ => return None,
    })
}

/// What it means that a request failed; `to` is the service's host and port.
pub(crate) fn of_request(cause: BoxError, request: &InFlight, to: &str) -> TransportError {
    if let Some(ours) = find::<Carried>(cause.as_ref()).and_then(Carried::take) {
        return match ours.kind() {
            ErrorKind::Connect { .. } => ours.with_kind(ErrorKind::Connect { to: to.to_owned() }),
            _ => ours,
        };
    }
    // What fails while connecting comes as one of ours, from the watch over it; all but a time limit
    // of the library's own, around that watch, which may be a moment faster.
    if find::<hyper_util::client::legacy::Error>(cause.as_ref())
        .is_some_and(hyper_util::client::legacy::Error::is_connect)
    {
        let kind = ErrorKind::Timeout(TimeoutKind::Connect);
        return TransportError::unsent(kind).with_source(cause);
    }
    // In TLS 1.3 the client is done before the server has looked at its certificate, so a refusal
    // comes in place of the response. A server may also refuse when it has read all: only while
    // some of the body is still here is it certain that it has not.
    if let Some(rustls::Error::AlertReceived(alert)) = find(cause.as_ref())
        && let Some(alert) = client_certificate_alert(*alert)
    {
        let kind = ErrorKind::Tls(TlsFailure::ClientCertificateRefused { alert });
        return TransportError::new(kind, request.may_be_whole()).with_source(cause);
    }
    let kind = match find::<hyper::Error>(cause.as_ref()) {
        Some(error) if error.is_parse() => ErrorKind::InvalidResponse,
        _ => ErrorKind::NoResponse,
    };
    TransportError::new(kind, request.may_have_been_sent()).with_source(cause)
}

/// What it means that a server refuses the client's certificate: if none was shown, it demands one.
pub(crate) fn without_certificate(error: TransportError, was_withheld: bool) -> TransportError {
    match error.kind() {
        ErrorKind::Tls(TlsFailure::ClientCertificateRefused { .. }) if was_withheld => {
            error.with_kind(ErrorKind::Tls(TlsFailure::ClientCertificateDemanded))
        }
        _ => error,
    }
}

/// Whether it took too long, by a limit on the way to one of several addresses.
fn timed_out(error: &(dyn Error + 'static)) -> bool {
    find::<io::Error>(error).is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
}

/// The first error of type `T` among `error` and its causes.
pub(crate) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        // The source of an `io::Error` is the source of what it holds, not what it holds.
        next = match error.downcast_ref::<io::Error>().map(io::Error::get_ref) {
            Some(Some(held)) => Some(held as &(dyn Error + 'static)),
            _ => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timeouts;
    use crate::in_flight::{Line, Uploads};

    fn without_body() -> std::sync::Arc<InFlight> {
        let line = Line {
            uploads: Uploads::default(),
            system_buffers: 0,
        };
        InFlight::new(Timeouts::ordinary(), &line, false)
    }

    #[test]
    fn an_error_is_found_behind_others() {
        let refusal = || Carried::new(TransportError::unsent(ErrorKind::NoResponse));
        let held = io::Error::other(io::Error::other(refusal()));
        let error = TransportError::may_have_arrived(ErrorKind::BodyBrokenOff).with_source(held);
        assert!(find::<Carried>(&error).is_some());
        assert!(find::<rustls::Error>(&error).is_none());
        let ours = of_request(Box::new(error), &without_body(), "example.com");
        assert_eq!(ours.kind(), &ErrorKind::NoResponse);
    }

    #[test]
    fn an_address_that_does_not_respond_is_a_time_limit() {
        let slow = io::Error::from(io::ErrorKind::TimedOut);
        let error = while_connecting(Box::new(slow), &Handshake::default());
        assert_eq!(error.kind(), &ErrorKind::Timeout(TimeoutKind::Connect));
        assert!(!error.request_may_have_reached_service());
    }

    fn failure(error: rustls::Error, handshake: &Handshake) -> TlsFailure {
        // As tokio-rustls hands it on.
        let error = while_connecting(Box::new(io::Error::other(error)), handshake);
        assert!(!error.request_may_have_reached_service());
        error.tls_failure().unwrap().clone()
    }

    #[test]
    fn a_handshake_that_fails_is_explained() {
        let alert = || rustls::Error::AlertReceived(AlertDescription::HandshakeFailure);
        let refused = TlsFailure::ClientCertificateRefused {
            alert: "handshake_failure",
        };
        assert_eq!(failure(alert(), &Handshake::asked()), refused);
        assert_eq!(
            failure(alert(), &Handshake::default()),
            TlsFailure::Handshake
        );
        let internal = rustls::Error::AlertReceived(AlertDescription::InternalError);
        assert_eq!(
            failure(internal, &Handshake::asked()),
            TlsFailure::Handshake
        );
        let forged = rustls::Error::InvalidCertificate(CertificateError::BadSignature);
        let unproven = TlsFailure::NoProofOfKey;
        assert_eq!(failure(forged, &Handshake::default()), unproven);
        let unsound = rustls::Error::InvalidCertificate(CertificateError::BadEncoding);
        let failure = failure(unsound, &Handshake::default());
        assert_eq!(failure, TlsFailure::UnsoundCertificate);
    }

    #[test]
    fn a_line_that_breaks_during_a_handshake_is_told_from_none() {
        let broken = || Box::new(io::Error::from(io::ErrorKind::UnexpectedEof));
        let error = while_connecting(broken(), &Handshake::asked());
        assert_eq!(error.tls_failure(), Some(&TlsFailure::Handshake));
        let error = while_connecting(broken(), &Handshake::default());
        assert!(matches!(error.kind(), ErrorKind::Connect { .. }));
    }

    #[test]
    fn every_alert_about_a_certificate_has_its_name() {
        let names: Vec<_> = (0..=255)
            .map(AlertDescription::from)
            .filter_map(client_certificate_alert)
            .collect();
        assert_eq!(
            names,
            [
                "no_certificate",
                "bad_certificate",
                "unsupported_certificate",
                "certificate_revoked",
                "certificate_expired",
                "certificate_unknown",
                "unknown_ca",
                "access_denied",
                "decrypt_error",
                "certificate_required",
            ]
        );
    }

    #[test]
    fn only_alerts_about_the_client_refuse_the_client() {
        let alert = |alert| Box::new(rustls::Error::AlertReceived(alert));
        let request = without_body();
        let refused = of_request(alert(AlertDescription::CertificateUnknown), &request, "");
        let kind = TlsFailure::ClientCertificateRefused {
            alert: "certificate_unknown",
        };
        assert_eq!(refused.kind(), &ErrorKind::Tls(kind));
        assert!(refused.request_may_have_reached_service());
        let other = of_request(alert(AlertDescription::InternalError), &request, "");
        assert_eq!(other.kind(), &ErrorKind::NoResponse);
        assert!(other.request_may_have_reached_service());
    }
}
