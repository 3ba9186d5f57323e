//! Whole files: right ones of every kind of frame, and broken ones.

use super::source::{Ends, Whole};
use super::{Body, End, Format, Frame, inspect};

mod ends;
mod files;
mod repair;

/// A file that is put together piece by piece.
struct File(Vec<u8>);

impl File {
    fn new(version: &str) -> Self {
        Self(format!("%PDF-{version}\n%\u{E6}\u{F8}\u{E5}\n1 0 obj\n<<>>\nendobj\n").into_bytes())
    }

    fn text(mut self, text: &str) -> Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// A table of so many objects with its trailer, and the end.
    fn table(self, objects: usize, trailer: &str) -> Self {
        let offset = self.0.len();
        let lines = "0000000009 00000 n \n".repeat(objects);
        self.text(&format!(
            "xref\n0 {objects}\n{lines}trailer\n<</Size {objects}{trailer}>>\n"
        ))
        .end(offset)
    }

    /// A cross-reference stream and the end.
    fn stream(self, dictionary: &str) -> Self {
        let offset = self.0.len();
        self.text(&format!(
            "7 0 obj\n<</Type/XRef{dictionary}>>\nstream\n\0\u{1}\nendstream\nendobj\n"
        ))
        .end(offset)
    }

    fn end(self, offset: usize) -> Self {
        self.text(&format!("startxref\n{offset}\n%%EOF\n"))
    }

    fn body(&self) -> Body {
        body(&self.0)
    }
}

fn frame(bytes: &[u8]) -> Frame {
    match format(bytes) {
        Format::Pdf(frame) => frame,
        other => panic!("not a PDF: {other:?}"),
    }
}

fn body(bytes: &[u8]) -> Body {
    frame(bytes).body
}

fn format(bytes: &[u8]) -> Format {
    inspect(&mut Whole(bytes)).unwrap()
}

#[test]
fn a_table_tells_of_encryption() {
    assert_eq!(File::new("1.4").table(2, "").body(), Body::Open);
    assert_eq!(
        File::new("1.4").table(2, "/Encrypt 5 0 R").body(),
        Body::Encrypted
    );
    assert_eq!(
        File::new("1.4")
            .table(2, "/Encrypt<</Filter/Standard>>")
            .body(),
        Body::Encrypted
    );
}

#[test]
fn a_cross_reference_stream_tells_of_encryption() {
    assert_eq!(File::new("1.5").stream("/Size 2").body(), Body::Open);
    assert_eq!(
        File::new("1.5").stream("/Size 2/Encrypt 5 0 R").body(),
        Body::Encrypted
    );
    let leading = "/Index[0 1 4 2]/W[1 2 1]/ID[<00><01>]";
    assert_eq!(
        File::new("1.5")
            .stream(&format!("{leading}/Encrypt 5 0 R"))
            .body(),
        Body::Encrypted
    );
}

#[test]
fn the_word_elsewhere_is_no_encryption() {
    for harmless in [
        "/Encrypt null",
        "/Info<</Encrypt 5 0 R>>",
        "/Other[/Encrypt 5 0 R]",
        "/Title(/Encrypt 5 0 R)",
        "/Title(a \\) /Encrypt 5 0 R)",
        "/Title((/Encrypt) /Encrypt 5 0 R)",
        "/Kind/Encrypt",
        "/EncryptMetadata true",
        "/encrypt 5 0 R",
        " % /Encrypt 5 0 R\n",
        "/ID[<2F456E6372797074><00>]",
    ] {
        assert_eq!(
            File::new("1.4").table(2, harmless).body(),
            Body::Open,
            "{harmless}"
        );
    }
}

#[test]
fn the_word_in_other_spellings_is_encryption() {
    for encrypted in [
        "/#45ncrypt 5 0 R",
        "/Encryp#74 5 0 R",
        "/Title(\\()/Encrypt 5 0 R",
        "/Title(())/Encrypt 5 0 R",
        "/Kind/Encrypt/Encrypt 5 0 R",
        "/Info<</A[1 2]>>/Encrypt 5 0 R",
        " %comment\r/Encrypt 5 0 R",
        "\0/Encrypt\t5 0 R",
    ] {
        assert_eq!(
            File::new("1.4").table(2, encrypted).body(),
            Body::Encrypted,
            "{encrypted}"
        );
    }
}

#[test]
fn every_revision_counts() {
    let first = File::new("1.4").table(2, "");
    let offset = File::new("1.4").0.len();
    let prev = format!("/Prev {offset}");
    assert_eq!(
        first.text("2 0 obj\n<<>>\nendobj\n").table(1, &prev).body(),
        Body::Open
    );

    let first = File::new("1.4").table(2, "/Encrypt 5 0 R");
    assert_eq!(first.table(1, &prev).body(), Body::Encrypted);

    let first = File::new("1.4").table(2, "");
    assert_eq!(
        first.table(1, &format!("{prev}/Encrypt 5 0 R")).body(),
        Body::Encrypted
    );

    // Three revisions, the first of which is encrypted.
    let first = File::new("1.4").stream("/Encrypt 5 0 R");
    let second_offset = first.0.len();
    let second = first.stream(&prev);
    assert_eq!(
        second.table(1, &format!("/Prev {second_offset}")).body(),
        Body::Encrypted
    );
}

#[test]
fn revisions_that_lead_nowhere_or_in_a_circle_are_left_to_the_reader() {
    for previous in [
        "0",
        "999999",
        "18446744073709551615",
        "99999999999999999999",
        "(x)",
    ] {
        let file = File::new("1.4").table(1, &format!("/Prev {previous}"));
        assert_eq!(file.body(), Body::Open, "{previous}");
    }
    let offset = File::new("1.4").0.len();
    assert_eq!(
        File::new("1.4").table(1, &format!("/Prev {offset}")).body(),
        Body::Open
    );
}

#[test]
fn a_linearised_file_begins_with_its_last_section() {
    // The first section stands near the beginning and leads to the main one, which need not name the
    // encryption dictionary again.
    for (entry, expected) in [("", Body::Open), ("/Encrypt 5 0 R", Body::Encrypted)] {
        let start = File::new("1.6").text("2 0 obj\n<</Linearized 1>>\nendobj\n");
        let first = start.0.len();
        let file = start
            .stream(&format!("/Prev 4000{entry}"))
            .text(&" ".repeat(4000));
        assert_eq!(file.end(first).body(), expected);
    }
}

#[test]
fn an_end_that_leads_nowhere_is_astray() {
    for end in [
        "startxref\n3\n%%EOF",
        "startxref\n999999\n%%EOF",
        "startxref\n\n%%EOF",
        "startxref\n99999999999999999999999\n%%EOF",
        "%%EOF",
    ] {
        assert_eq!(File::new("1.4").text(end).body(), Body::Astray, "{end}");
    }
    let offset = File::new("1.4").0.len();
    for section in [
        "xref\n0 1\n0000000000 65535 f \n",
        "xref\ntrailer\n",
        "xref\ntrailer\n<</Size 1",
        "xref\ntrailer\n/Size",
        "xref\ntrailer\n1 <</Size 1>>",
        "7 0 obj\n/Type <</Type/XRef>>",
        "xref\ntrailer\n<</Title(>>",
        "xref\ntrailer\n<</ID<00>>",
        "xref\ntrailer\n<<)>>",
        "xref\ntrailer\n>>",
        "7 0 obj\n<</Type/Page>>",
        "7 0 obj\n<</Size 1>>",
        "7 0 R",
        "7 obj",
        "obj",
    ] {
        let file = File::new("1.4").text(section).text("\n").end(offset);
        assert_eq!(file.body(), Body::Astray, "{section}");
    }
}

#[test]
fn long_tables_are_searched_to_a_limit() {
    // With every length, the keyword lies across another border of what is read at a time.
    for objects in 800..830 {
        let file = File::new("1.4").table(objects, "/Encrypt 5 0 R");
        assert_eq!(file.body(), Body::Encrypted, "{objects} objects");
    }
    assert_eq!(File::new("1.4").table(200_000, "").body(), Body::Open);
    assert_eq!(File::new("1.4").table(220_000, "").body(), Body::Astray);
}

#[test]
fn long_dictionaries_are_read_to_a_limit() {
    let file = |padding: usize| {
        let long = format!("/ID[<{}>]/Encrypt 5 0 R", "0".repeat(padding));
        [
            File::new("1.5").stream(&long).body(),
            File::new("1.5").table(1, &long).body(),
        ]
    };
    assert_eq!(file(65_000), [Body::Encrypted; 2]);
    // Beyond that, the search for the last trailer still finds it, as far as that goes.
    assert_eq!(file(66_000), [Body::Encrypted; 2]);
    assert_eq!(file(300_000), [Body::Astray; 2]);
}

#[test]
fn only_so_many_revisions_are_followed() {
    let file = |updates: usize| {
        let mut offset = File::new("1.4").0.len();
        let mut file = File::new("1.4").table(1, "/Encrypt 5 0 R");
        for _ in 0..updates {
            let next = file.0.len();
            file = file.table(1, &format!("/Prev {offset}"));
            offset = next;
        }
        file.body()
    };
    assert_eq!(file(31), Body::Encrypted);
    assert_eq!(file(32), Body::Open);
}

#[test]
fn the_header_gives_the_version() {
    let version = |text: &str| match format(text.as_bytes()) {
        Format::Pdf(Frame {
            version,
            leading: 0,
            ..
        }) => Some(version),
        _ => None,
    };
    assert_eq!(version("%PDF-1.7\n"), Some((1, 7)));
    assert_eq!(version("%PDF-1.7"), Some((1, 7)));
    assert_eq!(version("%PDF-2.0 "), Some((2, 0)));
    assert_eq!(version("%PDF-1.10"), Some((1, 10)));
    for other in [
        "", "%PDF", "%PDF-", "%PDF-1", "%PDF-1.", "%PDF-.7", "%PDF-x.7", "%PDF-1,7",
    ] {
        assert_eq!(version(other), None, "{other}");
    }
    assert_eq!(version(" %PDF-1.7"), None);
    assert_eq!(version("%PDF-999.7"), None);
}

#[test]
fn what_is_not_available_is_not_held_against_a_file() {
    let whole = File::new("1.4")
        .text(&"%\n".repeat(5000))
        .table(2, "/Encrypt 5 0 R")
        .0;
    let ends = |head: usize, tail: usize| {
        let (head, tail) = (&whole[..head], &whole[whole.len() - tail..]);
        inspect(&mut Ends {
            length: whole.len() as u64,
            head,
            tail,
        })
        .unwrap()
    };
    let pdf = |end, body| {
        Format::Pdf(Frame {
            version: (1, 4),
            leading: 0,
            end,
            body,
        })
    };
    assert_eq!(ends(8, 0), Format::Unseen);
    assert_eq!(ends(9, 0), pdf(End::Unseen, Body::Unseen));
    assert_eq!(ends(9, 2047), pdf(End::Unseen, Body::Unseen));
    assert_eq!(ends(9, 2048), pdf(End::Marked, Body::Encrypted));
    assert_eq!(ends(whole.len(), 0), pdf(End::Marked, Body::Encrypted));
    // The marker may be before what was seen, and so may the line before it.
    let padded = |after: usize| {
        let tail = [b"\n%%EOF\n", &b" ".repeat(after)[..]].concat();
        let tail = &tail[tail.len() - 2048..];
        let head = b"%PDF-1.4\n";
        let length = 9000;
        inspect(&mut Ends { length, head, tail }).unwrap()
    };
    assert_eq!(padded(2048), pdf(End::Unseen, Body::Unseen));
    let bytes = 2042;
    assert_eq!(padded(2041), pdf(End::Followed { bytes }, Body::Unseen));
}

#[test]
fn work_is_bounded_by_the_frame() {
    struct Counting<'a>(Whole<'a>, usize);
    impl super::source::ByteSource for Counting<'_> {
        fn length(&self) -> u64 {
            self.0.length()
        }
        fn read(&mut self, offset: u64, want: usize) -> std::io::Result<Option<Vec<u8>>> {
            let bytes = self.0.read(offset, want)?;
            self.1 += bytes.as_ref().map_or(0, Vec::len);
            Ok(bytes)
        }
    }
    let read = |whole: &[u8]| {
        let mut source = Counting(Whole(whole), 0);
        let format = inspect(&mut source).unwrap();
        assert!(matches!(format, Format::Pdf(frame) if frame.body == Body::Open));
        source.1
    };
    let start = File::new("1.4").text(&" ".repeat(10 * 1024 * 1024));
    assert!(read(&start.table(100, "").0) < 10 * 1024);
    // A long table is gone through once.
    let long = File::new("1.4").table(100_000, "").0;
    assert!(read(&long) < long.len() + 30 * 1024);
}
