//! Certificates, keys and packages made on the spot.

use std::io::{Cursor, Read as _, Write as _};
use std::sync::OnceLock;

use portal_asice::{
    DocumentName, DocumentSource, KeySigner, PackageBuilder, PackageDocument, Verifier, VerifyError,
};
use portal_certificate::{Certificate, EnterpriseCertificate};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize, SerialNumber, date_time_ymd,
};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

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

impl World {
    /// A verifier that trusts the root.
    pub(crate) fn verifier(&self) -> Verifier {
        Verifier::new([Certificate::from_der(self.root.der().to_vec()).unwrap()])
    }
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
        builder = builder.document(PackageDocument::pdf(name(document), source));
    }
    builder.build(now()).unwrap().into_bytes().unwrap()
}

/// A package of two small documents.
pub(crate) fn small_package() -> Vec<u8> {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    let make = || package(&[("one.pdf", pdf(1, 40)), ("two.pdf", pdf(2, 60))]);
    MADE.get_or_init(make).clone()
}

/// The files of a package, in order.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// Takes a package apart.
pub(crate) fn unpack(package: &[u8]) -> Files {
    let mut archive = ZipArchive::new(Cursor::new(package)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

/// Puts files together again, with headers that are right.
pub(crate) fn pack(files: &Files) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in files {
        writer.start_file(name.as_str(), options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// What the verifier says to a package that is wrong.
pub(crate) fn refusal(package: &[u8]) -> VerifyError {
    match world().verifier().verify(package, now()) {
        Err(error) => error,
        Ok(_) => panic!("the package is accepted"),
    }
}
