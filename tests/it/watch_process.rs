//! A process that watches a queue and stores what was signed, for others to kill.
//!
//! It is this test binary, started again with one ignored test: see [`start`].

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use portal_asice::KeySigner;
use portal_certificate::EnterpriseCertificate;
use portal_client::{
    DownloadError, Environment, Error, PollTimeFolder, PortalClient, PortalSignatureJobStatus,
    Sector, Sender, SignerStatus, StatusChange, remove_leftovers,
};
use portal_sandbox::Sandbox;
use portal_transport::{
    HyperTransport, ServerTrust, ServiceRoot, SharedClock, TlsSettings, TransportSettings,
};

/// Tells the started process where its files are.
const FOLDER: &str = "PORTAL_WATCH_PROCESS_FOLDER";

/// Where the process stores what was signed.
pub(crate) fn store(folder: &Path) -> PathBuf {
    folder.join("signed")
}

/// Where a job's document is stored: under its final name, or, while the job goes on, that of the number of
/// signatures.
pub(crate) fn stored_as(folder: &Path, job: i64, signatures: Option<usize>) -> PathBuf {
    let name = match signatures {
        None => format!("{job}.pdf"),
        Some(signatures) => format!("{job}-{signatures}.pdf"),
    };
    store(folder).join(name)
}

/// Writes what the processes need.
pub(crate) fn prepare(sandbox: &Sandbox, folder: &Path) {
    sandbox.write_client_files(folder).unwrap();
    let addresses = format!("{}\n{}", sandbox.root_url(), sandbox.sender());
    std::fs::write(folder.join("addresses"), addresses).unwrap();
    std::fs::create_dir(store(folder)).unwrap();
}

/// Starts a process that watches until it is killed.
pub(crate) fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "watch_process::watches_and_stores", "--ignored"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn client(folder: &Path) -> PortalClient {
    let addresses = std::fs::read_to_string(folder.join("addresses")).unwrap();
    let (root, sender) = addresses.split_once('\n').unwrap();
    let read = |file: &str| std::fs::read(folder.join(file)).unwrap();
    let certificate = EnterpriseCertificate::from_pem(&read("sender.pem"), &read("sender.key.pem"));
    let certificate = certificate.unwrap();
    let trust = ServerTrust::from_pem(&read("trust/sandbox-root.pem")).unwrap();
    let tls = TlsSettings::new(certificate.clone(), trust);
    let settings = TransportSettings::new(ServiceRoot::new(root).unwrap(), tls);
    PortalClient::new(
        Environment::custom(root).unwrap(),
        Sector::Unknown,
        Arc::new(HyperTransport::new(settings).unwrap()),
        Arc::new(KeySigner::new(&certificate).unwrap()),
    )
    .with_clock(SharedClock::default())
    .with_sender(Sender::new(sender).unwrap())
}

/// What a program does with a change that stores each document once and may be killed at any time.
async fn handle(client: PortalClient, folder: PathBuf, change: StatusChange) -> Result<(), Error> {
    if !change.record().has_pades() {
        return Ok(());
    }
    let signed = |status: &SignerStatus| *status == SignerStatus::SIGNED;
    let statuses = change
        .signatures()
        .iter()
        .map(|signature| signature.status());
    let signatures = match change.status() {
        PortalSignatureJobStatus::CompletedSuccessfully => None,
        _ => Some(statuses.filter(|status| signed(status)).count()),
    };
    let path = stored_as(&folder, change.job_id().get(), signatures);
    match client.pades(&change).await?.save_to(path).await {
        // An earlier process stored it and was killed before the confirmation arrived.
        Err(DownloadError::Exists { .. }) => Ok(()),
        saved => Ok(saved.map(drop)?),
    }
}

#[tokio::test]
#[ignore = "a process of its own, which the kill campaign starts"]
async fn watches_and_stores() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    remove_leftovers(store(&folder)).unwrap();
    let client = client(&folder);
    let watch = client
        .watch()
        .jitter(std::time::Duration::ZERO)
        .poll_times(PollTimeFolder::new(&folder));
    watch
        .handle(move |client, change| handle(client, folder.clone(), change))
        .await
        .unwrap();
}
