//! Requests, settings, and the errors of connections.

use std::path::Path;
use std::time::Duration;

use http::{HeaderMap, Request, StatusCode};
use portal_model::EnvironmentKind;
use portal_transport::test_util::{ScriptedTransport, TestClock};
use portal_transport::{
    AnchorError, Attempt, Body, ConfigError, ErrorKind, HyperTransport, Proxy, RateLimit,
    RequestBodyProblem, ReqwestTransport, RetryPolicy, Retrying, SendBy, ServerTrust, ServiceRoot,
    ServiceTransport, SharedClock, SystemClock, TimeoutKind, Timeouts, TlsFailure, TlsSettings,
    Transport as _, TransportError, TransportService, TransportSettings, TrustAnchors, Verdict,
};

use super::certificate::sender;
use super::shown::Shown;
use super::{ADDRESS, CONTENT, NUMBER, PASSWORD, QUEUE, TOKEN};

pub(super) fn show(shown: &mut Shown) {
    settings(shown);
    requests(shown);
    errors(shown);
    anchors(shown);
    shown.debug("portal_transport::SystemClock", &SystemClock);
    shown.debug("portal_transport::SharedClock", &SharedClock::default());
    shown.debug(
        "portal_transport::test_util::TestClock",
        &TestClock::new(jiff::Timestamp::UNIX_EPOCH),
    );
    shown.debug(
        "portal_transport::SendBy",
        &SendBy::within(Duration::ZERO, &SharedClock::default()),
    );
    shown.debug(
        "portal_transport::TokenSettings",
        &portal_transport::TokenSettings::new(sender(), TOKEN, NUMBER).unwrap(),
    );
    shown.no_text(&[
        "portal_transport::Attempt",
        "portal_transport::CreateVerdict",
        "portal_transport::Idempotency",
        "portal_transport::OperationClass",
        "portal_transport::Progress",
        "portal_transport::RateBlock",
        "portal_transport::RequestBodyProblem",
        "portal_transport::Reservation",
        "portal_transport::Resolution",
        "portal_transport::RetryPolicy",
        "portal_transport::TimeoutKind",
        "portal_transport::Timeouts",
        "portal_transport::TlsVersion",
        "portal_transport::TokenRejected",
        "portal_transport::Verdict",
    ]);
    shown
        .debug("portal_transport::Attempt", &Attempt::FIRST)
        .debug("portal_transport::Timeouts", &Timeouts::ordinary());
    for (path, reason) in [
        (
            "portal_transport::SeenCertificate",
            "the names in the server's certificate are shown on purpose, to say who responded",
        ),
        (
            "portal_transport::SeenServer",
            "the names in the server's certificate are shown on purpose, to say who responded",
        ),
        (
            "portal_transport::ServerAnchor",
            "the subject of an authority's certificate is shown on purpose, to say which it is",
        ),
        (
            "portal_transport::TokenSource",
            "says only whether there is a token; the crate's own tests show it with one",
        ),
        (
            "portal_transport::BearerAuth",
            "says only whether there is a token; the crate's own tests show it with one",
        ),
        (
            "portal_transport::TokenFailure",
            "names a kind, a status or an OAuth code; the crate's own tests show it with canaries",
        ),
        (
            "portal_transport::AnchorNotice",
            "the subject of an authority's certificate is shown on purpose, to say which it is",
        ),
    ] {
        shown.exempt(path, reason);
    }
}

fn trust() -> ServerTrust {
    let chain = sender().chain().to_vec();
    ServerTrust::new([chain.last().unwrap().der()]).unwrap()
}

fn proxy() -> Proxy {
    let proxy = Proxy::new("proxy.example.com", 3128).unwrap();
    proxy.with_credentials(TOKEN, PASSWORD)
}

fn settings(shown: &mut Shown) {
    let root = ServiceRoot::new("https://api.example.com/api").unwrap();
    let tls = TlsSettings::new(sender(), trust());
    let settings = TransportSettings::new(root.clone(), tls.clone()).with_proxy(proxy());
    shown
        .both("portal_transport::ServiceRoot", &root)
        .debug("portal_transport::TlsSettings", &tls)
        .debug("portal_transport::ServerTrust", &trust())
        .debug("portal_transport::Proxy", &proxy())
        .debug("portal_transport::TransportSettings", &settings);
    let hyper = HyperTransport::new(settings.clone()).unwrap();
    let reqwest = ReqwestTransport::new(settings).unwrap();
    let (clock, policy) = (SharedClock::default(), RetryPolicy::default());
    let limited = RateLimit::new(hyper.clone(), clock.clone());
    let retrying = Retrying::new(limited.clone(), policy, clock);
    shown
        .debug("portal_transport::HyperTransport", &hyper)
        .debug("portal_transport::ReqwestTransport", &reqwest)
        .debug("portal_transport::RateLimit", &limited)
        .debug("portal_transport::Retrying", &retrying)
        .debug(
            "portal_transport::ServiceTransport",
            &ServiceTransport::new(TOKEN),
        )
        .debug(
            "portal_transport::TransportService",
            &TransportService::new(retrying),
        );

    let broken: [ConfigError; 7] = [
        ServiceRoot::new(ADDRESS).unwrap_err(),
        ServiceRoot::new(&format!("https://{TOKEN}:{PASSWORD}@example.com/")).unwrap_err(),
        ServiceRoot::new(&format!("https://example.com/?{TOKEN}")).unwrap_err(),
        Proxy::new(&format!("{TOKEN}:{PASSWORD}@example.com"), 1).unwrap_err(),
        ServerTrust::new([ADDRESS]).unwrap_err(),
        ServerTrust::from_pem(ADDRESS.as_bytes()).unwrap_err(),
        TransportSettings::new(root, tls)
            .with_user_agent_part(&format!("{TOKEN}\n"))
            .unwrap_err(),
    ];
    for error in &broken {
        shown.error("portal_transport::ConfigError", error);
    }
}

/// A request with a canary in its query, a header and its body.
fn requests(shown: &mut Shown) {
    let transport = ScriptedTransport::new().response(200, CONTENT);
    let request = Request::post(format!("https://api.example.com/1?polling_queue={QUEUE}"))
        .header("authorization", TOKEN)
        .body(Body::from(CONTENT))
        .unwrap();
    let response = futures_util::FutureExt::now_or_never(transport.send(request));
    let body = response.unwrap().unwrap().into_body();
    let seen = transport.requests();
    shown
        .debug("portal_transport::Body", &body)
        .debug("portal_transport::Body", &Body::from(CONTENT))
        .debug("portal_transport::test_util::RecordedRequest", &seen[0])
        .debug("portal_transport::test_util::ScriptedTransport", &transport);
    let verdict = Verdict::of_response(StatusCode::OK, &HeaderMap::new());
    shown.debug("portal_transport::Verdict", &verdict);
}

fn errors(shown: &mut Shown) {
    for kind in [
        ErrorKind::NoResponse,
        ErrorKind::InvalidResponse,
        ErrorKind::Timeout(TimeoutKind::Connect),
        ErrorKind::RequestBody(RequestBodyProblem::Unreadable),
        ErrorKind::Tls(TlsFailure::NotTls),
        ErrorKind::proxy_refused(407),
    ] {
        shown.both("portal_transport::ErrorKind", &kind);
        if let ErrorKind::Tls(failure) = &kind {
            shown.error("portal_transport::TlsFailure", failure);
        }
        shown.error(
            "portal_transport::TransportError",
            &TransportError::unsent(kind),
        );
    }
}

fn anchors(shown: &mut Shown) {
    let anchors = TrustAnchors::of(EnvironmentKind::Test);
    shown.debug("portal_transport::TrustAnchors", &anchors);
    let none: AnchorError = anchors
        .clone()
        .trust(jiff::Timestamp::UNIX_EPOCH)
        .unwrap_err();
    let unreadable = anchors.clone().add_bytes(NUMBER.as_bytes()).unwrap_err();
    // A path of the configuration is named, so that the user finds the file.
    let path = anchors
        .add_path(Path::new("/nonexistent/anchors.pem"))
        .unwrap_err();
    for error in [none, unreadable, path] {
        shown.error("portal_transport::AnchorError", &error);
    }
}
