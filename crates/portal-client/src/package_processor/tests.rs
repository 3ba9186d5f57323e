use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use portal_transport::test_util::{ScriptedTransport, TestClock};

use super::*;
use crate::fixtures::{build, created_xml, environment, least, now, package_signer, sender};
use crate::{Error, ErrorOrigin, PortalClient, Sector};

fn client(transport: &ScriptedTransport) -> PortalClient {
    PortalClient::new(
        environment(),
        Sector::Unknown,
        Arc::new(transport.clone()),
        package_signer(),
    )
    .with_clock(now)
    .with_sender(sender())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(future)
}

fn created() -> ScriptedTransport {
    ScriptedTransport::new()
        .response(200, created_xml())
        .response(200, created_xml())
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The package within a create's body.
fn sent(transport: &ScriptedTransport, nth: usize) -> Vec<u8> {
    let body = transport.requests()[nth].body.to_vec();
    let separator = b"application/octet-stream\r\n\r\n";
    let at = body.windows(separator.len()).position(|w| w == separator);
    let package = &body[at.unwrap() + separator.len()..];
    let end = package.windows(4).rposition(|w| w == b"\r\n--").unwrap();
    package[..end].to_vec()
}

#[test]
fn a_folder_keeps_every_package_as_it_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("sent");
    let transport = created();
    let client = client(&transport).with_package_processor(PackageFolder::new(&kept));
    let job = build(least().reference("123-ABC"));
    let created = block_on(client.create(&job)).unwrap();

    let files = files(&kept);
    assert_eq!(files.len(), 1);
    let name = files[0].file_name().unwrap().to_str().unwrap();
    let sha256 = created.record().package_sha256().unwrap();
    assert_eq!(name, format!("20160210T100000Z-{sha256}.asice"));
    assert_eq!(std::fs::read(&files[0]).unwrap(), sent(&transport, 0));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&kept), mode(&files[0])), (0o700, 0o600));
    }
}

#[test]
fn a_processor_of_one_create_takes_the_place_of_the_clients() {
    let all = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&all);
    let transport = created();
    let client = client(&transport).with_package_processor(move |_| {
        *counted.lock().unwrap() += 1;
        async { Ok(()) }
    });
    let one = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&one);
    let options = CreateOptions::new().package_processor(move |package: SignedPackage| {
        noted.lock().unwrap().push(package);
        async { Ok(()) }
    });
    let job = build(least());
    let created = block_on(client.create_with(&job, options)).unwrap();
    block_on(client.create(&job)).unwrap();
    let one = one.lock().unwrap();
    assert_eq!((one.len(), *all.lock().unwrap()), (1, 1));
    assert_eq!(created.record().package_sha256(), Some(one[0].sha256()));
    assert_eq!(one[0].bytes(), &sent(&transport, 0));
    assert_eq!(one[0].signed_at(), now());
}

#[test]
fn a_processor_that_fails_or_is_slow_sends_nothing() {
    let transport = ScriptedTransport::new();
    let job = build(least());
    let failing = client(&transport)
        .with_package_processor(|_| async { Err("First Last's disk is full".into()) });
    let error = block_on(failing.create(&job)).unwrap_err();
    assert!(matches!(
        &error,
        Error::PackageProcessor {
            source: PackageProcessorError::Failed { .. }
        }
    ));
    assert_eq!(error.origin(), ErrorOrigin::Computer);
    assert!(!error.to_string().contains("First Last"), "{error}");

    let slow = client(&transport).with_clock(TestClock::new(now()));
    let slow = slow.with_package_processor(|_| async {
        std::future::pending::<()>().await;
        Ok(())
    });
    let error = block_on(slow.create(&job)).unwrap_err();
    insta::assert_snapshot!(error);
    assert!(transport.requests().is_empty());
    assert_eq!(LIMIT, Duration::from_secs(2));
}

#[test]
fn a_folder_that_cannot_be_written_sends_nothing_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let transport = ScriptedTransport::new();
    let client = client(&transport).with_package_processor(PackageFolder::new(file.join("sub")));
    let error = block_on(client.create(&build(least()))).unwrap_err();
    assert!(matches!(error, Error::PackageProcessor { .. }), "{error}");
    assert!(transport.requests().is_empty());
    assert_eq!(files(folder.path()), [file]);
}
