//! Trust by environment: which servers pass over real TLS, and when.

use std::time::Duration;

use portal_certificate::Certificate;
use portal_transport::test_util::TestClock;
use portal_transport::{
    ConfigError, EnvironmentKind, KnownAnchor, ServerTrust, ServiceRoot, SharedClock, TlsFailure,
    TlsSettings, TransportError, TransportSettings,
};
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};

use crate::authority::{Authority, Issued, POSTEN, Wish};
use crate::factory::{Factory, hyper, reqwest};
use crate::mutual_tls::{get, refusal};
use crate::server::{Server, hello, mutual_with, text};

use EnvironmentKind::{Production, Test};

const FACTORIES: [Factory; 2] = [reqwest, hyper];

/// The rows of an authority, root and intermediate.
fn rows(authority: &Authority, environment: EnvironmentKind) -> Vec<KnownAnchor> {
    [authority.root_der(), authority.intermediate_der()]
        .map(|der| KnownAnchor::new(environment, &Certificate::from_der(der).unwrap()))
        .into()
}

fn table(production: &Authority, test: &Authority) -> Vec<KnownAnchor> {
    let mut table = rows(production, Production);
    table.extend(rows(test, Test));
    table
}

/// Calls a server that shows `certificate` as a client of `trust`, with both versions of TLS.
async fn call(
    factory: Factory,
    clients: &Authority,
    certificate: &Issued,
    trust: &ServerTrust,
) -> Vec<Result<String, TransportError>> {
    let mut outcomes = Vec::new();
    for version in [&TLS12, &TLS13] {
        let shown = Issued {
            chain: certificate.chain.clone(),
            key: certificate.key.clone_key(),
        };
        let server = Server::start(Some(mutual_with(shown, clients, &[version])), hello).await;
        let tls = TlsSettings::new(clients.sender().identity().unwrap(), trust.clone());
        let client = factory(TransportSettings::new(server.root(), tls)).unwrap();
        outcomes.push(get(&*client, server.url("/x")).await);
    }
    outcomes
}

#[tokio::test]
async fn a_server_of_the_other_environment_is_refused() {
    let (production, test) = (Authority::new(), Authority::new());
    let table = table(&production, &test);
    for factory in FACTORIES {
        for (environment, theirs) in [(Production, &test), (Test, &production)] {
            let trust = ServerTrust::of_table(&table, environment).unwrap();
            let certificate = theirs.issue(&Wish::of(POSTEN));
            for outcome in call(factory, theirs, &certificate, &trust).await {
                let failure = refusal(outcome);
                let TlsFailure::OtherEnvironment { trusted, found, .. } = failure else {
                    panic!("{failure:?}")
                };
                assert_eq!(trusted, environment);
                assert_ne!(found, environment);
            }
        }
    }
}

#[tokio::test]
async fn a_server_may_send_its_chain_in_any_order_or_leave_it_out() {
    let (ours, other) = (Authority::new(), Authority::new());
    let trust = ServerTrust::of_table(&table(&other, &ours), Test).unwrap();
    let chain = ours.issue(&Wish::of(POSTEN));
    let root = CertificateDer::from(ours.root_der().to_vec());
    let [leaf, intermediate] = [chain.chain[0].clone(), chain.chain[1].clone()];
    for factory in FACTORIES {
        for sent in [
            vec![leaf.clone()],
            vec![leaf.clone(), intermediate.clone()],
            vec![leaf.clone(), root.clone(), intermediate.clone()],
        ] {
            let certificate = Issued {
                chain: sent,
                key: chain.key.clone_key(),
            };
            for outcome in call(factory, &ours, &certificate, &trust).await {
                assert_eq!(outcome.unwrap(), "hello");
            }
        }
    }
}

/// The client was made while the anchor was valid.
#[tokio::test]
async fn an_anchor_that_ends_is_refused_from_then_on() {
    let authority = Authority::new();
    let now = jiff::Timestamp::now();
    let mut table = rows(&authority, Test);
    for row in &mut table {
        row.not_after = now + Duration::from_secs(3_600);
    }
    for factory in FACTORIES {
        let clock = TestClock::new(now);
        let trust = ServerTrust::of_table(&table, Test).unwrap();
        let tls = TlsSettings::new(authority.sender().identity().unwrap(), trust);
        let tls = tls.with_clock(SharedClock::new(clock.clone()));
        let server = |_| async {
            let mut response = text("hello");
            let close = http::HeaderValue::from_static("close");
            response.headers_mut().insert("connection", close);
            response
        };
        let config = crate::server::mutual(authority.issue(&Wish::of(POSTEN)), &authority);
        let server = Server::start(Some(config), server).await;
        let client = factory(TransportSettings::new(server.root(), tls)).unwrap();
        assert_eq!(get(&client, server.url("/x")).await.unwrap(), "hello");
        clock.advance(Duration::from_secs(3_601));
        let failure = refusal(get(&client, server.url("/x")).await);
        let ended = matches!(failure, TlsFailure::AnchorOutsideDates { .. });
        assert!(ended, "{failure:?}");
    }
}

#[test]
fn a_custom_root_has_no_default_trust() {
    for (root, environment) in [
        (ServiceRoot::production(), Production),
        (ServiceRoot::test(), Test),
        (ServiceRoot::quality_assurance(), Test),
    ] {
        let trust = ServerTrust::of_root(&root).unwrap();
        assert_eq!(trust.environment(), Some(environment));
    }
    let custom = ServiceRoot::new("https://localhost:8443/api").unwrap();
    let error = ServerTrust::of_root(&custom).unwrap_err();
    assert!(matches!(error, ConfigError::NoTrustForRoot { .. }));
    insta::assert_snapshot!(error, @"no trust anchors are known for https://localhost:8443/api: give the certificates of its server's issuer, or use the root of one of the service's own environments");
}

#[test]
fn custom_anchors_can_be_added() {
    let authority = Authority::new();
    let trust = ServerTrust::of_environment(Test);
    let trust = trust.with_anchors([authority.root_der(), authority.root_der()]);
    let trust = trust.unwrap();
    assert_eq!(trust.anchors().len(), 11);
    assert_eq!(trust.environment(), Some(Test));
    let added = trust.anchors().last().unwrap();
    assert_eq!(added.environment, None);
    assert_eq!(added.subject, "CN=Example Root CA");
}

/// As editors on Windows write it, with a block that is no certificate.
#[test]
fn a_file_of_anchors_may_have_a_byte_order_mark_and_damaged_blocks() {
    let authority = Authority::new();
    let damaged = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let file = format!("\u{feff}{damaged}{}", authority.root_pem());
    for file in [file.replace('\n', "\r\n"), file] {
        let trust = ServerTrust::from_pem(file.as_bytes()).unwrap();
        assert_eq!(trust.anchors().len(), 1);
    }
    let none = ServerTrust::from_pem(damaged.as_bytes()).unwrap_err();
    assert!(matches!(none, ConfigError::TrustAnchor { .. }));
    let none = ServerTrust::from_pem(b"no certificate").unwrap_err();
    assert!(matches!(none, ConfigError::TrustAnchor { .. }), "{none:?}");
}
