//! The pages, as a browser without scripts uses them.

mod developer;
mod live;
mod overview;
mod safety;
mod signer;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use portal_model::SignatureJobReference;
use portal_sandbox::{Sandbox, SandboxClock};
use tokio::net::TcpStream;

use crate::client::{Client, standing};
use crate::jobs::{Draft, four_signers};

const JOBS: &str = "/api/123456789/portal/signature-jobs";

/// A browser at the sandbox's pages.
struct Browser {
    authority: String,
    root_url: String,
}

struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Page {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn has(&self, text: &str) -> bool {
        self.text.contains(text)
    }
}

impl Browser {
    async fn get(&self, path: &str) -> Page {
        self.call(Method::GET, path, "", &[]).await
    }

    /// Sends a form, as the page itself would.
    async fn post(&self, path: &str, form: &str) -> Page {
        let origin = format!("http://{}", self.authority);
        let headers = [
            ("origin", origin.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.call(Method::POST, path, form, &headers).await
    }

    /// The path that a form leads on to.
    async fn sent_on(&self, path: &str, form: &str) -> String {
        let page = self.post(path, form).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}: {}", page.text);
        page.header("location").to_owned()
    }

    async fn call(&self, method: Method, path: &str, body: &str, headers: &[(&str, &str)]) -> Page {
        let (parts, body) = self.send(method, path, body, headers).await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Page {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// The response, whose body is still on its way.
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Response<Incoming> {
        let stream = TcpStream::connect(&self.authority).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", &self.authority);
        }
        let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
        sender
            .send_request(request.body(body).unwrap())
            .await
            .unwrap()
    }

    /// A page's main part with ports and links that differ from run to run replaced.
    fn redacted(&self, page: &Page) -> String {
        let main = page.text.split("<main").nth(1).unwrap();
        let main = main.split("</main>").next().unwrap();
        let text = format!("<main{main}")
            .replace(&self.root_url, "https://127.0.0.1:8443/api")
            .replace(&self.authority, "127.0.0.1:8444");
        let mut pieces = text.split("/sign/");
        let mut redacted = pieces.next().unwrap().to_owned();
        for piece in pieces {
            let token = piece
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
                .unwrap();
            redacted.push_str("/sign/TOKEN");
            redacted.push_str(&piece[token..]);
        }
        without_code(&redacted)
    }
}

/// Security codes differ from run to run.
fn without_code(text: &str) -> String {
    let mut pieces = text.split("security code ");
    let mut redacted = pieces.next().unwrap().to_owned();
    for piece in pieces {
        redacted.push_str("security code ");
        if piece.bytes().take(4).all(|byte| byte.is_ascii_digit()) {
            redacted.push_str("0000");
            redacted.push_str(&piece[4..]);
        } else {
            redacted.push_str(piece);
        }
    }
    redacted
}

async fn open() -> (Sandbox, Client, Browser) {
    let clock = SandboxClock::controlled("2026-03-01T08:00:00Z".parse().unwrap());
    let sandbox = standing()
        .clock(clock)
        .management(([127, 0, 0, 1], 0).into())
        .start()
        .await
        .unwrap();
    let client = Client::sender(&sandbox).await;
    let page = sandbox.page_url().unwrap();
    let browser = Browser {
        authority: page
            .strip_prefix("http://")
            .unwrap()
            .trim_end_matches('/')
            .to_owned(),
        root_url: sandbox.root_url().to_owned(),
    };
    (sandbox, client, browser)
}

fn tenancy() -> Draft {
    let mut draft = Draft::of(four_signers());
    draft.request.reference = Some(SignatureJobReference::new("123-ABC").unwrap());
    draft
}

/// The path of the link in a signer's first message.
fn link_of(sandbox: &Sandbox, signer: usize) -> String {
    let messages = sandbox.job(1).messages().unwrap();
    let message = messages
        .iter()
        .find(|message| message.signer == signer)
        .unwrap();
    let link = message.reveal_link().unwrap();
    link[link.find("/sign/").unwrap()..].to_owned()
}
