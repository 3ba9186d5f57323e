//! Downloads of 50 MB over mutual TLS, each transport next to the bare library under it, and the
//! memory that downloads and uploads of that size take.
//!
//! `cargo bench -p portal-transport --bench download`. The server is a process of its own, so
//! that the memory measured is the client's. Linux only, as it reads `/proc`.

// A bench that cannot go on may stop.
#![allow(clippy::unwrap_used)]

#[path = "../tests/it/authority.rs"]
// Shared with the tests, which use more of it.
#[allow(dead_code)]
mod authority;

use std::convert::Infallible;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use authority::{Authority, POSTEN, Wish};
use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use portal_transport::{
    Body, HyperTransport, OperationClass, ReqwestTransport, ServiceRoot, Transport,
    TransportSettings,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, ServerConfig, SignatureScheme,
};

const SIZE: usize = 50_000_000;
const ROUNDS: usize = 9;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match arguments.next().as_deref() {
        Some("--server") => {
            let folder = arguments.next().unwrap();
            runtime.block_on(serve(Path::new(&folder)));
        }
        _ => runtime.block_on(measure()),
    }
}

/// Serves 50 MB to whoever asks, and says on which port.
async fn serve(folder: &Path) {
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut anchors = RootCertStore::empty();
    anchors.add(read("root").into()).unwrap();
    let clients = WebPkiClientVerifier::builder_with_provider(anchors.into(), provider.clone());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(
            vec![read("leaf").into(), read("issuer").into()],
            PrivatePkcs8KeyDer::from(read("key")).into(),
        )
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let service = service_fn(|request: http::Request<hyper::body::Incoming>| async {
                let mut sent = request.into_body();
                while let Some(Ok(_)) = sent.frame().await {}
                let piece = Bytes::from(vec![7; 50_000]);
                let pieces = (0..SIZE / 50_000).map(move |_| Ok::<_, Infallible>(piece.clone()));
                let body =
                    StreamBody::new(stream::iter(pieces.map(|piece| piece.map(Frame::data))));
                let response = http::Response::builder().header("content-length", SIZE);
                Ok::<_, Infallible>(response.body(body).unwrap())
            });
            let http = hyper::server::conn::http1::Builder::new();
            drop(http.serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

async fn measure() {
    let authority = Authority::new();
    let certificate = authority.issue(&Wish::of(POSTEN));
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("root", authority.root_der()),
        ("leaf", certificate.chain[0].as_ref()),
        ("issuer", certificate.chain[1].as_ref()),
        ("key", certificate.key.secret_der()),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let mut server = Command::new(std::env::current_exe().unwrap())
        .arg("--server")
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut port = String::new();
    let mut lines = BufReader::new(server.stdout.take().unwrap());
    lines.read_line(&mut port).unwrap();
    let root = format!("https://localhost:{}/api", port.trim());
    compare(&authority, &root).await;
    server.kill().unwrap();
    server.wait().unwrap();
}

/// Alternates between all four, so that whatever else the machine does hits all of them.
async fn compare(authority: &Authority, root: &str) {
    let settings = || TransportSettings::new(ServiceRoot::new(root).unwrap(), authority.settings());
    let url = format!("{root}/x");
    let over_reqwest = ReqwestTransport::new(settings()).unwrap();
    let over_hyper = HyperTransport::new(settings()).unwrap();
    let bare_reqwest = reqwest::Client::builder()
        .tls_backend_preconfigured(bare_config(authority))
        .http1_only()
        .build()
        .unwrap();
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    let connector = hyper_rustls::HttpsConnector::from((http, bare_config(authority)));
    let bare_hyper: Client<_, Empty<Bytes>> =
        Client::builder(TokioExecutor::new()).build(connector);

    let mut times: [Vec<Duration>; 4] = Default::default();
    let mut memory = [0; 2];
    for round in 0..=ROUNDS {
        let before = reset_peak();
        let first = timed(by_transport(&over_reqwest, &url)).await;
        let first_peak = peak().saturating_sub(before);
        let second = timed(by_reqwest(&bare_reqwest, &url)).await;
        let before = reset_peak();
        let third = timed(by_transport(&over_hyper, &url)).await;
        let third_peak = peak().saturating_sub(before);
        let fourth = timed(by_hyper(&bare_hyper, &url)).await;
        // The first round connects and warms up.
        if round > 0 {
            for (list, time) in times.iter_mut().zip([first, second, third, fourth]) {
                list.push(time);
            }
            memory = [memory[0].max(first_peak), memory[1].max(third_peak)];
        }
    }
    let before = reset_peak();
    upload(&over_reqwest, &url).await;
    let first = peak().saturating_sub(before);
    let before = reset_peak();
    upload(&over_hyper, &url).await;
    let second = peak().saturating_sub(before);
    let [ours_reqwest, reqwest, ours_hyper, hyper] = times.map(median);
    report("reqwest", ours_reqwest, reqwest, memory[0]);
    report("hyper", ours_hyper, hyper, memory[1]);
    println!("uploads: peak {first} kB above idle over reqwest, {second} kB over hyper");
}

fn report(name: &str, ours: Duration, bare: Duration, peak: u64) {
    let rate = |time: Duration| SIZE as f64 / 1e6 / time.as_secs_f64();
    println!(
        "{name}: {:.0} MB/s, bare {:.0} MB/s, ratio {:.2}; peak {peak} kB above idle",
        rate(ours),
        rate(bare),
        bare.as_secs_f64() / ours.as_secs_f64(),
    );
}

async fn timed(download: impl Future<Output = usize>) -> Duration {
    let started = Instant::now();
    assert_eq!(download.await, SIZE);
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

async fn by_transport(transport: &dyn Transport, url: &str) -> usize {
    let request = http::Request::get(url).extension(OperationClass::Download);
    let response = transport.send(request.body(Body::empty()).unwrap()).await;
    let mut body = response.unwrap().into_body();
    let mut bytes = 0;
    while let Some(piece) = body.next_piece().await.unwrap() {
        bytes += piece.len();
    }
    bytes
}

/// Sends 50 MB out of a reader, and leaves the response.
async fn upload(transport: &dyn Transport, url: &str) {
    let body = Body::from_reader(std::io::repeat(7).take(SIZE as u64), SIZE as u64);
    let request = http::Request::post(url).body(body).unwrap();
    assert_eq!(transport.send(request).await.unwrap().status(), 200);
}

async fn by_reqwest(client: &reqwest::Client, url: &str) -> usize {
    let mut response = client.get(url).send().await.unwrap();
    let mut bytes = 0;
    while let Some(piece) = response.chunk().await.unwrap() {
        bytes += piece.len();
    }
    bytes
}

async fn by_hyper<C>(client: &Client<C, Empty<Bytes>>, url: &str) -> usize
where
    C: hyper_util::client::legacy::connect::Connect + Clone + Send + Sync + 'static,
{
    let mut body = client.get(url.parse().unwrap()).await.unwrap().into_body();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame.unwrap().into_data().map_or(0, |data| data.len());
    }
    bytes
}

/// The client's resident memory in kB, which its peak is set back to.
fn reset_peak() -> u64 {
    fs::write("/proc/self/clear_refs", "5").unwrap();
    status("VmRSS:")
}

fn peak() -> u64 {
    status("VmHWM:")
}

fn status(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A client's TLS without this crate's checks.
fn bare_config(authority: &Authority) -> ClientConfig {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let sender = authority.sender();
    ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        .with_client_auth_cert(sender.chain, sender.key)
        .unwrap()
}

#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
