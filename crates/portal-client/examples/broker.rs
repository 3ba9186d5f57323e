//! Sending on behalf of another organisation: the broker's certificate, the other's number.
//!
//! `cargo run --example broker`

mod service_and_sender;

use portal_client::{Error, Sender, Signer};
use service_and_sender::{AnyError, ServiceAndSender, agreement};

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let example = ServiceAndSender::from_environment().await?;
    let client = example.client()?;

    // A queue for each of the broker's systems: on a shared one they would take each other's changes.
    let sender = example.on_behalf_of.clone().with_queue("rental-system");

    // Whether the other organisation has given the right to.
    println!("The service says: {}", client.who_am_i(&sender).await?);
    let stranger = Sender::new("984661185")?;
    match client.who_am_i(&stranger).await {
        Err(Error::BrokerNotAuthorized { .. }) => println!("No right to send for {stranger:?}"),
        Err(error) => println!("Asking for a stranger: {error}"),
        Ok(_) => println!("A right to send for a stranger?"),
    }

    // The job's own sender goes before the client's default one.
    let job = client
        .job("Tenancy agreement")
        .document(agreement())
        .signer(Signer::by_email("email@example.com"))
        .sender(sender.clone())
        .build()
        .await?;
    let created = client.create(&job).await?;
    println!("Created job {} for {sender:?}", created.job_id());

    // The record remembers the sender; only polling has to name it.
    example.let_sign()?;
    let polled = client.status_change(&sender).await?;
    if let Some(change) = polled.change {
        println!("Job {} is {}", change.job_id(), change.status());
        client.confirm(&change).await?;
    }
    Ok(())
}
