//! Clients of the sandbox, each with connections of its own, and how long their calls take.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portal_asice::KeySigner;
use portal_client::{
    Document, Environment, Error, Job, Notification, PortalClient, Sector, Sender, Signer,
};
use portal_sandbox::sample_pdf;
use portal_transport::{
    HyperTransport, ServerTrust, ServiceRoot, SharedClock, TlsSettings, TransportSettings,
};

use crate::server::Server;

/// Makes clients.
pub(crate) struct Clients {
    settings: TransportSettings,
    environment: Environment,
    signer: Arc<KeySigner>,
    clock: SharedClock,
    sender: Sender,
}

impl Clients {
    pub(crate) fn of(server: &Server) -> Self {
        let identity = server.identity();
        let trust = ServerTrust::new([server.trust_anchor()]).unwrap();
        let sender = identity.organization_number().unwrap();
        let signer = Arc::new(KeySigner::new(&identity).unwrap());
        let root = ServiceRoot::new(&server.root_url).unwrap();
        let clock = server.clock.clone();
        Self {
            settings: TransportSettings::new(root, TlsSettings::new(identity, trust)),
            environment: Environment::custom(&server.root_url).unwrap(),
            signer,
            clock: SharedClock::new(move || clock.now()),
            sender: Sender::from(sender),
        }
    }

    /// A client whose jobs go to a queue of its own.
    pub(crate) fn client(&self, queue: usize) -> PortalClient {
        PortalClient::new(
            self.environment.clone(),
            Sector::Public,
            Arc::new(HyperTransport::new(self.settings.clone()).unwrap()),
            self.signer.clone(),
        )
        .with_clock(self.clock.clone())
        .with_sender(self.sender.clone().with_queue(format!("queue {queue}")))
    }
}

/// A job of one document of a few kilobytes, whose signers sign one after another.
pub(crate) fn job(client: &PortalClient, signers: u8) -> Job {
    let pdf = sample_pdf("Document title", &["Text of the document"; 20]);
    let numbers = ["12345678910", "10987654321", "01013300001"];
    let signer = |(order, number): (u8, &str)| {
        Signer::by_personal_number(number, Notification::lookup()).order(order)
    };
    client
        .job("Job title")
        .document(Document::pdf("Document title", pdf))
        .signers((0..signers).zip(numbers).map(signer))
        .reference("load")
        .build_blocking()
        .unwrap()
}

/// How long calls took, by their names.
#[derive(Default)]
pub(crate) struct Times(Mutex<BTreeMap<&'static str, Vec<Duration>>>);

impl Times {
    /// Waits for a call, which has to succeed.
    pub(crate) async fn of<T>(
        &self,
        name: &'static str,
        call: impl Future<Output = Result<T, Error>>,
    ) -> T {
        let started = Instant::now();
        let outcome = call.await;
        let took = started.elapsed();
        self.0.lock().unwrap().entry(name).or_default().push(took);
        outcome.unwrap_or_else(|error| panic!("{name}: {error:?}"))
    }

    /// A line for each name, and one for all.
    pub(crate) fn print(&self, within: Duration) {
        println!("| call | calls | calls/s | p50 ms | p99 ms | longest ms |");
        println!("|---|---|---|---|---|---|");
        let times = self.0.lock().unwrap();
        for (name, times) in times.iter() {
            line(name, times.clone(), within);
        }
        line("all", times.values().flatten().copied().collect(), within);
    }
}

fn line(name: &str, mut times: Vec<Duration>, within: Duration) {
    times.sort_unstable();
    let calls = times.len();
    let milliseconds = |per_mille: usize| {
        let place = (calls - 1) * per_mille / 1000;
        times[place].as_secs_f64() * 1000.0
    };
    println!(
        "| {name} | {calls} | {:.0} | {:.1} | {:.1} | {:.1} |",
        per_second(calls, within),
        milliseconds(500),
        milliseconds(990),
        milliseconds(1000),
    );
}

pub(crate) fn per_second(calls: usize, within: Duration) -> f64 {
    let calls = u32::try_from(calls).unwrap();
    f64::from(calls) / within.as_secs_f64()
}
