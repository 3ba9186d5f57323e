//! Certificates, keys and packages made on the spot.

use std::sync::OnceLock;

use portal_asice::{Document, DocumentName, DocumentSource, KeySigner, PackageBuilder};
use portal_certificate::EnterpriseCertificate;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize, SerialNumber, date_time_ymd,
};

/// The time at which everything is signed.
pub(crate) const NOW: &str = "2026-03-01T12:00:00.250Z";

pub(crate) const MANIFEST: &str =
    "<portal-signature-job-manifest xmlns=\"http://signering.posten.no/schema/v1\"/>";

pub(crate) fn now() -> jiff::Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CustomDnType(vec![2, 5, 4, 3]), name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params
}

pub(crate) fn rsa(size: RsaKeySize) -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, size).unwrap()
}

pub(crate) fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = params(name);
    params
        .distinguished_name
        .push(DnType::CustomDnType(vec![2, 5, 4, 97]), "NTRNO-988015814");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    CertifiedIssuer::self_signed(params, rsa(RsaKeySize::_2048)).unwrap()
}

/// An authority with an intermediate, and a sender's certificate of 81-bit serial number.
pub(crate) struct World {
    pub(crate) root: CertifiedIssuer<'static, KeyPair>,
    pub(crate) sender: EnterpriseCertificate,
    pub(crate) signer: KeySigner,
}

pub(crate) fn sender_params() -> CertificateParams {
    let mut params = params("Example AS");
    params
        .distinguished_name
        .push(DnType::CustomDnType(vec![2, 5, 4, 97]), "NTRNO-123456789");
    params.serial_number = Some(SerialNumber::from_slice(&[
        1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 1, 2, 3,
    ]));
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    params
}

pub(crate) fn world() -> &'static World {
    static MADE: OnceLock<World> = OnceLock::new();
    MADE.get_or_init(|| {
        let root = authority("Example Root <&> \"CA\", 1");
        let mut intermediate = params("Example Business CA");
        intermediate.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        intermediate.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let intermediate =
            CertifiedIssuer::signed_by(intermediate, rsa(RsaKeySize::_2048), &root).unwrap();
        let key = rsa(RsaKeySize::_2048);
        let leaf = sender_params().signed_by(&key, &intermediate).unwrap();
        let chain = [leaf.der(), intermediate.der(), root.der()].map(|der| der.to_vec());
        let sender = EnterpriseCertificate::from_der(chain, key.serialize_der()).unwrap();
        let signer = KeySigner::new(&sender).unwrap();
        World {
            root,
            sender,
            signer,
        }
    })
}

pub(crate) fn name(name: &str) -> DocumentName {
    DocumentName::new(name).unwrap()
}

/// Bytes that look like a PDF and are told apart by the seed.
pub(crate) fn pdf(seed: u8, length: usize) -> Vec<u8> {
    let noise = (0..length).map(|at| (at.wrapping_mul(31) ^ usize::from(seed)).to_le_bytes()[0]);
    b"%PDF-1.7\n".iter().copied().chain(noise).collect()
}

/// A package of the world's sender with these documents.
pub(crate) fn package(documents: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = PackageBuilder::new(&world().signer).manifest(MANIFEST);
    for (document, bytes) in documents {
        let source = DocumentSource::bytes(bytes.clone());
        builder = builder.document(Document::pdf(name(document), source));
    }
    builder.build(now()).unwrap().into_bytes().unwrap()
}

/// A package of two small documents.
pub(crate) fn small_package() -> Vec<u8> {
    package(&[("one.pdf", pdf(1, 40)), ("two.pdf", pdf(2, 60))])
}
