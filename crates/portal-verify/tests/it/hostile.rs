//! Files that are made to exhaust a reader: refused, with memory and time bounded by their length.

use std::io::Write as _;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use portal_verify::{FindingCode, Fingerprint, pades, xades};
use proptest::prelude::*;

use crate::fixtures::{SOUND, fixture};

fn packed(length: usize, byte: u8) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let piece = vec![byte; 1 << 20];
    for _ in 0..length >> 20 {
        encoder.write_all(&piece).unwrap();
    }
    encoder.finish().unwrap()
}

/// A file of these objects, in a table that is written for them.
fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut pdf = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", pdf.len()));
        pdf.extend(format!("{} 0 obj\n", index + 1).bytes());
        pdf.extend_from_slice(object);
        pdf.extend(b"\nendobj\n");
    }
    let start = pdf.len();
    pdf.extend(table.bytes());
    let size = objects.len() + 1;
    pdf.extend(
        format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes(),
    );
    pdf
}

fn stream(dictionary: &str, content: &[u8]) -> Vec<u8> {
    let mut object = format!("<<{dictionary}/Length {}>>stream\n", content.len()).into_bytes();
    object.extend_from_slice(content);
    object.extend_from_slice(b"\nendstream");
    object
}

fn codes(pdf: &[u8]) -> Vec<FindingCode> {
    pades(pdf)
        .findings
        .iter()
        .map(|finding| finding.code)
        .collect()
}

/// An attachment that was packed twice, so that a kilobyte inflates to 300 MB; each step alone is
/// refused as well.
#[test]
fn a_small_file_that_inflates_to_300_megabytes_is_refused() {
    let once = packed(300 << 20, b' ');
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&once).unwrap();
    let twice = encoder.finish().unwrap();
    assert!(twice.len() < 4096, "{}", twice.len());
    let catalog = b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a)4 0 R]>>>>>>";
    let with = |attached: Vec<u8>| {
        file(&[
            catalog.to_vec(),
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
            b"<</Type/Page/Parent 2 0 R>>".to_vec(),
            b"<</Type/Filespec/EF<</F 5 0 R>>>>".to_vec(),
            attached,
        ])
    };
    let bomb = with(stream("/Type/EmbeddedFile/Filter/FlateDecode", &once));
    let used = allocation_counter::measure(|| {
        assert!(codes(&bomb).contains(&FindingCode::TooMuchToRead));
    });
    // What was inflated doubles its room as it grows.
    let bound = 3 * (16 * bomb.len() as u64 + 512 * 1024);
    assert!(used.bytes_max < bound, "{} of {bound}", used.bytes_max);
    // Two filters, as a kilobyte needs them, are not supported.
    let bomb = with(stream("/Filter[/FlateDecode/FlateDecode]", &twice));
    assert!(bomb.len() < 4096);
    let used = allocation_counter::measure(|| {
        assert!(codes(&bomb).contains(&FindingCode::NotAssessed));
    });
    assert!(used.bytes_max < 1 << 20, "{}", used.bytes_max);
}

#[test]
fn object_streams_and_tables_that_inflate_without_end_are_refused() {
    let bomb = packed(300 << 20, b' ');
    // The catalog is in a stream of objects.
    let mut pdf = b"%PDF-1.7\n".to_vec();
    let container = pdf.len();
    pdf.extend(b"1 0 obj\n");
    pdf.extend(stream("/Type/ObjStm/N 1/First 4/Filter/FlateDecode", &bomb));
    pdf.extend(b"\nendobj\n");
    let table = pdf.len();
    let mut rows = vec![0, 0, 0, 0, 0, 1];
    rows.extend(u32::try_from(container).unwrap().to_be_bytes()[1..].iter());
    rows.extend([0, 2, 0, 0, 1, 0]);
    pdf.extend(b"3 0 obj\n");
    pdf.extend(stream("/Type/XRef/Size 3/W[1 3 1]/Root 2 0 R", &rows));
    pdf.extend(format!("\nendobj\nstartxref\n{table}\n%%EOF\n").bytes());
    assert!(
        codes(&pdf).contains(&FindingCode::TooMuchToRead),
        "{:?}",
        codes(&pdf)
    );
    // The table itself.
    let mut pdf = b"%PDF-1.7\n1 0 obj\n".to_vec();
    pdf.extend(stream(
        "/Type/XRef/Size 99999999/W[1 3 1]/Root 2 0 R/Filter/FlateDecode",
        &bomb,
    ));
    pdf.extend(b"\nendobj\nstartxref\n9\n%%EOF\n");
    assert_eq!(codes(&pdf), [FindingCode::TooMuchToRead]);
}

/// Two streams of objects that are asked for in turn would be inflated for each page.
#[test]
fn time_is_bounded_by_the_length() {
    let mut pdf = b"%PDF-1.7\n".to_vec();
    let pages = 2000;
    let mut offsets = Vec::new();
    for container in 0..2 {
        let mut head = String::new();
        let mut body = String::new();
        for page in 0..pages {
            head.push_str(&format!("{} {} ", 10 + page * 2 + container, body.len()));
            body.push_str("<</Type/Page>> ");
        }
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(head.as_bytes()).unwrap();
        encoder.write_all(body.as_bytes()).unwrap();
        let content = encoder.finish().unwrap();
        offsets.push(pdf.len());
        pdf.extend(format!("{} 0 obj\n", container + 1).bytes());
        let dictionary = format!(
            "/Type/ObjStm/N {pages}/First {}/Filter/FlateDecode",
            head.len()
        );
        pdf.extend(stream(&dictionary, &content));
        pdf.extend(b"\nendobj\n");
    }
    let kids: String = (0..2 * pages)
        .map(|page| format!("{} 0 R ", 10 + page))
        .collect();
    for (number, object) in [
        (3, "<</Type/Catalog/Pages 4 0 R>>".to_owned()),
        (4, format!("<</Type/Pages/Kids[{kids}]>>")),
    ] {
        offsets.push(pdf.len());
        pdf.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let mut rows = Vec::new();
    for offset in &offsets {
        rows.push(1);
        rows.extend(&u32::try_from(*offset).unwrap().to_be_bytes());
        rows.extend([0, 0]);
    }
    for page in 0..2 * pages {
        rows.push(2);
        rows.extend((page % 2 + 1_u32).to_be_bytes());
        rows.extend(u16::try_from(page / 2).unwrap().to_be_bytes());
    }
    let table = pdf.len();
    pdf.extend(b"9 0 obj\n");
    let dictionary = format!(
        "/Type/XRef/Size 9999/Index[1 4 10 {}]/W[1 4 2]/Root 3 0 R",
        2 * pages
    );
    pdf.extend(stream(&dictionary, &rows));
    pdf.extend(format!("\nendobj\nstartxref\n{table}\n%%EOF\n").bytes());
    let start = Instant::now();
    assert!(
        codes(&pdf).contains(&FindingCode::TooMuchToRead),
        "{:?}",
        codes(&pdf)
    );
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn tables_and_trees_that_lead_back_to_themselves_end() {
    let pdf = b"%PDF-1.7\nxref\n0 0\ntrailer\n<</Prev 9/Root 1 0 R>>\nstartxref\n9\n%%EOF\n";
    assert_eq!(codes(pdf), [FindingCode::PdfUnreadable]);
    let pdf = file(&[
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[3 0 R]>>>>".to_vec(),
        b"<</Type/Pages/Kids[2 0 R]/Count 1>>".to_vec(),
        b"<</FT/Sig/Kids[3 0 R 3 0 R]/V 4 0 R>>".to_vec(),
        b"4 0 R".to_vec(),
    ]);
    assert_eq!(
        codes(&pdf),
        [FindingCode::PdfUnreadable, FindingCode::NoSignature]
    );
    let deep = format!("<</A{}", "[".repeat(100_000));
    assert!(codes(&file(&[deep.into_bytes()])).contains(&FindingCode::TooMuchToRead));
}

/// The report needs no second copy of a file: a benchmark measures it on 10 MB.
#[test]
fn memory_is_at_most_the_file_once_more() {
    for name in SOUND {
        let bytes = fixture(name);
        let used = allocation_counter::measure(|| drop(pades(&bytes)));
        let bound = bytes.len() as u64 + 256 * 1024;
        assert!(used.bytes_max < bound, "{name}: {}", used.bytes_max);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = pades(&bytes).to_string();
        let _ = xades(&bytes).to_string();
        let with_header = [b"%PDF-1.7\n".as_slice(), &bytes, b"\nstartxref\n9\n%%EOF"].concat();
        let _ = pades(&with_header).to_string();
    }

    #[test]
    fn no_change_of_a_sound_document_makes_a_reader_panic(
        which in 0..SOUND.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut bytes = fixture(SOUND[which]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = pades(&bytes).to_string();
    }

    #[test]
    fn fingerprints_survive_their_text(bytes in any::<[u8; 32]>()) {
        let fingerprint = Fingerprint::from_sha256(bytes);
        prop_assert_eq!(Fingerprint::try_from(fingerprint.to_string()), Ok(fingerprint));
    }
}
