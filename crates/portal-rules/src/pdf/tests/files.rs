//! Files that others made, and files of anything at all.

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;

use super::{body, format, frame};
use crate::pdf::source::{Ends, Reader};
use crate::pdf::{Body, End, Format, Frame, inspect};

#[test]
fn files_of_qpdf_raise_no_false_alarm() {
    if Command::new("qpdf").arg("--version").output().is_err() {
        println!("qpdf is not installed: nothing made, nothing checked");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain.pdf");
    std::fs::write(&plain, printable_pdf()).unwrap();
    let encrypt = ["--encrypt", "", "owner", "256", "--"];
    let variants: [(&[&str], Body); 7] = [
        (&[], Body::Open),
        (&["--linearize"], Body::Open),
        (&["--object-streams=generate"], Body::Open),
        (&["--linearize", "--object-streams=generate"], Body::Open),
        (&encrypt, Body::Encrypted),
        (&[&["--linearize"], &encrypt[..]].concat(), Body::Encrypted),
        (
            &[&["--object-streams=generate"], &encrypt[..]].concat(),
            Body::Encrypted,
        ),
    ];
    for (options, expected) in variants {
        let made = folder.path().join("made.pdf");
        let run = Command::new("qpdf")
            .arg(&plain)
            .args(options)
            .arg(&made)
            .output()
            .unwrap();
        assert!(
            run.status.success(),
            "{options:?}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
        assert_eq!(
            body(&std::fs::read(&made).unwrap()),
            expected,
            "{options:?}"
        );
        let read = inspect(&mut Reader::new(std::fs::File::open(&made).unwrap()).unwrap()).unwrap();
        assert!(
            matches!(read, Format::Pdf(frame) if frame.body == expected),
            "{options:?}"
        );
    }
}

/// A PDF of one empty page, with offsets that hold.
fn printable_pdf() -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
    ];
    let mut text = "%PDF-1.5\n".to_owned();
    let mut table = "xref\n0 4\n0000000000 65535 f \n".to_owned();
    for (number, object) in (1..).zip(objects) {
        table.push_str(&format!("{:010} 00000 n \n", text.len()));
        text.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let offset = text.len();
    format!("{text}{table}trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n{offset}\n%%EOF\n")
        .into_bytes()
}

#[test]
fn the_sample_files_pass() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/pdf");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("no sample files beside the workspace: nothing checked");
        return;
    };
    let mut versions = Vec::new();
    for file in files {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let whole = frame(&bytes);
        let expected = Frame {
            version: whole.version,
            leading: 0,
            end: End::Marked,
            body: Body::Open,
        };
        assert_eq!(whole, expected);
        versions.push(whole.version);
        // Cut in half, none of them has an end marker.
        let half = frame(&bytes[..bytes.len() / 2]);
        assert!(matches!(half.end, End::Missing { .. } | End::Unfinished));
    }
    versions.sort_unstable();
    assert_eq!(versions, [(1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (1, 7)]);
}

/// Files that readers open and that were refused in the field, made again here: a line end before the header,
/// 2,040 zeros or a line of Norwegian text after the end.
#[test]
fn the_cases_from_the_field_are_pdfs() {
    let pdf = printable_pdf();
    let found = |bytes: &[u8]| {
        let found = frame(bytes);
        assert_eq!(found.body, Body::Open);
        (found.leading, found.end)
    };
    assert_eq!(found(&pdf), (0, End::Marked));
    assert_eq!(found(&[b"\n", &*pdf].concat()), (1, End::Marked));
    for after in [&[0; 2040], "Utskrift på norsk: æøå\n".as_bytes()] {
        let (leading, end) = found(&[&*pdf, after].concat());
        assert_eq!(leading, 0);
        let End::Followed { bytes } = end else {
            panic!("{end:?}");
        };
        let length = u64::try_from(after.len()).unwrap();
        assert!((length..=length + 1).contains(&bytes), "{bytes}");
    }
}

/// Bytes that often look like parts of a frame.
fn frame_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "<<",
            ">>",
            "[",
            "]",
            "(",
            ")",
            "\\",
            "<",
            ">",
            "/",
            "%",
            "\n",
            " ",
            "/Encrypt",
            "/Prev",
            "/Type/XRef",
            "5 0 R",
            "trailer",
            "xref",
            "startxref",
            "%%EOF",
            " obj",
            "1 0 obj",
            "9",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..4),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_looked_at_without_panic_and_alike_from_every_source(
        bytes in frame_like(),
        offset in 0_usize..40,
    ) {
        let mut file = b"%PDF-1.7\n".to_vec();
        file.extend_from_slice(&bytes);
        file.extend_from_slice(format!("startxref\n{offset}\n%%EOF").as_bytes());
        let whole = format(&file);
        let mut reader = Reader::new(Cursor::new(&file)).unwrap();
        prop_assert_eq!(inspect(&mut reader).unwrap(), whole);
        let length = file.len() as u64;
        let mut ends = Ends { length, head: &file, tail: b"" };
        prop_assert_eq!(inspect(&mut ends).unwrap(), whole);
        let mut ends = Ends { length, head: b"", tail: &file };
        prop_assert_eq!(inspect(&mut ends).unwrap(), whole);
        format(&bytes);
    }
}
