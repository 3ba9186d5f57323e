//! A sandbox and clients of it.

use std::sync::Arc;

use portal_asice::KeySigner;
use portal_certificate::EnterpriseCertificate;
use portal_client::{
    Document, Environment, JobBuilder, Notification, PortalClient, Sector, Signer,
};
use portal_sandbox::{Sandbox, sample_pdf};
use portal_transport::{
    HyperTransport, ReqwestTransport, ServerTrust, ServiceRoot, SharedClock, TlsSettings,
    Transport, TransportSettings,
};

/// The two ways to speak HTTP.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Over {
    Reqwest,
    Hyper,
}

impl Over {
    pub(crate) fn transport(self, settings: TransportSettings) -> Arc<dyn Transport> {
        match self {
            Self::Reqwest => Arc::new(ReqwestTransport::new(settings).unwrap()),
            Self::Hyper => Arc::new(HyperTransport::new(settings).unwrap()),
        }
    }
}

pub(crate) const BOTH: [Over; 2] = [Over::Reqwest, Over::Hyper];

/// What the client trusts when it trusts the sandbox.
pub(crate) fn trust_in(sandbox: &Sandbox) -> ServerTrust {
    ServerTrust::new([sandbox.trust_anchor_der()])
        .unwrap()
        .with_organization_number(sandbox.server_organization().clone())
}

/// A client of the sandbox as its sender, trusting what the sandbox shows.
pub(crate) fn client(sandbox: &Sandbox, over: Over) -> PortalClient {
    client_with(
        sandbox,
        over,
        sandbox.sender_certificate(),
        trust_in(sandbox),
    )
}

/// The same, but each call is made once, as soon as it is asked for.
pub(crate) fn bare_client(sandbox: &Sandbox, over: Over) -> PortalClient {
    let certificate = sandbox.sender_certificate();
    let settings = settings(sandbox, certificate, trust_in(sandbox));
    client_over(sandbox, certificate, over.transport(settings))
}

/// A client of the sandbox with an identity and a trust of the test's choice.
pub(crate) fn client_with(
    sandbox: &Sandbox,
    over: Over,
    certificate: &EnterpriseCertificate,
    trust: ServerTrust,
) -> PortalClient {
    let environment = Environment::custom(sandbox.root_url()).unwrap();
    let builder = PortalClient::builder(environment, certificate.clone(), Sector::Public)
        .trust(trust)
        .sender(sandbox.sender().clone().into())
        .clock(time_of(sandbox));
    let client = match over {
        Over::Reqwest => builder.build(),
        Over::Hyper => builder.build_over(HyperTransport::new),
    };
    client.unwrap()
}

/// What a transport to the sandbox is made of.
pub(crate) fn settings(
    sandbox: &Sandbox,
    certificate: &EnterpriseCertificate,
    trust: ServerTrust,
) -> TransportSettings {
    let root = ServiceRoot::new(sandbox.root_url()).unwrap();
    TransportSettings::new(root, TlsSettings::new(certificate.clone(), trust))
}

/// A client of the sandbox, on its clock, over a transport of the test's choice.
pub(crate) fn client_over(
    sandbox: &Sandbox,
    certificate: &EnterpriseCertificate,
    transport: Arc<dyn Transport>,
) -> PortalClient {
    PortalClient::new(
        Environment::custom(sandbox.root_url()).unwrap(),
        Sector::Public,
        transport,
        Arc::new(KeySigner::new(certificate).unwrap()),
    )
    .with_clock(time_of(sandbox))
    .with_sender(sandbox.sender().clone().into())
}

/// The sandbox's time; waiting is real.
fn time_of(sandbox: &Sandbox) -> SharedClock {
    let clock = sandbox.clock().clone();
    SharedClock::new(move || clock.now())
}

/// A job of two documents, whose signers the test adds.
pub(crate) fn two_documents(client: &PortalClient) -> JobBuilder {
    client
        .job("Job title")
        .document(Document::pdf(
            "First document",
            sample_pdf("First", &["One."]),
        ))
        .document(Document::pdf(
            "Second document",
            sample_pdf("Second", &["Two."]),
        ))
        .reference("123-ABC")
}

/// A job of two documents and one signer, to build on.
pub(crate) fn small_job(client: &PortalClient) -> JobBuilder {
    let notify = Notification::email("email@example.com");
    two_documents(client).signer(Signer::by_personal_number("12345678910", notify))
}

/// An error's whole account, cause by cause.
pub(crate) fn account(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str("\nbecause: ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
