//! Who may connect.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use portal_model::OrganizationNumber;
use portal_sandbox::{Organization, RequestEvent, Sandbox, ServerChain, Validity};
use rustls::ProtocolVersion;
use rustls::version::{TLS12, TLS13};

use crate::client::{Client, standing};

#[tokio::test]
async fn both_versions_of_tls_serve_the_sender() {
    let sandbox = standing().start().await.unwrap();
    let identity = Some(sandbox.sender_certificate());
    for (version, protocol) in [
        (&TLS12, ProtocolVersion::TLSv1_2),
        (&TLS13, ProtocolVersion::TLSv1_3),
    ] {
        let mut client = Client::connect(&sandbox, identity, &[version])
            .await
            .unwrap();
        assert_eq!(client.protocol, protocol);
        let reply = client.get("/api/123456789").await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.text(), "You are 123456789");
    }
}

/// TLS lets a client without a certificate in, since it may have a token; its first call is refused, and
/// said aloud once for each connection.
#[tokio::test]
async fn no_certificate_and_no_token_no_call() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let sandbox = standing().observe(move |event| {
        if let RequestEvent::ConnectionRefused { reason, help, .. } = event {
            heard.lock().unwrap().push(format!("{reason}; {help}"));
        }
    });
    let sandbox = sandbox.start().await.unwrap();
    for version in [&TLS12, &TLS13] {
        let mut client = Client::connect(&sandbox, None, &[version]).await.unwrap();
        for _ in 0..2 {
            let reply = client.get("/api/123456789").await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
            insta::assert_snapshot!("not_authenticated", reply.text());
        }
        // Its body is read all the same, and nothing is made of it.
        let reply = client
            .create("123456789", "multipart/mixed; boundary=a", vec!["a".into()])
            .await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    }
    let calls = sandbox.journal();
    assert_eq!(calls.len(), 6);
    for call in calls {
        assert_eq!(
            (call.status, &call.caller, call.with_token),
            (401, &None, false)
        );
        let said = call.remark.as_deref().unwrap_or_default();
        assert!(said.contains("sent no certificate"), "{said}");
    }
    let told = told.lock().unwrap().clone();
    assert_eq!(told.len(), 2);
    assert!(told[0].contains("sent no certificate"), "{told:?}");
    assert!(sandbox.jobs().is_empty());
}

/// With TLS 1.3 the refusal arrives on the first read, after a handshake that looks well.
async fn is_refused(
    sandbox: &Sandbox,
    identity: Option<&portal_certificate::EnterpriseCertificate>,
    remark: &str,
) {
    for version in [&TLS12, &TLS13] {
        let Ok(mut client) = Client::connect(sandbox, identity, &[version]).await else {
            continue;
        };
        let request = http::Request::get("/api/123456789")
            .body(http_body_util::BodyExt::boxed(http_body_util::Empty::new()))
            .unwrap();
        client.try_send(request).await.unwrap_err();
    }
    let calls = sandbox.journal();
    assert!(!calls.is_empty());
    for call in calls {
        assert_eq!((&*call.path, call.status), ("(TLS handshake)", 0));
        let said = call.remark.as_deref().unwrap_or_default();
        assert!(said.contains(remark), "{said}");
    }
    sandbox.clear_journal();
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused() {
    let sandbox = standing().start().await.unwrap();
    let other = standing().start().await.unwrap();
    let remark = "an issuer that the sandbox does not trust";
    is_refused(&sandbox, Some(other.sender_certificate()), remark).await;
}

#[tokio::test]
async fn an_expired_certificate_is_refused_and_so_is_one_that_expires_by_the_clock() {
    let sandbox = standing().start().await.unwrap();
    let expired = Validity::expired_at(sandbox.clock().now());
    let expired = sandbox.issue(sandbox.sender(), expired).unwrap();
    is_refused(&sandbox, Some(&expired), "has expired").await;

    let sold = Validity::around(sandbox.clock().now());
    let sold = sandbox.issue(sandbox.sender(), sold).unwrap();
    sandbox
        .clock()
        .advance(Duration::from_secs(4 * 365 * 24 * 3600));
    is_refused(&sandbox, Some(&sold), "has expired").await;
}

/// A client that knows the intermediate gets in whatever the server sends, one that knows the root alone where
/// the intermediate is sent.
#[tokio::test]
async fn the_server_sends_its_chain_its_leaf_alone_or_a_wrong_order() {
    for (chain, sent, root_is_enough) in [
        (ServerChain::WithIntermediate, 2, true),
        (ServerChain::LeafAlone, 1, false),
        (ServerChain::WrongOrder, 3, true),
    ] {
        let sandbox = standing().server_chain(chain).start().await.unwrap();
        let identity = Some(sandbox.sender_certificate());
        let (root, intermediate) = (sandbox.trust_anchor_der(), sandbox.intermediate_der());
        let versions = rustls::ALL_VERSIONS;
        let both = Client::trusting(&sandbox, identity, versions, &[root, intermediate]).await;
        let mut client = both.unwrap();
        assert_eq!(client.sent, sent, "{chain:?}");
        assert_eq!(client.get("/api/123456789").await.status, StatusCode::OK);
        let by_root = Client::trusting(&sandbox, identity, versions, &[root]).await;
        assert_eq!(by_root.is_ok(), root_is_enough, "{chain:?}");
    }
}

#[tokio::test]
async fn an_organization_without_access_and_a_broker_without_rights() {
    let known = OrganizationNumber::new("988015814").unwrap();
    let unknown = OrganizationNumber::new("984661185").unwrap();
    let sandbox = standing()
        .organization(Organization::new(known.clone()))
        .start()
        .await
        .unwrap();
    let validity = Validity::around(Timestamp::now());

    let stranger = sandbox.issue(&unknown, validity).unwrap();
    let mut client = Client::as_owner_of(&sandbox, &stranger).await;
    let reply = client.get("/api/984661185").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    insta::assert_snapshot!("not_authorized", reply.text());

    let broker = sandbox.issue(&known, validity).unwrap();
    let mut client = Client::as_owner_of(&sandbox, &broker).await;
    assert_eq!(
        client.get("/api/988015814").await.text(),
        "You are 988015814"
    );
    let reply = client.get("/api/123456789").await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    insta::assert_snapshot!("broker_not_authorized", reply.text());
}

#[tokio::test]
async fn a_broker_with_rights_sees_the_organization_it_acts_for() {
    let broker = OrganizationNumber::new("988015814").unwrap();
    let sandbox = standing()
        .organization(
            Organization::new(broker.clone())
                .with_broker_rights_for(OrganizationNumber::new("123456789").unwrap()),
        )
        .start()
        .await
        .unwrap();
    let identity = sandbox.issue(&broker, Validity::around(Timestamp::now()));
    let mut client = Client::as_owner_of(&sandbox, &identity.unwrap()).await;
    assert_eq!(
        client.get("/api/123456789").await.text(),
        "You are 988015814, operating on behalf of 123456789"
    );
}

#[tokio::test]
async fn a_dropped_sandbox_no_longer_listens() {
    let sandbox = standing().start().await.unwrap();
    let address = sandbox.address();
    let mut client = Client::sender(&sandbox).await;
    assert_eq!(client.get("/api/123456789").await.status, StatusCode::OK);
    drop(sandbox);
    let request = http::Request::get("/api/123456789")
        .body(http_body_util::BodyExt::boxed(http_body_util::Empty::new()))
        .unwrap();
    client.try_send(request).await.unwrap_err();
    tokio::net::TcpStream::connect(address).await.unwrap_err();
}

#[test]
fn a_sandbox_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Sandbox>();
    shared::<portal_sandbox::SandboxJob>();
    shared::<portal_sandbox::SandboxClock>();
}
