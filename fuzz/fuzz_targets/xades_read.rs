//! Any bytes are reported on as a signature document, without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portal_verify::{Fingerprint, Received, Sent, job};

fuzz_target!(|bytes: &[u8]| {
    let sent = Sent::new().document("document-0.pdf", "application/pdf", Fingerprint::of(b""));
    let report = job(&sent, &Received::new().signed(1).xades(bytes));
    assert!(!report.to_string().is_empty());
});
