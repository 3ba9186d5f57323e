//! Writes seeds for the fuzz targets `package_verify` and `pkcs12_open`: `fuzz_seeds FOLDER`.
//! Used by `cargo xtask fuzz-seed`; `FOLDER` has one folder for each target.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use portal_asice::{DocumentName, DocumentSource, KeySigner, PackageBuilder, PackageDocument};
use portal_certificate::EnterpriseCertificate;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: fuzz_seeds FOLDER")?);
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
    let certificate = CertificateParams::new(vec!["example.com".into()])?.self_signed(&key)?;
    let sender =
        EnterpriseCertificate::from_der([certificate.der().to_vec()], key.serialize_der())?;

    let packages = folder.join("package_verify");
    fs::create_dir_all(&packages)?;
    let signer = KeySigner::new(&sender)?;
    let name = DocumentName::new("one.pdf")?;
    let package = PackageBuilder::new(&signer)
        .document(PackageDocument::pdf(
            name,
            DocumentSource::bytes(b"%PDF-1.7".as_slice()),
        ))
        .manifest("<portal-signature-job-manifest/>")
        .build("2026-03-01T12:00:00Z".parse()?)?
        .into_bytes()?;
    // The signature document alone is what the target packs into a container itself.
    let start = package
        .windows(5)
        .position(|window| window == b"<?xml")
        .ok_or("no signature")?;
    let end = package
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .ok_or("no directory")?;
    fs::write(packages.join("signatures.xml"), &package[start..end])?;
    fs::write(packages.join("package.asice"), package)?;

    let files = folder.join("pkcs12_open");
    fs::create_dir_all(&files)?;
    fs::write(files.join("test.p12"), sender.to_pkcs12("test", "sender")?)?;
    fs::write(
        files.join("sender.pem"),
        certificate.pem() + &key.serialize_pem(),
    )?;
    fs::write(files.join("certificate.der"), certificate.der())?;
    Ok(())
}
