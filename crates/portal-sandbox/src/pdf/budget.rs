//! How much memory reading an uploaded PDF may take.
//!
//! The reader inflates object streams and cross-reference streams when a document is loaded: a
//! kilobyte can become hundreds of megabytes. Content streams stay as they are.

use std::io::Read;

use flate2::read::ZlibDecoder;
use lopdf::{Document, LoadOptions};
use memchr::memmem;

use super::dictionary_names::{DictionaryNames, stream_body};

/// What all streams of one document that the reader inflates may come to together.
const TOTAL: usize = 32 * 1024 * 1024;

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
    // Dictionaries do not overlap, unless somebody wants the time that reading them again takes.
    let mut work = bytes.len().saturating_mul(2);
    for at in memmem::find_iter(bytes, b"obj") {
        let object = &bytes[at + b"obj".len()..];
        let mut names = DictionaryNames::new(object);
        let (mut is_inflated, mut has_other_filter) = (false, false);
        for name in names.by_ref() {
            is_inflated |= is_of_inflated_stream(&name);
            has_other_filter |= is_other_filter(&name);
        }
        let read = names.at;
        let Some(rest) = work.checked_sub(read) else {
            return false;
        };
        work = rest;
        let Some(body) = stream_body(object, read).filter(|_| is_inflated) else {
            continue;
        };
        if has_other_filter {
            return false;
        }
        let Some(rest) = left.checked_sub(inflated(body, left)) else {
            return false;
        };
        left = rest;
    }
    true
}

/// Whether the name belongs to the dictionary of a stream that the reader inflates when it loads the
/// document: their types, and what it needs of them where it does not look at the type.
fn is_of_inflated_stream(name: &[u8]) -> bool {
    matches!(name, b"ObjStm" | b"XRef" | b"First" | b"W")
}

/// What other filters than Flate make of a stream is not counted, so there may be none.
fn is_other_filter(name: &[u8]) -> bool {
    let others: [&[u8]; 3] = [b"LZW", b"RunLength", b"ASCII"];
    others.iter().any(|filter| name.starts_with(filter))
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
    fn nothing_hides_a_stream_that_is_inflated() {
        for dictionary in [
            "/Type/Obj#53tm",
            "/Type /X#52ef",
            "/N 1/First 4",
            "/W[1 2 1]",
            "/Type/ObjStm/X(stream)",
            "/Type/ObjStm/X(endstream endobj)",
            "/Type/ObjStm/X(>>\\)>>)",
            "/X<3e3e>/Type/ObjStm%>>\n",
            "/X<</Y[(a(b)c)]>>/Type/ObjStm",
        ] {
            let bomb = object_stream(SMALL + 1, dictionary);
            assert!(!is_within(&bomb, SMALL), "{dictionary}");
        }
        let other_filter = object_stream(10, "/Type/ObjStm/Filter/LZWDecode");
        assert!(!is_within(&other_filter, SMALL));
    }

    #[test]
    fn binary_data_beside_streams_does_not_count() {
        // An image, as scanners send it: any byte occurs in it, and so does the sign of an escape.
        let noise: Vec<u8> = (0..=255).cycle().take(SMALL).collect();
        let mut pdf = b"%PDF-1.5\n1 0 obj\n<</Type/XObject/Filter/DCTDecode>>stream\n".to_vec();
        pdf.extend(noise);
        pdf.extend(b"\nendstream endobj\n");
        let cross_references = object_stream(10, "/Type/XRef/W[1 2 1]/Filter/FlateDecode");
        pdf.extend_from_slice(&cross_references[b"%PDF-1.5\n".len()..]);
        assert!(is_within(&pdf, SMALL));
    }

    #[test]
    fn dictionaries_within_dictionaries_without_an_end_are_refused() {
        let nested = b"1 0 obj<</A(".repeat(100_000);
        assert!(!is_within(&nested, SMALL));
    }

    #[test]
    fn loading_a_bomb_takes_little_memory() {
        let dictionary = "/Type/ObjStm/N 1/First 4/Filter/FlateDecode";
        let bomb = object_stream(TOTAL + 1, dictionary);
        let used = allocation_counter::measure(|| assert!(load(&bomb).is_err()));
        assert!(used.bytes_max < 4 * 1024 * 1024, "{}", used.bytes_max);
    }
}
