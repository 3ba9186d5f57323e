//! Conditions of the files in a package and of what refers to them.

use super::*;

#[test]
fn a_package_without_a_document_is_refused() {
    let mut form = java();
    form.files = vec![("manifest.xml", "ID_0")];
    let xml = signatures(&form, &[MANIFEST.as_bytes()]);
    let package = pack(&vec![
        ("manifest.xml".into(), MANIFEST.into()),
        ("META-INF/signatures.xml".into(), xml.into_bytes()),
    ]);
    let error = world().verifier().verify(&package, now()).unwrap_err();
    assert!(matches!(error, VerifyError::NoDocument), "{error:?}");
}

#[test]
fn a_package_without_a_manifest_is_refused() {
    let mut form = java();
    form.files = vec![("one.pdf", "ID_0")];
    let document = pdf(1, 500);
    let xml = signatures(&form, &[&document]);
    let package = pack(&vec![
        ("one.pdf".into(), document),
        ("META-INF/signatures.xml".into(), xml.into_bytes()),
    ]);
    let error = world().verifier().verify(&package, now()).unwrap_err();
    assert!(matches!(error, VerifyError::NoManifest), "{error:?}");
}

#[test]
fn signatures_of_other_names_are_second_signatures() {
    for name in [
        "META-INF/asic-signatures.xml",
        "META-INF/signature.p7s",
        "META-INF/SIGNATURES001.XML",
    ] {
        let mut files = unpack(&small_package());
        files.push((name.into(), Vec::new()));
        let error = world().verifier().verify(&pack(&files), now()).unwrap_err();
        assert!(
            matches!(error, VerifyError::SecondSignature),
            "{name}: {error:?}"
        );
    }
    // Its own name in another case is not its own name.
    let mut files = unpack(&small_package());
    files[3].0 = "META-INF/Signatures.xml".into();
    let error = world().verifier().verify(&pack(&files), now()).unwrap_err();
    assert!(matches!(error, VerifyError::SecondSignature), "{error:?}");
}

#[test]
fn a_file_with_other_contents_is_not_the_missing_one_renamed() {
    let mut form = java();
    form.files = vec![("a.pdf", "ID_0"), ("manifest.xml", "ID_1")];
    let xml = signatures(&form, &[&pdf(1, 500), MANIFEST.as_bytes()]);
    let package = pack(&vec![
        ("b.pdf".to_owned(), pdf(2, 500)),
        ("manifest.xml".into(), MANIFEST.into()),
        ("META-INF/signatures.xml".into(), xml.into_bytes()),
    ]);
    let error = world().verifier().verify(&package, now()).unwrap_err();
    assert!(
        matches!(error, VerifyError::MissingFile { position: 1, .. }),
        "{error:?}"
    );
}

#[test]
fn a_copy_of_another_file_is_no_exchange_of_the_two() {
    let mut form = java();
    form.files = vec![
        ("a.pdf", "ID_0"),
        ("b.pdf", "ID_1"),
        ("manifest.xml", "ID_2"),
    ];
    let (first, second) = (pdf(1, 500), pdf(2, 500));
    let xml = signatures(&form, &[&first, &second, MANIFEST.as_bytes()]);
    let package = pack(&vec![
        ("a.pdf".to_owned(), second.clone()),
        ("b.pdf".to_owned(), second),
        ("manifest.xml".into(), MANIFEST.into()),
        ("META-INF/signatures.xml".into(), xml.into_bytes()),
    ]);
    let error = world().verifier().verify(&package, now()).unwrap_err();
    assert!(
        matches!(error, VerifyError::Document { position: 1, .. }),
        "{error:?}"
    );
}

/// A URI with `+` or `%` names the decoded file and no other: an entry of the raw name is another file,
/// which could be put in its place.
#[test]
fn an_escaped_uri_names_the_decoded_file_only() {
    let mut form = java();
    form.files = vec![("a+b.pdf", "ID_0"), ("manifest.xml", "ID_1")];
    let document = pdf(1, 500);
    let xml = signatures(&form, &[&document, MANIFEST.as_bytes()]);
    let named = |name: &str| {
        let package = pack(&vec![
            (name.to_owned(), document.clone()),
            ("manifest.xml".into(), MANIFEST.into()),
            ("META-INF/signatures.xml".into(), xml.clone().into_bytes()),
        ]);
        world().verifier().verify(&package, now()).map(drop)
    };
    named("a b.pdf").unwrap();
    let error = named("a+b.pdf").unwrap_err();
    assert!(
        matches!(error, VerifyError::RenamedFile { position: 1, .. }),
        "{error:?}"
    );
}

#[test]
fn two_references_to_one_file_are_refused() {
    let mut form = java();
    form.files = vec![
        ("one+%28%C3%B8%29.pdf", "ID_0"),
        ("manifest.xml", "ID_1"),
        ("one%20(ø).pdf", "ID_2"),
    ];
    let document = pdf(1, 500);
    let xml = signatures(&form, &[&document, MANIFEST.as_bytes(), &document]);
    let package = pack(&vec![
        ("one (ø).pdf".into(), document),
        ("manifest.xml".into(), MANIFEST.into()),
        ("META-INF/signatures.xml".into(), xml.into_bytes()),
    ]);
    let error = world().verifier().verify(&package, now()).unwrap_err();
    assert!(
        matches!(
            error,
            VerifyError::SameReference {
                first: 1,
                second: 3,
                ..
            }
        ),
        "{error:?}"
    );
}

/// Of a package that never ends, no more is read than the limit allows.
#[test]
fn a_reader_is_read_up_to_the_limit() {
    struct Endless(u64);
    impl std::io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0 += buffer.len() as u64;
            assert!(self.0 < 64 * 1024 * 1024, "read far beyond the limit");
            buffer.fill(b'P');
            Ok(buffer.len())
        }
    }
    let error = world()
        .verifier()
        .verify_reader(Endless(0), now())
        .unwrap_err();
    assert!(
        matches!(
            error,
            VerifyError::Container {
                source: portal_asice::ArchiveError::TooLarge { .. },
                ..
            }
        ),
        "{error:?}"
    );
}
