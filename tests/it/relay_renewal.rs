//! Replacing the certificate of a relay that is running.

use std::sync::Arc;
use std::time::Duration;

use jiff::fmt::rfc2822::DateTimePrinter;
use object_store::memory::InMemory;
use portal_client::{Environment, HyperTransport, PortalClient, Sector};
use portal_relay::{LeaseGate, Relay, Scope, Store};
use portal_sandbox::{Sandbox, Validity};

use crate::recording_server::{RecordingServer, identity};
use crate::sandbox_clients::trust_in;

/// An empty queue that may be polled again at once.
fn nothing_new(_: usize) -> String {
    let now = jiff::Timestamp::now();
    let date = DateTimePrinter::new();
    let date = date.timestamp_to_rfc9110_string(&now).unwrap();
    format!("HTTP/1.1 204 No Content\r\nDate: {date}\r\nX-Next-permitted-poll-time: {now}\r\n\r\n")
}

/// The relay polls on: the next request shows the new certificate, and nobody has to stop it.
#[tokio::test(flavor = "multi_thread")]
async fn a_running_relay_shows_its_new_certificate() {
    let sandbox = Sandbox::start().await.unwrap();
    let issue = |organization| {
        let validity = Validity::around(jiff::Timestamp::now());
        sandbox.issue(organization, validity).unwrap()
    };
    let posten = "984661185".parse().unwrap();
    let (server, old, new) = (
        issue(&posten),
        issue(sandbox.sender()),
        issue(sandbox.sender()),
    );
    let api = RecordingServer::start_with(&sandbox, identity(&server), nothing_new).await;
    let environment = Environment::custom(&format!("https://{}/api", api.address)).unwrap();
    let gate = LeaseGate::new();
    let of_client = gate.clone();
    let client = PortalClient::builder(environment.clone(), old.clone(), Sector::Public)
        .trust(trust_in(&sandbox))
        .sender(sandbox.sender().clone().into())
        .without_proxy()
        .build_over(move |settings| Ok(of_client.guard(HyperTransport::new(settings)?)))
        .unwrap();
    let scope = Scope::new(environment, sandbox.sender().clone());
    let store = Store::open(Arc::new(InMemory::new()), scope).await.unwrap();
    let relay = Relay::builder(client, store)
        .gate(gate)
        .jitter(Duration::ZERO)
        .build()
        .unwrap();
    let running = tokio::spawn({
        let relay = relay.clone();
        async move { relay.run().await }
    });
    let arrived = async |requests| {
        while api.requests().len() < requests {
            assert!(!running.is_finished(), "the relay ended");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    arrived(2).await;
    relay.client().replace_certificate(new.clone()).unwrap();
    let before = api.requests().len();
    arrived(before + 3).await;
    let ends = relay.quick_status().certificate_ends;
    relay.stop();
    running.await.unwrap().unwrap();

    assert_eq!(ends, Some(new.leaf().not_after()));
    let requests = api.requests();
    let showed = |number: usize, certificate: &portal_certificate::EnterpriseCertificate| {
        requests[number].client.as_ref() == Some(certificate.leaf())
    };
    assert!((0..2).all(|number| showed(number, &old)));
    // One may have been on its way.
    assert!((before + 1..requests.len()).all(|number| showed(number, &new)));
}
