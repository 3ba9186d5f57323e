//! What a save that fails says, and that it leaves nothing.

use super::*;

#[test]
fn every_failure_says_what_to_do() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("signed.pdf");
    let missing = Path::new("no-such-folder/signed.pdf");
    let save = |download: Download, path: &Path| block_on(download.save_to(path)).unwrap_err();
    let broken = Download::new(DocumentKind::Pdf, None, breaking_off(vec![PDF.to_vec()]));
    let xml = Download::new(DocumentKind::Xml, None, Body::from("<html><p>Sorry"));
    let errors = [
        save(pdf(PDF, None), Path::new("/")),
        save(pdf(PDF, None), missing),
        save(pdf(PDF, Some(1000)), &path),
        save(pdf(PDF, Some(3)), &path),
        save(pdf(b"", Some(0)), &path),
        save(pdf(b"PK\x03\x04", None), &path),
        save(xml, &path),
        save(broken, &path),
        block_on(pdf(PDF, None).bytes(5)).unwrap_err(),
        DownloadError::Exists {
            path: path.clone().into(),
        },
        DownloadError::Write {
            folder: PathBuf::from("folder").into(),
            source: io::ErrorKind::StorageFull.into(),
        },
        DownloadError::Rename {
            folder: PathBuf::from("folder").into(),
            source: io::ErrorKind::IsADirectory.into(),
        },
    ];
    let texts = errors.map(|error| {
        let again = if error.is_retryable() {
            "again"
        } else {
            "not again"
        };
        format!("{error} [{again}]")
    });
    insta::assert_snapshot!(texts.join("\n"));
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn a_folder_that_cannot_be_written_leaves_nothing() {
    // A file is no folder, for root either.
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = block_on(pdf(PDF, None).save_to(file.join("signed.pdf"))).unwrap_err();
    assert!(matches!(error, DownloadError::Folder { .. }));
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn a_folder_in_the_place_of_the_file_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("signed.pdf");
    fs::create_dir(&path).unwrap();
    let error = block_on(pdf(PDF, None).save_over(&path)).unwrap_err();
    assert!(matches!(error, DownloadError::Rename { .. }));
    assert_eq!(names(folder.path()), ["signed.pdf"]);
}

/// Takes so many bytes and is full then.
struct FullDisk(usize);

impl AsyncWrite for FullDisk {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let taken = data.len().min(self.0);
        self.0 -= taken;
        Poll::Ready(match taken {
            0 => Err(io::ErrorKind::StorageFull.into()),
            taken => Ok(taken),
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn a_full_disk_is_told_as_such() {
    for room in [0, 1, PDF.len() - 1] {
        let mut disk = FullDisk(room);
        let error = block_on(pour(pdf(PDF, None), &mut disk, Path::new("folder"))).unwrap_err();
        let DownloadError::Write { source, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
    }
}

/// The system itself refuses to write on: the test runs itself again under a limit on the size of files,
/// which the system reports as it does a full disk.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_grow_leaves_nothing() {
    use std::env;
    use std::process::Command;

    const FOLDER: &str = "PORTAL_CLIENT_TEST_FOLDER";
    if let Some(folder) = env::var_os(FOLDER) {
        let large = [PDF, &[b' '; 200_000]].concat();
        for pieces in [
            vec![large.clone()],
            large.chunks(1000).map(<[u8]>::to_vec).collect(),
        ] {
            let pieces = pieces
                .into_iter()
                .map(|piece| Ok::<_, TransportError>(piece.into()));
            let body = Body::from_stream(stream::iter(pieces.collect::<Vec<_>>()), None);
            let download = Download::new(DocumentKind::Pdf, None, body);
            let path = Path::new(&folder).join("signed.pdf");
            let error = block_on(download.save_to(path)).unwrap_err();
            assert!(matches!(error, DownloadError::Write { .. }), "{error}");
        }
        return;
    }
    let folder = TempDir::new().unwrap();
    let limited = "trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact \"$1\"";
    let outcome = Command::new("sh")
        .args(["-c", limited])
        .arg(env::current_exe().unwrap())
        .arg("download::tests::failures::a_file_that_cannot_grow_leaves_nothing")
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&outcome.stdout);
    assert!(
        outcome.status.success() && text.contains("1 passed"),
        "{text}"
    );
    assert_eq!(names(folder.path()), Vec::<String>::new());
}
