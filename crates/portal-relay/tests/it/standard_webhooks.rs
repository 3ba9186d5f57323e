//! Deliveries to a receiver that is not ours: Python's `standardwebhooks` verifies them, and `jsonschema` holds
//! events against our schema. `cargo xtask stores` installs both and runs this.
#![cfg(feature = "schema")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portal_relay::{
    Deliverer, DeliveryFailure, DeliveryOutcome, Event, RetrySchedule, Sink, Webhook,
};

use crate::event::body;
use crate::outbox::{in_memory, sink};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// The Python that has the packages; without it there is nothing to deliver to.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("PORTAL_RELAY_PYTHON").map(PathBuf::from);
    if python.is_none() {
        println!("SKIPPED: PORTAL_RELAY_PYTHON is not set; run `cargo xtask stores`");
    }
    python
}

struct Receiver {
    process: Child,
    port: u16,
    said: Arc<Mutex<Vec<serde_json::Value>>>,
}

impl Receiver {
    /// Starts one on a port, or on any with 0.
    fn start(python: &Path, port: u16, secret: &str) -> Self {
        let schema = Path::new(env!("CARGO_TARGET_TMPDIR")).join("event.schema.json");
        std::fs::write(&schema, Event::schema()).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/receiver/receiver.py");
        let mut process = Command::new(python)
            .arg(script)
            .args([&port.to_string(), secret])
            .arg(schema)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first: serde_json::Value =
            serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let collected = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap();
                collected.lock().unwrap().push(line);
            }
        });
        Self {
            process,
            port: first["port"].as_u64().unwrap().try_into().unwrap(),
            said,
        }
    }

    fn said(&self) -> Vec<serde_json::Value> {
        self.said.lock().unwrap().clone()
    }

    fn webhook(port: u16, secret: &str) -> Webhook {
        let url = format!("http://127.0.0.1:{port}/events");
        let builder = Webhook::builder(sink("receiver"), &url, secret.parse().unwrap());
        builder.build().unwrap()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_library_verifies_what_is_signed_and_refuses_the_rest() {
    let Some(python) = python() else { return };
    let receiver = Receiver::start(&python, 0, SECRET);
    let event = body(7, 1);
    let sound = Receiver::webhook(receiver.port, SECRET);
    assert_eq!(sound.deliver(&event).await, DeliveryOutcome::Taken);
    let wrong = Receiver::webhook(receiver.port, OTHER);
    let refused = DeliveryOutcome::retry(DeliveryFailure::Status(400));
    assert_eq!(wrong.deliver(&event).await, refused);
    // While the secret is replaced, a receiver with either one takes it.
    wrong.replace_secrets(OTHER.parse().unwrap(), Some(SECRET.parse().unwrap()));
    assert_eq!(wrong.deliver(&event).await, DeliveryOutcome::Taken);
    let changed = Receiver::start(&python, 0, OTHER);
    let rotating = Receiver::webhook(changed.port, SECRET);
    rotating.replace_secrets(OTHER.parse().unwrap(), Some(SECRET.parse().unwrap()));
    assert_eq!(rotating.deliver(&event).await, DeliveryOutcome::Taken);
    // One that is too old is refused by its time stamp.
    let url = format!("http://127.0.0.1:{}/", receiver.port);
    let old = Webhook::builder(sink("receiver"), &url, SECRET.parse().unwrap())
        .with_clock(|| "2026-01-15T12:00:00Z".parse().unwrap())
        .build()
        .unwrap();
    assert_eq!(old.deliver(&event).await, refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_comes_and_goes_gets_everything_in_order() {
    let Some(python) = python() else { return };
    let (_, outbox) = in_memory().await;
    let name = sink("receiver");
    for job in 1..=10 {
        for sequence in 1..=5 {
            outbox.put([&name], &body(job, sequence)).await.unwrap();
        }
    }
    // A port that nobody listens on, for now.
    let port = Receiver::start(&python, 0, SECRET).port;
    let attempts = NonZeroU32::new(10_000).unwrap();
    let deliverer = Deliverer::builder(outbox.clone())
        .sink(Receiver::webhook(port, SECRET))
        .with_schedule(RetrySchedule::new([], Duration::from_millis(50), attempts))
        .build()
        .unwrap();
    let running = tokio::spawn({
        let deliverer = deliverer.clone();
        async move { deliverer.run(&|| true).await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(deliverer.status()[0].failed > 0);
    let mut said = Vec::new();
    let until = async |receiver: &Receiver, count| {
        let enough = async {
            while receiver.said().len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), enough)
            .await
            .unwrap();
    };
    let first = Receiver::start(&python, port, SECRET);
    until(&first, 10).await;
    let collected = Arc::clone(&first.said);
    drop(first);
    tokio::time::sleep(Duration::from_millis(200)).await;
    said.extend(collected.lock().unwrap().clone());
    let second = Receiver::start(&python, port, SECRET);
    let empty = async {
        while !outbox.depths().await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), empty)
        .await
        .unwrap();
    running.abort();
    until(&second, 1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    said.extend(second.said());

    let mut by_job: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for delivery in &said {
        let job = delivery["job"].as_u64();
        let job = job.unwrap_or_else(|| panic!("{delivery}"));
        let sequence = delivery["sequence"].as_u64().unwrap();
        let sequences = by_job.entry(job).or_default();
        // What was in flight when the receiver was killed came twice.
        if sequences.last() != Some(&sequence) {
            sequences.push(sequence);
        }
    }
    assert_eq!(by_job.len(), 10);
    assert!(
        by_job
            .values()
            .all(|sequences| *sequences == [1, 2, 3, 4, 5]),
        "{by_job:?}"
    );
}
