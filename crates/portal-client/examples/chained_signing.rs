//! Signers in an order: the tenants both sign before the landlord is asked to, and then a witness.
//!
//! `cargo run --example chained_signing`

mod service_and_sender;

use std::time::Duration;

use portal_client::{Notification, PortalSignatureJobStatus, Signer};
use service_and_sender::{AnyError, ServiceAndSender, agreement};

const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let example = ServiceAndSender::from_environment().await?;
    let client = example.client()?;

    // Equal numbers sign side by side; a group is activated when the one before it has signed. The time
    // to sign is each group's own, so that this job may take three weeks.
    let notify = Notification::email("landlord@example.com");
    let job = client
        .job("Tenancy agreement")
        .document(agreement())
        .signer(Signer::by_email("tenant1@example.com").order(1))
        .signer(Signer::by_email("tenant2@example.com").order(1))
        .signer(Signer::by_personal_number(&example.signer, notify).order(2))
        .signer(Signer::by_mobile("99999999").order(3))
        .available_for(WEEK)
        .build()
        .await?;
    let created = client.create(&job).await?;
    println!("Created job {}", created.job_id());

    example.let_sign()?;
    let mut changes = client.watch().stream()?;
    while let Some(pending) = changes.next().await {
        let pending = pending?;
        let change = pending.change();
        println!("Job {} is {}", change.job_id(), change.status());
        for signature in change.signatures() {
            println!("  signer {}: {}", signature.index(), signature.status());
        }
        let has_ended = change.status() != PortalSignatureJobStatus::InProgress;
        let is_ours = change.job_id() == created.job_id();
        pending.confirm().await?;
        if has_ended && is_ours {
            break;
        }
        example.let_sign()?;
    }
    Ok(())
}
