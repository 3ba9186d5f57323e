//! What users read when something fails.

use std::error::Error;
use std::fmt::Write as _;

use portal_model::OrganizationNumber;
use portal_transport::{
    ConfigError, ErrorKind, OperationClass, Proxy, RateLimit, RequestBodyProblem, ServerTrust,
    ServiceRoot, SharedClock, TimeoutKind, Timeouts, TlsFailure, TransportError, TransportSettings,
};

use crate::authority::{Authority, POSTEN, Wish};
use crate::conformance::get;
use crate::factory::reqwest;
use crate::server::{Server, hello, mutual};

/// All texts, one in a line.
fn list<T: std::fmt::Display>(all: impl IntoIterator<Item = T>) -> String {
    all.into_iter().fold(String::new(), |mut text, one| {
        writeln!(text, "{one}").unwrap();
        text
    })
}

#[test]
fn kinds_of_failure() {
    let limits = [
        TimeoutKind::Connect,
        TimeoutKind::Upload,
        TimeoutKind::ResponseHead,
        TimeoutKind::Response,
        TimeoutKind::Download,
        TimeoutKind::Total,
    ];
    let kinds = [
        ErrorKind::foreign_url(ServiceRoot::production().to_string(), "example.com"),
        ErrorKind::Request,
        ErrorKind::RequestBody(RequestBodyProblem::Unreadable),
        ErrorKind::RequestBody(RequestBodyProblem::OtherLength),
        ErrorKind::connect("api.signering.posten.no"),
        ErrorKind::proxy_refused(407),
        ErrorKind::SendDeadline,
        ErrorKind::NoResponse,
        ErrorKind::InvalidResponse,
        ErrorKind::compressed_response("gzip"),
        ErrorKind::BodyBrokenOff,
        ErrorKind::Layer,
        ErrorKind::too_large(1_048_576),
    ];
    let kinds = kinds.into_iter().chain(limits.map(ErrorKind::Timeout));
    insta::assert_snapshot!(list(kinds.map(TransportError::may_have_arrived)));
}

#[test]
fn failures_of_tls_without_a_certificate_to_show() {
    insta::assert_snapshot!(list([
        TlsFailure::UnsoundCertificate,
        TlsFailure::NoProofOfKey,
        TlsFailure::NoCommonSignatureScheme,
        TlsFailure::ClientCertificateNotAsked,
        TlsFailure::ClientCertificateDemanded,
        TlsFailure::NotTls,
        TlsFailure::Handshake,
    ]));
}

#[test]
fn settings_that_cannot_work() {
    let settings = || {
        let authority = Authority::new();
        TransportSettings::new(ServiceRoot::test(), authority.settings())
    };
    let no_anchors: [&[u8]; 0] = [];
    let client = reqwest(settings()).unwrap();
    let rate_limit = RateLimit::new(client, SharedClock::default());
    let too_often = rate_limit.with_calls_per_second(11).unwrap_err();
    let root = |url| ServiceRoot::new(url).unwrap_err();
    insta::assert_snapshot!(list([
        Timeouts::ordinary()
            .with_connect(std::time::Duration::ZERO)
            .unwrap_err(),
        root("signering.posten.no"),
        root("http://signering.posten.no"),
        root("https://signering.posten.no/api?x"),
        root("https://signering.posten.no/../api"),
        ServiceRoot::test().join("@example.com").unwrap_err(),
        ServerTrust::new(no_anchors).unwrap_err(),
        ServerTrust::new([b"no certificate"]).unwrap_err(),
        ServerTrust::new([Authority::new().sender().chain[0].as_ref()]).unwrap_err(),
        too_often,
        settings().with_user_agent_part("a (b)").unwrap_err(),
        Proxy::new("http://proxy.example.com", 3128).unwrap_err(),
    ] as [ConfigError; 12]));
    let _ = settings().with_timeouts(OperationClass::Download, Timeouts::download());
}

/// The text of an error and its causes.
fn chain(error: &dyn Error) -> String {
    let mut causes = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        causes.push(error);
        next = error.source();
    }
    list(causes)
}

/// What changes from run to run is replaced.
fn steady(text: &str, serial: &str, port: u16) -> String {
    let mut words = text.split(' ').map(|word| {
        let is_time = word.len() >= 20 && word.as_bytes()[10] == b'T' && word.contains('Z');
        if is_time { "<time>" } else { word }
    });
    let mut steady = words.next().unwrap_or_default().to_owned();
    for word in words {
        steady.push(' ');
        steady.push_str(word);
    }
    let steady = steady.replace(serial, "<serial>");
    steady.replace(&port.to_string(), "<port>")
}

async fn refused_certificate(wish: &Wish, trust_it: bool) -> String {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let issuer = if trust_it { &ours } else { &theirs };
    let server = Server::start(Some(mutual(issuer.issue(wish), &ours)), hello).await;
    let client = reqwest(TransportSettings::new(server.root(), ours.settings())).unwrap();
    let error = get(&*client, &server).await.unwrap_err();
    let serial = error
        .tls_failure()
        .and_then(TlsFailure::seen)
        .unwrap()
        .serial
        .clone();
    steady(&chain(&error), &serial, server.address.port())
}

#[tokio::test]
async fn refused_server_certificates() {
    let expired = Wish {
        valid: (-20, -10),
        ..Wish::of(POSTEN)
    };
    let not_yet = Wish {
        valid: (10, 20),
        ..Wish::of(POSTEN)
    };
    let other = OrganizationNumber::unchecked("988015814");
    let mut texts = Vec::new();
    for (wish, trusted) in [
        (&Wish::of(other.as_str()), true),
        (&Wish::of(POSTEN), false),
        (&expired, true),
        (&not_yet, true),
    ] {
        texts.push(refused_certificate(wish, trusted).await);
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn nobody_listens() {
    let authority = Authority::new();
    let server = Server::start(None, hello).await.stop().await;
    let settings = TransportSettings::new(server.root(), authority.settings());
    let error = get(&*reqwest(settings).unwrap(), &server)
        .await
        .unwrap_err();
    insta::assert_snapshot!(steady(&chain(&error), "-", server.address.port()));
}
