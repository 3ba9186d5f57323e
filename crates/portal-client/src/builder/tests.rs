//! What the builder composes, and what it refuses.

use portal_model::EnvironmentKind;
use portal_transport::test_util::{ScriptedTransport, TestClock};

use super::*;
use crate::Error;
use crate::fixtures::{build, enterprise, environment, least, now, sender};

fn authority() -> Vec<u8> {
    let mut wanted = rcgen::CertificateParams::default();
    wanted.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    wanted.self_signed(&key).unwrap().der().to_vec()
}

/// A client that the builder has composed, over `transport` in place of the wire.
fn client(transport: &ScriptedTransport, clock: &TestClock) -> PortalClient {
    let certificate = enterprise();
    let trust = ServerTrust::new([authority()]).unwrap();
    PortalClient::builder(environment(), certificate.clone(), Sector::Unknown)
        .trust(trust)
        .sender(sender())
        .clock(SharedClock::new(clock.clone()))
        .build_over({
            let transport = transport.clone();
            move |_| Ok(transport.clone())
        })
        .unwrap()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    { runtime }.build().unwrap().block_on(future)
}

#[test]
fn a_custom_root_has_no_default_trust() {
    let custom = Environment::custom("https://127.0.0.1:8443/api").unwrap();
    let builder = PortalClient::builder(custom, enterprise().clone(), Sector::Public);
    let built = builder.build_over(|_| Ok(ScriptedTransport::new()));
    insta::assert_snapshot!(built.unwrap_err());
}

fn build_at(
    environment: Environment,
    change: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<PortalClient, BuildError> {
    let builder = PortalClient::builder(environment, enterprise().clone(), Sector::Public);
    change(builder.without_proxy()).build_over(|_| Ok(ScriptedTransport::new()))
}

#[test]
fn the_environment_chooses_its_trust() {
    for (environment, kind) in [
        (Environment::production(), EnvironmentKind::Production),
        (Environment::difitest(), EnvironmentKind::Test),
        (Environment::difiqa(), EnvironmentKind::Test),
    ] {
        let client = build_at(environment.clone(), |builder| builder).unwrap();
        let connection = client.connection();
        let trust = &connection.setup.as_ref().unwrap().trust;
        assert_eq!(trust.environment(), Some(kind));
        for given in [EnvironmentKind::Production, EnvironmentKind::Test] {
            let trust = ServerTrust::of_environment(given);
            let built = build_at(environment.clone(), |builder| builder.trust(trust));
            assert_eq!(built.is_ok(), given == kind, "{built:?}");
        }
    }
    let trust = ServerTrust::of_environment(EnvironmentKind::Test);
    let mixed = build_at(Environment::production(), |builder| builder.trust(trust));
    insta::assert_snapshot!(mixed.unwrap_err(), @"the trust anchors are of the test environment, and the service is of production: leave them out, as those of production are built in");
}

#[test]
fn the_environment_knows_its_token_endpoint() {
    let authentication = || Authentication::Token {
        client_id: "client-id".to_owned(),
        broker_id: "broker-id".to_owned(),
    };
    for (environment, endpoint) in [
        (Environment::production(), "midp.digipost.no:443"),
        (Environment::difitest(), "midp.difitest.digipost.no:443"),
        (Environment::difiqa(), "midp.qa.digipost.no:443"),
    ] {
        let built = build_at(environment, |builder| {
            builder.authentication(authentication())
        });
        let connection = built.unwrap().connection();
        assert_eq!(connection.tokens.as_ref().unwrap().endpoint(), endpoint);
    }
    let custom = || Environment::custom("https://127.0.0.1:8443/api").unwrap();
    let trust = || ServerTrust::new([authority()]).unwrap();
    let missing = build_at(custom(), |builder| {
        builder.trust(trust()).authentication(authentication())
    });
    insta::assert_snapshot!(missing.unwrap_err(), @"the connection to the service can't be set up: access tokens: no token endpoint is known for a custom root: give its URL, or authenticate with the certificate");
    let given = build_at(custom(), |builder| {
        let builder = builder.trust(trust()).authentication(authentication());
        builder.token_endpoint("https://127.0.0.1:8444/token")
    });
    given.unwrap();
}

#[test]
fn a_user_agent_that_no_header_can_hold_is_refused() {
    let certificate = enterprise();
    let trust = ServerTrust::new([authority()]).unwrap();
    let built = PortalClient::builder(environment(), certificate.clone(), Sector::Public)
        .trust(trust)
        .user_agent_part("name\r\nx: y")
        .build_over(|_| Ok(ScriptedTransport::new()));
    assert!(
        matches!(built, Err(BuildError::Transport { .. })),
        "{built:?}"
    );
}

#[test]
fn idempotent_requests_are_retried() {
    let transport = ScriptedTransport::new()
        .response(503, "")
        .response(503, "")
        .response(200, "You are 123456789");
    let clock = TestClock::new(now());
    let response = block_on(client(&transport, &clock).who_am_i(None));
    assert_eq!(response.unwrap(), "You are 123456789");
    assert_eq!(clock.sleeps().len(), 2);
}

#[test]
fn a_create_and_a_poll_that_may_have_arrived_are_not_repeated() {
    let transport = ScriptedTransport::new().response(503, "").response(503, "");
    let client = client(&transport, &TestClock::new(now()));
    let created = block_on(client.create(&build(least()))).unwrap_err();
    assert!(!created.is_retryable(), "{created}");
    let polled = block_on(client.status_change(None)).unwrap_err();
    assert!(matches!(polled, Error::Unexpected { .. }), "{polled}");
    assert_eq!(transport.requests().len(), 2);
}

#[test]
fn eleven_calls_take_more_than_a_second() {
    let mut transport = ScriptedTransport::new();
    for _ in 0..11 {
        transport = transport.response(200, "You are 123456789");
    }
    let clock = TestClock::new(now());
    let client = client(&transport, &clock);
    for _ in 0..11 {
        block_on(client.who_am_i(None)).unwrap();
    }
    assert!(clock.now().duration_since(now()).as_millis() > 1_000);
}
