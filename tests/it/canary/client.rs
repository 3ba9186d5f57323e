//! The client, its watch, and what comes of calls to a sandbox.

use std::sync::{Arc, Mutex};

use portal_client::{
    Authentication, BoxError, BoxFuture, BuildError, ChangeId, CreateOptions, Environment, Error,
    HyperTransport, JobRecord, NameError, Notification, PackageProcessor, PortalClient, Renewal,
    Sector, SignedPackage, Signer, SignerIndex, StatusChange, TokenEndpoint, WatchEvent, blocking,
};
use portal_sandbox::{Endpoint, Fault, Sandbox};

use super::client_values::queue;
use super::shown::Shown;
use super::{ADDRESS, FILE, MESSAGE, MOBILE, NUMBER, REFERENCE, TITLE, TOKEN};
use crate::sandbox_clients::{Over, bare_client, client, trust_in};

pub(super) async fn show(shown: &mut Shown) {
    let sandbox = Sandbox::builder().standing_clock().start().await.unwrap();
    set_up(shown, &sandbox);
    checked(shown, &sandbox).await;
    let client = client(&sandbox, Over::Hyper);
    let change = a_job(shown, &sandbox, &client).await;
    downloads(shown, &client, &change).await;
    client.confirm(&change).await.unwrap();
    watched(shown, &sandbox, &client).await;
    errors(shown, &sandbox).await;
    let another = job(&client).build().await.unwrap();
    let created = client.create(&another).await.unwrap();
    sandbox.job(created.job_id()).sign(0).unwrap();
    in_blocking_code(shown, client, change).await;
}

fn set_up(shown: &mut Shown, sandbox: &Sandbox) {
    let environment = Environment::custom(sandbox.root_url()).unwrap();
    let certificate = sandbox.sender_certificate().clone();
    let builder = PortalClient::builder(environment, certificate, Sector::Public).sender(queue());
    shown.debug("portal_client::ClientBuilder", &builder);
    let missing: BuildError = builder.build().unwrap_err();
    shown.error("portal_client::BuildError", &missing);
}

/// With a client id and a broker id that nobody knows, at a place where nobody listens.
async fn checked(shown: &mut Shown, sandbox: &Sandbox) {
    let authentication = Authentication::token(TOKEN, TOKEN);
    let certificate = sandbox.sender_certificate();
    let renewal = Renewal::new(certificate.clone())
        .authentication(authentication.clone())
        .token_endpoint(TokenEndpoint::new(TOKEN))
        .client_id(TOKEN);
    let endpoint = TokenEndpoint::new(format!("https://user:{TOKEN}@127.0.0.1:1/token"));
    let environment = Environment::custom(sandbox.root_url()).unwrap();
    let builder = PortalClient::builder(environment, certificate.clone(), Sector::Public)
        .trust(trust_in(sandbox))
        .sender(queue())
        .authentication(authentication.clone())
        .token_endpoint("https://127.0.0.1:1/token")
        .without_proxy();
    shown
        .debug("portal_client::Authentication", &authentication)
        .debug("portal_client::Renewal", &renewal)
        .debug("portal_client::TokenEndpoint", &endpoint)
        .debug("portal_client::ClientBuilder", &builder);
    let client = builder.build_over(HyperTransport::new).unwrap();
    shown.debug("portal_client::PortalClient", &client);
    let report = client.check().await;
    assert!(!report.is_ok());
    shown
        .both("portal_client::CheckReport", &report)
        .both("portal_client::CheckFinding", &report.findings[0]);
    let stranger = portal_client::OrganizationNumber::new("988015814").unwrap();
    let validity = portal_sandbox::Validity::around(sandbox.clock().now());
    let stranger = sandbox.issue(&stranger, validity).unwrap();
    let renewal = Renewal::new(stranger).client_id(TOKEN);
    let error = client.replace_certificate(renewal).unwrap_err();
    shown.error("portal_client::RenewalError", &error);
    let error = client.who_am_i(None).await.unwrap_err();
    shown.error("portal_client::Error", &error);
}

pub(super) fn job(client: &PortalClient) -> portal_client::JobBuilder {
    let document = portal_sandbox::sample_pdf(TITLE, &[MESSAGE]);
    client
        .job(TITLE)
        .sender(queue())
        .document(portal_client::Document::pdf(TITLE, document).name(FILE))
        .signer(Signer::by_personal_number(
            NUMBER,
            Notification::email_and_mobile(ADDRESS, MOBILE),
        ))
        .signer(Signer::by_email(ADDRESS))
        .reference(REFERENCE)
}

/// Keeps what is sent.
struct Kept(Arc<Mutex<Vec<SignedPackage>>>);

impl PackageProcessor for Kept {
    fn process(&self, package: SignedPackage) -> BoxFuture<'_, Result<(), BoxError>> {
        self.0.lock().unwrap().push(package);
        Box::pin(async { Ok(()) })
    }
}

async fn a_job(shown: &mut Shown, sandbox: &Sandbox, client: &PortalClient) -> StatusChange {
    shown.debug("portal_client::PortalClient", client);
    let job = job(client).build().await.unwrap();
    super::job_file::digests(shown, client, &job).await;
    let kept = Arc::default();
    let options = CreateOptions::new().package_processor(Kept(Arc::clone(&kept)));
    let created = client.create_with(&job, options).await.unwrap();
    shown
        .debug("portal_client::CreatedJob", &created)
        .debug("portal_client::SignedPackage", &kept.lock().unwrap()[0]);
    sandbox.job(created.job_id()).sign(0).unwrap();
    let polled = client.status_change(&queue()).await.unwrap();
    shown
        .debug("portal_client::Polled", &polled)
        .debug("portal_client::NextPoll", &polled.next_poll);
    let change = polled.change.unwrap();
    let record: &JobRecord = change.record();
    let signatures = change.signatures();
    let index: SignerIndex = signatures[0].index();
    let id: &ChangeId = change.id();
    shown
        .debug("portal_client::StatusChange", &change)
        .debug("portal_client::JobRecord", record)
        .json("portal_client::JobRecord", record)
        .debug("portal_client::SignerSignature", &signatures[0])
        .debug("portal_client::SignerSignature", &signatures[1])
        .both("portal_client::SignerIndex", &index)
        .json("portal_client::SignerIndex", &index)
        .both("portal_client::ChangeId", id)
        .json("portal_client::ChangeId", id);
    change
}

async fn downloads(shown: &mut Shown, client: &PortalClient, change: &StatusChange) {
    let index = change.signatures()[0].index();
    let download = client.xades(change, index).await.unwrap();
    shown.debug("portal_client::Download", &download);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    std::fs::write(&path, "there").unwrap();
    let taken = download.save_to(&path).await.unwrap_err();
    let nowhere = folder.path().join("canary").join(FILE);
    let download = client.xades(change, index).await.unwrap();
    let missing = download.save_to(&nowhere).await.unwrap_err();
    for error in [taken, missing] {
        shown.error("portal_client::DownloadError", &error);
        shown.error("portal_client::Error", &Error::from(error));
    }
}

async fn watched(shown: &mut Shown, sandbox: &Sandbox, client: &PortalClient) {
    let events = Arc::new(Mutex::new(Shown::default()));
    let seen = Arc::clone(&events);
    let watch =
        client
            .watch()
            .queue(queue())
            .until_empty()
            .observe(move |event: WatchEvent<'_>| {
                let mut seen = seen.lock().unwrap();
                seen.debug("portal_client::WatchEvent", &event);
            });
    shown
        .debug("portal_client::Watch", &watch)
        .debug("portal_client::StopHandle", &watch.stop_handle());
    sandbox.jobs()[0].sign(1).unwrap();
    let mut changes = watch.stream().unwrap();
    shown.debug("portal_client::Changes", &changes);
    let pending = changes.next().await.unwrap().unwrap();
    shown.debug("portal_client::PendingChange", &pending);
    drop((pending, changes));
    let seen = std::mem::take(&mut *events.lock().unwrap());
    assert!(!seen.is_empty());
    shown.take(seen);
}

async fn errors(shown: &mut Shown, sandbox: &Sandbox) {
    let client = bare_client(sandbox, Over::Hyper);
    let job = job(&client).build().await.unwrap();
    for fault in [
        Fault::DropAfter,
        Fault::DropBefore,
        Fault::Garbage,
        Fault::Status(500),
    ] {
        sandbox.faults().next(1, Endpoint::Create, fault);
        let error = client.create(&job).await.unwrap_err();
        shown.error("portal_client::Error", &error);
    }
    let name: NameError = portal_asice::DocumentName::new("canary file").unwrap_err();
    shown.error("portal_asice::NameError", &name);
}

/// The same through the blocking client, on threads that may wait.
async fn in_blocking_code(shown: &mut Shown, client: PortalClient, change: StatusChange) {
    let texts = tokio::task::spawn_blocking(move || {
        let client = blocking::PortalClient::new(client).unwrap();
        let index = change.signatures()[0].index();
        let mut download = client.xades(&change, index).unwrap();
        // Half read, so that it holds bytes that were not asked for.
        std::io::Read::read_exact(&mut download, &mut [0; 3]).unwrap();
        let watch = client.watch().queue(queue());
        let mut shown = Shown::default();
        shown
            .debug("portal_client::blocking::PortalClient", &client)
            .debug("portal_client::blocking::Download", &download)
            .debug("portal_client::blocking::Watch", &watch);
        let debug = format!("{download:?}");
        assert!(!debug.contains("xml"), "{debug}");
        let mut changes = watch.changes().unwrap();
        shown.debug("portal_client::blocking::Changes", &changes);
        let pending = changes.next().unwrap().unwrap();
        shown.debug("portal_client::blocking::PendingChange", &pending);
        shown
    });
    shown.take(texts.await.unwrap());
}
