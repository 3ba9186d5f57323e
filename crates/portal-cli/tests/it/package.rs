//! `portal debug package`.

use std::fs;

use crate::sandbox::Running;
use crate::validate::write_job;
use crate::{folder, object, portal, shown};

#[test]
fn a_package_is_built_shown_and_verified() {
    let folder = folder();
    let path = folder.path();
    let (_running, _) = Running::start(path, &[]);
    write_job(path);
    let package = |arguments: &[&str]| {
        let all = [&["--profile=sandbox", "debug", "package"], arguments].concat();
        shown(path, &all)
    };
    let built = package(&["build", "job.toml", "--out=job.asice"]);
    assert!(
        built.starts_with("0\n--- out\nwrote job.asice, "),
        "{built}"
    );
    let text = package(&["inspect", "job.asice"]);
    assert!(text.contains("signers     4\n"), "{text}");
    assert!(
        text.contains("document    01_document.pdf, application/pdf, "),
        "{text}"
    );
    assert!(
        !text.contains("01013300001") && !text.contains("example.com"),
        "{text}"
    );
    let text = package(&["verify", "job.asice"]);
    assert!(
        text.starts_with("0\n--- out\njob.asice: whole; 1 document,"),
        "{text}"
    );
    let trust = "--trust=portal-sandbox/trust/sandbox-root.pem";
    let json = portal(
        path,
        &["--json", "debug", "package", "inspect", "job.asice", trust],
    );
    assert_eq!(object(&json.stdout)["organization"], "123456789");

    let mut bytes = fs::read(path.join("job.asice")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path.join("broken.asice"), bytes).unwrap();
    let text = package(&["verify", "broken.asice"]);
    assert!(text.starts_with("1\n"), "{text}");
    assert!(package(&["verify", "missing.asice"]).starts_with("9\n"));
    assert!(package(&["build", "job.toml", "--out=missing/job.asice"]).starts_with("9\n"));
    fs::write(path.join("manifest.xml"), "<x/>").unwrap();
    assert!(package(&["build", "manifest.xml", "--out=x.asice"]).starts_with("1\n"));
    // Without a profile there is no certificate.
    let none = shown(
        path,
        &["debug", "package", "build", "job.toml", "--out=x.asice"],
    );
    assert!(none.starts_with("6\n"), "{none}");
    assert!(!path.join("x.asice").exists());
}
