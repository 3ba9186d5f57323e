//! The documents are read back with the library that wrote them, and their signature by code of the
//! tests' own and by other programs where those are installed.

mod reader;
mod signature;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::Timestamp;
use lopdf::{Document, Object, dictionary};

use super::signed::BANNER;
use super::{Attachment, DocumentDefect, Original, SignatureLine, SignedDocument, sample_pdf};
use crate::certificates::{Authority, DocumentSigning, Validity};

/// Eight in the morning, 1 March 2026.
const SIGNED_AT: Timestamp = Timestamp::constant(1_772_352_000, 0);

static SIGNING: LazyLock<DocumentSigning> = LazyLock::new(|| {
    let validity = Validity::around(SIGNED_AT).spanning(Validity::around(Timestamp::now()));
    let authority = Authority::new(validity).unwrap();
    authority.document_signing(validity, 0).unwrap()
});

fn pdf<'a>(title: &'a str, bytes: &'a [u8]) -> Original<'a> {
    Original {
        title,
        is_text: false,
        bytes,
    }
}

fn signed(documents: Vec<Original<'_>>) -> Vec<u8> {
    broken(documents, None)
}

fn broken(documents: Vec<Original<'_>>, defect: Option<DocumentDefect>) -> Vec<u8> {
    sealed_by(&SIGNING, documents, defect)
}

fn sealed_by(
    signing: &DocumentSigning,
    documents: Vec<Original<'_>>,
    defect: Option<DocumentDefect>,
) -> Vec<u8> {
    SignedDocument {
        title: "Leieavtale for båtplass",
        job: "7".to_owned(),
        sender: "123456789",
        signatures: vec![SignatureLine {
            signer: "Sandbox signer 1, 12345678910".to_owned(),
            when: SIGNED_AT,
        }],
        documents,
        attachments: vec![Attachment {
            name: "xades-1.xml".to_owned(),
            xml: b"<signature/>".to_vec(),
        }],
        defect,
    }
    .to_pdf(signing)
    .unwrap()
}

/// The service's own sample documents, where they are at hand.
fn samples_of_the_service() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/pdf");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: no {}", folder.display());
        return Vec::new();
    };
    files.map(|file| file.unwrap().path()).collect()
}

fn text_of(pdf: &Document, page: u32) -> String {
    pdf.extract_text(&[page]).unwrap()
}

#[test]
fn a_sample_has_its_title_and_its_text_over_as_many_pages_as_it_takes() {
    let paragraph = "The quick brown fox jumps over the lazy dog. ".repeat(20);
    let bytes = sample_pdf("Ærlig avtale", &[paragraph.as_str(); 12]);
    let read = Document::load_mem(&bytes).unwrap();
    assert!(bytes.starts_with(b"%PDF-1.4"));
    assert!(read.get_pages().len() > 1);
    assert!(text_of(&read, 1).starts_with("Ærlig avtale"));
    assert_eq!(bytes, sample_pdf("Ærlig avtale", &[paragraph.as_str(); 12]));
}

#[test]
fn a_signed_document_is_a_front_page_and_all_pages_of_all_documents() {
    let first = sample_pdf("First", &["One."]);
    let second = sample_pdf("Second", &["Two. "; 80]);
    let pages = Document::load_mem(&second).unwrap().get_pages().len();
    let bytes = signed(vec![pdf("First", &first), pdf("Second", &second)]);
    let read = Document::load_mem(&bytes).unwrap();
    assert_eq!(read.get_pages().len(), 2 + pages);
    let front = text_of(&read, 1);
    for expected in [
        BANNER,
        "Leieavtale for båtplass",
        "Sandbox signer 1, 12345678910",
        "Signed at 2026-03-01T08:00:00Z",
        "1. First",
        "2. Second",
    ] {
        assert!(front.contains(expected), "{expected} not in {front}");
    }
    assert!(text_of(&read, 2).contains("One."));
    assert!(text_of(&read, 3).contains("Second"));
    assert_eq!(
        bytes,
        signed(vec![pdf("First", &first), pdf("Second", &second)])
    );
}

#[test]
fn pages_with_binary_data_are_kept() {
    let mut source = Document::load_mem(&sample_pdf("Scanned", &[])).unwrap();
    let image: Vec<u8> = (0..=255).cycle().take(20_000).collect();
    let page = source.get_pages()[&1];
    let added = lopdf::Stream::new(
        dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 200, "Height" => 100,
            "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8,
        },
        image.clone(),
    );
    let added = source.add_object(added);
    source.add_xobject(page, "Im1", added).unwrap();
    let mut bytes = Vec::new();
    source.save_to(&mut bytes).unwrap();

    let signed = signed(vec![pdf("Scanned", &bytes)]);
    assert!(memchr::memmem::find(&signed, &image).is_some());
    let read = Document::load_mem(&signed).unwrap();
    assert!(!text_of(&read, 2).contains("could not read"));
}

#[test]
fn what_pages_inherit_goes_with_them() {
    let mut source = Document::load_mem(&sample_pdf("Inherits", &[])).unwrap();
    let page = source.get_pages()[&1];
    let page = source.get_object_mut(page).unwrap().as_dict_mut().unwrap();
    let resources = page.remove(b"Resources").unwrap();
    page.remove(b"MediaBox");
    let parent = page.get(b"Parent").unwrap().as_reference().unwrap();
    let parent = source
        .get_object_mut(parent)
        .unwrap()
        .as_dict_mut()
        .unwrap();
    parent.set("Resources", resources);
    parent.set("Rotate", 90);
    let mut bytes = Vec::new();
    source.save_to(&mut bytes).unwrap();

    let read = Document::load_mem(&signed(vec![pdf("Inherits", &bytes)])).unwrap();
    let page = read.get_dictionary(read.get_pages()[&2]).unwrap();
    assert_eq!(page.get(b"Rotate").unwrap(), &Object::Integer(90));
    assert!(page.has(b"Resources") && page.has(b"MediaBox"));
    assert!(text_of(&read, 2).contains("Inherits"));
}

#[test]
fn a_document_that_cannot_be_read_is_left_out_and_said_so() {
    let good = sample_pdf("Good", &[]);
    let mut encrypted = Document::load_mem(&good).unwrap();
    encrypted
        .trailer
        .set("Encrypt", dictionary! { "Filter" => "Standard" });
    let mut locked = Vec::new();
    encrypted.save_to(&mut locked).unwrap();
    for bad in [b"%PDF-1.4\nnothing\n%%EOF".as_slice(), &locked] {
        let read = Document::load_mem(&signed(vec![pdf("Bad", bad), pdf("Good", &good)])).unwrap();
        assert_eq!(read.get_pages().len(), 3);
        assert!(text_of(&read, 2).contains("could not read"));
        assert!(text_of(&read, 3).contains("Good"));
    }
}

#[test]
fn a_plain_text_is_set_on_pages() {
    let text = Original {
        title: "Rules of the house",
        is_text: true,
        bytes: "No noise after eleven.\n\nNo smoking; blåbær is allowed.\n".as_bytes(),
    };
    let read = Document::load_mem(&signed(vec![text])).unwrap();
    assert_eq!(read.get_pages().len(), 2);
    for expected in ["Rules of the house", "No noise", "blåbær"] {
        assert!(text_of(&read, 2).contains(expected));
    }
}

#[test]
fn the_services_sample_documents_are_taken_whole() {
    for path in samples_of_the_service() {
        let bytes = std::fs::read(&path).unwrap();
        let pages = Document::load_mem(&bytes).unwrap().get_pages().len();
        let read = Document::load_mem(&signed(vec![pdf("Sample", &bytes)])).unwrap();
        assert_eq!(read.get_pages().len(), pages + 1, "{}", path.display());
    }
}

#[test]
fn every_page_has_a_footer_and_the_signature_documents_are_attached() {
    let first = sample_pdf("First", &["One."]);
    let text = Original {
        title: "Text",
        is_text: true,
        bytes: b"Some text.",
    };
    let bytes = signed(vec![pdf("First", &first), text]);
    let read = Document::load_mem(&bytes).unwrap();
    for page in read.get_pages().into_keys() {
        let text = text_of(&read, page);
        let footer = format!("{BANNER}. Signed by Sandbox signer 1, 12345678910 (2026-03-01");
        assert!(text.contains(&footer), "{page}: {text}");
    }
    let names = read.catalog().unwrap().get(b"Names").unwrap();
    let files = names.as_dict().unwrap().get(b"EmbeddedFiles").unwrap();
    let files = files.as_dict().unwrap().get(b"Names").unwrap();
    let [name, file] = &files.as_array().unwrap()[..] else {
        panic!("not one attachment");
    };
    assert_eq!(name.as_str().unwrap(), b"xades-1.xml");
    let file = read.dereference(file).unwrap().1.as_dict().unwrap();
    let stream = file
        .get(b"EF")
        .unwrap()
        .as_dict()
        .unwrap()
        .get(b"F")
        .unwrap();
    let stream = read.dereference(stream).unwrap().1.as_stream().unwrap();
    let content = stream.get_plain_content().unwrap();
    assert_eq!(content, b"<signature/>");
}

/// Turned pages, pages that share their resources, and one that does not restore its state.
#[test]
fn the_footer_stands_at_the_foot_of_turned_pages() {
    for turned in [0, 90, 180, 270] {
        let mut source = Document::load_mem(&sample_pdf("Turned", &["One."])).unwrap();
        let page = source.get_pages()[&1];
        let dictionary = source.get_object_mut(page).unwrap().as_dict_mut().unwrap();
        dictionary.set("Rotate", turned);
        let mut bytes = Vec::new();
        source.save_to(&mut bytes).unwrap();
        let read = Document::load_mem(&signed(vec![pdf("Turned", &bytes)])).unwrap();
        assert!(text_of(&read, 2).contains(BANNER), "{turned}");
    }
}
