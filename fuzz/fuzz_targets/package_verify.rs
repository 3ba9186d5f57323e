//! Any bytes, verified as a package: never a panic, and never accepted without a trust anchor.
//! The container's checksums would keep a fuzzer out of the signature document, so what can't be
//! a ZIP file is put into one as the signature document.

#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use portal_asice::Verifier;

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| Verifier::new([]).any_signing_time());

/// A stored entry's headers, local and central, and its bytes.
fn entry(name: &str, bytes: &[u8], offset: u32) -> (Vec<u8>, Vec<u8>) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes();
    let name_length = u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes();
    let crc = crc32fast::hash(bytes).to_le_bytes();
    let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
    common.extend_from_slice(&crc);
    common.extend_from_slice(&length);
    common.extend_from_slice(&length);
    common.extend_from_slice(&name_length);
    common.extend_from_slice(&[0, 0]);
    let local = [b"PK\x03\x04", &*common, name.as_bytes(), bytes].concat();
    let offset = offset.to_le_bytes();
    let central = [
        b"PK\x01\x02\x14\0",
        &*common,
        &[0; 10],
        &offset,
        name.as_bytes(),
    ]
    .concat();
    (local, central)
}

fn package(signatures: &[u8]) -> Vec<u8> {
    let (first, first_line) = entry("manifest.xml", b"<a/>", 0);
    let offset = u32::try_from(first.len()).unwrap_or(u32::MAX);
    let (second, second_line) = entry("META-INF/signatures.xml", signatures, offset);
    let start = u32::try_from(first.len() + second.len())
        .unwrap_or(u32::MAX)
        .to_le_bytes();
    let directory = [first_line, second_line].concat();
    let length = u32::try_from(directory.len())
        .unwrap_or(u32::MAX)
        .to_le_bytes();
    let end = [
        b"PK\x05\x06\0\0\0\0\x02\0\x02\0",
        &length[..],
        &start,
        &[0, 0],
    ]
    .concat();
    [first, second, directory, end].concat()
}

fuzz_target!(|bytes: &[u8]| {
    let verify = |package: &[u8]| VERIFIER.verify(package, Timestamp::UNIX_EPOCH);
    if bytes.starts_with(b"PK") {
        assert!(verify(bytes).is_err());
    } else {
        assert!(verify(&package(bytes)).is_err());
    }
});
