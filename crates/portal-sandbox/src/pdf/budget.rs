//! How much memory reading an uploaded PDF may take.
//!
//! The reader inflates object streams and cross-reference streams when a document is loaded: a
//! kilobyte can become hundreds of megabytes. Content streams stay as they are.

use std::io::Read;

use flate2::read::ZlibDecoder;
use lopdf::{Document, LoadOptions};
use memchr::memmem;

/// What all streams of one document that the reader inflates may come to together.
const TOTAL: usize = 32 * 1024 * 1024;
/// How far before a stream its dictionary is looked for.
const DICTIONARY: usize = 1024;

/// Loads a document that keeps within the bound.
pub(super) fn load(bytes: &[u8]) -> lopdf::Result<Document> {
    if !is_within(bytes, TOTAL) {
        return Err(lopdf::Error::Unimplemented(
            "documents whose object streams inflate to more than 32 MiB",
        ));
    }
    let options = LoadOptions {
        max_decompressed_size: Some(TOTAL),
        ..LoadOptions::default()
    };
    Document::load_mem_with_options(bytes, options)
}

/// Whether the streams that loading inflates come to no more than `total`.
fn is_within(bytes: &[u8], total: usize) -> bool {
    let mut left = total;
    let mut dictionary_from = 0;
    for at in memmem::find_iter(bytes, b"stream") {
        let start = dictionary_from.max(at.saturating_sub(DICTIONARY));
        let dictionary = &bytes[start..at];
        dictionary_from = at;
        if !is_inflated_at_once(dictionary) {
            continue;
        }
        // What other filters than Flate make of a stream is not counted, so there may be none.
        let others: [&[u8]; 4] = [b"LZW", b"RunLength", b"ASCII", b"#"];
        if others
            .iter()
            .any(|filter| memmem::find(dictionary, filter).is_some())
        {
            return false;
        }
        let body = &bytes[at + b"stream".len()..];
        let body = body.strip_prefix(b"\r").unwrap_or(body);
        let body = body.strip_prefix(b"\n").unwrap_or(body);
        let Some(rest) = left.checked_sub(inflated(body, left)) else {
            return false;
        };
        left = rest;
    }
    true
}

/// Whether the reader inflates a stream of this dictionary when it loads the document. Names can be
/// written with escapes, which hide what they say.
fn is_inflated_at_once(dictionary: &[u8]) -> bool {
    let signs: [&[u8]; 3] = [b"ObjStm", b"XRef", b"#"];
    signs
        .iter()
        .any(|sign| memmem::find(dictionary, sign).is_some())
}

/// How long the data inflates to; one more than `limit` if that is passed.
fn inflated(body: &[u8], limit: usize) -> usize {
    let mut reader = ZlibDecoder::new(body).take(limit as u64 + 1);
    let mut buffer = [0; 8192];
    let mut length = 0;
    loop {
        match reader.read(&mut buffer) {
            Ok(0) | Err(_) => return length,
            Ok(read) => length += read,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn object_stream(length: usize, dictionary: &str) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![b' '; length]).unwrap();
        let body = encoder.finish().unwrap();
        let mut pdf = b"%PDF-1.5\n1 0 obj\n".to_vec();
        pdf.extend(format!("<<{dictionary}/Length {}>>stream\n", body.len()).as_bytes());
        pdf.extend(body);
        pdf.extend(b"\nendstream endobj\n%%EOF\n");
        pdf
    }

    /// A bound that a test can reach quickly.
    const SMALL: usize = 256 * 1024;

    #[test]
    fn a_stream_that_inflates_beyond_the_bound_is_found() {
        let dictionary = "/Type/ObjStm/Filter/FlateDecode";
        let bomb = object_stream(SMALL + 1, dictionary);
        assert!(bomb.len() < SMALL / 50);
        assert!(!is_within(&bomb, SMALL));
        assert!(is_within(&object_stream(SMALL, dictionary), SMALL));
        // Several streams count together.
        let mut several = object_stream(SMALL / 2 + 1, dictionary);
        assert!(is_within(&several, SMALL));
        several.extend(object_stream(SMALL / 2 + 1, dictionary));
        assert!(!is_within(&several, SMALL));
    }

    #[test]
    fn content_streams_are_not_counted() {
        let content = object_stream(SMALL + 1, "/Filter/FlateDecode");
        assert!(is_within(&content, SMALL));
    }

    #[test]
    fn escaped_names_and_other_filters_hide_nothing() {
        for dictionary in ["/Type/Obj#53tm", "/Type/ObjStm/Filter/LZWDecode"] {
            assert!(!is_within(&object_stream(10, dictionary), SMALL));
        }
    }

    #[test]
    fn loading_a_bomb_takes_little_memory() {
        let dictionary = "/Type/ObjStm/N 1/First 4/Filter/FlateDecode";
        let bomb = object_stream(TOTAL + 1, dictionary);
        let used = allocation_counter::measure(|| assert!(load(&bomb).is_err()));
        assert!(used.bytes_max < 4 * 1024 * 1024, "{}", used.bytes_max);
    }
}
