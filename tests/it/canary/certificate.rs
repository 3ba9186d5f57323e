//! Certificates, keys, and the errors of loading them.

use portal_certificate::{
    Certificate, CertificateError, EnterpriseCertificate, FileFormat, KnownAnchor, LoadError,
    RsaScheme, verify_chain,
};
use portal_model::EnvironmentKind;
use portal_sandbox::Sandbox;

use super::shown::Shown;
use super::{ADDRESS, PASSWORD, TOKEN};

pub(super) fn show(shown: &mut Shown) {
    let certificate = sender();
    shown
        .debug("portal_certificate::EnterpriseCertificate", &certificate)
        .debug("portal_certificate::Certificate", certificate.leaf())
        .debug("portal_certificate::PrivateKey", certificate.private_key());
    secret_key(&certificate);
    let now = certificate.leaf().not_before();
    let inspection = certificate.inspect(now);
    shown.both("portal_certificate::Inspection", &inspection);
    let late = certificate.inspect(jiff::Timestamp::MAX);
    for finding in &late.findings {
        shown.both("portal_certificate::Finding", finding);
    }
    shown.both(
        "portal_certificate::KnownAnchor",
        &KnownAnchor::new(EnvironmentKind::Test, certificate.leaf()),
    );
    let chain = verify_chain(certificate.leaf(), &[], &[], now).unwrap_err();
    shown.error("portal_certificate::ChainError", &chain);

    errors(shown, &certificate);
    shown.both(
        "portal_certificate::KeyKind",
        &certificate.leaf().key_kind(),
    );
    shown.both(
        "portal_certificate::FileFormat",
        &FileFormat::of(b"\xfe\xed\xfe\xed").unwrap(),
    );
    shown.debug("portal_certificate::RsaScheme", &RsaScheme::Pkcs1Sha256);
    shown.no_text(&[
        "portal_certificate::ExportError",
        "portal_certificate::KeyError",
        "portal_certificate::PassedOver",
    ]);
    shown.exempt(
        "portal_certificate::LoadNotice",
        "the names of certificates are shown on purpose: the user has to know which was passed over",
    );
}

/// The sandbox's sender has a certificate as an issuer would make it.
pub(super) fn sender() -> EnterpriseCertificate {
    // Not started: only its certificates are used.
    static SENDER: std::sync::OnceLock<EnterpriseCertificate> = std::sync::OnceLock::new();
    SENDER
        .get_or_init(|| {
            std::thread::spawn(|| {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                let sandbox = runtime.block_on(Sandbox::start()).unwrap();
                sandbox.sender_certificate().clone()
            })
            .join()
            .unwrap()
        })
        .clone()
}

/// No part of the key is in `Debug`, neither as bytes nor as hexadecimal digits.
fn secret_key(certificate: &EnterpriseCertificate) {
    let text = format!("{certificate:?} {:?}", certificate.private_key());
    let key = certificate.private_key_pkcs8();
    for part in key[key.len() - 64..].chunks(16) {
        let bytes = format!("{part:?}");
        let hex: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!text.contains(bytes.trim_matches(['[', ']'])), "{text}");
        assert!(!text.to_lowercase().contains(&hex), "{text}");
    }
}

fn errors(shown: &mut Shown, certificate: &EnterpriseCertificate) {
    let file = certificate.to_pkcs12(PASSWORD, TOKEN).unwrap();
    let text = format!("-----BEGIN CERTIFICATE-----\n{ADDRESS}\n-----END CERTIFICATE-----\n");
    let loaded: [LoadError; 5] = [
        EnterpriseCertificate::from_pkcs12(&file, ADDRESS).unwrap_err(),
        EnterpriseCertificate::from_pkcs12(ADDRESS.as_bytes(), PASSWORD).unwrap_err(),
        EnterpriseCertificate::from_pem(text.as_bytes(), TOKEN.as_bytes()).unwrap_err(),
        EnterpriseCertificate::from_encrypted_pem(TOKEN.as_bytes(), TOKEN.as_bytes(), PASSWORD)
            .unwrap_err(),
        EnterpriseCertificate::from_der([ADDRESS.as_bytes().to_vec()], TOKEN.as_bytes())
            .unwrap_err(),
    ];
    for error in &loaded {
        shown.error("portal_certificate::LoadError", error);
    }
    let read: [CertificateError; 3] = [
        Certificate::from_der(ADDRESS.as_bytes()).unwrap_err(),
        Certificate::from_pem(ADDRESS.as_bytes()).unwrap_err(),
        Certificate::from_pem(text.as_bytes()).unwrap_err(),
    ];
    for error in &read {
        shown.error("portal_certificate::CertificateError", error);
    }
}
