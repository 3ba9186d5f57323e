//! `portal verify`: what it prints, and how it ends.

use std::fs;
use std::path::Path;

use crate::{folder, portal};

fn fixture(name: &str) -> String {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../portal-verify/tests/fixtures");
    fixtures.join(name).display().to_string()
}

#[test]
fn sound_documents_end_with_0_and_broken_ones_with_1() {
    let folder = folder();
    for (names, code) in [
        (&["sound-sandbox.pdf", "sound-sandbox.xml"][..], 0),
        (&["sound-dss.pdf"], 0),
        (&["broken-field-added.pdf"], 1),
        (&["sound-plain.pdf", "broken-dss.pdf"], 1),
    ] {
        let files: Vec<String> = names.iter().map(|name| fixture(name)).collect();
        let mut arguments = vec!["verify"];
        arguments.extend(files.iter().map(String::as_str));
        let output = portal(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(code), "{names:?}");
        assert!(output.stderr.is_empty());
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("Adobe Reader and EU DSS decide these."));
        assert!(!text.contains("valid "));
        arguments.push("--json");
        let output = portal(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(code));
        let lines: Vec<serde_json::Value> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), names.len());
        let broken = lines.iter().any(|line| line["broken"] == true);
        assert_eq!(broken, code == 1);
        assert!(
            lines
                .iter()
                .all(|line| line["version"] == 1 && line["kind"] == "verification")
        );
    }
}

#[test]
fn the_report_on_a_terminal() {
    let folder = folder();
    fs::write(folder.path().join("signed.pdf"), b"%PDF-1.7\n%%EOF\n").unwrap();
    fs::write(folder.path().join("page.pdf"), b"Service unavailable").unwrap();
    fs::write(
        folder.path().join("xades.xml"),
        b"<SDO xmlns='http://example.com'/>",
    )
    .unwrap();
    let output = portal(
        folder.path(),
        &["verify", "signed.pdf", "page.pdf", "xades.xml"],
    );
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}

#[test]
fn a_file_that_cannot_be_read_is_no_broken_document() {
    let folder = folder();
    let output = portal(folder.path(), &["verify", "missing.pdf"]);
    assert_eq!(output.status.code(), Some(9));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("missing.pdf can't be read"), "{text}");
    let elsewhere = folder.path();
    let reference = portal(elsewhere, &["verify", "hr-2026-00417"]);
    assert_eq!(reference.status.code(), Some(6));
    let text = String::from_utf8(reference.stderr).unwrap();
    assert!(text.contains("hr-2026-00417 is no file, and"), "{text}");
    assert_eq!(portal(folder.path(), &["verify"]).status.code(), Some(2));
}
