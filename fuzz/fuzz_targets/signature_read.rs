//! Any bytes in the place of a PDF's signature: they never hold, and never panic.

#![no_main]

use std::fmt::Write as _;

use libfuzzer_sys::fuzz_target;
use portal_verify::{FindingCode, pades};

fuzz_target!(|signature: &[u8]| {
    let mut hex = String::from("<");
    for byte in signature {
        let _ = write!(hex, "{byte:02x}");
    }
    hex.push('>');
    let objects = "%PDF-1.7\n\
        1 0 obj\n<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>\nendobj\n\
        2 0 obj\n<</Type/Pages/Kids[3 0 R]>>\nendobj\n\
        3 0 obj\n<</Type/Page/Parent 2 0 R>>\nendobj\n\
        4 0 obj\n<</FT/Sig/V 5 0 R>>\nendobj\n\
        5 0 obj\n<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 AAAAAAAA BBBBBBBB CCCCCCCC]/Contents ";
    let before = objects.len();
    let after = before + hex.len();
    let mut table = String::from("xref\n0 1\n0000000000 65535 f \n1 5\n");
    for number in 1..=5 {
        let offset = objects
            .find(&format!("\n{number} 0 obj"))
            .map_or(0, |at| at + 1);
        let _ = write!(table, "{offset:010} 00000 n \n");
    }
    let end = ">>\nendobj\n";
    let start = after + end.len();
    let tail = format!("{end}{table}trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    let objects = objects
        .replace("AAAAAAAA", &format!("{before:<8}"))
        .replace("BBBBBBBB", &format!("{after:<8}"))
        .replace("CCCCCCCC", &format!("{:<8}", tail.len()));
    let report = pades(format!("{objects}{hex}{tail}").as_bytes());
    let codes: Vec<FindingCode> = report.findings.iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&FindingCode::CoversFile), "{report}");
    assert!(!codes.contains(&FindingCode::SealHolds));
});
