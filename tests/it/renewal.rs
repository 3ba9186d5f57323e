//! Replacing the certificate of a client that is running.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use portal_certificate::EnterpriseCertificate;
use portal_client::{
    Authentication, Certificate, ClientBuilder, Environment, Error, HyperTransport,
    OrganizationNumber, PortalClient, Renewal, RenewalError, Sector, TokenEndpoint, WatchEvent,
};
use portal_sandbox::{Sandbox, Validity};
use portal_transport::ErrorKind;
use tokio::task::JoinHandle;

use crate::recording_server::{Recorded, RecordingServer, identity, web_identity};
use crate::sandbox_clients::{BOTH, Over, bare_client, client_with, small_job, trust_in};

fn posten() -> OrganizationNumber {
    OrganizationNumber::new("984661185").unwrap()
}

fn issue(sandbox: &Sandbox, organization: &OrganizationNumber) -> EnterpriseCertificate {
    let validity = Validity::around(jiff::Timestamp::now());
    sandbox.issue(organization, validity).unwrap()
}

async fn api(sandbox: &Sandbox) -> RecordingServer {
    let identity = identity(&issue(sandbox, &posten()));
    RecordingServer::start(sandbox, identity, |_| "You are 123456789".to_owned()).await
}

fn builder(
    sandbox: &Sandbox,
    api: &RecordingServer,
    certificate: &EnterpriseCertificate,
) -> ClientBuilder {
    let environment = Environment::custom(&format!("https://{}/api", api.address)).unwrap();
    PortalClient::builder(environment, certificate.clone(), Sector::Public)
        .trust(trust_in(sandbox))
        .sender(sandbox.sender().clone().into())
        .without_proxy()
}

fn build(builder: ClientBuilder, over: Over) -> PortalClient {
    match over {
        Over::Reqwest => builder.build().unwrap(),
        Over::Hyper => builder.build_over(HyperTransport::new).unwrap(),
    }
}

fn showed(request: &Recorded, certificate: &EnterpriseCertificate) -> bool {
    request.client.as_ref() == Some(certificate.leaf())
}

/// Whoever runs goes on with the old certificate; whoever begins has the new one, on a connection and a session of
/// its own.
#[tokio::test]
async fn operations_that_begin_have_the_new_certificate() {
    for over in BOTH {
        let sandbox = Sandbox::start().await.unwrap();
        let api = api(&sandbox).await;
        let old = issue(&sandbox, sandbox.sender());
        let new = issue(&sandbox, sandbox.sender());
        let client = build(builder(&sandbox, &api, &old), over);
        let clone = client.clone();
        client.who_am_i(None).await.unwrap();

        api.hold();
        let running = held(&client);
        api.arrived(2).await;
        client.replace_certificate(new.clone()).unwrap();
        api.release();
        running.await.unwrap().unwrap();
        clone.who_am_i(None).await.unwrap();
        client.who_am_i(None).await.unwrap();

        let requests = api.requests();
        let connections: Vec<_> = requests.iter().map(|request| request.connection).collect();
        assert_eq!(connections, [1, 1, 2, 2], "{over:?}");
        assert!(showed(&requests[0], &old) && showed(&requests[1], &old));
        assert!(showed(&requests[2], &new) && showed(&requests[3], &new));
        assert!(requests.iter().all(|request| !request.is_resumed));
    }
}

#[tokio::test]
async fn what_does_not_fit_changes_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = api(&sandbox).await;
    let old = issue(&sandbox, sandbox.sender());
    let client = build(builder(&sandbox, &api, &old), Over::Hyper);

    let stranger = issue(&sandbox, &OrganizationNumber::new("988015814").unwrap());
    let error = client.replace_certificate(stranger).unwrap_err();
    let RenewalError::OtherOrganization { have, given, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(have, sandbox.sender());
    assert_eq!(given.as_ref().unwrap().as_str(), "988015814");

    let now = jiff::Timestamp::now();
    let day = SignedDuration::from_hours(24);
    for validity in [
        Validity::expired_at(now),
        Validity::new(now + day, now + day * 2),
    ] {
        let certificate = sandbox.issue(sandbox.sender(), validity).unwrap();
        let error = client.replace_certificate(certificate).unwrap_err();
        assert!(
            matches!(error, RenewalError::OutsideDates { .. }),
            "{error}"
        );
    }

    client.who_am_i(None).await.unwrap();
    assert!(showed(&api.requests()[0], &old));

    let custom = bare_client(&sandbox, Over::Hyper);
    let error = custom.replace_certificate(old).unwrap_err();
    assert!(matches!(error, RenewalError::CustomParts), "{error}");
}

#[tokio::test]
async fn trust_can_be_replaced() {
    let sandbox = Sandbox::start().await.unwrap();
    let stranger = Sandbox::start().await.unwrap();
    let api = api(&sandbox).await;
    let certificate = issue(&sandbox, sandbox.sender());
    let client = build(builder(&sandbox, &api, &certificate), Over::Hyper);
    client.who_am_i(None).await.unwrap();
    client.replace_trust(trust_in(&stranger)).unwrap();
    // The connection that is open was made under the old trust, and serves nobody any more.
    client.who_am_i(None).await.unwrap_err();
    client.replace_trust(trust_in(&sandbox)).unwrap();
    client.who_am_i(None).await.unwrap();
    assert_eq!(api.requests().len(), 2);
}

/// A token endpoint whose tokens are numbered, and the root of its certificate.
async fn token_endpoint(sandbox: &Sandbox, name: &'static str) -> (RecordingServer, Certificate) {
    let (identity, root) = web_identity();
    let endpoint = RecordingServer::start(sandbox, identity, move |number| {
        format!(r#"{{"access_token":"{name}-{number}","expires_in":3600}}"#)
    });
    (endpoint.await, root)
}

/// An operation that begins, and has no response until the server is released.
fn held(client: &PortalClient) -> JoinHandle<Result<String, Error>> {
    let client = client.clone();
    tokio::spawn(async move { client.who_am_i(None).await })
}

fn token(client_id: &str) -> Authentication {
    Authentication::token(client_id, "broker")
}

/// Certificate, client id and token change in one step, and the API sees no certificate at any time.
#[tokio::test]
async fn tokens_change_with_the_certificate() {
    for over in BOTH {
        let sandbox = Sandbox::start().await.unwrap();
        let api = api(&sandbox).await;
        let (endpoint, root) = token_endpoint(&sandbox, "token").await;
        let (old, new) = (
            issue(&sandbox, sandbox.sender()),
            issue(&sandbox, sandbox.sender()),
        );
        let builder = builder(&sandbox, &api, &old)
            .authentication(token("first"))
            .token_endpoint(format!("https://{}/token", endpoint.address))
            .token_endpoint_roots([root]);
        let client = build(builder, over);
        client.who_am_i(None).await.unwrap();

        let error = client.replace_certificate(new.clone()).unwrap_err();
        assert!(matches!(error, RenewalError::ClientIdMissing), "{error}");
        let renewal = Renewal::new(new.clone()).client_id("second");
        client.replace_certificate(renewal).unwrap();
        client.who_am_i(None).await.unwrap();
        client.who_am_i(None).await.unwrap();

        let fetches = endpoint.requests();
        assert_eq!(fetches.len(), 2, "{over:?}");
        assert!(showed(&fetches[0], &old) && fetches[0].text.contains("client_id=first"));
        assert!(showed(&fetches[1], &new) && fetches[1].text.contains("client_id=second"));
        let calls = api.requests();
        assert!(calls.iter().all(|call| call.client.is_none()));
        let tokens: Vec<_> = calls.iter().map(bearer).collect();
        assert_eq!(tokens, ["token-1", "token-2", "token-2"]);
        assert_ne!(calls[0].connection, calls[1].connection);
    }
}

/// The line with the token of a request to the API.
fn bearer(request: &Recorded) -> String {
    let text = request.text.to_ascii_lowercase();
    let (_, rest) = text.split_once("authorization: bearer ").unwrap();
    rest.split_once("\r\n").unwrap().0.to_owned()
}

fn at(endpoint: &RecordingServer) -> TokenEndpoint {
    TokenEndpoint::new(format!("https://{}/token", endpoint.address))
}

/// The operation that runs ends with the token it began with; the next one has a token of the new endpoint.
#[tokio::test]
async fn the_token_endpoint_and_its_roots_can_be_replaced() {
    for over in BOTH {
        let sandbox = Sandbox::start().await.unwrap();
        let api = api(&sandbox).await;
        let (first, first_root) = token_endpoint(&sandbox, "first").await;
        let (second, second_root) = token_endpoint(&sandbox, "second").await;
        let certificate = issue(&sandbox, sandbox.sender());
        let builder = builder(&sandbox, &api, &certificate)
            .authentication(token("client"))
            .token_endpoint(format!("https://{}/token", first.address))
            .token_endpoint_roots([first_root.clone()]);
        let client = build(builder, over);
        let clone = client.clone();
        client.who_am_i(None).await.unwrap();

        api.hold();
        let running = held(&client);
        api.arrived(2).await;
        let endpoint = at(&second).with_extra_roots([second_root]);
        client.replace_token_endpoint(endpoint.clone()).unwrap();
        api.release();
        running.await.unwrap().unwrap();
        clone.who_am_i(None).await.unwrap();
        client.who_am_i(None).await.unwrap();
        let tokens = || api.requests().iter().map(bearer).collect::<Vec<_>>();
        let expected = ["first-1", "first-1", "second-1", "second-1"];
        assert_eq!(tokens(), expected, "{over:?}");

        // What can't be used changes nothing, and the kept token stays.
        for unusable in [
            TokenEndpoint::new("http://example.com/token"),
            TokenEndpoint::default(),
        ] {
            let error = client.replace_token_endpoint(unusable).unwrap_err();
            assert!(matches!(error, RenewalError::Build { .. }), "{error}");
        }
        client.who_am_i(None).await.unwrap();
        assert_eq!((first.requests().len(), second.requests().len()), (1, 1));

        // Roots that do not vouch for the endpoint: no token any more, and the API is not even asked.
        let distrusted = at(&second).with_extra_roots([first_root]);
        client.replace_token_endpoint(distrusted).unwrap();
        let error = client.who_am_i(None).await.unwrap_err();
        let Error::Transport { source, .. } = &error else {
            panic!("{error:?}")
        };
        assert!(matches!(source.kind(), ErrorKind::Token { .. }), "{error}");
        assert_eq!(api.requests().len(), 5);

        // All in one step.
        let renewal = Renewal::new(issue(&sandbox, sandbox.sender()))
            .client_id("renewed")
            .token_endpoint(endpoint);
        client.replace_certificate(renewal).unwrap();
        client.who_am_i(None).await.unwrap();
        assert_eq!(tokens()[5], "second-2");
        assert!(second.requests()[1].text.contains("client_id=renewed"));
    }
}

#[tokio::test]
async fn authentication_can_be_replaced() {
    for over in BOTH {
        let sandbox = Sandbox::start().await.unwrap();
        let api = api(&sandbox).await;
        let (endpoint, root) = token_endpoint(&sandbox, "token").await;
        let certificate = issue(&sandbox, sandbox.sender());
        let client = build(builder(&sandbox, &api, &certificate), over);
        client.who_am_i(None).await.unwrap();
        // A custom root has no endpoint of its own.
        let error = client.replace_authentication(token("first")).unwrap_err();
        assert!(matches!(error, RenewalError::Build { .. }), "{error}");
        let tokens = at(&endpoint).with_extra_roots([root]);
        client.replace_token_endpoint(tokens).unwrap();
        client.replace_authentication(token("first")).unwrap();
        client.who_am_i(None).await.unwrap();

        api.hold();
        let running = held(&client);
        api.arrived(3).await;
        client.replace_authentication(token("second")).unwrap();
        api.release();
        running.await.unwrap().unwrap();
        client.who_am_i(None).await.unwrap();
        client
            .replace_authentication(Authentication::Certificate)
            .unwrap();
        client.who_am_i(None).await.unwrap();

        let calls = api.requests();
        assert!(showed(&calls[0], &certificate) && showed(&calls[4], &certificate));
        let with_tokens = &calls[1..4];
        assert!(with_tokens.iter().all(|call| call.client.is_none()));
        let tokens: Vec<_> = with_tokens.iter().map(bearer).collect();
        assert_eq!(tokens, ["token-1", "token-1", "token-2"], "{over:?}");
        assert!(!calls[4].text.to_ascii_lowercase().contains("authorization"));
        let fetches = endpoint.requests();
        assert!(fetches[0].text.contains("client_id=first"));
        assert!(fetches[1].text.contains("client_id=second"));
    }
}

/// A watch warns once a day, until the certificate is replaced.
#[tokio::test]
async fn the_watch_warns_of_a_certificate_that_ends() {
    let sandbox = Sandbox::start().await.unwrap();
    let lasting = |days: i64| {
        let now = jiff::Timestamp::now();
        let day = SignedDuration::from_hours(24);
        let end = now + day * i32::try_from(days).unwrap() + SignedDuration::from_hours(1);
        let validity = Validity::new(now - day, end);
        sandbox.issue(sandbox.sender(), validity).unwrap()
    };
    let client = client_with(&sandbox, Over::Hyper, &lasting(20), trust_in(&sandbox));
    let warnings = async |passing: Duration| {
        for _ in 0..3 {
            let job = small_job(&client).build().await.unwrap();
            let created = client.create(&job).await.unwrap();
            sandbox.job(created.job_id()).sign(0).unwrap();
        }
        let days = Arc::new(Mutex::new(Vec::new()));
        let (noted, clock) = (Arc::clone(&days), sandbox.clock().clone());
        let watch = client.watch().until_empty().observe(move |event| {
            if let WatchEvent::CertificateExpires { days_left, .. } = event {
                noted.lock().unwrap().push(days_left);
            }
        });
        let handled = watch.handle(move |_, _| {
            clock.advance(passing);
            async { Ok::<(), Error>(()) }
        });
        handled.await.unwrap();
        days.lock().unwrap().clone()
    };
    let hour = Duration::from_secs(3_600);
    assert_eq!(warnings(Duration::ZERO).await, [20]);
    // The second change comes after 13 hours, the third after 26.
    assert_eq!(warnings(13 * hour).await, [20, 18]);
    client.replace_certificate(lasting(400)).unwrap();
    assert!(warnings(Duration::ZERO).await.is_empty());
}
