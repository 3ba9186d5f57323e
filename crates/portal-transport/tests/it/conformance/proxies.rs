//! The way through a proxy.

use std::process::Command;
use std::sync::{Arc, Mutex};

use portal_transport::{
    Body, ErrorKind, Proxy, ServiceRoot, Transport, TransportError, TransportSettings,
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
    /// With no server, every tunnel is refused.
    async fn start(server: Option<&Server>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (log, to) = (heads.clone(), server.map(|server| server.address));
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let head = read_head(&mut client).await;
                log.lock().unwrap().push(head);
                let Some(to) = to else {
                    let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
                    client.write_all(refusal).await.unwrap();
                    continue;
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
    let proxy = TestProxy::start(Some(&server)).await;
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
    let proxy = TestProxy::start(Some(&server)).await;
    let address = proxy.address().with_credentials("us:er", "pass@word");
    let client = factory(settings(&stage.authority).with_proxy(address)).unwrap();
    assert_eq!(get(&*client).await.unwrap().status(), 200);
    let expected = "proxy-authorization: basic dxm6zxi6cgfzc0b3b3jk";
    let head = &proxy.heads()[0];
    assert!(head.contains(expected), "{head}");
}

pub(super) async fn refusal_is_a_failure_to_connect(factory: Factory) {
    let stage = Stage::new();
    let proxy = TestProxy::start(None).await;
    let client = factory(settings(&stage.authority).with_proxy(proxy.address())).unwrap();
    let error = get(&*client).await.unwrap_err();
    let to = "api.example.com".to_owned();
    assert_eq!(error.kind(), &ErrorKind::Connect { to });
    assert!(!error.request_may_have_reached_service());
}

/// Set for the process that a test starts to have an environment of its own.
const CHILD: &str = "PORTAL_TRANSPORT_TEST_CHILD";

/// The environment's proxy is used, unless the settings say otherwise.
pub(super) async fn environment_is_respected(factory: Factory) {
    if std::env::var_os(CHILD).is_some() {
        let authority = Authority::new();
        get(&*factory(settings(&authority)).unwrap())
            .await
            .unwrap_err();
        let direct = settings(&authority).without_proxy();
        get(&*factory(direct).unwrap()).await.unwrap_err();
        return;
    }
    let name = std::thread::current().name().unwrap().to_owned();
    let proxy = TestProxy::start(None).await;
    let url = format!("http://127.0.0.1:{}", proxy.port);
    let child = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap())
            .args([&name, "--exact"])
            .env(CHILD, "1")
            .env("HTTPS_PROXY", url)
            .env_remove("NO_PROXY")
            .output()
    });
    let output = child.await.unwrap().unwrap();
    assert!(output.status.success(), "{output:?}");
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1, "{heads:?}");
    assert!(heads[0].starts_with("connect api.example.com:443 http/1.1\r\n"));
}
