//! The way through a proxy.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use portal_transport::{
    Body, ErrorKind, Proxy, RetryPolicy, Retrying, ServiceRoot, SharedClock, Transport,
    TransportError, TransportSettings,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::Stage;
use crate::authority::Authority;
use crate::factory::Factory;
use crate::server::{Server, hello};

/// A name that only the proxy can make something of.
const ROOT: &str = "https://api.example.com/api";
const URL: &str = "https://api.example.com/api/x";

/// A proxy that leads every tunnel to one server.
struct TestProxy {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl TestProxy {
    async fn start(server: &Server) -> Self {
        Self::run(Ok(server.address)).await
    }

    /// Refuses every tunnel with a status.
    async fn refusing(status: u16) -> Self {
        Self::run(Err(status)).await
    }

    async fn run(to: Result<SocketAddr, u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let log = heads.clone();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let head = read_head(&mut client).await;
                log.lock().unwrap().push(head);
                let to = match to {
                    Ok(to) => to,
                    Err(status) => {
                        let refusal = format!("HTTP/1.1 {status} No\r\n\r\n");
                        client.write_all(refusal.as_bytes()).await.unwrap();
                        continue;
                    }
                };
                let mut server = TcpStream::connect(to).await.unwrap();
                client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
            }
        });
        Self { port, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    fn address(&self) -> Proxy {
        Proxy::new("127.0.0.1", self.port).unwrap()
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap().to_ascii_lowercase()
}

fn settings(authority: &Authority) -> TransportSettings {
    TransportSettings::new(ServiceRoot::new(ROOT).unwrap(), authority.settings())
}

async fn get(client: &dyn Transport) -> Result<http::Response<Body>, TransportError> {
    let request = http::Request::get(URL).body(Body::empty()).unwrap();
    client.send(request).await
}

pub(super) async fn tunnel_is_taken(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), hello).await;
    let proxy = TestProxy::start(&server).await;
    let client = factory(settings(&stage.authority).with_proxy(proxy.address())).unwrap();
    for _ in 0..2 {
        let response = get(&*client).await.unwrap();
        assert_eq!(response.into_body().collect(10).await.unwrap(), "hello");
    }
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1);
    assert!(heads[0].starts_with("connect api.example.com:443 http/1.1\r\n"));
    assert!(!heads[0].contains("proxy-authorization"));
}

pub(super) async fn credentials_are_shown(factory: Factory) {
    let stage = Stage::new();
    let server = Server::start(stage.tls(), hello).await;
    let proxy = TestProxy::start(&server).await;
    let address = proxy.address().with_credentials("us:er", "pass@word");
    let client = factory(settings(&stage.authority).with_proxy(address)).unwrap();
    assert_eq!(get(&*client).await.unwrap().status(), 200);
    let expected = "proxy-authorization: basic dxm6zxi6cgfzc0b3b3jk";
    let head = &proxy.heads()[0];
    assert!(head.contains(expected), "{head}");
}

pub(super) async fn refusal_has_its_status(factory: Factory) {
    let stage = Stage::new();
    for (status, permanent) in [(407, true), (403, true), (503, false)] {
        let proxy = TestProxy::refusing(status).await;
        let client = factory(settings(&stage.authority).with_proxy(proxy.address())).unwrap();
        let error = get(&*client).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::proxy_refused(status));
        assert_eq!(error.kind().is_permanent(), permanent);
        assert!(!error.request_may_have_reached_service());
    }
}

/// Many refusals in a short time can lock an account.
pub(super) async fn refusal_is_not_repeated(factory: Factory) {
    let stage = Stage::new();
    for (status, most) in [(407, 1), (403, 2)] {
        let proxy = TestProxy::refusing(status).await;
        let address = proxy.address().with_credentials("user", "password");
        let client = factory(settings(&stage.authority).with_proxy(address)).unwrap();
        let client = Retrying::new(client, RetryPolicy::default(), SharedClock::default());
        let error = get(&client).await.unwrap_err();
        assert_eq!(error.attempts(), 1);
        assert!(proxy.heads().len() <= most, "{:?}", proxy.heads());
    }
}
