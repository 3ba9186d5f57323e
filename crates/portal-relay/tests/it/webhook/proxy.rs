//! Webhooks through a proxy on loopback. The receiver's address is of a documentation network: nothing goes there, the
//! proxy leads it to a server on loopback.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use portal_client::{Certificate, Proxy};
use portal_relay::{DeliveryFailure, DeliveryOutcome, Sink, Webhook, WebhookBuilder, WebhookError};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::server::{Authority, Receiver};
use super::{builder, with_status};
use crate::event::body;

const HOST: &str = "203.0.113.1";
/// Where the process with an environment of its own finds the receiver's anchor.
const ANCHOR_FILE: &str = "PORTAL_RELAY_TEST_ANCHOR";

/// Opens tunnels to one place, whatever is asked for, or refuses them.
struct LoopbackProxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for LoopbackProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl LoopbackProxy {
    async fn start(leads_to: Option<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&heads);
        let task = tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(from.read_u8().await.unwrap());
                }
                kept.lock().unwrap().push(String::from_utf8(head).unwrap());
                let Some(to) = leads_to else {
                    from.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n")
                        .await
                        .unwrap();
                    continue;
                };
                from.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let mut to = TcpStream::connect(to).await.unwrap();
                tokio::spawn(async move { copy_bidirectional(&mut from, &mut to).await });
            }
        });
        Self {
            address,
            heads,
            task,
        }
    }

    fn proxy(&self) -> Proxy {
        Proxy::new("127.0.0.1", self.address.port()).unwrap()
    }

    /// The first lines of what came, and the credentials.
    fn asked(&self) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        let shown = heads.iter().map(|head| {
            let lines = head.lines().filter(|line| {
                line.starts_with("CONNECT") || line.to_ascii_lowercase().starts_with("proxy-")
            });
            lines.collect::<Vec<_>>().join("; ").to_lowercase()
        });
        shown.collect()
    }
}

/// A receiver with a certificate for a host, and the anchor for it.
async fn receiver(host: &str) -> (Receiver, Certificate) {
    let authority = Authority::new("Receivers' authority");
    let anchor = Certificate::from_der(authority.der()).unwrap();
    let tls = authority.issue(host, 2020..2090);
    let responses = std::iter::repeat_n(with_status(200), 3);
    (Receiver::start_tls(responses, tls).await, anchor)
}

async fn deliver(builder: WebhookBuilder) -> DeliveryOutcome {
    builder.build().unwrap().deliver(&body(7, 1)).await
}

#[tokio::test]
async fn a_receiver_elsewhere_is_reached_through_the_proxy() {
    let (receiver, anchor) = receiver(HOST).await;
    let proxy = LoopbackProxy::start(Some(receiver.address())).await;
    let webhook =
        || builder(&format!("https://{HOST}/events?token=canary")).with_anchors([anchor.clone()]);
    let with_password = proxy.proxy().with_credentials("user", "password");
    let outcome = deliver(webhook().with_proxy(with_password)).await;
    assert_eq!(outcome, DeliveryOutcome::Taken);
    // The proxy sees where it goes, and nothing of what.
    let asked =
        format!("connect {HOST}:443 http/1.1; proxy-authorization: basic dxnlcjpwyxnzd29yza==");
    assert_eq!(proxy.asked(), [asked]);
    assert_eq!(receiver.requests().len(), 1);
    assert_eq!(receiver.requests()[0].body, body(7, 1).bytes());
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_is_named() {
    let refuses = LoopbackProxy::start(None).await;
    let gone = LoopbackProxy::start(None).await.proxy();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    for proxy in [refuses.proxy(), gone] {
        let outcome = deliver(builder(&format!("https://{HOST}/")).with_proxy(proxy)).await;
        assert_eq!(outcome, DeliveryOutcome::retry(DeliveryFailure::Proxy));
    }
    assert_eq!(refuses.asked().len(), 1);
    insta::assert_snapshot!(DeliveryFailure::Proxy);
}

/// By its address, by its name, and without TLS.
#[tokio::test]
async fn a_receiver_on_loopback_is_reached_directly() {
    let proxy = LoopbackProxy::start(None).await;
    for host in ["127.0.0.1", "localhost"] {
        let (receiver, anchor) = receiver(host).await;
        let url = receiver.url("/").replace("127.0.0.1", host);
        let webhook = builder(&url).with_anchors([anchor]);
        let outcome = deliver(webhook.with_proxy(proxy.proxy())).await;
        assert_eq!(outcome, DeliveryOutcome::Taken, "{host}");
    }
    let plain = Receiver::start([with_status(200)]).await;
    let outcome = deliver(builder(&plain.url("/")).with_proxy(proxy.proxy())).await;
    assert_eq!(outcome, DeliveryOutcome::Taken);
    assert!(proxy.asked().is_empty());
}

/// The environment is read when the webhook is built; here of a process of its own.
#[tokio::test]
async fn the_environment_may_name_the_proxy() {
    let (receiver, anchor) = receiver(HOST).await;
    let proxy = LoopbackProxy::start(Some(receiver.address())).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("anchor.der");
    std::fs::write(&file, anchor.der()).unwrap();
    let run = async |variable: &str, value: String| {
        let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "webhook::proxy::in_its_environment"]);
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            child.env_remove(name);
        }
        child.env_remove("NO_PROXY").env_remove("no_proxy");
        child.env(ANCHOR_FILE, &file).env(variable, value);
        let output = child.output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}"
        );
    };
    let address = proxy.address;
    run("HTTPS_PROXY", format!("http://user:password@{address}")).await;
    run("all_proxy", address.to_string()).await;
    assert_eq!(proxy.asked().len(), 2);
    assert!(proxy.asked()[0].contains("proxy-authorization"));
    // What can't be used is an error, and no direct connection.
    run("HTTPS_PROXY", format!("socks5://{address}")).await;
    assert_eq!(receiver.requests().len(), 2);
}

#[tokio::test]
async fn in_its_environment() {
    let Some(file) = std::env::var_os(ANCHOR_FILE) else {
        return;
    };
    let anchor = std::fs::read(Path::new(&file)).unwrap();
    let anchor = Certificate::from_der(anchor).unwrap();
    let webhook = || builder(&format!("https://{HOST}/")).with_anchors([anchor.clone()]);
    let proxy = std::env::var("HTTPS_PROXY").unwrap_or_default();
    if proxy.starts_with("socks") {
        let refused: Result<Webhook, WebhookError> = webhook().build();
        assert!(matches!(refused, Err(WebhookError::Proxy { .. })));
        // What is not used need not be usable.
        assert!(builder("https://127.0.0.1/").build().is_ok());
        assert!(webhook().without_proxy().build().is_ok());
        return;
    }
    assert_eq!(deliver(webhook()).await, DeliveryOutcome::Taken);
}
