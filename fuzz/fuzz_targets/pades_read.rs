//! Any bytes are reported on, on a terminal and as a job, without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portal_verify::{Received, Sent, job};

fuzz_target!(|bytes: &[u8]| {
    let report = job(&Sent::new(), &Received::new().signed(1).pades(bytes));
    let pades = report.received.pades.as_ref();
    assert!(pades.is_some_and(|report| !report.findings.is_empty()));
    assert!(!report.to_string().is_empty());
});
