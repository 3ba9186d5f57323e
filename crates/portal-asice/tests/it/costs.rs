//! What verifying costs at most, before any signature is looked at.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::sample_packages::{now, world};

/// A package whose signature document is this text, deflated.
fn with_signatures(xml: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in [
        ("one.pdf", "%PDF-1.7"),
        ("manifest.xml", "<a/>"),
        ("META-INF/signatures.xml", xml),
    ] {
        writer.start_file(name, options).unwrap();
        writer.write_all(bytes.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A package of some kilobytes whose signature document is made to fill the memory.
#[test]
fn a_small_package_takes_little_memory() {
    let asic = "http://uri.etsi.org/2918/v1.2.1#";
    let long = "x".repeat(860_000);
    let medium = "x".repeat(250);
    let documents = [
        // The name of a namespace that every element would have a copy of.
        format!(
            "<a:XAdESSignatures xmlns:a=\"{asic}\" xmlns=\"{long}\">{}</a:XAdESSignatures>",
            "<b/>".repeat(19_000)
        ),
        format!(
            "<a:XAdESSignatures xmlns:a=\"{asic}\" xmlns=\"{medium}\">{}</a:XAdESSignatures>",
            "<b/>".repeat(19_000)
        ),
        // One that is too long as a whole.
        format!(
            "<a:XAdESSignatures xmlns:a=\"{asic}\">{}</a:XAdESSignatures>",
            " ".repeat(20_000_000)
        ),
        format!(
            "<a:XAdESSignatures xmlns:a=\"{asic}\">{}</a:XAdESSignatures>",
            "<b c=''/>".repeat(9_000)
        ),
    ];
    for (index, xml) in documents.iter().enumerate() {
        let package = with_signatures(xml);
        assert!(package.len() < 30_000, "{}", package.len());
        let verifier = world().verifier();
        let started = std::time::Instant::now();
        let used = allocation_counter::measure(|| {
            assert!(verifier.verify(&package, now()).is_err());
        });
        let took = started.elapsed();
        // The unpacked document and its tree.
        let bound = xml.len() as u64 + 16 * 1024 * 1024;
        assert!(used.bytes_max < bound, "{index}: {}", used.bytes_max);
        assert!(took.as_secs() < 4, "{index}: {took:?}");
    }
}
