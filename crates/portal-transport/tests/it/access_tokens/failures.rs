//! No token: why, for how long, and what the error says.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use portal_transport::{
    BearerAuth, Body, ConfigError, ErrorKind, SharedClock, SystemClock, TlsFailure, TokenFailure,
    TokenSettings, TokenSource, Transport, TransportError, Verdict,
};
use rcgen::SanType;
use rustls::ServerConfig;
use rustls::version::{TLS12, TLS13};

use super::stage::{Stage, api_settings, settings, web};
use crate::authority::{Authority, POSTEN, Wish};
use crate::factory::{Factory, hyper, reqwest};
use crate::server::{Server, hello, mutual, mutual_with, one_sided};

#[track_caller]
fn failure(error: &TransportError) -> &TokenFailure {
    assert!(!error.request_may_have_reached_service());
    match error.kind() {
        ErrorKind::Token { failure, .. } => failure,
        kind => panic!("{kind:?}"),
    }
}

#[tokio::test]
async fn a_failure_is_shared_and_stands_for_five_seconds() {
    let stage = Stage::start().await;
    let client = stage.client();
    stage.tokens.fail(503, 1);
    let errors = join_all((0..16).map(|_| client.send(stage.get()))).await;
    for error in errors {
        let error = error.unwrap_err();

        let unavailable = matches!(
            failure(&error),
            TokenFailure::Unavailable { status: 503, .. }
        );
        assert!(unavailable, "{error}");
        assert!(Verdict::of_error(&error).is_transient());
    }
    stage.clock.advance(Duration::from_millis(4_999));
    assert!(client.send(stage.get()).await.is_err());
    assert_eq!(stage.tokens.requests(), 1);
    stage.clock.advance(Duration::from_millis(1));
    assert_eq!(client.send(stage.get()).await.unwrap().status(), 200);
    assert_eq!((stage.tokens.requests(), stage.api.requests()), (2, 1));
}

#[tokio::test]
async fn what_the_endpoint_says_is_explained() {
    let stage = Stage::start().await;
    let mut texts = String::new();
    for (status, body, permanent) in [
        (401, r#"{"error":"invalid_client"}"#, true),
        (400, r#"{"error":"invalid_scope\u0007"}"#, true),
        (404, "<html>", true),
        (500, "", false),
        (200, "<html>canary-token</html>", false),
        (204, "", false),
    ] {
        stage.tokens.respond(status, body, 1);
        stage.source.forget();
        let error = stage.client().send(stage.get()).await.unwrap_err();
        let verdict = Verdict::of_error(&error);
        assert_eq!(verdict.is_permanent(), permanent, "{error}");
        assert_eq!(verdict.is_transient(), status == 500, "{error}");
        texts.push_str(&format!("{error}\n"));
    }
    let texts = texts.replace(stage.source.endpoint(), "midp.example.com:443");
    insta::assert_snapshot!(texts);
}

/// A source of tokens from `endpoint`, whose certificates are of `authority`.
async fn error_of(authority: &Authority, endpoint: &Server) -> TransportError {
    let api = Server::start(None, hello).await;
    let transport = api_settings(authority, &api);
    let clock = SharedClock::new(SystemClock);
    let source = TokenSource::new(&settings(authority, endpoint), &transport, clock.clone());
    let source = source.unwrap();
    let error = source.ensure().await.unwrap_err();
    let again = source.ensure().await.unwrap_err();
    assert_eq!(again.to_string(), error.to_string());
    assert_eq!(endpoint.requests(), 0);
    error
}

#[track_caller]
fn cause(error: &TransportError) -> &ErrorKind {
    match failure(error) {
        TokenFailure::Unreachable { cause, .. } => cause,
        failure => panic!("{failure:?}"),
    }
}

#[tokio::test]
async fn an_endpoint_where_nobody_listens_is_transient() {
    let authority = Authority::new();
    let endpoint = Server::start(None, hello).await.stop().await;
    let error = error_of(&authority, &endpoint).await;
    assert!(matches!(cause(&error), ErrorKind::Connect { .. }));
    assert!(Verdict::of_error(&error).is_transient());
    // The operating system's reason.
    assert!(std::error::Error::source(&error).is_some());
}

/// The ordinary check of a web server, and that it asks who we are.
#[tokio::test]
async fn an_endpoint_that_is_not_proven_is_permanent() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let elsewhere = |params: &mut rcgen::CertificateParams| {
        params.subject_alt_names = vec![SanType::DnsName("example.com".try_into().unwrap())];
    };
    let expired = Wish {
        valid: (-20, -10),
        ..Wish::of(POSTEN)
    };
    let localhost = |params: &mut rcgen::CertificateParams| {
        params.subject_alt_names = vec![SanType::DnsName("localhost".try_into().unwrap())];
    };
    let cases: [(ServerConfig, &str); 6] = [
        (
            mutual(web(&theirs), &ours),
            "none of the system's roots has signed it or its issuer",
        ),
        (
            mutual(ours.issue_changed(&Wish::of(POSTEN), elsewhere), &ours),
            "it is not for this host's name",
        ),
        // An enterprise certificate of the service does not do.
        (
            mutual(ours.issue(&Wish::of(POSTEN)), &ours),
            "it is not for this host's name",
        ),
        (
            mutual(ours.issue_changed(&expired, localhost), &ours),
            "it has expired",
        ),
        (
            one_sided(web(&ours), &[&TLS12, &TLS13]),
            "did not ask for a client certificate",
        ),
        (
            mutual_with(web(&ours), &theirs, &[&TLS12]),
            "refused the client certificate",
        ),
    ];
    for (config, expected) in cases {
        let endpoint = Server::start(Some(config), hello).await;
        let error = error_of(&ours, &endpoint).await;
        assert!(matches!(cause(&error), ErrorKind::Tls(_)), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
        assert!(Verdict::of_error(&error).is_permanent(), "{error}");
    }
}

#[tokio::test]
async fn an_endpoint_that_refuses_the_certificate_late_is_permanent_too() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let endpoint = mutual_with(web(&ours), &theirs, &[&TLS13]);
    let endpoint = Server::start(Some(endpoint), hello).await;
    let error = error_of(&ours, &endpoint).await;
    let refused = matches!(
        cause(&error),
        ErrorKind::Tls(TlsFailure::ClientCertificateRefused { .. })
    );
    assert!(refused, "{error}");
}

/// A service that has no tokens at this address.
#[tokio::test]
async fn a_server_that_demands_a_certificate_gets_none() {
    let stage = Stage::start().await;
    for factory in [reqwest, hyper] as [Factory; 2] {
        for version in [&TLS12, &TLS13] {
            let certificate = stage.authority.issue(&Wish::of(POSTEN));
            let config = mutual_with(certificate, &stage.authority, &[version]);
            let api = Server::start(Some(config), hello).await;
            let transport = factory(api_settings(&stage.authority, &api)).unwrap();
            let request = http::Request::get(api.url("/x")).body(Body::empty());
            let error = transport.send(request.unwrap()).await.unwrap_err();
            let demanded = Some(&TlsFailure::ClientCertificateDemanded);
            assert_eq!(error.tls_failure(), demanded, "{error:?}");
            assert!(Verdict::of_error(&error).is_permanent());
            assert_eq!(api.requests(), 0);
        }
    }
}

/// It asks for one, but goes on without.
#[tokio::test]
async fn no_client_certificate_goes_to_the_api() {
    use rustls::server::WebPkiClientVerifier;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let stage = Stage::start().await;
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(stage.authority.root_der().to_vec().into())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    for version in [&TLS12, &TLS13] {
        let roots = Arc::new(roots.clone());
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider.clone());
        let verifier = verifier.allow_unauthenticated().build().unwrap();
        let certificate = stage.authority.issue(&Wish::of(POSTEN));
        let config = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(certificate.chain, certificate.key)
            .unwrap();
        let (shown, mut seen) = tokio::sync::mpsc::unbounded_channel();
        let api = Server::raw(Some(config), move |mut stream| {
            let shown = shown.clone();
            async move {
                let has_certificate = stream.get_ref().1.peer_certificates().is_some();
                shown.send(has_certificate).unwrap();
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                let response = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                let _ = stream.write_all(response).await;
            }
        })
        .await;
        for factory in [reqwest, hyper] as [Factory; 2] {
            let transport = api_settings(&stage.authority, &api);
            let clock = SharedClock::new(stage.clock.clone());
            let settings = settings(&stage.authority, &stage.tokens.server);
            let source = TokenSource::new(&settings, &transport, clock).unwrap();
            let client = BearerAuth::new(factory(transport).unwrap(), source);
            let request = http::Request::get(api.url("/x")).body(Body::empty());
            assert_eq!(client.send(request.unwrap()).await.unwrap().status(), 200);
            assert_eq!(seen.recv().await, Some(false));
        }
    }
}

#[tokio::test]
async fn settings_that_cannot_work() {
    let authority = Authority::new();
    let identity = || authority.sender().identity().unwrap();
    let of = |client: &str, broker: &str| TokenSettings::new(identity(), client, broker);
    let api = Server::start(None, hello).await;
    let transport = api_settings(&authority, &api);
    let clock = SharedClock::new(SystemClock);
    let no_endpoint = TokenSource::new(&of("client", "broker").unwrap(), &transport, clock);
    let errors: [ConfigError; 6] = [
        of("", "broker").unwrap_err(),
        of("client\n", "broker").unwrap_err(),
        of("client", " ").unwrap_err(),
        of("client", "broker")
            .unwrap()
            .with_endpoint("http://example.com/token")
            .unwrap_err(),
        of("client", "broker")
            .unwrap()
            .with_endpoint("token")
            .unwrap_err(),
        no_endpoint.unwrap_err(),
    ];
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(texts.join("\n"));
}
