//! Headless Chromium by the WebDriver protocol: JSON over plain HTTP, as far as these tests need it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than any step of these pages takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
pub(super) const TAB: char = '\u{E004}';
pub(super) const ENTER: char = '\u{E007}';
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser window, closed when dropped.
pub(super) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Starts a driver and a browser; `None` where the tests are not told of a driver.
    pub(super) async fn start() -> Option<Self> {
        let program = std::env::var_os("PORTAL_CHROMEDRIVER")?;
        let mut driver = Command::new(program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = BufReader::new(driver.stdout.take().unwrap());
        let port = printed
            .lines()
            .find_map(|line| {
                let line = line.unwrap();
                let (_, port) = line.split_once("started successfully on port ")?;
                port.trim_end_matches('.').parse().ok()
            })
            .unwrap();
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
            _profile: profile,
        };
        let folder = browser._profile.path().display();
        let mut options = json!({"args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", "--window-size=1280,900", format!("--user-data-dir={folder}"),
        ]});
        if let Ok(program) = std::env::var("PORTAL_CHROMIUM") {
            options["binary"] = json!(program);
        }
        let capabilities =
            json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}});
        let session = browser.call("POST", "/session", &capabilities).await;
        let id = session["sessionId"].as_str().unwrap();
        browser.session = format!("/session/{id}");
        Some(browser)
    }

    pub(super) async fn go(&self, url: &str) {
        self.command("POST", "/url", &json!({"url": url})).await;
    }

    pub(super) async fn url(&self) -> String {
        let url = self.command("GET", "/url", &Value::Null).await;
        url.as_str().unwrap().to_owned()
    }

    /// What a function's body returns in the page; a promise is waited for.
    pub(super) async fn run(&self, script: &str) -> Value {
        let call = json!({"script": script, "args": []});
        self.command("POST", "/execute/sync", &call).await
    }

    /// Waits until an expression holds in the page.
    pub(super) async fn wait_for(&self, expression: &str) {
        let start = Instant::now();
        while self.run(&format!("return !!({expression})")).await != json!(true) {
            if start.elapsed() > PATIENCE {
                let text = self.run("return document.body.innerText").await;
                panic!(
                    "waited for {expression} in vain at {}: {text}",
                    self.url().await
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Clicks as a mouse does: what is covered or outside the window can't be.
    pub(super) async fn click(&self, selector: &str) {
        self.wait_for(&format!("document.querySelector({})", json!(selector)))
            .await;
        let found = json!({"using": "css selector", "value": selector});
        let element = self.command("POST", "/element", &found).await;
        let id = element[ELEMENT].as_str().unwrap();
        let path = format!("/element/{id}/click");
        self.command("POST", &path, &json!({})).await;
    }

    /// Presses and releases a key, wherever the focus is.
    pub(super) async fn press(&self, key: char) {
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": [
            {"type": "keyDown", "value": key}, {"type": "keyUp", "value": key},
        ]}]});
        self.command("POST", "/actions", &actions).await;
    }

    pub(super) async fn write(&self, text: &str) {
        for key in text.chars() {
            self.press(key).await;
        }
    }

    /// The size of the window, and the colours that its owner prefers.
    pub(super) async fn appear(&self, width: u32, height: u32, colours: &str) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .await;
        let scheme = json!({"features": [{"name": "prefers-color-scheme", "value": colours}]});
        self.devtools("Emulation.setEmulatedMedia", scheme).await;
    }

    /// Pages run no scripts from here on.
    pub(super) async fn forbid_scripts(&self) {
        self.devtools(
            "Emulation.setScriptExecutionDisabled",
            json!({"value": true}),
        )
        .await;
    }

    /// What the window shows, as PNG.
    pub(super) async fn screenshot(&self) -> Vec<u8> {
        let picture = self.command("GET", "/screenshot", &Value::Null).await;
        STANDARD.decode(picture.as_str().unwrap()).unwrap()
    }

    /// Closes the window. A driver that is killed leaves its browser behind.
    fn close(&self) -> std::io::Result<()> {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let session = &self.session;
        write!(
            stream,
            "DELETE {session} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        )?;
        stream.read_exact(&mut [0])
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        let call = json!({"cmd": command, "params": parameters});
        self.command("POST", "/goog/cdp/execute", &call).await;
    }

    async fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        self.call(method, &format!("{}{path}", self.session), body)
            .await
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let body = whole_body(stream).await;
        let response: Value = serde_json::from_slice(&body).unwrap();
        let value = &response["value"];
        assert!(
            value["error"].is_null(),
            "{method} {path} {}: {value}",
            request.len()
        );
        value.clone()
    }
}

/// The body of a response, whose length stands in its head; the driver keeps connections open.
async fn whole_body(mut stream: TcpStream) -> Vec<u8> {
    let mut response = Vec::new();
    loop {
        assert_ne!(
            stream.read_buf(&mut response).await.unwrap(),
            0,
            "a response ends early"
        );
        let Some(end) = response.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            continue;
        };
        let head = std::str::from_utf8(&response[..end])
            .unwrap()
            .to_ascii_lowercase();
        let length = head.split_once("content-length:").unwrap().1;
        let length: usize = length.lines().next().unwrap().trim().parse().unwrap();
        if response.len() >= end + 4 + length {
            return response.split_off(end + 4);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.close();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
