//! Receivers of webhooks that want no more events.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};

use super::{send, sign};
use crate::sandbox::with_job;
use crate::{command, portal};

/// Responds to every request with one status.
struct Receiver {
    url: String,
    status: Arc<AtomicU16>,
    requests: Arc<AtomicUsize>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("--forward-to=http://{}/", listener.local_addr().unwrap());
        let (status, requests) = (Arc::new(AtomicU16::new(410)), Arc::default());
        let (told, counted) = (Arc::clone(&status), Arc::clone(&requests));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 16 * 1024];
                if stream.read(&mut request).unwrap() == 0 {
                    continue;
                }
                AtomicUsize::fetch_add(&counted, 1, Ordering::SeqCst);
                let status = told.load(Ordering::SeqCst);
                let response = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(response.as_bytes()).unwrap();
            }
        });
        Self {
            url,
            status,
            requests,
        }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    fn watch(&self, path: &Path) -> Output {
        let watch = ["-psandbox", "watch", &self.url, "--until-empty"];
        let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
        let mut command = command(path, &watch);
        command.env("PORTAL_WEBHOOK_SECRET", secret);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        output
    }
}

#[test]
fn a_receiver_that_wants_no_more_gets_events_again_when_it_is_resumed() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let receiver = Receiver::start();
    send(path, "one");
    sign(path);
    receiver.watch(path);
    assert_eq!(receiver.requests(), 1, "410 is not repeated");
    receiver.status.store(204, Ordering::SeqCst);
    receiver.watch(path);
    assert_eq!(receiver.requests(), 1, "nor by another process");
    let resume = || {
        let output = portal(path, &["-psandbox", "events", "resume", "forward"]);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(resume(), "forward: gets events again\n");
    assert_eq!(resume(), "forward: was not stopped\n");
    receiver.watch(path);
    assert_eq!(receiver.requests(), 2, "the event that waited");
    let waiting = portal(path, &["-psandbox", "--json", "events", "list"]);
    assert!(waiting.stdout.is_empty());
}
