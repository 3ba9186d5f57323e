//! What the checks need to read out of a certificate.

use der::Decode;
use der::asn1::{ObjectIdentifier, PrintableStringRef, Utf8StringRef};
use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::ext::pkix::KeyUsage;
use x509_cert::time::Time;

use crate::SeenCertificate;

const ORGANIZATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// Reads a certificate; `None` when it is not one.
pub(super) fn parse(der: &[u8]) -> Option<Certificate> {
    Certificate::from_der(der).ok()
}

/// What the certificate says about itself.
pub(super) fn describe(certificate: &Certificate) -> SeenCertificate {
    let tbs = certificate.tbs_certificate();
    let serial = tbs.serial_number().as_bytes();
    SeenCertificate {
        subject: tbs.subject().to_string(),
        issuer: tbs.issuer().to_string(),
        serial: serial.iter().map(|byte| format!("{byte:02x}")).collect(),
        not_before: timestamp(&tbs.validity().not_before),
        not_after: timestamp(&tbs.validity().not_after),
    }
}

fn timestamp(time: &Time) -> Timestamp {
    let seconds = time.to_unix_duration().as_secs();
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Whether the key may sign a handshake, which every (EC)DHE handshake demands of the server.
pub(super) fn may_sign(certificate: &Certificate) -> bool {
    match certificate.tbs_certificate().get_extension::<KeyUsage>() {
        Ok(Some((_, usage))) => usage.digital_signature(),
        Ok(None) => true,
        Err(_) => false,
    }
}

/// The holder's organisation number: organizationIdentifier, else serialNumber, else common name.
pub(super) fn organization_number(certificate: &Certificate) -> Option<String> {
    let attributes: Vec<_> = certificate.tbs_certificate().subject().iter().collect();
    let find = |oid| {
        attributes
            .iter()
            .find(move |attribute| attribute.oid == oid)
    };
    let number = |attribute: &&AttributeTypeAndValue, prefix: &str| {
        let text = text(attribute)?;
        let digits = text.strip_prefix(prefix).unwrap_or(&text);
        let nine = digits.len() == 9 && digits.bytes().all(|byte| byte.is_ascii_digit());
        nine.then(|| digits.to_owned())
    };
    find(ORGANIZATION_IDENTIFIER)
        .and_then(|attribute| number(attribute, "NTRNO-"))
        .or_else(|| find(SERIAL_NUMBER).and_then(|attribute| number(attribute, "")))
        .or_else(|| find(COMMON_NAME).and_then(|attribute| number(attribute, "")))
}

fn text(attribute: &AttributeTypeAndValue) -> Option<String> {
    let value = &attribute.value;
    if let Ok(text) = value.decode_as::<Utf8StringRef<'_>>() {
        return Some(text.as_str().to_owned());
    }
    let printable = value.decode_as::<PrintableStringRef<'_>>().ok()?;
    Some(printable.as_str().to_owned())
}
