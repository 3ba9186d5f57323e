//! What a certificate in the handshake is for.

use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

const GIVEN_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.42");
const SURNAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.4");

/// Whether the certificate is an authority's, and may be used to issue certificates.
///
/// What can't be read allows nothing. Without a key usage, an authority may issue.
pub(super) fn may_issue(der: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(der) else {
        return false;
    };
    let certificate = certificate.tbs_certificate();
    let Ok(Some((_, constraints))) = certificate.get_extension::<BasicConstraints>() else {
        return false;
    };
    let may_sign = match certificate.get_extension::<KeyUsage>() {
        Ok(usage) => usage.is_none_or(|(_, usage)| usage.key_cert_sign()),
        Err(_) => false,
    };
    constraints.ca && may_sign
}

/// Whether the key may sign a handshake. Without a key usage it may; what can't be read allows
/// nothing.
pub(super) fn may_sign_handshakes(der: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(der) else {
        return false;
    };
    let usage = certificate.tbs_certificate().get_extension::<KeyUsage>();
    usage.is_ok_and(|usage| usage.is_none_or(|(_, usage)| usage.digital_signature()))
}

/// Whether the subject is a person: it has a given name or a surname. One that can't be read is
/// taken for a person's, as it is none of an organisation's.
pub(super) fn is_a_persons(der: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(der) else {
        return true;
    };
    let subject = certificate.tbs_certificate().subject();
    let mut attributes = subject.iter();
    attributes.any(|attribute| [GIVEN_NAME, SURNAME].contains(&attribute.oid))
}
