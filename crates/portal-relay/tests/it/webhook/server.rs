//! A server that records what it gets and responds as it was told, a connection at a time.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let line = |line: &str| {
            let (found, value) = line.split_once(": ")?;
            (found == name).then(|| value.to_owned())
        };
        self.head.lines().find_map(line)
    }
}

/// A server on loopback, stopped when dropped.
pub(crate) struct Receiver {
    address: SocketAddr,
    scheme: &'static str,
    requests: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// A server that gives these responses. An empty one is silence; without one it hangs up.
    pub(crate) async fn start(responses: impl IntoIterator<Item = String>) -> Self {
        Self::start_with(responses, None).await
    }

    pub(crate) async fn start_tls(
        responses: impl IntoIterator<Item = String>,
        tls: TlsAcceptor,
    ) -> Self {
        Self::start_with(responses, Some(tls)).await
    }

    async fn start_with(
        responses: impl IntoIterator<Item = String>,
        tls: Option<TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let responses: Vec<String> = responses.into_iter().collect();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let task = tokio::spawn(serve(
            listener,
            tls,
            responses.into_iter(),
            Arc::clone(&requests),
        ));
        Self {
            address,
            scheme,
            requests,
            task,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    mut responses: impl Iterator<Item = String>,
    requests: Arc<Mutex<Vec<Received>>>,
) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        match &tls {
            None => talk(stream, &mut responses, &requests).await,
            Some(tls) => {
                if let Ok(stream) = tls.accept(stream).await {
                    talk(stream, &mut responses, &requests).await;
                }
            }
        }
    }
}

/// Takes requests on one connection until its end.
async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    responses: &mut impl Iterator<Item = String>,
    requests: &Mutex<Vec<Received>>,
) {
    while let Some(request) = read(&mut stream).await {
        requests.lock().unwrap().push(request);
        match responses.next() {
            None => return,
            Some(silence) if silence.is_empty() => {
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
            Some(response) => {
                if stream.write_all(response.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            break end;
        }
        stream
            .read_buf(&mut bytes)
            .await
            .ok()
            .filter(|read| *read > 0)?;
    };
    let head = String::from_utf8(bytes[..end].to_vec())
        .unwrap()
        .replace("\r\n", "\n");
    let mut received = Received {
        head,
        body: bytes[end + 4..].to_vec(),
    };
    let length: usize = received.header("content-length").unwrap().parse().unwrap();
    while received.body.len() < length {
        stream
            .read_buf(&mut received.body)
            .await
            .ok()
            .filter(|read| *read > 0)?;
    }
    Some(received)
}

/// An authority that certifies servers.
pub(crate) struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut wanted = CertificateParams::new([]).unwrap();
        wanted.distinguished_name.push(DnType::CommonName, name);
        wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = wanted.self_signed(&key).unwrap();
        Self {
            certificate: certificate.der().clone(),
            issuer: Issuer::new(wanted, key),
        }
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        self.certificate.to_vec()
    }

    /// A server with a certificate for this name, between the beginnings of two years.
    pub(crate) fn issue(&self, name: &str, years: Range<i32>) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let mut wanted = CertificateParams::new([name.to_owned()]).unwrap();
        wanted.not_before = rcgen::date_time_ymd(years.start, 1, 1);
        wanted.not_after = rcgen::date_time_ymd(years.end, 1, 1);
        let certificate = wanted.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}
