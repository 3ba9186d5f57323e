//! Which servers a transport talks to, and to which it does not.
//!
//! Each situation runs on TLS 1.2 and 1.3. The service must not have seen a request in any of
//! the wrong ones, and the error must say so.

use std::sync::Arc;

use portal_certificate::LoadError;
use portal_transport::{
    Body, ErrorKind, TlsFailure, TlsSettings, Transport, TransportError, TransportSettings,
};
use rcgen::{DnType, ExtendedKeyUsagePurpose, KeyUsagePurpose};
use rustls::SupportedProtocolVersion;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::version::{TLS12, TLS13};

use crate::authority::{
    Authority, Issued, POSTEN, Wish, organization_identifier, rsa_key, serial_number,
};
use crate::factory::Factory;
use crate::relay::{self, Relay};
use crate::server::{Server, hello, mutual, mutual_with, one_sided};

pub(crate) const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

pub(crate) async fn get(transport: &dyn Transport, url: String) -> Result<String, TransportError> {
    let request = http::Request::get(url).body(Body::empty()).unwrap();
    let response = transport.send(request).await?;
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect(1024).await?;
    Ok(String::from_utf8(body.to_vec()).unwrap())
}

pub(crate) fn make(factory: Factory, server: &Server, tls: TlsSettings) -> Arc<dyn Transport> {
    factory(TransportSettings::new(server.root(), tls)).unwrap()
}

/// Calls a server that shows `certificate` to a client that trusts `authority`.
pub(crate) async fn call(
    factory: Factory,
    authority: &Authority,
    certificate: Issued,
    version: &'static SupportedProtocolVersion,
) -> Result<String, TransportError> {
    let config = mutual_with(certificate, authority, &[version]);
    let server = Server::start(Some(config), hello).await;
    let transport = make(factory, &server, authority.settings());
    let outcome = get(&transport, server.url("/x")).await;
    assert_eq!(server.requests(), usize::from(outcome.is_ok()));
    outcome
}

/// The failure of TLS, which must have come before anything was sent.
pub(crate) fn refusal(outcome: Result<String, TransportError>) -> TlsFailure {
    let error = outcome.unwrap_err();
    assert!(!error.request_may_have_reached_service(), "{error:?}");
    match error.kind() {
        ErrorKind::Tls(failure) => failure.clone(),
        _ => panic!("{error:?}"),
    }
}

async fn refused(factory: Factory, wish: &Wish) -> Vec<TlsFailure> {
    let authority = Authority::new();
    let mut failures = Vec::new();
    for version in VERSIONS {
        let certificate = authority.issue(wish);
        failures.push(refusal(
            call(factory, &authority, certificate, version).await,
        ));
    }
    failures
}

pub(crate) async fn right_organisation(factory: Factory) {
    let authority = Authority::new();
    let named = |kind: DnType, value: &str| Wish {
        subject: vec![(kind, value.to_owned())],
        ..Wish::of(POSTEN)
    };
    let wishes = [
        named(organization_identifier(), "NTRNO-984661185"),
        named(organization_identifier(), "984661185"),
        named(serial_number(), "984661185"),
        named(DnType::CommonName, "984661185"),
    ];
    for version in VERSIONS {
        for wish in &wishes {
            let response = call(factory, &authority, authority.issue(wish), version).await;
            assert_eq!(response.unwrap(), "hello");
        }
    }
}

pub(crate) async fn other_organisation(factory: Factory) {
    for failure in refused(factory, &Wish::of("988015814")).await {
        let TlsFailure::OtherOrganization {
            expected,
            found,
            seen,
            ..
        } = failure
        else {
            panic!("{failure:?}")
        };
        assert_eq!(expected, POSTEN);
        assert_eq!(found.as_deref(), Some("988015814"));
        assert!(seen.subject.contains("Example AS"), "{seen}");
    }
}

pub(crate) async fn number_that_only_begins_alike(factory: Factory) {
    for kind in [organization_identifier(), serial_number()] {
        let wish = Wish {
            subject: vec![(kind, "9846611850".to_owned())],
            ..Wish::of(POSTEN)
        };
        for failure in refused(factory, &wish).await {
            let TlsFailure::OtherOrganization { found, .. } = failure else {
                panic!("{failure:?}")
            };
            assert_eq!(found, None);
        }
    }
}

pub(crate) async fn other_authority_of_the_same_name(factory: Factory) {
    let (ours, theirs) = (Authority::new(), Authority::new());
    for version in VERSIONS {
        let certificate = theirs.issue(&Wish::of(POSTEN));
        let failure = refusal(call(factory, &ours, certificate, version).await);
        assert!(
            matches!(failure, TlsFailure::UnknownIssuer { .. }),
            "{failure:?}"
        );
    }
}

pub(crate) async fn expired(factory: Factory) {
    let wish = Wish {
        valid: (-20, -10),
        ..Wish::of(POSTEN)
    };
    for failure in refused(factory, &wish).await {
        let TlsFailure::Expired { seen, .. } = failure else {
            panic!("{failure:?}")
        };
        assert!(seen.not_after < jiff::Timestamp::now());
    }
}

pub(crate) async fn not_yet_valid(factory: Factory) {
    let wish = Wish {
        valid: (10, 20),
        ..Wish::of(POSTEN)
    };
    for failure in refused(factory, &wish).await {
        assert!(
            matches!(failure, TlsFailure::NotYetValid { .. }),
            "{failure:?}"
        );
    }
}

pub(crate) async fn self_signed(factory: Factory) {
    let authority = Authority::new();
    for version in VERSIONS {
        let certificate = Wish::of(POSTEN).self_signed();
        let failure = refusal(call(factory, &authority, certificate, version).await);
        assert!(
            matches!(&failure, TlsFailure::UnknownIssuer { seen, .. } if seen.is_self_signed()),
            "{failure:?}"
        );
        assert!(failure.to_string().contains("it is self-signed"));
    }
}

pub(crate) async fn missing_intermediate(factory: Factory) {
    let authority = Authority::new();
    for version in VERSIONS {
        let mut certificate = authority.issue(&Wish::of(POSTEN));
        certificate.chain.truncate(1);
        let failure = refusal(call(factory, &authority, certificate, version).await);
        assert!(
            matches!(failure, TlsFailure::UnknownIssuer { .. }),
            "{failure:?}"
        );
    }
}

pub(crate) async fn wrong_usage(factory: Factory) {
    let wishes = [
        Wish {
            usage: Some(KeyUsagePurpose::ContentCommitment),
            ..Wish::of(POSTEN)
        },
        Wish {
            extended_usage: Some(ExtendedKeyUsagePurpose::ClientAuth),
            ..Wish::of(POSTEN)
        },
    ];
    for wish in wishes {
        for failure in refused(factory, &wish).await {
            assert!(
                matches!(failure, TlsFailure::WrongUsage { .. }),
                "{failure:?}"
            );
        }
    }
}

/// Also while a large body is on its way, when the refusal would be lost in a reset.
pub(crate) async fn client_that_the_server_does_not_know(factory: Factory) {
    let (ours, theirs) = (Authority::new(), Authority::new());
    for version in VERSIONS {
        for size in [0, 4096, 100_000, 3_000_000] {
            let config = mutual_with(ours.issue(&Wish::of(POSTEN)), &theirs, &[version]);
            let server = Server::start(Some(config), hello).await;
            let client = make(factory, &server, ours.settings());
            let outcome = post(&*client, server.url("/x"), vec![0; size]).await;
            let error = outcome.unwrap_err();
            let refused = matches!(
                error.tls_failure(),
                Some(TlsFailure::ClientCertificateRefused { .. })
            );
            assert!(refused, "{error:?}");
            // In TLS 1.3 a server may look at the certificate when it has read the request. Only
            // what was not all handed out by then certainly has not arrived.
            let may_be_whole = version == &TLS13 && size <= 4096;
            assert_eq!(error.request_may_have_reached_service(), may_be_whole);
            assert_eq!(server.requests(), 0);
        }
    }
}

/// The refusal comes when the server could have read everything.
pub(crate) async fn refusal_after_the_whole_body(factory: Factory) {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let config = mutual_with(ours.issue(&Wish::of(POSTEN)), &theirs, &[&TLS13]);
    let server = Server::start(Some(config), hello).await;
    let relay = relay::start(server.address, Relay::Withholding(100_000)).await;
    let behind = Server::at(relay);
    let client = make(factory, &behind, ours.settings());
    let error = post(&*client, behind.url("/x"), vec![0; 100_000]).await;
    let error = error.unwrap_err();
    let refused = matches!(
        error.tls_failure(),
        Some(TlsFailure::ClientCertificateRefused { .. })
    );
    assert!(refused, "{error:?}");
    assert!(error.request_may_have_reached_service());
}

async fn post(
    client: &dyn Transport,
    url: String,
    body: Vec<u8>,
) -> Result<String, TransportError> {
    let request = http::Request::post(url).body(Body::from(body)).unwrap();
    client.send(request).await.map(|_| String::new())
}

pub(crate) async fn server_that_does_not_ask_who_we_are(factory: Factory) {
    let authority = Authority::new();
    for version in VERSIONS {
        let config = one_sided(authority.issue(&Wish::of(POSTEN)), &[version]);
        let server = Server::start(Some(config), hello).await;
        let transport = make(factory, &server, authority.settings());
        let failure = refusal(get(&transport, server.url("/x")).await);
        assert_eq!(failure, TlsFailure::ClientCertificateNotAsked);
        assert_eq!(server.requests(), 0);
    }
}

pub(crate) async fn plain_http(factory: Factory) {
    let authority = Authority::new();
    let server = Server::start(None, hello).await;
    let transport = make(factory, &server, authority.settings());
    let failure = refusal(get(&transport, server.url("/x")).await);
    assert_eq!(failure, TlsFailure::NotTls);
    assert_eq!(server.requests(), 0);
}

pub(crate) async fn connection_is_kept_for_the_next_request(factory: Factory) {
    let authority = Authority::new();
    let config = mutual(authority.issue(&Wish::of(POSTEN)), &authority);
    let server = Server::start(Some(config), hello).await;
    let transport = make(factory, &server, authority.settings());
    for _ in 0..3 {
        assert_eq!(get(&transport, server.url("/x")).await.unwrap(), "hello");
    }
    assert_eq!((server.requests(), server.connections()), (3, 1));
}

/// One test for each situation, for the transport that `$factory` makes.
macro_rules! situations {
    ($factory:ident) => {
        mod $factory {
            use crate::factory::$factory as factory;

            situations!(async: right_organisation, other_organisation,
                number_that_only_begins_alike, other_authority_of_the_same_name, expired,
                not_yet_valid, self_signed, missing_intermediate, wrong_usage,
                client_that_the_server_does_not_know, refusal_after_the_whole_body, server_that_does_not_ask_who_we_are,
                plain_http, connection_is_kept_for_the_next_request);
        }
    };
    (async: $($name:ident),+) => {
        $(
            #[tokio::test]
            async fn $name() {
                super::$name(factory).await;
            }
        )+
    };
}

situations!(reqwest);
situations!(hyper);

#[test]
fn client_without_certificate_cannot_be_made() {
    let mut sender = Authority::new().sender();
    sender.chain.clear();
    assert!(matches!(
        sender.identity(),
        Err(LoadError::NoCertificate { .. })
    ));
}

#[test]
fn client_with_another_certificates_key_cannot_be_made() {
    let mut sender = Authority::new().sender();
    sender.key = PrivatePkcs8KeyDer::from(rsa_key().serialize_der()).into();
    assert!(matches!(
        sender.identity(),
        Err(LoadError::NoCertificateForKey)
    ));
}
