//! Whatever is appended to a sealed document is found: nothing but blanks passes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portal_verify::{FindingCode, FindingSeverity, pades};

const SEALED: &[u8] = include_bytes!("../../crates/portal-verify/tests/fixtures/sound-plain.pdf");

fuzz_target!(|update: &[u8]| {
    let report = pades(&[SEALED, update].concat());
    if report.severity() == Some(FindingSeverity::Info) {
        // Only what is known may be added: it takes a catalog, and so more than a table.
        let codes: Vec<FindingCode> = report.findings.iter().map(|finding| finding.code).collect();
        assert!(codes.contains(&FindingCode::CoversFile) || codes.contains(&FindingCode::CoversRevision));
        assert_eq!(update.is_empty(), codes.contains(&FindingCode::CoversFile));
    }
    assert!(!report.to_string().is_empty());
});
