//! What is said of a certificate that the system does not accept.

use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::OtherError;

use super::*;

fn certificate() -> Certificate {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "token.example.com");
    let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    Certificate::from_der(certificate.der().as_ref()).unwrap()
}

fn times() -> (UnixTime, UnixTime) {
    let at = |seconds| UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    (at(1_000), at(2_000))
}

#[test]
fn each_reason_of_the_system_has_its_words() {
    use CertificateError as E;
    let certificate = certificate();
    let (time, other) = times();
    let named = ServerName::try_from("token.example.com").unwrap();
    for (reason, words) in [
        (
            E::UnknownIssuer,
            "its issuer is not among the system's roots",
        ),
        (E::NotValidForName, "it is not for this host's name"),
        (
            E::NotValidForNameContext {
                expected: named.to_owned(),
                presented: Vec::new(),
            },
            "it is not for this host's name",
        ),
        (E::Expired, "it has expired"),
        (
            E::ExpiredContext {
                time: other,
                not_after: time,
            },
            "it has expired",
        ),
        (E::NotValidYet, "it is not valid yet"),
        (
            E::NotValidYetContext {
                time,
                not_before: other,
            },
            "it is not valid yet",
        ),
        (E::Revoked, "it has been revoked"),
        (E::InvalidPurpose, "it is not for servers"),
        (
            E::BadSignature,
            "none of the system's roots has signed it or its issuer",
        ),
        (
            E::UnhandledCriticalExtension,
            "the system does not accept it",
        ),
        (
            E::Other(OtherError(Arc::new(std::io::Error::other("no")))),
            "the system does not accept it",
        ),
    ] {
        let failure = explain(&reason, &certificate);
        let TlsFailure::NotAcceptedBySystem { problem, seen, .. } = failure else {
            panic!("{reason:?}: {failure:?}");
        };
        assert_eq!(problem, words, "{reason:?}");
        assert!(seen.subject.contains("token.example.com"));
    }
    let unsound = explain(&E::BadEncoding, &certificate);
    assert!(
        matches!(unsound, TlsFailure::UnsoundCertificate),
        "{unsound:?}"
    );
}
