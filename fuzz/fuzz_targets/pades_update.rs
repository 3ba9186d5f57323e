//! Whatever is appended to a sealed document is found: nothing but blanks passes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portal_verify::{Code, Severity, pades};

const SEALED: &[u8] = include_bytes!("../../crates/portal-verify/tests/fixtures/sound-plain.pdf");

fuzz_target!(|update: &[u8]| {
    let report = pades(&[SEALED, update].concat());
    if report.severity() == Some(Severity::Info) {
        // Only what is known may be added: it takes a catalog, and so more than a table.
        let codes: Vec<Code> = report.findings.iter().map(|finding| finding.code).collect();
        assert!(codes.contains(&Code::CoversFile) || codes.contains(&Code::CoversRevision));
        assert_eq!(update.is_empty(), codes.contains(&Code::CoversFile));
    }
    assert!(!report.to_string().is_empty());
});
