//! A server that notes who shows which certificate, on which connection.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use portal_certificate::{Certificate, EnterpriseCertificate};
use portal_sandbox::Sandbox;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{HandshakeKind, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    /// Counted from 1.
    pub(crate) connection: usize,
    /// The client's certificate, if it showed one.
    pub(crate) client: Option<Certificate>,
    /// The handshake of the connection resumed an earlier one's session.
    pub(crate) is_resumed: bool,
    /// Head and body.
    pub(crate) text: String,
}

/// Makes a response, head and body, from the number of the request.
type Respond = Arc<dyn Fn(usize) -> String + Send + Sync>;

/// Responds to whatever comes, and keeps connections open. It lets sessions be resumed, and takes clients
/// without a certificate.
pub(crate) struct RecordingServer {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Recorded>>>,
    held: watch::Sender<bool>,
}

/// A server's certificate with its issuers, and its key.
pub(crate) type Identity = (Vec<CertificateDer<'static>>, PrivatePkcs8KeyDer<'static>);

pub(crate) fn identity(certificate: &EnterpriseCertificate) -> Identity {
    let chain = certificate.chain_der().map(|der| der.to_vec().into());
    let key = certificate.private_key_pkcs8().to_vec();
    (chain.collect(), key.into())
}

/// A web server's certificate for 127.0.0.1, which is its own root.
pub(crate) fn web_identity() -> (Identity, Certificate) {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    let root = Certificate::from_der(certificate.to_vec()).unwrap();
    ((vec![certificate], key.serialize_der().into()), root)
}

impl RecordingServer {
    /// Starts one for clients of the sandbox's authority, which responds with 200. `respond` makes the body from the
    /// number of the request.
    pub(crate) async fn start(
        sandbox: &Sandbox,
        identity: Identity,
        respond: impl Fn(usize) -> String + Send + Sync + 'static,
    ) -> Self {
        let respond = move |number| {
            let body = respond(number);
            let length = body.len();
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")
        };
        Self::start_with(sandbox, identity, respond).await
    }

    /// Starts one whose responses `respond` makes, head and body, from the number of the request.
    pub(crate) async fn start_with(
        sandbox: &Sandbox,
        identity: Identity,
        respond: impl Fn(usize) -> String + Send + Sync + 'static,
    ) -> Self {
        let respond: Respond = Arc::new(respond);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<Mutex<Vec<Recorded>>>::default();
        let (held, holding) = watch::channel(false);
        let acceptor = TlsAcceptor::from(Arc::new(config(sandbox, identity)));
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            let mut connections = 0;
            while let Ok((stream, _)) = listener.accept().await {
                connections += 1;
                let connection = Connection {
                    number: connections,
                    requests: Arc::clone(&kept),
                    holding: holding.clone(),
                    respond: Arc::clone(&respond),
                };
                tokio::spawn(connection.serve(acceptor.clone(), stream));
            }
        });
        Self {
            address,
            requests,
            held,
        }
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap().clone()
    }

    /// Lets no more responses out.
    pub(crate) fn hold(&self) {
        self.held.send_replace(true);
    }

    pub(crate) fn release(&self) {
        self.held.send_replace(false);
    }

    /// Waits until there have been so many requests, those that are held included.
    pub(crate) async fn arrived(&self, requests: usize) {
        while self.requests().len() < requests {
            tokio::task::yield_now().await;
        }
    }
}

fn config(sandbox: &Sandbox, (chain, key): Identity) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from(sandbox.trust_anchor_der().to_vec());
    roots.add(root).unwrap();
    let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
        .allow_unauthenticated()
        .build()
        .unwrap();
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key.into())
        .unwrap()
}

struct Connection {
    number: usize,
    requests: Arc<Mutex<Vec<Recorded>>>,
    holding: watch::Receiver<bool>,
    respond: Respond,
}

impl Connection {
    async fn serve(mut self, acceptor: TlsAcceptor, stream: TcpStream) {
        let Ok(mut stream) = acceptor.accept(stream).await else {
            return;
        };
        let (_, tls) = stream.get_ref();
        let client = tls.peer_certificates().and_then(|chain| chain.first());
        let client = client.map(|der| Certificate::from_der(der.to_vec()).unwrap());
        let is_resumed = tls.handshake_kind() == Some(HandshakeKind::Resumed);
        let mut read = Vec::new();
        loop {
            let mut piece = [0; 16 * 1024];
            match stream.read(&mut piece).await {
                Ok(length @ 1..) => read.extend_from_slice(&piece[..length]),
                _ => return,
            }
            if !is_whole(&read) {
                continue;
            }
            let text = String::from_utf8_lossy(&std::mem::take(&mut read)).into_owned();
            let number = {
                let mut requests = self.requests.lock().unwrap();
                requests.push(Recorded {
                    connection: self.number,
                    client: client.clone(),
                    is_resumed,
                    text,
                });
                requests.len()
            };
            let _ = self.holding.wait_for(|held| !held).await;
            let response = (self.respond)(number);
            if stream.write_all(response.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// Whether head and body are there.
fn is_whole(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.parse().unwrap())
}
