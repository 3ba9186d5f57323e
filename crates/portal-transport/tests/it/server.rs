//! A server on loopback whose TLS and answers a test decides.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use portal_transport::ServiceRoot;
use rustls::crypto::aws_lc_rs;
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::authority::{Authority, Issued};

pub(crate) type Answer = Response<BoxBody<Bytes, std::io::Error>>;

/// Runs until it is dropped, with its runtime.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requests: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Answers over TLS, each request by `answer`.
    pub(crate) async fn start<F, A>(tls: Option<ServerConfig>, answer: F) -> Self
    where
        F: Fn(Request<Incoming>) -> A + Clone + Send + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let connections = Arc::new(AtomicUsize::new(0));
        let acceptor = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        let (request_count, connection_count) = (requests.clone(), connections.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connection_count.fetch_add(1, Ordering::SeqCst);
                let (answer, acceptor) = (answer.clone(), acceptor.clone());
                let requests = request_count.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        requests.fetch_add(1, Ordering::SeqCst);
                        let answer = answer(request);
                        async { Ok::<_, Infallible>(answer.await) }
                    });
                    let http = hyper::server::conn::http1::Builder::new();
                    match acceptor {
                        None => drop(http.serve_connection(TokioIo::new(stream), service).await),
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                let io = TokioIo::new(stream);
                                drop(http.serve_connection(io, service).await);
                            }
                        }
                    }
                });
            }
        });
        Self {
            address,
            requests,
            connections,
        }
    }

    /// The root under which a client finds this server.
    pub(crate) fn root(&self) -> ServiceRoot {
        ServiceRoot::new(&format!("https://localhost:{}/api", self.address.port())).unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.root())
    }

    /// How many requests have come through to the application.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// How many connections have been accepted.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Answers 200 with the text `hello`.
pub(crate) async fn hello(_request: Request<Incoming>) -> Answer {
    text("hello")
}

pub(crate) fn text(text: &'static str) -> Answer {
    let body = Full::new(Bytes::from_static(text.as_bytes()));
    Response::new(body.map_err(|never| match never {}).boxed())
}

/// A server that demands a client certificate of `clients`, with TLS 1.2 and 1.3.
pub(crate) fn mutual(server: Issued, clients: &Authority) -> ServerConfig {
    mutual_with(server, clients, &[&TLS12, &TLS13])
}

pub(crate) fn mutual_with(
    server: Issued,
    clients: &Authority,
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConfig {
    let mut anchors = RootCertStore::empty();
    anchors.add(clients.root_der().to_vec().into()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(anchors.into(), provider.clone())
        .build()
        .unwrap();
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(server.chain, server.key)
        .unwrap()
}

/// A server that does not ask for a client certificate.
pub(crate) fn one_sided(
    server: Issued,
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(server.chain, server.key)
        .unwrap()
}
