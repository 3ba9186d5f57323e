mod failures;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fs, io};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use portal_transport::{Body, ErrorKind, TransportError};
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::io::AsyncWrite;

use super::*;

pub(super) const PDF: &[u8] = b"%PDF-1.7\nsigned\n%%EOF\n";

pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

pub(super) fn pdf(body: &'static [u8], announced: Option<u64>) -> Download {
    Download::new(
        DocumentKind::Pdf,
        announced,
        Body::from(Bytes::from_static(body)),
    )
}

/// A body that gives these pieces and then breaks off.
fn breaking_off(pieces: Vec<Vec<u8>>) -> Body {
    let broken = TransportError::may_have_arrived(ErrorKind::BodyBrokenOff);
    let pieces = pieces.into_iter().map(|piece| Ok(Bytes::from(piece)));
    Body::from_stream(stream::iter(pieces.chain([Err(broken)])), None)
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_whole_document_gets_its_name_and_nothing_else_remains() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("signed.pdf");
    let length = block_on(pdf(PDF, Some(PDF.len() as u64)).save_to(&path)).unwrap();
    assert_eq!(length, PDF.len() as u64);
    assert_eq!(fs::read(&path).unwrap(), PDF);
    assert_eq!(names(folder.path()), ["signed.pdf"]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_what_was_saved() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    let path = folder.path().join("signed.pdf");
    block_on(pdf(PDF, None).save_to(&path)).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn a_mode_can_be_chosen_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    let path = folder.path().join("signed.pdf");
    let options = SaveOptions::new().unix_mode(0o666);
    block_on(pdf(PDF, None).save_with(&path, options)).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o666);
}

/// A save that was given up never gets its name afterwards, so that it can't replace a newer document.
#[test]
fn a_save_that_was_given_up_is_not_named_later() {
    let (waiting, naming) = saving::halves();
    drop(waiting);
    let named = naming.rename(|| -> Result<(), DownloadError> { panic!("it was renamed") });
    assert!(matches!(named, Err(DownloadError::Aborted { .. })));

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("signed.pdf");
        for round in 0..200_u64 {
            let _removed = fs::remove_file(&path);
            let save = pdf(PDF, None).save_over(&path);
            // Dropped at another moment each time.
            let _given_up = tokio::time::timeout(Duration::from_micros(round * 20), save).await;
            fs::write(&path, "newer").unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
            assert_eq!(fs::read(&path).unwrap(), b"newer", "round {round}");
        }
    });
}

#[test]
fn neither_text_nor_debug_has_the_path() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("Somebodys folder/Somebodys divorce.pdf");
    let taken = folder.path().join("Somebodys divorce.pdf");
    fs::write(&taken, "mine").unwrap();
    for (path, options) in [(missing, SaveOptions::new()), (taken, SaveOptions::new())] {
        let error = block_on(pdf(PDF, None).save_with(path, options)).unwrap_err();
        let shown = format!("{} {error:?}", crate::ErrorChain(&error));
        assert!(!shown.contains("Somebodys"), "{shown}");
    }
}

#[test]
fn an_existing_file_is_left_alone_unless_told() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("signed.pdf");
    fs::write(&path, "mine").unwrap();
    let error = block_on(pdf(PDF, None).save_to(&path)).unwrap_err();
    assert!(matches!(&error, DownloadError::Exists { path: taken } if taken.reveal() == path));
    assert_eq!(fs::read(&path).unwrap(), b"mine");

    block_on(pdf(PDF, None).save_over(&path)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), PDF);
    assert_eq!(names(folder.path()), ["signed.pdf"]);
}

#[test]
fn a_failed_overwriting_keeps_what_was_there() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("signed.pdf");
    fs::write(&path, "mine").unwrap();
    block_on(pdf(b"%PDF-1.7", Some(9)).save_over(&path)).unwrap_err();
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    assert_eq!(names(folder.path()), ["signed.pdf"]);
}

#[test]
fn a_name_taken_while_the_document_comes_is_respected() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("signed.pdf");
    let taken = path.clone();
    let pieces = stream::iter([0, 1]).map(move |turn| {
        if turn == 1 {
            fs::write(&taken, "mine").unwrap();
        }
        Ok::<_, TransportError>(Bytes::from_static(PDF))
    });
    let download = Download::new(DocumentKind::Pdf, None, Body::from_stream(pieces, None));
    let error = block_on(download.save_to(&path)).unwrap_err();
    assert!(matches!(error, DownloadError::Exists { .. }));
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    assert_eq!(names(folder.path()), ["signed.pdf"]);
}

#[test]
fn a_dropped_download_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("signed.pdf");
    let first = stream::iter([Ok::<_, TransportError>(Bytes::from_static(PDF))]);
    let body = Body::from_stream(first.chain(stream::pending()), None);
    let download = Download::new(DocumentKind::Pdf, None, body);
    block_on(async {
        let saving = tokio::spawn(download.save_to(path));
        while names(folder.path()).is_empty() {
            tokio::task::yield_now().await;
        }
        saving.abort();
        saving.await.unwrap_err();
    });
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn documents_are_told_by_their_first_bytes() {
    let pdf: [&[u8]; 2] = [b"%PDF-1.7", b"%PDF-"];
    let xml: [&[u8]; 5] = [
        b"<?xml version=\"1.0\"?><a/>",
        b"\xef\xbb\xbf<XAdESSignatures/>",
        b"\r\n  <_:a xmlns:_='b'/>",
        b"<!-- signed --><a/>",
        b"<a>",
    ];
    let neither: [&[u8]; 8] = [
        b"",
        b"%PDF",
        b" %PDF-1.7",
        b"<",
        b"< a",
        b"<!DOCTYPE html>",
        b"<HTML>",
        b"{}",
    ];
    for head in pdf {
        assert!(DocumentKind::Pdf.matches(head) && !DocumentKind::Xml.matches(head));
    }
    for head in xml {
        assert!(DocumentKind::Xml.matches(head) && !DocumentKind::Pdf.matches(head));
    }
    for head in neither {
        assert!(!DocumentKind::Xml.matches(head) && !DocumentKind::Pdf.matches(head));
    }
}

#[test]
fn a_document_is_read_into_memory_up_to_the_limit() {
    let read = |limit| block_on(pdf(PDF, Some(PDF.len() as u64)).bytes(limit));
    assert_eq!(read(PDF.len()).unwrap(), PDF);
    assert!(matches!(
        read(PDF.len() - 1),
        Err(DownloadError::TooLarge { .. })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever comes, in whatever pieces, with whatever length announced: either the whole document is
    /// there under its name, or nothing is there at all.
    #[test]
    fn a_partial_file_is_never_left(
        is_pdf in any::<bool>(),
        rest in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..6),
        announced in prop_oneof![Just(None), Just(Some(0i64)), (-3i64..3).prop_map(Some)],
        breaks in any::<bool>(),
    ) {
        let mut pieces = rest;
        if is_pdf {
            pieces.insert(0, PDF.to_vec());
        }
        let whole = pieces.concat();
        let announced = announced.map(|off| (whole.len() as i64 + off).max(0) as u64);
        let body = if breaks {
            breaking_off(pieces)
        } else {
            let pieces = pieces.into_iter().map(|piece| Ok::<_, TransportError>(piece.into()));
            Body::from_stream(stream::iter(pieces.collect::<Vec<_>>()), None)
        };
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("signed.pdf");
        let saved = block_on(Download::new(DocumentKind::Pdf, announced, body).save_to(&path));
        let right = whole.starts_with(b"%PDF-")
            && !breaks
            && announced.is_none_or(|length| length == whole.len() as u64);
        prop_assert_eq!(saved.is_ok(), right);
        if right {
            prop_assert_eq!(fs::read(&path).unwrap(), whole);
            prop_assert_eq!(names(folder.path()), ["signed.pdf"]);
        } else {
            prop_assert_eq!(names(folder.path()), Vec::<String>::new());
        }
    }
}
