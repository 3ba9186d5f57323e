//! Clients of the sandbox, each with connections of its own, and how long their calls take.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portal_asice::{KeySigner, PackageSigner, SignatureInput, SignerError};
use portal_certificate::{Certificate, EnterpriseCertificate};
use portal_client::{
    Document, Environment, Error, Job, Notification, PortalClient, Sector, Sender, Signer,
};
use portal_sandbox::sample_pdf;
use portal_transport::{
    HyperTransport, ReqwestTransport, ServerTrust, ServiceRoot, SharedClock, TlsSettings,
    Transport, TransportSettings,
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

/// The HTTP library under a client.
#[derive(Clone, Copy)]
pub(crate) enum Library {
    Hyper,
    Reqwest,
}

impl Clients {
    pub(crate) fn of(server: &Server) -> Self {
        let clock = server.clock.clone();
        Self::new(
            &server.root_url,
            server.identity(),
            server.trust_anchor(),
            SharedClock::new(move || clock.now()),
        )
    }

    pub(crate) fn new(
        root_url: &str,
        identity: EnterpriseCertificate,
        trust_anchor: Vec<u8>,
        clock: SharedClock,
    ) -> Self {
        let trust = ServerTrust::new([trust_anchor]).unwrap();
        let sender = identity.organization_number().unwrap();
        let signer = Arc::new(KeySigner::new(&identity).unwrap());
        let root = ServiceRoot::new(root_url).unwrap();
        Self {
            settings: TransportSettings::new(root, TlsSettings::new(identity, trust)),
            environment: Environment::custom(root_url).unwrap(),
            signer,
            clock,
            sender: Sender::from(sender),
        }
    }

    /// A client whose jobs go to a queue of its own.
    pub(crate) fn client(&self, queue: usize) -> PortalClient {
        self.client_over(Library::Hyper, &format!("queue {queue}"))
    }

    /// The same with a key of which nobody knows whether it waits for a device.
    pub(crate) fn client_that_signs_elsewhere(&self, queue: usize) -> PortalClient {
        let signer = Arc::new(MayWait(Arc::clone(&self.signer)));
        self.client_of(Library::Hyper, &format!("queue {queue}"), signer)
    }

    pub(crate) fn client_over(&self, library: Library, queue: &str) -> PortalClient {
        self.client_of(library, queue, self.signer.clone())
    }

    fn client_of(
        &self,
        library: Library,
        queue: &str,
        signer: Arc<dyn PackageSigner>,
    ) -> PortalClient {
        let settings = self.settings.clone();
        let transport: Arc<dyn Transport> = match library {
            Library::Hyper => Arc::new(HyperTransport::new(settings).unwrap()),
            Library::Reqwest => Arc::new(ReqwestTransport::new(settings).unwrap()),
        };
        PortalClient::new(self.environment.clone(), Sector::Public, transport, signer)
            .with_clock(self.clock.clone())
            .with_sender(self.sender.clone().with_queue(queue))
    }
}

/// A key in memory that does not say so.
struct MayWait(Arc<KeySigner>);

impl PackageSigner for MayWait {
    fn chain(&self) -> &[Certificate] {
        self.0.chain()
    }

    fn sign(&self, input: &SignatureInput<'_>) -> Result<Vec<u8>, SignerError> {
        self.0.sign(input)
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

    /// The value that so many per mille of the times under a name are not above, in milliseconds.
    pub(crate) fn milliseconds(&self, name: &str, per_mille: usize) -> f64 {
        let times = self.0.lock().unwrap();
        let mut times = times.get(name).cloned().unwrap_or_default();
        times.sort_unstable();
        times[(times.len() - 1) * per_mille / 1000].as_secs_f64() * 1000.0
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
