//! A sandbox in a process of its own, so that its memory is its own, too.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use portal_certificate::EnterpriseCertificate;
use portal_sandbox::{Sandbox, SandboxClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const START: &str = "2026-03-01T08:00:00Z";

/// The other process: a sandbox whose clock stands still, until nobody asks for its memory any more.
pub(crate) async fn serve(folder: &Path) {
    let sandbox = Sandbox::builder()
        .clock(SandboxClock::controlled(START.parse().unwrap()))
        .management(([127, 0, 0, 1], 0).into())
        .start()
        .await
        .unwrap();
    // The rest is in a file of its own, which comes first.
    let management = sandbox.management_url().unwrap();
    std::fs::create_dir_all(folder).unwrap();
    let addresses = format!("{}\n{management}", sandbox.root_url());
    std::fs::write(folder.join("addresses"), addresses).unwrap();
    sandbox.write_client_files(folder).unwrap();
    let answering = tokio::task::spawn_blocking(|| {
        for _ in std::io::stdin().lines() {
            println!("{}", crate::HEAP.allocated());
        }
    });
    answering.await.unwrap();
}

/// This process' hold on it.
pub(crate) struct Server {
    process: Child,
    asks: ChildStdin,
    responses: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
    pub(crate) root_url: String,
    pub(crate) management: Management,
    /// Shows what the sandbox's clock shows.
    pub(crate) clock: SandboxClock,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg("serve")
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let asks = process.stdin.take().unwrap();
        let responses = BufReader::new(process.stdout.take().unwrap());
        while !folder.path().join("sandbox.json").exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let addresses = std::fs::read_to_string(folder.path().join("addresses")).unwrap();
        let (root_url, management) = addresses.split_once('\n').unwrap();
        Self {
            process,
            asks,
            responses,
            root_url: root_url.to_owned(),
            management: Management::at(management),
            clock: SandboxClock::controlled(START.parse().unwrap()),
            folder,
        }
    }

    pub(crate) fn trust_anchor(&self) -> Vec<u8> {
        let pem = std::fs::read(self.file("trust/sandbox-root.pem")).unwrap();
        let certificates = portal_certificate::Certificate::all_from_pem(&pem).unwrap();
        certificates[0].der().to_vec()
    }

    pub(crate) fn identity(&self) -> EnterpriseCertificate {
        let file = std::fs::read(self.file("sender.p12")).unwrap();
        EnterpriseCertificate::from_pkcs12(&file, "sandbox").unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the sandbox's process holds on its heap, in bytes.
    pub(crate) fn heap(&mut self) -> i64 {
        self.asks.write_all(b"\n").unwrap();
        let mut response = String::new();
        self.responses.read_line(&mut response).unwrap();
        response.trim().parse().unwrap()
    }

    /// What the sandbox's process has of the machine's memory, in KiB.
    pub(crate) fn resident(&self) -> i64 {
        let status = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.unwrap().trim().trim_end_matches(" kB");
        kib.parse().unwrap()
    }
    /// Moves the sandbox's clock, and this process' with it.
    pub(crate) async fn advance(&self, by: Duration) {
        self.management.advance(by).await;
        self.clock.advance(by);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The sandbox's management API.
#[derive(Clone)]
pub(crate) struct Management(String);

impl Management {
    pub(crate) fn at(url: &str) -> Self {
        Self(url.to_owned())
    }

    /// Lets everybody sign whose turn it is.
    pub(crate) async fn sign(&self, job: i64) {
        self.call("POST", &format!("/jobs/{job}/sign"), "").await;
    }

    pub(crate) async fn advance(&self, by: Duration) {
        let body = format!("{{\"seconds\": {}}}", by.as_secs());
        self.call("POST", "/clock/advance", &body).await;
    }

    pub(crate) async fn clear_journal(&self) {
        self.call("DELETE", "/journal", "").await;
    }

    /// How many jobs are open, which also lets time do its work.
    pub(crate) async fn open_jobs(&self) -> usize {
        let overview = self.call("GET", "", "").await;
        let (_, after) = overview.split_once("\"open_jobs\":").unwrap();
        let digits = after.split(|c: char| !c.is_ascii_digit()).next();
        digits.unwrap().parse().unwrap()
    }

    async fn call(&self, method: &str, path: &str, body: &str) -> String {
        let address = self.0.strip_prefix("http://").unwrap();
        let (authority, root) = address.split_at(address.find('/').unwrap());
        let mut stream = TcpStream::connect(authority).await.unwrap();
        let length = body.len();
        let request = format!(
            "{method} {root}{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 20"), "{path}: {response}");
        response
    }
}
