//! What is known of files.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use portal_rules::DocumentFacts;

use crate::sample::pdf;

#[test]
fn facts_are_the_same_from_every_source() {
    let bytes = pdf("1.6");
    let facts = DocumentFacts::from_bytes(&bytes);
    assert_eq!(facts.length(), bytes.len() as u64);
    assert_eq!(facts.pdf_version(), Some((1, 6)));
    assert!(facts.is_pdf());
    assert_eq!(
        DocumentFacts::from_reader(Cursor::new(&bytes)).unwrap(),
        facts
    );
    assert_eq!(
        DocumentFacts::from_ends(facts.length(), &bytes[..20], &bytes),
        facts
    );

    let mut file = tempfile::tempfile().unwrap();
    io::Write::write_all(&mut file, &bytes).unwrap();
    assert_eq!(DocumentFacts::from_reader(&file).unwrap(), facts);
}

#[test]
fn other_files_have_a_length_and_no_version() {
    for facts in [
        DocumentFacts::from_bytes(b"Words."),
        DocumentFacts::from_ends(6, b"", b""),
    ] {
        assert_eq!(
            (facts.length(), facts.pdf_version(), facts.is_pdf()),
            (6, None, false)
        );
    }
}

/// An offset that leads far beyond the end of a file on disk, whose position can't be set there.
#[test]
fn offsets_beyond_every_file_are_no_failure() {
    let mut file = tempfile::tempfile().unwrap();
    let bytes = b"%PDF-1.7\nstartxref\n18446744073709551615\n%%EOF";
    io::Write::write_all(&mut file, bytes).unwrap();
    let facts = DocumentFacts::from_reader(file).unwrap();
    assert_eq!(facts, DocumentFacts::from_bytes(bytes));
}

/// A reader that fails from some offset on.
struct Failing(Cursor<Vec<u8>>, u64);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.position() >= self.1 {
            return Err(io::Error::other("the disk is gone"));
        }
        self.0.read(buffer)
    }
}

impl Seek for Failing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn failures_of_the_reader_are_handed_on() {
    // A first revision in the beginning, and a second that leads back to it.
    let first = pdf("1.7");
    let offset = String::from_utf8(first.clone())
        .unwrap()
        .find("xref")
        .unwrap();
    let filler = " ".repeat(3000);
    let second = first.len() + filler.len();
    let update = format!("xref\n0 0\ntrailer\n<</Prev {offset}>>\nstartxref\n{second}\n%%EOF\n");
    let bytes = [&first[..], filler.as_bytes(), update.as_bytes()].concat();
    let length = bytes.len() as u64;
    assert!(DocumentFacts::from_reader(Failing(Cursor::new(bytes.clone()), length + 1)).is_ok());
    for failing_from in [0, 5, offset as u64, length - 10] {
        let reader = Failing(Cursor::new(bytes.clone()), failing_from);
        assert!(
            DocumentFacts::from_reader(reader).is_err(),
            "from {failing_from}"
        );
    }
}
