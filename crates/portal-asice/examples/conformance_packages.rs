//! Writes packages for other programs to verify: `conformance_packages FOLDER [COUNT]`.
//!
//! They vary in key length (RSA 2048, 3072, 4096), chain, number and length of documents, and
//! titles. `FOLDER/root.pem` is the authority that all signers' certificates lead to. Used by
//! `cargo xtask conformance packages`.

use std::error::Error;
use std::fs::{self, File};
use std::path::PathBuf;

use jiff::Timestamp;
use portal_asice::{
    DocumentSource, KeySigner, PackageBuilder, PackageDocument, Verifier, document_names,
};
use portal_certificate::{Certificate, EnterpriseCertificate};
use portal_model::MediaType;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize, SerialNumber,
};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(
        arguments
            .next()
            .ok_or("usage: conformance_packages FOLDER [COUNT]")?,
    );
    let count: usize = arguments.next().map_or(Ok(200), |count| count.parse())?;
    fs::create_dir_all(&folder)?;

    let now = Timestamp::now();
    let root = issuer_params(
        "Example Root <&> \"CA\", 1",
        BasicConstraints::Unconstrained,
    );
    let root = CertifiedIssuer::self_signed(root, key(RsaKeySize::_4096)?)?;
    let below = issuer_params("Example Business CA", BasicConstraints::Constrained(0));
    let below = CertifiedIssuer::signed_by(below, key(RsaKeySize::_2048)?, &root)?;
    fs::write(folder.join("root.pem"), root.pem())?;
    let mut signers = Vec::new();
    for (index, size) in [RsaKeySize::_2048, RsaKeySize::_3072, RsaKeySize::_4096]
        .into_iter()
        .enumerate()
    {
        let key = key(size)?;
        let leaf = sender_params(index).signed_by(&key, &below)?;
        let chain = [leaf.der(), below.der(), root.der()].map(|der| der.to_vec());
        let sender = EnterpriseCertificate::from_der(chain, key.serialize_der())?;
        signers.push(KeySigner::new(&sender)?);
    }

    let verifier = Verifier::new([Certificate::from_der(root.der().to_vec())?]);
    for index in 0..count {
        // Documents of either type, in every number.
        let media_types = (0..=index % 20).map(|number| MediaType::ALL[(index + number) % 2]);
        let names = document_names(media_types.clone());
        let mut builder = PackageBuilder::new(&signers[index % signers.len()]).manifest(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<portal-signature-job-manifest \
             xmlns=\"http://signering.posten.no/schema/v1\"><!-- {index} -->\
             </portal-signature-job-manifest>"
        ));
        for (number, (name, media_type)) in names.into_iter().zip(media_types).enumerate() {
            let source = DocumentSource::bytes(document(index, number));
            builder = builder.document(PackageDocument::new(name, media_type, source));
        }
        let path = folder.join(format!("{index:03}.asice"));
        builder.build(now)?.write_to(&mut File::create(&path)?)?;
        verifier.verify_reader(File::open(&path)?, now)?;
    }
    println!(
        "{count} packages written to {} and verified by this crate",
        folder.display()
    );
    Ok(())
}

/// Bytes of a length from 0 to some 60 KB.
fn document(package: usize, number: usize) -> Vec<u8> {
    let length = (package * 7919 + number * 104_729) % 60_000;
    let noise = (0..length).map(|at| ((at * (package + 31)) ^ (at >> 8) ^ number).to_le_bytes()[0]);
    b"%PDF-1.7\n".iter().copied().chain(noise).collect()
}

fn key(size: RsaKeySize) -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, size)
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::CountryName, "NO");
    params.use_authority_key_identifier_extension = true;
    params
}

fn issuer_params(name: &str, constraints: BasicConstraints) -> CertificateParams {
    let mut params = params(name);
    params
        .distinguished_name
        .push(DnType::CustomDnType(vec![2, 5, 4, 97]), "NTRNO-988015814");
    params.is_ca = IsCa::Ca(constraints);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn sender_params(index: usize) -> CertificateParams {
    let mut params = params("Example AS");
    params
        .distinguished_name
        .push(DnType::CustomDnType(vec![2, 5, 4, 97]), "NTRNO-123456789");
    // 1, 11 and 20 bytes long: real ones are of 81 bits and more.
    let length = [1, 11, 20][index % 3];
    params.serial_number = Some(SerialNumber::from_slice(&[0x7b; 20][..length]));
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    params
}
