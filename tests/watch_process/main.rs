//! Watches a queue and stores what was signed, until it is killed. Its argument is the folder with its files.

#![allow(
    clippy::unwrap_used,
    reason = "a test process that meets the unexpected is to end there"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use portal_tests::{store, stored_as};

use portal_client::jiff::Timestamp;
use portal_client::{
    BoxFuture, Clock, DownloadError, EnterpriseCertificate, Environment, Error, HyperTransport,
    KeySigner, PollTimeFolder, PortalClient, PortalSignatureJobStatus, Sector, Sender, ServerTrust,
    ServiceRoot, SignerSignature, SignerStatus, StatusChange, TlsSettings, TransportSettings,
    remove_leftovers,
};

/// The sandbox's time, which the test writes down whenever it moves it. A lease that passes there passes here.
#[derive(Clone)]
struct ToldClock {
    file: PathBuf,
}

impl ToldClock {
    /// By how much the sandbox is ahead of the computer's clocks.
    fn ahead(&self) -> Duration {
        let millis = std::fs::read_to_string(&self.file).unwrap();
        Duration::from_millis(millis.parse().unwrap())
    }
}

impl Clock for ToldClock {
    fn now(&self) -> Timestamp {
        Timestamp::now() + self.ahead()
    }

    fn instant(&self) -> Instant {
        Instant::now() + self.ahead()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        const LOOK_AGAIN: Duration = Duration::from_millis(20);
        let clock = self.clone();
        let end = clock.instant() + duration;
        Box::pin(async move {
            loop {
                let left = end.saturating_duration_since(clock.instant());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LOOK_AGAIN)).await;
            }
        })
    }
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
    .with_clock(ToldClock {
        file: folder.join("milliseconds-ahead"),
    })
    .with_sender(Sender::new(sender).unwrap())
}

/// What a program does with a change that stores each document once and may be killed at any time.
async fn handle(client: PortalClient, folder: PathBuf, change: StatusChange) -> Result<(), Error> {
    let completed = change.status() == PortalSignatureJobStatus::CompletedSuccessfully;
    if !completed && !change.record().has_pades() {
        return Ok(());
    }
    let signed = |status: &SignerStatus| *status == SignerStatus::SIGNED;
    let statuses = change.signatures().iter().map(SignerSignature::status);
    let signatures = (!completed).then(|| statuses.filter(|status| signed(status)).count());
    let path = stored_as(&folder, change.job_id().get(), signatures);
    match client.pades(&change).await?.save_to(path).await {
        // An earlier process stored it and was killed before the confirmation arrived.
        Err(DownloadError::Exists { .. }) => Ok(()),
        saved => Ok(saved.map(drop)?),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap());
    remove_leftovers(store(&folder)).unwrap();
    let client = client(&folder);
    let watch = client
        .watch()
        .jitter(Duration::ZERO)
        .poll_times(PollTimeFolder::new(&folder));
    watch
        .handle(move |client, change| handle(client, folder.clone(), change))
        .await
        .unwrap();
}
