//! What a relay adds to the calls alone: changes that lie ready are drained at the service's ten calls a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::{Request, Response};
use portal_client::{
    Body, BoxFuture, Environment, HyperTransport, OrganizationNumber, PortalClient, Sector, Sender,
    Transport, TransportError,
};
use portal_relay::{LeaseGate, Relay, Scope, Store};
use portal_transport::ServerTrust;

use crate::clients::{Clients, job};
use crate::server::Server;
use crate::usage::{peak_memory, processor_time};

/// What the client's rate limit takes for a call: it lets ten out in 1.1 seconds, so that no more than the service's ten
/// arrive in a second.
const SECONDS_A_CALL: f64 = 0.11;

/// Counts what goes out.
#[derive(Debug)]
struct Counting(HyperTransport, Arc<AtomicUsize>);

impl Transport for Counting {
    fn send(
        &self,
        request: Request<Body>,
    ) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.send(request)
    }
}

/// Drains so many changes to a store: `folder`, or an object store by its address and a line for each option.
pub(crate) async fn run(changes: usize, place: &str) {
    let server = Server::start().await;
    let creator = Clients::of(&server).client(0);
    for _ in 0..changes {
        let created = creator.create(&job(&creator, 1)).await.unwrap();
        server.management.sign(created.job_id().get()).await;
    }

    let identity = server.identity();
    let number = identity.organization_number().unwrap();
    let environment = Environment::custom(&server.root_url).unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let (gate, counted) = (LeaseGate::new(), Arc::clone(&calls));
    let gate_of_client = gate.clone();
    let client = PortalClient::builder(environment.clone(), identity, Sector::Public)
        .trust(ServerTrust::new([server.trust_anchor()]).unwrap())
        .sender(Sender::from(number.clone()).with_queue("queue 0"))
        .without_proxy()
        .build_over(move |settings| {
            let transport = Counting(HyperTransport::new(settings)?, Arc::clone(&counted));
            Ok(gate_of_client.guard(transport))
        });
    let folder = tempfile::tempdir().unwrap();
    let store = store(place, folder.path(), environment, number).await;
    let relay = Relay::builder(client.unwrap(), store).gate(gate).build();
    let relay = relay.unwrap();

    let (started, used) = (Instant::now(), processor_time());
    let running = tokio::spawn({
        let relay = relay.clone();
        async move { relay.run().await }
    });
    let wanted = u64::try_from(changes).unwrap();
    while relay.quick_status().counts.confirmed < wanted {
        assert!(!running.is_finished(), "the relay ended");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (took, used) = (started.elapsed().as_secs_f64(), processor_time() - used);
    let calls = calls.load(Ordering::SeqCst);
    relay.stop();
    running.await.unwrap().unwrap();
    assert_eq!(server.management.open_jobs().await, 0);

    let alone = f64::from(u32::try_from(calls).unwrap()) * SECONDS_A_CALL;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap();
    println!(
        "| store | changes | calls | calls alone | with the relay | added | CPU a change | most memory | load |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    println!(
        "| {} | {changes} | {calls} | {alone:.1} s | {took:.1} s | {:.1} % | {:.1} ms | {} MiB | {} |",
        place.split("://").next().unwrap_or_default(),
        (took / alone - 1.0) * 100.0,
        used.as_secs_f64() * 1000.0 / f64::from(u32::try_from(changes).unwrap()),
        peak_memory() / 1024,
        load.split(' ').next().unwrap_or_default(),
    );
}

async fn store(
    place: &str,
    folder: &std::path::Path,
    environment: Environment,
    number: OrganizationNumber,
) -> Store {
    let scope = Scope::new(environment, number);
    if place == "folder" {
        return Store::folder(folder.join("store"), scope).await.unwrap();
    }
    let (address, options) = portal_tests::object_store(place);
    let address = format!("{address}/load-{}", std::process::id());
    Store::by_address(&address, options, scope).await.unwrap()
}
