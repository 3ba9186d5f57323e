//! A server on loopback whose TLS and responses a test decides.

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
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use crate::authority::{Authority, Issued};

pub(crate) type TlsStream = tokio_rustls::server::TlsStream<TcpStream>;
pub(crate) type ServerResponse = Response<BoxBody<Bytes, std::io::Error>>;

/// A server; it stops when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    counters: Arc<Counters>,
    accepting: Option<AbortHandle>,
}

#[derive(Default)]
struct Counters {
    requests: AtomicUsize,
    connections: AtomicUsize,
}

impl Server {
    /// Responds to each request by `response`, over TLS if there is a configuration for it.
    pub(crate) async fn start<F, A>(tls: Option<ServerConfig>, response: F) -> Self
    where
        F: Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = ServerResponse> + Send + 'static,
    {
        let acceptor = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        Self::accept(move |stream, counters| {
            let (response, acceptor) = (response.clone(), acceptor.clone());
            async move {
                let service = service_fn(move |request| {
                    counters.requests.fetch_add(1, Ordering::SeqCst);
                    let response = response(request);
                    async { Ok::<_, Infallible>(response.await) }
                });
                let http = hyper::server::conn::http1::Builder::new();
                let Some(acceptor) = acceptor else {
                    drop(http.serve_connection(TokioIo::new(stream), service).await);
                    return;
                };
                if let Ok(stream) = acceptor.accept(stream).await {
                    drop(http.serve_connection(TokioIo::new(stream), service).await);
                }
            }
        })
        .await
    }

    /// Does `script` with every connection once TLS stands.
    pub(crate) async fn raw<F, S>(tls: Option<ServerConfig>, script: F) -> Self
    where
        F: Fn(TlsStream) -> S + Send + Sync + 'static,
        S: Future<Output = ()> + Send + 'static,
    {
        let acceptor = TlsAcceptor::from(Arc::new(tls.unwrap()));
        let script = Arc::new(script);
        Self::accept(move |stream, _| {
            let (acceptor, script) = (acceptor.clone(), script.clone());
            async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    script(stream).await;
                }
            }
        })
        .await
    }

    async fn accept<F, S>(serve: F) -> Self
    where
        F: Fn(TcpStream, Arc<Counters>) -> S + Send + Sync + 'static,
        S: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut server = Self::at(listener.local_addr().unwrap());
        let counters = server.counters.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counters.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, counters.clone()));
            }
        });
        server.accepting = Some(accepting.abort_handle());
        server
    }

    /// Stands for something else that listens at `address`.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            address,
            counters: Arc::default(),
            accepting: None,
        }
    }

    /// The address of this server, where nobody listens any more.
    pub(crate) async fn stop(self) -> Self {
        let address = self.address;
        drop(self);
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        Self::at(address)
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
        self.counters.requests.load(Ordering::SeqCst)
    }

    /// How many connections have been accepted.
    pub(crate) fn connections(&self) -> usize {
        self.counters.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
    }
}

/// Responds 200 with the text `hello`.
pub(crate) async fn hello(_request: Request<Incoming>) -> ServerResponse {
    text("hello")
}

pub(crate) fn text(text: &'static str) -> ServerResponse {
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
