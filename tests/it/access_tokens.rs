//! Access tokens in place of the client certificate, against the sandbox over TLS: every operation, and what becomes
//! of it when the token does not hold.

use std::time::Duration;

use portal_certificate::{Certificate, EnterpriseCertificate};
use portal_client::{
    Authentication, ClientBuilder, Environment, Error, ErrorOrigin, HyperTransport, PortalClient,
    RetryPolicy, Sector, SharedClock, StatusChange,
};
use portal_sandbox::{Endpoint, Fault, Sandbox, TokenRegistration, Validity};
use portal_transport::test_util::TestClock;
use portal_transport::{ErrorKind, TokenFailure};

use crate::sandbox_clients::{BOTH, Over, small_job, trust_in};

async fn sandbox() -> Sandbox {
    let sandbox = Sandbox::builder()
        .standing_clock()
        .first_job(1)
        .long_term_storage(true)
        .token_endpoint(([127, 0, 0, 1], 0).into());
    sandbox.start().await.unwrap()
}

/// A client of a registration with the sandbox.
pub(crate) fn registered(
    sandbox: &Sandbox,
    certificate: &EnterpriseCertificate,
    registration: &TokenRegistration,
) -> ClientBuilder {
    let environment = Environment::custom(sandbox.root_url()).unwrap();
    let clock = sandbox.clock().clone();
    let root = Certificate::from_der(sandbox.token_trust_anchor_der()).unwrap();
    PortalClient::builder(environment, certificate.clone(), Sector::Public)
        .trust(trust_in(sandbox))
        .sender(sandbox.sender().clone().into())
        .authentication(Authentication::token(
            registration.client_id(),
            registration.broker_id(),
        ))
        .token_endpoint(sandbox.token_endpoint().unwrap())
        .token_endpoint_roots([root])
        .clock(SharedClock::new(move || clock.now()))
        .without_proxy()
}

/// A client as the sandbox's sender, who is registered from the start.
pub(crate) fn builder(sandbox: &Sandbox) -> ClientBuilder {
    let registration = sandbox.access_tokens().registrations().remove(0);
    registered(sandbox, sandbox.sender_certificate(), &registration)
}

fn client(sandbox: &Sandbox, over: Over) -> PortalClient {
    match over {
        Over::Reqwest => builder(sandbox).build().unwrap(),
        Over::Hyper => builder(sandbox).build_over(HyperTransport::new).unwrap(),
    }
}

/// The operations of the portal flow in an order in which each can be done.
const OPERATIONS: [Endpoint; 9] = [
    Endpoint::WhoAmI,
    Endpoint::Create,
    Endpoint::Poll,
    Endpoint::Pades,
    Endpoint::Xades,
    Endpoint::Archive,
    Endpoint::Delete,
    Endpoint::Confirm,
    Endpoint::Cancel,
];

/// A job on its way, as the operations need it.
#[derive(Default)]
struct Stage {
    change: Option<StatusChange>,
}

impl Stage {
    /// Does one operation.
    async fn run(&mut self, client: &PortalClient, operation: Endpoint) -> Result<(), Error> {
        let change = || self.change.clone().unwrap();
        match operation {
            Endpoint::WhoAmI => client.who_am_i(None).await.map(drop),
            Endpoint::Create | Endpoint::Cancel => {
                let job = small_job(client).build().await?;
                let created = client.create(&job).await;
                if operation == Endpoint::Create {
                    return created.map(drop);
                }
                client.cancel(&created?).await
            }
            Endpoint::Poll => {
                self.change = client.status_change(None).await?.change;
                Ok(())
            }
            Endpoint::Pades => client.pades(&change()).await.map(drop),
            Endpoint::Xades => {
                let change = change();
                let signer = change.signatures()[0].index();
                client.xades(&change, signer).await.map(drop)
            }
            Endpoint::Archive => client.archived_pades(None, "1").await.map(drop),
            Endpoint::Delete => client.delete_documents(&change()).await,
            Endpoint::Confirm => client.confirm(&change()).await,
            other => panic!("{other:?} is none"),
        }
    }
}

/// Moves the clock on to where the operation can be done.
fn wait_for(sandbox: &Sandbox, operation: Endpoint) {
    let seconds = match operation {
        Endpoint::Poll => 60,
        Endpoint::Delete => 8 * 24 * 3_600,
        _ => 0,
    };
    sandbox.clock().advance(Duration::from_secs(seconds));
}

fn count(sandbox: &Sandbox, status: u16) -> usize {
    let journal = sandbox.journal();
    journal.iter().filter(|call| call.status == status).count()
}

#[tokio::test]
async fn a_token_that_has_ended_is_replaced_in_every_operation() {
    for over in BOTH {
        let sandbox = sandbox().await;
        let client = client(&sandbox, over);
        client.who_am_i(None).await.unwrap();
        let mut stage = Stage::default();
        for operation in OPERATIONS {
            wait_for(&sandbox, operation);
            sandbox.access_tokens().expire();
            sandbox.clear_journal();
            let done = stage.run(&client, operation).await;
            if operation == Endpoint::Archive {
                // There is none of this number, which is said to whoever is let in.
                assert_eq!(done.unwrap_err().response().unwrap().status(), 404);
            } else {
                done.unwrap_or_else(|error| panic!("{over:?} {operation:?}: {error}"));
            }
            assert_eq!(count(&sandbox, 401), 1, "{over:?} {operation:?}");
            if operation == Endpoint::Create {
                assert_eq!(sandbox.jobs().len(), 1);
                sandbox.job(1).sign(0).unwrap();
            }
        }
        assert!(sandbox.jobs().iter().all(|job| job.id() != 1.into()));
    }
}

#[tokio::test]
async fn a_second_401_ends_every_operation() {
    for over in BOTH {
        let sandbox = sandbox().await;
        let client = client(&sandbox, over);
        let mut stage = Stage::default();
        for operation in OPERATIONS {
            wait_for(&sandbox, operation);
            client.who_am_i(None).await.unwrap();
            sandbox.faults().next(2, operation, Fault::Status(401));
            sandbox.clear_journal();
            let error = stage.run(&client, operation).await.unwrap_err();
            let response = error.response().unwrap();
            assert_eq!(response.status(), 401, "{over:?} {error}");
            assert!(response.token_was_rejected(), "{over:?} {error}");
            assert!(!error.is_retryable() && !error.is_transient(), "{error}");
            assert!(!matches!(error, Error::OutcomeUnknown { .. }), "{error}");
            assert_eq!(error.origin(), ErrorOrigin::Configuration, "{error}");
            assert!(error.to_string().contains("client id"), "{error}");
            assert_eq!(count(&sandbox, 401), 2, "{over:?} {operation:?}");
            // And once nothing is wrong it is done.
            let done = stage.run(&client, operation).await;
            let is_there = operation != Endpoint::Archive;
            assert_eq!(done.is_ok(), is_there, "{over:?} {operation:?}: {done:?}");
            if operation == Endpoint::Create {
                sandbox.job(1).sign(0).unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_tasks_share_one_token() {
    let sandbox = sandbox().await;
    let client = client(&sandbox, Over::Hyper);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let client = client.clone();
        tasks.spawn(async move { client.who_am_i(None).await.is_ok() });
    }
    assert!(tasks.join_all().await.into_iter().all(|done| done));
    let fetches = sandbox.journal().into_iter();
    assert_eq!(
        fetches.filter(|call| call.path == "/oauth2/token").count(),
        1
    );
}

#[tokio::test]
async fn a_download_outlives_its_token() {
    let sandbox = sandbox().await;
    let client = client(&sandbox, Over::Hyper);
    let mut stage = Stage::default();
    stage.run(&client, Endpoint::Create).await.unwrap();
    sandbox.job(1).sign(0).unwrap();
    wait_for(&sandbox, Endpoint::Poll);
    stage.run(&client, Endpoint::Poll).await.unwrap();
    let pause = Fault::Trickle(Duration::from_millis(1));
    sandbox.faults().next(1, Endpoint::Pades, pause);
    let change = stage.change.unwrap();
    let download = client.pades(&change).await.unwrap();
    sandbox.access_tokens().expire();
    assert!(download.bytes(1 << 20).await.unwrap().starts_with(b"%PDF-"));
    assert_eq!(count(&sandbox, 401), 0);
}

/// The endpoint is asked once in five seconds, and the first request after it is back succeeds.
#[tokio::test]
async fn an_endpoint_that_is_down_for_a_minute() {
    let sandbox = sandbox().await;
    let clock = TestClock::new(sandbox.clock().now());
    let client = builder(&sandbox)
        .clock(SharedClock::new(clock.clone()))
        .retry_policy(RetryPolicy::default().with_attempts(1))
        .build_over(HyperTransport::new)
        .unwrap();
    sandbox
        .faults()
        .next(1_000, Endpoint::Token, Fault::Status(503));
    for _ in 0..60 {
        let error = client.who_am_i(None).await.unwrap_err();
        let Error::Transport { source, .. } = &error else {
            panic!("{error:?}")
        };
        let ErrorKind::Token { failure, .. } = source.kind() else {
            panic!("{error:?}")
        };
        assert!(matches!(
            failure,
            TokenFailure::Unavailable { status: 503, .. }
        ));
        assert!(error.is_retryable() && !error.request_may_have_reached_service());
        assert_eq!(error.origin(), ErrorOrigin::Service);
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(count(&sandbox, 503), 12);
    sandbox.faults().clear();
    clock.advance(Duration::from_secs(5));
    client.who_am_i(None).await.unwrap();
}

/// As those that Digipost issues may be.
#[tokio::test]
async fn a_certificate_without_an_organisation_number_will_do() {
    let sandbox = sandbox().await;
    let validity = Validity::around(sandbox.clock().now());
    let certificate = sandbox.issue_without_organization(validity).unwrap();
    let registration = TokenRegistration::new(
        "client-2",
        "broker-2",
        sandbox.sender().clone(),
        certificate.leaf(),
    );
    let registration = registration.unwrap();
    sandbox
        .access_tokens()
        .register(registration.clone())
        .unwrap();
    let client = registered(&sandbox, &certificate, &registration)
        .build_over(HyperTransport::new)
        .unwrap();
    let report = client.check().await;
    assert!(report.is_ok(), "{report}");
    let job = small_job(&client).build().await.unwrap();
    client.create(&job).await.unwrap();
    assert_eq!(sandbox.jobs().len(), 1);
}

#[tokio::test]
async fn a_registration_that_does_not_hold_is_the_configurations() {
    let sandbox = sandbox().await;
    let client = client(&sandbox, Over::Hyper);
    sandbox.access_tokens().refuse(1);
    let error = client.who_am_i(None).await.unwrap_err();
    assert!(error.is_permanent() && !error.is_retryable(), "{error}");
    assert_eq!(error.origin(), ErrorOrigin::Configuration);
    assert!(error.to_string().contains("invalid_client"), "{error}");
}
