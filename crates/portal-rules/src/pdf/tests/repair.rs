//! Files that readers open although their frame is not that of the standard.

use super::{File, format, frame};
use crate::pdf::{Body, End, Format, Frame};

/// A file whose offsets hold, put behind other bytes.
fn behind(leading: &[u8], file: &[u8]) -> Vec<u8> {
    [leading, file].concat()
}

#[test]
fn a_header_may_stand_behind_other_bytes() {
    let file = File::new("1.4").table(2, "").0;
    for leading in [
        &b"\n"[..],
        b"\r\n",
        b"\xEF\xBB\xBF",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"%PDF-x",
        &[b' '; 1024],
    ] {
        let found = frame(&behind(leading, &file));
        let expected = Frame {
            version: (1, 4),
            leading: leading.len() as u64,
            end: End::Marked,
            body: Body::Open,
        };
        assert_eq!(found, expected, "{leading:?}");
    }
    assert_eq!(format(&behind(&[b' '; 1025], &file)), Format::Other);
}

#[test]
fn a_zip_file_that_stores_a_pdf_is_none() {
    let entry = b"PK\x03\x04\x14\0\0\0\0\0lease.pdf";
    let file = File::new("1.4").table(2, "").0;
    assert_eq!(format(&behind(entry, &file)), Format::Other);
}

/// Offsets count from the header, as they did before the bytes were put there, or from the file.
#[test]
fn encryption_is_seen_behind_leading_bytes_from_either_origin() {
    for (entry, expected) in [("", Body::Open), ("/Encrypt 5 0 R", Body::Encrypted)] {
        let from_header = behind(b"junk\n", &File::new("1.4").table(2, entry).0);
        assert_eq!(frame(&from_header).body, expected);

        let start = behind(b"junk\n", &File::new("1.4").0);
        let from_file = File(start).table(2, entry).0;
        assert_eq!(frame(&from_file).body, expected);

        let stream = behind(b"\n", &File::new("1.5").stream(entry).0);
        assert_eq!(frame(&stream).body, expected);
    }
    // The same for an earlier revision.
    let first = File::new("1.4").0.len();
    let file = File::new("1.4").table(2, "/Encrypt 5 0 R");
    let file = file.table(1, &format!("/Prev {first}")).0;
    assert_eq!(frame(&behind(b"junk\n", &file)).body, Body::Encrypted);
}

#[test]
fn encryption_is_seen_where_the_end_leads_astray() {
    let offset = File::new("1.4").0.len();
    for section in [
        |entry| File::new("1.4").table(2, entry),
        |entry| File::new("1.4").stream(entry),
    ] {
        for (entry, expected) in [("", Body::Astray), ("/Encrypt 5 0 R", Body::Encrypted)] {
            let file: File = section(entry);
            let text = String::from_utf8_lossy(&file.0).into_owned();
            for wrong in ["1", "999999", "18446744073709551615", "", "x"] {
                let end = format!("startxref\n{offset}\n");
                let text = text.replace(&end, &format!("startxref\n{wrong}\n"));
                assert_eq!(frame(text.as_bytes()).body, expected, "{wrong}");
            }
        }
    }
}

#[test]
fn an_offset_a_byte_off_hides_no_encryption() {
    for off in [-1_i64, 1] {
        let start = File::new("1.4");
        let offset = start.0.len() as i64 + off;
        let file =
            start.text("xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1/Encrypt 5 0 R>>\n");
        let file = file.text(&format!("startxref\n{offset}\n%%EOF\n"));
        assert_eq!(file.body(), Body::Encrypted, "{off}");
    }
}

/// The trailer with the encryption dictionary of a linearised file stands near its beginning.
#[test]
fn encryption_of_a_linearised_file_is_seen_where_the_end_leads_astray() {
    let file = File::new("1.6")
        .text("2 0 obj\n<</Linearized 1>>\nendobj\nxref\n2 1\n0000000009 00000 n \n")
        .text("trailer\n<</Size 3/Encrypt 5 0 R/Prev 4000>>\nstartxref\n0\n%%EOF\n")
        .text(&" ".repeat(40_000))
        .text("xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1>>\n")
        .text("startxref\n77\n%%EOF\n");
    assert_eq!(file.body(), Body::Encrypted);
}

#[test]
fn the_last_trailer_counts() {
    let old = "trailer\n<</Size 1/Encrypt 5 0 R>>\n";
    let new = "trailer\n<</Size 1>>\n";
    let file = |text: String| {
        File::new("1.4")
            .text(&text)
            .text("startxref\n1\n%%EOF\n")
            .body()
    };
    let far = " ".repeat(20_000);
    assert_eq!(file(format!("{far}{old}{new}")), Body::Astray);
    assert_eq!(file(format!("{far}{new}{old}")), Body::Encrypted);
    // What looks like one and is none is passed over.
    assert_eq!(
        file(format!("{far}{old}trailer (of a ship)")),
        Body::Encrypted
    );
    assert_eq!(file(format!("{far}/XRef {old}/XRef")), Body::Encrypted);
}

/// A file whose catalog has these entries, and whose table has the catalog at the offset given.
fn with_catalog(header: &str, catalog: &str, offset: impl Fn(usize) -> usize) -> File {
    let start = File::new(header);
    let root = start.0.len();
    let start = start.text(&format!("4 0 obj\n<</Type/Catalog{catalog}>>\nendobj\n"));
    let table = start.0.len();
    let entry = format!("{:010} 00000 n \n", offset(root));
    start
        .text("xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n4 1\n")
        .text(&entry)
        .text("trailer\n<</Size 5/Root 4 0 R>>\n")
        .end(table)
}

/// Offset of the last table.
fn table_of(file: &File) -> usize {
    let text = std::str::from_utf8(&file.0).unwrap();
    text.rfind("\nxref").unwrap() + 1
}

#[test]
fn the_later_of_header_and_catalog_gives_the_version() {
    for (header, catalog, expected) in [
        ("1.4", "", (1, 4)),
        ("1.4", "/Version/1.7", (1, 7)),
        ("1.4", "/Version /2.0", (2, 0)),
        ("1.0", "/Version/1.4", (1, 4)),
        ("1.7", "/Version/1.4", (1, 7)),
        ("2.0", "/Version/1.7", (2, 0)),
        ("1.4", "/Version 2.0", (1, 4)),
        ("1.4", "/Version/x", (1, 4)),
        ("1.4", "/Extensions<</Version/2.0>>", (1, 4)),
    ] {
        let file = with_catalog(header, catalog, |offset| offset);
        assert_eq!(frame(&file.0).version, expected, "{header} {catalog}");
        // Behind other bytes, the offset leads there from the header.
        let behind = behind(b"\n", &file.0);
        assert_eq!(frame(&behind).version, expected, "{header} {catalog}");
    }
}

#[test]
fn a_catalog_that_is_not_where_the_table_says_gives_no_version() {
    for wrong in [0_usize, 9, 5000] {
        let file = with_catalog("1.4", "/Version/2.0", |_| wrong);
        assert_eq!(frame(&file.0).version, (1, 4), "{wrong}");
    }
}

#[test]
fn the_catalog_of_the_newest_revision_counts() {
    let first = with_catalog("1.4", "/Version/1.5", |offset| offset);
    let previous = table_of(&first);
    let text = first.0.clone();

    // An update that leaves the catalog as it is, and one that writes it again.
    let update = |first: File, entry: &str, objects: &str| {
        let start = first.text(objects);
        let table = start.0.len();
        start
            .text(&format!(
                "xref\n{entry}trailer\n<</Size 5/Root 4 0 R/Prev {previous}>>\n"
            ))
            .end(table)
    };
    let same = update(first, "0 1\n0000000000 65535 f \n", "");
    assert_eq!(frame(&same.0).version, (1, 5));

    let first = File(text);
    let offset = first.0.len();
    let entry = format!("4 1\n{offset:010} 00000 n \n");
    let newer = update(first, &entry, "4 0 obj\n<</Version/2.0>>\nendobj\n");
    assert_eq!(frame(&newer.0).version, (2, 0));
}

/// Where a newer section is compressed, an older table may be out of date.
#[test]
fn a_catalog_behind_a_compressed_section_is_not_looked_up() {
    let first = with_catalog("1.4", "/Version/2.0", |offset| offset);
    let previous = table_of(&first);
    let file = first.stream(&format!("/Root 4 0 R/Prev {previous}"));
    assert_eq!(frame(&file.0).version, (1, 4));
}
