//! The plainest client that speaks HTTP/1.1 over mutual TLS.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use portal_certificate::EnterpriseCertificate;
use portal_sandbox::Sandbox;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme, SupportedProtocolVersion,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(crate) type AnyError = Box<dyn std::error::Error + Send + Sync>;
type Body = BoxBody<Bytes, std::convert::Infallible>;

/// A response, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// One connection.
pub(crate) struct Client {
    sender: SendRequest<Body>,
    /// The value of `Authorization`, sent with every call.
    pub(crate) authorization: Option<String>,
    pub(crate) server_certificate: Vec<u8>,
    /// How many certificates the server has sent.
    pub(crate) sent: usize,
    pub(crate) protocol: rustls::ProtocolVersion,
}

impl Client {
    /// Connects as the sandbox's sender.
    pub(crate) async fn sender(sandbox: &Sandbox) -> Self {
        Self::as_owner_of(sandbox, sandbox.sender_certificate()).await
    }

    pub(crate) async fn as_owner_of(sandbox: &Sandbox, identity: &EnterpriseCertificate) -> Self {
        Self::connect(sandbox, Some(identity), rustls::ALL_VERSIONS)
            .await
            .unwrap()
    }

    pub(crate) async fn connect(
        sandbox: &Sandbox,
        identity: Option<&EnterpriseCertificate>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Result<Self, AnyError> {
        let roots = [sandbox.trust_anchor_der()];
        Self::trusting(sandbox, identity, versions, &roots).await
    }

    /// Connects with other trust than in the root.
    pub(crate) async fn trusting(
        sandbox: &Sandbox,
        identity: Option<&EnterpriseCertificate>,
        versions: &[&'static SupportedProtocolVersion],
        roots: &[&[u8]],
    ) -> Result<Self, AnyError> {
        let stream = secured_by(sandbox, identity, versions, roots).await?;
        let protocol = stream.get_ref().1.protocol_version().unwrap();
        let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let server_certificate = certificates[0].to_vec();
        let sent = certificates.len();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self {
            sender,
            authorization: None,
            server_certificate,
            sent,
            protocol,
        })
    }

    /// Connects to the API with an access token in place of a certificate.
    pub(crate) async fn with_token(sandbox: &Sandbox, token: &str) -> Self {
        let connected = Self::connect(sandbox, None, rustls::ALL_VERSIONS).await;
        let mut client = connected.unwrap();
        client.authorization = Some(format!("Bearer {token}"));
        client
    }

    /// A GET by the sandbox's sender on a new connection: every byte that comes of it, until
    /// the connection closes in whatever way.
    pub(crate) async fn raw_response(sandbox: &Sandbox, path: &str) -> Vec<u8> {
        let identity = sandbox.sender_certificate();
        let connected = secured(sandbox, Some(identity), rustls::ALL_VERSIONS).await;
        let mut stream = connected.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response).await;
        response
    }

    /// Sends a request as it stands, and gives the status and the body of the response.
    pub(crate) async fn send_as_recorded(
        sandbox: &Sandbox,
        identity: &EnterpriseCertificate,
        request: &[u8],
    ) -> (u16, String) {
        let connected = secured(sandbox, Some(identity), rustls::ALL_VERSIONS).await;
        let mut stream = connected.unwrap();
        stream.write_all(request).await.unwrap();
        let mut response = Vec::new();
        let end = loop {
            let end = response.windows(4).position(|w| w == b"\r\n\r\n");
            if let Some(end) = end {
                break end + 4;
            }
            assert_ne!(stream.read_buf(&mut response).await.unwrap(), 0);
        };
        let head = String::from_utf8(response[..end].to_vec())
            .unwrap()
            .to_lowercase();
        let length = head.split("content-length: ").nth(1);
        let length = length.map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
        while response.len() < end + length {
            assert_ne!(stream.read_buf(&mut response).await.unwrap(), 0);
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (
            status,
            String::from_utf8_lossy(&response[end..]).into_owned(),
        )
    }

    /// A POST by the sandbox's sender that is sent whole and whose response nobody waits for.
    pub(crate) async fn send_and_hang_up(
        sandbox: &Sandbox,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) {
        let identity = sandbox.sender_certificate();
        let connected = secured(sandbox, Some(identity), rustls::ALL_VERSIONS).await;
        let mut stream = connected.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        stream.flush().await.unwrap();
        let _ = stream.shutdown().await;
    }

    pub(crate) async fn try_send(&mut self, request: Request<Body>) -> Result<Reply, AnyError> {
        self.sender.ready().await?;
        let mut request = request;
        if let Some(authorization) = &self.authorization {
            let headers = request.headers_mut();
            headers.insert("authorization", authorization.parse()?);
        }
        let response = self.sender.send_request(request).await?;
        let (parts, body) = response.into_parts();
        Ok(Reply {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await?.to_bytes(),
        })
    }

    /// A call without a body.
    pub(crate) async fn call(&mut self, method: Method, url: &str) -> Reply {
        self.try_call(method, url).await.unwrap()
    }

    pub(crate) async fn try_call(&mut self, method: Method, url: &str) -> Result<Reply, AnyError> {
        let request = Request::builder()
            .method(method)
            .uri(path_of(url))
            .header("host", "127.0.0.1")
            .header("accept", "application/xml")
            .body(Empty::new().boxed())?;
        self.try_send(request).await
    }

    pub(crate) async fn get(&mut self, url: &str) -> Reply {
        self.call(Method::GET, url).await
    }

    pub(crate) async fn post(&mut self, url: &str) -> Reply {
        self.call(Method::POST, url).await
    }

    /// A create call. `chunks` of more than one are sent without a length.
    pub(crate) async fn create(
        &mut self,
        organization: &str,
        content_type: &str,
        chunks: Vec<Bytes>,
    ) -> Reply {
        let created = self.try_create(organization, content_type, chunks).await;
        created.unwrap()
    }

    pub(crate) async fn try_create(
        &mut self,
        organization: &str,
        content_type: &str,
        chunks: Vec<Bytes>,
    ) -> Result<Reply, AnyError> {
        let body = match <[Bytes; 1]>::try_from(chunks) {
            Ok([whole]) => Full::new(whole).boxed(),
            Err(chunks) => {
                let frames = chunks.into_iter().map(|chunk| Ok(Frame::data(chunk)));
                BodyExt::boxed(StreamBody::new(futures_util::stream::iter(frames)))
            }
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/api/{organization}/portal/signature-jobs"))
            .header("host", "127.0.0.1")
            .header("accept", "application/xml")
            .header("content-type", content_type)
            .body(body)?;
        self.try_send(request).await
    }
}

async fn secured(
    sandbox: &Sandbox,
    identity: Option<&EnterpriseCertificate>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<TlsStream<TcpStream>, AnyError> {
    secured_by(sandbox, identity, versions, &[sandbox.trust_anchor_der()]).await
}

async fn secured_by(
    sandbox: &Sandbox,
    identity: Option<&EnterpriseCertificate>,
    versions: &[&'static SupportedProtocolVersion],
    trusted: &[&[u8]],
) -> Result<TlsStream<TcpStream>, AnyError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    for root in trusted {
        roots.add(CertificateDer::from(root.to_vec()))?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyName { roots, provider }));
    let mut config = match identity {
        Some(identity) => {
            let chain = identity
                .chain_der()
                .map(|der| CertificateDer::from(der.to_vec()))
                .collect();
            let key = PrivatePkcs8KeyDer::from(identity.private_key_pkcs8().to_vec());
            builder.with_client_auth_cert(chain, key.into())?
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let stream = TcpStream::connect(sandbox.address()).await?;
    let name = ServerName::from(sandbox.address().ip());
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?;
    Ok(stream)
}

/// The path and query of an absolute URL; a path stays as it is.
fn path_of(url: &str) -> &str {
    match url.strip_prefix("https://") {
        Some(rest) => &rest[rest.find('/').unwrap()..],
        None => url,
    }
}

/// Checks the server's chain, but not for a host name: the service's certificate names none.
#[derive(Debug)]
struct AnyName {
    roots: RootCertStore,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        rustls::client::verify_server_cert_signed_by_trust_anchor(
            &ParsedCertificate::try_from(end_entity)?,
            &self.roots,
            intermediates,
            now,
            self.provider.signature_verification_algorithms.all,
        )?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Settings of most tests: a clock that stands still, and jobs that are counted from 1.
pub(crate) fn standing() -> portal_sandbox::SandboxBuilder {
    Sandbox::builder().standing_clock().first_job(1)
}
