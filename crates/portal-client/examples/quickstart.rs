//! From a PDF to a signed PDF: one document, one signer.
//!
//! `cargo run --example quickstart` runs it against a sandbox; `service_and_sender/mod.rs` says how to run it
//! against the service.

mod service_and_sender;

use portal_client::{Notification, PortalSignatureJobStatus, Signer};
use service_and_sender::{AnyError, ServiceAndSender, agreement, folder};

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let example = ServiceAndSender::from_environment().await?;

    // Of the environment, and of the sender's certificate, which identifies the program and signs the document
    // packages. The check says what is wrong, before there is a job.
    let client = example.client()?;
    let report = client.check().await;
    println!("{report}\n");
    if !report.is_ok() {
        return Err("the check failed".into());
    }

    // Every rule of the service is checked here, before anything is sent.
    let notify = Notification::email("email@example.com");
    let job = client
        .job("Tenancy agreement")
        .document(agreement())
        .signer(Signer::by_personal_number(&example.signer, notify))
        .reference("quickstart-1")
        .build()
        .await?;
    let created = client.create(&job).await?;
    println!("Created job {}", created.job_id());

    example.let_sign()?;

    // Ask for changes, never earlier than the service permits, until the job has ended.
    loop {
        let polled = client.status_change(None).await?;
        let Some(change) = polled.change else {
            tokio::time::sleep(polled.next_poll.wait()).await;
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
