//! What a call tells to a subscriber, and what it keeps to itself.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use portal_transport::Body;
use tracing::instrument::WithSubscriber;
use tracing_subscriber::fmt::format::FmtSpan;

use super::Stage;
use crate::factory::Factory;
use crate::server::{Server, text};

/// Log lines kept in memory.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) async fn call_is_told_without_what_is_personal(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), |_| async { text("twelve bytes") }).await;
    let client = stage.client(factory, &server);
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let url = server.url("/123456789/portal/signature-jobs/42?polling_queue=12345678910");
    let request = http::Request::post(url)
        .header("x-secret", "12345678910")
        .body(Body::from("12345678910"))
        .unwrap();
    let call = async {
        let response = client.send(request).await.unwrap();
        response.into_body().collect(100).await.unwrap();
    };
    call.with_subscriber(subscriber).await;
    let told = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let closed = told
        .lines()
        .find(|line| line.contains("portal.call{") && line.contains("close"));
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
