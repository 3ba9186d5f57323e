//! `xmlsec1`, which knows nothing of this crate, verifies what it makes.

use std::io::Cursor;
use std::process::{Command, Output};

use zip::ZipArchive;

use crate::sample_packages::{package, pdf, world};

/// Runs the command on a package's unpacked files; nothing if it isn't installed.
fn verify(bytes: &[u8], tamper: &[(&str, &str)]) -> Option<Output> {
    let folder = tempfile::tempdir().unwrap();
    ZipArchive::new(Cursor::new(bytes))
        .unwrap()
        .extract(folder.path())
        .unwrap();
    for (file, content) in tamper {
        std::fs::write(folder.path().join(file), content).unwrap();
    }
    let root = folder.path().join("root.pem");
    std::fs::write(&root, world().root.pem()).unwrap();
    let outcome = Command::new("xmlsec1")
        .current_dir(folder.path())
        .args(["--verify", "--id-attr:Id"])
        .arg("http://uri.etsi.org/01903/v1.3.2#:SignedProperties")
        .args(["--trusted-pem", "root.pem", "META-INF/signatures.xml"])
        .output();
    if outcome.is_err() {
        println!("xmlsec1 is not installed: nothing is verified by it");
    }
    outcome.ok()
}

#[test]
fn says_ok_to_a_package() {
    let package = package(&[("one.pdf", pdf(1, 5000)), ("two.pdf", pdf(2, 70))]);
    let Some(outcome) = verify(&package, &[]) else {
        return;
    };
    let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
    assert!(outcome.status.success(), "{said}");
    assert!(
        said.contains("SignedInfo References (ok/all): 4/4"),
        "{said}"
    );
}

#[test]
fn says_no_to_another_document() {
    let package = package(&[("one.pdf", pdf(1, 500)), ("two.pdf", pdf(2, 70))]);
    let Some(outcome) = verify(&package, &[("two.pdf", "%PDF-other")]) else {
        return;
    };
    assert!(!outcome.status.success());
}
