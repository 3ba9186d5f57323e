//! A relay on a folder or an object store, until it is killed. Its argument is the folder with its files.

#![allow(
    clippy::unwrap_used,
    reason = "a test process that meets the unexpected is to end there"
)]

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use portal_client::jiff::Timestamp;
use portal_client::{
    BoxFuture, Clock, EnterpriseCertificate, Environment, HyperTransport, OrganizationNumber,
    PortalClient, Sector, Sender, ServerTrust, SharedClock,
};
use portal_relay::{
    DeliveryOutcome, EventBody, LeaseGate, LeaseSettings, Relay, Scope, Sink, SinkName, Store,
};

/// The computer's time, moved ahead by the seconds in a file: the time that passes at the service in a test passes here
/// as well.
struct MovedClock(PathBuf);

impl MovedClock {
    fn ahead(&self) -> Duration {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        Duration::from_secs(text.trim().parse().unwrap_or_default())
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::now() + self.ahead()
    }

    fn instant(&self) -> Instant {
        Instant::now() + self.ahead()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let clock = Self(self.0.clone());
        let until = clock.instant() + duration;
        Box::pin(async move {
            loop {
                let left = until.saturating_duration_since(clock.instant());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(Duration::from_millis(50))).await;
            }
        })
    }
}

/// Appends a line for each event to a file that all processes share.
#[derive(Debug)]
struct Appending {
    name: SinkName,
    file: Mutex<File>,
}

impl Sink for Appending {
    fn name(&self) -> &SinkName {
        &self.name
    }

    fn deliver<'a>(&'a self, event: &'a EventBody) -> BoxFuture<'a, DeliveryOutcome> {
        // One write, so that a line is there whole or not at all.
        let line = [event.bytes(), b"\n"].concat();
        self.file.lock().unwrap().write_all(&line).unwrap();
        Box::pin(async { DeliveryOutcome::Taken })
    }
}

fn client(folder: &Path, gate: &LeaseGate) -> (PortalClient, Scope) {
    let addresses = std::fs::read_to_string(folder.join("addresses")).unwrap();
    let (root, sender) = addresses.split_once('\n').unwrap();
    let read = |file: &str| std::fs::read(folder.join(file)).unwrap();
    let certificate = EnterpriseCertificate::from_pem(&read("sender.pem"), &read("sender.key.pem"));
    let environment = Environment::custom(root).unwrap();
    let gate = gate.clone();
    let client = PortalClient::builder(environment.clone(), certificate.unwrap(), Sector::Unknown)
        .trust(ServerTrust::from_pem(&read("trust/sandbox-root.pem")).unwrap())
        .sender(Sender::new(sender).unwrap())
        .without_proxy()
        .clock(MovedClock(folder.join("ahead")))
        .build_over(move |settings| Ok(gate.guard(HyperTransport::new(settings)?)))
        .unwrap();
    let number = OrganizationNumber::new(sender).unwrap();
    (client, Scope::new(environment, number))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap());
    let gate = LeaseGate::new();
    let (client, scope) = client(&folder, &gate);
    let address = std::fs::read_to_string(folder.join("store-address")).unwrap();
    let (address, options) = portal_tests::object_store(&address);
    let store = Store::by_address(address, options, scope).await.unwrap();
    let mut received = OpenOptions::new();
    let received = received
        .append(true)
        .create(true)
        .open(folder.join("received"));
    let sink = Appending {
        name: SinkName::new("received").unwrap(),
        file: Mutex::new(received.unwrap()),
    };
    let relay = Relay::builder(client, store)
        .sink(sink)
        .gate(gate)
        .lease_settings(LeaseSettings::scaled_to(Duration::from_secs(2)))
        .clock(SharedClock::new(MovedClock(folder.join("ahead"))))
        .jitter(Duration::ZERO)
        .build()
        .unwrap();
    relay.run().await.unwrap();
}
