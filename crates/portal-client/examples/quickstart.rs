//! From a PDF to a signed PDF: one document, one signer.
//!
//! `cargo run --example quickstart` runs it against a sandbox; `setting/mod.rs` tells how to run it
//! against the service.

mod setting;

use portal_client::{Job, Notification, PortalClient, PortalSignatureJobStatus, Signer};
use setting::{AnyError, Setting, agreement, folder};

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let setting = Setting::from_environment().await?;

    // Who calls, whom to trust, and where the service is. The certificate opens connections (mutual TLS)
    // and signs the package of documents.
    let client = PortalClient::builder(
        setting.environment.clone(),
        setting.certificate.clone(),
        setting.trust.clone(),
    )
    .build()?
    .with_default_sender(setting.sender.clone());
    println!("The service says: {}", client.who_am_i(None).await?);

    // Every rule of the service is checked here, before anything is sent.
    let notify = Notification::email("email@example.com");
    let job = Job::builder("Tenancy agreement")
        .document(agreement())
        .signer(Signer::by_personal_number(&setting.signer, notify))
        .reference("quickstart-1")
        .build(client.profile(), client.now())?;
    let created = client.create(&job).await?;
    println!("Created job {}", created.job_id());

    setting.let_sign()?;

    // Ask for changes, never earlier than the service permits, until the job has come to its end.
    loop {
        let polled = client.status_change(None).await?;
        let Some(change) = polled.change else {
            let wait = polled.next_poll.wait(client.now());
            tokio::time::sleep(wait.unsigned_abs()).await;
            continue;
        };
        println!("Job {} is {}", change.job_id(), change.status());
        if change.status() == PortalSignatureJobStatus::CompletedSuccessfully {
            let path = folder()?.join("quickstart.pdf");
            let length = client.pades(&change).await?.save_over(&path).await?;
            println!("Stored {length} bytes as {}", path.display());
        }
        // Last, since a job that has ended is gone from the service once it is confirmed.
        client.confirm(&change).await?;
        if change.job_id() == created.job_id() {
            return Ok(());
        }
    }
}
