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

pub(crate) async fn run(creates: usize) {
    let server = Server::start().await;
    println!("| document | create ms | floor ms | ratio |");
    println!("|---|---|---|---|");
    for size in [20_000, 200_000, 2_000_000] {
        compare(&server, size, creates).await;
    }
}

async fn compare(server: &Server, size: usize, creates: usize) {
    let client = Clients::of(server).client(0);
    let pdf = document(size);
    let mut floor = Floor::new(server, &client, &pdf).await;
    let (mut ours, mut least) = (Duration::ZERO, Duration::ZERO);
    // The first round warms up: connections, threads, the allocator.
    for round in 0..=creates / IN_A_ROW {
        let start = processor_time();
        for _ in 0..IN_A_ROW {
            client.create(&job(&client, &pdf)).await.unwrap();
        }
        let middle = processor_time();
        for _ in 0..IN_A_ROW {
            floor.once().await;
        }
        if round > 0 {
            ours += middle - start;
            least += processor_time() - middle;
        }
    }
    let ratio = ours.as_secs_f64() / least.as_secs_f64();
    let each = |total: Duration| {
        let count = u32::try_from(creates / IN_A_ROW * IN_A_ROW).unwrap();
        (total / count).as_secs_f64() * 1000.0
    };
    println!(
        "| {} kB | {:.2} | {:.2} | {ratio:.2} |",
        size / 1000,
        each(ours),
        each(least)
    );
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
    let head = format!("%PDF-1.7\n1 0 obj\n<</Length {size}>>\nstream\n");
    let tail = "\nendstream\nendobj\ntrailer\n<<>>\nstartxref\n0\n%%EOF\n";
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
