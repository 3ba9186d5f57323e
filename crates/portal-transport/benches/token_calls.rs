//! What a call with a kept access token costs beside one with the certificate, each on a kept connection; and beside
//! one with neither, which shows what of it is the layer's.
//!
//! `cargo bench -p portal-transport --bench token_calls`. Servers and client are one process.

// A bench that cannot go on may stop.
#![allow(clippy::unwrap_used)]

#[path = "../tests/it/authority.rs"]
// Shared with the tests, which use more of it.
#[allow(dead_code)]
mod authority;
#[path = "../tests/it/server.rs"]
// Shared with the tests, which use more of it.
#[allow(dead_code)]
mod server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use authority::{Authority, POSTEN, Wish};
use http::Request;
use http_body_util::{BodyExt, Full};
use portal_certificate::Certificate;
use portal_transport::{
    BearerAuth, Body, HyperTransport, ServerTrust, SharedClock, TlsSettings, TokenSettings,
    TokenSource, Transport, TransportSettings,
};
use rcgen::SanType;
use rustls::version::{TLS12, TLS13};
use server::{Server, ServerResponse, mutual, one_sided};

const CALLS: u32 = 100;
const ROUNDS: usize = 401;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(measure());
}

fn response(body: &'static str) -> ServerResponse {
    let body = Full::new(body.into()).map_err(|never| match never {});
    http::Response::new(body.boxed())
}

async fn measure() {
    let authority = Authority::new();
    let of_service = || authority.issue(&Wish::of(POSTEN));
    let by_certificate = mutual(of_service(), &authority);
    let by_certificate = Server::start(Some(by_certificate), |_| async { response("hello") });
    let by_token = one_sided(of_service(), &[&TLS12, &TLS13]);
    let by_token = Server::start(Some(by_token), |_| async { response("hello") });
    let (by_certificate, by_token) = (by_certificate.await, by_token.await);
    let web = authority.issue_changed(&Wish::of("988015814"), |params| {
        params.subject_alt_names = vec![SanType::DnsName("localhost".try_into().unwrap())];
    });
    let endpoint = Server::start(Some(mutual(web, &authority)), |_| async {
        response(r#"{"access_token":"token","expires_in":3600}"#)
    });
    let endpoint = endpoint.await;

    let settings = TransportSettings::new(by_certificate.root(), authority.settings());
    let certificate = HyperTransport::new(settings).unwrap();
    let trust = ServerTrust::new([authority.root_der()]).unwrap();
    let tls = TlsSettings::without_client_certificate(trust);
    let settings = TransportSettings::new(by_token.root(), tls);
    let url = format!("https://localhost:{}/token", endpoint.address.port());
    let root = Certificate::from_der(authority.root_der()).unwrap();
    let identity = authority.sender().identity().unwrap();
    let tokens = TokenSettings::new(identity, "client", "broker").unwrap();
    let tokens = tokens.with_endpoint(&url).unwrap().with_extra_roots([root]);
    let tokens = TokenSource::new(&tokens, &settings, SharedClock::default()).unwrap();
    let neither = HyperTransport::new(settings).unwrap();
    let token = BearerAuth::new(neither.clone(), tokens);

    let ways: [(Arc<dyn Transport>, String); 3] = [
        (Arc::new(certificate), by_certificate.url("/x")),
        (Arc::new(neither), by_token.url("/x")),
        (Arc::new(token), by_token.url("/x")),
    ];
    let mut times: [Vec<Duration>; 3] = Default::default();
    // In turn, so that whatever else the machine does hits all.
    for round in 0..=ROUNDS {
        for (times, way) in times.iter_mut().zip(&ways) {
            let took = calls(way).await;
            // The first round connects and warms up.
            if round > 0 {
                times.push(took);
            }
        }
    }
    for times in &mut times {
        times.sort();
    }
    for (part, name) in [(20, "a twentieth"), (4, "a quarter"), (2, "half")] {
        let [certificate, neither, token] = times
            .each_ref()
            .map(|times| times[times.len() / part].as_secs_f64() * 1e6 / f64::from(CALLS));
        println!(
            "a call, {name} is faster: {certificate:.1} µs with the certificate, {neither:.1} µs with neither, \
             {token:.1} µs with a kept token, ratio {:.3}",
            token / certificate
        );
    }
}

async fn calls((transport, url): &(Arc<dyn Transport>, String)) -> Duration {
    let started = Instant::now();
    for _ in 0..CALLS {
        let request = Request::get(url).body(Body::empty()).unwrap();
        let response = transport.send(request).await.unwrap();
        let body = response.into_body().collect(1024).await.unwrap();
        assert_eq!(body, "hello");
    }
    started.elapsed()
}
