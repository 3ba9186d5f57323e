//! A program that runs for good: whatever is signed is stored and then confirmed.
//!
//! `cargo run --example watch_and_store`; against the service it runs until Ctrl-C.

mod service_and_sender;

use std::path::PathBuf;

use portal_client::{Error, PollTimeFolder, PortalClient, Signer, StatusChange, WatchEvent};
use service_and_sender::{AnyError, ServiceAndSender, agreement, folder};

/// How many jobs there are in the sandbox.
const JOBS: usize = 5;

/// Stores all that has been signed. It may be called twice for the same change, so that it writes the
/// same names again; what it returns `Ok` for is confirmed.
async fn store(client: PortalClient, change: StatusChange, folder: PathBuf) -> Result<(), Error> {
    let name = |ending: &str| folder.join(format!("{}{ending}", change.job_id()));
    if change.record().has_pades() {
        client.pades(&change).await?.save_over(name(".pdf")).await?;
    }
    for signer in change.record().signers_with_xades() {
        let path = name(&format!("-{signer}.xml"));
        client.xades(&change, signer).await?.save_over(path).await?;
    }
    println!(
        "Stored job {}, which is {}",
        change.job_id(),
        change.status()
    );
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let example = ServiceAndSender::from_environment().await?;
    let client = example.client()?;
    let folder = folder()?;
    if example.is_sandbox() {
        for _ in 0..JOBS {
            let job = client
                .job("Tenancy agreement")
                .document(agreement())
                .signer(Signer::by_email("email@example.com"))
                .build()
                .await?;
            client.create(&job).await?;
        }
        example.let_sign()?;
    }

    let watch = client
        .watch()
        // So that a restarted program does not poll too early.
        .poll_times(PollTimeFolder::new(&folder))
        // A failed change is redelivered after ten minutes, and outages are retried: both are reported here.
        .observe(|event| match event {
            WatchEvent::HandlerFailed { id, error, .. } => eprintln!("change {id}: {error}"),
            WatchEvent::Outage { error, wait, .. } => eprintln!("{error}; again in {wait:?}"),
            _ => {}
        });
    let stop = watch.stop_handle();
    tokio::spawn(async move {
        example.done().await;
        println!("Finishing what is in flight ...");
        stop.stop();
    });
    watch
        .handle(move |client, change| store(client, change, folder.clone()))
        .await?;
    Ok(())
}
