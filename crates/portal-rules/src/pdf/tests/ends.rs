//! End markers: missing, followed by other bytes, or followed by a further revision.

use super::{File, frame};
use crate::pdf::{Body, End, Frame};

#[test]
fn a_file_without_end_marker_lacks_it_however_long_it_is() {
    let whole = File::new("1.4").table(2, "");
    let end = whole.0.len();
    assert_eq!(frame(&whole.0[..end - 1]).end, End::Marked);
    for cut in 2..end - 9 {
        let searched = (end - cut) as u64;
        assert_eq!(
            frame(&whole.0[..end - cut]).end,
            End::Missing { searched },
            "{cut} bytes less"
        );
    }
    let long = File::new("1.4").text(&"x".repeat(300_000));
    let searched = 262_144;
    assert_eq!(frame(&long.0).end, End::Missing { searched });
}

#[test]
fn a_file_without_end_marker_that_is_whole_otherwise_is_read() {
    for (entry, expected) in [("", Body::Open), ("/Encrypt 5 0 R", Body::Encrypted)] {
        let whole = File::new("1.4").table(2, entry).0;
        let without = &whole[..whole.len() - 6];
        let Frame { end, body, .. } = frame(without);
        let searched = without.len() as u64;
        assert_eq!((end, body), (End::Missing { searched }, expected));
    }
}

#[test]
fn an_update_that_was_cut_off_is_noticed_though_the_first_revision_has_its_end() {
    for update in [
        "\n4 0 obj\n<</Type/Annot",
        "4 0 obj<<",
        "x\n12  0\r\nobj",
        "1 0 obj",
    ] {
        let file = File::new("1.4").table(2, "").text(update);
        assert_eq!(frame(&file.0).end, End::Unfinished, "{update}");
    }
}

#[test]
fn the_keyword_of_an_object_is_a_token() {
    for text in [
        "Dette er et objekt fra arkivet",
        " obj",
        "0 obj",
        "1 0 object",
        "a1 0 obj",
        "1 x0 obj",
        "1 0obj",
        "endobj",
    ] {
        let file = File::new("1.4").table(2, "").text(text).0;
        let bytes = text.len() as u64 + 1;
        assert_eq!(frame(&file).end, End::Followed { bytes }, "{text}");
    }
}

#[test]
fn bytes_after_the_end_are_counted_wherever_the_end_is() {
    let file = |after: &str| {
        let file = File::new("1.4").table(2, "/Encrypt 5 0 R").text(after).0;
        let Frame { end, body, .. } = frame(&file);
        assert_eq!(body, Body::Encrypted);
        end
    };
    for after in ["", "\n", "\r\n\r\n", "\0", "               "] {
        assert_eq!(file(after), End::Marked, "{after:?}");
    }
    // The line end of the marker itself counts too.
    for (after, bytes) in [
        ("<!-- sent by fax -->".to_owned(), 21),
        ("\0".repeat(16), 17),
        ("\0".repeat(2040), 2041),
        (" ".repeat(80 * 1024), 80 * 1024 + 1),
        ("\0".repeat(200_000), 200_001),
    ] {
        assert_eq!(file(&after), End::Followed { bytes });
    }
}

#[test]
fn an_end_beyond_what_is_searched_is_not_called_missing_from_the_file() {
    let file = File::new("1.4").table(2, "").text(&" ".repeat(300_000)).0;
    let searched = 262_144;
    assert_eq!(frame(&file).end, End::Missing { searched });
    assert!(searched < file.len() as u64);
}
