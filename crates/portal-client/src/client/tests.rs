use bytes::Bytes;
use futures_util::stream;
use http::Response;
use http::header::CONTENT_LENGTH;
use portal_asice::{SignatureInput, SignerError};
use portal_transport::test_util::{RecordedRequest, ScriptedTransport, TestClock};
use portal_transport::{Body, ErrorKind, RetryPolicy, Retrying, TransportError};
use tempfile::TempDir;

use super::exchange::{REFUSAL_LIMIT, RESPONSE_LIMIT};
use super::*;
use crate::fixtures::{
    PDF, build, change, change_xml, created, created_xml, environment, error_xml, least, now,
    package_signer, sender,
};
use crate::{DownloadError, ErrorOrigin, JobError};

fn client(transport: &ScriptedTransport) -> PortalClient {
    PortalClient::new(
        environment(),
        Sector::Unknown,
        Arc::new(transport.clone()),
        package_signer(),
    )
    .with_clock(TestClock::new(now()))
    .with_sender(sender())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(future)
}

/// A body that comes in part and then breaks off.
fn half(text: &'static str) -> Body {
    let pieces = [
        Ok(Bytes::from(text)),
        Err(TransportError::may_have_arrived(ErrorKind::BodyBrokenOff)),
    ];
    Body::from_stream(stream::iter(pieces), None)
}

fn only(transport: &ScriptedTransport) -> RecordedRequest {
    let mut requests = transport.requests();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

#[test]
fn a_job_is_created_with_its_xml_and_its_package() {
    let transport = ScriptedTransport::new().response(200, created_xml());
    let job = build(least().reference("123-ABC"));
    let created = block_on(client(&transport).create(&job)).unwrap();
    assert_eq!(created.job_id().get(), 1);

    let request = only(&transport);
    assert_eq!(request.method, http::Method::POST);
    assert_eq!(request.url.path(), "/api/123456789/portal/signature-jobs");
    let header = |name: &str| request.headers[name].to_str().unwrap();
    assert_eq!(header("accept"), "application/xml");
    assert_eq!(header("content-length"), request.body.len().to_string());
    let boundary = header("content-type")
        .strip_prefix("multipart/mixed; boundary=")
        .unwrap();

    let body = &request.body[..];
    let opening = format!("--{boundary}\r\nContent-Type: application/xml\r\n\r\n<?xml ");
    let second = format!("\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n\r\n");
    let closing = format!("\r\n--{boundary}--\r\n");
    assert!(body.starts_with(opening.as_bytes()));
    assert!(body.ends_with(closing.as_bytes()));
    let at = body
        .windows(second.len())
        .position(|window| window == second.as_bytes())
        .unwrap();
    let package = &body[at + second.len()..body.len() - closing.len()];
    assert!(package.starts_with(b"PK\x03\x04"));
    let inside = |text: &[u8]| package.windows(text.len()).any(|window| window == text);
    assert!(inside(b"manifest.xml") && inside(b"META-INF/signatures.xml"));
}

#[test]
fn a_job_can_be_created_again_after_no_connection() {
    let nowhere = ErrorKind::Connect {
        to: "127.0.0.1:1".to_owned(),
    };
    let transport = ScriptedTransport::new()
        .fail(TransportError::unsent(nowhere))
        .response(200, created_xml());
    let (client, job) = (client(&transport), build(least()));
    let error = block_on(client.create(&job)).unwrap_err();
    assert!(matches!(
        &error,
        Error::Transport {
            operation: Operation::Create,
            ..
        }
    ));
    assert!(error.is_retryable());
    assert_eq!(error.origin(), ErrorOrigin::Network);
    assert!(block_on(client.create(&job)).is_ok());
}

#[test]
fn a_create_whose_response_is_lost_has_an_unknown_outcome() {
    let too_large = "x".repeat(usize::try_from(RESPONSE_LIMIT).unwrap() + 1);
    let job = build(least().reference("123-ABC"));
    for transport in [
        ScriptedTransport::new().fail(TransportError::may_have_arrived(ErrorKind::NoResponse)),
        ScriptedTransport::new().response(200, half("<?xml")),
        ScriptedTransport::new().response(200, too_large),
        ScriptedTransport::new().response(502, half("<html>")),
    ] {
        let error = block_on(client(&transport).create(&job)).unwrap_err();
        assert!(!error.is_retryable());
        let Error::OutcomeUnknown { reference, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(reference.as_ref().unwrap().reveal(), "123-ABC");
        assert_eq!(transport.requests().len(), 1);
    }
}

#[test]
fn a_package_that_cannot_be_read_while_it_is_sent_makes_no_job() {
    let unreadable = ErrorKind::RequestBody(portal_transport::RequestBodyProblem::Unreadable);
    let transport = ScriptedTransport::new().fail(TransportError::may_have_arrived(unreadable));
    let error = block_on(client(&transport).create(&build(least()))).unwrap_err();
    assert!(matches!(
        error,
        Error::Transport {
            operation: Operation::Create,
            ..
        }
    ));
    assert_eq!(error.origin(), ErrorOrigin::Computer);
    assert!(!error.is_retryable());
}

#[test]
fn a_signer_that_fails_or_panics_sends_nothing() {
    struct Broken(bool, Arc<dyn PackageSigner>);

    impl PackageSigner for Broken {
        fn chain(&self) -> &[Certificate] {
            self.1.chain()
        }

        fn sign(&self, _: &SignatureInput<'_>) -> Result<Vec<u8>, SignerError> {
            assert!(!self.0, "the vault is on fire");
            Err(SignerError::new("the vault is locked"))
        }
    }

    let transport = ScriptedTransport::new();
    let create = |panics| {
        let client = client(&transport);
        let signer = Arc::new(Broken(panics, package_signer()));
        let transport = Arc::new(transport.clone());
        client
            .connections
            .replace(Connection::of_parts(transport, signer));
        block_on(client.create(&build(least()))).unwrap_err()
    };
    let failed = create(false);
    assert!(matches!(&failed, Error::Package { .. }));
    assert_eq!(failed.origin(), ErrorOrigin::Configuration);
    assert!(matches!(create(true), Error::Aborted { .. }));
    assert!(transport.requests().is_empty());
}

#[test]
fn a_missing_sender_is_found_before_any_call() {
    let transport = ScriptedTransport::new();
    let client = PortalClient::new(
        environment(),
        Sector::Unknown,
        Arc::new(transport.clone()),
        package_signer(),
    )
    .with_clock(TestClock::new(now()));
    let polled = block_on(client.status_change(None)).map(|_| ());
    let asked = block_on(client.who_am_i(None)).map(|_| ());
    let fetched = block_on(client.archived_pades(None, "1")).map(|_| ());
    for outcome in [polled, asked, fetched] {
        assert!(matches!(outcome, Err(Error::NoSender)));
    }
    let built = client.job("Job title").build_blocking();
    assert!(matches!(built, Err(JobError::NoSender)));
    assert!(transport.requests().is_empty());
}

#[test]
fn the_sender_of_the_call_wins_over_the_default() {
    let broker = Sender::new("984661185").unwrap().with_queue("a queue");
    let transport = ScriptedTransport::new().response(204, "").response(204, "");
    let client = client(&transport);
    block_on(client.status_change(None)).unwrap();
    block_on(client.status_change(&broker)).unwrap();
    let urls: Vec<String> = transport
        .requests()
        .iter()
        .map(|request| request.url.path_and_query().unwrap().to_string())
        .collect();
    assert_eq!(
        urls,
        [
            "/api/123456789/portal/signature-jobs",
            "/api/984661185/portal/signature-jobs?polling_queue=a%20queue"
        ]
    );
}

#[test]
fn the_jobs_sender_goes_into_the_url() {
    let broker = Sender::new("984661185").unwrap();
    let transport = ScriptedTransport::new().response(200, created_xml());
    let job = build(least().sender(broker.clone()));
    let created = block_on(client(&transport).create(&job)).unwrap();
    assert_eq!(created.record().sender(), &broker);
    assert_eq!(
        only(&transport).url.path(),
        "/api/984661185/portal/signature-jobs"
    );
}

#[test]
fn every_follow_up_call_goes_where_the_service_said() {
    let transport = ScriptedTransport::new()
        .response(200, "")
        .response(200, half("a body nobody reads"))
        .response(204, "")
        .response(200, "")
        .response(200, PDF.to_vec())
        .response(200, "<a/>")
        .response(200, PDF.to_vec())
        .response(200, "You are 984661185");
    let client = client(&transport);
    let change = change(&change_xml());
    block_on(async {
        client.cancel(&created()).await.unwrap();
        client.cancel(&change).await.unwrap();
        client.confirm(&change).await.unwrap();
        client.delete_documents(change.record()).await.unwrap();
        let pades = client.pades(&change).await.unwrap();
        assert_eq!(pades.bytes(1000).await.unwrap(), PDF);
        let xades = client.xades(&change, SignerIndex::new(0)).await.unwrap();
        assert_eq!(xades.bytes(1000).await.unwrap(), "<a/>");
        let archived = client.archived_pades(None, "17").await.unwrap();
        assert_eq!(archived.bytes(1000).await.unwrap(), PDF);
        assert_eq!(client.who_am_i(None).await.unwrap(), "You are 984661185");
    });
    let calls: Vec<String> = transport
        .requests()
        .iter()
        .map(|request| format!("{} {}", request.method, request.url.path()))
        .collect();
    insta::assert_snapshot!(calls.join("\n"));
    assert_eq!(transport.remaining(), 0);
}

#[test]
fn a_document_is_saved_with_the_announced_length() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("signed.pdf");
    // The size of the body is not known, so that only the header tells.
    let response = |length: usize| {
        let piece = Ok::<_, TransportError>(Bytes::from_static(PDF));
        Response::builder()
            .header(CONTENT_LENGTH, length)
            .body(Body::from_stream(stream::iter([piece]), None))
            .unwrap()
    };
    let transport = ScriptedTransport::new()
        .response_with(response(PDF.len() + 1))
        .response_with(response(PDF.len()));
    let client = client(&transport);
    let change = change(&change_xml());
    let save = || async {
        client
            .pades(&change)
            .await?
            .save_to(&path)
            .await
            .map_err(Error::from)
    };

    let error = block_on(save()).unwrap_err();
    assert!(error.is_retryable());
    assert!(matches!(
        error,
        Error::Download {
            source: DownloadError::WrongLength { .. }
        }
    ));
    assert!(!path.exists());
    assert_eq!(block_on(save()).unwrap(), PDF.len() as u64);
    assert_eq!(std::fs::read(&path).unwrap(), PDF);
}

#[test]
fn a_refused_download_is_an_error_and_not_a_file() {
    let transport = ScriptedTransport::new()
        .response(404, error_xml("ARCHIVED_DOCUMENT_NOT_FOUND"))
        .response(403, error_xml("BROKER_NOT_AUTHORIZED"));
    let client = client(&transport);
    let error = block_on(client.archived_pades(None, "1")).unwrap_err();
    let code = error.response().and_then(|response| response.error_code());
    assert_eq!(code, Some("ARCHIVED_DOCUMENT_NOT_FOUND"));
    let error = block_on(client.pades(&change(&change_xml()))).unwrap_err();
    assert!(matches!(error, Error::BrokerNotAuthorized { .. }));
}

#[test]
fn a_refusal_that_breaks_off_or_never_ends_is_still_a_refusal() {
    let long = "<html>".repeat(REFUSAL_LIMIT);
    for body in [half("<html>"), Body::from(long)] {
        let transport = ScriptedTransport::new().response(500, body);
        let error = block_on(client(&transport).confirm(&change(&change_xml()))).unwrap_err();
        assert_eq!(error.response().unwrap().status(), 500);
    }
}

#[test]
fn calls_that_may_be_repeated_say_so() {
    let stalled = || ErrorKind::Timeout(portal_transport::TimeoutKind::ResponseHead);
    let transport = ScriptedTransport::new()
        .fail(TransportError::may_have_arrived(stalled()))
        .fail(TransportError::may_have_arrived(ErrorKind::InvalidResponse));
    let client = client(&transport);
    let error = block_on(client.status_change(None)).unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(error.origin(), ErrorOrigin::Network);
    let error = block_on(client.status_change(None)).unwrap_err();
    assert!(!error.is_retryable());
    assert_eq!(error.origin(), ErrorOrigin::Service);
}

/// Over a transport that retries: idempotent requests are sent again, a create, a poll and a confirmation that
/// may have arrived are not.
#[test]
fn a_refusal_after_a_lost_response_is_told_from_one_at_once() {
    let lost = || TransportError::may_have_arrived(ErrorKind::NoResponse);
    let script = ScriptedTransport::new()
        .fail(lost())
        .response(404, error_xml("NO_SUCH_JOB"))
        .response(404, error_xml("NO_SUCH_JOB"))
        .fail(lost())
        .fail(lost())
        .fail(lost());
    let clock = SharedClock::new(TestClock::new(now()));
    let retrying = Retrying::new(script.clone(), RetryPolicy::default(), clock);
    let client = client(&script);
    client
        .connections
        .replace(Connection::of_parts(Arc::new(retrying), package_signer()));
    let change = change(&change_xml());

    let after_another = block_on(client.cancel(&change)).unwrap_err();
    assert_eq!(after_another.response().unwrap().attempt(), 2);
    assert!(after_another.may_be_done_already());
    let at_once = block_on(client.cancel(&change)).unwrap_err();
    assert!(!at_once.may_be_done_already());

    let created = block_on(client.create(&build(least()))).unwrap_err();
    assert!(matches!(created, Error::OutcomeUnknown { .. }));
    let polled = block_on(client.status_change(None)).unwrap_err();
    assert!(matches!(polled, Error::Transport { .. }));
    let confirmed = block_on(client.confirm(&change)).unwrap_err();
    assert!(matches!(confirmed, Error::Transport { .. }));
    // Another process may have the job's next change by now, and another confirmation would settle that.
    assert!(!confirmed.is_retryable() && confirmed.is_transient());
    assert_eq!(script.requests().len(), 6);
}

/// An unsent request that is followed by a refusal was refused: the refusal is no trace of it.
#[test]
fn a_refusal_after_an_attempt_that_was_not_sent_is_a_refusal() {
    let nowhere = ErrorKind::Connect {
        to: "127.0.0.1:1".to_owned(),
    };
    let script = ScriptedTransport::new()
        .fail(TransportError::unsent(nowhere))
        .response(409, "");
    let clock = SharedClock::new(TestClock::new(now()));
    let retrying = Retrying::new(script.clone(), RetryPolicy::default(), clock);
    let client = client(&script);
    client
        .connections
        .replace(Connection::of_parts(Arc::new(retrying), package_signer()));
    let refused = block_on(client.cancel(&change(&change_xml()))).unwrap_err();
    assert!(matches!(refused, Error::CannotBeCancelled { .. }));
    assert!(!refused.may_be_done_already());
}

#[cfg(feature = "serde")]
#[test]
fn a_stored_record_does_as_well_as_the_response() {
    let stored = serde_json::to_string(change(&change_xml()).record()).unwrap();
    let record: JobRecord = serde_json::from_str(&stored).unwrap();
    let transport = ScriptedTransport::new()
        .response(200, PDF.to_vec())
        .response(200, "<a/>")
        .response(200, "")
        .response(200, "")
        .response(200, "");
    let client = client(&transport);
    block_on(async {
        client.pades(&record).await.unwrap();
        client.xades(&record, SignerIndex::new(0)).await.unwrap();
        client.confirm(&record).await.unwrap();
        client.delete_documents(&record).await.unwrap();
        client.cancel(&record).await.unwrap();
    });
    assert_eq!(transport.requests().len(), 5);
}
