//! Building packages.

use std::io::{Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portal_asice::{
    DocumentSource, PackageBuilder, PackageDocument, PackageError, PackageSigner, SignError,
    SignatureInput, SignerError, WriteError,
};
use portal_certificate::Certificate;
use proptest::prelude::*;
use zip::ZipArchive;

use crate::sample_packages::{MANIFEST, name, now, package, params, pdf, small_package, world};

#[test]
fn another_reader_of_zip_files_finds_everything() {
    let bytes = small_package();
    let mut archive = ZipArchive::new(Cursor::new(&bytes)).unwrap();
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    assert_eq!(
        names,
        [
            "one.pdf",
            "two.pdf",
            "manifest.xml",
            "META-INF/signatures.xml"
        ]
    );
    for (name, expected) in [("two.pdf", pdf(2, 60)), ("manifest.xml", MANIFEST.into())] {
        let mut content = Vec::new();
        let mut file = archive.by_name(name).unwrap();
        assert_eq!(
            file.last_modified().unwrap().to_string(),
            "2026-03-01 12:00:00"
        );
        file.read_to_end(&mut content).unwrap();
        assert_eq!(content, expected);
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let documents = [("one.pdf", pdf(1, 40)), ("two.pdf", pdf(2, 60))];
    assert_eq!(package(&documents), package(&documents));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Bytes, files and re-opened sources give the same package, whichever way it is taken.
    #[test]
    fn every_way_of_writing_gives_the_announced_bytes(
        documents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 1..5),
        step in 1usize..4000,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut in_memory = Vec::new();
        let mut builder = PackageBuilder::new(&world().signer).manifest(MANIFEST);
        for (index, bytes) in documents.iter().enumerate() {
            let path = folder.path().join(index.to_string());
            std::fs::write(&path, bytes).unwrap();
            let document = format!("{index}.pdf");
            let source = DocumentSource::file(path);
            builder = builder.document(PackageDocument::pdf(name(&document), source));
            in_memory.push((document, bytes.clone()));
        }
        let borrowed: Vec<(&str, Vec<u8>)> =
            in_memory.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        let built = builder.build(now()).unwrap();
        let expected = package(&borrowed);
        prop_assert_eq!(built.len(), expected.len() as u64);
        let mut written = Vec::new();
        prop_assert_eq!(built.write_to(&mut written).unwrap(), built.len());
        prop_assert!(written == expected);
        let mut reader = built.reader();
        let mut read = Vec::new();
        let mut buffer = vec![0; step];
        loop {
            let count = reader.read(&mut buffer).unwrap();
            if count == 0 {
                break;
            }
            read.extend_from_slice(&buffer[..count]);
        }
        prop_assert!(read == expected);
        prop_assert!(built.in_memory().is_none());
        prop_assert!(built.into_bytes().unwrap() == expected);
        let mut builder = PackageBuilder::new(&world().signer).manifest(MANIFEST);
        for (document, bytes) in in_memory {
            let source = DocumentSource::bytes(bytes);
            builder = builder.document(PackageDocument::pdf(name(&document), source));
        }
        let stretches = builder.build(now()).unwrap().in_memory().unwrap();
        let joined: Vec<u8> = stretches.flat_map(|stretch| stretch.as_ref().to_vec()).collect();
        prop_assert!(joined == expected);
    }
}

#[test]
fn documents_in_files_are_never_in_memory_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut builder = PackageBuilder::new(&world().signer).manifest(MANIFEST);
    for index in 0..20 {
        let path = folder.path().join(index.to_string());
        std::fs::write(&path, vec![index; 500_000]).unwrap();
        let document = name(&format!("{index}.pdf"));
        builder = builder.document(PackageDocument::pdf(document, DocumentSource::file(path)));
    }
    let mut written = 0;
    let used = allocation_counter::measure(|| {
        written = builder
            .build(now())
            .unwrap()
            .write_to(&mut std::io::sink())
            .unwrap();
    });
    assert!(written > 10_000_000);
    assert!(
        used.bytes_max < 1_000_000,
        "{} bytes at most",
        used.bytes_max
    );
}

/// A source that gives something else each time it is opened.
fn changing(versions: &'static [&'static [u8]]) -> DocumentSource {
    let opened = AtomicUsize::new(0);
    DocumentSource::reopen(move || {
        let index = opened
            .fetch_add(1, Ordering::Relaxed)
            .min(versions.len() - 1);
        Ok(Box::new(versions[index]) as Box<dyn Read + Send>)
    })
}

#[test]
fn a_document_that_changed_is_an_error_and_never_a_package() {
    const VERSIONS: [&[&[u8]]; 3] = [
        &[b"before", b"after!"],
        &[b"before", b"before, longer"],
        &[b"before", b"bef"],
    ];
    for versions in VERSIONS {
        let document = PackageDocument::pdf(name("one.pdf"), changing(versions));
        let builder = PackageBuilder::new(&world().signer)
            .manifest(MANIFEST)
            .document(document);
        let built = builder.build(now()).unwrap();
        let mut read = Vec::new();
        let error = built.reader().read_to_end(&mut read).unwrap_err();
        assert!(error.to_string().contains("changed"), "{error}");
        assert!(ZipArchive::new(Cursor::new(read)).is_err());
        assert!(matches!(
            built.into_bytes(),
            Err(WriteError::Changed { position: 1, .. })
        ));
    }
}

/// A source whose second reading fails once and would go on.
struct FailsOnce(AtomicUsize);

impl portal_asice::Reopen for FailsOnce {
    fn open(&self) -> std::io::Result<Box<dyn Read + Send>> {
        struct Broken(u8);
        impl Read for Broken {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                self.0 += 1;
                match self.0 {
                    2 => Err(std::io::ErrorKind::ConnectionReset.into()),
                    1 | 3 => {
                        buffer[..3].copy_from_slice(b"abc");
                        Ok(3)
                    }
                    _ => Ok(0),
                }
            }
        }
        if self.0.fetch_add(1, Ordering::Relaxed) == 0 {
            Ok(Box::new(&b"abcabc"[..]))
        } else {
            Ok(Box::new(Broken(0)))
        }
    }
}

#[test]
fn a_reader_that_failed_does_not_go_on() {
    let sources = [
        DocumentSource::reopen(FailsOnce(AtomicUsize::new(0))),
        changing(&[b"abcabc", b"abcabd"]),
        changing(&[b"abcabc", b"abcabcd"]),
    ];
    for source in sources {
        let document = PackageDocument::pdf(name("one.pdf"), source);
        let builder = PackageBuilder::new(&world().signer)
            .manifest(MANIFEST)
            .document(document);
        let mut reader = builder.build(now()).unwrap().into_reader();
        let first = std::io::copy(&mut reader, &mut std::io::sink()).unwrap_err();
        for _ in 0..3 {
            let again = reader.read(&mut [0; 100]).unwrap_err();
            assert_eq!(again.to_string(), first.to_string());
        }
        let mut rest = Vec::new();
        assert!(reader.read_to_end(&mut rest).is_err());
        assert!(rest.is_empty());
    }
}

#[test]
fn what_is_missing_or_there_twice_is_said() {
    let document = |document: &str| {
        PackageDocument::pdf(name(document), DocumentSource::bytes(b"%PDF-".as_slice()))
    };
    let builder = || PackageBuilder::new(&world().signer);
    let error = |builder: PackageBuilder<'_>| builder.build(now()).unwrap_err();
    assert!(matches!(
        error(builder().document(document("a.pdf"))),
        PackageError::NoManifest
    ));
    assert!(matches!(
        error(builder().manifest(MANIFEST)),
        PackageError::NoDocument
    ));
    let twice = builder().manifest(MANIFEST);
    let twice = twice
        .document(document("a.pdf"))
        .document(document("b.pdf"));
    let twice = twice.document(document("A.PDF"));
    assert!(matches!(
        error(twice),
        PackageError::SameName {
            first: 1,
            second: 3,
            ..
        }
    ));
    let gone = PackageDocument::pdf(name("a.pdf"), DocumentSource::file("/nonexistent/a.pdf"));
    let gone = builder().manifest(MANIFEST).document(gone);
    assert!(matches!(
        error(gone),
        PackageError::Read { position: 1, .. }
    ));
}

/// A key that is kept elsewhere.
struct Elsewhere {
    chain: Vec<Certificate>,
    response: Result<Vec<u8>, &'static str>,
}

impl PackageSigner for Elsewhere {
    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    fn sign(&self, _: &SignatureInput<'_>) -> Result<Vec<u8>, SignerError> {
        self.response.clone().map_err(SignerError::new)
    }
}

fn sign_error(signer: &dyn PackageSigner) -> SignError {
    let document = PackageDocument::pdf(
        name("a.pdf"),
        DocumentSource::bytes(Arc::<[u8]>::from(*b"%PDF")),
    );
    match PackageBuilder::new(signer)
        .manifest(MANIFEST)
        .document(document)
        .build(now())
    {
        Err(PackageError::Sign { source, .. }) => source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_signer_of_the_callers_is_checked() {
    let chain = world().sender.chain().to_vec();
    let wrong = Elsewhere {
        chain: chain.clone(),
        response: Ok(vec![7; 256]),
    };
    assert!(matches!(sign_error(&wrong), SignError::WrongSignature));
    let failing = Elsewhere {
        chain,
        response: Err("the vault is locked"),
    };
    assert!(matches!(
        sign_error(&failing),
        SignError::PackageSigner { .. }
    ));
    let none = Elsewhere {
        chain: Vec::new(),
        response: Ok(Vec::new()),
    };
    assert!(matches!(sign_error(&none), SignError::NoCertificate));
}

#[test]
fn keys_that_the_service_refuses_are_refused_here() {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = params("Example AS").self_signed(&key).unwrap();
    let chain = vec![Certificate::from_der(certificate.der().to_vec()).unwrap()];
    let signer = Elsewhere {
        chain,
        response: Ok(Vec::new()),
    };
    assert!(matches!(sign_error(&signer), SignError::NotRsa));
}

/// The signature document, with what comes of the key put aside.
#[test]
fn the_signature_document_as_it_is_written() {
    use base64::Engine as _;
    let files = crate::sample_packages::unpack(&small_package());
    let mut text = String::from_utf8(files[3].1.clone()).unwrap();
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    for (index, der) in world().sender.chain_der().enumerate() {
        text = text.replace(&base64(der), &format!("[certificate {index}]"));
    }
    text = text.replace(
        &base64(&world().sender.leaf().sha1()),
        "[SHA-1 of certificate 0]",
    );
    for (element, mask) in [
        ("SignatureValue", "[signature]"),
        ("DigestValue", "[digest]"),
    ] {
        let (start, end) = (format!("<{element}>"), format!("</{element}>"));
        // The last of each depends on the key: the value, and the signed properties' digest.
        let from = text.rfind(&start).unwrap() + start.len();
        let to = from + text[from..].find(&end).unwrap();
        text.replace_range(from..to, mask);
    }
    // One element a line, for people's eyes.
    insta::assert_snapshot!(text.replace("><", ">\n<"));
}
