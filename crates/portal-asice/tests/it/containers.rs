//! Containers that are refused before anything is unpacked, and those of other writers.

use std::io::{Cursor, Write as _};

use portal_asice::{ArchiveError, Limits, VerifyError};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::made::{Files, now, pack, package, pdf, refusal, small_package, unpack, world};

fn container_error(package: &[u8]) -> ArchiveError {
    match refusal(package) {
        VerifyError::Container { source } => source,
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
fn bombs_are_refused_before_they_are_unpacked() {
    let mut files = unpack(&small_package());
    files[0].1 = vec![0; 20 * 1024 * 1024];
    assert!(matches!(
        container_error(&deflated(&files)),
        ArchiveError::Ratio {
            position: 1,
            limit: 200
        }
    ));
    files[1].1 = vec![0; 20 * 1024 * 1024];
    assert_eq!(
        container_error(&pack(&files)),
        ArchiveError::TooLarge {
            limit: 16 * 1024 * 1024
        }
    );
    let verify = |limits: Limits, package: &[u8]| match world()
        .verifier()
        .limits(limits)
        .verify(package, now())
    {
        Err(VerifyError::Container { source }) => source,
        other => panic!("{other:?}"),
    };
    let mut limits = Limits::default();
    limits.ratio = 10_000;
    assert!(matches!(
        verify(limits, &deflated(&files)),
        ArchiveError::UnpackedTooLarge { limit: 0x200_0000 }
    ));
    let many = (0..65)
        .map(|index| (format!("{index}.pdf"), Vec::new()))
        .collect();
    assert!(matches!(
        container_error(&pack(&many)),
        ArchiveError::TooManyFiles { limit: 64 }
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
        ArchiveError::Length { position: 1 }
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
                ArchiveError::Name { position: 2 }
            ),
            "{bad:?}"
        );
    }
}

#[test]
fn the_same_name_twice_is_refused() {
    let mut files = unpack(&small_package());
    files[1].0 = "ONE.pdf".into();
    let error = container_error(&pack(&files));
    assert!(matches!(
        error,
        ArchiveError::SameName {
            first: 1,
            second: 2
        }
    ));
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
        ArchiveError::Layout { position: 4 }
    ));
}

#[test]
fn a_document_that_holds_a_zip_file_is_no_matter() {
    let inner = pack(&vec![("inner.pdf".into(), pdf(1, 10))]);
    let package = package(&[("one.pdf", inner.clone())]);
    let verified = world().verifier().verify(&package, now()).unwrap();
    assert_eq!(verified.documents()[0].bytes(), inner);
}
