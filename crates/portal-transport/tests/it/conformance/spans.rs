//! What a subscriber gets of a request, and what it keeps to itself.

use portal_transport::Body;
use rcgen::DnType;
use tracing::instrument::WithSubscriber;

use super::{Stage, get};
use crate::authority::Wish;
use crate::factory::Factory;
use crate::log::Log;
use crate::server::{Server, mutual, text};

pub(super) async fn request_is_recorded_without_what_is_personal(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), |_| async { text("twelve bytes") }).await;
    let client = stage.client(factory, &server);
    let log = Log::new();
    let url = server.url("/123456789/portal/signature-jobs/42?polling_queue=12345678910");
    let request = http::Request::post(url)
        .header("x-secret", "12345678910")
        .body(Body::from("12345678910"))
        .unwrap();
    let call = async {
        let response = client.send(request).await.unwrap();
        response.into_body().collect(100).await.unwrap();
    };
    call.with_subscriber(log.dispatch.clone()).await;
    let told = log.text();
    let closed = told
        .lines()
        .find(|line| line.contains("portal.request{") && line.contains("close"));
    let closed = closed.unwrap();
    for field in [
        "method=POST",
        "path=/api/{}/portal/signature-jobs/{}",
        "attempt=1",
        "request_bytes=11",
        "status=200",
        "head_ms=",
        "response_bytes=12",
        "total_ms=",
    ] {
        assert!(closed.contains(field), "{field}: {closed}");
    }
    for secret in ["12345678910", "123456789", "twelve bytes", "polling_queue"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
}

/// A server that is not proven chooses the names in its certificate.
pub(super) async fn failure_is_recorded_by_its_kind(factory: Factory) {
    let stage = Stage::new();
    let wish = Wish {
        subject: vec![(DnType::CommonName, "Evil\u{202e}\nname".repeat(20))],
        ..Wish::of("988015814")
    };
    let config = mutual(stage.authority.issue(&wish), &stage.authority);
    let server = Server::start(Some(config), |_| async { text("") }).await;
    let client = stage.client(factory, &server);
    let log = Log::new();
    let error = get(&*client, &server)
        .with_subscriber(log.dispatch.clone())
        .await;
    let error = error.unwrap_err();
    let told = log.text();
    assert!(told.contains("error=\"tls.other_organization\""), "{told}");
    assert!(!told.contains("name\\"), "{told}");
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains(['\u{202e}', '\n']), "{text}");
    }
    let seen = error.tls_failure().unwrap().seen().unwrap();
    assert!(seen.subject.chars().count() <= 101, "{}", seen.subject);
}
