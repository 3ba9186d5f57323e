use std::io::Read as _;
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use futures_util::stream;
use portal_transport::test_util::{ScriptedTransport, TestClock};
use portal_transport::{Body, ErrorKind, TransportError};
use tokio::sync::mpsc;

use super::PortalClient;
use super::runtime::Runtime;
use crate::fixtures::{
    PDF, build, change, change_xml, created, created_xml, environment, error_xml, least, now,
    package_signer, sender,
};
use crate::{DocumentKind, DownloadError, Error, Sector, SignerIndex};

const XML: &str = "<XAdESSignatures/>";

fn asynchronous(transport: &ScriptedTransport) -> crate::PortalClient {
    crate::PortalClient::new(
        environment(),
        Sector::Unknown,
        Arc::new(transport.clone()),
        package_signer(),
    )
    .with_clock(TestClock::new(now()))
    .with_sender(sender())
}

fn client(transport: &ScriptedTransport) -> PortalClient {
    PortalClient::new(asynchronous(transport)).unwrap()
}

fn script() -> ScriptedTransport {
    ScriptedTransport::new()
        .response(200, created_xml())
        .response(200, change_xml())
        .response(200, "")
        .response(200, "")
        .response(200, "")
        .response(200, Bytes::from_static(PDF))
        .response(200, XML)
        .response(200, Bytes::from_static(PDF))
        .response(200, "You are 123456789")
        .response(409, error_xml("JOB_FINISHED"))
}

/// What was asked of the transport. A create's boundary is made up again each time.
fn asked(transport: &ScriptedTransport) -> Vec<(http::Method, String, usize)> {
    let requests = transport.requests();
    requests
        .iter()
        .map(|request| {
            (
                request.method.clone(),
                request.url.to_string(),
                request.body.len(),
            )
        })
        .collect()
}

#[test]
fn every_call_is_the_async_clients() {
    let job = build(least().reference("123-ABC"));
    let changed = change(&change_xml());

    let here = script();
    let client = client(&here);
    assert_eq!(client.environment(), client.as_async().environment());
    assert!(client.profile().sender().is_some());
    let package = client.package(&job).unwrap().len();
    let created_here = client.create(&job).unwrap();
    let polled_here = client.status_change(None).unwrap();
    client.confirm(&changed).unwrap();
    client.cancel(created()).unwrap();
    client.delete_documents(&changed).unwrap();
    let pades = client.pades(&changed).unwrap();
    assert_eq!(pades.kind(), DocumentKind::Pdf);
    assert_eq!(pades.bytes(1000).unwrap(), PDF);
    let xades = client.xades(&changed, SignerIndex::new(0)).unwrap();
    assert_eq!(xades.kind(), DocumentKind::Xml);
    assert_eq!(xades.bytes(1000).unwrap(), XML);
    let archived = client.archived_pades(&sender(), "7").unwrap();
    assert_eq!(archived.content_length(), Some(PDF.len() as u64));
    assert_eq!(client.who_am_i(&sender()).unwrap(), "You are 123456789");
    let refused = client.cancel(created()).unwrap_err();
    assert!(matches!(refused, Error::CannotBeCancelled { .. }));

    let there = script();
    let client = asynchronous(&there);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        assert_eq!(client.package(&job).await.unwrap().len(), package);
        assert_eq!(client.create(&job).await.unwrap(), created_here);
        assert_eq!(client.status_change(None).await.unwrap(), polled_here);
        client.confirm(&changed).await.unwrap();
        client.cancel(created()).await.unwrap();
        client.delete_documents(&changed).await.unwrap();
        client.pades(&changed).await.unwrap();
        client.xades(&changed, SignerIndex::new(0)).await.unwrap();
        client.archived_pades(&sender(), "7").await.unwrap();
        client.who_am_i(&sender()).await.unwrap();
        client.cancel(created()).await.unwrap_err();
    });
    assert_eq!(asked(&here), asked(&there));
}

#[test]
fn a_document_is_saved_whole_and_not_over_another() {
    let transport = ScriptedTransport::new()
        .response(200, Bytes::from_static(PDF))
        .response(200, Bytes::from_static(PDF))
        .response(200, Bytes::from_static(PDF));
    let (client, changed) = (client(&transport), change(&change_xml()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signed.pdf");
    let saved = client.pades(&changed).unwrap().save_to(&path).unwrap();
    assert_eq!(saved, PDF.len() as u64);
    let again = client.pades(&changed).unwrap().save_to(&path);
    assert!(matches!(again, Err(DownloadError::Exists { .. })));
    client.pades(&changed).unwrap().save_over(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), PDF);
}

#[test]
fn a_document_is_read_piece_by_piece() {
    let pieces = PDF
        .chunks(7)
        .map(|piece| Ok::<_, TransportError>(Bytes::from(piece)));
    let body = Body::from_stream(stream::iter(pieces), None);
    let transport = ScriptedTransport::new().response(200, body);
    let mut pades = client(&transport).pades(change(&change_xml())).unwrap();
    assert_eq!(pades.read(&mut []).unwrap(), 0);
    let mut start = [0; 5];
    pades.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"%PDF-");
    let mut rest = Vec::new();
    pades.read_to_end(&mut rest).unwrap();
    assert_eq!([&start[..], &rest].concat(), PDF);
    assert_eq!(pades.read(&mut start).unwrap(), 0);
}

/// A program that copies the document to its end must not take half of one, or a page of a proxy.
#[test]
fn what_is_read_is_checked_at_its_end() {
    let broken = [
        Ok(Bytes::from_static(PDF)),
        Err(TransportError::may_have_arrived(ErrorKind::BodyBrokenOff)),
    ];
    let transport = ScriptedTransport::new()
        .response(200, Body::from_stream(stream::iter(broken), None))
        .response(200, "<html>Please log in</html>");
    let client = client(&transport);
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let mut pades = client.pades(change(&change_xml())).unwrap();
        let error = pades.read_to_end(&mut Vec::new()).unwrap_err();
        let inner = error.into_inner().unwrap();
        kinds.push(*inner.downcast::<DownloadError>().unwrap());
        // It does not become whole by being asked again.
        assert!(pades.read(&mut [0]).is_err());
    }
    assert!(matches!(kinds[0], DownloadError::Interrupted { .. }));
    assert!(matches!(kinds[1], DownloadError::WrongKind { .. }));
}

/// The pieces come from another thread through Tokio's own channel, which counts against the budget
/// of a task.
fn many_pieces() -> Body {
    let (sender, receiver) = mpsc::channel(1000);
    thread::spawn(move || {
        for _ in 0..1000 {
            let _ = sender.blocking_send(Ok::<_, TransportError>(Bytes::from_static(PDF)));
        }
    });
    let pieces = stream::unfold(receiver, async |mut receiver| {
        Some((receiver.recv().await?, receiver))
    });
    Body::from_stream(Box::pin(pieces), None)
}

fn calls_and_drops() {
    let transport = ScriptedTransport::new()
        .response(200, "You are 123456789")
        .response(200, many_pieces())
        .response(200, Bytes::from_static(PDF));
    let client = client(&transport);
    assert_eq!(client.who_am_i(None).unwrap(), "You are 123456789");
    let changed = change(&change_xml());
    let pades = client.pades(&changed).unwrap().bytes(usize::MAX).unwrap();
    assert_eq!(pades.len(), 1000 * PDF.len());
    // A document that outlives its client is still whole.
    let pades = client.pades(&changed).unwrap();
    drop(client.clone());
    drop(client);
    let folder = tempfile::tempdir().unwrap();
    pades.save_to(folder.path().join("signed.pdf")).unwrap();
}

#[test]
fn it_works_on_any_thread() {
    calls_and_drops();
    let mut runtimes = [
        tokio::runtime::Builder::new_current_thread(),
        tokio::runtime::Builder::new_multi_thread(),
    ];
    for builder in &mut runtimes {
        let runtime = builder.worker_threads(1).build().unwrap();
        runtime.block_on(async {
            calls_and_drops();
            tokio::spawn(async { calls_and_drops() }).await.unwrap();
            tokio::task::spawn_blocking(calls_and_drops).await.unwrap();
        });
    }
}

/// As when a watch's handler holds the last client.
#[test]
fn a_runtime_may_be_dropped_on_its_own_thread() {
    let runtime = Arc::new(Runtime::new().unwrap());
    let inside = Arc::clone(&runtime);
    let (dropped, told) = std::sync::mpsc::channel();
    runtime.wait(async {
        tokio::spawn(async move {
            while Arc::strong_count(&inside) > 1 {
                tokio::task::yield_now().await;
            }
            drop(inside);
            dropped.send(()).unwrap();
        });
    });
    drop(runtime);
    told.recv().unwrap();
}

#[test]
fn clones_call_side_by_side() {
    let transport = (0..8).fold(ScriptedTransport::new(), |script, _| {
        script.response(200, many_pieces())
    });
    let client = client(&transport);
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            thread::spawn(move || {
                let pades = client.pades(change(&change_xml())).unwrap();
                pades.bytes(usize::MAX).unwrap().len()
            })
        })
        .collect();
    drop(client);
    for caller in callers {
        assert_eq!(caller.join().unwrap(), 1000 * PDF.len());
    }
}

#[test]
fn a_watch_is_the_async_clients() {
    let nobodys = crate::PortalClient::new(
        environment(),
        Sector::Unknown,
        Arc::new(ScriptedTransport::new()),
        package_signer(),
    )
    .with_clock(TestClock::new(now()));
    let client = PortalClient::new(nobodys).unwrap();
    let watch = client.watch().max_in_flight(3);
    assert!(format!("{watch:?}").contains("max_in_flight: 3"));
    assert!(matches!(watch.changes(), Err(Error::NoSender)));

    let transport = ScriptedTransport::new().response(403, error_xml("NOT_AUTHORIZED"));
    let client = self::client(&transport);
    let ended = client.watch().seed(1).handle(|_, _| Ok::<_, Error>(()));
    assert!(
        matches!(ended, Err(Error::NotAuthorized { .. })),
        "{ended:?}"
    );
    assert_eq!(transport.remaining(), 0);
}
