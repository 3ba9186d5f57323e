//! Containers that are refused before anything is unpacked, and those of other writers.

use std::io::{Cursor, Write as _};

use portal_asice::{ArchiveError, Limits, VerifyError};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::sample_packages::{
    Files, now, pack, package, pdf, refusal, small_package, unpack, world,
};

fn container_error(package: &[u8]) -> ArchiveError {
    match refusal(package) {
        VerifyError::Container { source, .. } => source,
        other => panic!("{other:?}"),
    }
}

/// Packs as a writer does that can't go back: lengths in data descriptors after the bytes.
pub(crate) fn stream(files: &Files, method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new_stream(Vec::new());
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in files {
        writer.start_file(name.as_str(), options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn deflated(files: &Files) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        writer.start_file(name.as_str(), options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn deflate_and_data_descriptors_are_accepted() {
    let files = unpack(&package(&[
        ("one.pdf", vec![7; 100_000]),
        ("empty.pdf", Vec::new()),
    ]));
    for package in [
        deflated(&files),
        stream(&files, CompressionMethod::Deflated),
        pack(&files),
    ] {
        let verified = world().verifier().verify(&package, now()).unwrap();
        assert_eq!(verified.documents()[0].bytes(), [7; 100_000]);
        assert!(verified.documents()[1].bytes().is_empty());
    }
}

#[test]
fn packages_that_unpack_to_too_much_are_refused() {
    let mut files = unpack(&small_package());
    files[0].1 = vec![0; 20 * 1024 * 1024];
    files[1].1 = vec![0; 20 * 1024 * 1024];
    let error = container_error(&pack(&files));
    assert!(
        matches!(error, ArchiveError::TooLarge { limit, .. } if limit == 16 * 1024 * 1024),
        "{error:?}"
    );
    let verify = |limits: Limits, package: &[u8]| match world()
        .verifier()
        .limits(limits)
        .verify(package, now())
    {
        Err(VerifyError::Container { source, .. }) => source,
        other => panic!("{other:?}"),
    };
    assert!(matches!(
        verify(Limits::default(), &deflated(&files)),
        ArchiveError::UnpackedTooLarge {
            limit: 0x200_0000,
            ..
        }
    ));
    let many = (0..65)
        .map(|index| (format!("{index}.pdf"), Vec::new()))
        .collect();
    assert!(matches!(
        container_error(&pack(&many)),
        ArchiveError::TooManyFiles { limit: 64, .. }
    ));
}

#[test]
fn a_length_that_lies_is_noticed() {
    // The packed bytes of the first file unpack to more than both headers say.
    let mut files = unpack(&small_package());
    files[0].1 = vec![1; 1000];
    let mut package = deflated(&files);
    let directory = package
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .unwrap();
    for at in [22, directory + 24] {
        package[at..at + 4].copy_from_slice(&999u32.to_le_bytes());
    }
    assert!(matches!(
        container_error(&package),
        ArchiveError::Length { position: 1, .. }
    ));
}

#[test]
fn names_that_are_paths_are_refused() {
    for bad in [
        "../a.pdf",
        "/a.pdf",
        "a/b.pdf",
        "a\\b.pdf",
        "C:a.pdf",
        ".a.pdf",
        "a\u{202e}fdp.exe",
        "a\nb",
        "a\u{200b}b.pdf",
        "\u{feff}a.pdf",
        "con.pdf",
        "Lpt1.txt",
        "a.pdf.",
        "a.pdf ",
        "a%2fb.pdf",
        "Mimetype",
        "MANIFEST.xml",
        "META-INF/../a.pdf",
        "META-INF/.a",
    ] {
        let mut files = unpack(&small_package());
        // Through the backdoor: writers of ZIP files correct such names.
        files[1].0 = "x".repeat(bad.len());
        let mut package = pack(&files);
        let placeholder = files[1].0.as_bytes().to_vec();
        let places: Vec<usize> = (0..package.len() - bad.len())
            .filter(|at| package[*at..].starts_with(&placeholder))
            .collect();
        assert_eq!(places.len(), 2);
        for at in places {
            package[at..at + bad.len()].copy_from_slice(bad.as_bytes());
        }
        assert!(
            matches!(
                container_error(&package),
                ArchiveError::Name { position: 2, .. }
            ),
            "{bad:?}"
        );
    }
}

#[test]
fn the_same_name_twice_is_refused() {
    let mut files = unpack(&small_package());
    files[1].0 = "ONE.pdf".into();
    for (one, other) in [
        ("one.pdf", "ONE.pdf"),
        ("\u{e5}.pdf", "a\u{30a}.pdf"),
        ("STRASSE.pdf", "straße.pdf"),
    ] {
        files[0].0 = one.into();
        files[1].0 = other.into();
        let error = container_error(&pack(&files));
        assert!(matches!(
            error,
            ArchiveError::SameName {
                first: 1,
                second: 2,
                ..
            }
        ));
    }
}

/// White scans and repeated text: deflate gets to a thousandth, and the unpacked size is the bound.
#[test]
fn legal_documents_may_be_compressed_by_any_ratio() {
    let mut scan = b"%PDF-1.7\n".to_vec();
    scan.resize(9 * 1024 * 1024, 0);
    let files = unpack(&package(&[("one.pdf", scan.clone())]));
    let package = deflated(&files);
    assert!(package.len() * 500 < scan.len());
    let verified = world().verifier().verify(&package, now()).unwrap();
    assert!(verified.documents()[0].bytes() == scan);
}

/// A reader that goes from start to end would find another file than one that goes by the directory.
#[test]
fn stored_files_with_their_length_behind_them_are_refused() {
    let files = unpack(&small_package());
    let error = container_error(&stream(&files, CompressionMethod::Stored));
    assert!(
        matches!(error, ArchiveError::Unsupported { position: 1, .. }),
        "{error:?}"
    );
}

/// Adds an extra field to both headers of the first file.
fn with_extra_field(package: &[u8], field: &[u8]) -> Vec<u8> {
    let mut package = package.to_vec();
    let length = u16::try_from(field.len()).unwrap().to_le_bytes();
    let name_length = usize::from(package[26]);
    let directory = package
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .unwrap();
    // From the back to the front, so that places stay as they are.
    let end = package.len() - 22;
    let size = u32::from_le_bytes(package[end + 12..end + 16].try_into().unwrap());
    let grown = u32::try_from(field.len()).unwrap();
    package[end + 12..end + 16].copy_from_slice(&(size + grown).to_le_bytes());
    let start = u32::try_from(directory).unwrap() + grown;
    package[end + 16..end + 20].copy_from_slice(&start.to_le_bytes());
    let mut at = directory;
    let mut first = true;
    while package[at..].starts_with(b"PK\x01\x02") {
        if !first {
            let offset = u32::from_le_bytes(package[at + 42..at + 46].try_into().unwrap());
            package[at + 42..at + 46].copy_from_slice(&(offset + grown).to_le_bytes());
        }
        first = false;
        let part = |at: usize| usize::from(u16::from_le_bytes([package[at], package[at + 1]]));
        at += 46 + part(at + 28) + part(at + 30);
    }
    package[directory + 30..directory + 32].copy_from_slice(&length);
    package.splice(
        directory + 46 + name_length..directory + 46 + name_length,
        field.iter().copied(),
    );
    package[28..30].copy_from_slice(&length);
    package.splice(30 + name_length..30 + name_length, field.iter().copied());
    package
}

#[test]
fn only_known_extra_fields_are_accepted() {
    let verify = |field: &[u8]| {
        world()
            .verifier()
            .verify(&with_extra_field(&small_package(), field), now())
    };
    assert!(verify(b"").is_ok());
    // When the file was changed, and Java's mark.
    assert!(verify(b"UT\x05\x00\x01\x00\x00\x00\x00").is_ok());
    assert!(verify(b"\xfe\xca\x00\x00").is_ok());
    for field in [
        &b"\x01\x00\x08\x00\x01\x00\x00\x00\x00\x00\x00\x00"[..],
        b"\x75\x70\x06\x00\x01\x00\x00\x00\x00x",
        b"\x01\x99\x00\x00",
        b"zz\x04\x00data",
        b"\xfe\xca\x00\x00zz\x00\x00",
    ] {
        let Err(VerifyError::Container { source, .. }) = verify(field) else {
            panic!("{field:?}");
        };
        assert!(
            matches!(source, ArchiveError::Unsupported { position: 1, .. }),
            "{field:?}"
        );
    }
    // One that says to be longer than it is.
    assert!(verify(b"UT\x06\x00\x01\x00\x00\x00\x00").is_err());
}

/// The standard has an entry that states the container's type, first and unsigned.
#[test]
fn the_containers_type_need_not_be_signed() {
    let container_type = b"application/vnd.etsi.asic-e+zip".to_vec();
    let with = |place: usize, content: Vec<u8>| {
        let mut files = unpack(&small_package());
        files.insert(place, ("mimetype".into(), content));
        world().verifier().verify(&pack(&files), now())
    };
    let verified = with(0, container_type.clone()).unwrap();
    assert_eq!(verified.documents().len(), 2);
    assert_eq!(verified.documents()[0].reveal_name(), "one.pdf");
    for (place, content) in [
        (1, container_type.clone()),
        (0, b"application/zip".to_vec()),
        (0, [&container_type[..], b"\n"].concat()),
        (0, Vec::new()),
    ] {
        let error = with(place, content).unwrap_err();
        let expected = place + 1;
        assert!(
            matches!(error, VerifyError::ContainerType { position , .. } if position == expected),
            "{error:?}"
        );
    }
}

#[test]
fn bytes_that_belong_to_no_file_are_refused() {
    let package = small_package();
    let mut before = b"#!/bin/sh\n".to_vec();
    before.extend_from_slice(&package);
    assert!(matches!(container_error(&before), ArchiveError::NotZip));
    let mut after = package.clone();
    after.push(0);
    assert!(matches!(
        container_error(&after),
        ArchiveError::TrailingBytes
    ));
    // A gap before the directory.
    let directory = package
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .unwrap();
    let mut gap = package[..directory].to_vec();
    gap.extend_from_slice(b"hidden");
    gap.extend_from_slice(&package[directory..]);
    let start = gap.len() - 6;
    let moved = u32::try_from(directory + 6).unwrap();
    gap[start..start + 4].copy_from_slice(&moved.to_le_bytes());
    assert!(matches!(
        container_error(&gap),
        ArchiveError::Layout { position: 4, .. }
    ));
}

#[test]
fn a_document_that_holds_a_zip_file_is_no_matter() {
    let inner = pack(&vec![("inner.pdf".into(), pdf(1, 10))]);
    let package = package(&[("one.pdf", inner.clone())]);
    let verified = world().verifier().verify(&package, now()).unwrap();
    assert_eq!(verified.documents()[0].bytes(), inner);
}
