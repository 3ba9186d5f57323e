//! Packages and what comes of reading them.

use std::io;

use portal_asice::{
    ArchiveError, DocumentName, DocumentSource, KeySigner, Limits, NameError, Package,
    PackageBuilder, PackageDocument, PackageError, PackageReader, PackageSigner, SignError,
    SignatureInput, SignerError, Verifier, WriteError,
};
use portal_certificate::Certificate;
use portal_model::MediaType;

use super::certificate::sender;
use super::shown::Shown;
use super::{ADDRESS, CONTENT, FILE, TITLE};

pub(super) fn show(shown: &mut Shown) {
    let signer = KeySigner::new(&sender()).unwrap();
    let now = sender().leaf().not_before();
    let source = DocumentSource::bytes(CONTENT);
    let document = PackageDocument::pdf(DocumentName::new(FILE).unwrap(), source.clone());
    let builder = PackageBuilder::new(&signer)
        .document(document.clone())
        .manifest(CONTENT);
    shown
        .debug("portal_asice::KeySigner", &signer)
        .debug(
            "portal_asice::DocumentName",
            &DocumentName::new(FILE).unwrap(),
        )
        .debug("portal_asice::DocumentSource", &source)
        .debug("portal_asice::DocumentSource", &DocumentSource::file(FILE))
        .debug("portal_asice::PackageDocument", &document)
        .debug("portal_asice::PackageBuilder", &builder)
        .debug(
            "portal_asice::MeasuredPackage",
            &builder.clone().measure().unwrap(),
        )
        .debug("portal_asice::Limits", &Limits::default());

    let twice: PackageError = builder.clone().document(document).build(now).unwrap_err();
    shown.error("portal_asice::PackageError", &twice);
    let package: Package = builder.build(now).unwrap();
    let reader: PackageReader = package.reader();
    shown
        .debug("portal_asice::Package", &package)
        .debug("portal_asice::PackageReader", &reader);
    let bytes = package.into_bytes().unwrap();
    let anchors = sender().chain()[1..].to_vec();
    let verifier = Verifier::new(anchors);
    let verified = verifier.verify(&bytes, now).unwrap();
    shown
        .debug("portal_asice::Verifier", &verifier)
        .debug("portal_asice::VerifiedDocument", &verified.documents()[0])
        .debug("portal_asice::VerifiedPackage", &verified);
    broken(shown, &verifier, &bytes, now);
    names_and_files(shown, now);
    shown.exempt(
        "portal_asice::SignatureInput",
        "bytes to sign are digests and names that the package has escaped; it has no Debug",
    );
}

/// Each byte of the package is changed in turn.
fn broken(shown: &mut Shown, verifier: &Verifier, bytes: &[u8], now: jiff::Timestamp) {
    let mut failed = 0;
    for place in (0..bytes.len()).step_by(23) {
        let mut changed = bytes.to_vec();
        changed[place] ^= 1;
        if let Err(error) = verifier.verify(&changed, now) {
            failed += 1;
            shown.error("portal_asice::VerifyError", &error);
            if let portal_asice::VerifyError::Container { source, .. } = &error {
                shown.error::<ArchiveError>("portal_asice::ArchiveError", source);
            }
        }
    }
    assert!(failed > 50, "{failed}");
}

fn names_and_files(shown: &mut Shown, now: jiff::Timestamp) {
    for name in [
        "canary file.pdf",
        "canary.",
        ".canary",
        &"canary".repeat(50),
    ] {
        let error: NameError = DocumentName::new(name).unwrap_err();
        shown.error("portal_asice::NameError", &error);
    }
    let error: SignerError = SignerError::new(io::Error::other("the key store is locked"));
    shown.error("portal_asice::SignerError", &error);
    let refused = PackageBuilder::new(&Refusing)
        .document(PackageDocument::pdf(
            DocumentName::new(FILE).unwrap(),
            DocumentSource::bytes(CONTENT),
        ))
        .manifest(CONTENT)
        .build(now)
        .unwrap_err();
    let PackageError::Sign { source, .. } = &refused else {
        panic!("{refused:?}");
    };
    shown.error::<SignError>("portal_asice::SignError", source);

    // The file is there when the package is built, and gone or another when it is written.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let signer = KeySigner::new(&sender()).unwrap();
    let package = || {
        let name = DocumentName::new(FILE).unwrap();
        let source = DocumentSource::file(&path);
        PackageBuilder::new(&signer)
            .document(PackageDocument::new(name, MediaType::PlainText, source))
            .manifest(TITLE)
            .build(now)
    };
    shown.error("portal_asice::PackageError", &package().unwrap_err());
    std::fs::write(&path, CONTENT).unwrap();
    let built = package().unwrap();
    std::fs::write(&path, ADDRESS).unwrap();
    let changed: WriteError = built.clone().into_bytes().unwrap_err();
    std::fs::remove_file(&path).unwrap();
    let gone: WriteError = built.into_bytes().unwrap_err();
    shown
        .error("portal_asice::WriteError", &changed)
        .error("portal_asice::WriteError", &gone);
}

/// A signer without a certificate.
struct Refusing;

impl PackageSigner for Refusing {
    fn chain(&self) -> &[Certificate] {
        &[]
    }

    fn sign(&self, _: &SignatureInput<'_>) -> Result<Vec<u8>, SignerError> {
        Err(SignerError::new("the key store is locked"))
    }
}
