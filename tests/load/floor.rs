//! What creating a job takes of a processor, beside the floor: signing once with RSA, hashing the
//! documents once, and moving the same bytes over TLS.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use portal_client::{Document, Job, PortalClient, Signer};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::clients::Clients;
use crate::server::Server;
use crate::usage::processor_time;

/// Creates in a row, of one kind and then of the other, so that the rest of the machine falls on both.
const IN_A_ROW: usize = 20;
/// What an enterprise certificate's signature is over: the digests of document and manifest.
const SIGNED_INFO: [u8; 2048] = [b'x'; 2048];

/// Prints a table, and the same as JSON in the last line.
pub(crate) async fn run(creates: usize) {
    let server = Server::start().await;
    println!(
        "| document | create ms | by another thread ms | floor ms | create beside the floor |"
    );
    println!("|---|---|---|---|---|");
    let mut measured = serde_json::Map::new();
    for size in [20_000, 200_000, 2_000_000] {
        let [ours, elsewhere, least] = compare(&server, size, creates).await;
        let (kilobytes, ratio) = (size / 1000, ours / least);
        println!("| {kilobytes} kB | {ours:.2} | {elsewhere:.2} | {least:.2} | {ratio:.2} |");
        measured.insert(
            format!("kb_{kilobytes}"),
            serde_json::json!({ "ms": ours, "elsewhere_ms": elsewhere, "floor_ms": least }),
        );
    }
    println!("{}", serde_json::Value::Object(measured));
}

/// What creating takes with a key that may sign in place, and with one that never does, and the floor, in
/// milliseconds of a processor.
async fn compare(server: &Server, size: usize, creates: usize) -> [f64; 3] {
    let clients = Clients::of(server);
    let (client, elsewhere) = (clients.client(0), clients.client_that_signs_elsewhere(1));
    let pdf = document(size);
    let mut floor = Floor::new(server, &client, &pdf).await;
    let mut totals = [Duration::ZERO; 3];
    // The first round warms up: connections, threads, the allocator.
    for round in 0..=creates / IN_A_ROW {
        let mut marks = [processor_time(); 4];
        for _ in 0..IN_A_ROW {
            client.create(&job(&client, &pdf)).await.unwrap();
        }
        marks[1] = processor_time();
        for _ in 0..IN_A_ROW {
            elsewhere.create(&job(&elsewhere, &pdf)).await.unwrap();
        }
        marks[2] = processor_time();
        for _ in 0..IN_A_ROW {
            floor.once().await;
        }
        marks[3] = processor_time();
        if round > 0 {
            for (total, pair) in totals.iter_mut().zip(marks.windows(2)) {
                *total += pair[1] - pair[0];
            }
        }
    }
    let count = u32::try_from(creates / IN_A_ROW * IN_A_ROW).unwrap();
    totals.map(|total| (total / count).as_secs_f64() * 1000.0)
}

fn job(client: &PortalClient, pdf: &bytes::Bytes) -> Job {
    client
        .job("Job title")
        .document(Document::pdf("Document title", pdf.clone()))
        .signer(Signer::by_email("email@example.com"))
        .build_blocking()
        .unwrap()
}

/// A PDF of about the size, most of it a stream of noise, which no compression makes smaller.
pub(crate) fn document(size: usize) -> bytes::Bytes {
    let mut noise = vec![0; size];
    fastrand::Rng::with_seed(7).fill(&mut noise);
    // With a table that is right: a broken one is looked for in the whole document.
    let catalog = "%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n";
    let head = format!("{catalog}2 0 obj\n<</Length {size}>>\nstream\n");
    let end = "\nendstream\nendobj\n";
    let table = head.len() + size + end.len();
    let tail = format!(
        "{end}xref\n0 3\n0000000000 65535 f \n{:010} 00000 n \n{:010} 00000 n \n\
         trailer\n<</Size 3/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n",
        "%PDF-1.7\n".len(),
        catalog.len()
    );
    [head.as_bytes(), &noise, tail.as_bytes()].concat().into()
}

/// The same request, ready-made, on a connection without an HTTP library.
struct Floor {
    key: RsaKeyPair,
    document: bytes::Bytes,
    request: Vec<u8>,
    stream: TlsStream<TcpStream>,
}

impl Floor {
    async fn new(server: &Server, client: &PortalClient, pdf: &bytes::Bytes) -> Self {
        let package = client.package(&job(client, pdf)).await.unwrap();
        let identity = server.identity();
        let address = server.root_url.strip_prefix("https://").unwrap();
        let authority = address.strip_suffix("/api").unwrap();
        Self {
            key: RsaKeyPair::from_pkcs8(identity.private_key_pkcs8()).unwrap(),
            document: pdf.clone(),
            request: request(authority, &package.into_bytes().unwrap()),
            stream: connect(server, authority).await,
        }
    }

    async fn once(&mut self) {
        black_box(digest(&SHA256, &self.document));
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(&RSA_PKCS1_SHA256, &random, &SIGNED_INFO, &mut signature)
            .unwrap();
        black_box(signature);
        self.stream.write_all(&self.request).await.unwrap();
        self.stream.flush().await.unwrap();
        let mut response = Vec::new();
        while !response.ends_with(b"</portal-signature-job-response>") {
            let read = self.stream.read_buf(&mut response).await.unwrap();
            assert!(read > 0 && response.starts_with(b"HTTP/1.1 200"));
        }
    }
}

fn request(authority: &str, package: &[u8]) -> Vec<u8> {
    let boundary = "0123456789abcdef0123456789abcdef";
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><portal-signature-job-request \
               xmlns=\"http://signering.posten.no/schema/v1\"/>";
    let opening = format!(
        "--{boundary}\r\nContent-Type: application/xml\r\n\r\n{xml}\r\n\
         --{boundary}\r\nContent-Type: application/octet-stream\r\n\r\n"
    );
    let closing = format!("\r\n--{boundary}--\r\n");
    let length = opening.len() + package.len() + closing.len();
    let head = format!(
        "POST /api/123456789/portal/signature-jobs HTTP/1.1\r\nHost: {authority}\r\n\
         Accept: application/xml\r\nContent-Type: multipart/mixed; boundary={boundary}\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    let parts = [
        head.as_bytes(),
        opening.as_bytes(),
        package,
        closing.as_bytes(),
    ];
    parts.concat()
}

async fn connect(server: &Server, authority: &str) -> TlsStream<TcpStream> {
    let identity = server.identity();
    let chain = identity.chain_der().map(|der| der.to_vec().into());
    let key = PrivateKeyDer::try_from(identity.private_key_pkcs8().to_vec()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_client_auth_cert(chain.collect(), key)
        .unwrap();
    let stream = TcpStream::connect(authority).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, stream).await.unwrap()
}

/// The floor does not ask who the server is; the one connection is made before anything is measured.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
