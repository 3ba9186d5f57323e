//! The signature covers every byte but its own, holds, and breaks with any of them.

use std::path::Path;
use std::process::Command;

use lopdf::Document;
use proptest::prelude::*;

use super::reader::{read, verify};
use super::{
    DocumentDefect, Original, SIGNING, broken, pdf, sample_pdf, samples_of_the_service, signed,
};

#[test]
fn it_covers_all_of_the_file_but_itself() {
    let sample = sample_pdf("Contract", &["One."]);
    let bytes = signed(vec![pdf("Contract", &sample)]);
    let read = read(&bytes).unwrap();
    let [before, after] = read.covered;
    assert_eq!([before, read.between, after].concat(), bytes);
    assert!(before.ends_with(b"/Contents"));
    assert!(after.ends_with(b"%%EOF"));
    // No byte of the room is left over.
    assert!(!read.cms.ends_with(&[0, 0]));
}

#[test]
fn the_certificate_says_that_it_is_nobodys() {
    let sample = sample_pdf("Contract", &[]);
    let certificate = verify(&signed(vec![pdf("Contract", &sample)])).unwrap();
    let subject = certificate.tbs_certificate().subject().to_string();
    assert_eq!(
        subject,
        "CN=Portal Sandbox Document Seal,O=SANDBOX - NO LEGAL EFFECT,C=NO"
    );
    let [seal, issuer] = SIGNING.seal() else {
        panic!("not two certificates")
    };
    assert!(seal.is_issued_by(issuer));
    assert_eq!(seal.key_usages(), ["digitalSignature", "nonRepudiation"]);
}

/// Whatever a reader may find signed has no signing time: PAdES has it in the PDF.
#[test]
fn the_time_stands_in_the_dictionary() {
    let bytes = signed(vec![]);
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("/M(D:20260301080000Z)"));
    let signing_time = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 5];
    let cms = read(&bytes).unwrap().cms;
    assert!(memchr::memmem::find(&cms, &signing_time).is_none());
}

#[test]
fn any_other_byte_in_the_covered_part_breaks_it() {
    let sample = sample_pdf("Contract", &["One."]);
    let mut bytes = signed(vec![pdf("Contract", &sample)]);
    let dictionary = memchr::memmem::rfind(&bytes, b"/Type/Sig").unwrap();
    let contents = read(&bytes).unwrap().covered[0].len();
    let behind = contents + read(&bytes).unwrap().between.len();
    assert!(dictionary < contents);
    let covered = (0..dictionary).step_by(11);
    let covered = covered
        .chain(dictionary..contents)
        .chain(behind..bytes.len());
    for at in covered {
        bytes[at] ^= 1;
        assert!(verify(&bytes).is_err(), "byte {at}");
        bytes[at] ^= 1;
    }
    assert!(verify(&bytes).is_ok());
}

/// A document of some kind.
fn original() -> impl Strategy<Value = (bool, Vec<u8>)> {
    let sample = (0..40_usize, b'0'..=b'7').prop_map(|(paragraphs, minor)| {
        let paragraph = "The quick brown fox jumps over the lazy dog. ".repeat(9);
        let mut pdf = sample_pdf("Sample", &vec![paragraph.as_str(); paragraphs]);
        pdf[b"%PDF-1.".len()] = minor;
        pdf
    });
    prop_oneof![
        sample.clone().prop_map(|pdf| (false, pdf)),
        // Objects and their table in compressed streams, as PDF has them since 1.5.
        sample.clone().prop_map(|pdf| {
            let mut streams = Vec::new();
            let mut read = Document::load_mem(&pdf).unwrap();
            read.save_modern(&mut streams).unwrap();
            (false, streams)
        }),
        // Signed by the sandbox already.
        sample.prop_map(|sample| (false, signed(vec![pdf("Inner", &sample)]))),
        "[ -~\n]{0,4000}".prop_map(|text| (true, text.into_bytes())),
        // As much like a signature as a document may be.
        Just((true, b"/ByteRange[0 9999999999] /Contents<00>".to_vec())),
        proptest::collection::vec(any::<u8>(), 0..100).prop_map(|bytes| (false, bytes)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn it_holds_over_documents_of_all_kinds(
        documents in proptest::collection::vec(original(), 0..5),
        flip in any::<prop::sample::Index>(),
    ) {
        let originals: Vec<_> = documents
            .iter()
            .map(|(is_text, bytes)| Original { title: "A title", is_text: *is_text, bytes })
            .collect();
        let mut bytes = signed(originals.clone());
        prop_assert!(verify(&bytes).is_ok());
        prop_assert_eq!(&bytes, &signed(originals));
        let again = Document::load_mem(&bytes).unwrap();
        prop_assert!(again.get_pages().len() > documents.len());
        let at = flip.index(read(&bytes).unwrap().covered[0].len());
        bytes[at] ^= 0x20;
        prop_assert!(verify(&bytes).is_err());
    }
}

/// Runs a program in a folder: whether it was content, and what it said; `None` where there is none.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    let Ok(output) = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
    else {
        println!("skipped: no {program} on this machine");
        return None;
    };
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    Some((output.status.success(), said))
}

/// Has the programs that are installed judge a signed document.
fn judge(name: &str, bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let read = read(bytes).unwrap();
    std::fs::write(folder.join("signed.pdf"), bytes).unwrap();
    std::fs::write(folder.join("signature.der"), &read.cms).unwrap();
    std::fs::write(folder.join("covered"), read.covered.concat()).unwrap();
    if let Some((_, said)) = run(folder, "pdfsig", &["signed.pdf"]) {
        for expected in [
            "Signature #1",
            "ETSI.CAdES.detached",
            "Signing Hash Algorithm: SHA-256",
            "Total document signed",
            "Signature is Valid.",
            "Certificate issuer is unknown.",
        ] {
            assert!(said.contains(expected), "{name}: {said}");
        }
        assert!(!said.contains("Signature #2"), "{name}: {said}");
    }
    if let Some((content, said)) = run(folder, "qpdf", &["--check", "signed.pdf"]) {
        assert!(content, "{name}: {said}");
    }
    let openssl = [
        "cms",
        "-verify",
        "-binary",
        "-noverify",
        "-inform",
        "DER",
        "-in",
        "signature.der",
        "-content",
        "covered",
        "-out",
        "content",
    ];
    if let Some((content, said)) = run(folder, "openssl", &openssl) {
        assert!(content, "{name}: {said}");
        std::fs::write(folder.join("covered"), [read.covered[0], b" "].concat()).unwrap();
        let (content, _) = run(folder, "openssl", &openssl).unwrap();
        assert!(!content);
    }
}

#[test]
fn other_programs_find_it_valid() {
    let sample = sample_pdf("Contract", &["One."]);
    judge("one document", &signed(vec![pdf("Contract", &sample)]));
    let inner = signed(vec![pdf("Contract", &sample)]);
    let text = Original {
        title: "Text",
        is_text: true,
        bytes: b"Some text.",
    };
    let all = vec![
        pdf("Signed before", &inner),
        text,
        pdf("Bad", b"%PDF-1.4\n%%EOF"),
    ];
    judge("all kinds", &signed(all));
    for path in samples_of_the_service() {
        let bytes = std::fs::read(&path).unwrap();
        judge(
            &path.display().to_string(),
            &signed(vec![pdf("Sample", &bytes)]),
        );
    }
}

#[test]
fn it_is_a_certification_that_allows_no_change() {
    let sample = sample_pdf("Contract", &["One."]);
    let bytes = signed(vec![pdf("Contract", &sample)]);
    let read = Document::load_mem(&bytes).unwrap();
    let permissions = read.catalog().unwrap().get(b"Perms").unwrap();
    let certification = permissions.as_dict().unwrap().get(b"DocMDP").unwrap();
    let signature = read
        .dereference(certification)
        .unwrap()
        .1
        .as_dict()
        .unwrap();
    let reference = signature.get(b"Reference").unwrap().as_array().unwrap();
    let reference = reference[0].as_dict().unwrap();
    let parameters = reference.get(b"TransformParams").unwrap();
    let level = parameters.as_dict().unwrap().get(b"P").unwrap();
    assert_eq!(level.as_i64().unwrap(), 1);
}

#[test]
fn each_defect_is_what_it_says() {
    let sample = sample_pdf("Contract", &["One."]);
    let sound = signed(vec![pdf("Contract", &sample)]);

    let changed = broken(
        vec![pdf("Contract", &sample)],
        Some(DocumentDefect::ByteChanged),
    );
    assert!(verify(&changed).is_err());
    let differing = sound.iter().zip(&changed).filter(|(a, b)| a != b);
    assert_eq!((differing.count(), sound.len()), (1, changed.len()));

    let defect = Some(DocumentDefect::AppendedUpdate);
    let updated = broken(vec![pdf("Contract", &sample)], defect);
    assert!(updated.starts_with(&sound) && updated.len() > sound.len());
    // The signature holds over what it covers.
    let covered = read(&updated).unwrap().covered;
    assert!(verify(&updated[..sound.len()]).is_ok());
    assert!(covered[0].len() + covered[1].len() < updated.len());
    let read = Document::load_mem(&updated).unwrap();
    assert_eq!(read.get_pages().len(), 2);
    assert!(
        !read
            .extract_text(&[1])
            .unwrap()
            .contains("Signed by Sandbox signer")
    );
}

#[test]
fn another_seal_is_another_certificate_that_holds_too() {
    let other = SIGNING.with_other_seal().unwrap();
    assert_ne!(other.seal()[0].sha256(), SIGNING.seal()[0].sha256());
    assert!(other.seal()[0].is_issued_by(&other.seal()[1]));
    let sealed = super::sealed_by(&other, vec![], None);
    let certificate = verify(&sealed).unwrap();
    let subject = certificate.tbs_certificate().subject().to_string();
    assert!(subject.contains("Other Seal"), "{subject}");
}

/// What pyHanko says of `signed.pdf`: whether the digest holds, what the signature covers, and what was
/// changed later, where it may be.
const PYHANKO: &str = "
import logging
logging.disable(logging.CRITICAL)
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
reader = PdfFileReader(open('signed.pdf', 'rb'))
[signature] = reader.embedded_signatures
status = validate_pdf_signature(signature, ValidationContext(allow_fetching=False))
print(status.intact, status.valid, status.coverage.name, status.modification_level.name,
      signature.docmdp_level.name)
";

#[test]
fn pyhanko_agrees_with_what_is_said_of_each() {
    // A folder with Python and pyHanko, such as a virtual environment's `bin`.
    let tools = std::env::var("PORTAL_PYTHON").ok();
    let python = tools.map_or("python3".to_owned(), |tools| format!("{tools}/python3"));
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let installed = run(folder, &python, &["-c", "import pyhanko"]);
    if !installed.is_some_and(|(found, _)| found) {
        println!("skipped: no pyHanko on this machine");
        return;
    }
    let sample = sample_pdf("Contract", &["One."]);
    for (defect, expected) in [
        (None, "True True ENTIRE_FILE NONE NO_CHANGES"),
        (
            Some(DocumentDefect::ByteChanged),
            "False True ENTIRE_FILE NONE NO_CHANGES",
        ),
        (
            Some(DocumentDefect::AppendedUpdate),
            "True True ENTIRE_REVISION OTHER NO_CHANGES",
        ),
    ] {
        let bytes = broken(vec![pdf("Contract", &sample)], defect);
        std::fs::write(folder.join("signed.pdf"), bytes).unwrap();
        let (_, said) = run(folder, &python, &["-c", PYHANKO]).unwrap();
        assert!(said.contains(expected), "{defect:?}: {said}");
    }
}
