//! What the sandbox's faults come to for the client: each with its error, and nothing half-done.

use std::error::Error as _;
use std::time::Duration;

use portal_client::{
    DownloadError, Error, PollTimeWarning, PortalClient, PortalSignatureJobStatus, StatusChange,
};
use portal_sandbox::{Endpoint, Fault, Sandbox};
use portal_transport::{
    ErrorKind, OperationClass, RetryPolicy, Retrying, SharedClock, Timeouts, TransportError,
};

use crate::sandbox_clients::{BOTH, Over, bare_client, client_over, settings, small_job, trust_in};

const ABOUT_TIMES: [Fault; 2] = [Fault::NoPollTime, Fault::MalformedPollTime];

async fn create(client: &PortalClient) -> Result<(), Error> {
    let job = small_job(client).build_blocking().unwrap();
    client.create(&job).await.map(drop)
}

/// A sandbox whose clock stands still, and whose first job is number 1.
async fn standing_sandbox() -> Sandbox {
    let sandbox = Sandbox::builder().standing_clock().first_job(1);
    sandbox.start().await.unwrap()
}

/// A sandbox with a change on its queue: a job of one signer, who has signed.
async fn signed(over: Over) -> (Sandbox, PortalClient) {
    let sandbox = standing_sandbox().await;
    let client = bare_client(&sandbox, over);
    create(&client).await.unwrap();
    sandbox.job(1).sign(0).unwrap();
    (sandbox, client)
}

async fn polled(client: &PortalClient) -> StatusChange {
    let polled = client.status_change(None).await.unwrap();
    polled.change.expect("a change is on the queue")
}

fn transport_error(error: &Error) -> &TransportError {
    let Error::Transport { source, .. } = error else {
        panic!("expected an error of the transport, got {error:?}");
    };
    source
}

#[tokio::test]
async fn a_create_whose_response_is_lost_has_an_unknown_outcome() {
    for over in BOTH {
        for (fault, jobs) in [
            (Fault::DropBefore, 0),
            (Fault::DropAfter, 1),
            (Fault::Status(502), 0),
            (Fault::StatusAfter(502), 1),
            (Fault::Truncate(20), 1),
            (Fault::Garbage, 1),
            (Fault::GarbageXml, 1),
        ] {
            let sandbox = standing_sandbox().await;
            let client = bare_client(&sandbox, over);
            sandbox.faults().next(1, Endpoint::Create, fault.clone());
            let error = create(&client).await.unwrap_err();
            let Error::OutcomeUnknown { reference, .. } = &error else {
                panic!("{fault:?} over {over:?}: {error:?}");
            };
            assert_eq!(reference.as_ref().unwrap().reveal(), "123-ABC");
            assert!(!error.is_retryable());
            assert_eq!(sandbox.jobs().len(), jobs, "{fault:?} over {over:?}");
            assert_eq!(sandbox.journal().len(), 1, "it was sent once");
        }
    }
}

#[tokio::test]
async fn a_refusal_in_the_services_own_words_is_known_for_what_it_is() {
    for over in BOTH {
        let sandbox = standing_sandbox().await;
        let client = bare_client(&sandbox, over);
        for status in [400, 503] {
            let code = "SCHEMA_VALIDATION_ERROR".to_owned();
            let fault = Fault::error_document(status, code);
            sandbox.faults().next(1, Endpoint::Create, fault);
            let Err(Error::Unexpected { source, .. }) = create(&client).await else {
                panic!("a refused job was made");
            };
            assert_eq!(source.status(), status);
            assert_eq!(source.error_code(), Some("SCHEMA_VALIDATION_ERROR"));
        }
        assert!(sandbox.jobs().is_empty());
    }
}

#[tokio::test]
async fn a_poll_without_a_usable_time_waits_by_default_and_says_so() {
    for over in BOTH {
        let warnings = [PollTimeWarning::Missing, PollTimeWarning::Unreadable];
        for (fault, warning) in ABOUT_TIMES.into_iter().zip(warnings) {
            let sandbox = standing_sandbox().await;
            let client = bare_client(&sandbox, over);
            sandbox.faults().next(1, Endpoint::Poll, fault);
            let polled = client.status_change(None).await.unwrap();
            assert_eq!(polled.next_poll.warning, Some(warning));
            assert!(polled.next_poll.wait() > Duration::ZERO);
        }
    }
}

#[tokio::test]
async fn a_poll_with_an_unreadable_response_is_an_error_that_keeps_it() {
    for over in BOTH {
        for fault in [Fault::Garbage, Fault::GarbageXml] {
            let (sandbox, client) = signed(over).await;
            sandbox.faults().next(1, Endpoint::Poll, fault.clone());
            let error = client.status_change(None).await.unwrap_err();
            let Error::Unexpected { source, .. } = &error else {
                panic!("{fault:?}: {error:?}");
            };
            assert_eq!(source.status(), 200);
            // The change was handed out, so it comes back when nobody confirms it.
            sandbox.clock().advance(Duration::from_secs(600));
            assert_eq!(polled(&client).await.job_id().get(), 1);
        }
    }
}

#[tokio::test]
async fn what_the_client_does_not_know_is_passed_over_or_passed_on() {
    for over in BOTH {
        let (sandbox, client) = signed(over).await;
        for fault in [Fault::WrongContentType, Fault::UnknownElements] {
            sandbox.faults().next(1, Endpoint::Poll, fault.clone());
            let change = polled(&client).await;
            assert_eq!(
                change.status(),
                PortalSignatureJobStatus::CompletedSuccessfully
            );
            let has_notices = !change.notices().is_empty();
            assert_eq!(has_notices, fault == Fault::UnknownElements);
            sandbox.clock().advance(Duration::from_secs(600));
        }
        let unknown = Fault::UnknownSignerStatus;
        sandbox.faults().next(1, Endpoint::Poll, unknown);
        let change = polled(&client).await;
        let status = change.signatures()[0].status();
        assert_eq!(status.as_str(), "SANDBOX_UNKNOWN_STATUS");
        assert!(!status.is_known());
        client.confirm(&change).await.unwrap();
    }
}

#[tokio::test]
async fn a_change_that_comes_twice_is_the_same_and_is_settled_at_once() {
    let (sandbox, client) = signed(Over::Reqwest).await;
    sandbox.faults().next(1, Endpoint::Poll, Fault::Duplicate);
    let first = polled(&client).await;
    let second = polled(&client).await;
    assert_eq!(first.record(), second.record());
    client.confirm(&first).await.unwrap();
    let none = client.status_change(None).await.unwrap();
    assert!(none.change.is_none());
}

#[tokio::test]
async fn a_download_that_is_not_whole_leaves_no_file() {
    for over in BOTH {
        for fault in [
            Fault::Truncate(0),
            Fault::Truncate(1),
            Fault::Truncate(1500),
            Fault::Garbage,
            Fault::GarbageXml,
            Fault::DropAfter,
            Fault::Status(503),
        ] {
            let (sandbox, client) = signed(over).await;
            let change = polled(&client).await;
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("signed.pdf");
            let save = async || -> Result<u64, Error> {
                Ok(client.pades(&change).await?.save_to(&file).await?)
            };
            sandbox.faults().next(1, Endpoint::Pades, fault.clone());
            let error = save().await.unwrap_err();
            let as_expected = match (&fault, &error) {
                (Fault::Truncate(_), Error::Download { source, .. }) => matches!(
                    source,
                    DownloadError::Interrupted { .. } | DownloadError::WrongLength { .. }
                ),
                (Fault::Garbage | Fault::GarbageXml, Error::Download { source, .. }) => {
                    matches!(source, DownloadError::WrongKind { .. })
                }
                (Fault::DropAfter, Error::Transport { source, .. }) => {
                    matches!(source.kind(), ErrorKind::NoResponse)
                }
                (Fault::Status(_), Error::Unexpected { source, .. }) => source.status() == 503,
                _ => false,
            };
            assert!(as_expected, "{fault:?} over {over:?}: {error:?}");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
            assert!(save().await.unwrap() > 1500, "the same again succeeds");
        }
    }
}

#[tokio::test]
async fn a_confirmation_whose_response_is_lost_was_done() {
    for over in BOTH {
        let (sandbox, client) = signed(over).await;
        let change = polled(&client).await;
        sandbox
            .faults()
            .next(1, Endpoint::Confirm, Fault::DropAfter);
        let error = client.confirm(&change).await.unwrap_err();
        assert!(transport_error(&error).request_may_have_reached_service());
        // Another process may hold the job's next change by now.
        assert!(error.is_transient() && !error.is_retryable());
        assert!(sandbox.jobs().is_empty());
        let again = client.confirm(&change).await.unwrap_err();
        assert!(matches!(again, Error::Unexpected { source, .. } if source.status() == 404));
    }
}

#[tokio::test]
async fn a_response_that_is_too_late_is_a_timeout() {
    let limit = Duration::from_millis(300);
    for over in BOTH {
        let sandbox = standing_sandbox().await;
        let limits = Timeouts::ordinary().with_response_head(limit).unwrap();
        let certificate = sandbox.sender_certificate();
        let settings = settings(&sandbox, certificate, trust_in(&sandbox))
            .with_timeouts(OperationClass::Ordinary, limits);
        let client = client_over(&sandbox, certificate, over.transport(settings));
        client.who_am_i(None).await.unwrap();
        let late = Fault::DelayAfter(4 * limit);
        sandbox.faults().next(2, Endpoint::Any, late);
        let error = client.who_am_i(None).await.unwrap_err();
        let kind = transport_error(&error).kind();
        assert!(matches!(kind, ErrorKind::Timeout(_)), "{over:?}: {error:?}");
        let error = create(&client).await.unwrap_err();
        assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error:?}");
        assert!(error.source().is_some());
        assert_eq!(sandbox.jobs().len(), 1);
    }
}

#[tokio::test]
async fn retries_outlast_what_passes_and_never_create_again() {
    for over in BOTH {
        let sandbox = standing_sandbox().await;
        let certificate = sandbox.sender_certificate();
        let settings = settings(&sandbox, certificate, trust_in(&sandbox));
        let moment = Duration::from_millis(1);
        let policy = RetryPolicy::default()
            .with_attempts(3)
            .with_waits(moment, moment);
        let transport = Retrying::new(over.transport(settings), policy, SharedClock::default());
        let client = client_over(&sandbox, certificate, std::sync::Arc::new(transport));
        for fault in [Fault::Status(503), Fault::DropBefore] {
            sandbox.faults().next(2, Endpoint::WhoAmI, fault);
            client.who_am_i(None).await.unwrap();
        }
        assert_eq!(sandbox.journal().len(), 6);
        sandbox.faults().next(1, Endpoint::Create, Fault::DropAfter);
        create(&client).await.unwrap_err();
        assert_eq!(sandbox.jobs().len(), 1);
        assert_eq!(sandbox.journal().len(), 7);

        // A confirmation that may have arrived is not repeated: it could settle another change.
        sandbox.job(1).sign(0).unwrap();
        let change = polled(&client).await;
        let calls = sandbox.journal().len();
        sandbox
            .faults()
            .next(1, Endpoint::Confirm, Fault::DropAfter);
        let error = client.confirm(&change).await.unwrap_err();
        assert!(matches!(error, Error::Transport { .. }), "{error:?}");
        assert_eq!(sandbox.journal().len(), calls + 1);

        let job = small_job(&client).build_blocking().unwrap();
        let job = client.create(&job).await.unwrap();
        sandbox.faults().next(1, Endpoint::Cancel, Fault::DropAfter);
        let error = client.cancel(&job).await.unwrap_err();
        assert!(error.may_be_done_already(), "{error:?}");
    }
}
